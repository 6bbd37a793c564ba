/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: which plugins are on at which extension point, what they weigh, and their arguments. */
#include "core/scheduler/config-profile.h"

#include "core/base/memory.h"
#include "core/scheduler/filter.h"
#include "core/scheduler/score.h"

/* What an extension point of the configuration turns on and off here. */
enum { POINT_FILTER = 1, POINT_SCORE = 2, POINT_PREEMPT = 4, POINT_OTHER = 8 };
static const struct {
    const char *name;
    unsigned parts;
} points[] = {
    {"multiPoint", POINT_FILTER | POINT_SCORE | POINT_PREEMPT | POINT_OTHER},
    {"preFilter", POINT_OTHER},
    {"filter", POINT_FILTER},
    {"postFilter", POINT_PREEMPT},
    {"preScore", POINT_OTHER},
    {"score", POINT_SCORE},
};
/* Plugins of upstream's default set that are no row of ours: what they do is done, and cannot be turned off.
 */
static const char *const built_in[] = {"SchedulingGates", "PrioritySort", "DefaultBinder"};

static bool is_built_in(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(built_in); i++)
        if (strcmp(built_in[i], name) == 0)
            return true;
    return false;
}

/* weight 0: the default. Returns whether there is such a plugin. */
static bool turn(struct profile *p, unsigned parts, const char *name, bool on, int64_t weight)
{
    bool all = !on && strcmp(name, "*") == 0, known = all || is_built_in(name);
    for (unsigned f = 0; f < filters_count; f++) {
        if (!all && strcmp(filters[f]->name, name) != 0)
            continue;
        known = true;
        if (parts & POINT_FILTER)
            p->filters_off = on ? p->filters_off & ~(UINT64_C(1) << f) : p->filters_off | UINT64_C(1) << f;
    }
    for (unsigned s = 0; s < scores_count; s++) {
        if (!all && strcmp(scores[s]->name, name) != 0)
            continue;
        known = true;
        if (parts & POINT_SCORE)
            p->weights[s] = !on ? 0 : weight ? weight : scores[s]->weight;
    }
    if (all || strcmp(name, "DefaultPreemption") == 0) {
        known = true;
        p->preempts = parts & POINT_PREEMPT ? on : p->preempts;
    }
    return known;
}

static int turn_list(struct profile *p, unsigned parts, const struct json *list, bool on, const char *where,
                     struct error *err)
{
    json_for_each (plugin, list) {
        const char *name = json_string_or(json_get(plugin, "name"), "");
        int64_t weight = json_integer_or(json_get(plugin, "weight"), 0);
        if (weight < 0 || weight > 100)
            return error_set(err, ERR_BAD_REQUEST, "%s: the weight of %s must be between 0 and 100", where,
                             name);
        if (!turn(p, parts, name, on, weight))
            return error_set(err, ERR_BAD_REQUEST, "%s: there is no plugin \"%s\" here", where, name);
    }
    return 0;
}

static int read_plugins(struct profile *p, const struct json *plugins, const char *where, struct error *err)
{
    json_for_each (point, plugins) {
        unsigned parts = 0;
        for (size_t i = 0; i < ARRAY_SIZE(points); i++)
            parts |= strcmp(points[i].name, point->key) == 0 ? points[i].parts : 0;
        if (!parts && json_count(point) > 0)
            return config_refuse(where, point->key, "is an extension point without plugins here", err);
        if (turn_list(p, parts, json_get(point, "disabled"), false, where, err) < 0 ||
            turn_list(p, parts, json_get(point, "enabled"), true, where, err) < 0)
            return -1;
    }
    return 0;
}

static int read_resources(struct scoring *s, const struct json *resources, const char *where,
                          struct error *err)
{
    if (json_count(resources) == 0)
        return 0;
    s->cpu_weight = s->memory_weight = 0;
    json_for_each (resource, resources) {
        const char *name = json_string_or(json_get(resource, "name"), "");
        int64_t weight = json_integer_or(json_get(resource, "weight"), 1);
        if (weight < 1 || weight > 100)
            return config_refuse(where, "weight", "must be between 1 and 100", err);
        if (strcmp(name, "cpu") == 0)
            s->cpu_weight = weight;
        else if (strcmp(name, "memory") == 0)
            s->memory_weight = weight;
        else
            return config_refuse(where, name, "only cpu and memory are scored", err);
    }
    return 0;
}

static int read_fit_args(struct profile *p, const struct json *args, const char *where, struct error *err)
{
    const struct json *strategy = json_get(args, "scoringStrategy");
    const char *type = json_string_or(json_get(strategy, "type"), "LeastAllocated");
    json_for_each (arg, args) {
        if (strcmp(arg->key, "scoringStrategy") != 0 && strcmp(arg->key, "kind") != 0 &&
            strcmp(arg->key, "apiVersion") != 0)
            return config_refuse(where, arg->key, "is not supported", err);
    }
    p->scoring.most_allocated = strcmp(type, "MostAllocated") == 0;
    if (!p->scoring.most_allocated && strcmp(type, "LeastAllocated") != 0)
        return config_refuse(where, "scoringStrategy.type", "must be LeastAllocated or MostAllocated", err);
    return read_resources(&p->scoring, json_get(strategy, "resources"), where, err);
}

static int read_plugin_config(struct profile *p, const struct json *list, const char *where,
                              struct error *err)
{
    json_for_each (one, list) {
        const char *name = json_string_or(json_get(one, "name"), "");
        if (strcmp(name, "NodeResourcesFit") != 0)
            return error_set(err, ERR_BAD_REQUEST, "%s.pluginConfig: \"%s\" takes no arguments here", where,
                             name);
        if (read_fit_args(p, json_get(one, "args"), where, err) < 0)
            return -1;
    }
    return 0;
}

int config_read_profile(struct profile *p, const struct json *document, const char *where, struct error *err)
{
    static const char *const known[] = {"schedulerName", "percentageOfNodesToScore", "plugins",
                                        "pluginConfig"};
    json_for_each (member, document) {
        bool found = false;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            found = found || strcmp(known[i], member->key) == 0;
        if (!found)
            return config_refuse(where, member->key, "is not a field that is known here", err);
    }
    p->percentage_of_nodes = json_integer_at(document, "percentageOfNodesToScore", 0);
    if (p->percentage_of_nodes < 0 || p->percentage_of_nodes > 100)
        return config_refuse(where, "percentageOfNodesToScore", "must be between 0 and 100", err);
    if (read_plugins(p, json_get(document, "plugins"), where, err) < 0)
        return -1;
    return read_plugin_config(p, json_get(document, "pluginConfig"), where, err);
}
