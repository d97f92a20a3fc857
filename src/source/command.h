/* SPDX-License-Identifier: Apache-2.0 */
/* The command that is run to be traced: forked first, let go when the hooks are in place. */
#ifndef RATEL_SOURCE_COMMAND_H
#define RATEL_SOURCE_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct command {
    pid_t pid;  /* 0: none */
    int go;     /* write end: a byte starts it, closing it ends it */
    int failed; /* read end: the errno of a failed exec, or the end of file */
};

/* Forks a child that waits. 0 or -errno. */
int command_fork(struct command *c, char *const *argv);
/* Lets it run. -errno of exec with err filled when the program can't be run. */
int command_start(struct command *c, const char *name, struct error *err);
/* True once it has ended. Does not wait. */
bool command_ended(struct command *c);
/* Ends a child that was never started; leaves a running one alone. */
void command_close(struct command *c);

#endif
