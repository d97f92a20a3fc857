/* SPDX-License-Identifier: Apache-2.0 */
/* The events of libraries, and what each process has mapped already. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/libraries_impl.h"

/* Room for the list of symbols in a record, besides two paths and the rest. */
#define LIST_MAX ((size_t)FINDING_BYTES - 3 * (size_t)ABI_STR_MAX)

/* A record of the task and time of the mapping. */
static void begin(struct libraries *l, struct record_builder *b, const struct mapped *m)
{
    const struct abi_record *raw = m->record;
    findings_begin(&l->findings, b, l->defs[m->event]);
    struct abi_record *r = record_header(b);
    uint32_t len = r->len;
    *r = *raw;
    r->len = len;
    r->nfields = 0;
    r->ret = 0;
    findings_text(b, 0, m->path);
}

static void end(struct libraries *l, struct record_builder *b, const struct mapped *m, unsigned dev)
{
    record_add_int(b, dev, m->place.key.dev);
    record_add_int(b, dev + 1, m->place.key.inode);
    record_add_int(b, dev + 2, m->place.key.ctime);
    findings_end(&l->findings, b, l->defs[m->event], false);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in l->common, as far as they fit. */
static void add_names(struct libraries *l, struct record_builder *b, unsigned field, unsigned count)
{
    char list[LIST_MAX];
    size_t used = 0;
    unsigned i = 0;
    qsort(l->common, count, sizeof(*l->common), by_name);
    for (; i < count; i++) {
        size_t n = strlen(l->common[i]) + 1;
        if (n > sizeof(list) - used)
            break;
        memcpy(list + used, l->common[i], n);
        used += n;
    }
    if (i < count)
        record_add_cut(b, field, list, used, ABI_WHY_LIMIT);
    else
        record_add_bytes(b, field, list, used);
}

static bool make_room(struct libraries *l, unsigned count)
{
    if (count <= l->common_room)
        return true;
    const char **common = realloc(l->common, count * sizeof(*common));
    if (!common)
        return false;
    l->common = common;
    l->common_room = count;
    return true;
}

/* Where the loader looks for libraries by their names alone. */
static bool is_known_directory(const char *path)
{
    static const char *const directories[] = {"/lib/",           "/lib32/",          "/lib64/",
                                              "/usr/lib/",       "/usr/lib32/",      "/usr/lib64/",
                                              "/usr/local/lib/", "/usr/local/lib64/"};
    for (unsigned i = 0; i < sizeof(directories) / sizeof(*directories); i++)
        if (!strncmp(path, directories[i], strlen(directories[i])))
            return true;
    return false;
}

static bool begins_refused(const struct libraries *l, const char *text)
{
    const struct inspect_wishes *w = l->wishes;
    for (size_t n = 1; text[n - 1]; n++)
        if (!w->text(w->ctx, l->defs[LIBRARY_LOADED]->slot, LOADED_PATH, text, n))
            return true;
    return false;
}

/*
 * Tests with != leave out what begins so: a path, or the name of a library in one of the usual
 * directories. That is how policies in the field write it; the event's own tests come later.
 */
static bool is_left_out(const struct libraries *l, const char *path)
{
    const struct inspect_wishes *w = l->wishes;
    const char *name = strrchr(path, '/');
    if (w->named(w->ctx, l->defs[LIBRARY_LOADED]->slot, LOADED_PATH))
        return false;
    return begins_refused(l, path) ||
           (name && is_known_directory(path) && begins_refused(l, name + 1));
}

static void add_sha256(struct record_builder *b, const struct library *lib)
{
    char text[2 * SHA256_LENGTH + 1];
    if (lib->hashed) {
        record_add_missing(b, LOADED_SHA256, lib->hashed == -EFBIG ? ABI_WHY_LIMIT : ABI_WHY_FAULT);
        return;
    }
    for (unsigned i = 0; i < SHA256_LENGTH; i++)
        snprintf(text + 2 * i, 3, "%02x", lib->sha256[i]);
    findings_text(b, LOADED_SHA256, text);
}

unsigned libraries_tell_loaded(struct libraries *l, const struct mapped *m, struct library *lib)
{
    struct record_builder b;
    unsigned count = 0;
    if (!lib->watched || is_left_out(l, m->path) || !make_room(l, lib->watched))
        return 0;
    for (unsigned i = 0; i < lib->count; i++)
        if (lib->symbols[i].uses & LIBRARY_WATCHED)
            l->common[count++] = library_name(lib, &lib->symbols[i]);
    begin(l, &b, m);
    add_names(l, &b, LOADED_SYMBOLS, count);
    add_sha256(&b, lib);
    end(l, &b, m, LOADED_DEV);
    return 1;
}

static bool has(const struct library_process *p, struct library_ref ref)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->libraries[i].place == ref.place && p->libraries[i].generation == ref.generation)
            return true;
    return false;
}

static void add_library(struct libraries *l, struct library_process *p, const struct library *lib)
{
    struct library_ref ref = library_refer(&l->cache, lib);
    if (!has(p, ref) && p->count < LIBRARY_OBJECTS)
        p->libraries[p->count++] = ref;
}

struct adding {
    struct libraries *l;
    struct library_process *p;
};

static void add_mapped(void *ctx, const struct library_key *key, const char *path, int fd)
{
    struct adding *a = ctx;
    struct library *lib = library_find(&a->l->cache, key);
    if (!lib)
        lib = library_read(&a->l->cache, key, path, fd);
    if (lib)
        add_library(a->l, a->p, lib);
}

/*
 * The process, with what it has. Where nobody saw its program begin (it was there before, or is a
 * child that runs its parent's) it begins with what /proc says it has by now.
 */
static struct library_process *process_of(struct libraries *l, const struct abi_record *r)
{
    struct library_process *oldest = l->processes;
    for (unsigned i = 0; i < LIBRARY_PROCESSES; i++) {
        struct library_process *p = &l->processes[i];
        if (p->used && p->pid == r->pid && p->leader_start == r->leader_start &&
            p->program_start == (uint64_t)r->ret) {
            p->used = ++l->clock;
            return p;
        }
        if (p->used < oldest->used)
            oldest = p;
    }
    *oldest = (struct library_process){.pid = r->pid,
                                       .leader_start = r->leader_start,
                                       .program_start = (uint64_t)r->ret,
                                       .used = ++l->clock};
    struct adding a = {l, oldest};
    if (!r->ret)
        library_mapped((pid_t)r->pid, add_mapped, &a);
    return oldest;
}

/* How many symbols both have; they are in l->common. */
static unsigned compare(struct libraries *l, const struct library *a, const struct library *b)
{
    unsigned i = 0, j = 0, count = 0;
    while (i < a->count && j < b->count) {
        int order = library_compare(a, &a->symbols[i], b, &b->symbols[j]);
        if (!order && a->symbols[i].uses & b->symbols[j].uses & LIBRARY_COMPARED)
            l->common[count++] = library_name(a, &a->symbols[i]);
        i += order <= 0;
        j += order >= 0;
    }
    return count;
}

unsigned libraries_tell_collisions(struct libraries *l, const struct mapped *m, struct library *lib)
{
    struct library_ref ref = library_refer(&l->cache, lib);
    struct library_process *p = process_of(l, m->record);
    struct record_builder b;
    unsigned told = 0;
    lib = library_get(&l->cache, ref); /* others may have been read meanwhile */
    if (!lib || !make_room(l, lib->count))
        return 0;
    for (unsigned i = 0; i < p->count; i++) {
        const struct library *other = library_get(&l->cache, p->libraries[i]);
        unsigned count =
            other && other != lib && strcmp(other->path, m->path) != 0 ? compare(l, lib, other) : 0;
        if (!count)
            continue;
        begin(l, &b, m);
        findings_text(&b, COLLISION_PATH, other->path);
        add_names(l, &b, COLLISION_SYMBOLS, count);
        end(l, &b, m, COLLISION_DEV);
        told++;
    }
    add_library(l, p, lib);
    return told;
}
