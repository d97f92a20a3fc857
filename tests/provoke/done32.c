/* SPDX-License-Identifier: Apache-2.0 */
/* Built as a 32-bit program, to be run by another: runs itself once more and exits with 42. */
#include "provoke.h"

int main(int argc, char **argv)
{
    char *args[] = {argv[0], (char[]){"once more"}, NULL};

    if (argc > 1 && strcmp(argv[1], "once more") == 0)
        return 42;
    execve("/proc/self/exe", args, (char *[]){NULL});
    return 1;
}
