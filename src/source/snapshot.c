/* SPDX-License-Identifier: Apache-2.0 */
#include "source/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/attach.h"

int snapshot_init(struct snapshot *s, int program)
{
    *s = (struct snapshot){.program = program, .fd = -1};
    s->tasks = program < 0 ? NULL : calloc(TASK_SCAN, sizeof(*s->tasks));
    return program < 0 || s->tasks ? 0 : -ENOMEM;
}

static void end(struct snapshot *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

void snapshot_free(struct snapshot *s)
{
    if (s->tasks)
        end(s);
    free(s->tasks);
    *s = (struct snapshot){.program = -1, .fd = -1};
}

size_t snapshot_memory(void)
{
    return TASK_SCAN * sizeof(struct snapshot_task);
}

int snapshot_begin(struct snapshot *s, uint32_t pid)
{
    end(s);
    s->fd = attach_task_iterator(s->program, pid, 0);
    return s->fd < 0 ? s->fd : 0;
}

/*
 * The kernel looks at tasks until there are as many bytes as are asked for: whole tasks, since that
 * is how many are.
 */
static int read_tasks(int fd, struct snapshot_task *out, unsigned max)
{
    ssize_t n;
    do
        n = read(fd, out, max * sizeof(*out));
    while (n < 0 && (errno == EAGAIN || errno == EINTR));
    return n < 0 ? -errno : (int)((size_t)n / sizeof(*out));
}

int snapshot_next(struct snapshot *s, unsigned max)
{
    int n = s->fd < 0 ? 0 : read_tasks(s->fd, s->tasks, max < TASK_SCAN ? max : TASK_SCAN);
    if (n <= 0)
        end(s);
    return n;
}

int snapshot_one(const struct snapshot *s, uint32_t tid, struct snapshot_task *out)
{
    int fd = attach_task_iterator(s->program, 0, tid);
    if (fd < 0)
        return fd == -ESRCH ? 0 : fd;
    int n = read_tasks(fd, out, 1);
    close(fd);
    return n;
}
