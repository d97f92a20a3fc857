/* SPDX-License-Identifier: Apache-2.0 */
/* --scope: what becomes of each way to write one. What the kernel makes of it: tests/case. */
/* LINK: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "failing_malloc.h"
#include "source/scope.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define RULES_MAX 3

static const struct {
    const char *text;
    unsigned count;
    struct scope_rule rules[RULES_MAX];
} good[] = {
    {"uid=1000", 1, {{SCOPE_uid, SCOPE_EQ, 1000, ""}}},
    {"uid=root", 1, {{SCOPE_uid, SCOPE_EQ, 0, ""}}},
    {"uid!=0", 1, {{SCOPE_uid, SCOPE_NE, 0, ""}}},
    {"uid>=1000", 1, {{SCOPE_uid, SCOPE_GE, 1000, ""}}},
    {"uid=>=1000", 1, {{SCOPE_uid, SCOPE_GE, 1000, ""}}},
    {"uid<0x10", 1, {{SCOPE_uid, SCOPE_LT, 16, ""}}},
    {"uid<=4294967294", 1, {{SCOPE_uid, SCOPE_LE, 4294967294, ""}}},
    {"UID=1,root", 2, {{SCOPE_uid, SCOPE_EQ, 1, ""}, {SCOPE_uid, SCOPE_EQ, 0, ""}}},
    {"pid=new", 1, {{SCOPE_pid, SCOPE_NEW, 0, ""}}},
    {"pid=1,new,2",
     3,
     {{SCOPE_pid, SCOPE_EQ, 1, ""}, {SCOPE_pid, SCOPE_NEW, 0, ""}, {SCOPE_pid, SCOPE_EQ, 2, ""}}},
    {"pid>100", 1, {{SCOPE_pid, SCOPE_GT, 100, ""}}},
    {"tid!=7,8", 2, {{SCOPE_tid, SCOPE_NE, 7, ""}, {SCOPE_tid, SCOPE_NE, 8, ""}}},
    {"tree=1", 1, {{SCOPE_tree, SCOPE_EQ, 1, ""}}},
    {"tree!=476", 1, {{SCOPE_tree, SCOPE_NE, 476, ""}}},
    {"comm=nginx,redis-server",
     2,
     {{SCOPE_comm, SCOPE_EQ, 0, "nginx"}, {SCOPE_comm, SCOPE_EQ, 0, "redis-server"}}},
    {"comm=fifteen bytes !", 1, {{SCOPE_comm, SCOPE_EQ, 0, "fifteen bytes !"}}},
    {"comm=a\\,b\\*c", 1, {{SCOPE_comm, SCOPE_EQ, 0, "a,b*c"}}},
    {"comm=1234", 1, {{SCOPE_comm, SCOPE_EQ, 0, "1234"}}},
    {"executable=/usr/bin/x", 1, {{SCOPE_executable, SCOPE_EQ, 0, "/usr/bin/x"}}},
    {"exec!=/usr/bin/x", 1, {{SCOPE_executable, SCOPE_NE, 0, "/usr/bin/x"}}},
    {"bin=/x", 1, {{SCOPE_executable, SCOPE_EQ, 0, "/x"}}},
    {"uts=web-1.example.org", 1, {{SCOPE_uts, SCOPE_EQ, 0, "web-1.example.org"}}},
    {"mntns=4026531840", 1, {{SCOPE_mntns, SCOPE_EQ, 4026531840, ""}}},
    {"mntNS!=4026531840", 1, {{SCOPE_mntns, SCOPE_NE, 4026531840, ""}}},
    {"mnt>1", 1, {{SCOPE_mntns, SCOPE_GT, 1, ""}}},
    {"pidNS=4026531836", 1, {{SCOPE_pidns, SCOPE_EQ, 4026531836, ""}}},
    {"cgroup=18446744073709551615", 1, {{SCOPE_cgroup, SCOPE_EQ, UINT64_MAX, ""}}},
    {"container", 1, {{SCOPE_container, SCOPE_EQ, 1, ""}}},
    {"container=true", 1, {{SCOPE_container, SCOPE_EQ, 1, ""}}},
    {"container=false", 1, {{SCOPE_container, SCOPE_EQ, 0, ""}}},
    {"container!=true", 1, {{SCOPE_container, SCOPE_EQ, 0, ""}}},
    {"container!=false", 1, {{SCOPE_container, SCOPE_EQ, 1, ""}}},
    {"container=new", 1, {{SCOPE_container, SCOPE_EQ, SCOPE_CONTAINER_NEW, ""}}},
    {"container=started", 1, {{SCOPE_container, SCOPE_EQ, SCOPE_CONTAINER_STARTED, ""}}},
    {"container=0123456789AB", 1, {{SCOPE_container, SCOPE_EQ, 0, "0123456789AB"}}},
    {"container=web", 1, {{SCOPE_container, SCOPE_EQ, 0, "web"}}},
    {"container=default/t1", 1, {{SCOPE_container, SCOPE_EQ, 0, "default/t1"}}},
    {"container!=/default/t1", 1, {{SCOPE_container, SCOPE_NE, 0, "default/t1"}}},
    {"container!=0123456789abcdef", 1, {{SCOPE_container, SCOPE_NE, 0, "0123456789abcdef"}}},
    {"follow", 1, {{SCOPE_follow, SCOPE_EQ, 1, ""}}},
    {"follow=true", 1, {{SCOPE_follow, SCOPE_EQ, 1, ""}}},
    {"follow!=false", 1, {{SCOPE_follow, SCOPE_EQ, 1, ""}}},
    {"follow=false", 0, {{0}}},
};

static bool same_rule(const struct scope_rule *a, const struct scope_rule *b)
{
    return a->kind == b->kind && a->op == b->op && a->number == b->number &&
           strcmp(a->text, b->text) == 0;
}

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct scope_set set = {0};
        struct error err = {0};
        int rc = scope_parse(&set, good[i].text, &err);
        bool same = rc == 0 && set.count == good[i].count;
        for (unsigned k = 0; same && k < set.count; k++)
            same = same_rule(&set.rules[k], &good[i].rules[k]);
        if (!same) {
            print_error("%s: %d, %u rules: %s\n", good[i].text, rc, set.count, err.message);
            fail();
        }
        scope_free(&set);
        assert_null(set.rules);
    }
}

static const struct {
    const char *text;
    int column;
    const char *says;
} bad[] = {
    {"", 1, "name is missing"},
    {"=", 1, "name is missing"},
    {"uid", 4, "value is missing: uid=VALUE (or != < > <= >=)"},
    {"comm", 5, "value is missing: comm=VALUE (or !=)"},
    {"uid=", 5, "value is missing"},
    {"uid=1,,2", 7, "empty"},
    {"uid=,", 5, "empty"},
    {"uid!1", 4, "no operator"},
    {"comn=x", 1, "did you mean comm"},
    {"xyzzy=1", 1, "there are uid, pid, tid"},
    {"uid=no-such-user-here", 5, "no user is called"},
    {"uid=-1", 5, "out of the range of uid: 0 to 4294967294"},
    {"uid=4294967295", 5, "out of the range"},
    {"uid=1,99999999999", 7, "out of the range"},
    {"uid<1,2", 6, "takes one value"},
    {"uid=1*", 6, "no patterns"},
    {"pid=abc", 5, "nor `new`"},
    {"tid=new", 5, "pid=new only"},
    {"tid=x", 5, "no process id"},
    {"pid!=new", 6, "pid=new only"},
    {"pid<new", 5, "pid=new only"},
    {"pid=2147483648", 5, "out of the range"},
    {"tree=0", 6, "out of the range of tree: 1 to"},
    {"tree<5", 5, "`<` does not fit tree: use = or !="},
    {"comm<x", 5, "`<` does not fit comm"},
    {"comm>=x", 5, "`>=` does not fit comm"},
    {"comm=sixteen bytes !!", 6, "15 bytes"},
    {"comm=ngin*", 10, "no patterns"},
    {"comm=a\\", 7, "backslash"},
    {"comm=a\\x00b", 7, "backslash"},
    {"executable=ls", 12, "begins with /"},
    {"uts=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 5, "64 bytes"},
    {"mntns=0", 7, "out of the range"},
    {"mntns=there", 7, "or `host`"},
    {"cgroup=user.slice", 8, "begins with /"},
    {"cgroup=/no/such/cgroup", 8, "No such file"},
    {"container<1", 10, "does not fit container"},
    {"container!=started", 12, "only"},
    {"container!=new", 12, "only"},
    {"container=/", 11, "1 to 127"},
    {"container=a/b/c", 11, "NAMESPACE/NAME"},
    {"container=a/", 11, "NAMESPACE/NAME"},
    {"container=//b", 11, "NAMESPACE/NAME"},
    {"container="
     "0123456789012345678901234567890123456789012345678901234567890123"
     "0123456789012345678901234567890123456789012345678901234567890123",
     11, "1 to 127"},
    {"follow=1", 8, "neither true nor false"},
    {"follow>true", 7, "does not fit follow"},
};

/* Refused, with the place; and the rules from before are still there. */
static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct scope_set set = {0};
        struct error err = {0};
        assert_int_equal(scope_parse(&set, "uid=7", &err), 0);
        int rc = scope_parse(&set, bad[i].text, &err);
        if (rc != -EINVAL || err.column != bad[i].column || !strstr(err.message, bad[i].says) ||
            set.count != 1 || set.rules[0].number != 7) {
            print_error("%s: %d, column %d: %s\n", bad[i].text, rc, err.column, err.message);
            fail();
        }
        scope_free(&set);
    }
}

/* "host" is the namespace of process 1. */
static void test_host(void **state)
{
    (void)state;
    struct scope_set set = {0};
    struct error err = {0};
    struct stat st;
    if (stat("/proc/1/ns/mnt", &st)) { /* not ours to see: then the reason is given */
        assert_int_equal(scope_parse(&set, "mntns=host", &err), -EINVAL);
        assert_non_null(strstr(err.message, strerror(errno)));
        scope_free(&set);
        return;
    }
    assert_int_equal(scope_parse(&set, "mntns=host", &err), 0);
    assert_int_equal(set.rules[0].number, st.st_ino);
    assert_int_equal(stat("/proc/1/ns/pid", &st), 0);
    assert_int_equal(scope_parse(&set, "pidns!=host", &err), 0);
    assert_int_equal(set.rules[1].number, st.st_ino);
    scope_free(&set);
}

/* A cgroup's path, below the hierarchy or as the file system has it, is the inode of its directory.
 */
static void test_cgroup(void **state)
{
    (void)state;
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    const char *root = NULL;
    char path[64];
    struct stat st;
    for (size_t i = 0; i < COUNT(roots); i++) {
        snprintf(path, sizeof(path), "%s/cgroup.procs", roots[i]);
        if (!root && !stat(path, &st) && !stat(roots[i], &st))
            root = roots[i];
    }
    if (!root)
        skip();
    struct scope_set set = {0};
    struct error err = {0};
    snprintf(path, sizeof(path), "cgroup=%s,/", root);
    int rc = scope_parse(&set, path, &err);
    if (rc && strstr(err.message, "no cgroup2"))
        skip();
    assert_int_equal(rc, 0);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.rules[0].number, st.st_ino);
    assert_int_equal(set.rules[1].number, st.st_ino);
    assert_int_equal(scope_parse(&set, "cgroup=/cgroup.procs", &err), -EINVAL);
    assert_non_null(strstr(err.message, "not the directory of a cgroup"));
    assert_int_equal(scope_parse(&set, "cgroup=/../../../etc", &err), -EINVAL);
    scope_free(&set);
}

static void test_limit(void **state)
{
    (void)state;
    struct scope_set set = {0};
    struct error err = {0};
    for (unsigned i = 0; i < SCOPE_RULES_MAX - 1; i++)
        assert_int_equal(scope_parse(&set, "pid=1", &err), 0);
    assert_int_equal(scope_parse(&set, "pid=1,2", &err), -EINVAL);
    assert_non_null(strstr(err.message, "more than 64"));
    assert_int_equal(set.count, SCOPE_RULES_MAX - 1);
    assert_int_equal(scope_parse(&set, "pid=2", &err), 0);
    scope_free(&set);

    char text[SCOPE_KEY_TEXT + 32] = "executable=/";
    size_t n = strlen(text);
    memset(text + n, 'x', SCOPE_KEY_TEXT - 2);
    assert_int_equal(scope_parse(&set, text, &err), 0);
    assert_int_equal(strlen(set.rules[0].text), SCOPE_KEY_TEXT - 1);
    text[n + SCOPE_KEY_TEXT - 2] = 'x';
    assert_int_equal(scope_parse(&set, text, &err), -EINVAL);
    assert_non_null(strstr(err.message, "longer than 255 bytes"));
    scope_free(&set);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct scope_set set = {0};
    struct error err = {0};
    int rc = -ENOMEM, n;
    for (n = 0; rc == -ENOMEM; n++) {
        allocations_allow(n);
        rc = scope_parse(&set, "comm=a,b,c", &err);
        allocations_allow(-1);
        assert_int_equal(set.count, rc ? 0 : 3);
    }
    assert_int_equal(rc, 0);
    assert_int_equal(n, 4);
    scope_free(&set);
}

/* The table is the catalog's, row by row. */
static void test_defs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SCOPE_COUNT; i++) {
        assert_non_null(scope_defs[i].name);
        assert_true(strlen(scope_defs[i].meaning) > 0);
    }
    assert_string_equal(scope_defs[SCOPE_follow].name, "follow");
    assert_int_equal(scope_defs[SCOPE_follow].value, SCOPE_VALUE_flag);
}

static void test_hostile(void **state)
{
    (void)state;
    srand(1);
    for (int i = 0; i < 20000; i++) {
        char text[64];
        int n = snprintf(text, sizeof(text), "%s", scope_defs[(unsigned)rand() % SCOPE_COUNT].name);
        int more = rand() % 24;
        for (int k = 0; k < more; k++)
            text[n++] = (char)(rand() % 3 ? "=!<>,*\\x/-019aftrue"[rand() % 19] : 1 + rand() % 255);
        text[n] = '\0';
        struct scope_set set = {0};
        struct error err = {0};
        int rc = scope_parse(&set, text, &err);
        assert_true(rc == 0 || (rc == -EINVAL && err.message[0] && !set.count));
        scope_free(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),  cmocka_unit_test(test_bad),
        cmocka_unit_test(test_host),  cmocka_unit_test(test_cgroup),
        cmocka_unit_test(test_limit), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_defs),  cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
