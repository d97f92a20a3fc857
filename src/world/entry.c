/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a session began: the process that something which begins sessions started, and what that was.
 * Told by the names of ancestors, so it is a hint and no proof.
 */
#include <string.h>

#include "world/world_impl.h"

/* What begins sessions, by name. Longer names are cut to 15 bytes by the kernel. */
static const struct {
    const char *name;
    enum entry_kind kind;
} beginners[] = {
    {"sshd", ENTRY_SSH},
    {"sshd-session", ENTRY_SSH},
    {"sshd-auth", ENTRY_SSH},
    {"dropbear", ENTRY_SSH},
    {"login", ENTRY_CONSOLE},
    {"agetty", ENTRY_CONSOLE},
    {"getty", ENTRY_CONSOLE},
    {"gdm-session-wor", ENTRY_CONSOLE},
    {"sddm-helper", ENTRY_CONSOLE},
    {"lightdm", ENTRY_CONSOLE},
    {"cron", ENTRY_CRON},
    {"crond", ENTRY_CRON},
    {"atd", ENTRY_CRON},
    {"anacron", ENTRY_CRON},
    {"containerd-shim", ENTRY_CONTAINER},
    {"conmon", ENTRY_CONTAINER},
    {"runc", ENTRY_CONTAINER},
    {"runc:[2:INIT]", ENTRY_CONTAINER},
    {"crun", ENTRY_CONTAINER},
    {"lxc-start", ENTRY_CONTAINER},
    {"gdn", ENTRY_CONTAINER},
    {"systemd", ENTRY_SERVICE},
};

static enum entry_kind begins(const struct version *v)
{
    for (unsigned i = 0; v && i < sizeof(beginners) / sizeof(*beginners); i++)
        if (v->comm[0] == beginners[i].name[0] &&
            !strncmp(v->comm, beginners[i].name, ABI_COMM_LEN))
            return beginners[i].kind;
    return ENTRY_UNKNOWN;
}

#define KTHREADD 2 /* pid of what all of the kernel's own threads descend from */

static void set_entry(struct task *t, enum entry_kind kind, const struct task *of,
                      const struct version *v)
{
    t->entry = (uint8_t)kind;
    t->entry_pid = of->pid;
    t->entry_start = of->start;
    memcpy(t->entry_name, v->comm, sizeof(t->entry_name));
}

/* Whether the session of what runs as v begins with it, its parent running as above. */
static enum entry_kind entry_of(const struct task *t, const struct version *v,
                                const struct task *parent, const struct version *above)
{
    enum entry_kind kind = begins(above);
    if (t->pid == 1)
        return ENTRY_INIT;
    if (t->pid == KTHREADD || v->ppid == KTHREADD)
        return ENTRY_KERNEL;
    /* What begins sessions forks before it runs something else: those are still it. */
    if (kind != ENTRY_UNKNOWN && kind != begins(v))
        return kind;
    return parent && parent->pid == 1 ? ENTRY_SERVICE : ENTRY_UNKNOWN;
}

void entry_find(struct world *w, struct task *t, uint64_t at)
{
    const struct task *of = t;
    const struct version *v = task_version(w, t, at);
    if (t->entry_known)
        return;
    t->entry_known = true;
    t->entry_pid = 0;
    for (int i = 0; v && i < WORLD_ANCESTORS; i++) {
        const struct task *parent = version_parent(w, v, at);
        const struct version *above = parent ? task_version(w, parent, at) : NULL;
        enum entry_kind kind = entry_of(of, v, parent, above);
        if (kind != ENTRY_UNKNOWN) {
            set_entry(t, kind, of, v);
            return;
        }
        if (!above)
            return;
        of = parent;
        v = above;
    }
}
