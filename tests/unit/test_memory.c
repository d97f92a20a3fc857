/* SPDX-License-Identifier: Apache-2.0 */
/* How buffers are made smaller to fit under --max-memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/memory.h"

static const struct {
    const char *what;
    struct memory before;
    uint64_t max;
    bool fits;
    uint64_t sizes[MEMORY_BUFFERS];
} rows[] = {
    {"nothing to do", {100, {{16, 2, 4}, {16, 1, 4}, {64, 1, 8}}}, 212, true, {16, 16, 64}},
    {"one byte too much", {100, {{16, 2, 4}, {16, 1, 4}, {64, 1, 8}}}, 211, true, {16, 16, 32}},
    {"what takes most goes first",
     {0, {{16, 8, 4}, {16, 1, 4}, {64, 1, 8}}},
     144,
     true,
     {8, 16, 64}},
    {"down to the least", {100, {{16, 2, 4}, {16, 1, 4}, {64, 1, 8}}}, 120, true, {4, 4, 8}},
    {"not further", {100, {{16, 2, 4}, {16, 1, 4}, {64, 1, 8}}}, 119, false, {4, 4, 8}},
    {"what was chosen stays", {0, {{16, 2, 16}, {16, 1, 4}, {64, 1, 64}}}, 100, true, {16, 4, 64}},
    {"and does not fit", {0, {{16, 2, 16}, {16, 1, 16}, {64, 1, 64}}}, 100, false, {16, 16, 64}},
    {"no rings in a replay", {10, {{16, 0, 4}, {16, 0, 4}, {64, 2, 8}}}, 74, true, {16, 16, 32}},
    {"too much to say",
     {10, {{UINT64_MAX / 2, 3, UINT64_MAX}, {16, 1, 4}, {64, 1, 8}}},
     UINT64_MAX - 1,
     false,
     {UINT64_MAX / 2, 4, 8}},
};

static void fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct memory m = rows[i].before;
        bool fits = memory_fit(&m, rows[i].max);
        if (fits != rows[i].fits)
            fail_msg("%s: fits %d", rows[i].what, fits);
        if (fits != (memory_total(&m) <= rows[i].max))
            fail_msg("%s: total %llu", rows[i].what, (unsigned long long)memory_total(&m));
        for (int k = 0; k < MEMORY_BUFFERS; k++)
            if (m.buffers[k].bytes != rows[i].sizes[k])
                fail_msg("%s: buffer %d is %llu", rows[i].what, k,
                         (unsigned long long)m.buffers[k].bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
