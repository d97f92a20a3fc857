/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that read what the system says about itself. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/checks.h"
#include "source/kernel.h"
#include "source/live.h"
#include "source/privilege.h"

#define TEXT_OF(x)            #x
#define VERSION(major, minor) TEXT_OF(major) "." TEXT_OF(minor)
#define OLDEST                VERSION(LIVE_KERNEL_MAJOR, LIVE_KERNEL_MINOR)

#define REMEDY_ROOT                                                                                \
    "run ratel as root, or give the program its privileges: setcap "                               \
    "cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search+ep FILE"

const struct check checks[CHECK_COUNT] = {
#define CHECK(name_, weight_, title_)                                                              \
    [CHECK_##name_] = {                                                                            \
        .name = #name_, .title = title_, .weight = WEIGHT_##weight_, .look = check_##name_},
#include "cmd/checks.def"
#undef CHECK
};

__attribute__((format(printf, 4, 0))) static void
fill(struct finding *f, enum check_state state, const char *remedy, const char *format, va_list ap)
{
    f->state = state;
    vsnprintf(f->found, sizeof(f->found), format, ap);
    snprintf(f->remedy, sizeof(f->remedy), "%s", remedy);
}

void finding_works(struct finding *f, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fill(f, STATE_WORKS, "", format, ap);
    va_end(ap);
}

void finding_fails(struct finding *f, const char *remedy, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fill(f, STATE_FAILS, remedy, format, ap);
    va_end(ap);
}

void finding_unknown(struct finding *f, const char *remedy, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fill(f, STATE_UNKNOWN, remedy, format, ap);
    va_end(ap);
}

/* The first bytes of a file, NUL-terminated, without the last newline. Length or -errno. */
static int read_file(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = read(fd, out, size - 1);
    int rc = n < 0 ? -errno : (int)n;
    close(fd);
    if (rc < 0)
        return rc;
    out[rc] = 0;
    if (rc && out[rc - 1] == '\n')
        out[--rc] = 0;
    return rc;
}

void check_kernel(struct finding *f)
{
    struct utsname u;
    unsigned major = 0, minor = 0;

    if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2) {
        finding_unknown(f, "", "the kernel's version can't be read");
        return;
    }
    if (major < LIVE_KERNEL_MAJOR || (major == LIVE_KERNEL_MAJOR && minor < LIVE_KERNEL_MINOR))
        finding_fails(f, "boot Linux " OLDEST " or later", "this is Linux %.64s on %.32s",
                      u.release, u.machine);
    else
        finding_works(f, "Linux %.64s on %.32s", u.release, u.machine);
}

void check_btf(struct finding *f)
{
    if (kernel_btf())
        finding_works(f, "%s", kernel_btf_path() ? kernel_btf_path() : "the kernel's own");
    else if (errno == ENOENT)
        finding_fails(f,
                      "mount sysfs, use a kernel built with CONFIG_DEBUG_INFO_BTF=y, or give its "
                      "types with --btf",
                      "there is no /sys/kernel/btf/vmlinux");
    else
        finding_fails(f, "", "the kernel's types can't be read: %s", strerror(errno));
}

void check_capabilities(struct finding *f)
{
    bool admin = privilege_has(CAP_SYS_ADMIN), bpf = privilege_has(CAP_BPF),
         perfmon = privilege_has(CAP_PERFMON);

    if (admin)
        finding_works(f, "CAP_SYS_ADMIN is in effect");
    else if (bpf && perfmon)
        finding_works(f, "CAP_BPF and CAP_PERFMON are in effect");
    else
        finding_fails(f, REMEDY_ROOT, "user %u has no %s", (unsigned)geteuid(),
                      !bpf && !perfmon ? "CAP_BPF and no CAP_PERFMON"
                      : bpf            ? "CAP_PERFMON"
                                       : "CAP_BPF");
}

void check_others(struct finding *f)
{
    bool ptrace = privilege_has(CAP_SYS_PTRACE), search = privilege_has(CAP_DAC_READ_SEARCH);

    if (ptrace && (search || privilege_has(CAP_DAC_OVERRIDE)))
        finding_works(f, "CAP_SYS_PTRACE and a CAP_DAC_* are in effect");
    else
        finding_fails(f, REMEDY_ROOT, "no %s: what ran before ratel is known in part",
                      ptrace ? "CAP_DAC_READ_SEARCH" : "CAP_SYS_PTRACE");
}

/* Where a file system of that type is mounted first, from /proc/self/mounts. */
static bool find_mount(const char *type, char *where, size_t size)
{
    char line[4096], at[256], kind[64];
    bool found = false;
    FILE *mounts = fopen("/proc/self/mounts", "re");

    if (!mounts)
        return false;
    while (!found && fgets(line, sizeof(line), mounts)) {
        if (sscanf(line, "%*s %255s %63s", at, kind) != 2 || strcmp(kind, type))
            continue;
        snprintf(where, size, "%s", at);
        found = true;
    }
    fclose(mounts);
    return found;
}

void check_cgroup2(struct finding *f)
{
    char where[128];

    if (find_mount("cgroup2", where, sizeof(where)))
        finding_works(f, "mounted at %s", where);
    else
        finding_fails(f, "mount -t cgroup2 none /sys/fs/cgroup",
                      "not mounted: --scope cgroup=PATH can't be looked up");
}

void check_tracefs(struct finding *f)
{
    char where[128];

    if (find_mount("tracefs", where, sizeof(where)))
        finding_works(f, "mounted at %s", where);
    else
        finding_works(f, "not mounted; ratel does not need it");
}

void check_jit(struct finding *f)
{
    char text[16];
    int rc = read_file("/proc/sys/net/core/bpf_jit_enable", text, sizeof(text));

    if (rc < 0)
        finding_unknown(f, "", "can't be told: %s", strerror(-rc));
    else if (!strcmp(text, "0"))
        finding_fails(f, "sysctl net.core.bpf_jit_enable=1",
                      "switched off: programs are interpreted, slowly");
    else
        finding_works(f, "on");
}

void check_lockdown(struct finding *f)
{
    char text[128];
    int rc = read_file("/sys/kernel/security/lockdown", text, sizeof(text));

    if (rc == -ENOENT)
        finding_works(f, "not built in, or securityfs is not mounted");
    else if (rc < 0)
        finding_unknown(f, "", "can't be told: %s", strerror(-rc));
    else if (strstr(text, "[confidentiality]"))
        finding_fails(f, "boot with lockdown=integrity or none",
                      "confidentiality: programs may not read kernel memory");
    else
        finding_works(f, "%s", text);
}

void check_seccomp(struct finding *f)
{
    char text[4096];
    int rc = read_file("/proc/self/status", text, sizeof(text));
    const char *line = rc < 0 ? NULL : strstr(text, "\nSeccomp:\t");

    if (!line)
        finding_unknown(f, "", "can't be told");
    else if (line[strlen("\nSeccomp:\t")] == '0')
        finding_works(f, "none");
    else
        finding_works(f, "there is one: it may refuse bpf() whatever the privileges are");
}

void check_user_namespace(struct finding *f)
{
    char text[256];
    unsigned inside, outside, count;
    int rc = read_file("/proc/self/uid_map", text, sizeof(text));

    if (rc < 0 || sscanf(text, "%u %u %u", &inside, &outside, &count) != 3)
        finding_unknown(f, "", "can't be told");
    else if (inside == 0 && outside == 0 && count == UINT32_MAX)
        finding_works(f, "the first one");
    else
        finding_fails(f, "run ratel outside of it, or in a privileged container",
                      "ratel is inside one: its privileges do not reach the kernel");
}

void check_memlock(struct finding *f)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_MEMLOCK, &limit))
        finding_unknown(f, "", "can't be told: %s", strerror(errno));
    else if (limit.rlim_cur == RLIM_INFINITY)
        finding_works(f, "unlimited; it does not matter since Linux 5.11");
    else
        finding_works(f, "%llu bytes; it does not matter since Linux 5.11",
                      (unsigned long long)limit.rlim_cur);
}
