/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of its own, sinks into it, events through them, and what came out. */
#ifndef RATEL_TESTS_SINK_SAMPLE_H
#define RATEL_TESTS_SINK_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event_sample.h"
#include "sink/sink.h"

static char folder[64];
static const struct machine sample_machine = {.hostname = "host",
                                              .realtime_offset = 1700000000000000000};

static inline struct sink_context sample_context(void)
{
    return (struct sink_context){
        .catalog = &sample_catalog, .machine = &sample_machine, .queue_bytes = 8 << 20};
}

static inline int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/ratel-sink-XXXXXX");
    sample_init();
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

/* "FORMAT:folder/name" */
static inline const char *spec_in(const char *format, const char *name)
{
    static char spec[256];
    snprintf(spec, sizeof(spec), "%s:%s/%s", format, folder, name);
    return spec;
}

/* The file's bytes with a NUL behind; freed by the caller. NULL when there is none. */
static inline char *read_back(const char *name, size_t *len)
{
    char path[256];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    *len = 0;
    FILE *f = fopen(path, "r");
    if (!f || fstat(fileno(f), &st) < 0)
        return NULL;
    char *text = malloc((size_t)st.st_size + 1);
    *len = text ? fread(text, 1, (size_t)st.st_size, f) : 0;
    if (text)
        text[*len] = '\0';
    fclose(f);
    return text;
}

static inline size_t count_lines(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += s[i] == '\n';
    return n;
}

/* n openat events into the fanout. */
static inline void send_event(struct fanout *f, const char *path, size_t len,
                              const struct event_context *context)
{
    static _Alignas(8) char memory[16384];
    struct event ev;
    const struct abi_record *r = sample_openat(memory, sizeof(memory), path, len, -2);
    if (!r || event_decode(&ev, &sample_catalog, r, r->len))
        abort();
    ev.context = context;
    fanout_event(f, &ev);
}

static inline void send_events(struct fanout *f, unsigned n, const char *path, size_t len)
{
    while (n--)
        send_event(f, path, len, NULL);
}

#endif
