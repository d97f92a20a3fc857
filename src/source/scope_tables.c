/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/scope_containers.h"
#include "source/tables.h"

#define SCOPE_USED_OTHER (1u << 31) /* rules that have no key: tree, follow, pid=new */

/* The kernel's kind of a rule; SCOPE_KEY_COUNT for those that are not looked up by value. */
static enum scope_key_kind key_kind(enum scope_kind kind)
{
    switch (kind) {
    case SCOPE_uid:
        return SCOPE_KEY_UID;
    case SCOPE_pid:
        return SCOPE_KEY_PID;
    case SCOPE_tid:
        return SCOPE_KEY_TID;
    case SCOPE_mntns:
        return SCOPE_KEY_MNTNS;
    case SCOPE_pidns:
        return SCOPE_KEY_PIDNS;
    case SCOPE_cgroup:
        return SCOPE_KEY_CGROUP;
    case SCOPE_container:
        return SCOPE_KEY_CONTAINER;
    case SCOPE_comm:
        return SCOPE_KEY_COMM;
    case SCOPE_uts:
        return SCOPE_KEY_UTS;
    case SCOPE_executable:
        return SCOPE_KEY_EXECUTABLE;
    default:
        return SCOPE_KEY_COUNT;
    }
}

static void add_match(struct scope_match *m, enum scope_op op, uint64_t bit)
{
    if (op == SCOPE_NE)
        m->not_equal |= bit;
    else
        m->equal |= bit;
}

static void add_number(struct scope_tables *t, enum scope_key_kind kind, uint64_t value,
                       enum scope_op op, uint64_t bit)
{
    unsigned i = 0;
    while (i < t->nnumbers && (t->numbers[i].key.kind != kind || t->numbers[i].key.value != value))
        i++;
    if (i == t->nnumbers) {
        t->numbers[t->nnumbers++] =
            (struct scope_number_row){.key = {.kind = kind, .value = value}};
    }
    add_match(&t->numbers[i].match, op, bit);
    if (op == SCOPE_EQ)
        t->config.equal[kind] |= bit;
}

static void add_text(struct scope_tables *t, enum scope_key_kind kind, const char *text,
                     enum scope_op op, uint64_t bit)
{
    struct scope_text_key key = {.kind = kind};
    memcpy(key.text, text, strnlen(text, SCOPE_KEY_TEXT - 1));
    unsigned i = 0;
    while (i < t->ntexts && memcmp(&t->texts[i].key, &key, sizeof(key)))
        i++;
    if (i == t->ntexts)
        t->texts[t->ntexts++] = (struct scope_text_row){.key = key};
    add_match(&t->texts[i].match, op, bit);
    if (op == SCOPE_EQ)
        t->config.equal[kind] |= bit;
}

/* Ranges of one set and kind are ANDed: they narrow one interval. */
static void add_range(struct scope_tables *t, enum scope_key_kind kind, unsigned set,
                      enum scope_op op, uint64_t value)
{
    struct scope_range *r = &t->ranges[kind * SCOPE_RANGES + set];
    bool empty = (op == SCOPE_LT && value == 0) || (op == SCOPE_GT && value == UINT64_MAX);
    if (empty) {
        *r = (struct scope_range){.low = 1, .high = 0};
    } else if (op == SCOPE_LT || op == SCOPE_LE) {
        uint64_t high = op == SCOPE_LT ? value - 1 : value;
        r->high = high < r->high ? high : r->high;
    } else {
        uint64_t low = op == SCOPE_GT ? value + 1 : value;
        r->low = low > r->low ? low : r->low;
    }
    t->config.ranged[kind] |= 1ull << set;
}

static int add_tree(struct scope_tables *t, const struct scope_rule *rule, uint64_t bit,
                    struct error *err)
{
    if (t->ntrees == SCOPE_RULES_MAX)
        return error_set(err, -E2BIG, "more than %d trees", SCOPE_RULES_MAX);
    t->trees[t->ntrees].pid = (uint32_t)rule->number;
    t->trees[t->ntrees].sets = rule->op == SCOPE_NE ? 0 : bit;
    t->trees[t->ntrees].not_sets = rule->op == SCOPE_NE ? bit : 0;
    t->ntrees++;
    if (rule->op == SCOPE_NE)
        t->config.not_tree |= bit;
    else
        t->config.tree |= bit;
    return 0;
}

static void add_container(struct scope_tables *t, const struct scope_rule *rule, uint64_t bit)
{
    if (rule->text[0]) {
        scope_containers_add(t, rule->text, rule->op, bit);
        return;
    }
    switch (rule->number) {
    case SCOPE_CONTAINER_NOT:
        t->config.not_in_container |= bit;
        break;
    case SCOPE_CONTAINER_NEW:
        t->config.new_container |= bit;
        break;
    case SCOPE_CONTAINER_STARTED:
        t->config.started_container |= bit;
        break;
    default:
        t->config.in_container |= bit;
    }
}

static int add_rule(struct scope_tables *t, const struct scope_rule *rule, unsigned set,
                    struct error *err)
{
    uint64_t bit = 1ull << set;
    enum scope_key_kind kind = key_kind(rule->kind);
    t->config.used |= kind == SCOPE_KEY_COUNT ? SCOPE_USED_OTHER : 1u << kind;
    if (rule->kind == SCOPE_tree)
        return add_tree(t, rule, bit, err);
    if (rule->kind == SCOPE_follow)
        t->config.follow |= bit;
    else if (rule->op == SCOPE_NEW)
        t->config.new_only |= bit;
    else if (rule->kind == SCOPE_container)
        add_container(t, rule, bit);
    else if (kind >= SCOPE_KEY_NUMBERS)
        add_text(t, kind, rule->text, rule->op, bit);
    else if (rule->op == SCOPE_EQ || rule->op == SCOPE_NE)
        add_number(t, kind, rule->number, rule->op, bit);
    else
        add_range(t, kind, set, rule->op, rule->number);
    return 0;
}

int scope_tables_make(struct scope_tables *t, const struct scope_set *scopes, unsigned nscopes,
                      struct error *err)
{
    unsigned rules = 0;
    memset(t, 0, sizeof(*t));
    for (unsigned i = 0; i < SCOPE_KEY_NUMBERS * SCOPE_RANGES; i++)
        t->ranges[i].high = UINT64_MAX;
    for (unsigned i = 0; i < nscopes; i++)
        rules += scopes[i].count;
    if (nscopes > SCOPE_SETS || rules > SCOPE_ROWS_MAX)
        return error_set(err, -E2BIG, "more than %d scope sets or %d rules", SCOPE_SETS,
                         SCOPE_ROWS_MAX);
    t->numbers = calloc(rules + 1, sizeof(*t->numbers));
    t->texts = calloc(rules + 1, sizeof(*t->texts));
    t->containers = calloc(CONTAINER_RULES_EACH * rules + 1, sizeof(*t->containers));
    if (!t->numbers || !t->texts || !t->containers) {
        scope_tables_free(t);
        return error_set(err, -ENOMEM, "out of memory");
    }
    t->config.all = nscopes >= 64 ? UINT64_MAX : nscopes ? (1ull << nscopes) - 1 : 1;
    for (unsigned set = 0; set < nscopes; set++) {
        for (unsigned i = 0; i < scopes[set].count; i++) {
            int rc = add_rule(t, &scopes[set].rules[i], set, err);
            if (rc)
                return rc;
        }
    }
    return 0;
}

void scope_tables_free(struct scope_tables *t)
{
    free(t->numbers);
    free(t->texts);
    free(t->containers);
    t->numbers = NULL;
    t->texts = NULL;
    t->containers = NULL;
}
