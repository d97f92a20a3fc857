/* SPDX-License-Identifier: Apache-2.0 */
/* What a live source is: for live.c and live_start.c only. */
#ifndef RATEL_SOURCE_LIVE_IMPL_H
#define RATEL_SOURCE_LIVE_IMPL_H

#include "source/command.h"
#include "source/containers.h"
#include "source/existing.h"
#include "source/hashes.h"
#include "source/inspect.h"
#include "source/libraries.h"
#include "source/live.h"
#include "source/loader.h"
#include "source/mounts.h"
#include "source/own.h"
#include "source/rings.h"

struct live {
    struct source source;
    struct loader *loader;
    struct rings *rings;
    struct command command;
    struct own own;           /* events of ratel itself */
    struct existing existing; /* what was there before */
    struct inspect *inspect;  /* NULL when nothing asks for it; the next ones, too */
    struct libraries *libraries;
    struct stacks *stacks;
    struct containers *containers;
    struct hashes_thread *hashes;
    struct mounts *mounts;
    long wait_ns;
    uint64_t next_watch;         /* when to look whether the command has ended */
    struct live_options options; /* as given, but for what is copied */
    uint64_t wanted[PLAN_SLOTS]; /* .options.sets */
    uint8_t forced[PLAN_SLOTS];
    uint64_t sets; /* all sets, which the command belongs to */
    bool started;
    bool told;      /* what was there at the start, as much of it as goes at once */
    uint64_t began; /* when tracing did: before the command */
    bool stopped;
    bool concluded; /* our own last words are said */
    bool drained;
};

/* Loads what is asked for, and maps its rings. */
int live_load(struct live *l, struct error *err);

/*
 * At the first read, when everything behind the source is in place. The command exists before the
 * hooks do, so that nothing of it is missed and nothing before it seen.
 */
int live_start(struct live *l, struct error *err);

#endif
