/* SPDX-License-Identifier: Apache-2.0 */
/* See choose.h. */
#include "plugins/cloud-onprem/choose.h"

#include <stdio.h>
#include <string.h>

/* Pools that are not automatic count when they or an address of theirs were asked for by name. */
static bool is_eligible(const struct pools *pools, const struct pool *p, const struct request *q,
                        bool by_name)
{
    if (*q->pool)
        return strcmp(q->pool, p->name) == 0 && pools_serve(pools, p, q->class_);
    return (p->automatic || by_name) && pools_serve(pools, p, q->class_);
}

static const struct pool *pool_with(const struct pools *pools, const struct request *q,
                                    const struct address *a)
{
    for (uint32_t i = 0; i < pools->count; i++)
        if (is_eligible(pools, &pools->list[i], q, true) && pool_has(&pools->list[i], a))
            return &pools->list[i];
    return NULL;
}

static const struct address *of_family(const struct address *list, uint32_t count, uint8_t family)
{
    for (uint32_t i = 0; i < count; i++)
        if (list[i].family == family)
            return &list[i];
    return NULL;
}

static enum keelson_status choose_requested(const struct pools *pools, const struct allocator *a,
                                            const struct request *q, const struct address *wanted, char *why,
                                            size_t why_size)
{
    char text[ADDRESS_TEXT_MAX], holder[512];
    address_format(wanted, text);
    if (!pool_with(pools, q, wanted)) {
        snprintf(why, why_size, "%s is in no pool that this Service may use", text);
        return KEELSON_INVALID;
    }
    if (!allocator_may_take(a, wanted, &q->claim, holder, sizeof(holder))) {
        snprintf(why, why_size, "%s is taken: %s", text, holder);
        return KEELSON_CONFLICT;
    }
    return KEELSON_OK;
}

static const struct address *present(const struct pools *pools, const struct allocator *a,
                                     const struct request *q, uint8_t family)
{
    char why[1];
    for (uint32_t i = 0; i < q->current_count; i++) {
        const struct address *at = &q->current[i];
        if (at->family == family && pool_with(pools, q, at) &&
            allocator_may_take(a, at, &q->claim, why, sizeof(why)))
            return at;
    }
    return NULL;
}

static bool find_new(const struct pools *pools, const struct allocator *a, const struct request *q,
                     uint8_t family, struct address *ret)
{
    for (uint32_t i = 0; i < pools->count; i++) {
        const struct pool *p = &pools->list[i];
        for (uint32_t j = 0; is_eligible(pools, p, q, false) && j < p->ranges_count; j++)
            if (p->ranges[j].first.family == family &&
                allocator_find(a, &p->ranges[j], p->skip_ends, &q->claim, ret))
                return true;
    }
    return false;
}

/* What there was to take from, for a message: "lan" (51 of 51 in use). */
static enum keelson_status say_exhausted(const struct pools *pools, const struct allocator *a,
                                         const struct request *q, uint8_t family, char *why, size_t why_size)
{
    size_t said = (size_t)snprintf(why, why_size, "no IPv%u address is left", family);
    const char *before = " in ";
    for (uint32_t i = 0; i < pools->count && said < why_size; i++) {
        const struct pool *p = &pools->list[i];
        uint64_t used = 0, all = 0;
        for (uint32_t j = 0; j < p->ranges_count; j++) {
            uint64_t count = p->ranges[j].first.family == family ? address_range_count(&p->ranges[j]) : 0;
            all = all > UINT64_MAX - count ? UINT64_MAX : all + count;
            used += count ? allocator_used(a, &p->ranges[j]) : 0;
        }
        if (!is_eligible(pools, p, q, false) || all == 0)
            continue;
        said += (size_t)snprintf(why + said, why_size - said, "%spool \"%s\" (%llu of %llu in use)", before,
                                 p->name, (unsigned long long)used, (unsigned long long)all);
        before = ", ";
    }
    if (*before == ' ' && said < why_size)
        snprintf(why + said, why_size - said, ": no pool that this Service may use has any");
    return KEELSON_EXHAUSTED;
}

static enum keelson_status choose_one(const struct pools *pools, const struct allocator *a,
                                      const struct request *q, uint8_t family, struct choice *c, char *why,
                                      size_t why_size)
{
    struct address *place = &c->addresses[c->count];
    const struct address *wanted = of_family(q->requested, q->requested_count, family);
    enum keelson_status status = KEELSON_OK;
    if (wanted)
        status = choose_requested(pools, a, q, wanted, why, why_size);
    else if (!(wanted = present(pools, a, q, family)) && !find_new(pools, a, q, family, place))
        status = say_exhausted(pools, a, q, family, why, why_size);
    if (status == KEELSON_OK && wanted)
        *place = *wanted;
    c->count += status == KEELSON_OK;
    return status;
}

/* The pool that it asks for: is there one, and is it for such a Service? */
static bool may_have_pool(const struct pools *pools, const struct request *q, char *why, size_t why_size)
{
    static const char field[] = "annotation onprem.keelson.io/pool";
    const struct pool *p = pools_find(pools, q->pool);
    if (!*q->pool || (p && pools_serve(pools, p, q->class_)))
        return true;
    if (!p)
        snprintf(why, why_size, "%s: there is no pool \"%s\"", field, q->pool);
    else if (p->classes_count)
        snprintf(why, why_size, "%s: pool \"%s\" is for Services of its classes alone, as %s", field, q->pool,
                 p->classes[0]);
    else
        snprintf(why, why_size, "%s: pool \"%s\" is not for Services of class %s, which has pools of its own",
                 field, q->pool, q->class_);
    return false;
}

enum keelson_status choose(const struct pools *pools, const struct allocator *a, const struct request *q,
                           struct choice *ret, char *why, size_t why_size)
{
    struct choice c = {0};
    enum keelson_status last = KEELSON_OK;
    if (!may_have_pool(pools, q, why, why_size))
        return KEELSON_INVALID;
    for (uint32_t i = 0; i < q->families_count; i++) {
        enum keelson_status status = choose_one(pools, a, q, q->families[i], &c, why, why_size);
        last = status == KEELSON_OK ? last : status;
        if (status != KEELSON_OK && (status != KEELSON_EXHAUSTED || q->all_families))
            return status;
    }
    if (c.count == 0)
        return last;
    *ret = c;
    return KEELSON_OK;
}

void choose_present(const struct pools *pools, const struct allocator *a, const struct request *q,
                    struct choice *ret)
{
    *ret = (struct choice){0};
    for (uint32_t i = 0; i < q->families_count; i++) {
        const struct address *at = present(pools, a, q, q->families[i]);
        if (at)
            ret->addresses[ret->count++] = *at;
    }
}
