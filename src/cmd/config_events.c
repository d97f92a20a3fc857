/* SPDX-License-Identifier: Apache-2.0 */
/* What the events of the stream mean: keys, their values, and what stands where it does not belong.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "cmd/command.h"
#include "cmd/config_impl.h"

static void unknown_key(struct config *c, const struct fy_mark *mark, const char *key, size_t len)
{
    const char *names[OPTION_COUNT];
    unsigned n = 0;
    struct strbuf hint = STRBUF_INIT(512);

    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (option_defs[i].commands & KEY)
            names[n++] = option_defs[i].name;
    if (option_by_name(EVERY, key, len) >= 0)
        strbuf_lit(&hint, "; it can only be given on the command line");
    else
        usage_suggest(&hint, names, n, key, len);
    config_mistake(c, mark, "unknown key '%.*s'%s", (int)(len < 100 ? len : 100), key,
                   strbuf_cstr(&hint));
    strbuf_free(&hint);
}

static void take_key(struct config *c, struct fy_event *e)
{
    const struct fy_mark *mark = fy_event_start_mark(e);
    size_t len;
    const char *key = fy_token_get_text(e->scalar.value, &len);

    c->state = STATE_VALUE;
    c->key = config_place(c, mark);
    c->id = key ? option_by_name(KEY, key, len) : -1;
    if (c->id < 0) {
        unknown_key(c, mark, key ? key : "", key ? len : 0);
    } else if (c->seen[c->id]) {
        config_mistake(c, mark, "'%s' stands here again; it was given in line %d",
                       option_defs[c->id].name, c->seen[c->id]);
        c->id = -1;
    } else {
        c->seen[c->id] = c->key.line;
    }
}

/* One scalar for option .id. */
static void take_scalar(struct config *c, struct fy_event *e)
{
    const struct fy_mark *mark = fy_event_start_mark(e);
    struct option_text where = config_place(c, mark);
    struct error err = {0};
    size_t len = 0;
    const char *value = fy_token_get_text(e->scalar.value, &len);

    if (value && memchr(value, 0, len)) {
        config_mistake(c, mark, "%s: the value holds a NUL byte", option_defs[c->id].name);
        return;
    }
    where.text = strndup(value ? value : "", value ? len : 0);
    int rc = where.text ? option_set(c->o, (enum option)c->id, &where, ORIGIN_FILE, &err) : -ENOMEM;
    free(where.text);
    if (rc == -EINVAL) {
        char message[sizeof(err.message)];
        memcpy(message, err.message, sizeof(message));
        error_set(&err, rc, "%s: %.900s", option_defs[c->id].name, message);
        option_text_place(&where, &err);
        error_list_add(c->errors, &err);
    } else if (rc) {
        c->out_of_memory = true;
    }
}

static void take_list(struct config *c, struct fy_event *e)
{
    c->items = 0;
    if (c->id >= 0 && option_defs[c->id].type != OPTION_TYPE_LIST &&
        option_defs[c->id].type != OPTION_TYPE_NAMES) {
        config_mistake(c, fy_event_start_mark(e), "%s: takes one value, not a list",
                       option_defs[c->id].name);
        c->id = -1;
    }
    c->state = STATE_ITEMS;
}

/* An item of a NAMES list adds to the others; as a value of its own it would replace them. */
static void take_item(struct config *c, struct fy_event *e)
{
    c->items++;
    if (c->id < 0)
        return;
    const struct option_def *def = &option_defs[c->id];
    if (def->type != OPTION_TYPE_NAMES) {
        take_scalar(c, e);
        return;
    }
    uint64_t *mask = (uint64_t *)(void *)((char *)c->o + def->offset);
    uint64_t before = c->items > 1 ? *mask : 0;
    take_scalar(c, e);
    *mask |= before;
}

static void end_list(struct config *c, struct fy_event *e)
{
    if (c->id >= 0 && !c->items)
        config_mistake(c, fy_event_start_mark(e), "%s: the list is empty; leave the key out",
                       option_defs[c->id].name);
    c->state = STATE_KEY;
}

/* A collection where none belongs: said once, then skipped to its end. */
static bool refuse_nested(struct config *c, struct fy_event *e)
{
    const struct fy_mark *mark = fy_event_start_mark(e);

    if (c->state == STATE_KEY) {
        config_mistake(c, mark, "a key is one word");
        return false;
    }
    if (c->state == STATE_ROOT)
        config_mistake(c, mark, "the file must be a list of 'option: value' lines");
    else if (c->id >= 0)
        config_mistake(c, mark, "%s: takes %s, not a mapping or a list in a list",
                       option_defs[c->id].name,
                       option_defs[c->id].type == OPTION_TYPE_LIST ? "values" : "one value");
    c->skip = 1;
    return c->state != STATE_ROOT;
}

static void take_outer(struct config *c, struct fy_event *e)
{
    switch (e->type) {
    case FYET_SCALAR:
        if (c->state == STATE_KEY) {
            take_key(c, e);
        } else if (c->state == STATE_ITEMS) {
            take_item(c, e);
        } else if (c->state == STATE_VALUE) {
            if (c->id >= 0)
                take_scalar(c, e);
            c->state = STATE_KEY;
        }
        break;
    case FYET_SEQUENCE_END:
        end_list(c, e);
        break;
    case FYET_MAPPING_END:
        c->state = STATE_END;
        break;
    default:
        break;
    }
}

/* Whether the stream goes on being read after this event. */
static bool take_start(struct config *c, struct fy_event *e)
{
    bool list = e->type == FYET_SEQUENCE_START;

    if (c->skip)
        return ++c->skip <= CONFIG_DEPTH_MAX;
    if (c->state == STATE_ROOT && !list) {
        c->state = STATE_KEY;
        return true;
    }
    if (c->state == STATE_VALUE && list) {
        take_list(c, e);
        return true;
    }
    return refuse_nested(c, e);
}

static bool has_anchor_or_tag(struct fy_event *e)
{
    switch (e->type) {
    case FYET_SCALAR:
        return e->scalar.anchor || e->scalar.tag;
    case FYET_SEQUENCE_START:
        return e->sequence_start.anchor || e->sequence_start.tag;
    case FYET_MAPPING_START:
        return e->mapping_start.anchor || e->mapping_start.tag;
    default:
        return e->type == FYET_ALIAS;
    }
}

bool config_take(struct config *c, struct fy_event *e)
{
    if (has_anchor_or_tag(e)) {
        config_mistake(c, fy_event_start_mark(e),
                       "anchors (&), aliases (*) and tags (!) are not allowed; "
                       "write such a value in quotes");
        return false;
    }
    switch (e->type) {
    case FYET_DOCUMENT_START:
        if (c->state == STATE_END) {
            config_mistake(c, fy_event_start_mark(e),
                           "a second document begins; there can be only one");
            return false;
        }
        return true;
    case FYET_SEQUENCE_START:
    case FYET_MAPPING_START:
        return take_start(c, e);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        if (c->skip) {
            c->skip--;
            if (!c->skip && c->state == STATE_VALUE)
                c->state = STATE_KEY;
            return true;
        }
        break;
    case FYET_SCALAR:
        if (c->skip)
            return true;
        if (c->state == STATE_ROOT) {
            size_t len = 0;
            const char *s = fy_token_get_text(e->scalar.value, &len);
            if (s && len)
                config_mistake(c, fy_event_start_mark(e),
                               "the file must be a list of 'option: value' lines");
            c->state = STATE_END;
            return true;
        }
        break;
    default:
        return true;
    }
    take_outer(c, e);
    return true;
}
