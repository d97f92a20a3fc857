/* SPDX-License-Identifier: Apache-2.0 */
/* Changes its name: by prctl, through /proc, to hostile bytes; makes a call after each. */
#include "provoke.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void rename_to(const char *name)
{
    check(prctl(PR_SET_NAME, name) == 0);
    check(syscall(SYS_getppid) >= 0);
}

int main(int argc, char **argv)
{
    int fd;

    say("PID", "%d", getpid());
    if (argc > 1) {
        rename_to(argv[1]);
        return 0;
    }
    rename_to("first name");
    rename_to("longer than fifteen bytes");
    rename_to("\033[31m\n\xff\xc3");
    rename_to("");
    fd = open("/proc/self/comm", O_WRONLY);
    check(fd >= 0 && write(fd, "by proc", 7) == 7);
    check(syscall(SYS_getppid) >= 0);
    return 0;
}
