/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files made, changed, removed and watched, and mounts. Works in the directory given. */
#include "filekeys.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

static void mode_names(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int dir, fd;

    enter(argc, argv);
    check(mkdir("sub", 0700) == 0);
    dir = open("sub", O_RDONLY | O_DIRECTORY);
    fd = open("one", O_RDWR | O_CREAT, 0600);
    check(dir >= 0 && fd >= 0);
    umask(0);
    check(rename("one", "two") == 0 && renameat(AT_FDCWD, "two", dir, "three") == 0);
    check(rename("nosuch", "other") == -1);
    check(symlink("where it leads", "link") == 0 && symlinkat("../one", dir, "link") == 0);
    check(mknodat(dir, "pipe", S_IFIFO | 0640, 0) == 0);
    check(mknod("plain", S_IFREG | 0600, 0) == 0);
    check(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof(address)) == 0);
    say_file("FILE", fd);
    check(unlinkat(dir, "three", 0) == 0 && unlink("link") == 0 && unlink("link") == -1);
    check(mkdir("gone", 0700) == 0 && unlinkat(AT_FDCWD, "gone", AT_REMOVEDIR) == 0);
}

static void mode_device(int argc, char **argv)
{
    enter(argc, argv);
    umask(0);
    if (mknod("device", S_IFCHR | 0640, makedev(1, 300)) != 0)
        say("SKIP", "no nodes of devices can be made (%s)", strerror(errno));
}

static void mode_watch(int argc, char **argv)
{
    int fd, dir, notes;

    enter(argc, argv);
    check(mkdir("watched", 0700) == 0);
    dir = open("watched", O_RDONLY | O_DIRECTORY);
    notes = inotify_init();
    check(dir >= 0 && notes >= 0);
    check(inotify_add_watch(notes, "watched", IN_CREATE | IN_DELETE | IN_ONLYDIR) > 0);
    check(inotify_add_watch(notes, "nosuch", IN_CREATE) == -1);
    fd = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
    if (fd >= 0) {
        check(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_ONDIR | FAN_EVENT_ON_CHILD, dir,
                            NULL) == 0);
        check(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_MODIFY, AT_FDCWD, ".") == 0);
        check(fanotify_mark(fd, FAN_MARK_FLUSH | FAN_MARK_MOUNT, 0, AT_FDCWD, NULL) == 0);
        say("FANOTIFY", "2");
    } else {
        say("FANOTIFY", "0");
    }
    say_file("DIR", dir);
}

static void mode_mount(int argc, char **argv)
{
    enter(argc, argv);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        say("SKIP", "no mount namespace of its own (%s)", strerror(errno));
        return;
    }
    check(mkdir("there", 0700) == 0);
    check(mount("a name", "there", "tmpfs", MS_MGC_VAL | MS_NOEXEC | MS_NOSUID, "size=64k") == 0);
    check(mount("nothing", "nosuch", "tmpfs", 0, NULL) == -1);
    check(umount2("./there", MNT_DETACH) == 0 && umount2("there", 0) == -1);
}

static const struct mode modes[] = {
    {"names", mode_names}, {"device", mode_device}, {"watch", mode_watch}, {"mount", mode_mount},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
