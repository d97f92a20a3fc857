/* SPDX-License-Identifier: Apache-2.0 */
/* A device number as the kernel's programs write it. */
#ifndef RATEL_SOURCE_KDEV_H
#define RATEL_SOURCE_KDEV_H

#include <stdint.h>

static inline uint32_t kdev_number(uint32_t major, uint32_t minor)
{
    return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

#endif
