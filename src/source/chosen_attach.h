/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the generic programs of kernel/chosen.bpf.c onto the hooks that the user chose. */
#ifndef RATEL_SOURCE_CHOSEN_ATTACH_H
#define RATEL_SOURCE_CHOSEN_ATTACH_H

#include <bpf/libbpf.h>

#include "source/chosen.h"

struct chosen_links;

/* Before loading: which programs are needed, how many entries their map has. 0 or -errno. */
int chosen_prepare(const struct chosen_list *l, struct bpf_object *object);
/*
 * After loading. A hook that can't be had is said (a warning with the reason) and left out.
 * *out is never NULL when this returns 0; -ENOMEM else.
 */
int chosen_attach(struct chosen_links **out, const struct chosen_list *l,
                  struct bpf_object *object);
/* Takes them off again; NULL is nothing. */
void chosen_detach(struct chosen_links *links);

#endif
