/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A deployment's size while several of its sets have replicas: each gets a share in proportion to what it
 * has, so that a rollout that is under way, or paused, keeps its balance of risk. What was the size when a
 * set was scaled last stands in its annotations.
 */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/controller-manager/deployment.h"

static bool set_number(struct arena *arena, struct json *set, const char *key, int64_t value)
{
    int64_t old;
    if (set_annotation_number(set, key, &old) && old == value)
        return false;
    object_set_annotation(arena, set, key, arena_printf(arena, "%lld", (long long)value));
    return true;
}

int deployment_scale_set(struct deployment_sync *s, struct json *set, int64_t replicas, struct error *err)
{
    int64_t before = set_replicas(set), size = deployment_replicas(s->deployment);
    struct json *answer = NULL, *fresh = json_copy(&s->arena, set);
    bool changed = set_number(&s->arena, fresh, ANNOTATION_DESIRED, size);
    changed |= set_number(&s->arena, fresh, ANNOTATION_MAX, size + deployment_max_surge(s->deployment));
    if (before == replicas && !changed)
        return 0;
    json_set_int(&s->arena, json_ensure(&s->arena, fresh, "spec", JSON_OBJECT), "replicas", replicas);
    if (client_update(s->c->client, s->c->sets_resource, NULL, fresh, &s->arena, &answer, err) < 0)
        return -1;
    json_replace(set, answer);
    if (before != replicas)
        event_record(s->c->events, s->deployment, NULL, "Normal", "ScalingReplicaSet",
                     "Scaled %s replica set %s from %lld to %lld", replicas > before ? "up" : "down",
                     object_name(set), (long long)before, (long long)replicas);
    return 0;
}

bool deployment_is_scaling(const struct deployment_sync *s)
{
    for (size_t i = 0; i < s->all.count; i++) {
        int64_t desired;
        if (set_replicas(s->all.items[i]) > 0 &&
            set_annotation_number(s->all.items[i], ANNOTATION_DESIRED, &desired) &&
            desired != deployment_replicas(s->deployment))
            return true;
    }
    return false;
}

/* The only set with replicas, or, when none has any, the newest; NULL when several have. */
static struct json *active_or_latest(const struct deployment_sync *s)
{
    struct json *active = NULL;
    size_t count = 0;
    for (size_t i = 0; i < s->all.count; i++)
        if (set_replicas(s->all.items[i]) > 0) {
            active = s->all.items[i];
            count++;
        }
    if (count == 0 && s->all.count)
        return s->new_set ? s->new_set : s->all.items[s->all.count - 1];
    return count == 1 ? active : NULL;
}

static bool is_saturated(const struct deployment_sync *s)
{
    int64_t desired, size = deployment_replicas(s->deployment);
    return s->new_set && set_annotation_number(s->new_set, ANNOTATION_DESIRED, &desired) && desired == size &&
           set_replicas(s->new_set) == size && set_count_of(s->new_set, "availableReplicas") == size;
}

static int scale_old_to_zero(struct deployment_sync *s, struct error *err)
{
    for (size_t i = 0; i < s->all.count; i++) {
        struct json *set = s->all.items[i];
        if (set != s->new_set && set_replicas(set) > 0 && deployment_scale_set(s, set, 0, err) < 0)
            return -1;
    }
    return 0;
}

static int64_t divide_rounded(int64_t a, int64_t b)
{
    return (2 * a + b) / (2 * b);
}

/* What the set's share of the change would be, rounded. */
static int64_t fraction(const struct deployment_sync *s, const struct json *set)
{
    int64_t size = deployment_replicas(s->deployment), have = set_replicas(set), before = 0;
    if (size == 0)
        return -have;
    if (!set_annotation_number(set, ANNOTATION_MAX, &before) || before == 0)
        before = json_integer_at(s->deployment, "status.replicas", 0);
    if (before == 0)
        return 0;
    return divide_rounded(have * (size + deployment_max_surge(s->deployment)), before) - have;
}

struct share {
    struct json *set;
    int64_t size, created_ns;
    int newer_first; /* 1, or -1: of sets of one size, the elder first */
};

static int by_size(const void *x, const void *y)
{
    const struct share *a = x, *b = y;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    if (a->created_ns != b->created_ns)
        return (a->created_ns > b->created_ns ? -1 : 1) * a->newer_first;
    return strcmp(object_name(a->set), object_name(b->set));
}

static void share_out(const struct deployment_sync *s, struct share *shares, size_t count, int64_t add)
{
    int64_t added = 0;
    for (size_t i = 0; i < count && add != 0; i++) {
        int64_t part = fraction(s, shares[i].set), left = add - added;
        if (shares[i].size == 0 || left == 0)
            continue;
        part = add > 0 ? MIN(part, left) : MAX(part, left);
        shares[i].size += part;
        added += part;
    }
    if (count && add != 0)
        shares[0].size = MAX(shares[0].size + add - added, INT64_C(0));
}

static int scale_in_proportion(struct deployment_sync *s, struct error *err)
{
    struct share *shares = arena_alloc(&s->arena, (s->all.count + 1) * sizeof(*shares));
    size_t count = 0;
    int64_t size = deployment_replicas(s->deployment);
    int64_t allowed = size > 0 ? size + deployment_max_surge(s->deployment) : 0;
    int64_t add = allowed - sets_replicas(s, true);
    for (size_t i = 0; i < s->all.count; i++) {
        struct json *set = s->all.items[i];
        if (set_replicas(set) > 0)
            shares[count++] =
                (struct share){set, set_replicas(set), object_created_ns(set), add > 0 ? 1 : -1};
    }
    qsort(shares, count, sizeof(*shares), by_size);
    share_out(s, shares, count, add);
    for (size_t i = 0; i < count; i++)
        if (deployment_scale_set(s, shares[i].set, shares[i].size, err) < 0)
            return -1;
    return 0;
}

int deployment_scale(struct deployment_sync *s, struct error *err)
{
    struct json *only = active_or_latest(s);
    if (only) {
        int64_t size = deployment_replicas(s->deployment);
        return set_replicas(only) == size ? 0 : deployment_scale_set(s, only, size, err);
    }
    if (is_saturated(s))
        return scale_old_to_zero(s, err);
    return deployment_is_rolling(s->deployment) ? scale_in_proportion(s, err) : 0;
}
