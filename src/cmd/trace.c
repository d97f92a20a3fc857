/* SPDX-License-Identifier: Apache-2.0 */
/* ratel trace: the kernel's events to outputs, as they happen. */
#include "cmd/run.h"

int cmd_trace(const struct options *o)
{
    struct run r = {0};
    int status = run_plan(&r, o, &o->output);

    if (!status)
        status = run_select(&r, o, catalog_builtin());
    if (!status)
        status = run_open_live(&r);
    if (!status)
        status = run_open_sinks(&r);
    if (!status)
        status = run_flow(&r);
    return run_close(&r, status);
}
