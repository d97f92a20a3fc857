/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of catalog/limits.def as constants. Those of the kernel programs stand in kernel/. */
#ifndef RATEL_BASE_LIMITS_H
#define RATEL_BASE_LIMITS_H

#define KIB 1024
#define MIB (1024 * KIB)

enum limit_values {
#define LIMIT(name, value, unit, bounds, cost) name = (value),
#define KERNEL_LIMIT(name, unit, bounds, cost)
#include "limits.def"
#undef KERNEL_LIMIT
#undef LIMIT
};

#endif
