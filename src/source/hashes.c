/* SPDX-License-Identifier: Apache-2.0 */
#include "source/hashes.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file_ids.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "event/event.h"
#include "event/ids.h"
#include "event/record.h"
#include "source/library_open.h"
#include "source/times.h"

enum { HASH_DEV, HASH_INODE, HASH_CTIME, HASH_SHA256 };

struct request {
    struct file_id id;
    char *path;
    uint64_t time;  /* of the exec; 0: nothing waits for it */
    uint64_t until; /* monotonic: it waits no longer */
    uint32_t pid, ppid;
};

struct done {
    struct file_id id;
    uint64_t time;
    uint8_t why; /* enum abi_reason: there is no hash */
    unsigned char sha256[SHA256_LENGTH];
};

/*
 * A program that was there already may take seconds, and nothing waits for it: what an exec waits
 * for has a thread of its own.
 */
struct worker {
    struct hashes_thread *of;
    pthread_t thread;
    bool running;
    bool for_execs;
    bool busy; /* with .current */
    struct request current;
};

struct hashes_thread {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct worker workers[2];
    bool ending;
    uint64_t sets;
    struct file_ids known; /* told, or to be */
    struct request requests[HASHES_WAITING];
    unsigned nrequests;
    struct done done[HASHES_DONE];
    unsigned ndone;
    char *made; /* HASHES_DONE records of HASH_RECORD */
    uint64_t seen, lost;
    uint64_t met; /* files that were known already when a task ran them */
};

static uint8_t why_of(int rc)
{
    switch (rc) {
    case -EFBIG:
        return ABI_WHY_LIMIT;
    case -EACCES:
    case -EPERM:
        return ABI_WHY_DENIED;
    case -ENOMEM:
        return ABI_WHY_NO_ROOM;
    default:
        return ABI_WHY_GONE;
    }
}

/* Whether nobody wrote to it since it was opened. */
static bool is_same(int fd, uint64_t ctime)
{
    struct stat st;
    return !fstat(fd, &st) &&
           (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec == ctime;
}

static void hash(const struct request *r, struct done *d)
{
    const struct library_place place = {
        .key = {.inode = r->id.inode, .ctime = r->id.ctime, .dev = r->id.dev},
        .pid = (pid_t)r->pid,
        .ppid = (pid_t)r->ppid,
        .path = r->path};
    *d = (struct done){.id = r->id};
    int fd = library_open(&place);
    int rc = fd < 0 ? fd : sha256_file(fd, HASH_FILE_MAX, d->sha256);
    if (!rc && !is_same(fd, r->id.ctime))
        rc = -ESTALE;
    if (fd >= 0)
        close(fd);
    d->why = rc ? why_of(rc) : ABI_WHY_NONE;
}

static bool take_request(struct worker *w)
{
    struct hashes_thread *h = w->of;
    for (unsigned i = 0; i < h->nrequests; i++) {
        if (!h->requests[i].time == w->for_execs)
            continue;
        w->current = h->requests[i];
        w->busy = true;
        h->nrequests--;
        memmove(&h->requests[i], &h->requests[i + 1], (h->nrequests - i) * sizeof(*h->requests));
        return true;
    }
    return false;
}

static void *run(void *ctx)
{
    struct worker *w = ctx;
    struct hashes_thread *h = w->of;
    pthread_mutex_lock(&h->lock);
    while (!h->ending) {
        struct done d;
        /* Each has a place in .done, for what it is about to find. */
        if (h->ndone + 2 > HASHES_DONE || !take_request(w)) {
            pthread_cond_wait(&h->work, &h->lock);
            continue;
        }
        pthread_mutex_unlock(&h->lock);
        hash(&w->current, &d);
        free(w->current.path);
        pthread_mutex_lock(&h->lock);
        w->busy = false;
        d.time = w->current.time; /* an exec may have come for it meanwhile */
        h->done[h->ndone++] = d;
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

static int start_worker(struct hashes_thread *h, struct worker *w, bool for_execs)
{
    w->of = h;
    w->for_execs = for_execs;
    int rc = -pthread_create(&w->thread, NULL, run, w);
    w->running = !rc;
    return rc;
}

int hashes_start(struct hashes_thread **out, uint64_t sets)
{
    *out = NULL;
    if (!sets)
        return 0;
    struct hashes_thread *h = calloc(1, sizeof(*h));
    if (!h)
        return -ENOMEM;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->work, NULL);
    h->sets = sets;
    h->made = aligned_alloc(8, HASHES_DONE * HASH_RECORD);
    int rc = file_ids_init(&h->known, HASHES_KNOWN) || !h->made ? -ENOMEM : 0;
    rc = rc ? rc : start_worker(h, &h->workers[0], true);
    rc = rc ? rc : start_worker(h, &h->workers[1], false);
    if (rc)
        hashes_stop(h);
    else
        *out = h;
    return rc;
}

void hashes_stop(struct hashes_thread *h)
{
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    h->ending = true;
    pthread_cond_broadcast(&h->work);
    pthread_mutex_unlock(&h->lock);
    for (unsigned i = 0; i < 2; i++)
        if (h->workers[i].running)
            pthread_join(h->workers[i].thread, NULL);
    for (unsigned i = 0; i < h->nrequests; i++)
        free(h->requests[i].path);
    file_ids_free(&h->known);
    free(h->made);
    pthread_cond_destroy(&h->work);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static bool number(const struct event *ev, const char *name, uint64_t *out)
{
    int i = event_def_field(ev->def, name, strlen(name));
    struct value v = event_value(ev, i < 0 ? ABI_FIELDS_MAX : (unsigned)i);
    *out = v.number;
    return v.status == ABI_PRESENT;
}

/* The program's file and path. False where the record does not tell of one. */
static bool read_request(struct request *r, const struct event *ev)
{
    int i = event_def_field(ev->def, "pathname", strlen("pathname"));
    struct value path = event_value(ev, i < 0 ? ABI_FIELDS_MAX : (unsigned)i);
    *r = (struct request){.pid = ev->rec->pid, .ppid = ev->rec->ppid};
    if (!number(ev, "inode", &r->id.inode) || !number(ev, "ctime", &r->id.ctime) ||
        !number(ev, "dev", &r->id.dev) || path.status == ABI_MISSING)
        return false;
    if (ev->rec->event == EVENT_sched_process_exec) {
        r->time = ev->rec->time;
        r->until = clock_monotonic() + HASH_HOLD_NS;
    }
    r->path = strndup(path.data, path.len);
    return r->path;
}

static struct request *find_request(struct hashes_thread *h, const struct file_id *id)
{
    for (unsigned i = 0; i < h->nrequests; i++)
        if (!memcmp(&h->requests[i].id, id, sizeof(*id)))
            return &h->requests[i];
    for (unsigned i = 0; i < 2; i++)
        if (h->workers[i].busy && !memcmp(&h->workers[i].current.id, id, sizeof(*id)))
            return &h->workers[i].current;
    return NULL;
}

/* What was asked for already may have to be there sooner. */
static void hurry(struct hashes_thread *h, const struct request *r)
{
    struct request *earlier = r->time ? find_request(h, &r->id) : NULL;
    if (!earlier || earlier->time)
        return;
    earlier->time = r->time;
    earlier->until = r->until;
    pthread_cond_broadcast(&h->work);
}

static void ask(struct hashes_thread *h, struct request *r)
{
    pthread_mutex_lock(&h->lock);
    bool known = file_ids_find(&h->known, &r->id) != FILE_IDS_NONE;
    bool room = h->nrequests < HASHES_WAITING;
    h->met += known;
    if (!known && room) {
        file_ids_add(&h->known, &r->id);
        h->requests[h->nrequests++] = *r;
        pthread_cond_broadcast(&h->work);
    } else {
        hurry(h, r);
        free(r->path);
    }
    if (!known) {
        h->seen++;
        h->lost += !room;
    }
    pthread_mutex_unlock(&h->lock);
}

void hashes_see(struct hashes_thread *h, const struct abi_record *record)
{
    struct event ev;
    struct request r;
    if (!h || (record->event != EVENT_sched_process_exec && record->event != EVENT_existing_task))
        return;
    if (!event_decode(&ev, catalog_builtin(), record, record->len) && read_request(&r, &ev))
        ask(h, &r);
}

static void note_waiting(const struct request *r, uint64_t now, uint64_t *first)
{
    if (r->time && r->until > now && r->time < *first)
        *first = r->time;
}

uint64_t hashes_waiting(struct hashes_thread *h)
{
    uint64_t first = UINT64_MAX, now = clock_monotonic();
    if (!h)
        return first;
    pthread_mutex_lock(&h->lock);
    for (unsigned i = 0; i < 2; i++)
        if (h->workers[i].busy)
            note_waiting(&h->workers[i].current, now, &first);
    for (unsigned i = 0; i < h->nrequests; i++)
        note_waiting(&h->requests[i], now, &first);
    pthread_mutex_unlock(&h->lock);
    return first;
}

static const struct abi_record *make(uint64_t sets, void *memory, const struct done *d,
                                     uint64_t newest)
{
    const struct catalog *c = catalog_builtin();
    struct record_builder b;
    char text[2 * SHA256_LENGTH + 1];
    record_begin(&b, memory, HASH_RECORD, &c->events[SLOT_executable_hash]);
    struct abi_record *r = record_header(&b);
    r->flags |= ABI_F_NO_TASK | ABI_F_NO_RET;
    r->time = d->time > newest ? d->time : newest;
    r->sets = sets;
    record_add_int(&b, HASH_DEV, d->id.dev);
    record_add_int(&b, HASH_INODE, d->id.inode);
    record_add_int(&b, HASH_CTIME, d->id.ctime);
    for (unsigned i = 0; i < SHA256_LENGTH; i++)
        snprintf(text + 2 * i, 3, "%02x", d->sha256[i]);
    if (d->why)
        record_add_missing(&b, HASH_SHA256, d->why);
    else
        record_add_bytes(&b, HASH_SHA256, text, 2 * SHA256_LENGTH);
    return record_end(&b);
}

unsigned hashes_take(struct hashes_thread *h, const struct abi_record **out, unsigned max,
                     uint64_t newest)
{
    if (!h)
        return 0;
    pthread_mutex_lock(&h->lock);
    unsigned n = h->ndone < max ? h->ndone : max;
    for (unsigned i = 0; i < n; i++)
        out[i] = make(h->sets, h->made + i * HASH_RECORD, &h->done[i], newest);
    h->ndone -= n;
    memmove(h->done, h->done + n, h->ndone * sizeof(*h->done));
    if (n) /* there is room for what is done next; without it, they need not wake at each read */
        pthread_cond_broadcast(&h->work);
    pthread_mutex_unlock(&h->lock);
    return n;
}

const struct abi_record *hashes_look(void *memory, const struct abi_record *task)
{
    struct event ev;
    struct request r;
    struct done d;
    if (event_decode(&ev, catalog_builtin(), task, task->len) || !read_request(&r, &ev))
        return NULL;
    hash(&r, &d);
    free(r.path);
    return make(0, memory, &d, task->time);
}

void hashes_counts(struct hashes_thread *h, unsigned slot, struct source_counts *out)
{
    if (!h || slot != SLOT_executable_hash)
        return;
    pthread_mutex_lock(&h->lock);
    out->seen += h->seen - h->nrequests - h->ndone - h->workers[0].busy - h->workers[1].busy;
    out->lost[LOSS_too_big] += h->lost;
    pthread_mutex_unlock(&h->lock);
}

bool hashes_known(struct hashes_thread *h, struct cache_figures *out)
{
    if (!h)
        return false;
    pthread_mutex_lock(&h->lock);
    *out = (struct cache_figures){
        .name = "hashed files",
        .entries = h->known.count,
        .most = HASHES_KNOWN,
        .hits = h->met,
        .misses = h->seen,
        .evictions = h->known.added - h->known.count,
        .bytes = file_ids_memory(HASHES_KNOWN),
    };
    pthread_mutex_unlock(&h->lock);
    return true;
}

size_t hashes_thread_memory(void)
{
    return sizeof(struct hashes_thread) + HASHES_WAITING * ABI_STR_MAX / 8 +
           HASHES_DONE * HASH_RECORD + file_ids_memory(HASHES_KNOWN);
}
