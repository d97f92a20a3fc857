/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each kind of container runtime is asked, over its Unix socket, and how its answer is read.
 * None of it is believed: it is as long as its limits allow, and about the container that was asked
 * for. src/source/runtimes.h is the door to all of them.
 */
#ifndef RATEL_SOURCE_RUNTIME_H
#define RATEL_SOURCE_RUNTIME_H

#include "source/facts.h"
#include "source/grpc.h"

/* One runtime that is asked. */
struct runtime_client {
    const char *socket;
    struct grpc *grpc;    /* NULL for those that speak HTTP */
    struct strbuf answer; /* up to RUNTIME_ANSWER_MAX */
};

/*
 * Fills facts, which were cleared, with what the runtime says of the container. 0; -ESRCH: it knows
 * no such; -EBADMSG: it says what can't be understood, or of another container; or as http.h and
 * grpc.h say. id: hexadecimal digits, but for containerd's.
 */
int runtime_docker_ask(struct runtime_client *c, const char *id, struct facts *out,
                       uint64_t deadline);
int runtime_podman_ask(struct runtime_client *c, const char *id, struct facts *out,
                       uint64_t deadline);
int runtime_cri_ask(struct runtime_client *c, const char *id, struct facts *out, uint64_t deadline);
/* By CRI, or else as a container of one of its other namespaces. */
int runtime_containerd_ask(struct runtime_client *c, const char *id, struct facts *out,
                           uint64_t deadline);
/* A container of that namespace, whatever it is called. */
int runtime_containerd_named(struct runtime_client *c, const char *space, const char *id,
                             struct facts *out, uint64_t deadline);

/* How the answers are read; for the tests. 0, -EBADMSG or -EMSGSIZE. */
struct docker_refs {
    char image[160]; /* what to ask for next; "" for nothing */
    char pod[72];
    char sandbox[72]; /* the container that stands for its pod */
};
int runtime_docker_container(const char *json, size_t n, const char *id, struct facts *out,
                             struct docker_refs *refs);
int runtime_docker_image(const char *json, size_t n, struct facts *out);
/* id: of the container that stands for the pod. */
int runtime_docker_sandbox(const char *json, size_t n, const char *id, struct facts *out);
int runtime_podman_pod(const char *json, size_t n, struct facts *out);
int runtime_cri_container(const void *message, size_t n, const char *id, struct facts *out);
int runtime_cri_pod(const void *message, size_t n, const char *id, bool sandbox, struct facts *out);
int runtime_containerd_container(const void *message, size_t n, const char *id, struct facts *out);

#endif
