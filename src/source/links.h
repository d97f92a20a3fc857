/* SPDX-License-Identifier: Apache-2.0 */
/* The loaded programs on their hooks. */
#ifndef RATEL_SOURCE_LINKS_H
#define RATEL_SOURCE_LINKS_H

#include <bpf/libbpf.h>

#include "event/catalog.h"

struct links;

/* NULL when out of memory. */
struct links *links_new(void);
/*
 * A hook's program onto its hook. 0 or -errno: then nothing of it is attached. -ENOENT: its program
 * is not loaded.
 */
int links_attach(struct links *links, const struct bpf_object *object, enum hook hook);
/* Takes a hook's program off again. */
void links_detach(struct links *links, enum hook hook);
/* Takes all off; when it returns, none is running any more. */
void links_free(struct links *links);
/* Calls end for each of count things, several at a time: each may wait for the kernel. */
void links_end(unsigned count, void (*end)(void *all, unsigned i), void *all);

#endif
