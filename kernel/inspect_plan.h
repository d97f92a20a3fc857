/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is read of the kernel's memory at a time. */
#ifndef RATEL_INSPECT_PLAN_H
#define RATEL_INSPECT_PLAN_H

#define INSPECT_CHUNK 4096 /* bytes */

#endif
