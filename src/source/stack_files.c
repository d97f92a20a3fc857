/* SPDX-License-Identifier: Apache-2.0 */
#include "source/stack_files.h"

#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/elf_functions.h"
#include "base/limits.h"
#include "source/stack_read.h"
#include "source/times.h"

#define BUCKETS 2048 /* a power of two */

enum state {
    UNKNOWN,  /* its path was not told */
    UNREAD,   /* it was not asked for, or its functions had to go */
    AWAITING, /* the thread has it, or will */
    READ,
    FAILED, /* .why says why */
};

struct file {
    struct stack_file key;
    char *path;
    struct elf_symbols symbols; /* when READ */
    uint64_t used;              /* the larger the later; 0: the entry is free */
    uint16_t next;              /* of the bucket: 1 + index, 0 at the end */
    uint8_t state;              /* enum state */
    uint8_t why;                /* enum abi_frame_reason */
    uint32_t path_len;
};

struct wait {
    unsigned file;
    uint32_t pid;
    uint64_t time;  /* of the event */
    uint64_t until; /* monotonic: it waits no longer */
};

struct namespace
{
    uint32_t mnt_ns;
    uint32_t pid;
};

struct stack_files {
    pthread_mutex_t lock;
    pthread_cond_t more;
    pthread_t thread;
    bool running, ending;
    uint32_t own_ns;
    struct file files[STACK_FILES_KNOWN];
    uint16_t buckets[BUCKETS];
    uint64_t clock;                    /* of .used */
    struct wait waits[STACK_REQUESTS]; /* the first is the one being read */
    unsigned nwaits;
    struct namespace namespaces[STACK_NAMESPACES]; /* one process of each, a ring */
    unsigned next_namespace;
    struct elf_symbols vdso;
    struct stack_files_counts counts;
};

static uint16_t *bucket(struct stack_files *s, const struct stack_file *key)
{
    return &s->buckets[XXH64(key, sizeof(*key), 0) & (BUCKETS - 1)];
}

static struct file *find(struct stack_files *s, const struct stack_file *key)
{
    for (uint16_t i = *bucket(s, key); i; i = s->files[i - 1].next) {
        struct file *f = &s->files[i - 1];
        if (!memcmp(&f->key, key, sizeof(*key))) {
            f->used = ++s->clock;
            return f;
        }
    }
    return NULL;
}

static void drop_symbols(struct stack_files *s, struct file *f)
{
    if (f->state != READ)
        return;
    s->counts.bytes -= elf_bytes(&f->symbols);
    elf_free(&f->symbols);
    f->state = UNREAD;
}

static void forget(struct stack_files *s, struct file *f)
{
    uint16_t *at = bucket(s, &f->key), self = (uint16_t)(f - s->files + 1);
    while (*at != self)
        at = &s->files[*at - 1].next;
    *at = f->next;
    drop_symbols(s, f);
    free(f->path);
    memset(f, 0, sizeof(*f));
    s->counts.files--;
}

/* The one that was longest ago, of those that nobody is reading; a free one first. */
static struct file *oldest(struct stack_files *s, bool with_symbols)
{
    struct file *old = NULL;
    for (unsigned i = 0; i < STACK_FILES_KNOWN; i++) {
        struct file *f = &s->files[i];
        if (f->state != AWAITING && (!with_symbols || f->state == READ) &&
            (!old || f->used < old->used))
            old = f;
    }
    return old;
}

static struct file *add(struct stack_files *s, const struct stack_file *key)
{
    struct file *f = oldest(s, false);
    if (f->used) {
        forget(s, f);
        s->counts.evicted++;
    }
    uint16_t *at = bucket(s, key);
    *f = (struct file){.key = *key, .used = ++s->clock, .next = *at};
    *at = (uint16_t)(f - s->files + 1);
    s->counts.files++;
    return f;
}

/* A process of the namespace that can be asked for its files when the one that had them is gone. */
static void note_namespace(struct stack_files *s, uint32_t mnt_ns, uint32_t pid)
{
    for (unsigned i = 0; i < STACK_NAMESPACES; i++) {
        if (s->namespaces[i].mnt_ns != mnt_ns)
            continue;
        s->namespaces[i].pid = pid;
        return;
    }
    s->namespaces[s->next_namespace] = (struct namespace){.mnt_ns = mnt_ns, .pid = pid};
    s->next_namespace = (s->next_namespace + 1) % STACK_NAMESPACES;
}

static uint32_t namespace_pid(const struct stack_files *s, uint32_t mnt_ns)
{
    if (mnt_ns == s->own_ns)
        return (uint32_t)getpid();
    for (unsigned i = 0; i < STACK_NAMESPACES; i++)
        if (s->namespaces[i].mnt_ns == mnt_ns)
            return s->namespaces[i].pid;
    return 0;
}

static void ask(struct stack_files *s, struct file *f, const struct stack_sight *sight)
{
    if (s->nwaits == STACK_REQUESTS) {
        s->counts.busy++;
        return;
    }
    f->state = AWAITING;
    s->waits[s->nwaits++] = (struct wait){.file = (unsigned)(f - s->files),
                                          .pid = sight->pid,
                                          .time = sight->time,
                                          .until = clock_monotonic() + STACK_HOLD_NS};
    pthread_cond_signal(&s->more);
}

static void take_path(struct file *f, const struct stack_sight *sight)
{
    if (f->state != UNKNOWN || !sight->path)
        return;
    f->path = strndup(sight->path, sight->path_len);
    if (!f->path)
        return;
    f->path_len = (uint32_t)strlen(f->path);
    f->state = UNREAD;
}

bool stack_files_see(struct stack_files *s, const struct stack_sight *sight)
{
    pthread_mutex_lock(&s->lock);
    struct file *f = find(s, &sight->file);
    note_namespace(s, sight->file.mnt_ns, sight->pid);
    if (!f)
        f = add(s, &sight->file);
    take_path(f, sight);
    if (f->state == UNREAD)
        ask(s, f, sight);
    bool known = f->state != UNKNOWN;
    pthread_mutex_unlock(&s->lock);
    return known;
}

uint64_t stack_files_waiting(struct stack_files *s)
{
    uint64_t first = UINT64_MAX, now = clock_monotonic();
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < s->nwaits; i++)
        if (s->waits[i].until > now && s->waits[i].time < first)
            first = s->waits[i].time;
    pthread_mutex_unlock(&s->lock);
    return first;
}

/* Where a call returns to may be the first byte of the next function: one byte before is in it. */
static const char *name_of(const struct elf_symbols *e, uint64_t offset, bool caller,
                           uint64_t *into)
{
    const char *name = elf_find(e, offset - (caller && offset), into);
    if (name)
        *into += caller && offset;
    return name;
}

static void describe(const struct elf_symbols *e, const struct abi_frame *f, bool caller,
                     struct stack_frame *out)
{
    uint64_t into;
    out->symbol = name_of(e, f->offset, caller, &into);
    if (out->symbol) {
        out->symbol_len = strnlen(out->symbol, STACK_NAME_MAX);
        out->offset = into;
    } else {
        out->why = ABI_FRAME_NO_SYMBOL;
    }
    out->build_id = e->build_id_len ? e->build_id : NULL;
    out->build_id_len = e->build_id_len;
}

static void describe_file(struct stack_files *s, const struct abi_frame *f, uint32_t mnt_ns,
                          bool caller, struct stack_frame *out)
{
    const struct stack_file key = {
        .inode = f->inode, .ctime = f->ctime, .dev = f->dev, .mnt_ns = mnt_ns};
    struct file *file = find(s, &key);
    out->why = ABI_FRAME_PENDING;
    s->counts.misses++; /* unless it is a hit */
    if (!file || !file->path)
        return;
    out->object = file->path;
    out->object_len = file->path_len;
    if (file->state == FAILED)
        out->why = file->why;
    if (file->state != READ)
        return;
    s->counts.hits++;
    s->counts.misses--;
    out->why = 0;
    describe(&file->symbols, f, caller, out);
}

/* The vdso of a 32-bit program is another than ours. */
static void describe_special(const struct stack_files *s, const struct abi_frame *f, bool caller,
                             struct stack_frame *out)
{
    if (f->address <= UINT32_MAX || !s->vdso.count) {
        out->why = ABI_FRAME_NO_FILE;
        return;
    }
    out->object = "[vdso]";
    out->object_len = strlen(out->object);
    describe(&s->vdso, f, caller, out);
}

size_t stack_files_put(struct stack_files *s, const struct abi_frame *f, uint32_t mnt_ns,
                       bool caller, char *memory, size_t room)
{
    struct stack_frame out = {.address = f->address, .offset = f->offset};
    pthread_mutex_lock(&s->lock);
    switch (f->kind) {
    case ABI_MAPPED_FILE:
        describe_file(s, f, mnt_ns, caller, &out);
        break;
    case ABI_MAPPED_SPECIAL:
        describe_special(s, f, caller, &out);
        break;
    case ABI_MAPPED_NOTHING:
        out.why = ABI_FRAME_UNMAPPED;
        break;
    default:
        out.why = f->kind == ABI_MAPPED_ANONYMOUS ? ABI_FRAME_NO_FILE : ABI_FRAME_BUSY;
    }
    size_t n = stack_put(memory, room, &out);
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* Puts what was read in its place, and lets go of what is too much then. */
static void keep(struct stack_files *s, unsigned index, struct elf_symbols *symbols, int rc)
{
    struct file *f = &s->files[index];
    s->nwaits--;
    memmove(s->waits, s->waits + 1, s->nwaits * sizeof(*s->waits));
    f->state = rc ? FAILED : READ;
    f->why = (uint8_t)rc;
    if (rc) {
        s->counts.failed++;
        return;
    }
    f->symbols = *symbols;
    s->counts.read++;
    s->counts.bytes += elf_bytes(symbols);
    f->used = ++s->clock;
    while (s->counts.bytes > STACK_SYMBOLS_BYTES) {
        struct file *old = oldest(s, true);
        drop_symbols(s, old);
        s->counts.evicted++;
        if (old == f)
            break;
    }
}

static void *run(void *ctx)
{
    struct stack_files *s = ctx;
    pthread_mutex_lock(&s->lock);
    while (!s->ending) {
        if (!s->nwaits) {
            pthread_cond_wait(&s->more, &s->lock);
            continue;
        }
        struct wait w = s->waits[0];
        const struct file *f = &s->files[w.file]; /* stays while it is waited for */
        const struct library_place place = {
            .key = {.inode = f->key.inode, .ctime = f->key.ctime, .dev = f->key.dev},
            .pid = (pid_t)w.pid,
            .ppid = (pid_t)namespace_pid(s, f->key.mnt_ns),
            .path = f->path};
        struct elf_symbols symbols;
        pthread_mutex_unlock(&s->lock);
        int why = stack_read(&symbols, &place);
        pthread_mutex_lock(&s->lock);
        keep(s, w.file, &symbols, why);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* The kernel gives every 64-bit program the same. Its section headers are its end. */
static void read_vdso(struct elf_symbols *e)
{
    const Elf64_Ehdr *h = (const void *)getauxval(AT_SYSINFO_EHDR);
    if (sizeof(void *) == 8 && h)
        elf_read_memory(e, h, h->e_shoff + (size_t)h->e_shnum * h->e_shentsize);
}

int stack_files_start(struct stack_files **out)
{
    struct stat st;
    struct stack_files *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->more, NULL);
    if (!stat("/proc/self/ns/mnt", &st))
        s->own_ns = (uint32_t)st.st_ino;
    read_vdso(&s->vdso);
    int rc = -pthread_create(&s->thread, NULL, run, s);
    s->running = !rc;
    if (rc)
        stack_files_free(s);
    else
        *out = s;
    return rc;
}

void stack_files_free(struct stack_files *s)
{
    if (!s)
        return;
    if (s->running) {
        pthread_mutex_lock(&s->lock);
        s->ending = true;
        pthread_cond_signal(&s->more);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    for (unsigned i = 0; i < STACK_FILES_KNOWN; i++) {
        drop_symbols(s, &s->files[i]);
        free(s->files[i].path);
    }
    elf_free(&s->vdso);
    pthread_cond_destroy(&s->more);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct stack_files_counts stack_files_counts(struct stack_files *s)
{
    pthread_mutex_lock(&s->lock);
    struct stack_files_counts c = s->counts;
    pthread_mutex_unlock(&s->lock);
    return c;
}

/* A file is read before others have to go. */
size_t stack_files_memory(void)
{
    return sizeof(struct stack_files) + STACK_FILES_KNOWN * ABI_STR_MAX / 8 + STACK_SYMBOLS_BYTES +
           ELF_FUNCTION_NAMES + ELF_FUNCTIONS_MAX * sizeof(struct elf_symbol);
}
