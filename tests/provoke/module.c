/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a module of the running kernel and removes it: only on a test machine (RATEL_VM=1), since
 * nobody else's machine is to get modules from a case.
 *   module load NAME PARAMETERS [SYMBOL…]   says what it is, where it came from, where symbols are
 *   module fail NAME PARAMETERS             the same of one that does not start
 */
#include "provoke.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>

#define COMPRESSED 4 /* MODULE_INIT_COMPRESSED_FILE */

static char file[PATH_MAX];

/* The line of modules.dep that is NAME's: its path below the folder of modules. */
static void find(const char *name)
{
    char folder[PATH_MAX - 300], line[4096], path[PATH_MAX];
    struct utsname u;
    FILE *f;

    check(uname(&u) == 0);
    snprintf(folder, sizeof(folder), "/lib/modules/%s", u.release);
    snprintf(line, sizeof(line), "%s/modules.dep", folder);
    f = fopen(line, "r");
    if (!f)
        skip("no modules of this kernel");
    while (fgets(line, sizeof(line), f)) {
        char *end = strchr(line, ':'), *base;

        if (!end)
            continue;
        *end = '\0';
        base = strrchr(line, '/');
        base = base ? base + 1 : line;
        if (strncmp(base, name, strlen(name)) == 0 && strncmp(base + strlen(name), ".ko", 3) == 0) {
            snprintf(path, sizeof(path), "%s/%.250s", folder, line);
            check(realpath(path, file));
            fclose(f);
            return;
        }
    }
    skip("this kernel has no such module");
}

static void say_file(void)
{
    struct stat st;
    char time[32];

    check(stat(file, &st) == 0);
    check(strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", gmtime(&st.st_ctim.tv_sec)));
    say("FILE", "%s", file);
    say("INODE", "%lu", (unsigned long)st.st_ino);
    say("DEV", "%u:%u", (unsigned)(st.st_dev >> 8 & 0xfff), (unsigned)(st.st_dev & 0xff));
    say("SIZE", "%lld", (long long)st.st_size);
    say("CTIME", "%s.%09ldZ", time, st.st_ctim.tv_nsec);
}

/* A file of the module's in sysfs; null where it states no such thing. */
static void say_stated(const char *key, const char *name, const char *what)
{
    char path[PATH_MAX], text[256] = "null";
    FILE *f;

    snprintf(path, sizeof(path), "/sys/module/%s/%s", name, what);
    f = fopen(path, "r");
    if (f) {
        check(fgets(text, sizeof(text), f));
        text[strcspn(text, "\n")] = '\0';
        fclose(f);
    }
    say(key, "%s", text);
}

static void say_symbol(const char *symbol)
{
    unsigned long at = kernel_symbol(symbol);

    check(at);
    say(symbol, "0x%lx", at);
}

static int load(const char *parameters)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC), result;
    int flags = strcmp(file + strlen(file) - 3, ".ko") ? COMPRESSED : 0;

    check(fd >= 0);
    result = (int)syscall(SYS_finit_module, fd, parameters, flags);
    if (result)
        result = -errno;
    close(fd);
    return result;
}

static void begin(int argc, char **argv)
{
    check(argc >= 2);
    if (!getenv("RATEL_VM"))
        skip("only a test machine gets modules");
    find(argv[0]);
    say_file();
    say("PID", "%d", getpid());
}

static void mode_load(int argc, char **argv)
{
    char name[64];

    begin(argc, argv);
    snprintf(name, sizeof(name), "%s", argv[0]);
    for (char *c = name; *c; c++)
        if (*c == '-')
            *c = '_';
    check(load(argv[1]) == 0);
    say_stated("VERSION", name, "version");
    say_stated("SRCVERSION", name, "srcversion");
    for (int i = 2; i < argc; i++)
        say_symbol(argv[i]);
    check(syscall(SYS_delete_module, name, O_NONBLOCK) == 0);
}

static void mode_fail(int argc, char **argv)
{
    int result;

    begin(argc, argv);
    result = load(argv[1]);
    check(result < 0);
    say("ERROR", "%d", result);
}

int main(int argc, char **argv)
{
    static const struct mode modes[] = {{"load", mode_load}, {"fail", mode_fail}, {NULL, NULL}};

    return run_mode(modes, argc, argv);
}
