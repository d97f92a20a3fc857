/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over stored inputs without libFuzzer: every file given, and every file of
 * every folder given. Fails when there was none, so that a lost corpus is noticed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned inputs;

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -errno;
    }
    uint8_t *room = malloc(INPUT_MAX);
    size_t n = room ? fread(room, 1, INPUT_MAX, f) : 0;
    fclose(f);
    if (!room)
        return -ENOMEM;
    /* A block of exactly that size: a sanitizer sees a read past the end. */
    uint8_t *data = malloc(n ? n : 1);
    if (data) {
        memcpy(data, room, n);
        LLVMFuzzerTestOneInput(data, n);
        inputs++;
    }
    free(room);
    free(data);
    return data ? 0 : -ENOMEM;
}

static int run_folder(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    int rc = n < 0 ? -errno : 0;
    for (int i = 0; i < n; i++) {
        char file[4096];
        struct stat st;
        int len = snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        free(entries[i]);
        if (rc || len >= (int)sizeof(file) || stat(file, &st) || !S_ISREG(st.st_mode))
            continue;
        rc = run_file(file);
    }
    if (n >= 0)
        free(entries);
    return rc;
}

int main(int argc, char **argv)
{
    int rc = 0;
    for (int i = 1; i < argc && !rc; i++) {
        struct stat st;
        if (stat(argv[i], &st)) {
            fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
            return 1;
        }
        rc = S_ISDIR(st.st_mode) ? run_folder(argv[i]) : run_file(argv[i]);
    }
    printf("%u inputs\n", inputs);
    return rc || inputs == 0;
}
