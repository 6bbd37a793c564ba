/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the pools:
 *
 *     pools = ( { name = "lan"; addresses = [ "10.0.0.200-10.0.0.250", "fd00::200/120" ]; },
 *               { name = "dmz"; addresses = [ "203.0.113.0/28" ]; classes = [ "example.com/dmz" ]; automatic
 * = false; skip_ends = true; } );
 *
 * No address may stand in two of them: it would belong to two classes at once. */
#include "plugins/cloud-onprem/pools.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-onprem/reading.h"

#define POOLS_MAX    256
#define PER_POOL_MAX 256

static enum keelson_status read_ranges(const struct reading *r, const struct keelson_config *group,
                                       struct pool *p)
{
    uint32_t count;
    enum keelson_status status = reading_length(r, group, "addresses", PER_POOL_MAX, &count);
    p->ranges = calloc(count + 1, sizeof(*p->ranges));
    if (!p->ranges)
        return reading_no_memory(r);
    if (status == KEELSON_OK && count == 0)
        return r->host->fail(r->call, KEELSON_INVALID, "%s: pool \"%s\" needs addresses = [ … ]",
                             r->host->config_where(group, NULL), p->name);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        struct address_range *range = &p->ranges[i];
        const char *text = NULL, *where = NULL, *why;
        status = reading_text(r, group, "addresses", i, &text, &where);
        if (status != KEELSON_OK)
            break;
        if ((why = address_range_parse(text, strlen(text), range)))
            return r->host->fail(r->call, KEELSON_INVALID, "%s: \"%s\" %s", where, text, why);
        if (!address_is_usable(&range->first) || !address_is_usable(&range->last))
            return r->host->fail(r->call, KEELSON_INVALID,
                                 "%s: \"%s\" has addresses that are no machine's on a network", where, text);
        p->ranges_count++;
    }
    return status;
}

static enum keelson_status read_classes(const struct reading *r, const struct keelson_config *group,
                                        struct pool *p)
{
    uint32_t count;
    const char *where;
    enum keelson_status status = reading_length(r, group, "classes", PER_POOL_MAX, &count);
    p->classes = calloc(count + 1, sizeof(*p->classes));
    if (!p->classes)
        return reading_no_memory(r);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        status = reading_text(r, group, "classes", i, &p->classes[i], &where);
        p->classes_count += status == KEELSON_OK;
    }
    return status;
}

static enum keelson_status read_pool(const struct reading *r, const struct keelson_config *group,
                                     struct pool *p)
{
    static const char *const known[] = {"name", "addresses", "classes", "automatic", "skip_ends", NULL};
    int automatic = 1, skip_ends = 0;
    enum keelson_status status = r->host->config_refuse_unknown(r->call, group, known);
    if (status == KEELSON_OK)
        status = reading_optional(r, group, "name", &p->name);
    if (status == KEELSON_OK && (!p->name || !*p->name))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: a pool needs name = \"…\"",
                             r->host->config_where(group, NULL));
    if (status == KEELSON_OK)
        status = reading_optional_boolean(r, group, "automatic", &automatic);
    if (status == KEELSON_OK)
        status = reading_optional_boolean(r, group, "skip_ends", &skip_ends);
    if (status == KEELSON_OK)
        status = read_ranges(r, group, p);
    p->automatic = automatic;
    p->skip_ends = skip_ends;
    return status == KEELSON_OK ? read_classes(r, group, p) : status;
}

static const struct pool *overlapping(const struct pools *p, const struct pool *pool)
{
    for (const struct pool *other = p->list; other < pool; other++)
        for (uint32_t i = 0; i < other->ranges_count; i++)
            for (uint32_t j = 0; j < pool->ranges_count; j++)
                if (address_ranges_overlap(&other->ranges[i], &pool->ranges[j]))
                    return other;
    return NULL;
}

static enum keelson_status check_against_others(const struct reading *r, const struct keelson_config *group,
                                                const struct pools *p, const struct pool *pool)
{
    const char *where = r->host->config_where(group, NULL);
    const struct pool *other = overlapping(p, pool);
    if (pools_find(p, pool->name) != pool)
        return r->host->fail(r->call, KEELSON_INVALID, "%s: two pools are called \"%s\"", where, pool->name);
    if (other)
        return r->host->fail(r->call, KEELSON_INVALID, "%s: pools \"%s\" and \"%s\" have addresses in common",
                             where, other->name, pool->name);
    return KEELSON_OK;
}

enum keelson_status pools_read(const struct keelson_host *host, const struct keelson_call *call,
                               const struct keelson_config *config, struct pools *ret)
{
    const struct reading r = {host, call, config};
    const struct keelson_config *group;
    struct pools p = {0};
    uint32_t count;
    enum keelson_status status = reading_length(&r, config, "pools", POOLS_MAX, &count);
    p.list = calloc(count + 1, sizeof(*p.list));
    if (!p.list)
        return reading_no_memory(&r);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        struct pool *pool = &p.list[p.count++];
        status = host->config_element(call, config, "pools", i, &group);
        if (status == KEELSON_OK)
            status = read_pool(&r, group, pool);
        if (status == KEELSON_OK)
            status = check_against_others(&r, group, &p, pool);
    }
    if (status != KEELSON_OK) {
        pools_done(&p);
        return status;
    }
    *ret = p;
    return KEELSON_OK;
}

void pools_done(struct pools *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        free(p->list[i].ranges);
        free(p->list[i].classes);
    }
    free(p->list);
    *p = (struct pools){0};
}

const struct pool *pools_find(const struct pools *p, const char *name)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].name && strcmp(p->list[i].name, name) == 0)
            return &p->list[i];
    return NULL;
}

static bool is_for(const struct pool *pool, const char *class_)
{
    for (uint32_t i = 0; i < pool->classes_count; i++)
        if (strcmp(pool->classes[i], class_) == 0)
            return true;
    return false;
}

bool pools_serve(const struct pools *p, const struct pool *pool, const char *class_)
{
    if (pool->classes_count)
        return is_for(pool, class_);
    for (uint32_t i = 0; i < p->count; i++)
        if (is_for(&p->list[i], class_))
            return false;
    return true;
}

bool pool_has(const struct pool *pool, const struct address *a)
{
    return address_ranges_have(pool->ranges, pool->ranges_count, a);
}
