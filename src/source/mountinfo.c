/* SPDX-License-Identifier: Apache-2.0 */
#include "source/mountinfo.h"

#include <string.h>

#include "source/kdev.h"

/* The next word, or an empty one at the end. */
static struct mountinfo_text word(char **at, char *end)
{
    char *from = *at, *to = memchr(from, ' ', (size_t)(end - from));
    if (!to)
        to = end;
    *at = to < end ? to + 1 : end;
    return (struct mountinfo_text){from, (size_t)(to - from)};
}

static bool number(struct mountinfo_text w, int32_t *out)
{
    int64_t n = 0;
    if (!w.len || w.len > 10)
        return false;
    for (size_t i = 0; i < w.len; i++) {
        if (w.s[i] < '0' || w.s[i] > '9')
            return false;
        n = 10 * n + (w.s[i] - '0');
    }
    *out = (int32_t)n;
    return n <= INT32_MAX;
}

/* 8:1 */
static bool device(struct mountinfo_text w, uint32_t *out)
{
    int32_t major, minor;
    const char *colon = memchr(w.s, ':', w.len);
    size_t n = colon ? (size_t)(colon - w.s) : 0;
    if (!colon || !number((struct mountinfo_text){w.s, n}, &major) ||
        !number((struct mountinfo_text){colon + 1, w.len - n - 1}, &minor))
        return false;
    *out = kdev_number((uint32_t)major, (uint32_t)minor);
    return true;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* A blank, a tab, a newline, a backslash and # are written as \040 and so on. */
static struct mountinfo_text unescape(struct mountinfo_text w, char *line)
{
    char *s = line + (w.s - line);
    size_t n = 0;
    for (size_t i = 0; i < w.len; n++) {
        bool octal = s[i] == '\\' && w.len - i > 3 && s[i + 1] <= '3' && is_octal(s[i + 1]) &&
                     is_octal(s[i + 2]) && is_octal(s[i + 3]);
        s[n] =
            octal ? (char)((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 | (s[i + 3] - '0')) : s[i];
        i += octal ? 4 : 1;
    }
    return (struct mountinfo_text){s, n};
}

/* 36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw */
bool mountinfo_parse(char *line, size_t len, struct mountinfo *out)
{
    char *at = line, *end = line + len;
    *out = (struct mountinfo){0};
    if (!number(word(&at, end), &out->id) || !number(word(&at, end), &out->parent) ||
        !device(word(&at, end), &out->dev))
        return false;
    struct mountinfo_text root = word(&at, end), mountpoint = word(&at, end);
    struct mountinfo_text w = word(&at, end); /* options, then any number of tags, then - */
    while (at < end && !(w.len == 1 && *w.s == '-'))
        w = word(&at, end);
    struct mountinfo_text type = word(&at, end), source = word(&at, end);
    if (!root.len || !mountpoint.len || !type.len)
        return false;
    out->root = unescape(root, line);
    out->mountpoint = unescape(mountpoint, line);
    out->type = unescape(type, line);
    out->source = unescape(source, line);
    return true;
}
