/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's verifier says of a program that it refuses. */
#ifndef RATEL_SOURCE_VERDICT_H
#define RATEL_SOURCE_VERDICT_H

/* The line that tells why, without its newline. Static, until the next call; "" for none. */
const char *verdict_reason(const char *log);
/* The end of the log, at --log debug. */
void verdict_show(const char *log);

#endif
