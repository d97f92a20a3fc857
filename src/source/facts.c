/* SPDX-License-Identifier: Apache-2.0 */
#include "source/facts.h"

#include "base/limits.h"

const char *const fact_names[FACT_COUNT] = {
#define X(name) #name,
    FACTS(X)
#undef X
};

void facts_clear(struct facts *f, enum abi_reason why)
{
    struct strbuf text = f->text;
    strbuf_clear(&text);
    text.limit = FACTS_BYTES;
    *f = (struct facts){.text = text};
    for (unsigned i = 0; i < FACT_COUNT; i++)
        f->fact[i].why = (uint8_t)why;
}

void facts_free(struct facts *f)
{
    strbuf_free(&f->text);
}

/* A text that has no room is missing for it, not cut: a part of a name is another name. */
void facts_set(struct facts *f, enum fact which, const char *s, size_t n)
{
    f->fact[which].len = 0;
    f->fact[which].at = (uint32_t)f->text.len;
    f->fact[which].why = ABI_WHY_ABSENT;
    if (!n)
        return;
    if (n > FACT_TEXT_MAX || !strbuf_room(&f->text, n)) {
        f->fact[which].why = ABI_WHY_LIMIT;
        return;
    }
    strbuf_put(&f->text, s, n);
    f->fact[which].len = (uint32_t)n;
    f->fact[which].why = ABI_WHY_NONE;
}

void facts_label(struct facts *f, enum fact which, const char *key, size_t key_len,
                 const char *value, size_t value_len)
{
    size_t n = key_len + value_len + 2;
    bool first = !f->fact[which].len;
    if (key_len > FACT_LABELS_BYTES || value_len > FACT_LABELS_BYTES ||
        f->fact[which].len + n > FACT_LABELS_BYTES || !strbuf_room(&f->text, n)) {
        f->fact[which].why = ABI_WHY_LIMIT;
        return;
    }
    if (first) {
        f->fact[which].at = (uint32_t)f->text.len;
        f->fact[which].why = ABI_WHY_NONE;
    }
    strbuf_put(&f->text, key, key_len);
    strbuf_putc(&f->text, '=');
    strbuf_put(&f->text, value, value_len);
    strbuf_putc(&f->text, '\0');
    f->fact[which].len += (uint32_t)n;
}

void facts_kubernetes(struct facts *f, const char *key, size_t key_len, const char *value,
                      size_t value_len)
{
    static const struct {
        const char *key;
        enum fact fact;
    } keys[] = {
        {"io.kubernetes.pod.name", FACT_pod_name},
        {"io.kubernetes.pod.namespace", FACT_pod_namespace},
        {"io.kubernetes.pod.uid", FACT_pod_uid},
        {"io.kubernetes.container.name", FACT_container_name},
    };
    static const char *const kinds[] = {"io.cri-containerd.kind", "io.kubernetes.docker.type"};
    for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (strlen(keys[i].key) == key_len && !memcmp(keys[i].key, key, key_len))
            facts_set(f, keys[i].fact, value, value_len);
    f->of_cri |= strlen(kinds[0]) == key_len && !memcmp(kinds[0], key, key_len);
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strlen(kinds[i]) == key_len && !memcmp(kinds[i], key, key_len))
            f->sandbox = (value_len == 7 && !memcmp(value, "sandbox", 7)) ||
                         (value_len == 10 && !memcmp(value, "podsandbox", 10));
}

void facts_digest(struct facts *f, const char *reference, size_t n)
{
    const char *at = memrchr(reference, '@', n);
    size_t skip = at ? (size_t)(at + 1 - reference) : 0;
    const char *digest = reference + skip;
    n -= skip;
    if (memchr(digest, ':', n) && !memchr(digest, '/', n) && (at || !memcmp(digest, "sha", 3)))
        facts_set(f, FACT_container_image_digest, digest, n);
}
