/* SPDX-License-Identifier: Apache-2.0 */
#include "source/scope_containers.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <string.h>

#include "base/log.h"
#include "event/cgroup_path.h"
#include "source/cgroup_walk.h"
#include "source/probe.h"

#define TEXT_BYTES (CONTAINER_WORDS * sizeof(uint64_t))

static void add(struct scope_tables *t, const char *text, size_t len, bool whole, uint64_t texts,
                enum scope_op op, uint64_t bit)
{
    struct container_rule *r = &t->containers[t->ncontainers++];
    *r = (struct container_rule){.texts = texts};
    memcpy(r->text, text, len);
    memset(r->mask, 0xff, whole ? TEXT_BYTES : len);
    if (op == SCOPE_NE)
        r->match.not_equal = bit;
    else
        r->match.equal = bit;
    t->config.container_rules = t->ncontainers;
    t->config.container_texts |= (uint32_t)texts;
    if (op == SCOPE_EQ)
        t->config.equal[SCOPE_KEY_CONTAINER] |= bit;
}

/* Some digits are the beginning of an id; and a name may look like them. */
void scope_containers_add(struct scope_tables *t, const char *text, enum scope_op op, uint64_t bit)
{
    char digits[CONTAINER_ID_DIGITS + 1] = "";
    size_t n = strlen(text);
    if (strchr(text, '/')) {
        add(t, text, n, true, CONTAINER_PLACE, op, bit);
        return;
    }
    add(t, text, n, true, CONTAINER_NAME, op, bit);
    if (n < CONTAINER_DIGITS_MIN || n > CONTAINER_ID_DIGITS)
        return;
    for (size_t i = 0; i < n; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return;
        digits[i] = (char)tolower((unsigned char)text[i]);
    }
    add(t, digits, n, false, CONTAINER_DIGITS, op, bit);
}

/* The text that a container of that path is known by. */
static enum container_text read_text(const char *path, uint64_t *text)
{
    struct cgroup_identity is;
    memset(text, 0, TEXT_BYTES);
    if (cgroup_identify(path, strlen(path), &is)) {
        memcpy(text, is.id, strlen(is.id));
        return is.of_rule ? CONTAINER_DIGITS : CONTAINER_NAME;
    }
    const char *second = *path == '/' ? strchr(path + 1, '/') : NULL;
    if (!second || !second[1])
        return 0;
    size_t n = (size_t)(strchrnul(second + 1, '/') - path - 1);
    if (n >= TEXT_BYTES)
        return 0;
    memcpy(text, path + 1, n);
    return CONTAINER_PLACE;
}

static bool rule_matches(const struct container_rule *r, enum container_text kind,
                         const uint64_t *text)
{
    uint64_t differ = 0;
    for (unsigned i = 0; i < CONTAINER_WORDS; i++)
        differ |= (text[i] ^ r->text[i]) & r->mask[i];
    return r->texts & kind && !differ;
}

bool scope_containers_match(const struct scope_tables *t, const char *path,
                            struct container_id *out)
{
    uint64_t text[CONTAINER_WORDS];
    enum container_text kind = read_text(path, text);
    *out = (struct container_id){0};
    for (unsigned i = 0; i < t->ncontainers; i++) {
        if (!rule_matches(&t->containers[i], kind, text))
            continue;
        out->match.equal |= t->containers[i].match.equal;
        out->match.not_equal |= t->containers[i].match.not_equal;
    }
    for (unsigned i = 0; i < CONTAINER_WORDS; i++)
        out->hash = CONTAINER_HASH(out->hash, text[i]);
    return kind == CONTAINER_PLACE ? out->match.equal | out->match.not_equal : kind;
}

/* Of each rule the first container that it means. */
struct meant {
    uint64_t hash[SCOPE_RULES_MAX];
};

static void note_meant(const struct scope_tables *t, const char *path, uint64_t hash,
                       struct meant *meant)
{
    uint64_t text[CONTAINER_WORDS];
    enum container_text kind = read_text(path, text);
    for (unsigned i = 0; i < t->ncontainers && i < SCOPE_RULES_MAX; i++) {
        uint64_t *first = &meant->hash[i];
        if (!rule_matches(&t->containers[i], kind, text) || *first == UINT64_MAX)
            continue;
        if (*first && *first != hash) {
            log_warn("container=%s: the ids of several containers begin so; all of them are meant",
                     (const char *)t->containers[i].text);
            *first = UINT64_MAX; /* said once */
            continue;
        }
        *first = hash;
    }
}

void scope_containers_probe(const struct scope_tables *t, int map_fd, unsigned max)
{
    const char *root = probe_cgroup_root()->path;
    struct cgroup_walk *walk = NULL;
    struct meant meant = {0};
    unsigned count = 0;
    if (!*root || cgroup_walk_open(&walk, root, ""))
        return;
    for (struct cgroup_step s; cgroup_walk_next(walk, &s);) {
        struct container_id id;
        if (s.leaves || !scope_containers_match(t, s.path, &id))
            continue;
        note_meant(t, s.path, id.hash, &meant);
        id.state = CONTAINER_STARTED;
        if (count++ == max || bpf_map_update_elem(map_fd, &s.cgroup, &id, BPF_ANY)) {
            log_warn("more than %u containers: container= scopes miss the rest", count - 1);
            break;
        }
    }
    cgroup_walk_close(walk);
}
