/* SPDX-License-Identifier: Apache-2.0 */
#include "source/library_open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What is no regular file may block, or do something when it is opened: it is not read. */
#define HOW (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Closes fd where it is no regular file. */
static int stat_regular(int fd, struct stat *st)
{
    int rc = fd < 0 ? -errno : fstat(fd, st) ? -errno : S_ISREG(st->st_mode) ? 0 : -ESTALE;
    if (rc && fd >= 0)
        close(fd);
    return rc;
}

static uint64_t changed(const struct stat *st)
{
    return (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec;
}

/*
 * The descriptor, where it is the file: by its time of change, since file systems on top of others
 * show other devices and inodes than the kernel has inside.
 */
static int verify(int fd, const struct library_key *key)
{
    struct stat st;
    int rc = stat_regular(fd, &st);
    if (rc)
        return rc;
    if (changed(&st) == key->ctime)
        return fd;
    close(fd);
    return -ESTALE;
}

/* Below the process's root, which no link in the path leads out of. */
static int open_below(pid_t pid, const struct library_place *p)
{
    struct open_how how = {.flags = HOW, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    char name[32];
    snprintf(name, sizeof(name), "/proc/%d/root", pid);
    int root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -errno;
    int fd = (int)syscall(SYS_openat2, root, p->path, &how, sizeof(how));
    fd = verify(fd, &p->key);
    close(root);
    return fd;
}

/* A line of /proc/PID/maps. */
struct mapping {
    unsigned long start, end;
    struct library_key key; /* without the time */
    char *path;
};

static bool parse(char *line, struct mapping *m)
{
    unsigned major, minor;
    unsigned long long inode;
    char rights[8];
    int path = 0;
    if (sscanf(line, "%lx-%lx %7s %*s %x:%x %llu %n", &m->start, &m->end, rights, &major, &minor,
               &inode, &path) < 6 ||
        rights[2] != 'x' || !inode || !path)
        return false;
    m->key = (struct library_key){.inode = inode, .dev = makedev(major, minor)};
    m->path = line + path;
    m->path[strcspn(m->path, "\n")] = '\0';
    return true;
}

static int open_range(pid_t pid, const struct mapping *m)
{
    char name[80];
    /* without the zeros that /proc/PID/maps puts before low addresses */
    snprintf(name, sizeof(name), "/proc/%d/map_files/%lx-%lx", pid, m->start, m->end);
    int fd = open(name, HOW);
    return fd < 0 ? -errno : fd;
}

static FILE *open_maps(pid_t pid)
{
    char name[32];
    snprintf(name, sizeof(name), "/proc/%d/maps", pid);
    return fopen(name, "re");
}

/* Where there is no path any more, or never was one: by the mapping itself. */
static int open_mapped(const struct library_place *p)
{
    FILE *f = open_maps(p->pid);
    char *line = NULL;
    size_t room = 0;
    struct mapping m;
    int fd = f ? -ENOENT : -errno;
    for (unsigned i = 0; f && fd < 0 && i < LIBRARY_MAPPINGS && getline(&line, &room, f) > 0; i++)
        if (parse(line, &m) && m.key.inode == p->key.inode && m.key.dev == p->key.dev)
            fd = verify(open_range(p->pid, &m), &p->key);
    free(line);
    if (f)
        fclose(f);
    return fd;
}

int library_open(const struct library_place *p)
{
    int fd = open_below(p->pid, p);
    fd = fd >= 0 ? fd : open_mapped(p);
    fd = fd >= 0 ? fd : open_below(p->ppid, p);
    return fd >= 0 ? fd : open_below(getpid(), p);
}

static bool is_program(pid_t pid, const struct stat *st)
{
    struct stat program;
    char name[32];
    snprintf(name, sizeof(name), "/proc/%d/exe", pid);
    return !stat(name, &program) && program.st_ino == st->st_ino && program.st_dev == st->st_dev;
}

void library_mapped(pid_t pid,
                    void (*tell)(void *ctx, const struct library_key *key, const char *path,
                                 int fd),
                    void *ctx)
{
    FILE *f = open_maps(pid);
    char *line = NULL;
    size_t room = 0;
    struct mapping m;
    struct stat st;
    for (unsigned i = 0; f && i < LIBRARY_MAPPINGS && getline(&line, &room, f) > 0; i++) {
        int fd = parse(line, &m) ? open_range(pid, &m) : -ENOENT;
        if (fd < 0 || stat_regular(fd, &st))
            continue;
        m.key.ctime = changed(&st);
        if (!is_program(pid, &st))
            tell(ctx, &m.key, m.path, fd);
        close(fd);
    }
    free(line);
    if (f)
        fclose(f);
}
