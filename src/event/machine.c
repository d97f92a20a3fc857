/* SPDX-License-Identifier: Apache-2.0 */
#include "event/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID_PATH  "/proc/sys/kernel/random/boot_id"
#define NSEC_PER_SEC  1000000000LL
#define CLOCK_SAMPLES 8

static int64_t clock_ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/*
 * Wall clock minus boot clock. The two can't be read at once: of several tries the one with the
 * shortest time between the two boot-clock readings is off by the least.
 */
static int64_t realtime_offset(void)
{
    int64_t best = 0, shortest = INT64_MAX;
    for (int i = 0; i < CLOCK_SAMPLES; i++) {
        int64_t before = clock_ns(CLOCK_BOOTTIME);
        int64_t wall = clock_ns(CLOCK_REALTIME);
        int64_t after = clock_ns(CLOCK_BOOTTIME);
        if (after - before >= shortest)
            continue;
        shortest = after - before;
        best = wall - (before + (after - before) / 2);
    }
    return best;
}

/* The file's first line. A machine without it (no procfs) keeps the empty string. */
static int read_line(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = read(fd, out, size - 1);
    int rc = n < 0 ? -errno : 0;
    close(fd);
    out[n < 0 ? 0 : n] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return rc;
}

int machine_read(struct machine *m)
{
    *m = (struct machine){0};
    struct utsname u;
    if (uname(&u) < 0)
        return -errno;
    snprintf(m->hostname, sizeof(m->hostname), "%s", u.nodename);
    snprintf(m->kernel, sizeof(m->kernel), "%s", u.release);
    snprintf(m->arch, sizeof(m->arch), "%s", u.machine);
    int rc = read_line(BOOT_ID_PATH, m->boot_id, sizeof(m->boot_id));
    if (rc < 0)
        return rc;
    m->realtime_offset = realtime_offset();
    m->boot_time = (uint64_t)m->realtime_offset;
    long ncpu = sysconf(_SC_NPROCESSORS_CONF), ticks = sysconf(_SC_CLK_TCK);
    m->ncpu = ncpu > 0 ? (uint32_t)ncpu : 1;
    m->clock_ticks = ticks > 0 ? (uint32_t)ticks : 100;
    return 0;
}
