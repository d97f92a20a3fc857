/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clause.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

const char *const clause_op_text[] = {
    [CLAUSE_EQ] = "=",  [CLAUSE_NE] = "!=", [CLAUSE_LT] = "<",  [CLAUSE_GT] = ">",
    [CLAUSE_LE] = "<=", [CLAUSE_GE] = ">=", [CLAUSE_NONE] = "",
};

int clause_fail(struct error *err, const char *text, size_t at, const char *format, ...)
{
    if (!err)
        return -EINVAL;
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->message, sizeof(err->message), format, ap);
    va_end(ap);
    error_place(err, NULL, 0, at < INT_MAX ? (int)at + 1 : 0, text);
    return -EINVAL;
}

/* The operator at s and its length; CLAUSE_NONE and 0 where there is none. */
static enum clause_op op_at(const char *s, size_t *len)
{
    bool more = s[0] != '\0' && s[1] == '=';
    *len = more ? 2 : 1;
    switch (s[0]) {
    case '=': /* "==" means "=", too */
        return CLAUSE_EQ;
    case '<':
        return more ? CLAUSE_LE : CLAUSE_LT;
    case '>':
        return more ? CLAUSE_GE : CLAUSE_GT;
    case '!':
        if (more)
            return CLAUSE_NE;
        break;
    default:
        break;
    }
    *len = 0;
    return CLAUSE_NONE;
}

static enum clause_op read_op(const char *s, size_t *len)
{
    enum clause_op op = op_at(s, len);
    if (op != CLAUSE_EQ || *len != 1)
        return op;
    size_t more;
    enum clause_op meant = op_at(s + 1, &more);
    if (meant == CLAUSE_NONE)
        return op;
    *len += more;
    return meant;
}

int clause_parse(struct clause *c, const char *text, struct error *err)
{
    size_t key = strcspn(text, "=!<>");
    *c = (struct clause){
        .text = text, .key_len = key, .op = CLAUSE_NONE, .op_at = key, .values = key};
    if (!key)
        return clause_fail(err, text, 0, "a name is missing%s",
                           *text ? " before the operator" : "");
    if (!text[key])
        return 0;
    size_t len;
    c->op = read_op(text + key, &len);
    if (c->op == CLAUSE_NONE)
        return clause_fail(err, text, key, "`!` is no operator: there are = != < > <= >=");
    c->values = key + len;
    if (!text[c->values])
        return clause_fail(err, text, c->values, "a value is missing after `%s`",
                           clause_op_text[c->op]);
    return 0;
}

int clause_next(const struct clause *c, size_t *pos, struct clause_value *v, struct error *err)
{
    const char *s = c->text + c->values + *pos;
    if (*pos && s[-1] == '\0')
        return 0;
    size_t n = 0;
    while (s[n] && s[n] != ',')
        n += s[n] == '\\' && s[n + 1] ? 2 : 1;
    *v = (struct clause_value){.s = s, .len = n, .at = c->values + *pos};
    *pos += n + 1; /* past the comma, or past the NUL: the end */
    if (!n)
        return clause_fail(err, c->text, v->at, "a value is empty");
    return 1;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int clause_char(const char **s, const char *end)
{
    char c = *(*s)++;
    if (c == '*')
        return CLAUSE_STAR;
    if (c != '\\')
        return (unsigned char)c;
    if (*s == end)
        return CLAUSE_BAD_ESCAPE;
    c = *(*s)++;
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'x':
        break;
    default:
        return strchr("*,\\=!<>", c) && c ? c : CLAUSE_BAD_ESCAPE;
    }
    int high = end - *s >= 2 ? hex_digit((*s)[0]) : -1;
    int low = high >= 0 ? hex_digit((*s)[1]) : -1;
    if (low < 0)
        return CLAUSE_BAD_ESCAPE;
    *s += 2;
    return high << 4 | low;
}

/* All of the digits of s; false when there are none, or others. *big: over 64 bits. */
static bool read_digits(const char *s, size_t n, unsigned base, uint64_t *out, bool *big)
{
    *out = 0;
    *big = false;
    for (size_t i = 0; i < n; i++) {
        int d = hex_digit(s[i]);
        if (d < 0 || (unsigned)d >= base)
            return false;
        if (__builtin_mul_overflow(*out, base, out) || __builtin_add_overflow(*out, d, out))
            *big = true;
    }
    return n > 0;
}

int clause_number(const char *s, size_t n, unsigned base, int64_t lo, uint64_t hi, uint64_t *out)
{
    bool negative = n && s[0] == '-';
    if (n && (s[0] == '-' || s[0] == '+')) {
        s++;
        n--;
    }
    if (n > 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
        base = 16;
        s += 2;
        n -= 2;
    } else if (n > 1 && s[0] == '0') {
        base = 8;
    }
    uint64_t v;
    bool big;
    if (!read_digits(s, n, base, &v, &big))
        return -EINVAL;
    if (big)
        return -ERANGE;
    if (!negative) {
        *out = v;
        return v <= hi && (lo <= 0 || v >= (uint64_t)lo) ? 0 : -ERANGE;
    }
    uint64_t lowest = lo < 0 ? 0 - (uint64_t)lo : 0;
    *out = 0 - v;
    return v <= lowest ? 0 : -ERANGE;
}
