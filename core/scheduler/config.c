/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a KubeSchedulerConfiguration. A field that is not known is refused, as upstream does, and so is one
 * that is known but would have no effect here: a setting that is silently ignored is worse than none. */
#include "core/scheduler/config.h"

#include "core/api/json.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/scheduler/config-profile.h"

#define FILE_BYTES_MAX (1u << 20)

void config_done(struct scheduler_config *c)
{
    for (unsigned i = 0; i < c->profiles_count; i++)
        profile_done(&c->profiles[i]);
    free(c->profiles);
    free(c->kubeconfig);
    free(c->election.lease_namespace);
    free(c->election.lease_name);
    *c = (struct scheduler_config){0};
}

struct profile *config_add_profile(struct scheduler_config *c, const char *name)
{
    c->profiles = xrealloc(c->profiles, (c->profiles_count + 1) * sizeof(*c->profiles));
    struct profile *p = &c->profiles[c->profiles_count++];
    profile_init(p, name);
    return p;
}

unsigned config_profile_index(const struct scheduler_config *c, const char *name)
{
    for (unsigned i = 0; i < c->profiles_count; i++)
        if (strcmp(c->profiles[i].name, name) == 0)
            return i;
    return 0;
}

const struct profile *config_profile(const struct scheduler_config *c, const char *name)
{
    const struct profile *p = &c->profiles[config_profile_index(c, name)];
    return strcmp(p->name, name) == 0 ? p : NULL;
}

int config_refuse(const char *where, const char *field, const char *why, struct error *err)
{
    return error_set(err, ERR_BAD_REQUEST, "%s%s%s: %s", where, *where ? "." : "", field, why);
}

/* --- fields by table --- */

static int read_text(const struct json *value, void *place)
{
    if (!json_string(value))
        return -1;
    free(*(char **)place);
    *(char **)place = xstrdup(json_string(value));
    return 0;
}

static int read_duration(const struct json *value, void *place)
{
    return json_string(value) && parse_duration_ns(json_slice(value), place) ? 0 : -1;
}

static int read_integer(const struct json *value, void *place)
{
    if (!json_is(value, JSON_INT))
        return -1;
    *(int64_t *)place = json_integer_or(value, 0);
    return 0;
}

static int read_bool(const struct json *value, void *place)
{
    if (!json_is(value, JSON_BOOL))
        return -1;
    *(bool *)place = json_boolean_or(value, false);
    return 0;
}

static int read_rate(const struct json *value, void *place)
{
    if (!json_is(value, JSON_INT) && !json_is(value, JSON_DOUBLE))
        return -1;
    *(double *)place = json_is(value, JSON_INT) ? (double)value->integer : value->number;
    return 0;
}

/* Read elsewhere, or of a kind that this scheduler has no use for but may be told (how many threads look at
 * nodes: it takes one; how requests are encoded). */
static int accept(const struct json *value, void *place)
{
    return 0;
}

struct field {
    const char *name, *wanted;
    int (*read)(const struct json *value, void *place);
    size_t offset;
};
#define AT(member) offsetof(struct scheduler_config, member)
static const struct field top_fields[] = {
    {"apiVersion", "", accept, 0},
    {"kind", "", accept, 0},
    {"parallelism", "a number", accept, 0},
    {"leaderElection", "", accept, 0},
    {"clientConnection", "", accept, 0},
    {"profiles", "", accept, 0},
    {"enableProfiling", "", accept, 0},
    {"enableContentionProfiling", "", accept, 0},
    {"percentageOfNodesToScore", "a number", read_integer, AT(percentage_of_nodes)},
    {"podInitialBackoffSeconds", "a number", read_integer, AT(initial_backoff_s)},
    {"podMaxBackoffSeconds", "a number", read_integer, AT(max_backoff_s)},
};
static const struct field election_fields[] = {
    {"leaderElect", "true or false", read_bool, AT(election.leader_elect)},
    {"leaseDuration", "a duration", read_duration, AT(election.lease_duration_ns)},
    {"renewDeadline", "a duration", read_duration, AT(election.renew_deadline_ns)},
    {"retryPeriod", "a duration", read_duration, AT(election.retry_period_ns)},
    {"resourceName", "a text", read_text, AT(election.lease_name)},
    {"resourceNamespace", "a text", read_text, AT(election.lease_namespace)},
    {"resourceLock", "", accept, 0},
};
static const struct field client_fields[] = {
    {"kubeconfig", "a text", read_text, AT(kubeconfig)},
    {"qps", "a number", read_rate, AT(requests_per_s)},
    {"burst", "", accept, 0},
    {"contentType", "", accept, 0},
    {"acceptContentTypes", "", accept, 0},
};

static int read_fields(struct scheduler_config *c, const struct json *object, const char *where,
                       const struct field *fields, size_t count, struct error *err)
{
    json_for_each (member, object) {
        const struct field *f = fields;
        while (f < fields + count && strcmp(f->name, member->key) != 0)
            f++;
        if (f == fields + count)
            return config_refuse(where, member->key, "is not a field that is known here", err);
        if (!json_is_absent(member) && f->read(member, (char *)c + f->offset) < 0)
            return error_set(err, ERR_BAD_REQUEST, "%s%s%s: must be %s", where, *where ? "." : "", f->name,
                             f->wanted);
    }
    return 0;
}

static int read_profiles(struct scheduler_config *c, const struct json *list, struct error *err)
{
    struct arena arena = ARENA_INIT;
    unsigned index = 0;
    int rc = 0;
    json_for_each (profile, list) {
        const char *name = json_string_or(json_get(profile, "schedulerName"), "default-scheduler");
        if (c->profiles_count && config_profile(c, name))
            rc = error_set(err, ERR_BAD_REQUEST, "profiles[%u].schedulerName: \"%s\" is there twice", index,
                           name);
        else
            rc = config_read_profile(config_add_profile(c, name), profile,
                                     arena_printf(&arena, "profiles[%u]", index), err);
        index++;
        if (rc < 0)
            break;
    }
    arena_done(&arena);
    return rc;
}

static int read_document(struct scheduler_config *c, const struct json *document, struct error *err)
{
    const char *version = json_string_or(json_get(document, "apiVersion"), ""),
               *kind = json_string_or(json_get(document, "kind"), "");
    if (strcmp(kind, "KubeSchedulerConfiguration") != 0)
        return config_refuse("", "kind", "must be KubeSchedulerConfiguration", err);
    if (strcmp(version, "kubescheduler.config.k8s.io/v1") != 0)
        return config_refuse("", "apiVersion", "must be kubescheduler.config.k8s.io/v1", err);
    if (read_fields(c, document, "", top_fields, ARRAY_SIZE(top_fields), err) < 0 ||
        read_fields(c, json_get(document, "leaderElection"), "leaderElection", election_fields,
                    ARRAY_SIZE(election_fields), err) < 0 ||
        read_fields(c, json_get(document, "clientConnection"), "clientConnection", client_fields,
                    ARRAY_SIZE(client_fields), err) < 0)
        return -1;
    return read_profiles(c, json_get(document, "profiles"), err);
}

int config_read(struct scheduler_config *c, const char *path, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *document = NULL;
    if (file_read(path, FILE_BYTES_MAX, &text, err) < 0)
        return -1;
    if (json_parse_yaml(&arena, (struct slice){text.data, text.size}, &document, err) < 0 ||
        read_document(c, document, err) < 0)
        return error_prefix(err, "%s", path);
    return 0;
}

int config_check(const struct scheduler_config *c, struct error *err)
{
    if (c->binders < 1 || c->binders > 256)
        return error_set(err, ERR_BAD_REQUEST, "--binders must be between 1 and 256");
    if (c->percentage_of_nodes < 0 || c->percentage_of_nodes > 100)
        return config_refuse("", "percentageOfNodesToScore", "must be between 0 and 100", err);
    if (c->initial_backoff_s < 1)
        return config_refuse("", "podInitialBackoffSeconds", "must be at least 1", err);
    if (c->max_backoff_s < c->initial_backoff_s)
        return config_refuse("", "podMaxBackoffSeconds", "must not be below podInitialBackoffSeconds", err);
    if (c->requests_per_s < 0)
        return config_refuse("clientConnection", "qps", "must not be negative", err);
    return 0;
}
