/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting, as upstream's generic registry does it: an object goes at once, or, when it has a grace period or
 * finalizers (its own, or those that a propagation policy adds), is marked with a deletionTimestamp and goes
 * later: with its last finalizer, or when the kubelet deletes it again with a period of 0.
 */
#include "core/api/object.h"
#include "core/apiserver/versions.h"
#include "core/apiserver/registry-decide.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/number.h"

enum { DELETES_TRIED_MAX = 32 };

struct deletion {
    struct decision d;
    const char *uid, *resource_version; /* preconditions; NULL: none */
    struct json *object;                /* a copy that is changed */
    const struct json *old;
    int64_t grace_s;
    bool graceful, pending; /* marks it with a grace period; is already waiting and nothing changes */
};

static int check_preconditions(const struct deletion *x, struct error *err)
{
    const struct decision *d = &x->d;
    if (x->uid && *x->uid && strcmp(x->uid, object_uid(x->old)) != 0)
        return registry_conflict(
            d->r, d->name,
            arena_printf(d->arena, "Precondition failed: UID in precondition: %s, UID in object meta: %s",
                         x->uid, object_uid(x->old)),
            err);
    if (x->resource_version && *x->resource_version &&
        strcmp(x->resource_version, object_resource_version(x->old)) != 0)
        return registry_conflict(d->r, d->name,
                                 arena_printf(d->arena,
                                              "Precondition failed: ResourceVersion in precondition: %s, "
                                              "ResourceVersion in object meta: %s",
                                              x->resource_version, object_resource_version(x->old)),
                                 err);
    return 0;
}

static void set_deletion(const struct deletion *x, int64_t at_ns, int64_t grace_s)
{
    char text[TIME_TEXT_MAX];
    struct json *metadata = json_get(x->object, "metadata");
    time_format(at_ns, text);
    json_set_string(x->d.arena, metadata, "deletionTimestamp", text);
    json_set_int(x->d.arena, metadata, "deletionGracePeriodSeconds", grace_s);
}

/* An object that is already being deleted: its period can only be shortened. */
static void consider_pending(struct deletion *x)
{
    const struct json *metadata = json_get(x->old, "metadata"),
                      *was = json_get(metadata, "deletionGracePeriodSeconds");
    int64_t old_grace = json_integer_or(was, 0), at;
    if (!was)
        return;
    if (x->d.by->grace_period_s < 0 || x->d.by->grace_period_s >= old_grace) {
        x->pending = true;
        return;
    }
    x->graceful = true;
    x->grace_s = x->d.by->grace_period_s;
    if (time_parse(json_slice(json_get(metadata, "deletionTimestamp")), &at))
        set_deletion(x, at - (old_grace - x->grace_s) * NS_PER_S, x->grace_s);
}

static void consider_grace(struct deletion *x)
{
    if (object_is_deleted(x->old)) {
        consider_pending(x);
        return;
    }
    if (!x->d.s->grace_period_s)
        return;
    x->graceful = true;
    x->grace_s = x->d.s->grace_period_s(x->d.by, x->old);
    set_deletion(x, clock_realtime_ns() + x->grace_s * NS_PER_S, x->grace_s);
    if (object_generation(x->old) > 0)
        json_set_int(x->d.arena, json_get(x->object, "metadata"), "generation",
                     object_generation(x->old) + 1);
}

/* Which of the two finalizers of the garbage collector the object gets (upstream's shouldOrphanDependents and
 * shouldDeleteDependents). Returns whether anything changed. */
static bool set_propagation(struct deletion *x)
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
static bool stays(struct deletion *x)
{
    consider_grace(x);
    if (x->pending)
        return true;
    set_propagation(x);
    bool finalizers = json_count(json_at(x->object, "metadata.finalizers")) ||
                      (x->d.s->may_go && !x->d.s->may_go(x->object));
    if (!x->graceful && finalizers && !object_is_deleted(x->old))
        set_deletion(x, clock_realtime_ns(), 0);
    return finalizers || (x->graceful && x->grace_s > 0);
}

static int delete_once(struct deletion *x, struct object *current, struct object **ret, bool *ret_gone,
                       struct error *err)
{
    const struct decision *d = &x->d;
    struct object *made;
    uint64_t revision = 0;
    x->old = decide_parse(d, current);
    x->object = json_copy(d->arena, x->old);
    x->graceful = x->pending = false;
    if (check_preconditions(x, err) < 0 || decide_admission(d, ADMIT_DELETE, true, NULL, x->old, err) < 0 ||
        decide_admission(d, ADMIT_DELETE, false, NULL, x->old, err) < 0)
        return -1;
    bool kept = stays(x);
    if (d->s->prepare_delete && d->s->prepare_delete(d->g, d->by, x->object, err) < 0)
        return -1;
    if (decide_encode(d, stored_key(current), x->object, &made, err) < 0)
        return -1;
    *ret_gone = !kept;
    made->revision = current->revision;
    struct commit commit = {registry_cache(d->g, d->r),
                            stored_key(current),
                            kept ? made : NULL,
                            current->revision,
                            kept && d->s->expires ? d->g->event_ttl_s : 0,
                            false};
    bool nothing = kept && stored_same_text(made, current);
    if (!nothing && !d->by->dry_run) {
        if (registry_commit(d->g, &commit, &revision, err) < 0) {
            object_unref(made);
            return -1;
        }
        made->revision = revision;
        if (!kept)
            decide_finish(d, NULL, x->old, true);
    }
    *ret = made;
    return 0;
}

int registry_delete_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, const char *name, const char *uid,
                           const char *resource_version, struct object **ret, bool *ret_gone,
                           struct error *err)
{
    struct deletion x = {decision_of(g, by, r, namespace_, name, ""), .uid = uid,
                         .resource_version = resource_version};
    _cleanup_(error_done) struct error why = ERROR_INIT;
    for (unsigned tried = 0;; tried++) {
        struct object *current = registry_lookup(g, r, x.d.namespace_, x.d.name);
        if (!current)
            return registry_not_found(r, x.d.name, err);
        int status = delete_once(&x, current, ret, ret_gone, &why);
        object_unref(current);
        if (status == 0)
            return 0;
        /* A precondition that failed names its object; the store's own conflict does not and is tried again.
         */
        if (why.code != ERR_CONFLICT || why.kind || tried >= DELETES_TRIED_MAX)
            break;
    }
    if (err)
        error_move(err, &why);
    return -1;
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
