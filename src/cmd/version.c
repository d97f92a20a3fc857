/* SPDX-License-Identifier: Apache-2.0 */
/* ratel version: which ratel, built how. */
#include <bpf/libbpf.h>
#include <libfyaml.h>

#include "abi.h"
#include "base/version.h"
#include "cmd/command.h"
#include "cmd/json.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

#if defined(__x86_64__)
#define ARCHITECTURE "x86-64"
#elif defined(__aarch64__)
#define ARCHITECTURE "arm64"
#else
#error "ratel knows x86-64 and arm64"
#endif

int cmd_version(const struct options *o)
{
    struct strbuf out = STRBUF_INIT(4096);
    struct json j = {.out = &out};

    if (!o->json) {
        strbuf_lit(&out, "ratel " RATEL_VERSION " (" ARCHITECTURE ")\n");
        strbuf_lit(&out, "  compiler      " COMPILER "\n");
        strbuf_printf(&out, "  libbpf        %s\n", libbpf_version_string());
        strbuf_printf(&out, "  libfyaml      %s\n", fy_library_version());
        strbuf_printf(&out, "  record format %d\n", ABI_VERSION);
        return output_flush(&out);
    }
    json_open(&j, '{');
    json_key(&j, "version");
    json_text(&j, RATEL_VERSION);
    json_key(&j, "architecture");
    json_text(&j, ARCHITECTURE);
    json_key(&j, "compiler");
    json_text(&j, COMPILER);
    json_key(&j, "libbpf");
    json_text(&j, libbpf_version_string());
    json_key(&j, "libfyaml");
    json_text(&j, fy_library_version());
    json_key(&j, "record_format");
    json_int(&j, ABI_VERSION);
    json_close(&j, '}');
    strbuf_putc(&out, '\n');
    return output_flush(&out);
}
