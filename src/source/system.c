/* SPDX-License-Identifier: Apache-2.0 */
#include "source/system.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Opens a file of the host, which may have another one than a container that ratel is in. */
static FILE *open_host(const char *path)
{
    char of_host[128];
    snprintf(of_host, sizeof(of_host), "/proc/1/root%s", path);
    FILE *f = fopen(of_host, "re");
    return f ? f : fopen(path, "re");
}

/* A value as os-release has it: in quotes of either kind or none, \ before what would end it. */
static void take_value(char *out, const char *value)
{
    char quote = *value == '"' || *value == '\'' ? *value++ : '\0';
    size_t n = 0;
    for (; *value && *value != '\n' && *value != quote && n < SYSTEM_TEXT - 1; value++) {
        if (*value == '\\' && quote != '\'' && value[1] && value[1] != '\n')
            value++;
        out[n++] = *value;
    }
    out[n] = '\0';
}

void system_take_line(struct system_facts *out, const char *line)
{
    const struct {
        const char *key;
        char *to;
    } keys[] = {
        {"ID=", out->os_id}, {"VERSION_ID=", out->os_version}, {"PRETTY_NAME=", out->os_name}};
    for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (!strncmp(line, keys[i].key, strlen(keys[i].key)))
            take_value(keys[i].to, line + strlen(keys[i].key));
}

static void read_os(struct system_facts *out)
{
    char line[4 * SYSTEM_TEXT];
    bool whole = true; /* the last line ended with it */
    FILE *f = open_host("/etc/os-release");
    if (!f)
        f = open_host("/usr/lib/os-release");
    for (unsigned i = 0; f && i < SYSTEM_LINES_MAX && fgets(line, sizeof(line), f); i++) {
        if (whole)
            system_take_line(out, line);
        whole = strchr(line, '\n');
    }
    if (f)
        fclose(f);
}

static void read_machine_id(struct system_facts *out)
{
    FILE *f = open_host("/etc/machine-id");
    size_t n = f ? fread(out->machine_id, 1, sizeof(out->machine_id) - 1, f) : 0;
    out->machine_id[n] = '\0';
    if (strspn(out->machine_id, "0123456789abcdef") != 32)
        n = 0; /* "uninitialized", or nothing */
    out->machine_id[n ? 32 : 0] = '\0';
    if (f)
        fclose(f);
}

void system_read(struct system_facts *out)
{
    struct utsname u;
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    *out = (struct system_facts){.memory =
                                     pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0};
    if (!uname(&u))
        snprintf(out->kernel_build, sizeof(out->kernel_build), "%s", u.version);
    read_os(out);
    read_machine_id(out);
}
