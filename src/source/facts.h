/* SPDX-License-Identifier: Apache-2.0 */
/* What a runtime says of one container. */
#ifndef RATEL_SOURCE_FACTS_H
#define RATEL_SOURCE_FACTS_H

#include <stdint.h>

#include "abi.h"
#include "base/strbuf.h"
#include "event/cgroup_path.h"

/* The texts and lists ("key=value", each with its NUL). X(name of the field) */
#define FACTS(X)                                                                                   \
    X(container_image)                                                                             \
    X(container_image_digest)                                                                      \
    X(container_name) X(pod_name) X(pod_namespace) X(pod_uid) X(container_labels) X(pod_labels)

enum fact {
#define X(name) FACT_##name,
    FACTS(X)
#undef X
        FACT_COUNT
};

extern const char *const fact_names[FACT_COUNT]; /* of the fields of container_create */

struct facts {
    enum runtime runtime;
    bool answered;    /* the runtime knows it */
    bool partial;     /* the runtime will know more of the pod in a moment */
    bool of_cri;      /* a container that Kubernetes had containerd make */
    bool sandbox;     /* a pod's own container */
    uint64_t created; /* nanoseconds since the epoch, 0: not told */
    uint64_t started;
    struct {
        uint32_t at, len; /* in .text */
        uint8_t why;      /* enum abi_reason: of a fact without a text, or whose text was cut */
    } fact[FACT_COUNT];
    struct strbuf text; /* all texts, one after the other; up to FACTS_BYTES */
};

/* Forgets all: of each fact it says why. */
void facts_clear(struct facts *f, enum abi_reason why);
void facts_free(struct facts *f);
/* A text; an empty one is absent. */
void facts_set(struct facts *f, enum fact which, const char *s, size_t n);
/* One more of a list. Those of one list come one after the other, with nothing else between. */
void facts_label(struct facts *f, enum fact which, const char *key, size_t key_len,
                 const char *value, size_t value_len);
/* What Kubernetes writes into a container's labels: pod, namespace, uid, name, sandbox. */
void facts_kubernetes(struct facts *f, const char *key, size_t key_len, const char *value,
                      size_t value_len);
/* The digest behind the @ of a reference to an image, "sha256:…" alone too; nothing of others. */
void facts_digest(struct facts *f, const char *reference, size_t n);
static inline const char *facts_text(const struct facts *f, enum fact which)
{
    return f->text.data + f->fact[which].at;
}

#endif
