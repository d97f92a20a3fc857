/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CRI-O answers about a pod and a container in it, field by field as its server fills them in
 * (cri-o: server/container_list.go, container_status.go, sandbox_list.go,
 * internal/oci/container.go; cri-api: runtime/v1/api.proto). Debian has no CRI-O: this is its
 * shape, not a recording of it.
 *
 * CRI-O, unlike containerd, gives a pod no container of its own unless it must (only a cgroup of
 * that name), tells of a container when it was created and not before, and an image_ref is the id
 * of the image, without a word about its kind, where no registry gave it a digest.
 */
#ifndef RATEL_TESTS_CRIO_ANSWERS_H
#define RATEL_TESTS_CRIO_ANSWERS_H

#include "fake_grpc.h"

#define CRIO_IMAGE    "registry.example/shop/web:1.4"
#define CRIO_DIGEST   "sha256:2be84dd575ee2ecdb186dc43a9cd951890a764d2cefbd31a72cdf4410c43a2d0"
#define CRIO_IMAGE_ID "8cb2091f603e75187e2f6226c5901d12e00b1d1f778c6471ae4578e8a1c4724a"
#define CRIO_POD_UID  "1f2e3d4c-0a1b-4c5d-8e9f-a0b1c2d3e4f5"
#define CRIO_CREATED  1795983153174384256
#define CRIO_STARTED  1795983154000000000

enum { CRIO_ANSWERS = 6, CRIO_NOT_FOUND = 5 };

static inline void put_message(struct message *m, unsigned field, const struct message *part)
{
    put(m, field, part->data, part->len);
}

/* ContainerMetadata; ImageSpec, of which CRI-O fills in the first field only. */
static inline void put_crio_name(struct message *m, unsigned field, const char *name)
{
    struct message part = {0};
    put_text(&part, 1, name);
    put_message(m, field, &part);
}

static inline void put_crio_labels(struct message *m, unsigned field)
{
    put_entry(m, field, "io.kubernetes.container.name", "web");
    put_entry(m, field, "io.kubernetes.pod.name", "web-7d9");
    put_entry(m, field, "io.kubernetes.pod.namespace", "shop");
    put_entry(m, field, "io.kubernetes.pod.uid", CRIO_POD_UID);
}

static inline void put_crio_annotations(struct message *m, unsigned field)
{
    put_entry(m, field, "io.kubernetes.container.hash", "d0ab8f6a");
    put_entry(m, field, "io.kubernetes.container.terminationMessagePath", "/dev/termination-log");
}

/* ListContainersResponse */
static inline void crio_list(struct message *out, const char *container, const char *pod,
                             const char *image_ref)
{
    struct message c = {0};
    put_text(&c, 1, container);
    put_text(&c, 2, pod);
    put_crio_name(&c, 3, "web");
    put_crio_name(&c, 4, CRIO_IMAGE_ID); /* what kubelet asked for */
    put_text(&c, 5, image_ref);
    put_number(&c, 6, 1); /* running */
    put_number(&c, 7, CRIO_CREATED);
    put_crio_labels(&c, 8);
    put_crio_annotations(&c, 9);
    put_text(&c, 10, CRIO_IMAGE_ID);
    put_message(out, 1, &c);
}

/* ContainerStatusResponse, with what is in it when nobody asked for more (verbose). */
static inline void crio_status(struct message *out, const char *container, const char *image_ref)
{
    struct message c = {0}, mount = {0}, empty = {0};
    put_text(&c, 1, container);
    put_crio_name(&c, 2, "web");
    put_number(&c, 3, 1); /* running */
    put_number(&c, 4, CRIO_CREATED);
    put_number(&c, 5, CRIO_STARTED);
    put_crio_name(&c, 8, CRIO_IMAGE);
    put_text(&c, 9, image_ref);
    put_crio_labels(&c, 12);
    put_crio_annotations(&c, 13);
    put_text(&mount, 1, "/etc/hosts");
    put_text(&mount, 2, "/var/lib/kubelet/pods/" CRIO_POD_UID "/etc-hosts");
    put_message(&c, 14, &mount);
    put_text(&c, 15, "/var/log/pods/shop_web-7d9_" CRIO_POD_UID "/web/0.log");
    put_message(&c, 16, &empty);
    put_text(&c, 17, CRIO_IMAGE_ID);
    put_message(out, 1, &c);
}

/* ListPodSandboxResponse */
static inline void crio_pod(struct message *out, const char *pod)
{
    struct message p = {0}, metadata = {0};
    put_text(&metadata, 1, "web-7d9");
    put_text(&metadata, 2, CRIO_POD_UID);
    put_text(&metadata, 3, "shop");
    put_text(&p, 1, pod);
    put_message(&p, 2, &metadata);
    put_number(&p, 3, 0); /* ready */
    put_number(&p, 4, CRIO_CREATED);
    put_entry(&p, 5, "tier", "front");
    put_entry(&p, 6, "kubernetes.io/config.source", "api");
    put_message(out, 1, &p);
}

/* All of them. image_ref: with a digest, or CRIO_IMAGE_ID. */
static inline void crio_answers(struct answer *out, const char *container, const char *pod,
                                const char *image_ref)
{
    memset(out, 0, CRIO_ANSWERS * sizeof(*out));
    out[0] = (struct answer){.method = "/ListContainers", .about = container};
    crio_list(&out[0].message, container, pod, image_ref);
    out[1] = (struct answer){.method = "/ContainerStatus", .about = container};
    crio_status(&out[1].message, container, image_ref);
    out[2] = (struct answer){.method = "/ContainerStatus", .status = CRIO_NOT_FOUND};
    out[3] = (struct answer){.method = "/ListPodSandbox", .about = pod};
    crio_pod(&out[3].message, pod);
    /* The last: an empty list. */
}

#endif
