/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cgroup's path says: whether it is a container's, whose runtime made it, of which pod. A
 * path is a claim: whoever may make cgroups may choose it. Only the runtime knows for certain.
 */
#ifndef RATEL_EVENT_CGROUP_PATH_H
#define RATEL_EVENT_CGROUP_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Who makes containers. X(name) */
#define RUNTIMES(X) X(unknown) X(docker) X(containerd) X(crio) X(podman) X(garden) X(lxc)

enum runtime {
#define X(name) RUNTIME_##name,
    RUNTIMES(X)
#undef X
        RUNTIME_COUNT
};

extern const char *const runtime_names[RUNTIME_COUNT];

#define CONTAINER_ID_DIGITS 64 /* of an id of the kernel's kind, hexadecimal */
#define CONTAINER_ID_TEXT                                                                          \
    72 /* an id of the kernel's kind, 64 digits; a plain name as cgroups allow */
#define POD_UID_TEXT 40

struct cgroup_identity {
    enum runtime runtime; /* as far as the path tells */
    bool of_rule;         /* 64 digits: the kernel programs know it for a container, too */
    bool inside;          /* a cgroup below the container's own */
    char id[CONTAINER_ID_TEXT];
    char pod_uid[POD_UID_TEXT]; /* "" outside of Kubernetes */
};

/*
 * Whether the path, as cgroup_mkdir tells it, is that of a container or of a cgroup in one; of
 * containers in containers the innermost. Fills out if so. Nothing is allocated.
 */
bool cgroup_identify(const char *path, size_t len, struct cgroup_identity *out);

/* The runtime called so, -1 for none. */
int runtime_find(const char *name, size_t len);

#endif
