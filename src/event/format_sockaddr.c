/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket addresses. The traced program chose family and length: an address that is too short for
 * its family is shown as bytes, and nothing is read past its end.
 */
#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "event/format.h"

/* A copy that may be read whole; the bytes that were not there are zero. */
union address {
    sa_family_t family;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_nl nl;
    struct sockaddr_ll ll;
    struct sockaddr_vm vm;
    struct sockaddr_alg alg;
    struct sockaddr_xdp xdp;
    struct sockaddr_can can;
    char bytes[128];
};

static const char *const family_names[] = {
    [AF_UNSPEC] = "AF_UNSPEC", [AF_UNIX] = "AF_UNIX",       [AF_INET] = "AF_INET",
    [AF_AX25] = "AF_AX25",     [AF_IPX] = "AF_IPX",         [AF_APPLETALK] = "AF_APPLETALK",
    [AF_NETROM] = "AF_NETROM", [AF_BRIDGE] = "AF_BRIDGE",   [AF_ATMPVC] = "AF_ATMPVC",
    [AF_X25] = "AF_X25",       [AF_INET6] = "AF_INET6",     [AF_ROSE] = "AF_ROSE",
    [AF_KEY] = "AF_KEY",       [AF_NETLINK] = "AF_NETLINK", [AF_PACKET] = "AF_PACKET",
    [AF_ATMSVC] = "AF_ATMSVC", [AF_RDS] = "AF_RDS",         [AF_PPPOX] = "AF_PPPOX",
    [AF_LLC] = "AF_LLC",       [AF_IB] = "AF_IB",           [AF_MPLS] = "AF_MPLS",
    [AF_CAN] = "AF_CAN",       [AF_TIPC] = "AF_TIPC",       [AF_BLUETOOTH] = "AF_BLUETOOTH",
    [AF_RXRPC] = "AF_RXRPC",   [AF_PHONET] = "AF_PHONET",   [AF_IEEE802154] = "AF_IEEE802154",
    [AF_CAIF] = "AF_CAIF",     [AF_ALG] = "AF_ALG",         [AF_NFC] = "AF_NFC",
    [AF_VSOCK] = "AF_VSOCK",   [AF_KCM] = "AF_KCM",         [AF_QIPCRTR] = "AF_QIPCRTR",
    [AF_SMC] = "AF_SMC",       [AF_XDP] = "AF_XDP",         [AF_MCTP] = "AF_MCTP",
};

static const char *family_name(unsigned family)
{
    return family < sizeof(family_names) / sizeof(*family_names) ? family_names[family] : NULL;
}

/* Least length with which the kernel takes the family's address; 0: not taken apart here. */
static size_t least_length(unsigned family)
{
    switch (family) {
    case AF_UNIX:
        return sizeof(sa_family_t);
    case AF_INET:
        return 8; /* without the padding */
    case AF_INET6:
        return 24; /* without the scope, as RFC 2133 had it */
    case AF_NETLINK:
        return sizeof(struct sockaddr_nl);
    case AF_PACKET:
        return 12; /* without the hardware address */
    case AF_VSOCK:
        return 12;
    case AF_ALG:
        return sizeof(struct sockaddr_alg);
    case AF_XDP:
        return sizeof(struct sockaddr_xdp);
    case AF_CAN:
        return 8;
    default:
        return 0;
    }
}

/* Copies it; false when it can only be shown as bytes. */
static bool address_load(union address *a, const char *addr, size_t len)
{
    memset(a, 0, sizeof(*a));
    memcpy(a, addr, len < sizeof(*a) ? len : sizeof(*a));
    size_t least = len < sizeof(sa_family_t) ? 0 : least_length(a->family);
    return least && len >= least;
}

static void put_ipv4(struct strbuf *out, const struct in_addr *in)
{
    const uint8_t *b = (const uint8_t *)&in->s_addr;
    for (int i = 0; i < 4; i++) {
        if (i)
            strbuf_putc(out, '.');
        strbuf_put_u64(out, b[i]);
    }
}

static void put_ipv6(struct strbuf *out, const struct in6_addr *in)
{
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(AF_INET6, in, text, sizeof(text)))
        strbuf_puts(out, text);
}

static void put_mac(struct strbuf *out, const struct sockaddr_ll *ll)
{
    size_t n = ll->sll_halen < sizeof(ll->sll_addr) ? ll->sll_halen : sizeof(ll->sll_addr);
    for (size_t i = 0; i < n; i++) {
        if (i)
            strbuf_putc(out, ':');
        hex_text(out, &ll->sll_addr[i], 1);
    }
}

/* A unix path ends at its NUL; an abstract name has its length and may hold anything. */
static size_t unix_name(const char *addr, size_t len, const char **name)
{
    *name = addr + sizeof(sa_family_t);
    size_t n = len - sizeof(sa_family_t);
    if (n == 0 || **name == '\0')
        return n ? (*name)++, n - 1 : 0;
    return strnlen(*name, n);
}

static bool unix_abstract(const char *addr, size_t len)
{
    return len > sizeof(sa_family_t) && addr[sizeof(sa_family_t)] == '\0';
}

static void unix_text(struct strbuf *out, const char *addr, size_t len)
{
    const char *name;
    size_t n = unix_name(addr, len, &name);
    if (len == sizeof(sa_family_t))
        strbuf_lit(out, "(unnamed)");
    if (unix_abstract(addr, len))
        strbuf_putc(out, '@');
    text_escape(out, name, n);
}

static void inet6_text(struct strbuf *out, const struct sockaddr_in6 *in6)
{
    strbuf_putc(out, '[');
    put_ipv6(out, &in6->sin6_addr);
    if (in6->sin6_scope_id) {
        strbuf_putc(out, '%');
        strbuf_put_u64(out, in6->sin6_scope_id);
    }
    strbuf_lit(out, "]:");
    strbuf_put_u64(out, ntohs(in6->sin6_port));
}

static void numbers_text(struct strbuf *out, const char *what, uint64_t a, const char *and,
                         uint64_t b)
{
    strbuf_puts(out, what);
    strbuf_put_u64(out, a);
    strbuf_puts(out, and);
    strbuf_put_u64(out, b);
}

static void packet_text(struct strbuf *out, const struct sockaddr_ll *ll)
{
    strbuf_lit(out, "packet:0x");
    strbuf_put_hex(out, ntohs(ll->sll_protocol));
    strbuf_lit(out, ":if");
    strbuf_put_s64(out, ll->sll_ifindex);
    if (ll->sll_halen) {
        strbuf_putc(out, ':');
        put_mac(out, ll);
    }
}

static void alg_text(struct strbuf *out, const struct sockaddr_alg *alg)
{
    strbuf_lit(out, "alg:");
    text_escape(out, (const char *)alg->salg_type,
                strnlen((const char *)alg->salg_type, sizeof(alg->salg_type)));
    strbuf_putc(out, ':');
    text_escape(out, (const char *)alg->salg_name,
                strnlen((const char *)alg->salg_name, sizeof(alg->salg_name)));
}

static void unknown_text(struct strbuf *out, const union address *a, const char *addr, size_t len)
{
    if (len < sizeof(sa_family_t)) {
        strbuf_lit(out, "(no family)");
        return;
    }
    const char *name = family_name(a->family);
    if (name)
        strbuf_puts(out, name);
    else
        strbuf_put_u64(out, a->family);
    if (len > sizeof(sa_family_t))
        strbuf_putc(out, ':');
    hex_text(out, addr + sizeof(sa_family_t), len - sizeof(sa_family_t));
}

void sockaddr_text(struct strbuf *out, const char *addr, size_t len)
{
    union address a;
    if (!address_load(&a, addr, len)) {
        unknown_text(out, &a, addr, len);
        return;
    }
    switch (a.family) {
    case AF_UNIX:
        unix_text(out, addr, len);
        break;
    case AF_INET:
        put_ipv4(out, &a.in.sin_addr);
        strbuf_putc(out, ':');
        strbuf_put_u64(out, ntohs(a.in.sin_port));
        break;
    case AF_INET6:
        inet6_text(out, &a.in6);
        break;
    case AF_NETLINK:
        strbuf_lit(out, "netlink:");
        strbuf_put_u64(out, a.nl.nl_pid);
        strbuf_lit(out, ":0x");
        strbuf_put_hex(out, a.nl.nl_groups);
        break;
    case AF_PACKET:
        packet_text(out, &a.ll);
        break;
    case AF_VSOCK:
        numbers_text(out, "vsock:", a.vm.svm_cid, ":", a.vm.svm_port);
        break;
    case AF_ALG:
        alg_text(out, &a.alg);
        break;
    case AF_XDP:
        numbers_text(out, "xdp:if", a.xdp.sxdp_ifindex, ":queue", a.xdp.sxdp_queue_id);
        break;
    case AF_CAN:
        strbuf_lit(out, "can:if");
        strbuf_put_s64(out, a.can.can_ifindex);
        break;
    }
}

static void member(struct strbuf *out, const char *name, int64_t v)
{
    strbuf_lit(out, ",\"");
    strbuf_puts(out, name);
    strbuf_lit(out, "\":");
    strbuf_put_s64(out, v);
}

static void member_string(struct strbuf *out, const char *name, const char *s, size_t n)
{
    strbuf_lit(out, ",\"");
    strbuf_puts(out, name);
    strbuf_lit(out, "\":");
    json_quote(out, s, n);
}

static void inet6_json(struct strbuf *out, const struct sockaddr_in6 *in6)
{
    strbuf_lit(out, ",\"addr\":\"");
    put_ipv6(out, &in6->sin6_addr);
    strbuf_putc(out, '"');
    member(out, "port", ntohs(in6->sin6_port));
    if (in6->sin6_flowinfo)
        member(out, "flowinfo", ntohl(in6->sin6_flowinfo));
    if (in6->sin6_scope_id)
        member(out, "scope", in6->sin6_scope_id);
}

static void packet_json(struct strbuf *out, const struct sockaddr_ll *ll)
{
    member(out, "protocol", ntohs(ll->sll_protocol));
    member(out, "ifindex", ll->sll_ifindex);
    if (!ll->sll_halen)
        return;
    strbuf_lit(out, ",\"addr\":\"");
    put_mac(out, ll);
    strbuf_putc(out, '"');
}

static void alg_json(struct strbuf *out, const struct sockaddr_alg *alg)
{
    const char *type = (const char *)alg->salg_type, *name = (const char *)alg->salg_name;
    member_string(out, "type", type, strnlen(type, sizeof(alg->salg_type)));
    member_string(out, "name", name, strnlen(name, sizeof(alg->salg_name)));
}

static void unix_json(struct strbuf *out, const char *addr, size_t len)
{
    const char *name;
    size_t n = unix_name(addr, len, &name);
    if (unix_abstract(addr, len))
        member_string(out, "abstract", name, n);
    else if (len > sizeof(sa_family_t))
        member_string(out, "path", name, n);
}

static void members_json(struct strbuf *out, const union address *a, const char *addr, size_t len)
{
    switch (a->family) {
    case AF_UNIX:
        unix_json(out, addr, len);
        break;
    case AF_INET:
        strbuf_lit(out, ",\"addr\":\"");
        put_ipv4(out, &a->in.sin_addr);
        strbuf_putc(out, '"');
        member(out, "port", ntohs(a->in.sin_port));
        break;
    case AF_INET6:
        inet6_json(out, &a->in6);
        break;
    case AF_NETLINK:
        member(out, "port", a->nl.nl_pid);
        member(out, "groups", a->nl.nl_groups);
        break;
    case AF_PACKET:
        packet_json(out, &a->ll);
        break;
    case AF_VSOCK:
        member(out, "cid", a->vm.svm_cid);
        member(out, "port", a->vm.svm_port);
        break;
    case AF_ALG:
        alg_json(out, &a->alg);
        break;
    case AF_XDP:
        member(out, "ifindex", a->xdp.sxdp_ifindex);
        member(out, "queue", a->xdp.sxdp_queue_id);
        break;
    case AF_CAN:
        member(out, "ifindex", a->can.can_ifindex);
        break;
    }
}

void sockaddr_json(struct strbuf *out, const struct format *f, const char *addr, size_t len)
{
    union address a;
    bool known = address_load(&a, addr, len);
    const char *name = family_name(a.family);
    strbuf_lit(out, "{\"family\":");
    if (len < sizeof(sa_family_t)) {
        strbuf_lit(out, "null}");
        return;
    }
    if (name && !f->raw) {
        strbuf_putc(out, '"');
        strbuf_puts(out, name);
        strbuf_putc(out, '"');
    } else {
        strbuf_put_u64(out, a.family);
    }
    if (known) {
        members_json(out, &a, addr, len);
    } else if (len > sizeof(sa_family_t)) {
        strbuf_lit(out, ",\"data\":\"");
        hex_text(out, addr + sizeof(sa_family_t), len - sizeof(sa_family_t));
        strbuf_putc(out, '"');
    }
    strbuf_putc(out, '}');
}
