/* SPDX-License-Identifier: Apache-2.0 */
/* What cases about files must know of them. */
#ifndef RATEL_PROVOKE_FILEKEYS_H
#define RATEL_PROVOKE_FILEKEYS_H

#include "provoke.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

/* Device, inode and time of the last change of an open file: KEY_DEV, KEY_INO and KEY_CTIME. */
__attribute__((unused)) static void say_file(const char *key, int fd)
{
    char name[32], when[32];
    struct stat st;

    check(fstat(fd, &st) == 0);
    snprintf(name, sizeof(name), "%s_DEV", key);
    say(name, "%u:%u", major(st.st_dev), minor(st.st_dev));
    snprintf(name, sizeof(name), "%s_INO", key);
    say(name, "%lu", (unsigned long)st.st_ino);
    snprintf(name, sizeof(name), "%s_CTIME", key);
    check(strftime(when, sizeof(when), "%FT%T", gmtime(&st.st_ctim.tv_sec)) > 0);
    say(name, "%s.%09ldZ", when, st.st_ctim.tv_nsec);
}

/* Works in the directory given, which is all that the mode was given. */
__attribute__((unused)) static void enter(int argc, char **argv)
{
    check(argc == 1 && chdir(argv[0]) == 0);
}

#endif
