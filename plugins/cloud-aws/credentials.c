/* SPDX-License-Identifier: Apache-2.0 */
/* See credentials.h. */
#include <json-c/json.h>
#include <time.h>

#include "plugins/cloud-aws/aws.h"

#define RENEW_AHEAD_S 300
#define RETRY_S       30

static const struct credential_source *const sources[] = {
    &credentials_configuration, &credentials_environment, &credentials_web_identity,
    &credentials_shared_files,  &credentials_container,   &credentials_imds,
};

void keys_done(struct keys *k)
{
    if (k->secret_access_key)
        explicit_bzero(k->secret_access_key, strlen(k->secret_access_key));
    free(k->access_key_id);
    free(k->secret_access_key);
    free(k->session_token);
    *k = (struct keys){0};
}

static struct keys keys_copy(const struct keys *k)
{
    return (struct keys){mem_str(k->access_key_id), mem_str(k->secret_access_key), mem_str(k->session_token),
                         k->expires_s};
}

void credentials_init(struct credentials *c)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    *c = (struct credentials){0};
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->fetched, &attributes);
    pthread_condattr_destroy(&attributes);
}

void credentials_done(struct credentials *c)
{
    keys_done(&c->keys);
    pthread_cond_destroy(&c->fetched);
    pthread_mutex_destroy(&c->lock);
}

static enum keelson_status fetch(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        struct keys keys = {.expires_s = INT64_MAX};
        if (sources[i]->called && (aws->settings.profile || aws->settings.role_arn))
            continue;
        enum keelson_status status = sources[i]->fetch(aws, call, &keys);
        if (status == KEELSON_OK) {
            aws_host->log(call, KEELSON_LOG_DEBUG, "credentials of %s: %s", sources[i]->name,
                          keys.access_key_id);
            *ret = keys;
            return KEELSON_OK;
        }
        keys_done(&keys);
        if (status != KEELSON_NOT_FOUND)
            return status;
    }
    return FAIL(
        call, KEELSON_DENIED,
        "no credentials: none in the configuration, the environment, a web identity token, the files "
        "of ~/.aws, a container's endpoint or the instance metadata service (which answers a container if "
        "its hop limit is 2 or more)");
}

/* Waits, with the lock held, for the thread that fetches. */
static enum keelson_status await(struct credentials *c, const struct keelson_call *call)
{
    while (c->fetching) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        struct timespec until = {now.tv_sec + 1, now.tv_nsec};
        pthread_cond_timedwait(&c->fetched, &c->lock, &until);
        if (c->fetching && aws_host->cancelled(call))
            return FAIL(call, KEELSON_TIMEOUT, "another call is still fetching credentials");
    }
    return KEELSON_OK;
}

/* Fetches with the lock let go meanwhile. What is still valid is kept when that fails. */
static enum keelson_status renew(struct aws *aws, const struct keelson_call *call, int64_t now_s)
{
    struct credentials *c = &aws->credentials;
    struct keys keys = {0};
    c->fetching = true;
    pthread_mutex_unlock(&c->lock);
    enum keelson_status status = fetch(aws, call, &keys);
    pthread_mutex_lock(&c->lock);
    c->fetching = false;
    if (status == KEELSON_OK) {
        keys_done(&c->keys);
        c->keys = keys;
    } else if (c->keys.access_key_id && c->keys.expires_s > now_s) {
        c->retry_s = now_s + RETRY_S;
        status = KEELSON_OK;
    }
    pthread_cond_broadcast(&c->fetched);
    return status;
}

static enum keelson_status get_locked(struct aws *aws, const struct keelson_call *call)
{
    struct credentials *c = &aws->credentials;
    int64_t now_s = time(NULL);
    bool valid = c->keys.access_key_id && c->keys.expires_s > now_s;
    bool old = valid && c->keys.expires_s != INT64_MAX && c->keys.expires_s - now_s < RENEW_AHEAD_S;
    if (valid && (!old || c->fetching || c->retry_s > now_s))
        return KEELSON_OK;
    if (!c->fetching)
        return renew(aws, call, now_s);
    enum keelson_status status = await(c, call);
    if (status != KEELSON_OK || c->keys.access_key_id)
        return status;
    return renew(aws, call, now_s); /* the other one failed, perhaps for want of time */
}

enum keelson_status credentials_get(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    pthread_mutex_lock(&aws->credentials.lock);
    enum keelson_status status = get_locked(aws, call);
    if (status == KEELSON_OK)
        *ret = keys_copy(&aws->credentials.keys);
    pthread_mutex_unlock(&aws->credentials.lock);
    return status;
}

void credentials_drop(struct aws *aws, const char *access_key_id)
{
    struct credentials *c = &aws->credentials;
    pthread_mutex_lock(&c->lock);
    if (c->keys.access_key_id && strcmp(c->keys.access_key_id, access_key_id) == 0)
        keys_done(&c->keys);
    pthread_mutex_unlock(&c->lock);
}

/* --- for the sources --- */

const char *setting_or_environment(const char *setting, const char *variable)
{
    const char *value = setting && *setting ? setting : getenv(variable);
    return value && *value ? value : NULL;
}

int64_t time_of(const char *text)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest)
        return 0;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    return strcmp(rest, "Z") == 0 || strcmp(rest, "+00:00") == 0 ? timegm(&parts) : 0;
}

static const char *member(struct json_object *o, const char *name)
{
    struct json_object *value;
    return json_object_object_get_ex(o, name, &value) && json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : NULL;
}

enum keelson_status keys_of_json(const struct keelson_call *call, const char *whose, const char *json,
                                 struct keys *ret)
{
    struct json_object *o = json_tokener_parse(json);
    const char *id = member(o, "AccessKeyId"), *secret = member(o, "SecretAccessKey");
    const char *expires = member(o, "Expiration");
    enum keelson_status status = KEELSON_OK;
    if (!id || !secret || !*id || !*secret)
        status = FAIL(call, KEELSON_UNAVAILABLE, "%s: its answer holds no credentials", whose);
    else if (expires && time_of(expires) == 0)
        status = FAIL(call, KEELSON_UNAVAILABLE, "%s: \"%.40s\" is no time of expiry", whose, expires);
    else
        *ret = (struct keys){mem_str(id), mem_str(secret), mem_str(member(o, "Token")),
                             expires ? time_of(expires) : INT64_MAX};
    json_object_put(o);
    return status;
}
