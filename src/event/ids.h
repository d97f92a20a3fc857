/* SPDX-License-Identifier: Apache-2.0 */
/* Ids, slots and fields of the built-in catalog as constants. */
#ifndef RATEL_EVENT_IDS_H
#define RATEL_EVENT_IDS_H

#include "numbers.h"

#endif
