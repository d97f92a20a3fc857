/* SPDX-License-Identifier: Apache-2.0 */
/* ratel list containers: those that run now, as their runtimes tell of them. */
#ifndef RATEL_CMD_LIST_CONTAINERS_H
#define RATEL_CMD_LIST_CONTAINERS_H

#include "base/strbuf.h"
#include "cmd/options.h"

int list_containers(const struct options *o, struct strbuf *out);

#endif
