/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world fed with records of any content, as a recording can have them: five bytes choose the
 * event, ids, times and what is right about it, the rest of each chunk are its fields.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event/ids.h"
#include "event/record.h"
#include "world/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum event_slot slots[] = {
    SLOT_sched_process_fork, SLOT_sched_process_exec,
    SLOT_sched_process_exit, SLOT_task_rename,
    SLOT_commit_creds,       SLOT_existing_task,
    SLOT_known_user,         SLOT_getpid,
    SLOT_existing_mount,     SLOT_umount2,
};

#define SLOTS (sizeof(slots) / sizeof(*slots))

static void put_fields(struct record_builder *b, const struct event_def *def, const uint8_t *p,
                       size_t n)
{
    static const struct abi_cred cred = {.uid = 1};
    for (unsigned i = 0; i < def->nfields && n; i++, p++, n--) {
        uint8_t encoding = type_defs[def->fields[i].type].encoding;
        if (*p == 0xff)
            continue;
        if (*p == 0xfe)
            record_add_missing(b, i, ABI_WHY_GONE);
        else if (encoding == ABI_ENC_INT)
            record_add_int(b, i, *p < 0xf0 ? *p : UINT64_MAX - *p);
        else if (encoding == ABI_ENC_CRED)
            record_add_bytes(b, i, &cred, sizeof(cred));
        else
            record_add_bytes(b, i, p, *p % (n + 1));
    }
}

static void feed(struct world *w, const uint8_t *p, size_t n, struct arena *arena)
{
    static _Alignas(8) char memory[4096];
    const struct event_def *def = &catalog_builtin()->events[slots[p[0] % SLOTS]];
    struct record_builder b;
    struct world_question q;
    struct event ev;
    record_begin(&b, memory, sizeof(memory), def);
    struct abi_record *r = record_header(&b);
    r->flags = p[0] & 0x80 ? ABI_F_NO_TASK : 0;
    r->pid = p[1] & 15;
    r->tid = p[1] & 0x10 ? r->pid : p[1] >> 4;
    r->ppid = p[2] & 15;
    r->leader_start = p[3] & 15;
    r->task_start = p[1] & 0x10 ? r->leader_start : p[3] >> 4;
    r->parent_start = p[2] >> 4;
    r->time = p[4];
    r->mnt_ns = p[4] & 3;
    r->comm[0] = (char)(p[4] & 3);
    put_fields(&b, def, p + 5, n - 5);
    if (!record_end(&b) || event_decode(&ev, catalog_builtin(), r, r->len))
        return;
    for (int i = 0; i < 100 && world_ask(w, &ev, &q); i++)
        continue;
    for (int i = 0; i < 100 && world_ask_mounts(w, &ev, &q); i++)
        continue;
    world_update(w, &ev);
    while (world_ask(w, NULL, &q))
        continue;
    world_context(w, &ev, arena);
}

static void ask(struct world *w, uint8_t at, struct arena *arena)
{
    const struct task_view **list, *up[4];
    uint8_t why;
    int n = world_processes(w, at / 2, at, &list, arena);
    for (int i = 0; i < n; i++) {
        const struct task_view **other;
        if (list[i]->exe.path.s && memchr(list[i]->exe.path.s, 0xfd, list[i]->exe.path.len))
            at++;
        if (list[i]->exe.host_path.s &&
            !memchr(list[i]->exe.host_path.s, 0, list[i]->exe.host_path.len))
            at++;
        world_mount(w, list[i]->mnt_ns, &list[i]->exe.path, at, arena);
        if (world_ancestors(w, list[i]->pid, list[i]->start, at, up, 4, &why, arena) > 4)
            abort();
        world_children(w, list[i]->pid, list[i]->start, at, &other, arena);
        world_threads(w, list[i]->pid, list[i]->start, at, &other, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world *w;
    const struct world_options o = {
        .parts = CONTEXT_PROCESS | CONTEXT_ANCESTORS | CONTEXT_USER_NAMES | CONTEXT_MOUNTS,
        .keep_ns = 20,
        .heals = true,
    };
    struct arena arena;
    if (size > 4096 || world_new(&w, &o))
        return 0;
    arena_init(&arena);
    for (size_t at = 0; at + 5 <= size;) {
        size_t n = 5 + data[at] % 24;
        n = n < size - at ? n : size - at;
        feed(w, data + at, n, &arena);
        at += n;
    }
    ask(w, size ? data[size - 1] : 0, &arena);
    arena_free(&arena);
    world_free(w);
    return 0;
}
