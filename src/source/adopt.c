/* SPDX-License-Identifier: Apache-2.0 */
#include "source/adopt.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "source/tree.h"

#define ADOPT_TRIES 1000 /* a try takes a microsecond */

/*
 * A task's storage is shared by all programs of the machine: when two make a task's first one at
 * the same time, the kernel tells the second to try again.
 */
static int update_state(int map, int fd, const struct task_state *s, uint64_t flags)
{
    int rc = -EAGAIN;
    for (int i = 0; i < ADOPT_TRIES && rc == -EAGAIN; i++)
        rc = bpf_map_update_elem(map, &fd, s, flags) ? -errno : 0;
    return rc;
}

int adopt_task(int map, uint32_t pid, uint64_t sets, uint64_t not_sets, bool attached)
{
    struct task_state s = {0};
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return -errno;
    if (!attached)
        bpf_map_lookup_elem(map, &fd, &s); /* a new one stays zero */
    s.tree |= sets;
    s.not_tree |= not_sets;
    int rc = update_state(map, fd, &s, attached ? BPF_NOEXIST : BPF_ANY);
    close(fd);
    return rc == -EEXIST ? 0 : rc;
}

int adopt_trees(int map, const struct tree *trees, unsigned ntrees, bool attached,
                struct error *err)
{
    struct tree_member *members;
    unsigned n;
    int rc = ntrees ? tree_find(trees, ntrees, &members, &n) : 0;
    if (rc || !ntrees)
        return rc ? error_set(err, rc, "/proc can't be read: %s", strerror(-rc)) : 0;
    for (unsigned i = 0; i < n && !rc; i++) {
        rc = adopt_task(map, members[i].pid, members[i].sets, members[i].not_sets, attached);
        if (rc == -ESRCH || rc == -EINVAL) /* gone since */
            rc = 0;
    }
    free(members);
    return rc ? error_set(err, rc, "a process tree can't be marked: %s", strerror(-rc)) : 0;
}
