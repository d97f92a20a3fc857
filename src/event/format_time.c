/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as UTC. */
#include "event/format.h"

#define NSEC_PER_SEC 1000000000LL
#define DAY_SECONDS  86400

/* "2026-11-21T05:06:07" of the second that this thread printed last: events come in order. */
static _Thread_local struct {
    int64_t second;
    bool filled;
    char text[19];
} last;

static void put2(char *to, unsigned v)
{
    to[0] = (char)('0' + v / 10 % 10);
    to[1] = (char)('0' + v % 10);
}

/*
 * Year, month and day of a day counted from 1970-01-01, by eras of 400 years that begin in March,
 * so that the leap day is the last of a year (Howard Hinnant, "chrono-compatible low-level date
 * algorithms"). 64-bit nanoseconds keep the year within 1677 and 2262.
 */
static void put_date(char *to, int64_t day)
{
    int64_t z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    unsigned month = mp < 10 ? mp + 3 : mp - 9;
    unsigned year = (unsigned)((int64_t)yoe + era * 400 + (month <= 2));
    put2(to, year / 100);
    put2(to + 2, year % 100);
    to[4] = '-';
    put2(to + 5, month);
    to[7] = '-';
    put2(to + 8, doy - (153 * mp + 2) / 5 + 1);
}

static void fill_last(int64_t second)
{
    int64_t day = second / DAY_SECONDS - (second % DAY_SECONDS < 0);
    unsigned rest = (unsigned)(second - day * DAY_SECONDS);
    put_date(last.text, day);
    last.text[10] = 'T';
    put2(last.text + 11, rest / 3600);
    last.text[13] = ':';
    put2(last.text + 14, rest / 60 % 60);
    last.text[16] = ':';
    put2(last.text + 17, rest % 60);
    last.second = second;
    last.filled = true;
}

void time_text(struct strbuf *out, const struct format *f, uint64_t boot_ns)
{
    int64_t ns = (int64_t)(boot_ns + (uint64_t)f->realtime_offset);
    int64_t second = ns / NSEC_PER_SEC - (ns % NSEC_PER_SEC < 0);
    /* Unsigned: the second before the earliest time that fits may itself not fit. */
    uint32_t fraction = (uint32_t)((uint64_t)ns - (uint64_t)second * NSEC_PER_SEC);
    if (!last.filled || last.second != second)
        fill_last(second);
    char text[30];
    memcpy(text, last.text, 19);
    text[19] = '.';
    for (int i = 28; i > 20; i -= 2, fraction /= 100)
        put2(text + i - 1, fraction % 100);
    text[20] = (char)('0' + fraction);
    text[29] = 'Z';
    strbuf_put(out, text, sizeof(text));
}
