/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes the kernel do things inside, without a module.
 *   kernel netns            a new network namespace: its device, its files of /proc
 *   kernel helper           a kind of socket that there is not: the kernel asks for a module
 *   kernel kprobe FUNCTION  a counter of calls of a function
 */
#include "provoke.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define FAMILY 14 /* AF_SECURITY, which nobody ever made */

static void mode_netns(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (unshare(CLONE_NEWNET))
        skip("no network namespaces");
    say("PID", "%d", getpid());
    say("PROC_NET_SEQ_OPS", "0x%lx", needed_symbol("proc_net_seq_ops"));
}

static void mode_helper(int argc, char **argv)
{
    char path[256] = "";
    FILE *f = fopen("/proc/sys/kernel/modprobe", "r");

    (void)argc;
    (void)argv;
    if (!f || !fgets(path, sizeof(path), f) || path[0] == '\n')
        skip("this kernel asks no program for modules");
    fclose(f);
    path[strcspn(path, "\n")] = '\0';
    check(socket(FAMILY, SOCK_STREAM, 0) < 0);
    say("PID", "%d", getpid());
    say("PROGRAM", "%s", path);
    say("MODULE", "net-pf-%d", FAMILY);
}

static void mode_kprobe(int argc, char **argv)
{
    struct perf_event_attr attr = {.size = sizeof(attr), .disabled = 1};
    FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
    int fd;

    check(argc == 1);
    if (!f)
        skip("no kprobes");
    check(fscanf(f, "%u", &attr.type) == 1);
    fclose(f);
    attr.kprobe_func = (unsigned long)argv[0];
    fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0 && errno == EPERM)
        skip("no privilege for kprobes");
    check(fd >= 0);
    close(fd);
    say("PID", "%d", getpid());
    say("ADDRESS", "0x%lx", needed_symbol(argv[0]));
    say("HANDLER", "0x%lx", needed_symbol("kprobe_dispatcher"));
}

int main(int argc, char **argv)
{
    static const struct mode modes[] = {
        {"netns", mode_netns}, {"helper", mode_helper}, {"kprobe", mode_kprobe}, {NULL, NULL}};

    return run_mode(modes, argc, argv);
}
