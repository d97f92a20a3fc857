/* SPDX-License-Identifier: Apache-2.0 */
/* Records: made, read, and damaged in every way. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/event.h"
#include "event/machine.h"
#include "event_sample.h"

#define BYTES 4096

static _Alignas(8) char memory[BYTES];

static struct abi_record *make(void)
{
    struct abi_record *r = (void *)(uintptr_t)sample_openat(memory, BYTES, "/etc/passwd", 11, 3);
    assert_non_null(r);
    return r;
}

static struct abi_field *field_at(struct abi_record *r, unsigned n)
{
    struct abi_field *f = (void *)(r + 1);
    while (n--)
        f = (void *)((char *)f + field_size(f));
    return f;
}

static void whole(void **state)
{
    (void)state;
    struct event ev;
    struct abi_record *r = make();
    assert_int_equal(event_decode(&ev, &sample_catalog, r, BYTES), 0);
    assert_ptr_equal(ev.def, &sample_events[1]);
    struct value v = event_value(&ev, 0);
    assert_int_equal(v.status, ABI_PRESENT);
    assert_int_equal((int64_t)v.number, -100);
    assert_null(v.data);
    v = event_value(&ev, 1);
    assert_int_equal(v.len, 11);
    assert_memory_equal(v.data, "/etc/passwd", 11);
    v = event_value(&ev, 4);
    assert_int_equal(v.status, ABI_MISSING);
    assert_int_equal(v.reason, ABI_WHY_NONE);
    assert_false(event_has(&ev, 4));
}

static void fewer_fields(void **state)
{
    (void)state;
    struct record_builder b;
    struct event ev;
    record_begin(&b, memory, BYTES, &sample_events[1]);
    record_add_missing(&b, 1, ABI_WHY_FAULT);
    const struct abi_record *r = record_end(&b);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
    assert_int_equal(event_value(&ev, 0).status, ABI_MISSING);
    assert_int_equal(event_value(&ev, 0).reason, ABI_WHY_NONE);
    assert_false(event_has(&ev, 0));
    assert_true(event_has(&ev, 1));
    assert_int_equal(event_next(&ev, 0), 1);
    assert_int_equal(event_next(&ev, 2), ev.def->nfields);
    assert_int_equal(event_value(&ev, 1).reason, ABI_WHY_FAULT);
    assert_int_equal(event_value(&ev, 1).status, ABI_MISSING);
}

/* Each makes one thing wrong. */
static void bad_len_short(struct abi_record *r)
{
    r->len = sizeof(*r) - 8;
}
static void bad_len_odd(struct abi_record *r)
{
    r->len += 4;
}
static void bad_len_long(struct abi_record *r)
{
    r->len = BYTES + 8;
}
static void bad_len_huge(struct abi_record *r)
{
    r->len = 0xfffffff8;
}
static void bad_rest(struct abi_record *r)
{
    r->len += 8;
}
static void bad_cut(struct abi_record *r)
{
    r->len -= 8;
}
static void bad_event(struct abi_record *r)
{
    r->event = 258;
}
static void bad_event_range(struct abi_record *r)
{
    r->event = 0xffff;
}
static void bad_count_more(struct abi_record *r)
{
    r->nfields = 5;
}
static void bad_count_less(struct abi_record *r)
{
    r->nfields = 3;
}
static void bad_count_huge(struct abi_record *r)
{
    r->nfields = 0xffff;
}
static void bad_comm(struct abi_record *r)
{
    memset(r->comm, 'x', sizeof(r->comm));
}
static void bad_index(struct abi_record *r)
{
    field_at(r, 0)->index = 4;
}
static void bad_twice(struct abi_record *r)
{
    field_at(r, 0)->index = 3;
}
static void bad_status(struct abi_record *r)
{
    field_at(r, 0)->status = 3;
}
static void bad_reason(struct abi_record *r)
{
    field_at(r, 1)->reason = ABI_WHY_COUNT;
}
static void bad_missing(struct abi_record *r)
{
    field_at(r, 0)->status = ABI_MISSING;
}
static void bad_int_short(struct abi_record *r)
{
    field_at(r, 3)->len = 7;
}
static void bad_int_empty(struct abi_record *r)
{
    field_at(r, 3)->len = 0;
}
static void bad_int_long(struct abi_record *r)
{
    field_at(r, 2)->len = 16;
}
static void bad_field_long(struct abi_record *r)
{
    field_at(r, 1)->len = 4000;
}
static void bad_field_huge(struct abi_record *r)
{
    field_at(r, 1)->len = 0xffffffff;
}

static void damaged(void **state)
{
    (void)state;
    static void (*const damages[])(struct abi_record *) = {
        bad_len_short,  bad_len_odd,    bad_len_long,    bad_len_huge,   bad_rest,
        bad_cut,        bad_event,      bad_event_range, bad_count_more, bad_count_less,
        bad_count_huge, bad_comm,       bad_index,       bad_twice,      bad_status,
        bad_reason,     bad_missing,    bad_int_short,   bad_int_empty,  bad_int_long,
        bad_field_long, bad_field_huge,
    };
    struct event ev;
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct abi_record *r = make();
        damages[i](r);
        if (event_decode(&ev, &sample_catalog, r, BYTES) != -EBADMSG)
            fail_msg("damage %zu was not seen", i);
    }
}

static void places(void **state)
{
    (void)state;
    struct event ev;
    struct abi_record *r = make();
    assert_int_equal(event_decode(&ev, &sample_catalog, memory + 4, BYTES - 4), -EBADMSG);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, 0), -EBADMSG);
    for (size_t n = 0; n < r->len; n++)
        assert_int_equal(event_decode(&ev, &sample_catalog, r, n), -EBADMSG);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
}

/* Whatever the bytes are: reading all values stays inside of the record. */
static void noise(void **state)
{
    (void)state;
    struct event ev;
    srandom(1);
    size_t len = make()->len;
    for (int i = 0; i < 50000; i++) {
        char *copy = malloc(len); /* of exact size, for the address sanitizer */
        assert_non_null(copy);
        make();
        for (long n = random() % 4 + 1; n; n--)
            memory[(size_t)random() % len] = (char)random();
        memcpy(copy, memory, len);
        if (!event_decode(&ev, &sample_catalog, copy, len)) {
            struct strbuf out = STRBUF_INIT(1 << 20);
            struct machine m = {.hostname = "h"};
            event_json(&out, &(struct format){.catalog = &sample_catalog}, &m, &ev);
            strbuf_free(&out);
        }
        free(copy);
    }
}

static void strings(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *want[4];
    } rows[] = {
        {"a\0bc\0", 5, {"a", "bc", NULL}},
        {"a\0bc", 4, {"a", "bc", NULL}},
        {"\0\0", 2, {"", "", NULL}},
        {"", 0, {NULL}},
        {"x", 1, {"x", NULL}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct value v = {.data = rows[i].bytes, .len = rows[i].len};
        const char *s;
        size_t pos = 0, len, n = 0;
        while (value_strv_next(&v, &pos, &s, &len)) {
            assert_non_null(rows[i].want[n]);
            assert_int_equal(len, strlen(rows[i].want[n]));
            assert_memory_equal(s, rows[i].want[n], len);
            n++;
        }
        assert_null(rows[i].want[n]);
    }
}

static void builder_full(void **state)
{
    (void)state;
    size_t need = make()->len;
    for (size_t cap = 0; cap < need; cap += 8)
        assert_null(sample_openat(memory, cap, "/etc/passwd", 11, 3));
    assert_non_null(sample_openat(memory, need, "/etc/passwd", 11, 3));
    struct record_builder b;
    record_begin(&b, memory, BYTES, &sample_events[1]);
    record_add_bytes(&b, 1, memory, SIZE_MAX - 3);
    assert_null(record_end(&b));
}

static void machine(void **state)
{
    (void)state;
    struct machine m;
    assert_int_equal(machine_read(&m), 0);
    assert_true(m.hostname[0] && m.kernel[0] && m.arch[0]);
    assert_int_equal(strlen(m.boot_id), 36);
    assert_true(m.ncpu >= 1 && m.clock_ticks >= 1);
    assert_true(m.boot_time > 1600000000ULL * 1000000000);
}

int main(void)
{
    sample_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),        cmocka_unit_test(fewer_fields), cmocka_unit_test(damaged),
        cmocka_unit_test(places),       cmocka_unit_test(noise),        cmocka_unit_test(strings),
        cmocka_unit_test(builder_full), cmocka_unit_test(machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
