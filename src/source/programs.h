/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel programs, as libbpf loads them: which, for what place of this kernel, and which of
 * them the kernel refuses.
 */
#ifndef RATEL_SOURCE_PROGRAMS_H
#define RATEL_SOURCE_PROGRAMS_H

#include <bpf/libbpf.h>

#include "base/error.h"
#include "event/catalog.h"

/* Tells libbpf how. Before the object is opened; does nothing the second time. 0 or -errno. */
int programs_init(void);

/* The program of a hook; NULL where there is none. */
struct bpf_program *programs_find(const struct bpf_object *object, enum hook hook);

/* Loads what the hooks need, and what finds ratel itself, but for what was refused before. */
void programs_choose(struct bpf_object *object, const struct hook_set *hooks);

/*
 * Loads the chosen programs and their maps. 0; -EAGAIN: the object is to be opened, chosen and
 * loaded again, because the kernel refused some program, which must be found, or is now known and
 * its hook not to be had (hook_place); another -errno, with err filled.
 */
int programs_load(struct bpf_object_skeleton *skeleton, struct error *err);

#endif
