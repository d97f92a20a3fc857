/* SPDX-License-Identifier: Apache-2.0 */
#include "source/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "event/ids.h"
#include "source/times.h"

enum { ID, NAME }; /* fields of both rows */

struct account_names *account_names_new(uint64_t user_sets, uint64_t group_sets)
{
    struct account_names *n = calloc(1, sizeof(*n));
    if (!n)
        return NULL;
    n->files[0].path = "/etc/passwd";
    n->files[1].path = "/etc/group";
    n->files[0].sets = user_sets;
    n->files[1].sets = group_sets;
    for (int i = 0; i < 2; i++) {
        struct account_file *f = &n->files[i];
        f->rows = calloc(WORLD_NAMES, sizeof(*f->rows));
        f->previous = calloc(WORLD_NAMES, sizeof(*f->previous));
        if (!f->rows || !f->previous) {
            account_names_free(n);
            return NULL;
        }
    }
    return n;
}

void account_names_free(struct account_names *n)
{
    for (int i = 0; n && i < 2; i++) {
        free(n->files[i].rows);
        free(n->files[i].previous);
    }
    free(n);
}

size_t account_names_memory(void)
{
    return sizeof(struct account_names) + 4 * WORLD_NAMES * sizeof(struct account_name) +
           NAMES_BYTES;
}

/* NAME:password:ID:…; false for a line that is none. */
static bool parse_line(char *line, struct account_name *out)
{
    char *password = strchr(line, ':'), *id = password ? strchr(password + 1, ':') : NULL, *end;
    if (!id || password == line || (size_t)(password - line) >= sizeof(out->name))
        return false;
    unsigned long number = strtoul(id + 1, &end, 10);
    if (end == id + 1 || *end != ':' || number >= UINT32_MAX)
        return false;
    *out = (struct account_name){.id = (uint32_t)number};
    memcpy(out->name, line, (size_t)(password - line));
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct account_name *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* In order of ids. Of several names with one id the first stays. */
static void sort_rows(struct account_file *f)
{
    unsigned kept = 0;
    for (unsigned i = 1; i < f->count; i++) { /* stable, and the files are nearly in order */
        struct account_name row = f->rows[i];
        unsigned at = i;
        for (; at && f->rows[at - 1].id > row.id; at--)
            f->rows[at] = f->rows[at - 1];
        f->rows[at] = row;
    }
    for (unsigned i = 0; i < f->count; i++)
        if (!kept || by_id(&f->rows[kept - 1], &f->rows[i]))
            f->rows[kept++] = f->rows[i];
    f->count = kept;
}

static void parse_file(struct account_file *f, char *text)
{
    char *rest = text, *line;
    bool full = false;
    f->count = 0;
    while ((line = strsep(&rest, "\n"))) {
        struct account_name row;
        if (!parse_line(line, &row))
            continue;
        full = f->count == WORLD_NAMES;
        if (full)
            break;
        f->rows[f->count++] = row;
    }
    if (full && !f->said)
        log_warn("%s has more than %d entries: the rest is shown by number", f->path, WORLD_NAMES);
    f->said |= full;
    sort_rows(f);
}

static void read_rows(struct account_file *f)
{
    char *text = malloc(NAMES_BYTES + 1);
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t used = 0;
    ssize_t n = 0;
    while (text && fd >= 0 && used < NAMES_BYTES &&
           (n = read(fd, text + used, NAMES_BYTES - used)) > 0)
        used += (size_t)n;
    if (text && fd >= 0 && n >= 0) {
        struct account_name *swap = f->previous;
        text[used] = '\0';
        f->previous = f->rows;
        f->nprevious = f->count;
        f->rows = swap;
        f->next = f->next_previous = 0;
        parse_file(f, text);
    }
    if (fd >= 0)
        close(fd);
    free(text);
}

static bool all_told(const struct account_file *f)
{
    return f->next == f->count && f->next_previous == f->nprevious;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void look(struct account_names *n, uint64_t time)
{
    if (time < n->look_again)
        return;
    n->look_again = time + NAMES_WATCH_NS;
    for (int i = 0; i < 2; i++) {
        struct account_file *f = &n->files[i];
        struct stat st;
        if (!f->sets || !all_told(f) || stat(f->path, &st) || same_file(&st, &f->seen))
            continue;
        f->seen = st;
        read_rows(f);
    }
}

/* The next difference between the two lists: a row of the new one, or gone of the old. */
static const struct account_name *next_change(struct account_file *f, bool *gone)
{
    while (!all_told(f)) {
        const struct account_name *is = f->next < f->count ? &f->rows[f->next] : NULL;
        const struct account_name *was =
            f->next_previous < f->nprevious ? &f->previous[f->next_previous] : NULL;
        int order = !is ? 1 : !was ? -1 : by_id(is, was);
        f->next += order <= 0;
        f->next_previous += order >= 0;
        *gone = order > 0;
        if (order || strcmp(is->name, was->name))
            return order > 0 ? was : is;
    }
    return NULL;
}

const struct abi_record *account_names_next(struct account_names *n, void *memory, size_t cap,
                                            uint64_t time, bool *group)
{
    static const unsigned slots[2] = {SLOT_known_user, SLOT_known_group};
    look(n, time);
    for (int i = 0; i < 2; i++) {
        struct record_builder b;
        bool gone = false;
        const struct account_name *name = next_change(&n->files[i], &gone);
        if (!name)
            continue;
        *group = i;
        record_begin(&b, memory, cap, &catalog_builtin()->events[slots[i]]);
        struct abi_record *r = record_header(&b);
        r->flags |= ABI_F_NO_TASK | ABI_F_NO_RET;
        r->time = time;
        r->sets = n->files[i].sets;
        record_add_int(&b, ID, name->id);
        if (gone)
            record_add_missing(&b, NAME, ABI_WHY_ABSENT);
        else
            record_add_bytes(&b, NAME, name->name, strlen(name->name));
        return record_end(&b);
    }
    return NULL;
}
