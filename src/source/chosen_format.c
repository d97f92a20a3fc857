/* SPDX-License-Identifier: Apache-2.0 */
#include "source/chosen_format.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static const char *const mounts[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

/* "key:NUMBER;" somewhere in the line; false where it is not, or is no 16-bit number. */
static bool number_of(const char *line, const char *key, unsigned *out)
{
    const char *at = strstr(line, key);
    char *end;
    if (!at)
        return false;
    unsigned long n = strtoul(at + strlen(key), &end, 10);
    *out = (unsigned)n;
    return *end == ';' && end != at + strlen(key) && n <= UINT16_MAX;
}

/* What a number of so many bytes is: the field's type, and how it is widened. */
static bool number_type(struct chosen_format_field *f, unsigned size, bool is_signed)
{
    static const struct {
        const char *type;
        uint8_t how;
    } types[2][9] = {
        {[1] = {"u8", PLAN_U8},
         [2] = {"u16", PLAN_U16},
         [4] = {"uint", PLAN_U32},
         [8] = {"ulong", PLAN_ULONG}},
        {[1] = {"int", PLAN_S32},
         [2] = {"int", PLAN_S32},
         [4] = {"int", PLAN_S32},
         [8] = {"long", PLAN_LONG}},
    };
    if (size > 8 || !types[is_signed][size].type)
        return false;
    f->type = types[is_signed][size].type;
    f->field.how = types[is_signed][size].how;
    return true;
}

/* By the C declaration: text in the record or elsewhere in it, a pointer, a number. */
static bool take_type(struct chosen_format_field *f, const char *declaration, size_t len,
                      bool is_array, bool is_signed)
{
    const char *location = "__data_loc char[]", *character = "char ";
    if (len >= strlen(location) && !memcmp(declaration, location, strlen(location))) {
        f->type = "string";
        f->field.how = CHOSEN_LOCATION;
        return f->field.size == 4;
    }
    if (is_array) {
        f->type = "string";
        f->field.how = CHOSEN_ARRAY;
        return len >= strlen(character) && !memcmp(declaration, character, strlen(character));
    }
    if (memchr(declaration, '*', len)) {
        f->type = "pointer";
        f->field.how = PLAN_ULONG;
        return f->field.size == 8;
    }
    return number_type(f, f->field.size, is_signed);
}

void chosen_format_line(struct chosen_format *f, const char *line)
{
    unsigned offset, size, is_signed;
    const char *at = strstr(line, "field:");
    if (!at || f->count == CHOSEN_FORMAT_FIELDS || !number_of(line, "offset:", &offset) ||
        !number_of(line, "size:", &size) || !number_of(line, "signed:", &is_signed))
        return;
    at += strlen("field:");
    size_t len = strcspn(at, ";"), end = len;
    bool array = end && at[end - 1] == ']' && memchr(at, '[', end);
    while (array && at[end] != '[')
        end--;
    size_t name = end;
    while (name && at[name - 1] != ' ' && at[name - 1] != '*')
        name--;
    struct chosen_format_field *field = &f->fields[f->count];
    *field = (struct chosen_format_field){
        .field = {.at = (uint16_t)offset, .size = (uint16_t)size},
    };
    bool common = end - name >= 7 && !memcmp(at + name, "common_", 7);
    if (end == name || end - name >= sizeof(field->name) || common ||
        strspn(at + name, NAME_CHARS) < end - name || !take_type(field, at, name, array, is_signed))
        return;
    memcpy(field->name, at + name, end - name);
    f->count++;
}

static bool is_mounted(void)
{
    char path[64];
    int before = errno;
    bool found = false;
    for (unsigned i = 0; i < sizeof(mounts) / sizeof(*mounts) && !found; i++) {
        snprintf(path, sizeof(path), "%s/events", mounts[i]);
        found = access(path, F_OK) == 0;
    }
    errno = before;
    return found;
}

int chosen_format_read(struct chosen_format *f, const char *category, const char *name)
{
    char path[PATH_MAX], *line = NULL;
    size_t room = 0;
    FILE *file = NULL;
    memset(f, 0, sizeof(*f));
    if (strchr(category, '/') || strchr(name, '/') || *category == '.' || *name == '.')
        return -ENOENT;
    for (unsigned i = 0; i < sizeof(mounts) / sizeof(*mounts) && !file; i++) {
        snprintf(path, sizeof(path), "%s/events/%s/%s/format", mounts[i], category, name);
        file = fopen(path, "re");
    }
    if (!file)
        return is_mounted() ? -errno : -ENODEV;
    while (getline(&line, &room, file) > 0)
        chosen_format_line(f, line);
    free(line);
    fclose(file);
    return 0;
}

const struct chosen_format_field *chosen_format_find(const struct chosen_format *f,
                                                     const char *name, size_t len)
{
    for (unsigned i = 0; i < f->count; i++)
        if (strlen(f->fields[i].name) == len && !memcmp(f->fields[i].name, name, len))
            return &f->fields[i];
    return NULL;
}
