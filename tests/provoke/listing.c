/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory with an entry that has inode 0, which no file system of the kernel's own has: this
 * program is the file system. Works in the directory given.
 */
#include "filekeys.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#define REQUEST_MAX 65536

/* A struct fuse_dirent and its name. */
struct entry {
    uint64_t ino, off;
    uint32_t namelen, type;
    char name[8];
};
_Static_assert(offsetof(struct entry, name) == offsetof(struct fuse_dirent, name),
               "laid out alike");

/* Names fill their room: an entry is a multiple of 8 bytes. */
static const struct entry entries[] = {
    {.ino = 7, .off = 1, .namelen = 8, .type = S_IFREG >> 12, .name = "in sight"},
    {.ino = 0, .off = 2, .namelen = 8, .type = S_IFREG >> 12, .name = "zeroed.8"},
    {.ino = 8, .off = 3, .namelen = 8, .type = S_IFREG >> 12, .name = "the last"},
};

static void answer(int fd, const struct fuse_in_header *in, int error, const void *data, size_t n)
{
    struct {
        struct fuse_out_header head;
        char data[512];
    } out = {
        .head = {.len = (uint32_t)(sizeof(out.head) + n), .error = error, .unique = in->unique}};

    check(n <= sizeof(out.data));
    if (n)
        memcpy(out.data, data, n);
    check(write(fd, &out, out.head.len) == (ssize_t)out.head.len || errno == ENOENT);
}

static void answer_attributes(int fd, const struct fuse_in_header *in)
{
    struct fuse_attr_out out = {.attr = {.ino = 1, .mode = S_IFDIR | 0755, .nlink = 2}};

    answer(fd, in, 0, &out, sizeof(out));
}

static void answer_listing(int fd, const struct fuse_in_header *in)
{
    const struct fuse_read_in *r = (const void *)(in + 1);
    size_t n = r->offset ? 0 : sizeof(entries);

    answer(fd, in, 0, entries, n);
}

static void answer_init(int fd, const struct fuse_in_header *in)
{
    struct fuse_init_out out = {
        .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096};

    answer(fd, in, 0, &out, sizeof(out));
}

static void *serve(void *arg)
{
    static _Alignas(8) char request[REQUEST_MAX];
    const struct fuse_in_header *in = (const void *)request;
    struct fuse_open_out opened = {.fh = 1};
    int fd = *(int *)arg;

    while (read(fd, request, sizeof(request)) > 0) {
        switch (in->opcode) {
        case FUSE_INIT:
            answer_init(fd, in);
            break;
        case FUSE_GETATTR:
            answer_attributes(fd, in);
            break;
        case FUSE_OPENDIR:
            answer(fd, in, 0, &opened, sizeof(opened));
            break;
        case FUSE_READDIR:
            answer_listing(fd, in);
            break;
        case FUSE_RELEASEDIR:
            answer(fd, in, 0, NULL, 0);
            break;
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
            break;
        default:
            answer(fd, in, -ENOSYS, NULL, 0);
        }
    }
    return NULL;
}

/* Mounting asks for the module, which brings the device. */
static int open_device(void)
{
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        check(mount("none", "there", "fuse", 0, "") == -1);
    return fd < 0 ? open("/dev/fuse", O_RDWR | O_CLOEXEC) : fd;
}

static void mode_zero(int argc, char **argv)
{
    static _Alignas(8) char list[4096];
    char options[96];
    pthread_t thread;
    int fd, dir;
    long n;

    enter(argc, argv);
    check(mkdir("there", 0700) == 0);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        say("SKIP", "no mount namespace of its own (%s)", strerror(errno));
        return;
    }
    fd = open_device();
    snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
    if (fd < 0 || mount("none", "there", "fuse", 0, options) != 0) {
        say("SKIP", "no file systems in user space (%s)", strerror(errno));
        return;
    }
    check(pthread_create(&thread, NULL, serve, &fd) == 0);
    dir = open("there", O_RDONLY | O_DIRECTORY);
    check(dir >= 0);
    n = syscall(SYS_getdents64, dir, list, sizeof(list));
    check(n > 0 && memmem(list, (size_t)n, "in sight", 8) &&
          memmem(list, (size_t)n, "zeroed.8", 8));
    check(close(dir) == 0 && umount2("there", MNT_DETACH) == 0);
    check(pthread_join(thread, NULL) == 0);
}

static const struct mode modes[] = {
    {"zero", mode_zero},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
