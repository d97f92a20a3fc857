/* SPDX-License-Identifier: Apache-2.0 */
/* From a cgroup's id to its container: the id is what the kernel takes for the file's handle. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/container_scan.h"

#define HANDLE_KERNFS 0xfe /* FILEID_KERNFS of include/linux/exportfs.h */

static int open_cgroup(const char *root, uint64_t cgroup)
{
    char memory[sizeof(struct file_handle) + sizeof(cgroup)] __attribute__((aligned(8)));
    struct file_handle *h = (void *)memory;
    int mount = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mount < 0)
        return -errno;
    h->handle_bytes = sizeof(cgroup);
    h->handle_type = HANDLE_KERNFS;
    memcpy(h->f_handle, &cgroup, sizeof(cgroup));
    int fd = open_by_handle_at(mount, h, O_PATH | O_CLOEXEC);
    int rc = fd < 0 ? -errno : fd;
    close(mount);
    return rc;
}

/* The path of what is open, below root. */
static int path_of(int fd, const char *root, char *out, size_t cap)
{
    char name[64];
    size_t skip = strlen(root);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(name, out, cap - 1);
    if (n < 0)
        return -errno;
    out[n] = '\0';
    if ((size_t)n < skip || memcmp(out, root, skip) || (out[skip] && out[skip] != '/'))
        return -ENOENT;
    memmove(out, out + skip, (size_t)n - skip + 1);
    return 0;
}

/* Up to the container's own cgroup. */
static int container_above(char *path, struct container_place *out)
{
    while (container_place_read(path, strlen(path), out)) {
        char *slash = strrchr(path, '/');
        if (!out->is.inside)
            return 0;
        if (!slash)
            break;
        *slash = '\0';
    }
    return -ENOENT;
}

static int read_place(int fd, const char *root, uint64_t cgroup, struct container_place *out)
{
    char path[PATH_MAX], whole[2 * PATH_MAX];
    struct stat st;
    int rc = path_of(fd, root, path, sizeof(path));
    rc = rc ? rc : container_above(path, out);
    if (rc)
        return rc;
    snprintf(whole, sizeof(whole), "%s%s", root, path);
    if (stat(whole, &st))
        return -errno;
    out->cgroup = st.st_ino;
    out->ctime = (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec;
    if (out->cgroup != cgroup)
        out->below[out->nbelow++] = cgroup;
    return 0;
}

int container_place_find(const char *root, uint64_t cgroup, struct container_place *out)
{
    int fd = open_cgroup(root, cgroup);
    if (fd < 0)
        return fd;
    int rc = read_place(fd, root, cgroup, out);
    close(fd);
    return rc;
}
