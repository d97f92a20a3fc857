/* SPDX-License-Identifier: Apache-2.0 */
#include "event/cgroup_path.h"

#include <string.h>

#define ID_DIGITS CONTAINER_ID_DIGITS

const char *const runtime_names[RUNTIME_COUNT] = {
#define X(name) #name,
    RUNTIMES(X)
#undef X
};

/* A piece of the path. */
struct piece {
    const char *s;
    size_t len;
};

int runtime_find(const char *name, size_t len)
{
    for (int i = 0; i < RUNTIME_COUNT; i++)
        if (strlen(runtime_names[i]) == len && !memcmp(runtime_names[i], name, len))
            return i;
    return -1;
}

static bool is_text(struct piece p, const char *text)
{
    return p.len == strlen(text) && !memcmp(p.s, text, p.len);
}

static bool begins(struct piece p, const char *text)
{
    return p.len >= strlen(text) && !memcmp(p.s, text, strlen(text));
}

static bool ends(struct piece p, const char *text)
{
    size_t n = strlen(text);
    return p.len >= n && !memcmp(p.s + p.len - n, text, n);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static size_t hex_run(struct piece p, size_t from)
{
    size_t n = from;
    while (n < p.len && is_hex(p.s[n]))
        n++;
    return n - from;
}

/*
 * How runtimes write an id into the name of a cgroup: what stands before it and behind. `any`: the
 * text before ends so, as in the names that containerd makes of systemd's slices.
 */
static const struct {
    const char *before, *behind;
    enum runtime runtime;
    bool any;
} forms[] = {
    {"docker-", ".scope", RUNTIME_docker, false},
    {"cri-containerd-", ".scope", RUNTIME_containerd, false},
    {"nerdctl-", ".scope", RUNTIME_containerd, false},
    {":cri-containerd:", "", RUNTIME_containerd, true},
    {":docker:", "", RUNTIME_docker, true},
    {"crio-", ".scope", RUNTIME_crio, false},
    {"crio-", "", RUNTIME_crio, false},
    {":crio:", "", RUNTIME_crio, true},
    {"libpod-", ".scope", RUNTIME_podman, false},
    {"libpod-", "", RUNTIME_podman, false},
};

/* An id that is the whole name: what the cgroup above is called. */
static const struct {
    const char *above;
    enum runtime runtime;
} parents[] = {
    {"docker", RUNTIME_docker},
    {"libpod", RUNTIME_podman},
    {"moby", RUNTIME_docker},
};

static enum runtime whose(struct piece above, struct piece name, size_t at)
{
    struct piece before = {name.s, at};
    struct piece behind = {name.s + at + ID_DIGITS, name.len - at - ID_DIGITS};
    for (unsigned i = 0; i < sizeof(forms) / sizeof(*forms); i++)
        if (is_text(behind, forms[i].behind) &&
            (forms[i].any ? ends(before, forms[i].before) : is_text(before, forms[i].before)))
            return forms[i].runtime;
    for (unsigned i = 0; i < sizeof(parents) / sizeof(*parents); i++)
        if (name.len == ID_DIGITS && is_text(above, parents[i].above))
            return parents[i].runtime;
    return RUNTIME_unknown;
}

/* podman's pods have ids like containers, and cgroups around those of their containers. */
static bool is_pod_of_podman(struct piece above, struct piece name, size_t at)
{
    struct piece before = {name.s, at};
    return ends(before, "libpod_pod_") ||
           (name.len == ID_DIGITS && is_text(above, "libpod_parent"));
}

/* The last run of exactly 64 digits, as the kernel programs count: no more, no fewer. */
static bool find_digits(struct piece name, size_t *at)
{
    bool found = false;
    for (size_t i = 0; i < name.len;) {
        size_t run = hex_run(name, i);
        if (run == ID_DIGITS) {
            found = true;
            *at = i;
        }
        i += run + 1;
    }
    return found;
}

static void set_id(struct cgroup_identity *out, enum runtime runtime, struct piece id)
{
    memcpy(out->id, id.s, id.len);
    out->id[id.len] = '\0';
    out->runtime = runtime;
}

/* 8-4-4-4-12 digits: garden's ids and the uids of pods, which systemd's names have _ in. */
static bool is_guid(struct piece p, char dash)
{
    if (p.len != 36)
        return false;
    for (size_t i = 0; i < p.len; i++) {
        bool separates = i == 8 || i == 13 || i == 18 || i == 23;
        if (separates ? p.s[i] != dash : !is_hex(p.s[i]))
            return false;
    }
    return true;
}

/* Containers that have no 64 digits: their names are their ids. */
static bool plain_id(struct piece above, struct piece name, struct cgroup_identity *out)
{
    static const char payload[] = "lxc.payload.";
    struct piece rest = name;
    if (is_text(above, "garden") && is_guid(name, '-')) {
        set_id(out, RUNTIME_garden, name);
        return true;
    }
    if (begins(name, payload)) {
        rest.s += sizeof(payload) - 1;
        rest.len -= sizeof(payload) - 1;
    } else if (!is_text(above, "lxc") && !is_text(above, "lxc.payload")) {
        return false;
    }
    if (!rest.len || rest.len >= CONTAINER_ID_TEXT || memchr(rest.s, '\0', rest.len))
        return false;
    set_id(out, RUNTIME_lxc, rest);
    return true;
}

/* pod<uid>, kubepods-burstable-pod<uid>.slice: the uid with dashes; a static pod's has none. */
static bool pod_uid(struct piece name, char *out)
{
    static const char slice[] = ".slice";
    struct piece uid;
    for (size_t i = 0; i + 3 < name.len; i++) {
        if (memcmp(name.s + i, "pod", 3) || (i && name.s[i - 1] != '-'))
            continue;
        uid = (struct piece){name.s + i + 3, name.len - i - 3};
        const char *end = memmem(uid.s, uid.len, slice, sizeof(slice) - 1);
        uid.len = end ? (size_t)(end - uid.s) : uid.len;
        if (!is_guid(uid, '-') && !is_guid(uid, '_') && !(uid.len == 32 && hex_run(uid, 0) == 32))
            continue;
        for (size_t k = 0; k < uid.len; k++)
            out[k] = (char)(uid.s[k] == '_' ? '-' : uid.s[k]);
        out[uid.len] = '\0';
        return true;
    }
    return false;
}

/* One name of the path. What is found replaces what was found above it: the innermost counts. */
static void look(struct piece above, struct piece name, const char *pod, bool *found,
                 struct cgroup_identity *out)
{
    struct cgroup_identity is = {0};
    size_t at = 0;
    if (find_digits(name, &at)) {
        struct piece before = {name.s, at};
        bool monitor = ends(before, "conmon-");
        *found = !monitor && !is_pod_of_podman(above, name, at);
        set_id(&is, whose(above, name, at), (struct piece){name.s + at, ID_DIGITS});
        is.of_rule = true;
    } else if (!plain_id(above, name, &is)) {
        out->inside = *found;
        return;
    } else {
        *found = true;
    }
    memcpy(is.pod_uid, pod, sizeof(is.pod_uid));
    *out = is;
}

bool cgroup_identify(const char *path, size_t len, struct cgroup_identity *out)
{
    struct piece above = {"", 0};
    char pod[POD_UID_TEXT] = "";
    bool found = false, kubepods = false;
    *out = (struct cgroup_identity){0};
    for (size_t i = 0; i < len;) {
        const char *slash = memchr(path + i, '/', len - i);
        struct piece name = {path + i, slash ? (size_t)(slash - path) - i : len - i};
        i += name.len + 1;
        if (!name.len)
            continue;
        kubepods = kubepods || memmem(name.s, name.len, "kubepods", 8);
        if (kubepods)
            pod_uid(name, pod);
        look(above, name, pod, &found, out);
        above = name;
    }
    return found;
}
