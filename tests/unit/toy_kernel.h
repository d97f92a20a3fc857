/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel of a few words and symbols, for the checks of the kernel. Its maker fills the words;
 * what reads elsewhere than in them is up to the test's own reader.
 */
#ifndef RATEL_TESTS_TOY_KERNEL_H
#define RATEL_TESTS_TOY_KERNEL_H

#include "base/limits.h"
#include "event/format.h"

/* All that this kernel has of memory. */
#define BASE     UINT64_C(0xffffffff82000000)
#define WORDS    2048
#define AT(word) (BASE + (word)*8)

static uint64_t words[WORDS];

struct kernel {
    struct kallsyms symbols;
    struct kernel_memory memory;
    struct findings findings;
    struct inspect_wishes wishes;
    struct inspection in;
};

static int read_words(void *ctx, uint64_t at, void *to, size_t len)
{
    (void)ctx;
    if (at < BASE || at + len > BASE + sizeof(words))
        return -EFAULT;
    memcpy(to, (char *)words + (at - BASE), len);
    return 0;
}

/* Empty memory, the symbols of a /proc/kallsyms, and every finding wanted. */
static void begin_kernel(struct kernel *k, const char *symbols)
{
    static uint64_t sets[PLAN_SLOTS];
    memset(sets, 1, sizeof(sets));
    memset(words, 0, sizeof(words));
    memset(k, 0, sizeof(*k));
    FILE *f = fmemopen((void *)symbols, strlen(symbols), "r");
    assert_int_equal(kallsyms_read(&k->symbols, f), 0);
    fclose(f);
    assert_int_equal(findings_init(&k->findings, sets), 0);
    k->memory = (struct kernel_memory){.read = read_words};
    k->in = (struct inspection){.symbols = &k->symbols,
                                .memory = &k->memory,
                                .findings = &k->findings,
                                .wishes = &k->wishes};
}

static void free_kernel(struct kernel *k)
{
    findings_free(&k->findings);
    kallsyms_free(&k->symbols);
}

/* The data of all findings that were not taken yet, one behind the other. */
static const char *told(struct kernel *k)
{
    static struct strbuf out;
    const struct abi_record *records[64];
    struct format f = {0};
    strbuf_free(&out);
    unsigned n = findings_take(&k->findings, records, 64, UINT64_MAX);
    out.limit = 64 * KIB;
    strbuf_puts(&out, "");
    for (unsigned i = 0; i < n; i++) {
        struct event ev;
        assert_int_equal(event_decode(&ev, catalog_builtin(), records[i], records[i]->len), 0);
        for (unsigned j = event_next(&ev, 0); j < ev.def->nfields; j = event_next(&ev, j + 1)) {
            struct value v = event_value(&ev, j);
            value_text(&out, &f, &ev.def->fields[j], &v);
            strbuf_putc(&out, ' ');
        }
    }
    return strbuf_cstr(&out);
}

#endif
