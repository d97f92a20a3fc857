/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel programs: chosen, loaded, attached; their maps filled. */
#ifndef RATEL_SOURCE_LOADER_H
#define RATEL_SOURCE_LOADER_H

#include "source/live.h"
#include "source/memory.h"
#include "source/tables.h"

struct loader;

/* Loads and fills, attaches nothing. 0 or -errno with err filled. options are borrowed until the
 * attach. */
int loader_open(struct loader **out, const struct live_options *options, struct error *err);
/*
 * Attaches the programs. A hook that the kernel refuses costs its events, said in a warning. 0;
 * -EAGAIN: nothing is attached, close and open again, because such an event has another way now;
 * another -errno with err filled when nothing is left or a scope could not be kept.
 */
int loader_attach(struct loader *l, struct error *err);
/* Marks a process, and what will descend from it, as belonging to sets. */
int loader_adopt(struct loader *l, uint32_t pid, uint64_t sets);
/*
 * Marks the trees that scopes name, with the descendants they have by now. Once before attaching,
 * once after: what is forked in between is in neither the first look nor the hook's sight.
 */
int loader_adopt_trees(struct loader *l, struct error *err);
/* Those trees. */
const struct tree *loader_trees(const struct loader *l, unsigned *count);
/* Cgroups of containers that the kernel programs had no room for. */
uint64_t loader_containers_refused(const struct loader *l);
/* Namespaces of the machine's first process. */
const struct init_namespaces *loader_init_namespaces(const struct loader *l);
/* Takes the programs off their hooks. When it returns, none is running any more. */
void loader_detach(struct loader *l);
void loader_close(struct loader *l);

/* Descriptor of a CPU's ring, and of the lifecycle ring for cpu == loader_cpus(l). */
int loader_ring_fd(const struct loader *l, unsigned cpu);
size_t loader_ring_bytes(const struct loader *l, unsigned cpu);
unsigned loader_cpus(const struct loader *l);
/* Makes the programs tell the path of a file in user stacks once more. ctx is the loader. */
void loader_tell_again(void *ctx, const struct stack_file *file);
/* Counts of a row, over all CPUs. */
void loader_counts(const struct loader *l, unsigned slot, struct counters *out);
/* Whether the event of a slot was asked for and can be seen. */
bool loader_sees(const struct loader *l, unsigned slot);
/* Whether a program of ours sits on a function of the kernel. ctx is the loader. */
bool loader_hooks_function(void *ctx, const char *function);
/* The program of the iterator of tasks; -ENOENT where existing_task is not told by it. */
int loader_task_iterator(const struct loader *l);
/* The kernel's memory; one thread at a time. */
struct kernel_memory loader_memory(struct loader *l);
/*
 * Runs of programs that the kernel skipped because they were running already, of the hooks that a
 * row stands for.
 */
uint64_t loader_recursion(const struct loader *l, unsigned slot);

#endif
