/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * Only the first complaint counts, those behind it follow from it: "NAME:LINE:COLUMN: error: TEXT".
 * (Having the reader collect them instead leaks in libfyaml 0.7.12.)
 */
static void take_complaint(struct fy_diag *diag, void *user, const char *text, size_t len)
{
    char *complaint = user;

    (void)diag;
    if (*complaint)
        return;
    size_t n = len < YAML_COMPLAINT_MAX - 1 ? len : YAML_COMPLAINT_MAX - 1;
    memcpy(complaint, text, n);
    complaint[n] = 0;
    complaint[strcspn(complaint, "\n")] = 0;
}

int yaml_open(struct yaml *y, const char *text, size_t len)
{
    struct fy_diag_cfg diag;

    *y = (struct yaml){0};
    fy_diag_cfg_default(&diag);
    diag.fp = NULL;
    diag.output_fn = take_complaint;
    diag.user = y->complaint;
    diag.colorize = false;
    y->diag = fy_diag_create(&diag);
    if (!y->diag)
        return -ENOMEM;
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE | FYPCF_DEFAULT_VERSION_1_2,
                               .diag = y->diag};
    y->parser = fy_parser_create(&cfg);
    return y->parser && !fy_parser_set_string(y->parser, text, len) ? 0 : -ENOMEM;
}

void yaml_close(struct yaml *y)
{
    if (y->parser)
        fy_parser_destroy(y->parser);
    fy_diag_unref(y->diag);
}

const char *yaml_complaint(const struct yaml *y, int *line, int *column)
{
    static const char mark[] = ": error: ";
    const char *message = strstr(y->complaint, mark), *place = message;

    *line = *column = 0;
    for (unsigned colons = 0; place && place > y->complaint && colons < 2;)
        colons += *--place == ':';
    if (place && (sscanf(place, ":%d:%d", line, column) != 2 || *line < 1 || *column < 1))
        *line = *column = 0;
    return message ? message + strlen(mark) : "it can't be read";
}
