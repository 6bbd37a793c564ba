/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving replicas from the old sets to the new one: step by step within maxSurge and maxUnavailable, or all
 * old ones first. Each sync takes one step in one direction, and the sets' next status brings the next sync.
 */
#include "core/base/memory.h"
#include "core/controller-manager/deployment.h"

/* > 0: something was scaled. */
static int reconcile_new_set(struct deployment_sync *s, struct error *err)
{
    int64_t have = set_replicas(s->new_set), size = deployment_replicas(s->deployment);
    if (have == size)
        return 0;
    int64_t replicas = have > size ? size : deployment_new_set_replicas(s, s->new_set);
    if (deployment_scale_set(s, s->new_set, replicas, err) < 0)
        return -1;
    return replicas != have;
}

/* Old sets' replicas that are not available do no good: they go first. */
static int clean_unhealthy(struct deployment_sync *s, int64_t most, int64_t *ret_scaled, struct error *err)
{
    *ret_scaled = 0;
    for (size_t i = 0; i < s->all.count && *ret_scaled < most; i++) {
        struct json *set = s->all.items[i];
        int64_t have = set_replicas(set), unhealthy = have - set_count_of(set, "availableReplicas");
        if (set == s->new_set || have == 0 || unhealthy <= 0)
            continue;
        int64_t down = MIN(unhealthy, most - *ret_scaled);
        if (deployment_scale_set(s, set, have - down, err) < 0)
            return -1;
        *ret_scaled += down;
    }
    return 0;
}

static int scale_down_old(struct deployment_sync *s, int64_t least, int64_t *ret_scaled, struct error *err)
{
    int64_t available = 0;
    *ret_scaled = 0;
    for (size_t i = 0; i < s->all.count; i++)
        available += set_count_of(s->all.items[i], "availableReplicas");
    for (size_t i = 0; i < s->all.count && *ret_scaled < available - least; i++) {
        struct json *set = s->all.items[i];
        int64_t have = set_replicas(set), down = MIN(have, available - least - *ret_scaled);
        if (set == s->new_set || have == 0)
            continue;
        if (deployment_scale_set(s, set, have - down, err) < 0)
            return -1;
        *ret_scaled += down;
    }
    return 0;
}

static int reconcile_old_sets(struct deployment_sync *s, struct error *err)
{
    int64_t unhealthy, scaled,
        least = deployment_replicas(s->deployment) - deployment_max_unavailable(s->deployment);
    int64_t new_unavailable = set_replicas(s->new_set) - set_count_of(s->new_set, "availableReplicas");
    int64_t most = sets_replicas(s, true) - least - new_unavailable;
    if (sets_replicas(s, false) == 0 || most <= 0)
        return 0;
    if (clean_unhealthy(s, most, &unhealthy, err) < 0 || scale_down_old(s, least, &scaled, err) < 0)
        return -1;
    return unhealthy + scaled > 0;
}

static int finish(struct deployment_sync *s, struct error *err)
{
    if (deployment_is_complete(s->deployment, json_get(s->deployment, "status")) &&
        deployment_clean_up(s, err) < 0)
        return -1;
    return deployment_write_rollout_status(s, err);
}

int deployment_roll(struct deployment_sync *s, struct error *err)
{
    if (deployment_sync_revision(s, true, err) < 0)
        return -1;
    int step = reconcile_new_set(s, err);
    if (step == 0)
        step = reconcile_old_sets(s, err);
    if (step < 0)
        return -1;
    return step > 0 ? deployment_write_rollout_status(s, err) : finish(s, err);
}

/* --- recreate --- */

static int scale_old_to_zero(struct deployment_sync *s, struct error *err)
{
    int scaled = 0;
    for (size_t i = 0; i < s->all.count; i++) {
        struct json *set = s->all.items[i];
        if (set == s->new_set || set_replicas(set) == 0)
            continue;
        if (deployment_scale_set(s, set, 0, err) < 0)
            return -1;
        scaled = 1;
    }
    return scaled;
}

/* Pods of old sets that have not ended, also those that their set does not count any more. */
static bool old_pods_run(struct deployment_sync *s)
{
    for (size_t i = 0; i < s->all.count; i++) {
        struct json *set = s->all.items[i];
        if (set == s->new_set)
            continue;
        if (set_count_of(set, "replicas") > 0)
            return true;
        _cleanup_(object_list_done) struct object_list pods =
            objects_by(s->c->pods, INDEX_OWNER, object_uid(set));
        for (size_t p = 0; p < pods.count; p++)
            if (!pod_is_terminal(cached_parse(pods.cached[p], &s->arena)))
                return true;
    }
    return false;
}

int deployment_recreate(struct deployment_sync *s, struct error *err)
{
    if (deployment_sync_revision(s, false, err) < 0)
        return -1;
    int scaled = scale_old_to_zero(s, err);
    if (scaled < 0)
        return -1;
    if (scaled || old_pods_run(s))
        return deployment_write_rollout_status(s, err);
    if (!s->new_set && deployment_sync_revision(s, true, err) < 0)
        return -1;
    if (deployment_scale_set(s, s->new_set, deployment_replicas(s->deployment), err) < 0)
        return -1;
    return finish(s, err);
}
