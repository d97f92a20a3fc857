/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses of every family that the machine offers. SKIP=reason for those it does not. */
#include "provoke.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

typedef struct sockaddr any;

/* Server and client in one process; what both sides call is what the case looks for. */
static void stream(int family, const any *address, socklen_t len, struct sockaddr_storage *bound)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof(*bound), peer_size = sizeof(peer);
    int server = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted;

    check(server >= 0 && client >= 0);
    check(bind(server, address, len) == 0 && listen(server, 7) == 0);
    check(getsockname(server, (any *)bound, &size) == 0);
    check(connect(client, (any *)bound, size) == 0);
    accepted = accept4(server, (any *)&peer, &peer_size, SOCK_NONBLOCK);
    check(accepted >= 0);
    check(send(client, "hello", 5, 0) == 5);
    say("SERVER", "%d", server);
    say("CLIENT", "%d", client);
    say("ACCEPTED", "%d", accepted);
    if (family == AF_INET)
        say("PEER_PORT", "%u", ntohs(((struct sockaddr_in *)&peer)->sin_port));
    if (family == AF_INET6)
        say("PEER_PORT", "%u", ntohs(((struct sockaddr_in6 *)&peer)->sin6_port));
    check(dup2(accepted, 77) == 77 && close(77) == 0);
    close(accepted);
    close(client);
    close(server);
}

static void mode_inet(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage bound;

    (void)argc;
    (void)argv;
    stream(AF_INET, (any *)&a, sizeof(a), &bound);
    say("PORT", "%u", ntohs(((struct sockaddr_in *)&bound)->sin_port));
}

static void mode_inet6(int argc, char **argv)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_storage bound;

    (void)argc;
    (void)argv;
    stream(AF_INET6, (any *)&a, sizeof(a), &bound);
    say("PORT", "%u", ntohs(((struct sockaddr_in6 *)&bound)->sin6_port));
}

static void mode_unix(int argc, char **argv)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct sockaddr_storage bound;

    check(argc == 1);
    snprintf(a.sun_path, sizeof(a.sun_path), "%s", argv[0]);
    stream(AF_UNIX, (any *)&a, sizeof(a), &bound);
    unlink(argv[0]);
}

static void mode_abstract(int argc, char **argv)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct sockaddr_storage bound;
    int n;

    (void)argc;
    (void)argv;
    n = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "ratel-%d", getpid());
    say("ABSTRACT", "ratel-%d", getpid());
    stream(AF_UNIX, (any *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n),
           &bound);
}

/* Bytes in a path of a socket that mean something to a terminal. */
static void mode_hostile(int argc, char **argv)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "\033[31m\xff/nosuch\n"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)argc;
    (void)argv;
    check(fd >= 0 && connect(fd, (any *)&a, sizeof(a)) == -1);
}

static void mode_udp(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from;
    socklen_t len = sizeof(a), from_len = sizeof(from);
    int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    char buf[16];

    (void)argc;
    (void)argv;
    check(server >= 0 && client >= 0 && bind(server, (any *)&a, len) == 0);
    check(getsockname(server, (any *)&a, &len) == 0);
    check(sendto(client, "datagram", 8, 0, (any *)&a, len) == 8);
    check(recvfrom(server, buf, sizeof(buf), 0, (any *)&from, &from_len) == 8);
    say("PORT", "%u", ntohs(a.sin_port));
    say("FROM_PORT", "%u", ntohs(from.sin_port));
    say("SERVER", "%d", server);
    say("CLIENT", "%d", client);
}

static void mode_netlink(int argc, char **argv)
{
    struct sockaddr_nl a = {.nl_family = AF_NETLINK, .nl_pid = 0, .nl_groups = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    (void)argc;
    (void)argv;
    check(fd >= 0 && bind(fd, (any *)&a, sizeof(a)) == 0);
    say("FD", "%d", fd);
}

static void mode_packet(int argc, char **argv)
{
    struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_protocol = htons(3)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(3));

    (void)argc;
    (void)argv;
    if (fd < 0) {
        say("SKIP", "no packet sockets (%s)", strerror(errno));
        return;
    }
    a.sll_ifindex = (int)if_nametoindex("lo");
    check(a.sll_ifindex > 0 && bind(fd, (any *)&a, sizeof(a)) == 0);
    say("FD", "%d", fd);
    say("IFINDEX", "%d", a.sll_ifindex);
}

static void mode_vsock(int argc, char **argv)
{
    struct sockaddr_vm a = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = 987654};
    int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)argc;
    (void)argv;
    if (fd < 0) {
        say("SKIP", "no vsock sockets (%s)", strerror(errno));
        return;
    }
    check(bind(fd, (any *)&a, sizeof(a)) == 0);
    say("FD", "%d", fd);
}

/* Addresses that no kernel takes: too short, too long, of no family, unreadable. */
static void mode_odd(int argc, char **argv)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static char big[4096] = {99};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)argc;
    (void)argv;
    check(fd >= 0);
    check(connect(fd, (any *)&a, 1) == -1 && errno == EINVAL);
    check(connect(fd, (any *)&a, 0) == -1 && errno == EINVAL);
    check(connect(fd, (any *)big, sizeof(big)) == -1 && errno == EINVAL);
    check(connect(fd, (any *)big, 100) == -1 && errno == EAFNOSUPPORT);
    check(syscall(SYS_connect, fd, 8L, 16L) == -1 && errno == EFAULT);
    check(connect(-1, (any *)&a, sizeof(a)) == -1 && errno == EBADF);
    check(connect(fd, (any *)&a, (socklen_t)-1) == -1 && errno == EINVAL);
    say("FD", "%d", fd);
}

static void mode_pair(int argc, char **argv)
{
    int fds[2];

    (void)argc;
    (void)argv;
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    say("FD0", "%d", fds[0]);
    say("FD1", "%d", fds[1]);
    check(socketpair(AF_INET, SOCK_STREAM, 0, fds) == -1);
    check(pipe2(fds, O_CLOEXEC) == 0);
    say("PIPE0", "%d", fds[0]);
    say("PIPE1", "%d", fds[1]);
}

/* What is asked of the kernel and refused, before and after it asks its security modules. */
static void mode_refused(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x08080808)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP), one = 1;

    (void)argc;
    (void)argv;
    check(fd >= 0);
    check(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP) == -1 && errno == EPROTONOSUPPORT);
    check(socket(99, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
    check(socket(AF_INET, 12, 0) == -1 && errno == EINVAL);
    check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
    check(setsockopt(fd, IPPROTO_TCP, 9999, &one, sizeof(one)) == -1 && errno == ENOPROTOOPT);
    check(setsockopt(0x7ffffff, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1);
    check(bind(fd, (any *)&a, sizeof(a)) == -1 && errno == EADDRNOTAVAIL);
    check(bind(fd, (any *)&a, 1000) == -1 && errno == EINVAL);
    check(syscall(SYS_bind, fd, 8L, (long)sizeof(a)) == -1 && errno == EFAULT);
    check(accept(fd, NULL, NULL) == -1 && errno == EINVAL);
    check(accept4(fd, NULL, NULL, 1) == -1 && errno == EINVAL);
    say("FD", "%d", fd);
}

/* Two open files through a Unix socket to itself, and one more by name of the process. */
static void mode_pass(int argc, char **argv)
{
    union {
        char room[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {.room = {0}};
    char byte = 'x';
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};
    int pair[2], files[2], got[2], pidfd;
    struct cmsghdr *c;

    check(argc == 1 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    files[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    files[1] = open(argv[0], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    check(files[0] >= 0 && files[1] >= 0);
    check(sendmsg(pair[0], &m, 0) == 1 && recvmsg(pair[1], &m, 0) == 1); /* without any */
    m.msg_control = &control;
    m.msg_controllen = sizeof(control);
    c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(files));
    memcpy(CMSG_DATA(c), files, sizeof(files));
    check(sendmsg(pair[0], &m, 0) == 1);
    m.msg_controllen = sizeof(control);
    check(recvmsg(pair[1], &m, 0) == 1);
    memcpy(got, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(got));
    pidfd = (int)syscall(434 /* pidfd_open */, getpid(), 0);
    check(pidfd >= 0);
    say("FETCHED", "%ld", syscall(438 /* pidfd_getfd */, pidfd, files[0], 0));
    say("SENDER", "%d", pair[0]);
    say("RECEIVER", "%d", pair[1]);
    say("PIDFD", "%d", pidfd);
    say("FD0", "%d", files[0]);
    say("FD1", "%d", files[1]);
    say("GOT0", "%d", got[0]);
    say("GOT1", "%d", got[1]);
}

static const struct mode modes[] = {
    {"inet", mode_inet},       {"inet6", mode_inet6},
    {"unix", mode_unix},       {"abstract", mode_abstract},
    {"hostile", mode_hostile}, {"udp", mode_udp},
    {"netlink", mode_netlink}, {"packet", mode_packet},
    {"vsock", mode_vsock},     {"odd", mode_odd},
    {"pair", mode_pair},       {"refused", mode_refused},
    {"pass", mode_pass},       {NULL, NULL},
};

int main(int argc, char **argv)
{
    say("PID", "%d", getpid());
    return run_mode(modes, argc, argv);
}
