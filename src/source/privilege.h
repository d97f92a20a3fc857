/* SPDX-License-Identifier: Apache-2.0 */
/* What ratel may do. */
#ifndef RATEL_SOURCE_PRIVILEGE_H
#define RATEL_SOURCE_PRIVILEGE_H

#include <stdbool.h>

/* Whether a capability (linux/capability.h) is in effect. */
bool privilege_has(int capability);
/* Whether those that tracing takes are. */
bool privilege_traces(void);

#endif
