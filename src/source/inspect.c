/* SPDX-License-Identifier: Apache-2.0 */
#include "source/inspect.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/log.h"
#include "source/kernel.h"
#include "source/layout.h"
#include "source/times.h"

struct inspect {
    struct inspect_setup setup;
    struct findings findings;
    struct kallsyms symbols;
    struct inspection in;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running, ending;
    bool looked;      /* at least once */
    uint64_t modules; /* hash of /proc/modules when it was last looked at */
};

static void look_at_ftrace(const struct inspection *in)
{
    static const char *const paths[] = {"/sys/kernel/tracing/enabled_functions",
                                        "/sys/kernel/debug/tracing/enabled_functions"};
    FILE *f = fopen(paths[0], "re");
    if (!f)
        f = fopen(paths[1], "re");
    if (!f)
        return;
    check_ftrace(in, f);
    fclose(f);
}

/* Which look makes which event, and what it needs to know of symbols. */
static const struct {
    const char *event;
    void (*look)(const struct inspection *in);
    bool only_causes; /* not by the clock: it would tell the same again */
} looks[] = {
    {"hooked_syscall", check_syscalls, false}, {"hooked_seq_ops", check_seq_ops, false},
    {"hooked_proc_fops", check_proc, false},   {"hidden_kernel_module", check_modules, false},
    {"ftrace_hook", look_at_ftrace, false},    {"print_mem_dump", check_dumps, true},
};

#define LOOKS (sizeof(looks) / sizeof(*looks))

bool inspect_makes(const struct event_def *def)
{
    for (unsigned i = 0; i < LOOKS; i++)
        if (!strcmp(def->name, looks[i].event))
            return true;
    return false;
}

static bool is_needed(const uint64_t *sets)
{
    for (unsigned i = 0; i < LOOKS; i++)
        if (sets[check_event(looks[i].event)->slot])
            return true;
    return false;
}

static void settle(void)
{
    const struct timespec t = {.tv_nsec = INSPECT_SETTLE_NS};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

struct member {
    const char *structure, *name;
    int *offset;
};

/* Whether the kernel's types have all of them. */
static bool find_members(const struct btf *btf, const struct member *members, unsigned count)
{
    bool known = true;
    for (unsigned i = 0; i < count; i++) {
        *members[i].offset = layout_offset(btf, members[i].structure, members[i].name);
        if (*members[i].offset >= 0)
            continue;
        known = false;
        log_debug("the kernel's types have no %s of %s", members[i].name, members[i].structure);
    }
    return known;
}

static void find_module_layout(const struct btf *btf, struct module_layout *l)
{
    const struct member lists[] = {
        {"module", "list", &l->list},
        {"module", "name", &l->name},
        {"module", "srcversion", &l->srcversion},
        {"kobject", "entry", &l->kobject_entry},
        {"module_kobject", "mod", &l->kobject_module},
    };
    const struct member tree[] = {
        {"mod_tree_node", "mod", &l->node_module}, {"mod_tree_node", "node.node", &l->node_node},
        {"mod_tree_root", "root.tree", &l->tree},  {"rb_node", "rb_left", &l->left},
        {"rb_node", "rb_right", &l->right},
    };
    l->known = find_members(btf, lists, sizeof(lists) / sizeof(*lists));
    l->has_tree = find_members(btf, tree, sizeof(tree) / sizeof(*tree));
}

static void find_proc_layout(const struct btf *btf, struct proc_layout *l)
{
    const struct member entry[] = {
        {"proc_dir_entry", "name", &l->name},
        {"proc_dir_entry", "proc_ops", &l->ops},
        {"proc_dir_entry", "mode", &l->mode},
        {"proc_dir_entry", "proc_dir_ops", &l->dir_ops},
        {"proc_dir_entry", "seq_ops", &l->seq_ops},
        {"proc_dir_entry", "subdir", &l->subdir},
        {"proc_dir_entry", "subdir_node", &l->node},
        {"rb_node", "rb_left", &l->left},
        {"rb_node", "rb_right", &l->right},
    };
    const struct member mounted[] = {
        {"super_block", "s_list", &l->sb_list},  {"super_block", "s_magic", &l->sb_magic},
        {"super_block", "s_root", &l->sb_root},  {"dentry", "d_inode", &l->dentry_inode},
        {"inode", "i_fop", &l->inode_functions},
    };
    l->known = find_members(btf, entry, sizeof(entry) / sizeof(*entry)) &&
               !layout_functions(btf, "file_operations", &l->files) &&
               !layout_functions(btf, "proc_ops", &l->entries) &&
               !layout_functions(btf, "seq_operations", &l->lists);
    l->has_mounted = find_members(btf, mounted, sizeof(mounted) / sizeof(*mounted));
    l->net = layout_offset(btf, "net", "proc_net");
    for (unsigned i = 0; i < 6; i++) /* those of the entry itself that are read */
        if (l->span < *entry[i].offset + (int)sizeof(uint64_t))
            l->span = *entry[i].offset + (int)sizeof(uint64_t);
    l->known = l->known && l->span <= PROC_ENTRY_SPAN;
}

static void find_layouts(struct inspection *in)
{
    const struct btf *btf = kernel_btf();
    find_module_layout(btf, &in->modules);
    find_proc_layout(btf, &in->proc);
    kernel_release();
}

/* Changes when a module comes or goes; 0 on a kernel without modules. */
static uint64_t modules_hash(void)
{
    char buffer[4096];
    size_t n;
    uint64_t hash = 0;
    FILE *f = fopen("/proc/modules", "re");
    while (f && (n = fread(buffer, 1, sizeof(buffer), f)))
        hash = XXH64(buffer, n, hash);
    if (f)
        fclose(f);
    return hash;
}

static int read_symbols(struct inspect *i)
{
    FILE *f = fopen("/proc/kallsyms", "re");
    kallsyms_free(&i->symbols);
    int rc = f ? kallsyms_read(&i->symbols, f) : -errno;
    if (f)
        fclose(f);
    if (rc)
        log_warn("the kernel's symbols can't be read: %s", strerror(-rc));
    if (i->symbols.left_out)
        log_warn("%llu symbols of the kernel are left out: ratel list limits, KALLSYMS_MAX",
                 (unsigned long long)i->symbols.left_out);
    return rc;
}

static void look(struct inspect *i, bool caused)
{
    const struct event_def *cause = check_event("module_load");
    uint64_t modules = modules_hash();
    if ((!i->looked || modules != i->modules) && read_symbols(i))
        kallsyms_free(&i->symbols); /* without symbols nothing is found, and nothing is wrong */
    i->modules = modules;
    i->in.cause = caused && i->looked ? cause->id : 0;
    for (unsigned l = 0; l < LOOKS && i->symbols.count; l++)
        if (findings_wanted(&i->findings, check_event(looks[l].event)) &&
            (caused || !looks[l].only_causes))
            looks[l].look(&i->in);
    i->looked = true;
}

/* Sleeps until something is due. Whether the end was asked for. */
static bool wait_for(struct inspect *i, uint64_t ns)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    ns += (uint64_t)t.tv_nsec;
    t.tv_sec += (time_t)(ns / 1000000000u);
    t.tv_nsec = (long)(ns % 1000000000u);
    pthread_mutex_lock(&i->lock);
    while (!i->ending && !pthread_cond_timedwait(&i->wake, &i->lock, &t))
        ;
    bool ending = i->ending;
    pthread_mutex_unlock(&i->lock);
    return ending;
}

static void *run(void *ctx)
{
    struct inspect *i = ctx;
    find_layouts(&i->in);
    look(i, true);
    uint64_t next = clock_monotonic() + i->setup.interval_ns;
    for (bool ending = false; !ending;) {
        ending = wait_for(i, INSPECT_WATCH_NS);
        bool changed = modules_hash() != i->modules;
        if (!changed && (!i->setup.interval_ns || clock_monotonic() < next))
            continue;
        look(i, changed);
        next = clock_monotonic() + i->setup.interval_ns;
    }
    return NULL;
}

int inspect_start(struct inspect **out, const struct inspect_setup *setup)
{
    pthread_condattr_t attr;
    *out = NULL;
    if (!is_needed(setup->sets))
        return 0;
    struct inspect *i = calloc(1, sizeof(*i));
    if (!i)
        return -ENOMEM;
    pthread_mutex_init(&i->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&i->wake, &attr);
    pthread_condattr_destroy(&attr);
    i->setup = *setup;
    i->in = (struct inspection){.symbols = &i->symbols,
                                .memory = &i->setup.memory,
                                .findings = &i->findings,
                                .wishes = setup->wishes,
                                .settle = settle,
                                .is_ours = setup->is_ours,
                                .ours = setup->ours};
    int rc = findings_init(&i->findings, setup->sets);
    rc = rc ? rc : -pthread_create(&i->thread, NULL, run, i);
    i->running = !rc;
    if (rc)
        inspect_free(i);
    else
        *out = i;
    return rc;
}

void inspect_end(struct inspect *i)
{
    if (!i || !i->running)
        return;
    pthread_mutex_lock(&i->lock);
    i->ending = true;
    pthread_cond_signal(&i->wake);
    pthread_mutex_unlock(&i->lock);
    pthread_join(i->thread, NULL);
    i->running = false;
}

void inspect_free(struct inspect *i)
{
    if (!i)
        return;
    inspect_end(i);
    findings_free(&i->findings);
    kallsyms_free(&i->symbols);
    pthread_cond_destroy(&i->wake);
    pthread_mutex_destroy(&i->lock);
    free(i);
}

unsigned inspect_take(struct inspect *i, const struct abi_record **out, unsigned max,
                      uint64_t before)
{
    return i ? findings_take(&i->findings, out, max, before) : 0;
}

bool inspect_figures(const struct inspect *i, struct cache_figures *out)
{
    if (!i || i->running)
        return false;
    kallsyms_figures(&i->symbols, out);
    return true;
}

void inspect_counts(struct inspect *i, unsigned slot, struct source_counts *out)
{
    if (i)
        findings_counts(&i->findings, slot, out);
}

size_t inspect_memory(void)
{
    return findings_memory() + kallsyms_memory() + sizeof(struct inspect);
}
