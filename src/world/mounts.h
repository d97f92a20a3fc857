/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world's mounts: what is mounted where, in each mount namespace that somebody was seen in, as
 * of a time. Only for src/world/.
 */
#ifndef RATEL_WORLD_MOUNTS_H
#define RATEL_WORLD_MOUNTS_H

#include "world/world.h"

struct mounts_table;

/* 0 or -ENOMEM. */
int mounts_new(struct mounts_table **out);
void mounts_free(struct mounts_table *t);
size_t mounts_table_memory(void);

/* Something was mounted or unmounted there: from then on its mounts are not known until read. */
void mounts_changed(struct world *w, uint32_t mnt_ns, uint64_t time);
/*
 * What is to be read before the event, a mount at a time: the host's mounts, and those of the
 * namespace that the event's task is in. before NULL: only what was begun.
 */
bool mounts_ask(struct world *w, const struct event *before, struct world_question *q);
/*
 * The path on the host of a file that a task in that namespace sees at path, on the device dev.
 * ABSENT: it is the host's namespace; NO_PATH: the host can't reach it.
 */
struct text_view mounts_host_path(struct world *w, uint32_t mnt_ns, uint32_t dev,
                                  const struct text_view *path, uint64_t at, struct arena *arena);
void mounts_figures(const struct mounts_table *t, struct cache_figures *out);

#endif
