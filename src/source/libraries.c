/* SPDX-License-Identifier: Apache-2.0 */
#include "source/libraries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "event/event.h"
#include "source/libraries_impl.h"
#include "source/library_open.h"
#include "source/times.h"

static const char *const event_names[LIBRARY_EVENTS] = {"symbols_loaded", "symbols_collision"};

static int which_event(const struct libraries *l, uint16_t id)
{
    for (int i = 0; i < LIBRARY_EVENTS; i++)
        if (l->defs[i]->id == id)
            return i;
    return -1;
}

bool libraries_make(const struct event_def *def)
{
    for (int i = 0; i < LIBRARY_EVENTS; i++)
        if (!strcmp(def->name, event_names[i]))
            return true;
    return false;
}

/* Older linkers put these into every library. */
static bool is_linkers(const char *name)
{
    static const char *const names[] = {"_init",  "_fini", "_edata", "_end", "__bss_start",
                                        "_etext", "edata", "end",    "etext"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

/* What the user's tests leave of a symbol. */
static unsigned wanted(void *ctx, const char *name, size_t len)
{
    const struct libraries *l = ctx;
    const struct inspect_wishes *w = l->wishes;
    unsigned uses = 0;
    if (l->watches && w->text(w->ctx, l->defs[LIBRARY_LOADED]->slot, LOADED_SYMBOLS, name, len))
        uses |= LIBRARY_WATCHED;
    if (l->compares && !is_linkers(name) &&
        w->text(w->ctx, l->defs[LIBRARY_COLLISION]->slot, COLLISION_SYMBOLS, name, len))
        uses |= LIBRARY_COMPARED;
    return uses;
}

/* The record as far as it is needed here. False where the kernel could not tell which file. */
static bool take_apart(const struct libraries *l, const struct abi_record *r, struct mapped *m)
{
    struct event ev;
    m->event = which_event(l, r->event);
    m->record = r;
    if (event_decode(&ev, catalog_builtin(), r, r->len))
        return false;
    unsigned dev = m->event == LIBRARY_LOADED ? LOADED_DEV : COLLISION_DEV;
    struct value path = event_value(&ev, 0);
    struct value numbers[3];
    for (unsigned i = 0; i < 3; i++) {
        numbers[i] = event_value(&ev, dev + i);
        if (numbers[i].status != ABI_PRESENT)
            return false;
    }
    if (path.status != ABI_PRESENT || path.len >= sizeof(m->path))
        return false;
    memcpy(m->path, path.data, path.len);
    m->path[path.len] = '\0';
    m->place = (struct library_place){
        .key = {.dev = numbers[0].number, .inode = numbers[1].number, .ctime = numbers[2].number},
        .pid = (pid_t)r->pid,
        .ppid = (pid_t)r->ppid,
        .path = m->path,
    };
    return true;
}

/* What is known of the library, read where it is not. NULL where it can't be. */
static struct library *know(struct libraries *l, const struct mapped *m)
{
    struct library *lib = library_find(&l->cache, &m->place.key);
    if (lib)
        return lib;
    int fd = library_open(&m->place);
    if (fd < 0) {
        log_debug("%s can't be read any more: %s", m->path, strerror(-fd));
        return NULL;
    }
    lib = library_read(&l->cache, &m->place.key, m->path, fd);
    close(fd);
    return lib;
}

static void conclude(struct libraries *l, int event, unsigned told)
{
    pthread_mutex_lock(&l->lock);
    if (told)
        l->counts[event].more += told - 1;
    else
        l->counts[event].filtered++;
    pthread_mutex_unlock(&l->lock);
}

static void lose(struct libraries *l, int event, enum loss_cause cause)
{
    pthread_mutex_lock(&l->lock);
    l->counts[event].lost[cause]++;
    pthread_mutex_unlock(&l->lock);
}

static void look_into(struct libraries *l, const struct abi_record *r)
{
    struct mapped m;
    bool whole = take_apart(l, r, &m);
    if (m.event == LIBRARY_LOADED && !l->watches) {
        conclude(l, m.event, 0);
        return;
    }
    struct library *lib = whole ? know(l, &m) : NULL;
    if (!lib || (lib->error && lib->error != -ENOEXEC && lib->error != -E2BIG))
        lose(l, m.event, LOSS_unreadable);
    else if (lib->error == -E2BIG)
        lose(l, m.event, LOSS_too_big);
    else if (m.event == LIBRARY_LOADED)
        conclude(l, m.event, libraries_tell_loaded(l, &m, lib));
    else
        conclude(l, m.event, libraries_tell_collisions(l, &m, lib));
}

/* The next record out of the queue into l->current; false at the end. */
static bool next(struct libraries *l)
{
    pthread_mutex_lock(&l->lock);
    while (!l->queued && !l->ending)
        pthread_cond_wait(&l->wake, &l->lock);
    bool any = l->queued;
    if (any) {
        const struct abi_record *r = (const void *)(l->queue + l->read);
        memcpy(l->current, r, r->len);
        l->read += r->len;
        if (--l->queued == 0)
            l->read = l->used = 0;
    }
    pthread_mutex_unlock(&l->lock);
    return any;
}

static void *run(void *ctx)
{
    struct libraries *l = ctx;
    while (next(l))
        look_into(l, (const void *)l->current);
    return NULL;
}

static void enqueue(struct libraries *l, int event, const struct abi_record *r)
{
    pthread_mutex_lock(&l->lock);
    if (r->len > LIBRARIES_QUEUE - l->used && l->read) {
        memmove(l->queue, l->queue + l->read, l->used - l->read);
        l->used -= l->read;
        l->read = 0;
    }
    if (r->len > LIBRARIES_QUEUE - l->used) {
        l->counts[event].lost[LOSS_ring_full]++;
    } else {
        memcpy(l->queue + l->used, r, r->len);
        l->used += r->len;
        l->queued++;
        pthread_cond_signal(&l->wake);
    }
    pthread_mutex_unlock(&l->lock);
}

unsigned libraries_divert(struct libraries *l, const struct abi_record **records, unsigned n)
{
    unsigned kept = 0;
    if (!l)
        return n;
    for (unsigned i = 0; i < n; i++) {
        int event = which_event(l, records[i]->event);
        if (event < 0)
            records[kept++] = records[i];
        else
            enqueue(l, event, records[i]);
    }
    return kept;
}

static void choose_events(struct libraries *l, const uint64_t *sets)
{
    const struct inspect_wishes *w = l->wishes;
    for (int i = 0; i < LIBRARY_EVENTS; i++)
        l->defs[i] = check_event(event_names[i]);
    const struct event_def *loaded = l->defs[LIBRARY_LOADED];
    l->watches = sets[loaded->slot] && w->named(w->ctx, loaded->slot, LOADED_SYMBOLS);
    l->compares = sets[l->defs[LIBRARY_COLLISION]->slot];
    if (sets[loaded->slot] && !l->watches)
        log_warn("symbols_loaded tells nothing: name symbols, by "
                 "symbols_loaded.data.symbols=NAME,NAME");
}

int libraries_start(struct libraries **out, const uint64_t *sets,
                    const struct inspect_wishes *wishes)
{
    *out = NULL;
    if (!sets[check_event(event_names[0])->slot] && !sets[check_event(event_names[1])->slot])
        return 0;
    struct libraries *l = calloc(1, sizeof(*l));
    if (!l)
        return -ENOMEM;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->wake, NULL);
    l->wishes = wishes;
    choose_events(l, sets);
    l->cache.wanted = wanted;
    l->cache.ctx = l;
    l->queue = aligned_alloc(8, LIBRARIES_QUEUE);
    l->current = aligned_alloc(8, ABI_RECORD_MAX);
    l->processes = calloc(LIBRARY_PROCESSES, sizeof(*l->processes));
    int rc = l->queue && l->current && l->processes ? library_cache_init(&l->cache) : -ENOMEM;
    rc = rc ? rc : findings_init(&l->findings, sets);
    rc = rc ? rc : -pthread_create(&l->thread, NULL, run, l);
    l->running = !rc;
    if (rc)
        libraries_free(l);
    else
        *out = l;
    return rc;
}

void libraries_end(struct libraries *l)
{
    struct timespec until;
    if (!l || !l->running)
        return;
    pthread_mutex_lock(&l->lock);
    l->ending = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LIBRARIES_END_SECONDS;
    l->running = false;
    if (!pthread_timedjoin_np(l->thread, NULL, &until))
        return;
    log_warn("a library's file system does not answer: what waits for it is lost");
    pthread_detach(l->thread);
    l->abandoned = true;
}

void libraries_free(struct libraries *l)
{
    if (!l)
        return;
    libraries_end(l);
    if (l->abandoned) /* the thread still has it */
        return;
    findings_free(&l->findings);
    library_cache_free(&l->cache);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l->queue);
    free(l->current);
    free(l->processes);
    free(l->common);
    free(l);
}

unsigned libraries_take(struct libraries *l, const struct abi_record **out, unsigned max)
{
    return l ? findings_take(&l->findings, out, max, UINT64_MAX) : 0;
}

bool libraries_figures(const struct libraries *l, struct cache_figures *out)
{
    if (!l || l->running || l->abandoned)
        return false;
    library_figures(&l->cache, out);
    return true;
}

void libraries_counts(struct libraries *l, unsigned slot, struct source_counts *out)
{
    for (int i = 0; l && i < LIBRARY_EVENTS; i++) {
        if (l->defs[i]->slot != slot)
            continue;
        pthread_mutex_lock(&l->lock);
        out->seen += l->counts[i].more;
        out->filtered += l->counts[i].filtered;
        for (int cause = 0; cause < LOSS_COUNT; cause++)
            out->lost[cause] += l->counts[i].lost[cause];
        if (l->abandoned)
            out->lost[LOSS_unreadable] += l->queued + 1;
        pthread_mutex_unlock(&l->lock);
        struct source_counts made = {0};
        findings_counts(&l->findings, slot, &made);
        out->lost[LOSS_too_big] += made.lost[LOSS_too_big];
    }
}

size_t libraries_memory(void)
{
    return LIBRARIES_QUEUE + ABI_RECORD_MAX + LIBRARY_PROCESSES * sizeof(struct library_process) +
           library_memory() + findings_memory() + sizeof(struct libraries);
}
