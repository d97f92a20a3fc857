/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way to run another program, and ways that fail. What is run is this program again
 * ("done"), which exits with 42; each mode works in the directory given, or in a new one.
 */
#include "provoke.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char self[4096];  /* path of this program */
static char place[4096]; /* where to work */

typedef const char *const *strings;

static const char *const no_env[] = {NULL};

static int run(const char *path, strings argv, strings envp)
{
    return (int)syscall(SYS_execve, path, argv, envp);
}

/* Execs in a child and checks how that ended. */
static pid_t child_exec(const char *path, strings argv, strings envp, int code)
{
    pid_t pid = fork();

    if (pid == 0) {
        run(path, argv, envp);
        _exit(100 + errno % 100);
    }
    reap(pid, code);
    return pid;
}

static void copy_to(const char *path)
{
    static char block[65536];
    int in = open(self, O_RDONLY | O_CLOEXEC),
        out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    ssize_t n;

    check(in >= 0 && out >= 0);
    while ((n = read(in, block, sizeof(block))) > 0)
        check(write(out, block, (size_t)n) == n);
    check(n == 0);
    close(in);
    close(out);
}

static void say_file(const char *path)
{
    struct stat st;

    check(stat(path, &st) == 0);
    say("INODE", "%lu", (unsigned long)st.st_ino);
    say("CTIME", "%lu",
        (unsigned long)st.st_ctim.tv_sec * 1000000000 + (unsigned long)st.st_ctim.tv_nsec);
    say("MODE", "%o", st.st_mode & 07777);
}

static void mode_plain(int argc, char **argv)
{
    const char *args[] = {"plain name", "done", "two words", "", NULL};
    const char *env[] = {"A=1", "EMPTY=", NULL};

    (void)argc;
    (void)argv;
    say_file(self);
    say("CHILD", "%d", child_exec(self, args, env, 42));
}

static void mode_script(int argc, char **argv)
{
    const char *args[] = {"ignored", "an argument", NULL};
    int fd;

    (void)argc;
    (void)argv;
    check(chdir(place) == 0);
    fd = open("script", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    check(fd >= 0 && dprintf(fd, "#!/bin/sh -e\nexit 42\n") > 0 && close(fd) == 0);
    say("SCRIPT", "%s/script", place);
    say_file("script");
    say("CHILD", "%d", child_exec("./script", args, no_env, 42));
}

static void mode_memfd(int argc, char **argv)
{
    const char *args[] = {"from memory", "done", NULL};
    int fd = (int)syscall(SYS_memfd_create, "ratel payload", 1U), in = open(self, O_RDONLY);
    struct stat st;
    pid_t pid;

    (void)argc;
    (void)argv;
    check(fd >= 0 && in >= 0 && fstat(in, &st) == 0);
    for (off_t at = 0; at < st.st_size;)
        check(syscall(SYS_sendfile, fd, in, &at, st.st_size) > 0);
    say("FD", "%d", fd);
    pid = fork();
    if (pid == 0) {
        syscall(SYS_execveat, fd, "", args, no_env, AT_EMPTY_PATH);
        _exit(1);
    }
    reap(pid, 42);
    say("CHILD", "%d", pid);
}

/* A program in a file that never had a name: made, opened again to read, run by descriptor. */
static void mode_tmpfile(int argc, char **argv)
{
    const char *args[] = {"from nowhere", "done", NULL};
    char path[64];
    int fd = open(place, O_TMPFILE | O_RDWR, 0700), in = open(self, O_RDONLY), readable;
    struct stat st;
    pid_t pid;

    (void)argc;
    (void)argv;
    check(fd >= 0 && in >= 0 && fstat(in, &st) == 0);
    for (off_t at = 0; at < st.st_size;)
        check(syscall(SYS_sendfile, fd, in, &at, st.st_size) > 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    readable = open(path, O_RDONLY);
    check(readable >= 0 && fstat(fd, &st) == 0 && close(fd) == 0);
    say("INODE", "%lu", (unsigned long)st.st_ino);
    pid = fork();
    if (pid == 0) {
        syscall(SYS_execveat, readable, "", args, no_env, AT_EMPTY_PATH);
        _exit(1);
    }
    reap(pid, 42);
    say("CHILD", "%d", pid);
}

/* A script in memory: its interpreter, a file like any other, is what runs. */
static void mode_memfd_script(int argc, char **argv)
{
    const char *args[] = {"script", NULL};
    char path[64];
    int fd = (int)syscall(SYS_memfd_create, "ratel script", 0U);

    (void)argc;
    (void)argv;
    check(fd >= 0 && dprintf(fd, "#!/bin/sh\nexit 42\n") > 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    say("SCRIPT", "%s", path);
    say("CHILD", "%d", child_exec(path, args, no_env, 42));
}

static void mode_execveat(int argc, char **argv)
{
    const char *args[] = {"at", "done", NULL};
    char *slash = strrchr(self, '/');
    int fd;
    pid_t pid;

    (void)argc;
    (void)argv;
    *slash = '\0';
    fd = open(self, O_RDONLY | O_DIRECTORY);
    check(fd >= 0);
    say("FD", "%d", fd);
    say("NAME", "%s", slash + 1);
    pid = fork();
    if (pid == 0) {
        syscall(SYS_execveat, fd, slash + 1, args, no_env, 0);
        _exit(1);
    }
    reap(pid, 42);
    say("CHILD", "%d", pid);
}

static void *exec_here(void *arg)
{
    const char *args[] = {"from a thread", "done", NULL};

    run(arg, args, no_env);
    _exit(1);
}

/* The thread that calls execve becomes the leader: its tid changes. */
static void mode_thread(int argc, char **argv)
{
    pid_t pid = fork();

    (void)argc;
    (void)argv;
    if (pid == 0) {
        pthread_t thread;

        check(pthread_create(&thread, NULL, exec_here, self) == 0);
        for (;;)
            pause();
    }
    reap(pid, 42);
    say("CHILD", "%d", pid);
}

static void fail(const char *path, strings argv, int expected)
{
    check(run(path, argv, no_env) == -1 && errno == expected);
}

/* Failing ones: ENOENT, EACCES, ENOEXEC, ENOTDIR, ELOOP, EFAULT, E2BIG, a missing interpreter. */
static void mode_fail(int argc, char **argv)
{
    static char long_word[200000];
    const char *args[] = {"failing", "argument", NULL};
    const char *fat[] = {"failing", long_word, NULL};
    int fd;

    (void)argc;
    (void)argv;
    check(chdir(place) == 0);
    fail("/nosuch/program", args, ENOENT);
    fd = open("plain", O_WRONLY | O_CREAT | O_EXCL, 0644);
    check(fd >= 0 && write(fd, "text\n", 5) == 5 && close(fd) == 0);
    fail("./plain", args, EACCES);
    check(chmod("plain", 0755) == 0);
    say_file("plain");
    fail("./plain", args, ENOEXEC);
    fail("./plain/below", args, ENOTDIR);
    check(symlink("loop", "loop") == 0);
    fail("./loop", args, ELOOP);
    fd = open("orphan", O_WRONLY | O_CREAT | O_EXCL, 0755);
    check(fd >= 0 && dprintf(fd, "#!/nosuch/interpreter\n") > 0 && close(fd) == 0);
    fail("./orphan", args, ENOENT);
    fail((const char *)8, args, EFAULT);
    fail(self, (strings)8, EFAULT);
    memset(long_word, 'x', sizeof(long_word) - 1);
    fail(self, fat, E2BIG);
    say("PID", "%d", getpid());
}

/* A path of about 3,500 bytes. */
static void mode_deep(int argc, char **argv)
{
    static char name[221], path[8192];
    const char *args[] = {"deep", "done", NULL};

    (void)argc;
    (void)argv;
    memset(name, 'd', sizeof(name) - 1);
    check(chdir(place) == 0);
    snprintf(path, sizeof(path), "%s", place);
    for (int i = 0; i < 15; i++) {
        check(mkdir(name, 0755) == 0 && chdir(name) == 0);
        strncat(path, "/", sizeof(path) - strlen(path) - 1);
        strncat(path, name, sizeof(path) - strlen(path) - 1);
    }
    strncat(path, "/program", sizeof(path) - strlen(path) - 1);
    copy_to("program");
    say("PATH", "%s", path);
    say("CHILD", "%d", child_exec(path, args, no_env, 42));
}

/* A program that is deleted while it runs, and runs itself again through /proc. */
static void mode_deleted(int argc, char **argv)
{
    const char *args[] = {"deleted", "again", NULL};

    (void)argc;
    (void)argv;
    check(chdir(place) == 0);
    copy_to("gone");
    say("GONE", "%s/gone", place);
    say("CHILD", "%d", child_exec("./gone", args, no_env, 42));
}

static void mode_again(int argc, char **argv)
{
    const char *args[] = {"unlinked", "done", NULL};

    (void)argc;
    (void)argv;
    check(unlink("gone") == 0);
    run("/proc/self/exe", args, no_env);
    exit(1);
}

/* A static copy inside a chroot. */
static void mode_chroot(int argc, char **argv)
{
    const char *args[] = {"rooted", "done", NULL};
    pid_t pid;

    (void)argc;
    (void)argv;
    check(chdir(place) == 0 && mkdir("root", 0755) == 0 && mkdir("root/bin", 0755) == 0);
    copy_to("root/bin/program");
    say("OUTSIDE", "%s/root/bin/program", place);
    pid = fork();
    if (pid == 0) {
        check(chroot("root") == 0 && chdir("/") == 0);
        run("/bin/program", args, no_env);
        _exit(1);
    }
    reap(pid, 42);
    say("CHILD", "%d", pid);
}

/* A program on a mount that only its own namespace has. */
static void mode_mntns(int argc, char **argv)
{
    const char *args[] = {"mounted", "done", NULL};
    struct stat st;
    pid_t pid;

    (void)argc;
    (void)argv;
    check(chdir(place) == 0 && mkdir("mnt", 0755) == 0);
    check(unshare(CLONE_NEWNS) == 0);
    check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    check(mount("ratel-case", "mnt", "tmpfs", 0, "size=16m") == 0);
    check(mkdir("mnt/inside", 0755) == 0);
    copy_to("mnt/inside/program");
    check(stat("/proc/self/ns/mnt", &st) == 0);
    say("MNTNS", "%lu", (unsigned long)st.st_ino);
    say("PATH", "%s/mnt/inside/program", place);
    pid = fork();
    if (pid == 0) {
        run("mnt/inside/program", args, no_env);
        _exit(1);
    }
    reap(pid, 42);
    say("CHILD", "%d", pid);
    check(umount2("mnt", MNT_DETACH) == 0);
}

/* Execs the program named, which exits with code. */
static void mode_run(int argc, char **argv)
{
    check(argc >= 2);
    say("CHILD", "%d",
        child_exec(argv[1], (strings)(argv + 1), no_env, (int)strtol(argv[0], NULL, 10)));
}

/* 1,000 arguments of 100 bytes and an environment of 1,000 variables: over 64 KiB each. */
static void mode_long(int argc, char **argv)
{
    static char args[1000][101], envs[1000][101];
    static const char *argp[1001], *envp[1001];

    (void)argc;
    (void)argv;
    for (int i = 0; i < 1000; i++) {
        memset(args[i], 'a', 100);
        snprintf(args[i], 8, "arg%04d", i);
        args[i][7] = '=';
        memset(envs[i], 'e', 100);
        snprintf(envs[i], 8, "ENV%04d", i);
        envs[i][7] = '=';
        argp[i] = args[i];
        envp[i] = envs[i];
    }
    argp[1] = "done";
    say("CHILD", "%d", child_exec(self, argp, envp, 42));
}

/* One argument of 4,095 bytes, one of 5,000, and one of 100,000. */
static void mode_wide(int argc, char **argv)
{
    static char a[4096], b[5001], c[100001];
    const char *args[] = {"wide", "done", a, b, c, "last", NULL};

    (void)argc;
    (void)argv;
    memset(a, 'a', sizeof(a) - 1);
    memset(b, 'b', sizeof(b) - 1);
    memset(c, 'c', sizeof(c) - 1);
    say("CHILD", "%d", child_exec(self, args, no_env, 42));
}

/* Bytes that mean something to a terminal or are no UTF-8, in argv, env, path and comm. */
static void mode_hostile(int argc, char **argv)
{
    const char *args[] = {"\033[31mred\033[0m", "done",
                          "\033]0;title\007",   "line\nbreak\r\ttab",
                          "\377\376\200",       "\303( \342\202 \360\237\230",
                          "quote\"back\\slash", "\355\240\200",
                          "\342\200\256rtl",    "\360\237\246\241",
                          "\177\001\302\233",   NULL};
    const char *env[] = {"\033[2J=1", "NO_EQUALS", "=", "\xff=\xff", NULL};

    (void)argc;
    (void)argv;
    check(chdir(place) == 0);
    copy_to("\033[1m\n\377bin");
    say("CHILD", "%d", child_exec("./\033[1m\n\377bin", args, env, 42));
}

static void *scribble(void *arg)
{
    volatile char *text = arg;

    for (unsigned i = 0;; i++) {
        text[i % 64] = (char)('A' + i % 26);
        text[64] = i & 1 ? '\0' : 'Z';
    }
    return NULL;
}

/* The argument changes while the calls run: 200 that fail, and one that does not. */
static void mode_race(int argc, char **argv)
{
    static char text[128];
    const char *args[] = {"race", "done", text, NULL};
    pid_t pid = fork();

    (void)argc;
    (void)argv;
    if (pid == 0) {
        pthread_t thread;

        memset(text, 'a', 100);
        check(pthread_create(&thread, NULL, scribble, text) == 0);
        for (int i = 0; i < 200; i++) {
            run("/nosuch", args, no_env);
            syscall(SYS_openat, AT_FDCWD, text, O_RDONLY, 0);
        }
        run(self, args, no_env);
        _exit(1);
    }
    reap(pid, 42);
    say("CHILD", "%d", pid);
}

static void mode_no_argv(int argc, char **argv)
{
    pid_t pid = fork();

    (void)argc;
    (void)argv;
    if (pid == 0) {
        run(self, NULL, NULL); /* main is called without an argument and exits with 43 */
        _exit(1);
    }
    reap(pid, 43);
    say("CHILD", "%d", pid);
}

static void mode_done(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    _exit(42);
}

static const struct mode modes[] = {
    {"done", mode_done},
    {"plain", mode_plain},
    {"script", mode_script},
    {"memfd", mode_memfd},
    {"memfd_script", mode_memfd_script},
    {"tmpfile", mode_tmpfile},
    {"execveat", mode_execveat},
    {"thread", mode_thread},
    {"fail", mode_fail},
    {"deep", mode_deep},
    {"deleted", mode_deleted},
    {"again", mode_again},
    {"chroot", mode_chroot},
    {"mntns", mode_mntns},
    {"run", mode_run},
    {"long", mode_long},
    {"wide", mode_wide},
    {"hostile", mode_hostile},
    {"race", mode_race},
    {"no_argv", mode_no_argv},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    bool ours = false;
    int code;

    if (argc == 0 || (argc == 1 && argv[0][0] == '\0'))
        return 43;
    if (argc > 1 && (!strcmp(argv[1], "done") || !strcmp(argv[1], "again")))
        return run_mode(modes, argc, argv);
    check(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    if (getenv("PLACE")) {
        snprintf(place, sizeof(place), "%s", getenv("PLACE"));
    } else {
        snprintf(place, sizeof(place), "/tmp/ratel-exec.XXXXXX");
        check(mkdtemp(place));
        ours = true;
    }
    say("SELF", "%s", self);
    say("PLACE", "%s", place);
    code = run_mode(modes, argc, argv);
    if (ours) {
        char clean[5000];

        snprintf(clean, sizeof(clean), "rm -rf '%s'", place);
        check(chdir("/") == 0 && system(clean) == 0);
    }
    return code;
}
