/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes whose files come from the API: configMap, secret, downwardAPI, and projected, which puts several of
 * them (and tokens) into one folder. */
#include "core/base/memory.h"
#include "core/kubelet/volume-private.h"

#define MODE_DEFAULT             0644
#define TOKEN_EXPIRATION_DEFAULT 3600

static mode_t default_mode(const struct volume_job *job)
{
    return (mode_t)json_integer_at(job->spec, "defaultMode", MODE_DEFAULT);
}

static int config_map_payload(struct volume_job *job, struct payload *out, struct error *err)
{
    return payload_add_object(job, out, false, json_string_or(json_get(job->spec, "name"), ""), job->spec,
                              default_mode(job), err);
}

static int secret_payload(struct volume_job *job, struct payload *out, struct error *err)
{
    return payload_add_object(job, out, true, json_string_or(json_get(job->spec, "secretName"), ""),
                              job->spec, default_mode(job), err);
}

static int downward_payload(struct volume_job *job, struct payload *out, struct error *err)
{
    return payload_add_downward(job, out, json_get(job->spec, "items"), default_mode(job), err);
}

/* A token is for its container alone: 0600, unless the group is to read it too. */
static int add_token(struct volume_job *job, struct payload *out, const struct json *projection,
                     struct error *err)
{
    const struct volume_source *source = job->v->source;
    const char *token;
    if (!source)
        return error_set(err, ERR_UNAVAILABLE, "a service account token needs an API server");
    if (source->token(source->context, job->pod, json_string_or(json_get(projection, "audience"), ""),
                      json_integer_at(projection, "expirationSeconds", TOKEN_EXPIRATION_DEFAULT), job->arena,
                      &token, err) < 0)
        return -1;
    mode_t mode = job->user >= 0 || job->fs_group >= 0 ? 0600 : default_mode(job);
    return payload_add(job, out, json_string_or(json_get(projection, "path"), "token"), slice_of(token), mode,
                       job->user, err);
}

static int add_projection(struct volume_job *job, struct payload *out, const struct json *source,
                          struct error *err)
{
    const struct json *config_map = json_get(source, "configMap"), *secret = json_get(source, "secret");
    const struct json *downward = json_get(source, "downwardAPI");
    const struct json *token = json_get(source, "serviceAccountToken");
    if (!json_is_absent(config_map))
        return payload_add_object(job, out, false, json_string_or(json_get(config_map, "name"), ""),
                                  config_map, default_mode(job), err);
    if (!json_is_absent(secret))
        return payload_add_object(job, out, true, json_string_or(json_get(secret, "name"), ""), secret,
                                  default_mode(job), err);
    if (!json_is_absent(downward))
        return payload_add_downward(job, out, json_get(downward, "items"), default_mode(job), err);
    if (!json_is_absent(token))
        return add_token(job, out, token, err);
    return error_set(err, ERR_BAD_REQUEST, "a projected source of kind %s is not supported",
                     json_is(source, JSON_OBJECT) && source->first ? source->first->key : "{}");
}

static int projected_payload(struct volume_job *job, struct payload *out, struct error *err)
{
    json_for_each (source, json_get(job->spec, "sources"))
        if (add_projection(job, out, source, err) < 0)
            return -1;
    return 0;
}

const struct volume_kind volume_kind_configmap = {
    .field = "configMap", .folder = "kubernetes.io~configmap", .payload = config_map_payload};
const struct volume_kind volume_kind_secret = {
    .field = "secret", .folder = "kubernetes.io~secret", .in_memory = true, .payload = secret_payload};
const struct volume_kind volume_kind_downward = {.field = "downwardAPI",
                                                 .folder = "kubernetes.io~downward-api",
                                                 .in_memory = true,
                                                 .payload = downward_payload};
const struct volume_kind volume_kind_projected = {.field = "projected",
                                                  .folder = "kubernetes.io~projected",
                                                  .in_memory = true,
                                                  .payload = projected_payload};
