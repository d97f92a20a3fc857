/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file: read into options, or all its mistakes printed. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 leaks 4 KiB over a quoted key of many quotes; a configuration is read once. */
const char *__lsan_default_suppressions(void)
{
    return "leak:fy_atom_iter_grow_chunk";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list errors = {0};
    struct options o;
    char *text, *printed = NULL;
    size_t len = 0;
    FILE *out;
    int rc;

    if (size > 65536 || options_init(&o))
        return 0;
    text = malloc(size + 1);
    out = open_memstream(&printed, &len);
    if (!text || !out)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    rc = config_parse(text, size, "fuzz.yaml", &o, &errors);
    if ((rc == -EINVAL) != (error_list_total(&errors) > 0))
        abort();
    error_list_print(&errors, out);
    fclose(out);
    free(printed);
    error_list_free(&errors);
    options_free(&o);
    free(text);
    return 0;
}
