/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: found by their cgroups, looked up, told of, and kept across a restart. */
#include "source/containers.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "event/event.h"
#include "event/ids.h"
#include "event/record.h"

#include "fake_grpc.h"
#include "plan.h"
#include "source/container_cache.h"
#include "source/container_known.h"

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(char *path)
{
    static const char pattern[] = "/tmp/ratel-unit.XXXXXX";
    memcpy(path, pattern, sizeof(pattern));
    assert_non_null(mkdtemp(path));
}

/* All folders of a path below the root; the id of the last. */
static uint64_t make_path(const char *root, const char *below)
{
    char path[1024];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s%s", root, below);
    assert_true(n < (int)sizeof(path));
    for (char *p = path + strlen(root) + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        mkdir(path, 0755);
        *p = '/';
    }
    mkdir(path, 0755);
    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

static void known(void **state)
{
    struct known_containers k = {0};
    (void)state;
    assert_null(known_find(&k, 7));
    known_remove(&k, 7);
    assert_null(known_add(&k, 0));
    for (uint64_t i = 1; i <= CONTAINERS_KNOWN; i++) {
        struct known_container *row = known_add(&k, i * 4096);
        assert_non_null(row);
        row->runtime = (uint8_t)(i % RUNTIME_COUNT);
    }
    assert_null(known_add(&k, 1));
    assert_non_null(known_add(&k, 4096)); /* not a new one */
    assert_int_equal(k.refused, 2);
    for (uint64_t i = 1; i <= CONTAINERS_KNOWN; i += 2)
        known_remove(&k, i * 4096);
    assert_int_equal(k.count, CONTAINERS_KNOWN / 2);
    for (uint64_t i = 1; i <= CONTAINERS_KNOWN; i++) {
        const struct known_container *row = known_find(&k, i * 4096);
        assert_int_equal(!row, i % 2);
        if (row)
            assert_int_equal(row->runtime, i % RUNTIME_COUNT);
    }
    assert_true(k.capacity * sizeof(*k.rows) <= known_memory());
    known_free(&k);
}

struct seen {
    struct container_place places[16];
    unsigned count;
};

static void walk(const char *root, struct seen *s)
{
    struct container_walk *w;
    *s = (struct seen){0};
    assert_int_equal(container_walk_open(&w, root, ""), 0);
    for (const struct container_place *p; (p = container_walk_next(w));)
        s->places[s->count++] = *p;
    container_walk_close(w);
}

static void scan(void **state)
{
    char root[64];
    struct seen s = {0};
    (void)state;
    make_folder(root);
    uint64_t outer = make_path(root, "/docker/" A);
    uint64_t part = make_path(root, "/docker/" A "/init.scope/x");
    uint64_t inner = make_path(root, "/docker/" A "/docker/" B);
    uint64_t plain = make_path(root, "/default/shop");
    make_path(root, "/system.slice/ssh.service");
    make_path(root, "/libpod_parent/conmon-" A);
    walk(root, &s);
    assert_int_equal(s.count, 3);
    for (unsigned i = 0; i < s.count; i++) {
        const struct container_place *p = &s.places[i];
        if (p->cgroup == outer) {
            assert_string_equal(p->is.id, A);
            assert_int_equal(p->nbelow, 3); /* init.scope, x in it, and docker */
            bool found = false;
            for (unsigned k = 0; k < p->nbelow; k++)
                found |= p->below[k] == part;
            assert_true(found);
        } else if (p->cgroup == inner) {
            assert_string_equal(p->is.id, B);
            assert_int_equal(p->nbelow, 0);
        } else {
            assert_int_equal(p->cgroup, plain);
            assert_string_equal(p->space, "default");
            assert_string_equal(p->is.id, "shop");
        }
    }
    remove_tree(root);
    struct container_walk *none;
    assert_int_equal(container_walk_open(&none, root, ""), -ENOENT);
    assert_null(none);
}

/* The place of what looks like ctr's is told by the path alone; containerd knows whether it is. */
static void plain_names(void **state)
{
    static const struct {
        const char *path;
        bool is;
    } rows[] = {
        {"/default/shop", true},
        {"/k8s.io/a_b.c-d", true},
        {"/default/shop/x", false},
        {"/default", false},
        {"/", false},
        {"", false},
        {"default/shop", false},
        {"/system.slice/a", false},
        {"/a/b.service", false},
        {"/a/b c", false},
        {"/a/../b", false},
        {"/a/", false},
        {"/a/\033[2J", false},
        {"//b", false},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct container_place p;
        if (container_place_read(rows[i].path, strlen(rows[i].path), &p) != rows[i].is)
            fail_msg("%s", rows[i].path);
    }
}

/* An existing_container record of that container. */
static const struct abi_record *make_record(char *memory, uint64_t cgroup, const char *id)
{
    struct record_builder b;
    const struct event_def *def = catalog_by_id(catalog_builtin(), EVENT_existing_container);
    record_begin(&b, memory, 4096, def);
    record_add_bytes(&b, 0, "docker", 6);
    record_add_bytes(&b, 1, id, strlen(id));
    record_add_int(&b, (unsigned)event_def_field(def, "cgroup_id", 9), cgroup);
    return record_end(&b);
}

static _Alignas(8) char memory[4096];

/* A cache of two containers, one of them gone, and the bytes of its file. */
static size_t make_cache(const char *folder, char *bytes, size_t cap)
{
    struct container_cache *c;
    char path[128];
    container_cache_open(&c, folder);
    assert_non_null(c);
    container_cache_settle(c);
    container_cache_add(c, make_record(memory, 7, A), 7);
    container_cache_add(c, make_record(memory, 8, B), 8);
    container_cache_remove(c, 8);
    container_cache_add(c, make_record(memory, 9, B), 9);
    container_cache_close(c);
    snprintf(path, sizeof(path), "%s/containers", folder);
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, bytes, cap);
    close(fd);
    assert_true(n > 0 && (size_t)n < cap);
    return (size_t)n;
}

static void write_cache(const char *folder, const char *bytes, size_t n)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/containers", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static void cache(void **state)
{
    char folder[64], bytes[8192];
    struct container_cache *c, *second;
    (void)state;
    make_folder(folder);
    size_t n = make_cache(folder, bytes, sizeof(bytes));
    for (int round = 0; round < 3; round++) { /* what is kept is kept again */
        container_cache_open(&c, folder);
        container_cache_open(&second, folder);
        assert_null(second);
        assert_non_null(container_cache_find(c, 7, A));
        assert_null(container_cache_find(c, 7, B)); /* another container */
        assert_null(container_cache_find(c, 8, B));
        assert_null(container_cache_find(c, 0, A));
        container_cache_settle(c);
        container_cache_close(c);
    }
    container_cache_open(&c, folder);
    assert_null(container_cache_find(c, 9, B)); /* nobody asked for it: it was gone */
    container_cache_close(c);

    bytes[20] ^= 1; /* of another boot */
    write_cache(folder, bytes, n);
    container_cache_open(&c, folder);
    assert_null(container_cache_find(c, 7, A));
    container_cache_close(c);
    remove_tree(folder);
    container_cache_open(&c, "");
    assert_null(c);
    container_cache_open(&c, "/proc/none/here");
    assert_null(c);
}

/* Cut anywhere it gives what was whole before; with any byte changed no more than that. */
static void damaged_cache(void **state)
{
    char folder[64], bytes[8192], damaged[8192];
    struct container_cache *c;
    (void)state;
    make_folder(folder);
    size_t n = make_cache(folder, bytes, sizeof(bytes)), first = 0, entry = 48 + 24;
    first = entry + make_record(memory, 7, A)->len;
    for (size_t cut = 0; cut <= n; cut++) {
        write_cache(folder, bytes, cut);
        container_cache_open(&c, folder);
        assert_int_equal(!container_cache_find(c, 7, A), cut < first);
        assert_int_equal(!container_cache_find(c, 9, B), cut < n);
        container_cache_close(c);
    }
    for (size_t at = 0; at < n; at++) {
        memcpy(damaged, bytes, n);
        damaged[at] ^= 0x40;
        write_cache(folder, damaged, n);
        container_cache_open(&c, folder);
        const struct abi_record *r = container_cache_find(c, 7, A);
        assert_int_equal(!r, at < first);
        container_cache_close(c);
    }
    remove_tree(folder);
}

/* Docker, which knows the container only after so many questions, or hangs. */
struct docker {
    int refuses;
    bool hangs;
    const char *instead; /* what it says in place of an answer, and ends */
    const char *name;
};

static void serve(int fd, void *ctx)
{
    static const char none[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    struct docker *d = ctx;
    char request[512], found[512];
    ssize_t n = read(fd, request, sizeof(request) - 1);
    if (n <= 0)
        return;
    request[n] = '\0';
    if (d->hangs) {
        fake_hang(fd);
        return;
    }
    if (d->instead) {
        fake_send(fd, d->instead, strlen(d->instead));
        return;
    }
    snprintf(found, sizeof(found),
             "HTTP/1.1 200 OK\r\n\r\n{\"Id\":\"%s\",\"Name\":\"/%s\","
             "\"Config\":{\"Image\":\"s:1\"}}",
             strstr(request, B) ? B : A, d->name ? d->name : "shop");
    bool yes = d->refuses <= 0;
    d->refuses--;
    fake_send(fd, yes ? found : none, strlen(yes ? found : none));
}

struct run {
    struct fake_server server, other; /* the second is podman */
    struct docker docker, podman;
    const char *containerd; /* NULL: none */
    char option[96], other_option[96], state[64];
    uint64_t refresh_ns;
    struct cgroup_root root;
    uint64_t sets[PLAN_SLOTS];
    struct containers *c;
};

static void start(struct run *r)
{
    struct containers_setup setup = {.sets = r->sets,
                                     .state = r->state,
                                     .root = &r->root,
                                     .refresh_ns = r->refresh_ns ? r->refresh_ns : 1ull << 60};
    struct error err = {0};
    assert_int_equal(runtime_sockets_add(&setup.sockets, r->option, &err), 0);
    const char *containerd = r->containerd ? r->containerd : "containerd=/nowhere";
    assert_int_equal(runtime_sockets_add(&setup.sockets, containerd, &err), 0);
    assert_int_equal(runtime_sockets_add(&setup.sockets, r->other_option, &err), 0);
    assert_int_equal(runtime_sockets_add(&setup.sockets, "crio=/nowhere", &err), 0);
    assert_int_equal(containers_start(&r->c, &setup), 0);
}

static void begin(struct run *r, int refuses)
{
    static const uint16_t wanted[] = {EVENT_container_create, EVENT_container_remove,
                                      EVENT_existing_container};
    memset(r, 0, sizeof(*r));
    r->docker.refuses = refuses;
    fake_start(&r->server, serve, &r->docker);
    fake_start(&r->other, serve, &r->podman);
    snprintf(r->option, sizeof(r->option), "docker=%s", r->server.path);
    snprintf(r->other_option, sizeof(r->other_option), "podman=%s", r->other.path);
    make_folder(r->root.path);
    make_folder(r->state);
    for (unsigned i = 0; i < 3; i++)
        r->sets[catalog_by_id(catalog_builtin(), wanted[i])->slot] = 1;
}

static void end(struct run *r)
{
    containers_free(r->c);
    fake_end(&r->server);
    fake_end(&r->other);
    remove_tree(r->root.path);
    remove_tree(r->state);
}

/* A record of cgroup_mkdir or cgroup_rmdir, as the kernel programs make it. */
static void tell_cgroup(struct run *r, uint16_t event, uint64_t id, const char *path)
{
    struct record_builder b;
    record_begin(&b, memory, sizeof(memory), catalog_by_id(catalog_builtin(), event));
    record_add_int(&b, 0, id);
    record_add_bytes(&b, 1, path, strlen(path));
    record_add_int(&b, 2, 0);
    record_header(&b)->time = 1000;
    containers_saw(r->c, record_end(&b));
}

/* The next event, which must be that one. Waits for it. */
static struct event next(struct run *r, uint16_t event)
{
    struct event ev;
    const struct abi_record *rec;
    while (!containers_take(r->c, &rec, 1, UINT64_MAX))
        usleep(1000);
    assert_int_equal(event_decode(&ev, catalog_builtin(), rec, rec->len), 0);
    assert_string_equal(ev.def->name, catalog_by_id(catalog_builtin(), event)->name);
    return ev;
}

static void assert_text(const struct event *ev, const char *field, const char *expected)
{
    struct value v = event_value(ev, (unsigned)event_def_field(ev->def, field, strlen(field)));
    assert_int_equal(v.status, ABI_PRESENT);
    if (v.len != strlen(expected) || memcmp(v.data, expected, v.len))
        fail_msg("%s is '%.*s'", field, (int)v.len, v.data);
}

static void assert_missing(const struct event *ev, const char *field, enum abi_reason why)
{
    struct value v = event_value(ev, (unsigned)event_def_field(ev->def, field, strlen(field)));
    assert_int_equal(v.status, ABI_MISSING);
    assert_int_equal(v.reason, why);
}

static void a_life(void **state)
{
    struct run r;
    (void)state;
    begin(&r, 3); /* it is held until its runtime knows it */
    start(&r);
    tell_cgroup(&r, EVENT_cgroup_mkdir, 77, "/docker/" A);
    tell_cgroup(&r, EVENT_cgroup_mkdir, 78, "/docker/" A "/below");
    tell_cgroup(&r, EVENT_cgroup_mkdir, 79, "/docker");
    struct event ev = next(&r, EVENT_container_create);
    assert_text(&ev, "runtime", "docker");
    assert_text(&ev, "container_id", A);
    assert_text(&ev, "container_name", "shop");
    assert_text(&ev, "container_image", "s:1");
    assert_missing(&ev, "pod_name", ABI_WHY_ABSENT);
    tell_cgroup(&r, EVENT_cgroup_rmdir, 78, "/docker/" A "/below");
    tell_cgroup(&r, EVENT_cgroup_rmdir, 77, "/docker/" A);
    ev = next(&r, EVENT_container_remove);
    assert_text(&ev, "runtime", "docker");
    assert_text(&ev, "container_id", A);
    end(&r);
}

static void gone_at_once(void **state)
{
    struct run r;
    (void)state;
    begin(&r, 1000000);
    start(&r);
    tell_cgroup(&r, EVENT_cgroup_mkdir, 77, "/docker/" A);
    tell_cgroup(&r, EVENT_cgroup_rmdir, 77, "/docker/" A);
    struct event ev = next(&r, EVENT_container_create);
    assert_missing(&ev, "container_name", ABI_WHY_GONE);
    next(&r, EVENT_container_remove);
    end(&r);
}

static void nobody_to_ask(void **state)
{
    struct run r;
    (void)state;
    begin(&r, 0);
    start(&r);
    tell_cgroup(&r, EVENT_cgroup_mkdir, 77, "/system.slice/crio-" A ".scope");
    tell_cgroup(&r, EVENT_cgroup_mkdir, 78, "/default/shop"); /* no containerd: no container */
    struct event ev = next(&r, EVENT_container_create);
    assert_text(&ev, "runtime", "crio");
    assert_missing(&ev, "container_name", ABI_WHY_NO_RUNTIME);
    tell_cgroup(&r, EVENT_cgroup_mkdir, 79, "/lxc/web");
    ev = next(&r, EVENT_container_create);
    assert_text(&ev, "runtime", "lxc");
    assert_text(&ev, "container_id", "web");
    end(&r);
}

/* Known to a ratel that was killed: known to the next one, whose runtime says nothing. */
static void across_a_restart(void **state)
{
    struct run r;
    (void)state;
    begin(&r, 0);
    uint64_t id = make_path(r.root.path, "/docker/" A);
    start(&r);
    struct event ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "shop");
    containers_free(r.c);
    r.docker.refuses = 1000000;
    start(&r);
    ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "shop");
    tell_cgroup(&r, EVENT_cgroup_rmdir, id, "/docker/" A);
    ev = next(&r, EVENT_container_remove);
    assert_text(&ev, "runtime", "docker");
    containers_free(r.c);
    start(&r); /* and gone is gone: the cgroup that is there by now is another one's */
    ev = next(&r, EVENT_existing_container);
    assert_missing(&ev, "container_name", ABI_WHY_UNKNOWN);
    end(&r);
}

/* One that hangs, with many to be asked about, holds up no other's; each is told once. */
static void one_hangs(void **state)
{
    struct run r;
    struct event ev;
    char path[128];
    enum { MANY = 40 };
    (void)state;
    begin(&r, 0);
    r.docker.hangs = true;
    r.podman.name = "pod";
    start(&r);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(path, sizeof(path), "/docker/%064x", i);
        tell_cgroup(&r, EVENT_cgroup_mkdir, 100 + i, path);
    }
    tell_cgroup(&r, EVENT_cgroup_mkdir, 77, "/machine.slice/libpod-" B ".scope");
    ev = next(&r, EVENT_container_create);
    assert_text(&ev, "container_name", "pod");
    for (unsigned i = 0; i < MANY; i++) {
        ev = next(&r, EVENT_container_create);
        assert_text(&ev, "runtime", "docker");
        struct value name =
            event_value(&ev, (unsigned)event_def_field(ev.def, "container_name", 14));
        assert_int_equal(name.status, ABI_MISSING);
        assert_true(name.reason == ABI_WHY_SILENT || name.reason == ABI_WHY_PENDING);
    }
    containers_end(r.c); /* of those that were pending the reason is told as well */
    containers_free(r.c);
    r.docker.hangs = true;
    start(&r);
    /* Nobody can tell whose it is: also the one that answers is asked, not the one that hangs alone
     */
    tell_cgroup(&r, EVENT_cgroup_mkdir, 78, "/elsewhere/" B);
    ev = next(&r, EVENT_container_create);
    assert_text(&ev, "runtime", "podman");
    assert_text(&ev, "container_name", "pod");
    end(&r);
}

/* Whatever a runtime does instead of answering, the field says why, and a counter has it. */
static void bad_days(void **state)
{
    static const struct {
        const char *instead;
        bool denied;
        enum abi_reason why;
        size_t counter;
    } rows[] = {
        {"HTTP/1.1 500 Oh\r\n\r\n", false, ABI_WHY_BROKEN, offsetof(struct runtime_counts, broken)},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", false, ABI_WHY_BROKEN,
         offsetof(struct runtime_counts, broken)}, /* it died */
        {"\033[2J\377\376", false, ABI_WHY_BROKEN, offsetof(struct runtime_counts, broken)},
        {"", false, ABI_WHY_BROKEN, offsetof(struct runtime_counts, broken)},
        {"HTTP/1.1 403 No\r\n\r\n", false, ABI_WHY_DENIED,
         offsetof(struct runtime_counts, refused)},
        {NULL, true, ABI_WHY_DENIED, offsetof(struct runtime_counts, refused)},
        {"HTTP/1.1 404 No\r\n\r\n", false, ABI_WHY_UNKNOWN,
         offsetof(struct runtime_counts, unknown)}, /* a cgroup that is only called so */
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct runtime_counts counts;
        struct run r;
        if (rows[i].denied && geteuid())
            continue;
        begin(&r, 0);
        r.docker.instead = rows[i].instead;
        start(&r);
        if (rows[i].denied)
            assert_int_equal(chmod(r.server.path, 0600) || seteuid(65534), 0);
        tell_cgroup(&r, EVENT_cgroup_mkdir, 77, "/docker/" A);
        struct event ev = next(&r, EVENT_container_create);
        if (rows[i].denied)
            assert_int_equal(seteuid(0), 0);
        assert_missing(&ev, "container_name", rows[i].why);
        assert_text(&ev, "container_id", A);
        assert_text(&ev, "runtime", "docker");
        assert_true(containers_runtime(r.c, 0, &counts));
        uint64_t counted;
        memcpy(&counted, (const char *)&counts + rows[i].counter, sizeof(counted));
        if (!counted)
            fail_msg("row %u is not counted", i);
        end(&r);
    }
}

/* What is kept is told at once, and asked about all the same: it may be called otherwise by now. */
static void renamed_meanwhile(void **state)
{
    struct run r;
    (void)state;
    begin(&r, 0);
    make_path(r.root.path, "/docker/" A);
    start(&r);
    struct event ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "shop");
    containers_free(r.c);
    r.docker.name = "store";
    start(&r);
    ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "shop");
    ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "store");
    containers_free(r.c);
    r.docker.hangs = true; /* and the new name is what is kept */
    start(&r);
    ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "store");
    end(&r);
}

/* crun makes another cgroup in the container's a moment after it: what runs is there. */
static void kept_without_its_cgroup(void **state)
{
    struct run r;
    (void)state;
    begin(&r, 0);
    make_path(r.root.path, "/docker/" A);
    start(&r);
    struct event ev = next(&r, EVENT_existing_container);
    containers_free(r.c);
    uint64_t id = make_path(r.root.path, "/docker/" A "/container");
    r.docker.hangs = true;
    start(&r);
    ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "shop");
    struct value below = event_value(&ev, (unsigned)event_def_field(ev.def, "cgroups", 7));
    assert_int_equal(below.len, sizeof(id));
    assert_memory_equal(below.data, &id, sizeof(id));
    end(&r);
}

/* What containerd says of a pod that is not set up yet: that more is to come, and it is asked for.
 */
static void a_pod_that_takes_long(void **state)
{
    static const char uid[] = "1f2e3d4c-0a1b-4c5d-8e9f-a0b1c2d3e4f5";
    static atomic_bool set_up;
    struct answer answers[] = {{.method = "Namespaces/List"},
                               {.method = "Containers/Get"},
                               {.method = "/ListPodSandbox", .from_now = &set_up},
                               {.method = NULL}};
    struct message space = {0}, container = {0}, metadata = {0}, pod = {0};
    struct fake_server server;
    char option[96], path[192];
    struct run r;
    (void)state;
    put_text(&space, 1, "k8s.io");
    put(&answers[0].message, 1, space.data, space.len);
    put_text(&container, 1, A);
    put_entry(&container, 2, "io.cri-containerd.kind", "sandbox");
    put(&answers[1].message, 1, container.data, container.len);
    put_text(&metadata, 1, "web-7d9");
    put_text(&pod, 1, A);
    put(&pod, 2, metadata.data, metadata.len);
    put(&answers[2].message, 1, pod.data, pod.len);

    begin(&r, 1 << 30);
    fake_start(&server, fake_grpc, answers);
    snprintf(option, sizeof(option), "containerd=%s", server.path);
    r.containerd = option;
    start(&r);
    snprintf(path, sizeof(path), "/kubepods/pod%s/cri-containerd-" A ".scope", uid);
    tell_cgroup(&r, EVENT_cgroup_mkdir, 77, path);
    struct event ev = next(&r, EVENT_container_create);
    assert_text(&ev, "container_name", A);
    assert_text(&ev, "pod_uid", uid);
    assert_missing(&ev, "pod_name", ABI_WHY_PENDING);
    set_up = true;
    ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "pod_name", "web-7d9");
    end(&r);
    fake_end(&server);
}

/* What looks like a container of ctr's, as long as containerd does not say so: no container, but
 * asked about. */
static void containerd_that_fails_at_first(void **state)
{
    static atomic_bool works;
    struct answer answers[] = {{.method = "Containers/Get", .about = "shop", .from_now = &works},
                               {.method = "Containers/Get", .about = "shop", .status = 13},
                               {.method = NULL, .status = 5}};
    struct message container = {0};
    struct fake_server server;
    char option[96];
    struct run r;
    (void)state;
    put_text(&container, 1, "shop");
    put(&answers[0].message, 1, container.data, container.len);
    begin(&r, 1 << 30);
    fake_start(&server, fake_grpc, answers);
    snprintf(option, sizeof(option), "containerd=%s", server.path);
    r.containerd = option;
    make_path(r.root.path, "/default/shop");
    make_path(r.root.path, "/default/other");
    start(&r);
    works = true;
    struct event ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_id", "shop");
    end(&r);
    fake_end(&server);
}

/* One that was made, and one that was there. What stays as it was is not told again. */
static void renamed_while_it_runs(void **state)
{
    struct run r;
    const struct abi_record *rec;
    (void)state;
    begin(&r, 0);
    r.refresh_ns = 1000000;
    uint64_t id = make_path(r.root.path, "/docker/" A);
    start(&r);
    struct event ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "shop");
    for (unsigned asked = r.server.served; r.server.served < asked + 3;)
        usleep(1000);
    assert_int_equal(containers_take(r.c, &rec, 1, UINT64_MAX), 0);
    r.docker.name = "store";
    ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "store");
    r.docker.refuses = 3; /* that it is not known for a while is no news */
    r.docker.name = "market";
    ev = next(&r, EVENT_existing_container);
    assert_text(&ev, "container_name", "market");
    tell_cgroup(&r, EVENT_cgroup_rmdir, id, "/docker/" A);
    remove_tree(r.root.path);
    next(&r, EVENT_container_remove);
    end(&r);
}

/* Its end is told once, whoever tells of it first and however often. */
static void gone_once(void **state)
{
    struct run r;
    const struct abi_record *rec;
    (void)state;
    begin(&r, 0);
    start(&r);
    tell_cgroup(&r, EVENT_cgroup_mkdir, 77, "/docker/" A);
    next(&r, EVENT_container_create);
    r.docker.refuses = 1000000; /* docker has removed it, its cgroup is still there */
    tell_cgroup(&r, EVENT_cgroup_rmdir, 78, "/docker/" B); /* never told of */
    tell_cgroup(&r, EVENT_cgroup_rmdir, 77, "/docker/" A);
    tell_cgroup(&r, EVENT_cgroup_rmdir, 77, "/docker/" A);
    struct event ev = next(&r, EVENT_container_remove);
    assert_text(&ev, "container_id", A);
    containers_end(r.c);
    assert_int_equal(containers_take(r.c, &rec, 1, UINT64_MAX), 0);
    end(&r);
}

/* More than can wait: each is told of or counted as lost. */
static void a_flood(void **state)
{
    struct run r;
    struct source_counts counts = {0};
    unsigned slot = catalog_by_id(catalog_builtin(), EVENT_container_create)->slot;
    uint64_t taken = 0;
    const struct abi_record *rec;
    (void)state;
    begin(&r, 0);
    unlink(r.server.path); /* no docker either */
    start(&r);
    for (unsigned i = 1; i <= 3 * LOOKUPS_MAX; i++) {
        char path[128];
        snprintf(path, sizeof(path), "/docker/%064x", i);
        tell_cgroup(&r, EVENT_cgroup_mkdir, i, path);
    }
    containers_end(r.c);
    while (containers_take(r.c, &rec, 1, UINT64_MAX))
        taken++;
    containers_counts(r.c, slot, &counts);
    assert_int_equal(counts.seen, 3 * LOOKUPS_MAX);
    assert_int_equal(counts.seen, taken + counts.lost[LOSS_too_big]);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(scan),
        cmocka_unit_test(plain_names),
        cmocka_unit_test(cache),
        cmocka_unit_test(damaged_cache),
        cmocka_unit_test(a_life),
        cmocka_unit_test(gone_at_once),
        cmocka_unit_test(nobody_to_ask),
        cmocka_unit_test(across_a_restart),
        cmocka_unit_test(one_hangs),
        cmocka_unit_test(bad_days),
        cmocka_unit_test(renamed_meanwhile),
        cmocka_unit_test(kept_without_its_cgroup),
        cmocka_unit_test(a_pod_that_takes_long),
        cmocka_unit_test(containerd_that_fails_at_first),
        cmocka_unit_test(renamed_while_it_runs),
        cmocka_unit_test(gone_once),
        cmocka_unit_test(a_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
