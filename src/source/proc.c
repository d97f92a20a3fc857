/* SPDX-License-Identifier: Apache-2.0 */
#include "source/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"

void proc_path(char out[PROC_PATH], uint32_t pid, uint32_t tid, const char *file)
{
    if (tid == pid)
        snprintf(out, PROC_PATH, "/proc/%u/%s", pid, file);
    else
        snprintf(out, PROC_PATH, "/proc/%u/task/%u/%s", pid, tid, file);
}

ssize_t proc_read(const char *path, char *out, size_t size)
{
    size_t used = 0;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    while (used < size - 1 && (n = read(fd, out + used, size - 1 - used)) > 0)
        used += (size_t)n;
    int err = errno;
    close(fd);
    out[used] = '\0';
    return n < 0 ? -err : (ssize_t)used;
}

/* The name is in brackets, and may itself have brackets, blanks and newlines. */
static bool parse_stat(const char *text, struct proc_stat *s)
{
    const char *begin = strchr(text, '('), *end = strrchr(text, ')');
    unsigned long long ticks;
    int group, session, tty;
    if (!begin || !end || end < begin)
        return false;
    size_t n = (size_t)(end - begin - 1);
    n = n < sizeof(s->comm) ? n : sizeof(s->comm) - 1;
    *s = (struct proc_stat){0};
    memcpy(s->comm, begin + 1, n);
    if (sscanf(end + 1,
               " %c %u %d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &s->state, &s->ppid, &group, &session, &tty, &ticks) != 6)
        return false;
    s->group = group > 0 ? (uint32_t)group : 0;
    s->session = session > 0 ? (uint32_t)session : 0;
    s->tty = (uint32_t)tty;
    s->start = ticks;
    return true;
}

bool proc_stat(uint32_t pid, uint32_t tid, struct proc_stat *out)
{
    char path[PROC_PATH], text[PROC_STAT_BYTES];
    proc_path(path, pid, tid, "stat");
    return proc_read(path, text, sizeof(text)) > 0 && parse_stat(text, out);
}

int proc_each(uint32_t pid, proc_take_fn take, void *ctx)
{
    char path[PROC_PATH] = "/proc";
    int rc = 0;
    if (pid)
        proc_path(path, pid, pid, "task");
    DIR *folder = opendir(path);
    if (!folder)
        return -errno;
    for (struct dirent *d; !rc && (d = readdir(folder));) {
        uint32_t id = (uint32_t)strtoul(d->d_name, NULL, 10);
        rc = id ? take(ctx, id) : 0;
    }
    closedir(folder);
    return rc;
}
