/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to the text that config_parse reads. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "cmd/config.h"

/* Reads to the end or to one byte over the limit, which the parser then refuses. */
static int read_all(int fd, char **out, size_t *len)
{
    struct strbuf b = STRBUF_INIT(CONFIG_SIZE_MAX + 4096);
    ssize_t n = 1;

    while (n > 0 && b.len <= CONFIG_SIZE_MAX) {
        if (!strbuf_room(&b, 4096))
            break;
        n = read(fd, b.data + b.len, 4095);
        if (n > 0)
            b.len += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    int rc = n < 0 ? -errno : 0;
    if (!rc && !b.data)
        rc = -ENOMEM;
    if (rc) {
        strbuf_free(&b);
        return rc;
    }
    b.data[b.len] = 0; /* there is room: less was read than was made room for */
    *out = b.data;
    *len = b.len;
    return 0;
}

int config_load(const char *file, struct options *o, struct error_list *errors)
{
    struct error err = {.file = file};
    size_t len = 0;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    int rc = fd < 0 ? -errno : read_all(fd, &o->config_text, &len);

    if (fd >= 0)
        close(fd);
    if (rc) {
        error_set(&err, rc, "can't read the configuration: %s", strerror(-rc));
        error_list_add(errors, &err);
        return rc;
    }
    rc = config_parse(o->config_text, len, file, o, errors);
    if (rc == -ENOMEM) {
        error_set(&err, rc, "out of memory");
        error_list_add(errors, &err);
    }
    return rc;
}
