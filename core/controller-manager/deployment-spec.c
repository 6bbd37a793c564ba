/* SPDX-License-Identifier: Apache-2.0 */
/* What a deployment's spec asks for in numbers. */
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/controller-manager/deployment.h"

int64_t int_or_percent(const struct json *value, int64_t total, bool round_up, int64_t fallback)
{
    int64_t percent;
    struct slice text = json_slice(value);
    if (json_is(value, JSON_INT))
        return json_integer_or(value, fallback);
    if (!slice_ends(text, "%"))
        return fallback;
    text.size--;
    if (!parse_i64(text, 0, INT32_MAX, &percent))
        return fallback;
    return (percent * total + (round_up ? 99 : 0)) / 100;
}

int64_t deployment_replicas(const struct json *deployment)
{
    return json_integer_at(deployment, "spec.replicas", 1);
}

bool deployment_is_rolling(const struct json *deployment)
{
    return strcmp(json_string_or(json_at(deployment, "spec.strategy.type"), "RollingUpdate"),
                  "RollingUpdate") == 0;
}

/* Both must not be zero, or nothing could move. */
static void fence_posts(const struct json *deployment, int64_t *ret_surge, int64_t *ret_unavailable)
{
    const struct json *rolling = json_at(deployment, "spec.strategy.rollingUpdate");
    int64_t replicas = deployment_replicas(deployment), quarter = replicas / 4;
    *ret_surge = int_or_percent(json_get(rolling, "maxSurge"), replicas, true, (replicas + 3) / 4);
    *ret_unavailable = int_or_percent(json_get(rolling, "maxUnavailable"), replicas, false, quarter);
    if (*ret_surge == 0 && *ret_unavailable == 0)
        *ret_unavailable = 1;
}

int64_t deployment_max_surge(const struct json *deployment)
{
    int64_t surge, unavailable;
    fence_posts(deployment, &surge, &unavailable);
    return deployment_is_rolling(deployment) ? surge : 0;
}

int64_t deployment_max_unavailable(const struct json *deployment)
{
    int64_t surge, unavailable, replicas = deployment_replicas(deployment);
    fence_posts(deployment, &surge, &unavailable);
    return deployment_is_rolling(deployment) ? MIN(unavailable, replicas) : 0;
}

bool deployment_has_deadline(const struct json *deployment)
{
    int64_t deadline = json_integer_at(deployment, "spec.progressDeadlineSeconds", INT32_MAX);
    return deadline != INT32_MAX;
}

int64_t set_replicas(const struct json *set)
{
    return json_integer_at(set, "spec.replicas", 1);
}

int64_t set_count_of(const struct json *set, const char *field)
{
    return json_integer_or(json_get(json_get(set, "status"), field), 0);
}

int64_t sets_replicas(const struct deployment_sync *s, bool with_new)
{
    int64_t total = 0;
    for (size_t i = 0; i < s->all.count; i++)
        if (with_new || s->all.items[i] != s->new_set)
            total += set_replicas(s->all.items[i]);
    return total;
}
