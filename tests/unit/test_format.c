/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text and as JSON: tables of what goes in and what must come out. */
#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "event_sample.h"

static struct strbuf out = STRBUF_INIT(1 << 20);
static const struct format plain = {.realtime_offset = 1700000000000000000,
                                    .catalog = &sample_catalog};
static const struct format raw = {
    .realtime_offset = 1700000000000000000, .catalog = &sample_catalog, .raw = true};

static void expect(const char *want)
{
    assert_string_equal(strbuf_cstr(&out), want);
    assert_false(out.overflow);
    strbuf_clear(&out);
}

static void escapes(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        size_t len;
        const char *text, *json;
    } rows[] = {
        {"", 0, "", "\"\""},
        {"plain and long enough", 21, "plain and long enough", "\"plain and long enough\""},
        {"a\nb\tc\rd", 7, "a\\nb\\tc\\rd", "\"a\\nb\\tc\\rd\""},
        {"\033[31m\a\b\f\v", 9, "\\x1b[31m\\x07\\x08\\x0c\\x0b",
         "\"\\u001b[31m\\u0007\\b\\f\\u000b\""},
        {"a\0b", 3, "a\\x00b", "\"a\\u0000b\""},
        {"\x7f", 1, "\\x7f", "\"\\u007f\""},
        {"\"\\\"", 3, "\"\\\\\"", "\"\\\"\\\\\\\"\""},
        {"12345678\"", 9, "12345678\"", "\"12345678\\\"\""},
        {"12345678\x01", 9, "12345678\\x01", "\"12345678\\u0001\""},
        {"gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
        {"\xe2\x82\xac", 3, "\xe2\x82\xac", "\"\xe2\x82\xac\""},
        {"\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
        {"\xc2\x9b", 2, "\\xc2\\x9b", "\"\\u009b\""},          /* CSI as one character */
        {"\xe2\x80\xae", 3, "\\xe2\\x80\\xae", "\"\\u202e\""}, /* right-to-left override */
        {"\xff", 1, "\\xff", "\"\\udcff\""},
        {"\x80", 1, "\\x80", "\"\\udc80\""},
        {"\xc3", 1, "\\xc3", "\"\\udcc3\""}, /* cut off */
        {"\xe2\x82", 2, "\\xe2\\x82", "\"\\udce2\\udc82\""},
        {"\xc0\xaf", 2, "\\xc0\\xaf", "\"\\udcc0\\udcaf\""}, /* too long a form */
        {"\xe0\x80\xaf", 3, "\\xe0\\x80\\xaf", "\"\\udce0\\udc80\\udcaf\""},
        {"\xed\xa0\x80", 3, "\\xed\\xa0\\x80", "\"\\udced\\udca0\\udc80\""}, /* surrogate */
        {"\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80", "\"\\udcf4\\udc90\\udc80\\udc80\""},
        {"\xc3(", 2, "\\xc3(", "\"\\udcc3(\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_escape(&out, rows[i].s, rows[i].len);
        expect(rows[i].text);
        json_quote(&out, rows[i].s, rows[i].len);
        expect(rows[i].json);
    }
}

/* Every byte at every place around the eight that are looked at together. */
static void every_byte(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        for (size_t at = 0; at < 17; at++) {
            char s[17];
            memset(s, 'a', sizeof(s));
            s[at] = (char)c;
            json_quote(&out, s, sizeof(s));
            for (size_t i = 0; i < out.len; i++)
                assert_in_range((uint8_t)out.data[i], 0x20, 0x7e);
            bool escaped = c < 0x20 || c == '"' || c == '\\' || c >= 0x7f;
            assert_int_equal(out.len > sizeof(s) + 2, escaped);
            strbuf_clear(&out);
        }
    }
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        enum field_type type;
        uint64_t v;
        const char *text, *json, *raw;
    } rows[] = {
        {TYPE_bool, 0, "false", "false", "false"},
        {TYPE_bool, 7, "true", "true", "true"},
        {TYPE_int, (uint64_t)-1, "-1", "-1", "-1"},
        {TYPE_uint, 4294967295u, "4294967295", "4294967295", "4294967295"},
        {TYPE_u64, UINT64_MAX, "18446744073709551615", "18446744073709551615",
         "18446744073709551615"},
        {TYPE_s64, 1ULL << 63, "-9223372036854775808", "-9223372036854775808",
         "-9223372036854775808"},
        {TYPE_u64, 9007199254740993, "9007199254740993", "9007199254740993", "9007199254740993"},
        {TYPE_pointer, 0x7ffd00001000, "0x7ffd00001000", "\"0x7ffd00001000\"", "140724603457536"},
        {TYPE_pointer, 0, "0x0", "\"0x0\"", "0"},
        {TYPE_fd, 3, "3", "3", "3"},
        {TYPE_fd, (uint64_t)-1, "-1", "-1", "-1"},
        {TYPE_fd, (uint64_t)-100, "-100", "-100", "-100"},
        {TYPE_dirfd, (uint64_t)-100, "AT_FDCWD", "\"AT_FDCWD\"", "-100"},
        {TYPE_dirfd, 5, "5", "5", "5"},
        {TYPE_uid, (uint64_t)-1, "-1", "-1", "-1"},
        {TYPE_uid, (uint64_t)(int64_t)(int32_t)4000000000u, "4000000000", "4000000000",
         "4000000000"},
        {TYPE_mode, 0644, "0644", "\"0644\"", "420"},
        {TYPE_mode, 0, "0000", "\"0000\"", "0"},
        {TYPE_mode, 0100755, "0100755", "\"0100755\"", "33261"},
        {TYPE_dev, 0x801, "8:1", "\"8:1\"", "2049"},
        {TYPE_dev, 0x10305, "259:5", "\"259:5\"", "66309"},
        {TYPE_time, 1, "2023-11-14T22:13:20.000000001Z", "\"2023-11-14T22:13:20.000000001Z\"", "1"},
        {TYPE_ctime, 0, "1970-01-01T00:00:00.000000000Z", "\"1970-01-01T00:00:00.000000000Z\"",
         "0"},
        {TYPE_event, 257, "openat", "\"openat\"", "257"},
        {TYPE_event, 300, "300", "300", "300"},
        {TYPE_event, (uint64_t)-1, "-1", "-1", "-1"},
        {TYPE_flags, 02000000, "O_RDONLY|O_CLOEXEC", "\"O_RDONLY|O_CLOEXEC\"", "524288"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct field_def *def = &sample_fields[rows[i].type];
        struct value v = {
            .number = rows[i].v, .encoding = type_defs[def->type].encoding, .flags = def->flags};
        value_text(&out, &plain, def, &v);
        expect(rows[i].text);
        value_json(&out, &plain, def, &v);
        expect(rows[i].json);
        value_json(&out, &raw, def, &v);
        expect(rows[i].raw);
    }
}

/* Of one field another says which table names it. */
static void chosen_names(void **state)
{
    (void)state;
    static const struct {
        const char *event;
        unsigned by, field;
        int64_t choose, v;
        const char *text, *json;
    } rows[] = {
        {"setsockopt", 1, 2, 1, 2, "SO_REUSEADDR", "\"SO_REUSEADDR\""},
        {"setsockopt", 1, 2, 6, 1, "TCP_NODELAY", "\"TCP_NODELAY\""},
        {"getsockopt", 1, 2, 0, 1, "IP_TOS", "\"IP_TOS\""},
        {"setsockopt", 1, 2, 41, 26, "IPV6_V6ONLY", "\"IPV6_V6ONLY\""},
        {"setsockopt", 1, 2, 41, 999, "999", "\"999\""},
        {"setsockopt", 1, 2, 5, 1, "1", "1"},
        {"signal_generate", 0, 2, 17, 1, "CLD_EXITED", "\"CLD_EXITED\""},
        {"signal_generate", 0, 2, 17, -6, "SI_TKILL", "\"SI_TKILL\""},
        {"signal_deliver", 0, 2, 11, 1, "SEGV_MAPERR", "\"SEGV_MAPERR\""},
        {"signal_deliver", 0, 2, 15, 0, "SI_USER", "\"SI_USER\""},
        {"signal_deliver", 0, 2, -1, 128, "SI_KERNEL", "\"SI_KERNEL\""},
        {"fcntl", 1, 2, 4, 04002, "O_RDWR|O_NONBLOCK", "\"O_RDWR|O_NONBLOCK\""},
        {"fcntl", 1, 2, 2, 1, "FD_CLOEXEC", "\"FD_CLOEXEC\""},
        {"fcntl", 1, 2, 0, 10, "10", "10"},
        {"fcntl", 1, 2, 6, -1, "18446744073709551615", "18446744073709551615"},
        {"prctl", 0, 1, 24, 21, "CAP_SYS_ADMIN", "\"CAP_SYS_ADMIN\""},
        {"socket", 0, 2, 2, 6, "IPPROTO_TCP", "\"IPPROTO_TCP\""},
        {"socket", 0, 2, 16, 0, "NETLINK_ROUTE", "\"NETLINK_ROUTE\""},
        {"socket", 0, 2, 1, 0, "0", "0"},
    };
    static _Alignas(8) char memory[1024];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct catalog *c = catalog_builtin();
        struct record_builder b;
        struct event ev;
        record_begin(&b, memory, sizeof(memory),
                     catalog_by_name(c, rows[i].event, strlen(rows[i].event)));
        if (rows[i].choose >= 0)
            record_add_int(&b, rows[i].by, (uint64_t)rows[i].choose);
        record_add_int(&b, rows[i].field, (uint64_t)rows[i].v);
        const struct abi_record *r = record_end(&b);
        assert_int_equal(event_decode(&ev, c, r, r->len), 0);
        struct value v = event_value(&ev, rows[i].field);
        value_text(&out, &plain, &ev.def->fields[rows[i].field], &v);
        expect(rows[i].text);
        value_json(&out, &plain, &ev.def->fields[rows[i].field], &v);
        expect(rows[i].json);
    }
}

/* A choice by a choice: PR_CAP_AMBIENT's third argument. */
static void chosen_by_chosen(void **state)
{
    (void)state;
    static _Alignas(8) char memory[1024];
    const struct catalog *c = catalog_builtin();
    for (uint64_t what = 2; what <= 4; what += 2) {
        struct record_builder b;
        struct event ev;
        record_begin(&b, memory, sizeof(memory), catalog_by_name(c, "prctl", 5));
        record_add_int(&b, 0, 47);
        record_add_int(&b, 1, what);
        record_add_int(&b, 2, 0);
        const struct abi_record *r = record_end(&b);
        assert_int_equal(event_decode(&ev, c, r, r->len), 0);
        struct value v = event_value(&ev, 2);
        value_text(&out, &plain, &ev.def->fields[2], &v);
        expect(what == 2 ? "CAP_CHOWN" : "0");
    }
}

static void buffers(void **state)
{
    (void)state;
    static const char forty[40] = {0};
    static const struct {
        enum field_type type;
        uint8_t status, reason;
        const char *data;
        size_t len;
        const char *text, *json;
    } rows[] = {
        {TYPE_path, 0, 0, "/etc/passwd", 11, "/etc/passwd", "\"/etc/passwd\""},
        {TYPE_path, ABI_TRUNCATED, ABI_WHY_LIMIT, "/et", 3, "/et...", "\"/et\""},
        {TYPE_path, ABI_MISSING, ABI_WHY_FAULT, NULL, 0, "-(memory not readable)", "null"},
        {TYPE_strv, 0, 0, "sh\0-c\0", 6, "[\"sh\",\"-c\"]", "[\"sh\",\"-c\"]"},
        {TYPE_strv, 0, 0, "a\",\"b\0", 6, "[\"a\\\",\\\"b\"]", "[\"a\\\",\\\"b\"]"},
        {TYPE_strv, 0, 0, "", 0, "[]", "[]"},
        {TYPE_bytes, 0, 0, "\x00\xff\x10", 3, "00ff10", "\"00ff10\""},
        {TYPE_bytes, 0, 0, forty, 40,
         "0000000000000000000000000000000000000000000000000000000000000000... (40 bytes)",
         "\"00000000000000000000000000000000000000000000000000000000000000000000000000000000\""},
        {TYPE_fdpair, 0, 0, "\x03\0\0\0\x04\0\0\0", 8, "[3,4]", "[3,4]"},
        {TYPE_fdpair, 0, 0, "\x03\0\0", 3, "030000", "\"030000\""},
        {TYPE_fd, 0, 0, "/a>b\n", 5, "0</a>b\\n>", "{\"fd\":0,\"path\":\"/a>b\\n\"}"},
        {TYPE_fd, ABI_MISSING, ABI_WHY_CLOSED, NULL, 0, "-(descriptor not open)", "null"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct field_def *def = &sample_fields[rows[i].type];
        struct value v = {.encoding = type_defs[def->type].encoding,
                          .status = rows[i].status,
                          .reason = rows[i].reason,
                          .data = rows[i].data,
                          .len = rows[i].len};
        value_text(&out, &plain, def, &v);
        expect(rows[i].text);
        value_json(&out, &plain, def, &v);
        expect(rows[i].json);
    }
}

static void timespecs(void **state)
{
    (void)state;
    static const struct {
        int64_t sec, nsec;
        const char *want;
    } rows[] = {
        {1, 500000000, "1.500000000"},
        {0, 1, "0.000000001"},
        {0, 0, "0.000000000"},
        {-1, 500000000, "-0.500000000"},
        {-2, 1, "-1.999999999"},
        {INT64_MIN, 0, "-9223372036854775808.000000000"},
        {INT64_MIN, 1, "-9223372036854775807.999999999"},
        {INT64_MAX, 999999999, "9223372036854775807.999999999"},
        {0, 0x3fffffff, "{\"sec\":0,\"nsec\":1073741823}"}, /* UTIME_NOW */
        {5, -1, "{\"sec\":5,\"nsec\":-1}"},
        {5, 1000000000, "{\"sec\":5,\"nsec\":1000000000}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct value v = {.encoding = ABI_ENC_TIMESPEC, .sec = rows[i].sec, .nsec = rows[i].nsec};
        value_text(&out, &plain, &sample_fields[TYPE_timespec], &v);
        expect(rows[i].want);
        value_json(&out, &plain, &sample_fields[TYPE_timespec], &v);
        expect(rows[i].want);
    }
}

/* Every capability, some, one that has no name, none. */
static void credentials(void **state)
{
    (void)state;
    struct abi_cred c = {.uid = 1000,
                         .euid = UINT32_MAX,
                         .user_ns = 4026531837,
                         .securebits = 5,
                         .cap_inheritable = 1ULL << 63 | 1ULL << 13,
                         .cap_permitted = (1ULL << 41) - 1,
                         .cap_effective = 1 | 1ULL << 21,
                         .cap_bounding = 1ULL << 50};
    struct value v = {.encoding = ABI_ENC_CRED, .data = (const char *)&c, .len = sizeof(c)};
    const struct field_def def = {.name = "c", .type = TYPE_cred};
    value_text(&out, &plain, &def, &v);
    expect("{uid=1000,gid=0,suid=0,sgid=0,euid=4294967295,egid=0,fsuid=0,fsgid=0,"
           "user_ns=4026531837,securebits=SECBIT_NOROOT|SECBIT_NO_SETUID_FIXUP,"
           "cap_inheritable=CAP_NET_RAW|0x8000000000000000,cap_permitted=all,"
           "cap_effective=CAP_CHOWN|CAP_SYS_ADMIN,cap_bounding=0x4000000000000,cap_ambient=0}");
    value_json(&out, &plain, &def, &v);
    expect(
        "{\"uid\":1000,\"gid\":0,\"suid\":0,\"sgid\":0,\"euid\":4294967295,\"egid\":0,\"fsuid\":0,"
        "\"fsgid\":0,\"user_ns\":4026531837,\"securebits\":\"SECBIT_NOROOT|SECBIT_NO_SETUID_FIXUP\","
        "\"cap_inheritable\":\"CAP_NET_RAW|0x8000000000000000\",\"cap_permitted\":\"all\","
        "\"cap_effective\":\"CAP_CHOWN|CAP_SYS_ADMIN\",\"cap_bounding\":\"0x4000000000000\","
        "\"cap_ambient\":\"0\"}");
    value_json(&out, &raw, &def, &v);
    expect(
        "{\"uid\":1000,\"gid\":0,\"suid\":0,\"sgid\":0,\"euid\":4294967295,\"egid\":0,\"fsuid\":0,"
        "\"fsgid\":0,\"user_ns\":4026531837,\"securebits\":5,"
        "\"cap_inheritable\":9223372036854784000,\"cap_permitted\":2199023255551,"
        "\"cap_effective\":2097153,\"cap_bounding\":1125899906842624,\"cap_ambient\":0}");
}

static const struct sockaddr_in in = {
    .sin_family = AF_INET, .sin_port = 0x5000, .sin_addr = {0x0100007f}};
static const struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                                        .sin6_port = 0xbb01,
                                        .sin6_addr.s6_addr = {0xfe, 0x80, [15] = 1},
                                        .sin6_scope_id = 2};
static const struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/x.sock"};
static const struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0n\0m"};
static const struct sockaddr_nl nl = {.nl_family = AF_NETLINK, .nl_pid = 12, .nl_groups = 0x11};
static const struct sockaddr_ll ll = {.sll_family = AF_PACKET,
                                      .sll_protocol = 0x0008,
                                      .sll_ifindex = 2,
                                      .sll_halen = 6,
                                      .sll_addr = {2, 0x42, 0xac, 0x11, 0, 3}};
static const struct sockaddr_vm vm = {.svm_family = AF_VSOCK, .svm_cid = 2, .svm_port = 1024};
static const struct sockaddr_alg alg = {
    .salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha1"};
static const struct sockaddr_xdp xdp = {
    .sxdp_family = AF_XDP, .sxdp_ifindex = 3, .sxdp_queue_id = 1};
static const struct sockaddr_can can = {.can_family = AF_CAN, .can_ifindex = 4};
static const char x25[] = "\x09\0\x01\x02";
static const char family77[] = "\x4d\0\xab";

static const struct {
    const void *addr;
    size_t len;
    const char *text, *json;
} addresses[] = {
    {&in, sizeof(in), "127.0.0.1:80",
     "{\"family\":\"AF_INET\",\"addr\":\"127.0.0.1\",\"port\":80}"},
    {&in, 7, "AF_INET:00507f0000", "{\"family\":\"AF_INET\",\"data\":\"00507f0000\"}"},
    {&in6, sizeof(in6), "[fe80::1%2]:443",
     "{\"family\":\"AF_INET6\",\"addr\":\"fe80::1\",\"port\":443,\"scope\":2}"},
    {&un, 13, "/run/x.sock", "{\"family\":\"AF_UNIX\",\"path\":\"/run/x.sock\"}"},
    {&un, sizeof(un), "/run/x.sock", "{\"family\":\"AF_UNIX\",\"path\":\"/run/x.sock\"}"},
    {&un, 2, "(unnamed)", "{\"family\":\"AF_UNIX\"}"},
    {&abstract, 6, "@n\\x00m", "{\"family\":\"AF_UNIX\",\"abstract\":\"n\\u0000m\"}"},
    {&nl, sizeof(nl), "netlink:12:0x11", "{\"family\":\"AF_NETLINK\",\"port\":12,\"groups\":17}"},
    {&ll, sizeof(ll), "packet:0x800:if2:02:42:ac:11:00:03",
     "{\"family\":\"AF_PACKET\",\"protocol\":2048,\"ifindex\":2,\"addr\":\"02:42:ac:11:00:03\"}"},
    {&vm, sizeof(vm), "vsock:2:1024", "{\"family\":\"AF_VSOCK\",\"cid\":2,\"port\":1024}"},
    {&alg, sizeof(alg), "alg:hash:sha1",
     "{\"family\":\"AF_ALG\",\"type\":\"hash\",\"name\":\"sha1\"}"},
    {&xdp, sizeof(xdp), "xdp:if3:queue1", "{\"family\":\"AF_XDP\",\"ifindex\":3,\"queue\":1}"},
    {&can, sizeof(can), "can:if4", "{\"family\":\"AF_CAN\",\"ifindex\":4}"},
    {x25, 4, "AF_X25:0102", "{\"family\":\"AF_X25\",\"data\":\"0102\"}"},
    {family77, 3, "77:ab", "{\"family\":77,\"data\":\"ab\"}"},
    {"\0\0", 2, "AF_UNSPEC", "{\"family\":\"AF_UNSPEC\"}"},
    {"\x02", 1, "(no family)", "{\"family\":null}"},
    {"", 0, "(no family)", "{\"family\":null}"},
};

static void sockaddrs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        sockaddr_text(&out, addresses[i].addr, addresses[i].len);
        expect(addresses[i].text);
        sockaddr_json(&out, &plain, addresses[i].addr, addresses[i].len);
        expect(addresses[i].json);
    }
}

/* Every family at every length, in memory of exact size for the address sanitizer. */
static void sockaddr_lengths(void **state)
{
    (void)state;
    for (unsigned family = 0; family < 60; family++) {
        for (size_t len = 0; len < 200; len++) {
            char *p = malloc(len ? len : 1);
            assert_non_null(p);
            memset(p, 0xff, len);
            if (len >= 2) {
                p[0] = (char)family;
                p[1] = 0;
            }
            sockaddr_text(&out, p, len);
            sockaddr_json(&out, &raw, p, len);
            assert_false(out.overflow);
            strbuf_clear(&out);
            free(p);
        }
    }
}

static void times(void **state)
{
    (void)state;
    static const struct {
        uint64_t ns;
        const char *want;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000000Z"},
        {951782400123456789, "2000-02-29T00:00:00.123456789Z"},
        {951868799999999999, "2000-02-29T23:59:59.999999999Z"},
        {951868800000000000, "2000-03-01T00:00:00.000000000Z"},
        {4107542400000000000, "2100-03-01T00:00:00.000000000Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
        {(uint64_t)-1, "1969-12-31T23:59:59.999999999Z"},
        {1ULL << 63, "1677-09-21T00:12:43.145224192Z"},
    };
    const struct format f = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        time_text(&out, &f, rows[i].ns);
        expect(rows[i].want);
    }
}

static void returns(void **state)
{
    (void)state;
    struct abi_record rec = {.flags = 0};
    struct event_def def = {.returns = RETURN_int};
    struct event ev = {.rec = &rec, .def = &def};
    static const struct {
        enum return_type type;
        unsigned flags;
        int64_t ret;
        const char *text, *raw;
    } rows[] = {
        {RETURN_int, 0, 3, "3", "3"},
        {RETURN_fd, 0, -2, "-2 ENOENT", "-2"},
        {RETURN_int, 0, -4095, "-4095", "-4095"},
        {RETURN_int, 0, -5000, "-5000", "-5000"},
        {RETURN_int, 0, INT64_MIN, "-9223372036854775808", "-9223372036854775808"},
        {RETURN_pointer, 0, 0x7f0000001000, "0x7f0000001000", "139637976731648"},
        {RETURN_pointer, 0, -12, "-12 ENOMEM", "-12"},
        {RETURN_none, 0, 5, "5", "5"},
        {RETURN_none, ABI_F_USER, 5, "-", "-"},
        {RETURN_int, ABI_F_ENTER, 5, "-", "-"},
        {RETURN_int, ABI_F_NO_RET, 5, "-", "-"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        def.returns = rows[i].type;
        rec.flags = (uint16_t)rows[i].flags;
        rec.ret = rows[i].ret;
        return_text(&out, &plain, &ev);
        expect(rows[i].text);
        return_text(&out, &raw, &ev);
        expect(rows[i].raw);
    }
}

static void event_object(void **state)
{
    (void)state;
    static _Alignas(8) char memory[4096];
    const struct machine m = {.hostname = "h\"ost"};
    struct event ev;
    const struct abi_record *r = sample_openat(memory, sizeof(memory), "/etc/\xffx", 7, -2);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
    event_json(&out, &plain, &m, &ev);
    assert_true(out.len <= 600);
    expect("{\"time\":\"2023-11-14T22:13:21.000000000Z\",\"event\":\"openat\",\"id\":257,"
           "\"host\":\"h\\\"ost\",\"cpu\":1,\"process\":{\"pid\":100,\"ppid\":99,\"name\":\"cat\","
           "\"uid\":1000,\"gid\":1000,\"start\":500,\"parent_start\":400,\"mntns\":1,\"pidns\":2,"
           "\"netns\":3,\"userns\":4,\"cgroup\":7},\"syscall\":\"openat\",\"data\":{"
           "\"dirfd\":\"AT_FDCWD\",\"pathname\":\"/etc/\\udcffx\","
           "\"flags\":\"O_RDONLY|O_CLOEXEC\",\"mode\":\"0000\"},\"ret\":-2,\"error\":\"ENOENT\"}");
}

static void event_rest(void **state)
{
    (void)state;
    static _Alignas(8) char memory[4096];
    const struct machine m = {.hostname = "h"};
    struct record_builder b;
    struct event ev;
    record_begin(&b, memory, sizeof(memory), &sample_events[1]);
    struct abi_record *r = record_header(&b);
    sample_header(r);
    r->tid = 101;
    r->ns_pid = r->ns_tid = 1;
    r->flags = ABI_F_COMPAT | ABI_F_ENTER;
    record_add_missing(&b, 1, ABI_WHY_FAULT);
    assert_non_null(record_end(&b));
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
    event_json(&out, &plain, &m, &ev);
    expect("{\"time\":\"2023-11-14T22:13:21.000000000Z\",\"event\":\"openat\",\"id\":257,"
           "\"host\":\"h\",\"cpu\":1,\"process\":{\"pid\":100,\"tid\":101,\"ppid\":99,\"ns_pid\":1,"
           "\"ns_ppid\":99,\"name\":\"cat\",\"uid\":1000,\"gid\":1000,\"start\":500,"
           "\"thread_start\":500,\"parent_start\":400,\"mntns\":1,\"pidns\":2,\"netns\":3,"
           "\"userns\":4,\"cgroup\":7},\"data\":{\"pathname\":null},"
           "\"missing\":{\"pathname\":\"memory not readable\"},"
           "\"flags\":[\"compat\",\"enter\"]}");
}

/* Every limit on the output: never past it, and said. */
static void limits(void **state)
{
    (void)state;
    static _Alignas(8) char memory[4096];
    const struct machine m = {.hostname = "h"};
    struct event ev;
    const struct abi_record *r = sample_openat(memory, sizeof(memory), "/etc/passwd", 11, 3);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
    event_json(&out, &plain, &m, &ev);
    size_t need = out.len;
    strbuf_clear(&out);
    for (size_t limit = 0; limit <= need; limit++) {
        struct strbuf small = STRBUF_INIT(limit);
        event_json(&small, &plain, &m, &ev);
        assert_int_equal(small.overflow, limit < need);
        assert_true(small.len <= limit);
        strbuf_free(&small);
    }
}

static int teardown(void **state)
{
    (void)state;
    strbuf_free(&out);
    return 0;
}

int main(void)
{
    sample_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),          cmocka_unit_test(every_byte),
        cmocka_unit_test(numbers),          cmocka_unit_test(chosen_names),
        cmocka_unit_test(chosen_by_chosen), cmocka_unit_test(buffers),
        cmocka_unit_test(timespecs),        cmocka_unit_test(sockaddrs),
        cmocka_unit_test(sockaddr_lengths), cmocka_unit_test(times),
        cmocka_unit_test(returns),          cmocka_unit_test(event_object),
        cmocka_unit_test(event_rest),       cmocka_unit_test(limits),
        cmocka_unit_test(credentials),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
