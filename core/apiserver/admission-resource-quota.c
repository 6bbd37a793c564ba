/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceQuota: a new object is charged to every quota of its namespace that counts it, before it is stored.
 * The charge is a compare-and-write on the quota's status, so that two creates cannot share the last place;
 * the controller counts again later and gives back what was charged for an object that was not stored after
 * all.
 */
#include "core/api/object.h"
#include "core/api/quota.h"
#include "core/apiserver/admission-steps.h"
#include "core/base/memory.h"

static const struct resource *quotas(void)
{
    return RESOURCE("", "v1", "resourcequotas");
}

struct charge {
    struct admission_attributes *a;
    struct resource_list delta; /* what the object adds */
};

static void show(struct buffer *out, const char *name, const struct quantity *q)
{
    char text[QUANTITY_TEXT_MAX];
    quantity_format(q, text);
    buffer_printf(out, "%s%s=%s", out->size ? "," : "", name, text);
}

static bool amount_of(const struct json *amounts, const char *name, struct quantity *ret)
{
    *ret = (struct quantity){0};
    return quantity_parse(json_slice(json_get(amounts, name)), ret);
}

/* Names of hard limits that a pod must say something about, since the quota counts them. */
static int check_said(struct charge *c, const struct json *quota, struct error *err)
{
    static const char *const compute[] = {"cpu",        "memory",       "requests.cpu", "requests.memory",
                                          "limits.cpu", "limits.memory"};
    struct buffer missing = BUFFER_INIT;
    if (!admission_is(c->a, "", "pods"))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(compute); i++)
        if (json_get(json_at(quota, "spec.hard"), compute[i]) && !resource_list_find(&c->delta, compute[i]))
            buffer_printf(&missing, "%s%s", missing.size ? "," : "", compute[i]);
    int result = missing.size ? admission_forbid(c->a, err, "failed quota: %s: must specify %s",
                                                 object_name(quota), missing.data)
                              : 0;
    buffer_done(&missing);
    return result;
}

struct shortage {
    struct buffer requested, used, limited;
};

/* Adds the object to status.used where spec.hard names it. */
static bool add_usage(struct charge *c, struct arena *arena, struct json *quota, struct shortage *s)
{
    const struct json *hard = json_at(quota, "spec.hard");
    struct json *used = json_ensure(arena, quota, "status.used", JSON_OBJECT);
    bool changed = false;
    for (unsigned i = 0; i < c->delta.count; i++) {
        const struct resource_amount *d = &c->delta.items[i];
        struct quantity limit, now;
        char text[QUANTITY_TEXT_MAX];
        if (!amount_of(hard, d->name, &limit) || d->amount.nano == 0)
            continue;
        amount_of(used, d->name, &now);
        struct quantity sum = now;
        quantity_add(&sum, &d->amount);
        if (d->amount.nano > 0 && quantity_compare(&sum, &limit) > 0) {
            show(&s->requested, d->name, &d->amount);
            show(&s->used, d->name, &now);
            show(&s->limited, d->name, &limit);
        }
        quantity_format(&sum, text);
        json_set_string(arena, used, d->name, text);
        changed = true;
    }
    return changed;
}

static int charge_quota(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                        struct error *err)
{
    struct charge *c = context;
    struct shortage s = {0};
    struct json *quota = json_copy(arena, current);
    int result = 0;
    add_usage(c, arena, quota, &s);
    if (s.requested.size)
        result = admission_forbid(c->a, err, "exceeded quota: %s, requested: %s, used: %s, limited: %s",
                                  object_name(quota), s.requested.data, s.used.data, s.limited.data);
    buffer_done(&s.requested);
    buffer_done(&s.used);
    buffer_done(&s.limited);
    *ret_new = quota;
    return result;
}

static int apply_quota(struct charge *c, const struct json *quota, struct error *err)
{
    struct api_request self;
    struct json *stored = NULL;
    if (check_said(c, quota, err) < 0)
        return -1;
    registry_self(&self);
    self.dry_run = c->a->dry_run;
    int result = registry_update(c->a->registry, &self, quotas(), c->a->namespace_, object_name(quota),
                                 "status", charge_quota, c, &stored, err);
    registry_self_done(&self);
    return result;
}

/* An update is charged for what it adds: a claim that grows, a service that becomes a load balancer. */
static void subtract_old(struct charge *c)
{
    struct resource_list old = {0};
    struct arena *arena = &c->a->request->arena;
    quota_usage(arena, c->a->resource, c->a->old_object, &old);
    for (unsigned i = 0; i < old.count; i++) {
        struct quantity *now = resource_list_find(&c->delta, old.items[i].name);
        if (now)
            quantity_subtract(now, &old.items[i].amount);
    }
}

static int validate(struct admission_attributes *a, struct error *err)
{
    if (!a->namespace_ || !*a->namespace_ || (a->subresource && *a->subresource) ||
        admission_is(a, "", "resourcequotas"))
        return 0;
    struct object **all = NULL;
    struct arena *arena = &a->request->arena;
    struct charge c = {.a = a};
    size_t count = registry_list(a->registry, quotas(), a->namespace_, &all);
    int result = 0;
    if (count > 0) {
        quota_usage(arena, a->resource, a->object, &c.delta);
        if (a->operation == ADMIT_UPDATE)
            subtract_old(&c);
    }
    for (size_t i = 0; i < count; i++) {
        struct json *quota = result == 0 ? object_parse(all[i], quotas(), arena) : NULL;
        if (quota && quota_covers(quota, a->resource) && quota_matches(quota, a->resource, a->object))
            result = apply_quota(&c, quota, err);
        object_unref(all[i]);
    }
    free(all);
    return result;
}

const struct admission_step admission_resource_quota = {
    .name = "ResourceQuota",
    .operations = ADMIT_CREATE | ADMIT_UPDATE,
    .validate = validate,
};
