/* SPDX-License-Identifier: Apache-2.0 */
/* See ranges.h. */
#include "plugins/cloud-aws/ranges.h"
#include "lib/addresses/addresses.h"

struct prefix {
    struct address_range range;
    unsigned bits;
};

static bool parse(const char *text, struct prefix *ret)
{
    const char *slash = strchr(text, '/');
    struct address a;
    int64_t bits;
    if (!slash || !address_parse(text, (size_t)(slash - text), &a) ||
        !number_of(slash + 1, 0, a.family == 4 ? 32 : 128, &bits))
        return false;
    *ret = (struct prefix){address_network(&a, (unsigned)bits), (unsigned)bits};
    return true;
}

/* By the first address, the larger one first. */
static int compare(const void *a, const void *b)
{
    const struct prefix *x = a, *y = b;
    int order = address_compare(&x->range.first, &y->range.first);
    return order ? order : (int)x->bits - (int)y->bits;
}

/* The second one begins right behind the first, and both are halves of one. */
static bool are_halves(const struct prefix *x, const struct prefix *y)
{
    if (x->bits == 0 || x->bits != y->bits || x->range.first.family != y->range.first.family)
        return false;
    const struct address_range whole = address_network(&x->range.first, x->bits - 1);
    return address_compare(&x->range.first, &whole.first) == 0 &&
           address_compare(&y->range.last, &whole.last) == 0;
}

/* Sorted ones, in place; how many are left. */
static size_t merge(struct prefix *p, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept && address_range_has(&p[kept - 1].range, &p[i].range.first))
            continue;
        p[kept++] = p[i];
        for (; kept > 1 && are_halves(&p[kept - 2], &p[kept - 1]); kept--) {
            struct prefix *whole = &p[kept - 2];
            whole->bits--;
            whole->range = address_network(&whole->range.first, whole->bits);
        }
    }
    return kept;
}

bool ranges_merge(struct texts *ranges, size_t *ret_bad)
{
    struct prefix *p = mem_alloc(ranges->count, sizeof(*p));
    size_t count = ranges->count, i = 0;
    while (i < count && parse(ranges->items[i], &p[i]))
        i++;
    if (i < count) {
        *ret_bad = i;
        free(p);
        return false;
    }
    if (count)
        qsort(p, count, sizeof(*p), compare);
    count = merge(p, count);
    texts_done(ranges);
    for (i = 0; i < count; i++) {
        char address[ADDRESS_TEXT_MAX];
        _cleanup_text_ struct text range = {0};
        address_format(&p[i].range.first, address);
        text_printf(&range, "%s/%u", address, p[i].bits);
        texts_add(ranges, range.data);
    }
    free(p);
    return true;
}

bool range_has(const char *range, const char *address)
{
    struct prefix p;
    struct address a;
    return parse(range, &p) && address_parse(address, strlen(address), &a) && address_range_has(&p.range, &a);
}
