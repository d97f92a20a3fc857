/* SPDX-License-Identifier: Apache-2.0 */
/* Filters: a table of tests over one event that has a field of every type. */
/* LINK: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "event/flags.h"
#include "event/record.h"
#include "expr/filter.h"
#include "expr/pattern.h"
#include "failing_malloc.h"

static const struct flag_name open_names[] = {
    {"O_RDONLY", 0, 3},
    {"O_WRONLY", 1, 3},
    {"O_RDWR", 2, 3},
    {"O_CREAT", 0100, 0100},
    {"O_EXCL", 0200, 0200},
    {"O_DSYNC", 010000, 010000},
    {"O_SYNC", 04010000, 04010000},
};
static const struct flag_name prot_names[] = {{"PROT_NONE", 0, 0}, {"PROT_READ", 1, 1}};
static const struct flag_name clone_names[] = {{"CLONE_FS", 0x200, 0x200},
                                               {"CLONE_IO", 0x80000000, 0x80000000}};
static const struct flag_name family_names[] = {
    {"AF_UNIX", 1, 1}, {"AF_INET", 2, 2}, {"AF_INET6", 10, 10}};
#define TABLE(name_, is_enum_)                                                                     \
    static const struct flag_table name_##_table = {.name = #name_,                                \
                                                    .names = name_##_names,                        \
                                                    .count = sizeof(name_##_names) /               \
                                                             sizeof(name_##_names[0]),             \
                                                    .is_enum = is_enum_}
static const struct flag_name command_names[] = {{"TCGETS", 0x5401, ~0ULL},
                                                 {"TIOCGPTN", 0x80045430, ~0ULL}};
TABLE(open, false);
TABLE(command, true);
TABLE(prot, false);
TABLE(clone, false);
TABLE(family, true);

enum {
    DIRFD,
    PATHNAME,
    FLAGS,
    MODE,
    N,
    U,
    BIG,
    LONGER,
    OWNER,
    ARGV,
    ADDR,
    TS,
    YES,
    DEV,
    CALL,
    FAM,
    RAW,
    PTR,
    PROT,
    CLONE,
    SHORT,
    FD,
    GROUP,
    COMMAND,
    PAIR,
    FIELDS
};

static const struct field_def fields[FIELDS] = {
    [DIRFD] = {"dirfd", "", NULL, TYPE_dirfd},
    [PATHNAME] = {"pathname", "", NULL, TYPE_path},
    [FLAGS] = {"flags", "", &open_table, TYPE_flags},
    [MODE] = {"mode", "", NULL, TYPE_mode},
    [N] = {"n", "", NULL, TYPE_int},
    [U] = {"u", "", NULL, TYPE_uint},
    [BIG] = {"big", "", NULL, TYPE_u64},
    [LONGER] = {"longer", "", NULL, TYPE_s64},
    [OWNER] = {"owner", "", NULL, TYPE_uid},
    [ARGV] = {"argv", "", NULL, TYPE_strv},
    [ADDR] = {"addr", "", NULL, TYPE_sockaddr},
    [TS] = {"ts", "", NULL, TYPE_timespec},
    [YES] = {"yes", "", NULL, TYPE_bool},
    [DEV] = {"dev", "", NULL, TYPE_dev},
    [CALL] = {"call", "", NULL, TYPE_event},
    [FAM] = {"family", "", &family_table, TYPE_enum},
    [RAW] = {"raw", "", NULL, TYPE_bytes},
    [PTR] = {"ptr", "", NULL, TYPE_pointer},
    [PROT] = {"prot", "", &prot_table, TYPE_flags64},
    [CLONE] = {"clone", "", &clone_table, TYPE_flags},
    [SHORT] = {"short", "", NULL, TYPE_u8},
    [FD] = {"fd", "", NULL, TYPE_fd},
    [PAIR] = {"pair", "", NULL, TYPE_fdpair},
    [COMMAND] = {"command", "", &command_table, TYPE_enum64},
    [GROUP] = {"group", "", NULL, TYPE_gid},
};

static const struct event_def everything = {.name = "everything",
                                            .sets = "",
                                            .meaning = "",
                                            .fields = fields,
                                            .id = 4000,
                                            .slot = 0,
                                            .nfields = FIELDS,
                                            .class = CLASS_bulk,
                                            .returns = RETURN_int};
static const struct event_def nothing = {
    .name = "nothing", .sets = "", .meaning = "", .id = 4001, .slot = 1, .returns = RETURN_none};
static const struct event_def *ids[CATALOG_IDS];
static struct event_def both[2];
static const struct catalog catalog = {.events = both, .count = 2, .by_id = ids};

static int setup(void **state)
{
    (void)state;
    both[0] = everything;
    both[1] = nothing;
    ids[4000] = &both[0];
    ids[4001] = &both[1];
    return 0;
}

enum shape { WHOLE, EMPTY, CUT };

static char memory[16384] __attribute__((aligned(8)));

static struct abi_field *field_at(struct abi_record *rec, unsigned index)
{
    char *at = (char *)(rec + 1);
    for (unsigned i = 0; i < rec->nfields; i++) {
        struct abi_field *f = (struct abi_field *)(void *)at;
        if (f->index == index)
            return f;
        at += field_size(f);
    }
    return NULL;
}

static void add_numbers(struct record_builder *b)
{
    static const struct {
        unsigned index;
        int64_t v;
    } numbers[] = {{DIRFD, -100},
                   {FLAGS, 0101},
                   {MODE, 0644},
                   {N, -5},
                   {U, 4000000000},
                   {BIG, (int64_t)(1ULL << 63)},
                   {LONGER, -(1LL << 40)},
                   {OWNER, 0},
                   {YES, 1},
                   {DEV, 8 << 8 | 1},
                   {CALL, 257},
                   {FAM, 2},
                   {PTR, 0x7fff00001000},
                   {PROT, 0},
                   {CLONE, (int32_t)0x80000200},
                   {SHORT, 200},
                   {FD, 7},
                   {GROUP, -1},
                   {COMMAND, (int32_t)0x80045430}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        record_add_int(b, numbers[i].index, (uint64_t)numbers[i].v);
}

/* Socket addresses for the rows that name one. */
static size_t make_address(int kind, void *out)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(443)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/docker.sock"};
    inet_pton(AF_INET, "10.1.2.3", &in.sin_addr);
    inet_pton(AF_INET6, "fe80::1", &in6.sin6_addr);
    const void *from = kind == AF_INET ? (void *)&in : kind == AF_INET6 ? (void *)&in6 : &un;
    size_t n = kind == AF_INET ? sizeof(in) : kind == AF_INET6 ? sizeof(in6) : sizeof(un);
    memcpy(out, from, n);
    return n;
}

static const struct abi_record *make(enum shape shape, int family)
{
    static const char path[] = "/etc/passwd", argv[] = "tar\0-xf\0a,b*c";
    struct record_builder b;
    record_begin(&b, memory, sizeof(memory), &both[0]);
    struct abi_record *h = record_header(&b);
    h->flags = 0;
    h->ret = -ENOENT;
    h->pid = 1234;
    h->tid = 1235;
    h->ppid = 1;
    h->ns_pid = 12;
    h->uid = 0;
    h->gid = 0;
    h->mnt_ns = 4026531840U;
    h->cgroup = 1ULL << 40;
    h->cpu = 3;
    memcpy(h->comm, "nginx: worker", 14);
    h->syscall = catalog_by_name(catalog_builtin(), "openat", 6)->nr_x86_64;
#ifdef __aarch64__
    h->syscall = catalog_by_name(catalog_builtin(), "openat", 6)->nr_arm64;
#endif
    if (shape == EMPTY) {
        for (unsigned i = 0; i < FIELDS; i++)
            record_add_missing(&b, i, ABI_WHY_FAULT);
        h->flags = ABI_F_ENTER;
        return record_end(&b);
    }
    char address[sizeof(struct sockaddr_storage)];
    int64_t ts[2] = {1, 500000000};
    add_numbers(&b);
    record_add_bytes(&b, PATHNAME, path, sizeof(path) - 1);
    record_add_bytes(&b, ARGV, argv, shape == CUT ? sizeof(argv) - 1 : sizeof(argv));
    record_add_bytes(&b, ADDR, address, make_address(family, address));
    record_add_bytes(&b, TS, ts, sizeof(ts));
    record_add_bytes(&b, RAW, "\1\2", 2);
    record_add_bytes(&b, PAIR, (const int32_t[]){3, -4}, 8);
    if (shape == CUT) {
        field_at(h, PATHNAME)->status = ABI_TRUNCATED;
        field_at(h, ARGV)->status = ABI_TRUNCATED;
    }
    return record_end(&b);
}

static struct event decode(enum shape shape, int family)
{
    struct event ev;
    const struct abi_record *rec = make(shape, family);
    assert_non_null(rec);
    assert_int_equal(event_decode(&ev, &catalog, rec, rec->len), 0);
    return ev;
}

struct row {
    const char *tests; /* joined by " & " */
    bool passes;
};

static struct filter *compile(const char *tests)
{
    struct filter *filter = NULL;
    char text[512];
    for (const char *s = tests; s;) {
        const char *end = strstr(s, " & ");
        size_t n = end ? (size_t)(end - s) : strlen(s);
        struct error err = {0};
        memcpy(text, s, n);
        text[n] = '\0';
        if (filter_add(&filter, &both[0], text, &err)) {
            print_error("%s: column %d: %s\n", text, err.column, err.message);
            fail();
        }
        s = end ? end + 3 : NULL;
    }
    return filter;
}

static void check_rows(const struct row *rows, size_t n, const struct event *ev)
{
    for (size_t i = 0; i < n; i++) {
        struct filter *filter = compile(rows[i].tests);
        if (filter_match(filter, ev) != rows[i].passes) {
            print_error("%s: %s\n", rows[i].tests, rows[i].passes ? "should pass" : "should not");
            fail();
        }
        filter_free(filter);
    }
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct row number_rows[] = {
    {"data.n=-5", true},
    {"data.n=5", false},
    {"data.n=1,-5,9", true},
    {"data.n!=1,2", true},
    {"data.n!=1,-5", false},
    {"data.n<0", true},
    {"data.n<-5", false},
    {"data.n<=-5", true},
    {"data.n>-6", true},
    {"data.n>=-5", true},
    {"data.n>=-4", false},
    {"data.n==-5", true},
    {"data.n=<0", true},
    {"data.n=>0", false},
    {"data.n=<=-5", true},
    {"data.n=!=-5", false},
    {"data.n=>=-5", true},
    {"data.n=-0x5", true},
    {"data.n=-05", true},
    {"data.n=+5", false},
    {"data.n=-5,+7", true},
    {"args.n=-5", true},
    /* of one field: some =, and every other */
    {"data.n=1 & data.n=-5", true},
    {"data.n>-10 & data.n<0", true},
    {"data.n>-10 & data.n<-5", false},
    {"data.n=-5 & data.n!=-5", false},
    {"data.n=-5,1 & data.n!=1", true},
    {"data.n=-5 & data.n<-5", false},
    /* of different ones: all */
    {"data.n=-5 & data.short=200", true},
    {"data.n=-5 & data.short=201", false},
    {"data.u=4000000000", true},
    {"data.u>3000000000", true},
    {"data.u=0xEE6B2800", true},
    {"data.big=9223372036854775808", true},
    {"data.big>9223372036854775807", true},
    {"data.big<18446744073709551615", true},
    {"data.big<1", false},
    {"data.longer<0", true},
    {"data.longer=-1099511627776", true},
    {"data.longer>-9223372036854775808", true},
    {"data.short=0xc8", true},
    {"data.short=0310", true},
    {"data.short<=200", true},
    {"data.short<200", false},
    {"data.yes=true", true},
    {"data.yes=false", false},
    {"data.yes=1", true},
    {"data.yes!=false", true},
    {"data.ptr=0x7fff00001000", true},
    {"data.ptr>0x7fff00000fff", true},
    {"data.dev=8:1", true},
    {"data.dev=2049", true},
    {"data.dev=8:2,8:1", true},
    {"data.dev!=8:1", false},
    {"data.mode=0644", true},
    {"data.mode=644", true},
    {"data.mode=0x1a4", true},
    {"data.mode=420", false},
    {"data.mode>600", true},
    {"data.owner=0", true},
    {"data.owner=root", true},
    {"data.owner!=root", false},
    {"data.owner<1000", true},
    {"data.group=-1", true},
    {"data.group=4294967295", true},
    {"data.group<0", true},
    {"data.group=root", false},
    {"data.ts=1.5", true},
    {"data.ts>1", true},
    {"data.ts<1.500000001", true},
    {"data.ts>=1.5", true},
    {"data.ts<=1.49", false},
    {"data.ts!=1.5", false},
    {"data.ts!=1,2", true},
    {"data.ts>-0.5", true},
    {"data.ts=2,1.50", true},
};

static const struct row name_rows[] = {
    {"data.flags=O_CREAT", true},
    {"data.flags=O_WRONLY", true},
    {"data.flags=O_RDONLY", false},
    {"data.flags!=O_RDONLY", true},
    {"data.flags!=O_CREAT", false},
    {"data.flags=O_CREAT|O_WRONLY", true},
    {"data.flags=O_CREAT|O_EXCL", false},
    {"data.flags=O_EXCL,O_CREAT", true},
    {"data.flags!=O_EXCL,O_CREAT", false},
    {"data.flags=O_CREAT|0x1", true},
    {"data.flags=O_*SYNC", false},
    {"data.flags=O_C*", true},
    {"data.flags!=O_E*,O_*SYNC", true},
    {"data.flags=65", true},
    {"data.flags=0101", true},
    {"data.flags=64", false},
    {"data.flags!=64", true},
    {"data.flags=O_SYNC", false},
    {"data.prot=PROT_NONE", true},
    {"data.prot=PROT_READ", false},
    {"data.prot=0", true},
    {"data.clone=CLONE_IO", true},
    {"data.clone=CLONE_IO|CLONE_FS", true},
    {"data.clone=0x80000200", true},
    {"data.clone=0x80000000", false},
    {"data.clone=-2147483136", true},
    {"data.family=AF_INET", true},
    {"data.family=AF_INET6", false},
    {"data.family=AF_UNIX,AF_INET", true},
    {"data.family!=AF_UNIX", true},
    {"data.family=AF_INET*", true},
    {"data.family!=AF_INET*", false},
    {"data.family=2", true},
    {"data.family>1", true},
    {"data.family<2", false},
    {"data.pair=3", true},
    {"data.pair=-4,9", true},
    {"data.pair=4", false},
    {"data.pair!=4", true},
    {"data.pair!=3", false},
    {"data.command=TIOCGPTN", true},
    {"data.command!=TIOCGPTN", false},
    {"data.command=TIOC*", true},
    {"data.command=TCGETS", false},
    {"data.command!=TCGETS", true},
    {"data.dirfd=AT_FDCWD", true},
    {"data.dirfd=-100", true},
    {"data.dirfd!=AT_FDCWD", false},
    {"data.dirfd<0", true},
    {"data.fd=7", true},
    {"data.fd>2", true},
    {"data.fd=/etc/*", false},
    {"data.fd!=/etc/*", true},
    {"data.fd=/etc/*,7", true},
    {"data.call=openat", true},
    {"data.call=open*", true},
    {"data.call=read", false},
    {"data.call=257", true},
    {"data.call!=read,execve", true},
    {"data.call!=*at", false},
    {"retval=-2", true},
    {"retval=ENOENT", true},
    {"retval=-ENOENT", true},
    {"retval!=0", true},
    {"retval<0", true},
    {"retval=<0", true},
    {"retval>=0", false},
    {"retval=EACCES,ENOENT", true},
    {"retval!=EACCES", true},
    {"retval=0", false},
    {"data.returnValue=ENOENT", true},
    {"args.returnValue<0", true},
    {"returnValue<0", true},
    {"retval=!=ENOENT", false},
    {"scope.pid=1234", true},
    {"scope.pid=1,1234", true},
    {"scope.pid!=1234", false},
    {"scope.tid>1234", true},
    {"scope.ppid=1", true},
    {"scope.ns_pid=12", true},
    {"scope.processId=12", true},
    {"scope.hostProcessId=1234", true},
    {"scope.uid=root", true},
    {"scope.uid>=1000", false},
    {"scope.gid=root", true},
    {"scope.mntns=4026531840", true},
    {"scope.cgroup=1099511627776", true},
    {"scope.cpu=3", true},
    {"scope.cpu<3", false},
    {"scope.comm=nginx*", true},
    {"scope.comm=nginx: worker", true},
    {"scope.comm=nginx", false},
    {"scope.processName=*worker", true},
    {"scope.comm!=bash,*sh", true},
    {"scope.syscall=openat", true},
    {"scope.syscall=read,execve", false},
    {"scope.syscall=open*", true},
    {"scope.syscall!=openat", false},
    {"scope.pidns=0", true},
};

static const struct row text_rows[] = {
    {"data.pathname=/etc/passwd", true},
    {"data.pathname=/etc/passw", false},
    {"data.pathname=/etc/*", true},
    {"data.pathname=*passwd", true},
    {"data.pathname=*/pass*", true},
    {"data.pathname=*", true},
    {"data.pathname=**", true},
    {"data.pathname=/e*d", true},
    {"data.pathname=/e*s*d", true},
    {"data.pathname=/e*x*d", false},
    {"data.pathname=/etc/passwd*", true},
    {"data.pathname=*/etc/passwd", true},
    {"data.pathname=/etc/*passwd", true},
    {"data.pathname=/etc/passwd*d", false},
    {"data.pathname=*ss*s*", false},
    {"data.pathname=*s*s*", true},
    {"data.pathname=/tmp/*,/etc/*", true},
    {"data.pathname=/tmp/*,/var/*", false},
    {"data.pathname!=/tmp/*,/var/*", true},
    {"data.pathname!=/tmp/*,/etc/*", false},
    {"data.pathname=/etc/* & data.pathname!=*passwd", false},
    {"data.pathname=/etc/* & data.pathname!=*shadow", true},
    {"data.pathname=/tmp/* & data.pathname=/etc/*", true},
    {"data.pathname=\\x2fetc/p\\x61sswd", true},
    {"data.pathname=/etc/\\*", false},
    {"data.pathname=ETC", false},
    {"data.argv=-xf", true},
    {"data.argv=tar", true},
    {"data.argv=xf", false},
    {"data.argv=*x*", true},
    {"data.argv!=-xf", false},
    {"data.argv!=-cf", true},
    {"data.argv=a\\,b\\*c", true},
    {"data.argv=a\\,b", false},
    {"data.argv=tar -xf*", false},
    {"data.argv=gzip,tar", true},
    {"data.argv=tar & data.argv!=-xf", false},
};

static const struct row address_rows[] = {
    {"data.addr=10.1.2.3:443", true}, {"data.addr=10.1.2.3:44", false}, {"data.addr=10.1.*", true},
    {"data.addr=*:443", true},        {"data.addr=10.*:443", true},     {"data.addr!=127.*", true},
    {"data.addr!=127.*,10.*", false}, {"data.addr=/run/*", false},
};

static const struct row cut_rows[] = {
    {"data.pathname=/etc/passwd", false},     {"data.pathname!=/etc/passwd", true},
    {"data.pathname=/etc/*", true},           {"data.pathname!=/etc/*", false},
    {"data.pathname=*passwd", false},         {"data.pathname=*pass*", true},
    {"data.pathname=/e*ss*", true},           {"data.pathname=/e*d", false},
    {"data.pathname=/etc/passwd.old", false}, {"data.argv=tar", true},
    {"data.argv=a\\,b\\*c", false},           {"data.argv=a\\,b*", true},
};

static const struct row missing_rows[] = {
    {"data.pathname=*", false},
    {"data.pathname!=/etc/*", true},
    {"data.pathname!=*", true},
    {"data.n=0", false},
    {"data.n!=0", true},
    {"data.n<1", false},
    {"data.n>=0", false},
    {"data.n!=0 & data.n<5", false},
    {"data.argv=tar", false},
    {"data.argv!=tar", true},
    {"data.addr=*", false},
    {"data.addr!=10.*", true},
    {"data.ts<9", false},
    {"data.ts!=9", true},
    {"data.fd!=1,/etc/*", true},
    {"data.flags!=O_CREAT", true},
    {"data.flags=O_RDONLY", false},
    {"retval=0", false},
    {"retval!=0", true},
    {"retval<0", false},
    {"scope.pid=1234", true},
};

static void test_numbers(void **state)
{
    (void)state;
    struct event ev = decode(WHOLE, AF_INET);
    check_rows(number_rows, COUNT(number_rows), &ev);
}

static void test_names(void **state)
{
    (void)state;
    struct event ev = decode(WHOLE, AF_INET);
    check_rows(name_rows, COUNT(name_rows), &ev);
}

static void test_text(void **state)
{
    (void)state;
    struct event ev = decode(WHOLE, AF_INET);
    check_rows(text_rows, COUNT(text_rows), &ev);
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct row in6[] = {{"data.addr=*fe80::1*", true}, {"data.addr=*80", true}};
    static const struct row un[] = {{"data.addr=/run/docker.sock", true},
                                    {"data.addr=*.sock", true},
                                    {"data.addr=*:443", false}};
    struct event ev = decode(WHOLE, AF_INET);
    check_rows(address_rows, COUNT(address_rows), &ev);
    ev = decode(WHOLE, AF_INET6);
    check_rows(in6, COUNT(in6), &ev);
    ev = decode(WHOLE, AF_UNIX);
    check_rows(un, COUNT(un), &ev);
}

static void test_cut(void **state)
{
    (void)state;
    struct event ev = decode(CUT, AF_INET);
    check_rows(cut_rows, COUNT(cut_rows), &ev);
}

static void test_missing(void **state)
{
    (void)state;
    struct event ev = decode(EMPTY, AF_INET);
    check_rows(missing_rows, COUNT(missing_rows), &ev);
    /* a field that the record does not have at all is as missing */
    memset(ev.fields, 0, sizeof(ev.fields));
    check_rows(missing_rows, COUNT(missing_rows), &ev);
}

/* What happened outside of a task has no pid; its CPU is known. */
static void test_no_task(void **state)
{
    (void)state;
    static const struct row rows[] = {{"scope.pid=1234", false},
                                      {"scope.pid!=1", true},
                                      {"scope.comm=*", false},
                                      {"scope.cpu=3", true}};
    struct event ev = decode(WHOLE, AF_INET);
    ((struct abi_record *)(void *)memory)->flags |= ABI_F_NO_TASK;
    check_rows(rows, COUNT(rows), &ev);
}

static const struct {
    const char *text;
    int column;
    const char *says; /* part of the message */
} mistakes[] = {
    {"", 1, "name is missing"},
    {"=1", 1, "name is missing"},
    {"data.n", 7, "operator is missing"},
    {"data.n=", 8, "value is missing"},
    {"data.n<", 8, "value is missing"},
    {"data.n!1", 7, "no operator"},
    {"data.n=1,,2", 10, "value is empty"},
    {"data.n=,1", 8, "value is empty"},
    {"data.n=1,", 10, "value is empty"},
    {"data.n~1", 6, "unknown field `n~1`"},
    {"data.pathnam=/x", 6, "did you mean pathname"},
    {"data.zzzzzzzzzzzz=/x", 6, "there are dirfd, pathname, flags"},
    {"pathname=/x", 1, "did you mean data.pathname?"},
    {"comm=x", 1, "did you mean scope.comm?"},
    {"retvall=1", 1, "retval"},
    {"data.=1", 1, "data.FIELD"},
    {"scope.=1", 1, "data.FIELD"},
    {"qqqqqqqq=1", 1, "data.FIELD"},
    {"scope.con=x", 7, "unknown scope field"},
    {"data.pathname</etc", 14, "does not fit `data.pathname`, which is text: use = or !="},
    {"data.pathname=>=/etc", 14, "`>=` does not fit"},
    {"data.argv<1", 10, "use = or !="},
    {"data.flags<O_CREAT", 11, "use = or !="},
    {"data.yes>0", 9, "use = or !="},
    {"data.family<AF_INET", 13, "wants a number"},
    {"data.n<1,2", 9, "takes one value"},
    {"data.n=abc", 8, "is not a number"},
    {"data.n=0x", 8, "is not a number"},
    {"data.n=--1", 8, "is not a number"},
    {"data.n=1 ", 8, "is not a number"},
    {"data.n=089", 8, "is not a number"},
    {"data.n=2147483648", 8, "out of the range of `data.n`: -2147483648 to 2147483647"},
    {"data.n=-2147483649", 8, "out of the range"},
    {"data.u=-1", 8, "out of the range"},
    {"data.short=256", 12, "0 to 255"},
    {"data.big=18446744073709551616", 10, "out of the range"},
    {"data.big=99999999999999999999999999999", 10, "out of the range"},
    {"data.yes=2", 10, "out of the range"},
    {"data.yes=maybe", 10, "is not true or false"},
    {"data.mode=9", 11, "is not an octal number"},
    {"data.dev=8:x", 10, "major:minor"},
    {"data.ts=1.0000000001", 9, "seconds"},
    {"data.ts=x", 9, "seconds"},
    {"data.owner=no-such-user-here", 12, "no user is called"},
    {"data.group=no-such-group-here", 12, "no group is called"},
    {"data.flags=O_CREATE", 12, "did you mean O_CREAT"},
    {"data.flags=O_CREAT|O_EXC", 20, "did you mean O_EXCL"},
    {"data.flags=O_CREAT|", 20, "name is missing beside"},
    {"data.flags=X*", 12, "fits no name"},
    {"data.family=AF_UNIX|AF_INET", 20, "use a comma"},
    {"data.family=AF_INE", 13, "AF_INET"},
    {"data.pair<3", 10, "use = or !="},
    {"data.pair=x", 11, "is not a descriptor"},
    {"data.raw=x", 1, "can't be tested"},
    {"data.fd=abc", 9, "descriptor"},
    {"data.fd</etc/", 9, "descriptor"},
    {"data.call=opena", 11, "did you mean"},
    {"data.flags=4294967296", 12, "out of the range"},
    {"data.call=2147483648", 11, "out of the range"},
    {"data.call=zz*", 11, "fits no name"},
    {"retval=ENOENTT", 8, "did you mean ENOENT"},
    {"retval=9223372036854775808", 8, "out of the range"},
    {"scope.comm=a-name-too-long!", 12, "15 bytes"},
    {"scope.cpu=65536", 11, "0 to 65535"},
    {"data.pathname=a\\", 16, "backslash"},
    {"data.pathname=a\\q", 16, "backslash"},
    {"data.pathname=a\\x1", 16, "backslash"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct filter *filter = NULL;
        struct error err = {0};
        int rc = filter_add(&filter, &both[0], mistakes[i].text, &err);
        if (rc != -EINVAL || err.column != mistakes[i].column ||
            !strstr(err.message, mistakes[i].says) || filter) {
            print_error("%s: %d, column %d: %s\n", mistakes[i].text, rc, err.column, err.message);
            fail();
        }
        assert_int_equal(filter_add(&filter, &both[0], mistakes[i].text, NULL), -EINVAL);
    }
}

static void test_no_fields(void **state)
{
    (void)state;
    struct filter *filter = NULL;
    struct error err = {0};
    assert_int_equal(filter_add(&filter, &both[1], "data.x=1", &err), -EINVAL);
    assert_non_null(strstr(err.message, "no fields"));
    assert_int_equal(filter_add(&filter, &both[1], "retval=1", &err), -EINVAL);
    assert_non_null(strstr(err.message, "no return value"));
    assert_true(filter_match(NULL, NULL));
    filter_free(NULL);
}

/* A test that fails to compile leaves those before it as they were. */
static void test_kept(void **state)
{
    (void)state;
    struct event ev = decode(WHOLE, AF_INET);
    struct filter *filter = compile("data.n=-5");
    struct error err = {0};
    assert_int_equal(filter_add(&filter, &both[0], "data.n=7,x", &err), -EINVAL);
    assert_int_equal(filter_add(&filter, &both[0], "data.pathname=/tmp/*,\\q", &err), -EINVAL);
    assert_true(filter_match(filter, &ev));
    filter_free(filter);
}

/* More values than the limit, in one test and in several. */
static void test_limit(void **state)
{
    (void)state;
    size_t n = FILTER_VALUES_MAX + 1;
    char *text = malloc(2 * n + 16);
    assert_non_null(text);
    size_t len = (size_t)snprintf(text, 16, "data.n=1");
    for (size_t i = 1; i < n; i++, len += 2)
        memcpy(text + len, ",1", 3);
    struct filter *filter = NULL;
    struct error err = {0};
    assert_int_equal(filter_add(&filter, &both[0], text, &err), -EINVAL);
    assert_non_null(strstr(err.message, "more than 65536 values"));
    assert_null(filter);
    text[len - 2] = '\0';
    assert_int_equal(filter_add(&filter, &both[0], text, &err), 0);
    assert_int_equal(filter_add(&filter, &both[0], "data.n=1", &err), -EINVAL);
    assert_int_equal(filter_add(&filter, &both[0], "data.u=1", &err), 0);
    filter_free(filter);
    free(text);
}

/* Wherever memory ends, the filter stays as it was, and nothing is lost. */
static void test_no_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {"data.n=1,2,3,4,5,-5",
                                        "data.pathname=/e*d,*",
                                        "data.family=AF_INET*",
                                        "data.call=open*",
                                        "data.ts=1.5",
                                        "scope.comm=nginx*",
                                        "data.u!=7",
                                        "data.n=8"};
    struct event ev = decode(WHOLE, AF_INET);
    struct filter *filter = NULL;
    for (size_t i = 0; i < COUNT(texts); i++) {
        int rc = -ENOMEM, n;
        for (n = 0; rc == -ENOMEM; n++) {
            struct error err = {0};
            allocations_allow(n);
            rc = filter_add(&filter, &both[0], texts[i], &err);
            allocations_allow(-1);
            assert_true(rc == 0 || rc == -ENOMEM);
            assert_true(filter_match(filter, &ev));
        }
        assert_true(n > 1); /* at least one failed */
    }
    filter_free(filter);
}

/* Every type of the catalog has values of some kind, and every event of it can be tested. */
static void test_catalog(void **state)
{
    (void)state;
    const struct catalog *all = catalog_builtin();
    for (unsigned i = 0; i < all->count; i++) {
        const struct event_def *def = &all->events[i];
        for (unsigned k = 0; k < def->nfields; k++) {
            char text[256];
            struct filter *filter = NULL;
            struct error err = {0};
            const struct flag_table *names = def->fields[k].flags;
            snprintf(text, sizeof(text), "data.%s=%s", def->fields[k].name,
                     names ? flags_possible(names, 0)->names[0].name : "1");
            int rc = filter_add(&filter, def, text, &err);
            if (rc && !strstr(err.message, "can't be tested")) {
                print_error("%s.%s: %s\n", def->name, text, err.message);
                fail();
            }
            filter_free(filter);
        }
    }
}

/* Patterns agree with a plain recursive definition, over all short texts of two letters. */
static bool slow_match(const char *p, const char *s)
{
    if (*p == '*')
        return slow_match(p + 1, s) || (*s && slow_match(p, s + 1));
    return *p == *s && (!*p || slow_match(p + 1, s + 1));
}

static void spell(char *out, unsigned v, unsigned n, unsigned base)
{
    for (unsigned i = 0; i < n; i++, v /= base)
        out[i] = "ab*"[v % base];
    out[n] = '\0';
}

static void test_patterns(void **state)
{
    (void)state;
    for (unsigned np = 0, patterns = 1; np <= 5; np++, patterns *= 3) {
        for (unsigned vp = 0; vp < patterns; vp++) {
            char p[8], s[8];
            struct pattern compiled;
            size_t bad;
            spell(p, vp, np, 3);
            assert_int_equal(pattern_compile(&compiled, p, np, &bad), 0);
            for (unsigned ns = 0; ns <= 5; ns++) {
                for (unsigned vs = 0; vs < 1U << ns; vs++) {
                    spell(s, vs, ns, 2);
                    if (pattern_match(&compiled, s, ns, true) != slow_match(p, s)) {
                        print_error("%s on %s\n", p, s);
                        fail();
                    }
                }
            }
            pattern_free(&compiled);
        }
    }
}

/* Texts beyond the length that is searched by steps, and escapes of all kinds. */
static void test_long_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *end;
        bool passes;
    } rows[] = {
        {"*b*", "b", true},        {"*b*", "", false},      {"a*ab", "b", true},
        {"a*aab*c", "bxc", true},  {"a*ac*", "bxc", false}, {"*\\n\\r\\t*", "\n\r\t", true},
        {"*a\\xFf", "\xff", true}, {"*a\\t", "\n", false},
    };
    char text[1024];
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pattern p;
        size_t bad, n = 600, len = strlen(rows[i].end);
        memset(text, 'a', n);
        memcpy(text + n, rows[i].end, len);
        assert_int_equal(pattern_compile(&p, rows[i].pattern, strlen(rows[i].pattern), &bad), 0);
        assert_int_equal(pattern_match(&p, text, n + len, true), rows[i].passes);
        pattern_free(&p);
    }
    struct filter *filter = NULL;
    struct error err = {0};
    char *big = malloc(PATTERN_MAX + 32);
    assert_non_null(big);
    int n = snprintf(big, 32, "data.pathname=");
    memset(big + n, 'x', PATTERN_MAX + 1);
    big[n + PATTERN_MAX + 1] = '\0';
    assert_int_equal(filter_add(&filter, &both[0], big, &err), -EINVAL);
    assert_non_null(strstr(err.message, "longer than 65536 bytes"));
    free(big);
}

/* Random bytes as tests: refused or compiled, never worse. */
static void test_hostile(void **state)
{
    (void)state;
    static const char *const keys[] = {"data.pathname", "data.flags", "data.n",  "retval",
                                       "data.addr",     "scope.comm", "data.ts", "data.fd",
                                       "data.argv",     "data.dev"};
    struct event ev = decode(WHOLE, AF_UNIX);
    srand(1);
    for (int i = 0; i < 20000; i++) {
        char text[64];
        int n = snprintf(text, sizeof(text), "%s", keys[i % 10]);
        int more = rand() % 20;
        for (int k = 0; k < more; k++)
            text[n++] = (char)(rand() % 3 ? "=!<>,*\\x|-0:.1eO_"[rand() % 17] : 1 + rand() % 255);
        text[n] = '\0';
        struct filter *filter = NULL;
        struct error err = {0};
        int rc = filter_add(&filter, &both[0], text, &err);
        assert_true(rc == 0 || (rc == -EINVAL && err.message[0] && !filter));
        filter_match(filter, &ev);
        filter_free(filter);
    }
}

/* Names of tables that another field chooses: any is taken, it holds where its table is chosen. */
static void chosen_names(void **state)
{
    (void)state;
    static const struct {
        const char *event, *test;
        int64_t by, value; /* fields 1 and 2 of fcntl and setsockopt, 0 and 2 of signals */
        bool matches;
    } rows[] = {
        {"setsockopt", "data.optname=SO_REUSEADDR", 1, 2, true},
        {"setsockopt", "data.optname=SO_REUSEADDR", 6, 2, false},
        {"setsockopt", "data.optname!=SO_REUSEADDR", 1, 2, false},
        {"setsockopt", "data.optname!=SO_REUSEADDR", 6, 2, true},
        {"setsockopt", "data.optname=SO_REUSEADDR,TCP_MAXSEG", 6, 2, true},
        {"setsockopt", "data.optname=TCP_*", 6, 2, true},
        {"setsockopt", "data.optname=TCP_*", 1, 2, false},
        {"setsockopt", "data.optname=2", 6, 2, true},
        {"setsockopt", "data.optname=2", 99, 2, true},
        {"signal_generate", "data.code=SI_USER", 17, 0, true},
        {"signal_generate", "data.code=SI_USER", 15, 0, true},
        {"signal_generate", "data.code!=SI_USER", 15, 0, false},
        {"signal_generate", "data.code=CLD_KILLED", 17, 2, true},
        {"signal_generate", "data.code=CLD_KILLED", 11, 2, false},
        {"fcntl", "data.arg=O_NONBLOCK", 4, 04002, true},
        {"fcntl", "data.arg=O_RDWR|O_NONBLOCK", 4, 04002, true},
        {"fcntl", "data.arg=O_RDWR|O_NONBLOCK", 2, 04002, false},
        {"fcntl", "data.arg=FD_CLOEXEC", 2, 1, true},
        {"fcntl", "data.arg=FD_CLOEXEC", 4, 1, false},
        {"fcntl", "data.arg=0x2|0x800", 4, 04002, true},
        {"fcntl", "data.arg=<3", 0, 2, true},
    };
    const struct catalog *c = catalog_builtin();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct event_def *def = catalog_by_name(c, rows[i].event, strlen(rows[i].event));
        struct filter *f = NULL;
        struct error err = {.message = ""};
        struct record_builder b;
        struct event ev;
        if (filter_add(&f, def, rows[i].test, &err))
            fail_msg("%s: %s", rows[i].test, err.message);
        record_begin(&b, memory, sizeof(memory), def);
        record_add_int(&b, def->is_syscall ? 1 : 0, (uint64_t)rows[i].by);
        record_add_int(&b, 2, (uint64_t)rows[i].value);
        const struct abi_record *r = record_end(&b);
        assert_int_equal(event_decode(&ev, c, r, r->len), 0);
        if (filter_match(f, &ev) != rows[i].matches)
            fail_msg("%s of %lld chosen by %lld", rows[i].test, (long long)rows[i].value,
                     (long long)rows[i].by);
        filter_free(f);
    }
    struct filter *none = NULL;
    struct error err = {.message = ""};
    const struct event_def *def = catalog_by_name(c, "setsockopt", 10);
    assert_int_equal(filter_add(&none, def, "data.optname=TCP_NODELY", &err), -EINVAL);
    assert_non_null(strstr(err.message, "TCP_NODELAY"));
    assert_int_equal(filter_add(&none, def, "data.optname=SO_DEBUG|SO_TYPE", &err), -EINVAL);
    assert_non_null(strstr(err.message, "joins bits"));
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_names),       cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names),         cmocka_unit_test(test_text),
        cmocka_unit_test(test_addresses),     cmocka_unit_test(test_cut),
        cmocka_unit_test(test_missing),       cmocka_unit_test(test_no_task),
        cmocka_unit_test(test_mistakes),      cmocka_unit_test(test_no_fields),
        cmocka_unit_test(test_kept),          cmocka_unit_test(test_limit),
        cmocka_unit_test(test_catalog),       cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_hostile),       cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_long_patterns),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
