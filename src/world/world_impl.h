/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the world: its pools. Only for src/world/. Places are numbers; 0 is none. */
#ifndef RATEL_WORLD_IMPL_H
#define RATEL_WORLD_IMPL_H

#include "base/file_ids.h"
#include "base/limits.h"
#include "world/containers.h"
#include "world/mounts.h"
#include "world/world.h"

#define WORLD_BUCKETS (2 * WORLD_TASKS)
#define BLOCK_DATA    124
#define CACHE_LINE    64

typedef uint32_t place;

/* Texts of a program's run, in the order in which they are kept. */
enum image_text { IMAGE_PATH, IMAGE_ARGV, IMAGE_SCRIPT, IMAGE_PWD, IMAGE_TTY, IMAGE_TEXTS };

/* What a task runs: made by an exec, shared with the children until they run something else. */
struct image {
    uint64_t inode, ctime;
    uint32_t dev;
    uint32_t refs;  /* 0: free, and .blocks is the next free one */
    place blocks;   /* the texts, one behind the other */
    uint32_t bytes; /* of them */
    uint16_t mode;
    bool has_file;
    uint8_t pad;
    struct {
        uint16_t len;
        uint8_t why; /* unknown, or cut */
        bool known;
    } text[IMAGE_TEXTS];
};

#define ID_UNKNOWN UINT32_MAX
#define SLACK_MAX  INT32_MAX /* ns; a tick is less */

struct block {
    place next;
    char data[BLOCK_DATA];
};

/* What a task was from a time on. */
struct version {
    uint64_t time;
    uint64_t parent_start; /* 0: not known, or there is none */
    uint64_t cgroup;
    uint64_t key; /* that .view was made for */
    const struct task_view *view;
    uint64_t serial; /* of its views, unless it is outdated */
    place older, image;
    uint32_t parent_slack : 31; /* ns by which the parent's start may be later */
    uint32_t left_tty : 1;      /* its session began without a terminal, whatever the image says */
    uint32_t ppid, uid, gid;
    uint32_t euid, egid; /* ID_UNKNOWN: not known */
    uint32_t session;    /* 0: not known */
    char comm[ABI_COMM_LEN];
    uint32_t mnt_ns; /* 0: not known */
};

/* A thread; the one with tid = pid stands for its process as well. */
struct task {
    uint64_t start;  /* of the thread */
    uint64_t exited; /* 0: not yet; of a process: the last of its threads did */
    uint64_t used;   /* when it was last asked for, roughly */
    uint64_t entry_start;
    uint64_t context_key; /* what .context was made for */
    const struct event_context *context;
    uint32_t entry_pid; /* 0: none is known */
    uint32_t slack;     /* ns by which .start may be later; 0: it is exact */
    uint32_t tid, pid;
    place next;           /* with the same hash */
    place newest;         /* version */
    place leader;         /* itself for a leader */
    place parent;         /* of a process: as of the newest version, 0 where it is not known */
    place first, threads; /* children, threads: the first of a list */
    place before, after;  /* in the list of the parent's children, or of the leader's threads */
    place colder, warmer; /* in the order of use, or of ends */
    uint16_t nversions;
    uint8_t image_why; /* why there is no image */
    bool rooted;       /* its parent is known, or will not be */
    bool asked;        /* its parent was asked for */
    bool unasked;      /* it is to be asked for itself: there was no look left */
    bool tty_asked;    /* and whether its session has got a terminal */
    uint8_t entry;     /* enum entry_kind */
    bool entry_known;
    bool status_known; /* how the process ended: these two */
    uint8_t exit_code, exit_signal;
    char entry_name[ABI_COMM_LEN];
};

/* Rows of one size, allocated once. Free ones are chained by a member of theirs. */
struct pool {
    char *rows;
    size_t size, link; /* of a row; offset of a place in it */
    place fresh;       /* never used yet: from here on */
    place paged;       /* up to here they have pages */
    place free;        /* the first of those given back */
    uint32_t used, most;
};

/* A list by the members colder and warmer. */
struct order {
    place coldest, warmest;
};

struct name {
    uint32_t id;
    bool taken;
    uint8_t len; /* 0: it has no name */
    char text[NAME_BYTES];
};

struct names {
    struct name *rows; /* WORLD_NAMES * 2, by hash */
    uint32_t count;
    uint64_t hits, misses, refused;
};

#define HASH_TEXT 64 /* a SHA-256 in hexadecimal */

struct hash_row;

struct hashes {
    struct file_ids ids;
    struct hash_row *rows; /* by place; NULL: not asked for */
    uint64_t hits, misses, evictions;
};

struct counted {
    uint64_t hits, misses, evictions;
};

/* A number for an arena and a state of the world: views that were made for another are not used. */
struct view_key {
    uint64_t arena, state, number;
};

struct world {
    struct world_options o;
    uint64_t now;         /* latest time that it was fed */
    uint64_t changes;     /* anything that a context is made of: see world_changed */
    uint64_t changed_at;  /* latest time that something changed from */
    uint64_t corrections; /* of what views of tasks are made of, but for new versions */
    struct view_key views, contexts;
    uint64_t serial;   /* of the last context, or view */
    uint64_t outdated; /* serials of tasks' views up to this are of others than would be made now */
    struct task *tasks;
    struct version *versions;
    struct image *images;
    struct block *blocks;
    place *buckets;
    struct pool task_pool, version_pool, image_pool, block_pool;
    struct order living, ended;
    struct counted task_count, version_count, image_count, block_count;
    struct world_question questions[WORLD_QUESTIONS];
    unsigned nquestions;
    uint64_t look_second; /* the one that .looks_left is of */
    unsigned looks_left;
    bool refused;              /* the task of the event at hand could not be asked for */
    struct counted look_count; /* hits: looks, evictions: those that were too many */
    place last;                /* task that was found last */
    struct names users, groups;
    struct containers_table *containers; /* NULL unless CONTEXT_CONTAINER */
    struct hashes hashes;
    struct mounts_table *mounts; /* NULL unless CONTEXT_MOUNTS */
};

/* From the time on contexts may be others than those that are kept. */
static inline void world_changed(struct world *w, uint64_t time)
{
    w->changes++;
    if (time > w->changed_at)
        w->changed_at = time;
}

/* And so may views of tasks, though no task has a new version. */
static inline void world_corrected(struct world *w, uint64_t time)
{
    w->corrections++;
    w->outdated = w->serial;
    world_changed(w, time);
}

/* tasks.c */
size_t tasks_memory(void);
int tasks_init(struct world *w);
void tasks_free(struct world *w);
/* The thread that started then, or within the slack; start 0: the newest that lived at the time. */
struct task *task_find(struct world *w, uint32_t tid, uint64_t start, uint64_t at);
/* The same where the start that is asked for may be as much too early. */
struct task *task_find_near(struct world *w, uint32_t tid, uint64_t start, uint32_t slack,
                            uint64_t at);
/* Makes one, which has no version yet. Never NULL: another one is forgotten if need be. */
struct task *task_add(struct world *w, uint32_t tid, uint32_t pid, uint64_t start);
/*
 * Whoever adds a task, a version or an image may make another task be forgotten: pointers to tasks
 * other than the one at hand are to be found again.
 */
/* The thread has ended. */
void task_end(struct world *w, struct task *t, uint64_t time);
void task_forget(struct world *w, struct task *t);
/* Makes room: forgets what ended, or was unused longest, but not these. False: there is nothing. */
bool task_evict(struct world *w, const struct task *spare);
/* Forgets what has ended too long ago. */
void tasks_age(struct world *w);
void task_set_parent(struct world *w, struct task *t, struct task *parent);
void task_set_leader(struct world *w, struct task *t, struct task *leader);

static inline struct task *task_at(const struct world *w, place p)
{
    return p ? &w->tasks[p] : NULL;
}
static inline place task_place(const struct world *w, const struct task *t)
{
    return (place)(t - w->tasks);
}
static inline struct version *version_at(const struct world *w, place p)
{
    return p ? &w->versions[p] : NULL;
}
static inline struct image *image_at(const struct world *w, place p)
{
    return p ? &w->images[p] : NULL;
}
static inline bool is_leader(const struct task *t)
{
    return t->tid == t->pid;
}

/* history.c */
/* The version as of the time, the oldest known for times before it; NULL where there is none. */
struct version *task_version(const struct world *w, const struct task *t, uint64_t at);
/* Changes what the task is from the time on: a copy of what it was, to be filled. */
struct version *task_change(struct world *w, struct task *t, uint64_t time);
void history_free(struct world *w, struct task *t);
struct task *version_parent(struct world *w, const struct version *v, uint64_t at);

/* image.c */
struct image_source {
    const struct event *ev;
    int path, argv, script, pwd, tty; /* fields, ABI_FIELDS_MAX: not there */
    int dev, inode, ctime, mode;
};
/* A new image with one reference; 0 where there is no room. */
place image_make(struct world *w, const struct image_source *from, const struct task *spare);
place image_ref(struct world *w, place image);
void image_unref(struct world *w, place image);
/* All texts into the arena, none with a NUL behind; false without memory. */
bool image_texts(const struct world *w, const struct image *i, struct arena *arena,
                 struct text_view *out);

/* The beginning of one text, NUL-terminated; its bytes, 0 where it is not known. */
size_t image_text(const struct world *w, const struct image *i, enum image_text which, char *out,
                  size_t cap);

/* pool.c: place 0 is never handed out. */
/* These bytes will be written soon: their pages are taken all at once. */
void pages_want(void *from, size_t bytes);
int pool_init(struct pool *p, uint32_t most, size_t size, size_t link);
void pool_free(struct pool *p);
place pool_take(struct pool *p); /* zeroed; 0 where none is left */
void pool_give(struct pool *p, place at);
/* The next row will be taken: it is fetched meanwhile. */
static inline void pool_expect(const struct pool *p)
{
    const char *row = p->rows + (p->free ? p->free : p->fresh) * p->size;
    for (size_t i = 0; i < p->size; i += CACHE_LINE)
        __builtin_prefetch(row + i, 1);
}

/* feed.c: what each event says; one handler may stand for several */
#define FEED(name, handler, parts) void handler(struct world *w, const struct event *ev);
#include "world/feeds.def"
#undef FEED
/* The event's own task, known from now on, as its header says; NULL for an event of none. */
struct task *feed_header(struct world *w, const struct event *ev);
/*
 * Whether the event is made for something else than its task, which is anybody, though the life of
 * some only is told: an unknown one is not followed, since its end may not be told.
 */
bool tells_of_anybody(const struct event *ev);

/* What a header tells of its task, as a version has it. */
void header_state(struct version *s, const struct abi_record *r);
/* A thread's process: made, if need be, from what the thread's header says of it. */
void know_leader(struct world *w, struct task *t, const struct abi_record *r, uint32_t slack,
                 uint32_t parent_slack);
/* Effective ids by the fields of these numbers; as they were where the event has none. */
void take_effective(struct version *v, const struct event *ev, int user, int group);
void task_note(struct world *w, struct task *t, uint64_t time, const struct version *state);

/* ask.c */
void question_add(struct world *w, const struct task *t);

/* names.c */
int names_init(struct names *n);
void names_free(struct names *n);
size_t names_memory(void);
void names_set(struct names *n, uint32_t id, const char *s, size_t len);
struct text_view names_get(struct names *n, uint32_t id);

/* hashes.c */
int hashes_init(struct hashes *h);
void hashes_free(struct hashes *h);
size_t hashes_memory(void);
/* Borrowed until the next update. */
struct text_view hashes_get(struct hashes *h, const struct image *i);

/* view.c */
const struct task_view *view_task(struct world *w, struct task *t, uint64_t at,
                                  struct arena *arena);

unsigned view_ancestors(struct world *w, const struct task *t, uint64_t at,
                        const struct task_view **out, unsigned max, uint8_t *why,
                        struct arena *arena);

/* entry.c: fills in .entry… of the process, once. */
void entry_find(struct world *w, struct task *t, uint64_t at);

#endif
