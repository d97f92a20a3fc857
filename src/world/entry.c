/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a session began: the process that something which begins sessions started, and what that was.
 * Told, in this order, by what the kernel says (a container's cgroup, the terminal of a session's
 * leader), by the programs that ancestors run, where these lie where programs of the system do,
 * and, of ancestors whose program is not known, by their names, which anybody can choose.
 */
#include <ctype.h>
#include <string.h>

#include "world/world_impl.h"

/*
 * What begins sessions, by name. Longer names are cut to 15 bytes by the kernel: of programs, these
 * are beginnings.
 */
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

#define CUT_NAME (ABI_COMM_LEN - 1)

static enum entry_kind kind_of(const char *name)
{
    for (unsigned i = 0; i < sizeof(beginners) / sizeof(*beginners); i++) {
        size_t n = strlen(beginners[i].name);
        if (!strncmp(name, beginners[i].name, n) && (!name[n] || n == CUT_NAME))
            return beginners[i].kind;
    }
    return ENTRY_UNKNOWN;
}

/* Where only who rules the machine puts programs. */
static bool is_of_system(const char *path)
{
    static const char *const folders[] = {"/usr/", "/bin/",       "/sbin/",      "/lib/",
                                          "/opt/", "/nix/store/", "/gnu/store/", "/snap/"};
    for (unsigned i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        if (!strncmp(path, folders[i], strlen(folders[i])))
            return true;
    return false;
}

/* By the program. Since the file was replaced it may be deleted, by an update as well. */
static enum entry_kind kind_of_program(char *path)
{
    char *name = strrchr(path, '/'), *deleted = strstr(path, " (deleted)");
    if (deleted)
        *deleted = '\0';
    return name && is_of_system(path) ? kind_of(name + 1) : ENTRY_UNKNOWN;
}

/* Whether what runs as v begins sessions, and of which kind. */
static enum entry_kind begins(const struct world *w, const struct version *v)
{
    char path[ENTRY_PATH_MAX], name[ABI_COMM_LEN + 1] = "";
    const struct image *i = v ? image_at(w, v->image) : NULL;
    if (!v)
        return ENTRY_UNKNOWN;
    if (i && image_text(w, i, IMAGE_PATH, path, sizeof(path)))
        return kind_of_program(path);
    memcpy(name, v->comm, ABI_COMM_LEN);
    return kind_of(name);
}

/* A screen with a keyboard or a serial line: tty1, ttyS0, ttyAMA0, hvc0. */
static bool is_console(const char *tty)
{
    if (!strncmp(tty, "tty", 3))
        return isdigit((unsigned char)tty[3]) || !strncmp(tty + 3, "S", 1) ||
               !strncmp(tty + 3, "AMA", 3);
    return !strncmp(tty, "hvc", 3);
}

/* Whether it leads a session at the machine's own terminals. */
static bool leads_console(const struct world *w, const struct task *t, const struct version *v)
{
    char tty[ENTRY_TTY_MAX];
    const struct image *i = image_at(w, v->image);
    return v->session == t->pid && !v->left_tty && i &&
           image_text(w, i, IMAGE_TTY, tty, sizeof(tty)) && is_console(tty);
}

/* Whether a container begins with it: its parent is in none. */
static bool enters_container(const struct world *w, const struct version *v,
                             const struct version *above)
{
    return w->containers && containers_has(w->containers, v->cgroup) &&
           (!above || !containers_has(w->containers, above->cgroup));
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
static enum entry_kind entry_of(const struct world *w, const struct task *t,
                                const struct version *v, const struct task *parent,
                                const struct version *above)
{
    enum entry_kind own = begins(w, v), kind = begins(w, above);
    if (t->pid == 1)
        return ENTRY_INIT;
    if (t->pid == KTHREADD || v->ppid == KTHREADD)
        return ENTRY_KERNEL;
    if (enters_container(w, v, above))
        return ENTRY_CONTAINER;
    if (own != ENTRY_CONSOLE && leads_console(w, t, v))
        return ENTRY_CONSOLE;
    /* What begins sessions forks before it runs something else: those are still it. */
    if (kind != ENTRY_UNKNOWN && kind != own)
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
        enum entry_kind kind = entry_of(w, of, v, parent, above);
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
