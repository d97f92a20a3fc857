/* SPDX-License-Identifier: Apache-2.0 */
#include "source/scope_lookup.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "source/probe.h"

#define COMM_MAX           15 /* TASK_COMM_LEN without its NUL */
#define HOSTNAME_MAX       64 /* __NEW_UTS_LEN */
#define CONTAINER_TEXT_MAX (CONTAINER_WORDS * 8 - 1)

#define fail(p, ...) clause_fail((p)->err, (p)->text, (p)->at, __VA_ARGS__)

/* A number of lo … hi. 0, -EINVAL with nothing said: none at all, -ERANGE: said. */
static int read_number(const struct scope_place *p, const char *s, uint64_t lo, uint64_t hi,
                       struct scope_rule *r)
{
    int rc = clause_number(s, strlen(s), 10, (int64_t)lo, hi, &r->number);
    if (rc == -ERANGE)
        fail(p, "`%s` is out of the range of %s: %llu to %llu", s, scope_defs[r->kind].name,
             (unsigned long long)lo, (unsigned long long)hi);
    return rc;
}

int scope_lookup_uid(const struct scope_place *p, const char *s, struct scope_rule *r)
{
    int rc = read_number(p, s, 0, UINT32_MAX - 1, r);
    if (rc != -EINVAL)
        return rc ? -EINVAL : 0;
    const struct passwd *user = getpwnam(s);
    if (!user)
        return fail(p, "no user is called `%s` here", s);
    r->number = user->pw_uid;
    return 0;
}

int scope_lookup_pid(const struct scope_place *p, const char *s, struct scope_rule *r)
{
    int rc = read_number(p, s, r->kind == SCOPE_tree, INT_MAX, r);
    if (rc != -EINVAL)
        return rc ? -EINVAL : 0;
    if (strcmp(s, "new") != 0)
        return fail(p, "`%s` is no process id%s", s, r->kind == SCOPE_pid ? ", nor `new`" : "");
    if (r->kind != SCOPE_pid || r->op != SCOPE_EQ)
        return fail(p, "`new` is written pid=new only");
    r->op = SCOPE_NEW;
    return 0;
}

/* The inode number of a namespace, or `host` for the one of process 1. */
int scope_lookup_ns(const struct scope_place *p, const char *s, struct scope_rule *r)
{
    int rc = read_number(p, s, 1, UINT32_MAX, r);
    if (rc != -EINVAL)
        return rc ? -EINVAL : 0;
    if (strcmp(s, "host") != 0)
        return fail(p, "`%s` is no namespace: an inode number, as in /proc/PID/ns, or `host`", s);
    const char *path = r->kind == SCOPE_mntns ? "/proc/1/ns/mnt" : "/proc/1/ns/pid";
    struct stat st;
    if (stat(path, &st))
        return fail(p, "%s: %s", path, strerror(errno));
    r->number = st.st_ino;
    return 0;
}

/* A path below the hierarchy's mount point, with or without that itself; its inode is the id. */
int scope_lookup_cgroup(const struct scope_place *p, const char *s, struct scope_rule *r)
{
    int rc = read_number(p, s, 0, UINT64_MAX, r);
    if (rc != -EINVAL)
        return rc ? -EINVAL : 0;
    if (s[0] != '/')
        return fail(p, "`%s` is neither a cgroup's id nor a path that begins with /", s);
    const char *root = probe_cgroup_mount();
    char path[2 * PATH_MAX];
    if (!*root)
        return fail(p, "no cgroup2 hierarchy is mounted: give the cgroup's id");
    size_t n = strlen(root);
    bool below = strncmp(s, root, n) == 0 && (s[n] == '/' || !s[n]);
    snprintf(path, sizeof(path), "%s%s", below ? "" : root, s);
    struct statfs fs;
    struct stat st;
    if (stat(path, &st) || statfs(path, &fs))
        return fail(p, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode) || fs.f_type != CGROUP2_SUPER_MAGIC)
        return fail(p, "%s is not the directory of a cgroup", path);
    r->number = st.st_ino;
    return 0;
}

int scope_lookup_text(const struct scope_place *p, const char *s, struct scope_rule *r)
{
    size_t n = strlen(s);
    if (r->kind == SCOPE_comm && n > COMM_MAX)
        return fail(p, "the kernel keeps %d bytes of a thread's name: `%s` has %zu", COMM_MAX, s,
                    n);
    if (r->kind == SCOPE_uts && n > HOSTNAME_MAX)
        return fail(p, "a host name has at most %d bytes: `%s` has %zu", HOSTNAME_MAX, s, n);
    if (r->kind == SCOPE_executable && s[0] != '/')
        return fail(p, "`%s` is not the whole path of a program: it begins with /", s);
    memcpy(r->text, s, n + 1);
    return 0;
}

/* 1 and 0 for true and false, -1 for neither. */
static int read_bool(const char *s)
{
    return !strcmp(s, "true") ? 1 : !strcmp(s, "false") ? 0 : -1;
}

int scope_lookup_container(const struct scope_place *p, const char *s, struct scope_rule *r)
{
    int yes = read_bool(s);
    if (yes >= 0) {
        r->number = (uint64_t)(yes == (r->op == SCOPE_EQ));
        r->op = SCOPE_EQ; /* not true is false */
        return 0;
    }
    bool is_new = !strcmp(s, "new");
    if (is_new || !strcmp(s, "started")) {
        if (r->op != SCOPE_EQ)
            return fail(p, "`%s` is written container=%s only", s, s);
        r->number = is_new ? SCOPE_CONTAINER_NEW : SCOPE_CONTAINER_STARTED;
        return 0;
    }
    s += *s == '/';
    size_t n = strlen(s), slash = strcspn(s, "/");
    if (!n || n > CONTAINER_TEXT_MAX)
        return fail(p, "a container's id has 1 to %d bytes: `%s` has %zu", CONTAINER_TEXT_MAX, s,
                    n);
    if (s[slash] && (!slash || !s[slash + 1] || strchr(s + slash + 1, '/')))
        return fail(p, "`%s` is neither a container's id nor containerd's NAMESPACE/NAME", s);
    memcpy(r->text, s, n + 1);
    return 0;
}

int scope_lookup_flag(const struct scope_place *p, const char *s, struct scope_rule *r)
{
    int yes = read_bool(s);
    if (yes < 0)
        return fail(p, "`%s` is neither true nor false", s);
    r->number = (uint64_t)(yes == (r->op == SCOPE_EQ));
    r->op = SCOPE_EQ;
    return 0;
}
