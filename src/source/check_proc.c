/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc whose functions lead out of the kernel: their entries, as the kernel keeps them in
 * trees, the tables of those that belong to processes, and what the root directories of mounted
 * ones use. All is read without locks while it may change: what is odd must be found twice.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "source/checks.h"

#define PROC_MAGIC 0x9fa0
#define DEPTH      16   /* of directories inside each other */
#define NODES      64   /* of a tree that wait to be looked at */
#define SUSPECTS   256  /* files that are looked at twice */
#define CLEAN      256  /* tables that were found to be in order: most entries share a few */
#define MOUNTED    4096 /* file systems */
#define FOUND      4096 /* bytes of a file's findings */

/* A table of functions: where the functions are. */
struct table {
    const struct function_layout *functions;
    uint64_t at;
};

/* What odd functions a file has, as the fields of the event take them. */
struct odd {
    char pairs[FOUND], triples[FOUND];
    size_t npairs, ntriples;
};

struct walk {
    const struct inspection *in;
    uint64_t suspects[SUSPECTS], clean[CLEAN];
    unsigned nsuspects, nclean, entries;
    bool second; /* the look that tells */
    char path[1024];
    struct odd odd;
};

/* Made by the kernel itself, never by a module: nothing of theirs leads out of it. */
static const char *const own_files[] = {
    "/proc/cmdline",  "/proc/consoles",   "/proc/cpuinfo",   "/proc/devices",  "/proc/filesystems",
    "/proc/kallsyms", "/proc/kcore",      "/proc/kmsg",      "/proc/loadavg",  "/proc/meminfo",
    "/proc/modules",  "/proc/partitions", "/proc/stat",      "/proc/uptime",   "/proc/version",
    "/proc/net/dev",  "/proc/net/raw",    "/proc/net/route", "/proc/net/tcp",  "/proc/net/udp",
    "/proc/net/icmp", "/proc/net/arp",    "/proc/net/ptype", "/proc/net/igmp",
};

/* Tables that are not in the trees: of the files of processes, and what others go through. */
static const struct {
    const char *symbol, *path;
} known_tables[] = {
    {"proc_root_operations", "/proc"},
    {"proc_dir_operations", "/proc/*/"},
    {"proc_reg_file_ops", "/proc/*"},
    {"proc_iter_file_ops", "/proc/*"},
    {"proc_sys_dir_file_operations", "/proc/sys/*/"},
    {"proc_sys_file_operations", "/proc/sys/*"},
    {"proc_tgid_base_operations", "/proc/PID"},
    {"proc_tid_base_operations", "/proc/PID/task/TID"},
    {"proc_task_operations", "/proc/PID/task"},
    {"proc_fd_operations", "/proc/PID/fd"},
    {"proc_fdinfo_operations", "/proc/PID/fdinfo"},
    {"proc_map_files_operations", "/proc/PID/map_files"},
    {"proc_single_file_operations", "/proc/PID/*"},
    {"proc_pid_maps_operations", "/proc/PID/maps"},
    {"proc_pid_smaps_operations", "/proc/PID/smaps"},
    {"proc_pid_cmdline_ops", "/proc/PID/cmdline"},
    {"proc_environ_operations", "/proc/PID/environ"},
    {"proc_mem_operations", "/proc/PID/mem"},
};

static bool is_own_file(const char *path)
{
    for (unsigned i = 0; i < sizeof(own_files) / sizeof(*own_files); i++)
        if (!strcmp(own_files[i], path))
            return true;
    return false;
}

static void add_odd(struct odd *o, const char *member, const struct kallsyms_symbol *s)
{
    size_t room = sizeof(o->pairs) - o->npairs;
    int n = snprintf(o->pairs + o->npairs, room, "%s%c%s", member, 0, s->owner);
    if (n < 0 || (size_t)n >= room)
        return;
    o->npairs += (size_t)n + 1;
    room = sizeof(o->triples) - o->ntriples;
    n = snprintf(o->triples + o->ntriples, room, "%s%c%s%c%s", member, 0, s->name, 0, s->owner);
    if (n >= 0 && (size_t)n < room)
        o->ntriples += (size_t)n + 1;
}

/*
 * owner: whose the table is that names the function. Files that modules make lead to the same
 * module. Whose a table in memory of its own is, nobody tells: then only what is nobody's counts.
 */
static void check_function(struct walk *w, const char *member, uint64_t at, const char *owner)
{
    struct kallsyms_symbol s;
    if (!at || kallsyms_in_kernel(w->in->symbols, at))
        return;
    check_symbol(w->in, at, &s);
    bool hidden = !strcmp(s.owner, KALLSYMS_HIDDEN);
    if (hidden || (strcmp(owner, KALLSYMS_HIDDEN) != 0 && strcmp(owner, s.owner) != 0))
        add_odd(&w->odd, member, &s);
}

static bool is_clean(const struct walk *w, uint64_t table)
{
    for (unsigned i = 0; i < w->nclean; i++)
        if (w->clean[i] == table)
            return true;
    return false;
}

/* strict: the functions must be the kernel's own, whosever the table is. */
static void check_functions(struct walk *w, const struct table *t, bool strict)
{
    char bytes[FUNCTIONS_SPAN];
    struct kallsyms_symbol s;
    size_t before = w->odd.npairs;
    const struct function_layout *f = t->functions;
    if (!t->at || is_clean(w, t->at) || memory_read(w->in->memory, t->at, bytes, f->span))
        return;
    check_symbol(w->in, t->at, &s);
    bool all = true; /* in the kernel */
    for (unsigned i = 0; i < f->count; i++) {
        uint64_t at;
        memcpy(&at, bytes + f->functions[i].offset, sizeof(at));
        check_function(w, f->functions[i].name, at, strict ? KALLSYMS_KERNEL : s.owner);
        all = all && (!at || kallsyms_in_kernel(w->in->symbols, at));
    }
    if (all && before == w->odd.npairs && w->nclean < CLEAN)
        w->clean[w->nclean++] = t->at;
}

/* What a file's entries of odd functions are, once they are known: told when found twice. */
static void conclude(struct walk *w, const char *path)
{
    const struct event_def *def = check_event("hooked_proc_fops");
    struct odd *o = &w->odd;
    struct record_builder b;
    uint64_t hash = XXH64(o->triples, o->ntriples, XXH64(path, strlen(path), 0));
    bool suspected = false;
    if (!o->npairs)
        return;
    for (unsigned i = 0; i < w->nsuspects; i++)
        suspected |= w->suspects[i] == hash;
    if (!w->second && !suspected && w->nsuspects < SUSPECTS) {
        w->suspects[w->nsuspects++] = hash;
    } else if (w->second && suspected) {
        findings_begin(w->in->findings, &b, def);
        record_add_bytes(&b, 0, o->pairs, o->npairs);
        findings_text(&b, 1, path);
        record_add_bytes(&b, 2, o->triples, o->ntriples);
        findings_end(w->in->findings, &b, def, true);
    }
    o->npairs = o->ntriples = 0;
}

/* An entry as the kernel keeps it, as far as it is read. */
struct entry {
    uint64_t name, ops, dir_ops, seq_ops, subdir;
    uint16_t mode;
};

static void take(const char *bytes, int offset, void *to, size_t n)
{
    memcpy(to, bytes + offset, n);
}

static bool read_entry(const struct walk *w, uint64_t at, struct entry *e)
{
    const struct proc_layout *l = &w->in->proc;
    char bytes[PROC_ENTRY_SPAN];
    if (memory_read(w->in->memory, at, bytes, (size_t)l->span))
        return false;
    take(bytes, l->name, &e->name, sizeof(e->name));
    take(bytes, l->ops, &e->ops, sizeof(e->ops));
    take(bytes, l->dir_ops, &e->dir_ops, sizeof(e->dir_ops));
    take(bytes, l->seq_ops, &e->seq_ops, sizeof(e->seq_ops));
    take(bytes, l->subdir, &e->subdir, sizeof(e->subdir));
    take(bytes, l->mode, &e->mode, sizeof(e->mode));
    return true;
}

/* What the kernel's own tables for lists and single texts go on to. */
static void check_list(struct walk *w, const struct entry *e, bool strict)
{
    struct kallsyms_symbol s;
    check_symbol(w->in, e->ops, &s);
    if (s.offset)
        return;
    if (!strcmp(s.name, "proc_seq_ops") || !strcmp(s.name, "proc_net_seq_ops"))
        check_functions(w, &(struct table){&w->in->proc.lists, e->seq_ops}, strict);
    else if (!strcmp(s.name, "proc_single_ops") || !strcmp(s.name, "proc_net_single_ops"))
        check_function(w, "single_show", e->seq_ops, strict ? KALLSYMS_KERNEL : KALLSYMS_HIDDEN);
}

static void check_entry(struct walk *w, const struct entry *e)
{
    const struct proc_layout *l = &w->in->proc;
    if (S_ISDIR(e->mode)) {
        check_functions(w, &(struct table){&l->files, e->dir_ops}, true);
    } else if (S_ISREG(e->mode)) {
        bool strict = is_own_file(w->path);
        check_functions(w, &(struct table){&l->entries, e->ops}, strict);
        check_list(w, e, strict);
    }
    conclude(w, w->path);
}

/* Puts the name behind the directory's path; false where it does not fit. */
static bool add_name(struct walk *w, size_t len, uint64_t name)
{
    char text[256];
    if (memory_text(w->in->memory, name, text, sizeof(text)) ||
        len + strlen(text) + 2 > sizeof(w->path))
        return false;
    snprintf(w->path + len, sizeof(w->path) - len, "/%s", text);
    return true;
}

/* The entries of a directory, whose tree has that root, and what is in them. */
static void walk_directory(struct walk *w, uint64_t root, unsigned depth)
{
    const struct proc_layout *l = &w->in->proc;
    const struct kernel_memory *m = w->in->memory;
    uint64_t stack[NODES], left, right;
    unsigned n = 0;
    size_t len = strlen(w->path);
    struct entry e;
    if (root)
        stack[n++] = root;
    while (n && w->entries++ < PROC_ENTRIES_MAX) {
        uint64_t node = stack[--n];
        if (n + 2 > NODES || memory_pointer(m, node + (uint64_t)l->left, &left) ||
            memory_pointer(m, node + (uint64_t)l->right, &right) ||
            !read_entry(w, node - (uint64_t)l->node, &e))
            break;
        if (left)
            stack[n++] = left;
        if (right)
            stack[n++] = right;
        if (!add_name(w, len, e.name))
            continue;
        check_entry(w, &e);
        if (S_ISDIR(e.mode) && depth < DEPTH)
            walk_directory(w, e.subdir, depth + 1);
        w->path[len] = '\0';
    }
    w->path[len] = '\0';
}

static void walk_tree(struct walk *w, const char *path, uint64_t entry)
{
    struct entry e;
    snprintf(w->path, sizeof(w->path), "%s", path);
    if (!entry || !read_entry(w, entry, &e))
        return;
    check_entry(w, &e);
    walk_directory(w, e.subdir, 0);
}

/* The root directory of every /proc that is mounted, as it is in memory. */
static void walk_mounted(struct walk *w)
{
    const struct proc_layout *l = &w->in->proc;
    const struct kernel_memory *m = w->in->memory;
    uint64_t head = kallsyms_address(w->in->symbols, "super_blocks", KALLSYMS_KERNEL), at = head;
    for (unsigned i = 0; l->has_mounted && head && i < MOUNTED; i++) {
        uint64_t magic, root, inode, table;
        if (memory_pointer(m, at, &at) || at == head)
            return;
        uint64_t sb = at - (uint64_t)l->sb_list;
        if (memory_pointer(m, sb + (uint64_t)l->sb_magic, &magic) || magic != PROC_MAGIC ||
            memory_pointer(m, sb + (uint64_t)l->sb_root, &root) || !root ||
            memory_pointer(m, root + (uint64_t)l->dentry_inode, &inode) || !inode ||
            memory_pointer(m, inode + (uint64_t)l->inode_functions, &table))
            continue;
        check_functions(w, &(struct table){&l->files, table}, true);
        conclude(w, "/proc");
    }
}

static void walk_all(struct walk *w)
{
    const struct proc_layout *l = &w->in->proc;
    struct kallsyms *k = w->in->symbols;
    uint64_t net = kallsyms_address(k, "init_net", KALLSYMS_KERNEL), entry = 0;
    w->nclean = w->entries = 0;
    for (unsigned i = 0; i < sizeof(known_tables) / sizeof(*known_tables); i++) {
        uint64_t at = kallsyms_address(k, known_tables[i].symbol, KALLSYMS_KERNEL);
        check_functions(w, &(struct table){&l->files, at}, true);
        conclude(w, known_tables[i].path);
    }
    walk_mounted(w);
    walk_tree(w, "/proc", kallsyms_address(k, "proc_root", KALLSYMS_KERNEL));
    if (net && l->net >= 0 && !memory_pointer(w->in->memory, net + (uint64_t)l->net, &entry))
        walk_tree(w, "/proc/net", entry);
}

void check_proc(const struct inspection *in)
{
    struct walk *w = calloc(1, sizeof(*w));
    if (w && in->proc.known) {
        w->in = in;
        walk_all(w);
        if (w->nsuspects) {
            if (in->settle)
                in->settle();
            w->second = true;
            walk_all(w);
        }
        findings_round(in->findings, check_event("hooked_proc_fops"));
    }
    free(w);
}
