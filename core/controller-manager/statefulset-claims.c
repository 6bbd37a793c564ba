/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member's claims: made before its pod, kept when it goes. Whether they go after it, with the set or when
 * the set shrinks, is left to the garbage collector: the claims name the set, or the pod that is to go, as
 * their owner.
 */
#include "core/base/memory.h"
#include "core/controller-manager/statefulset.h"

char *member_claim_name(struct stateful_sync *s, const struct json *template_, int64_t ordinal)
{
    return arena_printf(&s->arena, "%s-%s-%lld", object_name(template_), object_name(s->set),
                        (long long)ordinal);
}

/* --- who owns them --- */

static bool deletes(const struct stateful_sync *s, const char *when)
{
    const struct json *policy = json_at(s->set, "spec.persistentVolumeClaimRetentionPolicy");
    return slice_is(json_slice(json_get(policy, when)), "Delete");
}

/* The owner that a claim should name: the set, the pod that goes, or none. */
static struct json *wanted_owner(struct stateful_sync *s, const struct json *condemned)
{
    bool with_pod = condemned && deletes(s, "whenScaled");
    if (with_pod)
        return object_owner_reference(&s->arena, condemned, "v1", "Pod");
    return deletes(s, "whenDeleted") && !(condemned && deletes(s, "whenScaled"))
               ? object_owner_reference(&s->arena, s->set, "apps/v1", "StatefulSet")
               : NULL;
}

/* References that this controller makes: to this set, or to a pod of the member's name. */
static bool is_ours(const struct stateful_sync *s, const struct json *reference, const char *pod)
{
    return slice_is(json_slice(json_get(reference, "uid")), object_uid(s->set)) ||
           (slice_is(json_slice(json_get(reference, "kind")), "Pod") &&
            slice_is(json_slice(json_get(reference, "name")), pod));
}

/* Puts the wanted owner in the place of ours; returns whether that changed anything. A claim that another
 * controller owns is left to it. */
static bool set_owner(struct stateful_sync *s, struct json *claim, struct json *wanted, const char *pod)
{
    const struct json *present = json_at(claim, "metadata.ownerReferences");
    struct json *references = json_new_array(&s->arena);
    const char *uid = wanted ? json_string_or(json_get(wanted, "uid"), "") : "";
    bool found = !wanted;
    json_for_each (reference, present) {
        bool same = slice_is(json_slice(json_get(reference, "uid")), uid);
        if (wanted && !is_ours(s, reference, pod) && json_boolean_at(reference, "controller", false))
            return false;
        found = found || same;
        if (same || !is_ours(s, reference, pod))
            json_append(&s->arena, references, json_copy(&s->arena, reference));
    }
    if (!found)
        json_append(&s->arena, references, wanted);
    if (json_equal_semantic(references, present))
        return false;
    json_set(&s->arena, json_ensure(&s->arena, claim, "metadata", JSON_OBJECT), "ownerReferences",
             references);
    return true;
}

int member_keep_claims(struct stateful_sync *s, int64_t ordinal, const struct json *condemned,
                       struct error *err)
{
    char *pod = arena_printf(&s->arena, "%s-%lld", object_name(s->set), (long long)ordinal);
    json_for_each (template_, json_at(s->set, "spec.volumeClaimTemplates")) {
        char *name = member_claim_name(s, template_, ordinal);
        struct json *claim = object_cached(s->c->claims, object_namespace(s->set), name, &s->arena);
        if (!claim || object_is_deleted(claim) || !set_owner(s, claim, wanted_owner(s, condemned), pod))
            continue;
        if (client_update(s->c->client, s->c->claims_resource, NULL, claim, &s->arena, NULL, err) < 0)
            return -1;
    }
    return 0;
}

/* --- making them --- */

static int create_claim(struct stateful_sync *s, const struct json *template_, int64_t ordinal,
                        const char *name, struct error *err)
{
    struct arena *a = &s->arena;
    struct error one = ERROR_INIT;
    struct json *claim = json_copy(a, template_), *metadata = json_ensure(a, claim, "metadata", JSON_OBJECT);
    char *pod = arena_printf(a, "%s-%lld", object_name(s->set), (long long)ordinal);
    json_set_string(a, claim, "apiVersion", "v1");
    json_set_string(a, claim, "kind", "PersistentVolumeClaim");
    json_remove(claim, "status");
    json_set_string(a, metadata, "name", name);
    json_set_string(a, metadata, "namespace", object_namespace(s->set));
    json_for_each (label, json_at(s->set, "spec.selector.matchLabels"))
        object_set_label(a, claim, label->key, json_string_or(label, ""));
    set_owner(s, claim, wanted_owner(s, NULL), pod);
    int rc =
        client_create(s->c->client, s->c->claims_resource, object_namespace(s->set), claim, a, NULL, &one);
    if (rc < 0 && one.code == ERR_ALREADY_EXISTS)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

int member_claims(struct stateful_sync *s, int64_t ordinal, struct error *err)
{
    json_for_each (template_, json_at(s->set, "spec.volumeClaimTemplates")) {
        char *name = member_claim_name(s, template_, ordinal);
        const struct json *present = object_cached(s->c->claims, object_namespace(s->set), name, &s->arena);
        if (present && object_is_deleted(present))
            return error_set(err, ERR_CONFLICT, "claim %s is being deleted", name);
        if (present)
            continue;
        bool failed = create_claim(s, template_, ordinal, name, err) < 0;
        event_record(s->c->control.events, s->set, NULL, failed ? "Warning" : "Normal",
                     failed ? "FailedCreate" : "SuccessfulCreate",
                     "create Claim %s Pod %s-%lld in StatefulSet %s %s", name, object_name(s->set),
                     (long long)ordinal, object_name(s->set), failed ? err->message : "success");
        if (failed)
            return -1;
    }
    return 0;
}
