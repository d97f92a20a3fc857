/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that ftrace diverts, from its own list:
 *   vfs_mkdir (1) R I      tramp: 0xffffffffc0353000 (kprobe_ftrace_handler+0x0/0x1e0) ->…
 *   vfs_open (1)   D    tramp: …  direct-->bpf_trampoline_6442466225+0x0/0x6b
 * What follows the first line of a function is indented.
 */
#include <ctype.h>
#include <stdlib.h>

#include "source/checks.h"

#define NAME_MAX_LEN 256

enum {
    FTRACE_SYMBOL,
    FTRACE_TRAMPOLINE,
    FTRACE_CALLBACK,
    FTRACE_OFFSET,
    FTRACE_OWNER,
    FTRACE_FLAGS,
    FTRACE_COUNT
};

struct diverted {
    char symbol[NAME_MAX_LEN];
    char trampoline[NAME_MAX_LEN];
    char callback[NAME_MAX_LEN];
    char owner[NAME_MAX_LEN];
    char flags[32];
    uint64_t offset, count;
    bool direct; /* the callback is called without a callback of ftrace in between */
};

static void copy(char *to, size_t size, const char *from, size_t len)
{
    len = len < size ? len : size - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

/*
 * "name+0x10/0x20 [module]" up to one of the characters of end; an address where nothing is known
 * of it. Returns what follows.
 */
static const char *take_place(const char *s, char *name, uint64_t *offset, char *owner)
{
    size_t len = strcspn(s, "+ \t()\n");
    copy(name, NAME_MAX_LEN, s, len);
    const char *p = s + len;
    *offset = 0;
    if (*p == '+') {
        *offset = strtoull(p + 1, NULL, 16);
        p += strcspn(p, " \t()\n");
    }
    const char *module = p + strspn(p, " ");
    if (!owner)
        return p;
    if (*module == '[') {
        size_t n = strcspn(module + 1, "]\n");
        copy(owner, NAME_MAX_LEN, module + 1, n);
        p = module + 1 + n;
    } else {
        copy(owner, NAME_MAX_LEN, isdigit((unsigned char)*name) ? KALLSYMS_HIDDEN : KALLSYMS_KERNEL,
             strlen(KALLSYMS_KERNEL));
    }
    return p;
}

/* The capital letters between the count and the first callback. */
static const char *take_flags(struct diverted *d, const char *s)
{
    size_t used = 0;
    for (; *s == ' ' || (isupper((unsigned char)*s) && strchr(" \t\n", s[1])); s++)
        if (*s != ' ' && used + 2 < sizeof(d->flags)) {
            if (used)
                d->flags[used++] = ' ';
            d->flags[used++] = *s;
        }
    d->flags[used] = '\0';
    return s;
}

/* What is called is the function in brackets; behind the arrow stands what calls that one. */
static void take_callbacks(struct diverted *d, const char *s)
{
    const char *tramp = strstr(s, "tramp: "), *arrow = strstr(s, "->"), *direct;
    uint64_t ignored;
    if (tramp) {
        const char *p = take_place(tramp + 7, d->trampoline, &ignored, NULL);
        p += strspn(p, " ");
        if (*p == '(')
            take_place(p + 1, d->callback, &d->offset, d->owner);
    }
    if (!*d->callback && arrow && strncmp(arrow, "->", 2) == 0 && !strstr(s, "direct-->"))
        take_place(arrow + 2, d->callback, &d->offset, d->owner);
    direct = strstr(s, "direct-->");
    if (direct && (!*d->callback || !strncmp(d->callback, "call_direct_funcs", 17))) {
        take_place(direct + 9, d->callback, &d->offset, d->owner);
        d->direct = true;
    }
}

static bool take_first(struct diverted *d, const char *line)
{
    uint64_t ignored;
    memset(d, 0, sizeof(*d));
    const char *p = take_place(line, d->symbol, &ignored, NULL);
    p += strspn(p, " ");
    if (*p == '[') /* the module that the function belongs to */
        p += strcspn(p, "]\n") + 1;
    p += strspn(p, " ");
    if (*p != '(' || !*d->symbol)
        return false;
    d->count = strtoull(p + 1, NULL, 10);
    p = strchr(p, ')');
    if (!p)
        return false;
    take_callbacks(d, take_flags(d, p + 1));
    return true;
}

/* What BPF and kprobes put in place, as ratel does: on a function that it hooks, that is its own.
 */
static bool may_be_ours(const struct diverted *d)
{
    static const char *const callbacks[] = {
        "bpf_trampoline_",           "kprobe_ftrace_handler", "fprobe_handler",
        "fprobe_ftrace_entry",       "fprobe_entry",          "call_direct_funcs",
        "function_trace_call_fprobe"};
    for (unsigned i = 0; i < sizeof(callbacks) / sizeof(*callbacks); i++)
        if (!strncmp(d->callback, callbacks[i], strlen(callbacks[i])))
            return d->count <= 1;
    return false;
}

static void report(const struct inspection *in, const struct diverted *d)
{
    const struct event_def *def = check_event("ftrace_hook");
    struct record_builder b;
    if (!*d->symbol || !d->count ||
        (in->is_ours && may_be_ours(d) && in->is_ours(in->ours, d->symbol)))
        return;
    findings_begin(in->findings, &b, def);
    findings_text(&b, FTRACE_SYMBOL, d->symbol);
    findings_text_or_none(&b, FTRACE_TRAMPOLINE, d->trampoline);
    findings_text_or_none(&b, FTRACE_CALLBACK, d->callback);
    if (*d->callback)
        record_add_int(&b, FTRACE_OFFSET, d->offset);
    else
        record_add_missing(&b, FTRACE_OFFSET, ABI_WHY_ABSENT);
    findings_text_or_none(&b, FTRACE_OWNER, d->owner);
    findings_text(&b, FTRACE_FLAGS, d->flags);
    record_add_int(&b, FTRACE_COUNT, d->count);
    findings_end(in->findings, &b, def, true);
}

void check_ftrace(const struct inspection *in, FILE *f)
{
    char line[FTRACE_LINE_MAX];
    struct diverted d = {0};
    bool whole = true; /* the line began at its beginning */
    while (fgets(line, sizeof(line), f)) {
        if (whole && isspace((unsigned char)*line)) {
            take_callbacks(&d, line);
        } else if (whole) {
            report(in, &d);
            if (!take_first(&d, line))
                memset(&d, 0, sizeof(d));
        }
        whole = strchr(line, '\n');
    }
    report(in, &d);
    findings_round(in->findings, check_event("ftrace_hook"));
}
