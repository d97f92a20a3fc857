/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/units.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)

/* Reads digits, at least one; false on overflow. Leaves *text behind them. */
static bool take_number(const char **text, uint64_t *out)
{
    const char *p = *text;
    uint64_t v = 0;

    for (; isdigit((unsigned char)*p); p++)
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
            return false;
    if (p == *text)
        return false;
    *text = p;
    *out = v;
    return true;
}

/* Reads ".123" as nanoseconds; nothing there is 0. */
static bool take_fraction(const char **text, uint64_t *ns)
{
    uint64_t unit = NS_PER_SECOND / 10;

    *ns = 0;
    if (**text != '.')
        return true;
    const char *p = *text + 1;
    if (!isdigit((unsigned char)*p))
        return false;
    for (; isdigit((unsigned char)*p); p++, unit /= 10) {
        if (!unit)
            return false;
        *ns += unit * (uint64_t)(*p - '0');
    }
    *text = p;
    return true;
}

bool units_number(const char *text, uint64_t *out)
{
    uint64_t v;

    if (!take_number(&text, &v) || *text)
        return false;
    *out = v;
    return true;
}

bool units_size(const char *text, uint64_t *out)
{
    static const char suffixes[] = "KMGT";
    uint64_t v;

    if (!take_number(&text, &v))
        return false;
    if (*text) {
        const char *s = strchr(suffixes, toupper((unsigned char)*text));
        if (!s || text[1])
            return false;
        if (__builtin_mul_overflow(v, UINT64_C(1) << (10 * (s - suffixes + 1)), &v))
            return false;
    }
    *out = v;
    return true;
}

bool units_duration(const char *text, uint64_t *out)
{
    static const struct {
        const char *suffix;
        uint64_t per_mille; /* of a second, in thousandths */
    } units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    uint64_t whole, fraction;

    if (!take_number(&text, &whole) || !take_fraction(&text, &fraction))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text, units[i].suffix))
            continue;
        uint64_t ns, part;
        /* A fraction is below one second: times a day's thousandths it fits 64 bits. */
        if (__builtin_mul_overflow(whole, units[i].per_mille * (NS_PER_SECOND / 1000), &ns))
            return false;
        part = fraction * units[i].per_mille / 1000;
        return !__builtin_add_overflow(ns, part, &ns) && ns <= INT64_MAX && (*out = ns, true);
    }
    return false;
}

static bool take_digits(const char **text, unsigned digits, int *out)
{
    int v = 0;

    for (unsigned i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)(*text)[i]))
            return false;
        v = v * 10 + ((*text)[i] - '0');
    }
    *text += digits;
    *out = v;
    return true;
}

static bool take_char(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

/* "T05:06[:07[.123]]" or nothing. */
static bool take_clock(const char **text, struct tm *tm, uint64_t *ns)
{
    *ns = 0;
    if (!take_char(text, 'T') && !take_char(text, ' '))
        return true;
    if (!take_digits(text, 2, &tm->tm_hour) || !take_char(text, ':') ||
        !take_digits(text, 2, &tm->tm_min))
        return false;
    if (take_char(text, ':') && (!take_digits(text, 2, &tm->tm_sec) || !take_fraction(text, ns)))
        return false;
    return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

static bool parse_date(const char *text, int64_t *seconds, uint64_t *ns)
{
    struct tm tm = {0};
    int year, month, day;

    if (!take_digits(&text, 4, &year) || !take_char(&text, '-') || !take_digits(&text, 2, &month) ||
        !take_char(&text, '-') || !take_digits(&text, 2, &day))
        return false;
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (!take_clock(&text, &tm, ns))
        return false;
    take_char(&text, 'Z');
    if (*text)
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    *seconds = timegm(&tm);
    return tm.tm_mon == month - 1; /* otherwise there is no such day, like 31 April */
}

bool units_time(const char *text, int64_t *out)
{
    int64_t seconds;
    uint64_t ns, whole;

    if (take_char(&text, '@')) {
        if (!take_number(&text, &whole) || !take_fraction(&text, &ns) || *text)
            return false;
        if (whole > INT64_MAX / NS_PER_SECOND - 1)
            return false;
        seconds = (int64_t)whole;
    } else if (!parse_date(text, &seconds, &ns)) {
        return false;
    }
    *out = seconds * (int64_t)NS_PER_SECOND + (int64_t)ns;
    return true;
}
