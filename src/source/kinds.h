/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which kinds of hooks this kernel lets us use. Found out by trying: a program that only notes that
 * it ran is loaded, attached to a function that is rarely called, called once by ourselves, and
 * taken off again. Each kind is tried once, when it is first asked for.
 */
#ifndef RATEL_SOURCE_KINDS_H
#define RATEL_SOURCE_KINDS_H

#include "event/catalog.h"

/* Names of the functions and tracepoints that kinds are tried with. */
enum {
    KIND_TARGET_FUNCTION,
    KIND_TARGET_CHECK,
    KIND_TARGET_TRACEPOINT,
    KIND_TARGET_ITERATOR,
    KIND_TARGETS
};
extern const char *const kind_targets[KIND_TARGETS];

/* NULL: hooks of this kind work; otherwise why not, with the kernel's reason. Never freed. */
const char *kind_refusal(enum abi_hook_kind kind);
/* The same of attaching many kprobes at once; without it each is attached by itself. */
const char *kind_multi_refusal(void);

/* As strerror, with what only the kernel's inside is meant to have. */
const char *kind_strerror(int err);

/* Whether there is a way to try this kind. */
bool kind_can_be_tried(enum abi_hook_kind kind);

#endif
