/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error_list.h"

#include <stdlib.h>

void error_list_add(struct error_list *list, const struct error *err)
{
    if (list->count == list->cap && list->cap < ERROR_LIST_MAX) {
        unsigned cap = list->cap ? list->cap * 2 : 8;
        struct error *grown = realloc(list->errors, cap * sizeof(*grown));
        if (grown) {
            list->errors = grown;
            list->cap = cap;
        }
    }
    if (list->count == list->cap) {
        list->dropped++;
        return;
    }
    list->errors[list->count++] = *err;
}

unsigned error_list_total(const struct error_list *list)
{
    return list->count + list->dropped;
}

void error_list_print(const struct error_list *list, FILE *out)
{
    for (unsigned i = 0; i < list->count; i++)
        error_print(&list->errors[i], out);
    if (list->dropped)
        fprintf(out, "ratel: and %u more mistakes\n", list->dropped);
}

void error_list_free(struct error_list *list)
{
    free(list->errors);
    *list = (struct error_list){0};
}
