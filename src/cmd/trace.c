/* SPDX-License-Identifier: Apache-2.0 */
/* ratel trace: the kernel's events to outputs, as they happen. */
#include "cmd/run.h"

int cmd_trace(const struct options *o)
{
    return run_live(o, &o->output);
}
