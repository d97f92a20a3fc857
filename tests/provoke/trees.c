/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of directories, mounts, overlays and deletions that a number decides on, in a mount
 * namespace of its own; of everything in it a descriptor is kept. At the end each one is touched
 * with fcntl(fd, F_GETFD): as it is, after a chroot(2) into the tree, and in another mount
 * namespace. Each touch prints what the kernel says itself:
 *   FD VIEW PID FD MOUNTED CWD TEXT
 * VIEW is plain, chroot or namespace. MOUNTED: 1 when the file's mount is in /proc/self/mountinfo.
 * CWD is what getcwd(2) says of a directory: 1 reachable, 0 not, - not to be had. TEXT: what
 * readlink(/proc/self/fd/FD) gives, in hexadecimal; - when it is too long for it. ROOT PID FD is
 * the descriptor of the directory that a process changed its root to.
 */
#include "provoke.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define NODES     400
#define KEPT_FREE 150 /* nodes for what follows the steps */
#define STEPS     120
#define MOUNT_IDS 2000
#define ROOTS     4

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#define EMPTY_RECURSIVE (AT_EMPTY_PATH | 0x8000) /* AT_RECURSIVE, which is newer */

struct node {
    int fd;
    int parent; /* node, -1: none */
    bool dir;
    char name[NAME_MAX + 1];
};

static struct node nodes[NODES];
static int nnodes;
static uint64_t state;
static unsigned counter, overlays;

static unsigned chance(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

/* Lengths at which the kernel, or ratel, does something else. */
static void random_name(char *name)
{
    static const unsigned char lengths[] = {1,  3,  7,  8,  9,  16, 30, 31,
                                            32, 33, 38, 39, 40, 41, 63, 255};
    static const char *const texts[] = {
        " (deleted)",  "(unreachable)", "a\nb", "\x1b[31mred", "\xff\xfe\x80",
        "caf\xc3\xa9", "\"quoted\\",    " ",    "memfd:x",     "\xe2\x80\xae"};
    char number[16];
    size_t n;
    if (chance(3)) {
        n = lengths[chance(sizeof(lengths))];
        for (size_t i = 0; i < n; i++)
            name[i] = chance(20) ? (char)('a' + chance(26)) : (char)(1 + chance(255));
        for (size_t i = 0; i < n; i++)
            if (name[i] == '/')
                name[i] = '_';
    } else {
        const char *text = texts[chance(sizeof(texts) / sizeof(*texts))];
        n = strlen(text);
        memcpy(name, text, n);
    }
    /* Different from all others, at the end that matters less. */
    int digits = snprintf(number, sizeof(number), "%u", counter++);
    if (n + (size_t)digits > NAME_MAX)
        n = NAME_MAX - (size_t)digits;
    memmove(name + digits, name, n);
    memcpy(name, number, (size_t)digits);
    name[n + (size_t)digits] = '\0';
}

static const char *link_of(int fd)
{
    static char texts[4][32];
    static unsigned next;
    char *text = texts[next++ % 4];
    snprintf(text, sizeof(texts[0]), "/proc/self/fd/%d", fd);
    return text;
}

/* Keeps a descriptor; without one, nothing happens. */
static int keep(int fd, int parent, bool dir, const char *name)
{
    if (fd < 0 || nnodes == NODES)
        return -1;
    struct node *n = &nodes[nnodes];
    n->fd = fd;
    n->parent = parent;
    n->dir = dir;
    snprintf(n->name, sizeof(n->name), "%s", name ? name : "");
    return nnodes++;
}

static int open_dir(int parent, const char *name)
{
    int how = chance(2) ? O_PATH : O_RDONLY;
    return keep(openat(nodes[parent].fd, name, how | O_DIRECTORY | O_CLOEXEC), parent, true, name);
}

static int make_dir(int parent)
{
    char name[NAME_MAX + 1];
    random_name(name);
    if (mkdirat(nodes[parent].fd, name, 0755))
        return -1;
    return open_dir(parent, name);
}

static int make_file(int parent)
{
    char name[NAME_MAX + 1];
    random_name(name);
    return keep(openat(nodes[parent].fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0644), parent, false,
                name);
}

static int random_node(bool dir)
{
    for (int i = 0; i < 50; i++) {
        int at = chance(3) ? (int)chance((unsigned)nnodes)
                           : nnodes - 1 - (int)chance((unsigned)(nnodes > 8 ? 8 : nnodes));
        if (nodes[at].dir == dir)
            return at;
    }
    return 0;
}

/* What is mounted on a node is found by its name only. */
static int open_again(int node)
{
    struct node *n = &nodes[node];
    if (n->parent < 0)
        return -1;
    if (n->dir)
        return open_dir(n->parent, n->name);
    return keep(openat(nodes[n->parent].fd, n->name, O_RDONLY | O_CLOEXEC), n->parent, false,
                n->name);
}

static void fill(int dir)
{
    if (dir < 0)
        return;
    make_file(dir);
    int below = make_dir(dir);
    if (below >= 0)
        make_file(below);
}

static void mount_tmpfs(void)
{
    int on = random_node(true);
    if (on && mount("trees", link_of(nodes[on].fd), "tmpfs", 0, "size=1m") == 0)
        fill(open_again(on));
}

static void bind_mount(void)
{
    bool dir = chance(4);
    int what = random_node(dir), on = random_node(dir);
    if (on && nodes[what].dir == nodes[on].dir &&
        mount(link_of(nodes[what].fd), link_of(nodes[on].fd), NULL,
              MS_BIND | (chance(2) ? MS_REC : 0), NULL) == 0) {
        int at = open_again(on);
        if (dir)
            fill(at);
    }
}

static void overlay(void)
{
    char options[200], name[NAME_MAX + 1];
    int lower = random_node(true), on = random_node(true);
    int upper = make_dir(0), work = make_dir(0);
    if (!on || upper < 0 || work < 0)
        return;
    make_file(lower);
    snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s",
             link_of(nodes[lower].fd), link_of(nodes[upper].fd), link_of(nodes[work].fd));
    snprintf(name, sizeof(name), "%s", nodes[nnodes - 1].name);
    if (mount("trees", link_of(nodes[on].fd), "overlay", 0, options))
        return;
    overlays++;
    int merged = open_again(on);
    if (merged < 0)
        return;
    fill(merged);
    int fd = openat(nodes[merged].fd, name, O_RDONLY | O_CLOEXEC);
    if (keep(fd, merged, false, name) >= 0)
        keep(openat(nodes[merged].fd, name, O_RDWR | O_CLOEXEC), merged, false,
             name); /* copied up */
}

static void delete (void)
{
    int node = random_node(chance(3) == 0);
    if (node && nodes[node].parent >= 0)
        unlinkat(nodes[nodes[node].parent].fd, nodes[node].name,
                 nodes[node].dir ? AT_REMOVEDIR : 0);
}

static void move(void)
{
    char name[NAME_MAX + 1];
    int node = random_node(chance(2)), to = random_node(true);
    if (!node || nodes[node].parent < 0)
        return;
    random_name(name);
    if (renameat(nodes[nodes[node].parent].fd, nodes[node].name, nodes[to].fd, name))
        return;
    nodes[node].parent = to;
    snprintf(nodes[node].name, sizeof(nodes[node].name), "%s", name);
}

static void unmount(void)
{
    int node = random_node(chance(4));
    if (node)
        umount2(link_of(nodes[node].fd), MNT_DETACH);
}

/* A tree that is mounted nowhere. */
static void detached(void)
{
    int node = random_node(true);
    int tree = (int)syscall(SYS_open_tree, nodes[node].fd, "",
                            OPEN_TREE_CLONE | O_CLOEXEC | EMPTY_RECURSIVE);
    int at = keep(tree, -1, true, NULL);
    fill(at);
}

/* A directory that leaves what is mounted of its file system. */
static void escape(void)
{
    char name[NAME_MAX + 1];
    int from = make_dir(random_node(true)), on = make_dir(random_node(true));
    int below = from < 0 || on < 0 ? -1 : make_dir(from);
    if (below < 0 || mount(link_of(nodes[from].fd), link_of(nodes[on].fd), NULL, MS_BIND, NULL))
        return;
    int bound = open_again(on);
    int inside = bound < 0 ? -1 : open_dir(bound, nodes[below].name);
    random_name(name);
    if (inside >= 0 &&
        renameat(nodes[from].fd, nodes[below].name, nodes[nodes[from].parent].fd, name) == 0) {
        nodes[below].parent = nodes[from].parent;
        snprintf(nodes[below].name, sizeof(nodes[below].name), "%s", name);
        fill(inside);
    }
}

/* A file whose path, as the host sees it, is length bytes long. */
static void exactly(size_t length, bool removed)
{
    char path[PATH_MAX + 1], name[NAME_MAX + 1];
    ssize_t n = readlink(link_of(nodes[0].fd), path, sizeof(path));
    int at = 0;
    check(n > 0);
    for (size_t left = length - (size_t)n, part; left; left -= part + 1) {
        part = left > 2 * NAME_MAX ? NAME_MAX : left > NAME_MAX + 1 ? left / 2 : left - 1;
        memset(name, 'x', part);
        name[part] = '\0';
        if (left - part - 1) {
            check(mkdirat(nodes[at].fd, name, 0755) == 0 || errno == EEXIST);
            at = open_dir(at, name);
        } else {
            at = keep(openat(nodes[at].fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0644), at, false,
                      name);
        }
        check(at >= 0);
    }
    if (removed)
        check(unlinkat(nodes[nodes[at].parent].fd, nodes[at].name, 0) == 0);
}

static void without_directory(void)
{
    int pair[2];
    keep(memfd_create("a name\n", MFD_CLOEXEC), -1, false, NULL);
    keep(eventfd(0, EFD_CLOEXEC), -1, false, NULL);
    keep(epoll_create1(EPOLL_CLOEXEC), -1, false, NULL);
    keep(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), -1, false, NULL);
    if (pipe2(pair, O_CLOEXEC) == 0) {
        keep(pair[0], -1, false, NULL);
        keep(pair[1], -1, false, NULL);
    }
    keep(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), -1, false, NULL);
    keep(openat(nodes[random_node(true)].fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), -1, false,
         NULL);
}

static void grow(void)
{
    static void (*const steps[])(void) = {
        mount_tmpfs, bind_mount, bind_mount, overlay, delete,   delete, delete,
        move,        move,       move,       unmount, detached, escape, without_directory};
    for (int i = 0; i < STEPS && nnodes < NODES - KEPT_FREE; i++) {
        int dir = random_node(true);
        if (chance(2))
            make_dir(dir);
        else
            make_file(dir);
        if (chance(3) == 0)
            steps[chance(sizeof(steps) / sizeof(*steps))]();
    }
}

static uint64_t mounts[MOUNT_IDS];
static unsigned nmounts;

static void read_mounts(void)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t size = 0;
    check(f);
    for (nmounts = 0; getline(&line, &size, f) > 0; nmounts++) {
        check(nmounts < MOUNT_IDS);
        mounts[nmounts] = strtoull(line, NULL, 10);
    }
    free(line);
    fclose(f);
}

static bool mounted(int fd)
{
    struct statx stx;
    check(statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) == 0 && (stx.stx_mask & STATX_MNT_ID));
    for (unsigned i = 0; i < nmounts; i++)
        if (mounts[i] == stx.stx_mnt_id)
            return true;
    return false;
}

/* getcwd(2) itself: the library's own does not give what is not reachable. */
static char reachable(int fd)
{
    char path[PATH_MAX];
    if (fchdir(fd) || syscall(SYS_getcwd, path, sizeof(path)) <= 0)
        return '-';
    return path[0] == '/' ? '1' : '0';
}

/* Returns its descriptor. */
static int change_root(void)
{
    struct stat st;
    int fd = nodes[0].fd;
    for (int i = 0; i < 100; i++) {
        int may = nodes[random_node(true)].fd;
        if (mounted(may) && reachable(may) == '1' && fstat(may, &st) == 0 && st.st_nlink)
            fd = may;
    }
    check(fchdir(fd) == 0 && chroot(".") == 0);
    return fd;
}

static void touch_all(const char *view)
{
    static struct {
        ssize_t n;
        char cwd, text[PATH_MAX + 1];
    } told[NODES];
    char number[16];
    int links = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (strcmp(view, "chroot") == 0) {
        printf("ROOT %d %d\n", getpid(), change_root());
    } else if (strcmp(view, "namespace") == 0) {
        check(unshare(CLONE_NEWNS) == 0);
    }
    for (int i = 0; i < nnodes; i++) {
        snprintf(number, sizeof(number), "%d", nodes[i].fd);
        told[i].n = readlinkat(links, number, told[i].text, sizeof(told[i].text));
        check(told[i].n > 0 || errno == ENAMETOOLONG);
        told[i].cwd = nodes[i].dir ? reachable(nodes[i].fd) : '-';
    }
    for (int i = 0; i < nnodes; i++)
        check(syscall(SYS_fcntl, nodes[i].fd, F_GETFD, 0) >= 0);
    for (int i = 0; i < nnodes; i++) {
        printf("FD %s %d %d %d %c ", view, getpid(), nodes[i].fd, mounted(nodes[i].fd),
               told[i].cwd);
        for (ssize_t j = 0; j < told[i].n; j++)
            printf("%02x", (unsigned char)told[i].text[j]);
        puts(told[i].n > 0 ? "" : "-");
    }
    fflush(stdout);
}

static void in_child(const char *view)
{
    pid_t pid = fork();
    if (pid == 0) {
        touch_all(view);
        _exit(0);
    }
    reap(pid, 0);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s FOLDER NUMBER\n", argv[0]);
        return 2;
    }
    state = strtoull(argv[2], NULL, 10) + 1;
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("trees", argv[1], "tmpfs", 0, "size=8m")) {
        say("SKIP", "no mount namespaces (%s)", strerror(errno));
        return 0;
    }
    check(keep(open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC), -1, true, NULL) == 0);
    without_directory();
    grow();
    for (int i = 0; i < 20 && !overlays; i++)
        overlay();
    exactly(PATH_MAX - 1, false);
    exactly(PATH_MAX, false);
    exactly(PATH_MAX - 1 - strlen(" (deleted)"), true);
    exactly(PATH_MAX - strlen(" (deleted)"), true);
    exactly(6000, false);
    check(fchdir(nodes[0].fd) == 0);
    read_mounts();
    printf("OVERLAYS=%u\n", overlays);
    touch_all("plain");
    for (int i = 0; i < ROOTS; i++) {
        chance(2); /* another one for each */
        in_child("chroot");
    }
    in_child("namespace");
    return 0;
}
