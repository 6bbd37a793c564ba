/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting, as upstream's generic registry does it: an object goes at once, or, when it has a grace period or
 * finalizers (its own, or those that a propagation policy adds), is marked with a deletionTimestamp and goes
 * later: with its last finalizer, or when the kubelet deletes it again with a period of 0.
 */
#include "core/api/object.h"
#include "core/apiserver/versions.h"
#include "core/apiserver/registry-run.h"
#include "core/apiserver/server.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/number.h"

enum { DELETES_TRIED_MAX = 256 };

static int check_preconditions(const struct write *x, struct error *err)
{
    const struct decision *d = &x->d;
    if (x->deletion.uid && *x->deletion.uid && strcmp(x->deletion.uid, object_uid(x->old)) != 0)
        return registry_conflict(
            d->r, d->name,
            arena_printf(d->arena, "Precondition failed: UID in precondition: %s, UID in object meta: %s",
                         x->deletion.uid, object_uid(x->old)),
            err);
    if (x->deletion.resource_version && *x->deletion.resource_version &&
        strcmp(x->deletion.resource_version, object_resource_version(x->old)) != 0)
        return registry_conflict(d->r, d->name,
                                 arena_printf(d->arena,
                                              "Precondition failed: ResourceVersion in precondition: %s, "
                                              "ResourceVersion in object meta: %s",
                                              x->deletion.resource_version, object_resource_version(x->old)),
                                 err);
    return 0;
}

static void set_deletion(const struct write *x, int64_t at_ns, int64_t grace_s)
{
    char text[TIME_TEXT_MAX];
    struct json *metadata = json_get(x->object, "metadata");
    time_format(at_ns, text);
    json_set_string(x->d.arena, metadata, "deletionTimestamp", text);
    json_set_int(x->d.arena, metadata, "deletionGracePeriodSeconds", grace_s);
}

/* An object that is already being deleted: its period can only be shortened. */
static void consider_pending(struct write *x)
{
    const struct json *metadata = json_get(x->old, "metadata"),
                      *was = json_get(metadata, "deletionGracePeriodSeconds");
    int64_t old_grace = json_integer_or(was, 0), at;
    if (!was)
        return;
    if (x->d.by->grace_period_s < 0 || x->d.by->grace_period_s >= old_grace) {
        x->deletion.pending = true;
        return;
    }
    x->deletion.graceful = true;
    x->deletion.grace_s = x->d.by->grace_period_s;
    if (time_parse(json_slice(json_get(metadata, "deletionTimestamp")), &at))
        set_deletion(x, at - (old_grace - x->deletion.grace_s) * NS_PER_S, x->deletion.grace_s);
}

static void consider_grace(struct write *x)
{
    if (object_is_deleted(x->old)) {
        consider_pending(x);
        return;
    }
    if (!x->d.s->grace_period_s)
        return;
    x->deletion.graceful = true;
    x->deletion.grace_s = x->d.s->grace_period_s(x->d.by, x->old);
    set_deletion(x, clock_realtime_ns() + x->deletion.grace_s * NS_PER_S, x->deletion.grace_s);
    if (object_generation(x->old) > 0)
        json_set_int(x->d.arena, json_get(x->object, "metadata"), "generation",
                     object_generation(x->old) + 1);
}

/* Which of the two finalizers of the garbage collector the object gets (upstream's shouldOrphanDependents and
 * shouldDeleteDependents). Returns whether anything changed. */
static bool set_propagation(struct write *x)
{
    const struct api_request *by = x->d.by;
    const char *policy = by->propagation_policy && *by->propagation_policy ? by->propagation_policy : NULL;
    bool had_orphan = object_has_finalizer(x->old, "orphan"),
         had_foreground = object_has_finalizer(x->old, "foregroundDeletion");
    bool orphan, foreground;
    if (by->orphan_dependents_given) {
        orphan = by->orphan_dependents;
        foreground = false;
    } else if (policy) {
        orphan = !strcmp(policy, "Orphan");
        foreground = !strcmp(policy, "Foreground");
    } else {
        foreground = had_foreground;
        orphan = had_orphan || (!had_foreground && x->d.s->default_propagation &&
                                !strcmp(x->d.s->default_propagation, "Orphan"));
    }
    object_remove_finalizer(x->object, "orphan");
    object_remove_finalizer(x->object, "foregroundDeletion");
    if (orphan)
        object_add_finalizer(x->d.arena, x->object, "orphan");
    if (foreground)
        object_add_finalizer(x->d.arena, x->object, "foregroundDeletion");
    return orphan != had_orphan || foreground != had_foreground;
}

/* Whether the object stays, marked. Changes x->object to what it is then. */
static bool stays(struct write *x)
{
    consider_grace(x);
    if (x->deletion.pending)
        return true;
    set_propagation(x);
    bool finalizers = json_count(json_at(x->object, "metadata.finalizers")) ||
                      (x->d.s->may_go && !x->d.s->may_go(x->object));
    if (!x->deletion.graceful && finalizers && !object_is_deleted(x->old))
        set_deletion(x, clock_realtime_ns(), 0);
    return finalizers || (x->deletion.graceful && x->deletion.grace_s > 0);
}

static int decide(struct write *x, struct error *err)
{
    const struct decision *d = &x->d;
    x->deletion.graceful = x->deletion.pending = false;
    x->current = registry_lookup(d->g, d->r, d->namespace_, d->name);
    if (!x->current)
        return registry_not_found(d->r, d->name, err);
    x->old = decide_parse(d, x->current);
    x->object = json_copy(d->arena, x->old);
    if (check_preconditions(x, err) < 0 || decide_admission(d, ADMIT_DELETE, true, NULL, x->old, err) < 0 ||
        decide_admission(d, ADMIT_DELETE, false, NULL, x->old, err) < 0)
        return -1;
    bool kept = stays(x);
    if (d->s->prepare_delete && d->s->prepare_delete(d->g, d->by, x->object, err) < 0)
        return -1;
    if (decide_encode(d, stored_key(x->current), x->object, &x->made, err) < 0)
        return -1;
    x->gone = !kept;
    x->made->revision = x->current->revision;
    x->commit = (struct commit){registry_cache(d->g, d->r),
                                stored_key(x->current),
                                kept ? x->made : NULL,
                                x->current->revision,
                                kept && d->s->expires ? d->g->event_ttl_s : 0,
                                false};
    x->commits = !(kept && stored_same_text(x->made, x->current)) && !d->by->dry_run;
    return 0;
}

/* A precondition that failed names its object; the store's own conflict does not and is tried again. */
static bool settle(struct write *x, int status, struct error *err)
{
    if (status == 0 && x->commits && x->gone)
        decide_finish(&x->d, NULL, x->old, true);
    write_finish(x, status);
    return status < 0 && err->code == ERR_CONFLICT && !err->kind && x->tried < DELETES_TRIED_MAX;
}

static const struct write_steps steps = {decide, settle};

int registry_delete_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, const char *name, const char *uid,
                           const char *resource_version, struct object **ret, bool *ret_gone,
                           struct error *err)
{
    struct write x;
    struct decision d = decision_of(g, by, r, namespace_, name, "");
    write_init(&x, &d, &steps);
    x.deletion.uid = uid;
    x.deletion.resource_version = resource_version;
    if (write_run(&x, err) < 0)
        return -1;
    *ret = x.made;
    *ret_gone = x.gone;
    return 0;
}

void registry_delete_start(struct api_request *r, registry_ended *ended)
{
    struct write *x = arena_alloc(&r->arena, sizeof(*x));
    struct decision d = decision_of(r->server->registry, r, r->resource, r->namespace_, r->name, "");
    write_init(x, &d, &steps);
    x->deletion.uid = r->delete_uid;
    x->deletion.resource_version = r->delete_resource_version;
    write_start(x, ended);
}

int registry_delete(struct registry *g, struct api_request *by, const struct resource *r,
                    const char *namespace_, const char *name, const char *uid, const char *resource_version,
                    struct json **ret, bool *ret_gone, struct error *err)
{
    struct object *made;
    bool gone;
    if (registry_delete_object(g, by, r, namespace_, name, uid, resource_version, &made, &gone, err) < 0)
        return -1;
    if (ret)
        *ret = versions_parse(made, r, &by->arena);
    if (ret_gone)
        *ret_gone = gone;
    object_unref(made);
    return 0;
}
