/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the json output writes, for every event of the catalog with values of all kinds, is held
 * against docs/event.schema.json by the validator of tests/case; nothing is fetched for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "sink_sample.h"

static const char check[] = "import json, sys\n"
                            "sys.path.insert(0, 'tests/case')\n"
                            "from lib import schema\n"
                            "root = json.load(open('docs/event.schema.json', encoding='utf-8'))\n"
                            "bad = n = refused = 0\n"
                            "for line in open(sys.argv[1], encoding='utf-8'):\n"
                            "    event = json.loads(line)\n"
                            "    wrong = schema.errors(event, root, root)\n"
                            "    n += 1\n"
                            "    if wrong:\n"
                            "        bad += 1\n"
                            "        print(wrong[:3], line[:600], file=sys.stderr)\n"
                            "    event['unknown'] = 1\n"
                            "    refused += bool(schema.errors(event, root, root))\n"
                            "sys.exit(0 if not bad and refused == n == int(sys.argv[2]) else 1)\n";

/* Payloads for each encoding, one a round: ordinary, extreme, hostile. */
static void add_field(struct record_builder *b, unsigned i, enum field_type type, unsigned round)
{
    static const char noise[] = "\"\\\n\x1b\xff\xc3\xbc\0end";
    static const char address[4][16] = {
        {2, 0, 0, 80, 127, 0, 0, 1}, {1, 0, '/', 'x'}, {77, 0, 9}, {0}};
    static const uint64_t numbers[4] = {1, UINT64_MAX, 1ULL << 63, 0x3fffffff};
    uint64_t cred[sizeof(struct abi_cred) / 8];
    uint64_t pair[3] = {numbers[round], numbers[3 - round], 0x66};
    switch (type_defs[type].encoding) {
    case ABI_ENC_INT:
        record_add_int(b, i, numbers[round]);
        break;
    case ABI_ENC_FD:
        record_add_bytes(b, i, pair, round & 1 ? 8 : 9);
        break;
    case ABI_ENC_TIMESPEC:
        record_add_bytes(b, i, pair, 16);
        break;
    case ABI_ENC_SOCKADDR:
        record_add_bytes(b, i, address[round], round == 3 ? 1 : sizeof(address[0]));
        break;
    case ABI_ENC_CRED:
        for (unsigned n = 0; n < sizeof(cred) / sizeof(*cred); n++)
            cred[n] = numbers[(n + round) % 4];
        record_add_bytes(b, i, cred, sizeof(cred));
        break;
    default:
        record_add_bytes(b, i, noise, round ? sizeof(noise) : 0);
    }
}

static const struct abi_record *make(const struct event_def *def, unsigned round)
{
    static _Alignas(8) char memory[16384];
    struct record_builder b;
    record_begin(&b, memory, sizeof(memory), def);
    struct abi_record *r = record_header(&b);
    sample_header(r);
    r->ret = round == 1 ? -13 : INT64_MIN + round;
    r->syscall = round == 2 ? 511 : -1 + (int)round;
    r->tid += round & 1;
    r->ns_pid += round & 2;
    r->flags = (uint16_t[]){0, ABI_F_COMPAT, ABI_F_NO_TASK | ABI_F_NO_RET, ABI_F_USER}[round];
    r->flags |= (uint16_t)((r->event + round) % ABI_HOOK_KIND_COUNT << ABI_VIA_SHIFT);
    for (unsigned i = 0; i < def->nfields; i++) {
        if ((i + round) % 5 == 4)
            record_add_missing(&b, i, (enum abi_reason)(1 + i % (ABI_WHY_COUNT - 1)));
        else
            add_field(&b, i, def->fields[i].type, round);
    }
    return record_end(&b);
}

static void hold(const char *name, bool raw)
{
    struct sink_context ctx = sample_context();
    struct error err = {.message = ""};
    struct sink_counts c;
    struct fanout *f;
    struct sink *s;
    ctx.catalog = catalog_builtin();
    ctx.wait = true;
    ctx.raw = raw;
    if (sink_open(&s, spec_in("json", name), &ctx, &err))
        fail_msg("%s", err.message);
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    for (unsigned i = 0; i < 4 * ctx.catalog->count; i++) {
        struct event ev;
        const struct abi_record *r = make(&ctx.catalog->events[i / 4], i % 4);
        assert_non_null(r);
        assert_int_equal(event_decode(&ev, ctx.catalog, r, r->len), 0);
        fanout_event(f, &ev);
    }
    fanout_free(f);
    sink_close(s, &c);
    assert_int_equal(c.written, 4 * ctx.catalog->count);
    char command[sizeof(check) + 512];
    snprintf(command, sizeof(command), "cd '%s' && python3 -B -c \"$CHECK\" '%s/%s' %llu",
             RATEL_SOURCE_DIR, folder, name, (unsigned long long)c.written);
    setenv("CHECK", check, 1);
    assert_int_equal(system(command), 0);
}

static void decoded(void **state)
{
    (void)state;
    hold("decoded", false);
}

static void raw(void **state)
{
    (void)state;
    hold("raw", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decoded), cmocka_unit_test(raw)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
