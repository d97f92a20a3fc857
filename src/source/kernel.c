/* SPDX-License-Identifier: Apache-2.0 */
#include "source/kernel.h"

#include <bpf/btf.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "event/catalog.h"
#include "source/kinds.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"
#define KALLSYMS   "/proc/kallsyms"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char btf_path[PATH_MAX];
static struct btf *btf;
static struct btf *layout_btf; /* of the file, where one was given */
static struct symbols symbols;
static bool has_names, has_types, has_places;
static int places_error;

/* What is no BTF, or not all of it, is said by name before anything is started. */
static int check_btf(struct error *err)
{
    struct btf *whole = btf__parse(btf_path, NULL);
    int rc = whole ? 0 : errno ? -errno : -EINVAL;
    if (rc)
        error_set(err, rc, "%.200s has no types of a kernel (BTF), or not all of them: %s",
                  btf_path, strerror(-rc));
    btf__free(whole);
    return rc;
}

int kernel_use_btf(const char *path, struct error *err)
{
    static const struct {
        const char *before, *after;
    } names[] = {{"", ".btf"}, {"vmlinux-", ""}};
    struct stat st;
    struct utsname u;
    uname(&u);
    if (stat(path, &st))
        return error_set(err, -errno, "no types in %.200s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode)) {
        snprintf(btf_path, sizeof(btf_path), "%s", path);
        return check_btf(err);
    }
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(btf_path, sizeof(btf_path), "%s/%s%s%s", path, names[i].before, u.release,
                 names[i].after);
        if (!access(btf_path, R_OK))
            return check_btf(err);
    }
    *btf_path = '\0';
    return error_set(err, -ENOENT, "%.200s has neither %s.btf nor vmlinux-%s", path, u.release,
                     u.release);
}

const char *kernel_btf_path(void)
{
    return *btf_path ? btf_path : NULL;
}

/*
 * The numbers of types that the kernel is given must be its own: a file of the user's comes second,
 * where the kernel's is not to be had.
 */
static const struct btf *load_btf(void)
{
    if (btf)
        return btf;
    btf = btf__parse(KERNEL_BTF, NULL);
    if (!btf && *btf_path)
        btf = btf__parse(btf_path, NULL);
    return btf;
}

const struct btf *kernel_btf(void)
{
    pthread_mutex_lock(&lock);
    const struct btf *found = load_btf();
    pthread_mutex_unlock(&lock);
    return found;
}

const struct btf *kernel_layout_btf(void)
{
    if (!*btf_path)
        return kernel_btf();
    pthread_mutex_lock(&lock);
    if (!layout_btf)
        layout_btf = btf__parse(btf_path, NULL);
    pthread_mutex_unlock(&lock);
    return layout_btf;
}

/* All names of the hooks of the catalog, and those that kinds of hooks are tried with. */
static void take_names(void)
{
    const char *texts[HOOK_COUNT + KIND_TARGETS];
    unsigned n = 0;
    if (has_names)
        return;
    has_names = true;
    for (int h = 0; h < HOOK_COUNT; h++)
        if (!hook_follows((enum hook)h))
            texts[n++] = hook_defs[h].target;
    for (int i = 0; i < KIND_TARGETS; i++)
        texts[n++] = kind_targets[i];
    if (symbols_init(&symbols, texts, n))
        symbols_free(&symbols); /* out of memory: no hook can be had */
}

static void take_types(void)
{
    if (has_types)
        return;
    has_types = true;
    take_names();
    if (load_btf())
        symbols_read_btf(&symbols, btf);
}

const struct symbol *kernel_symbol(const char *name, size_t len)
{
    pthread_mutex_lock(&lock);
    take_types();
    const struct symbol *found = symbols_find(&symbols, name, len);
    pthread_mutex_unlock(&lock);
    return found;
}

static void take_places(void)
{
    if (has_places)
        return;
    has_places = true;
    take_types();
    FILE *f = fopen(KALLSYMS, "re");
    places_error = f ? symbols_read_kallsyms(&symbols, f) : -errno;
    if (f)
        fclose(f);
}

const struct symbol *kernel_symbol_places(const char *name, size_t len, int *err)
{
    pthread_mutex_lock(&lock);
    take_places();
    const struct symbol *found = symbols_find(&symbols, name, len);
    *err = places_error;
    pthread_mutex_unlock(&lock);
    return found;
}

void kernel_release(void)
{
    pthread_mutex_lock(&lock);
    btf__free(btf);
    btf__free(layout_btf);
    btf = layout_btf = NULL;
    pthread_mutex_unlock(&lock);
}
