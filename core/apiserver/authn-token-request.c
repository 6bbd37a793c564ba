/* SPDX-License-Identifier: Apache-2.0 */
/* serviceaccounts/token: makes a bound token (authentication.k8s.io/v1 TokenRequest). */
#include "core/api/object.h"
#include "core/apiserver/authn-private.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"

#define EXPIRATION_DEFAULT_S 3600
#define EXPIRATION_MIN_S     600
#define EXPIRATION_MAX_S     (INT64_C(1) << 32)
/* Tokens for the kubelet's projected volumes live a year so that clients which never re-read them go on, and
 * warn after an hour (KEP-1205). */
#define POD_EXPIRATION_S 3607
#define EXTENDED_S       (INT64_C(365) * 24 * 3600)

static int invalid(struct error *err, const char *field, const char *what)
{
    error_add_cause(err, "FieldValueInvalid", field, "%s", what);
    return error_set_invalid(err, "authentication.k8s.io", "TokenRequest", "");
}

static int check_expiration(struct authn *a, struct arena *arena, struct json *spec, int64_t *ret_s,
                            struct error *err)
{
    int64_t wanted_s = json_integer_or(json_get(spec, "expirationSeconds"), EXPIRATION_DEFAULT_S);
    if (wanted_s < EXPIRATION_MIN_S)
        return invalid(err, "spec.expirationSeconds",
                       "Invalid value: may not specify a duration less than 10 minutes");
    if (wanted_s > EXPIRATION_MAX_S)
        return invalid(err, "spec.expirationSeconds",
                       "Invalid value: may not specify a duration larger than 2^32 seconds");
    if (a->token_max_expiration_s && wanted_s > a->token_max_expiration_s)
        wanted_s = a->token_max_expiration_s;
    json_set_int(arena, spec, "expirationSeconds", wanted_s);
    *ret_s = wanted_s;
    return 0;
}

static const struct {
    const char *kind, *api_version, *plural, *claim;
    bool namespaced;
} bindable[] = {
    {"Pod", "v1", "pods", "pod", true},
    {"Secret", "v1", "secrets", "secret", true},
    {"Node", "v1", "nodes", "node", false},
};

static void put_reference(struct arena *arena, struct json *private_claims, const char *claim,
                          const struct json *object)
{
    struct json *reference = json_set_object(arena, private_claims, claim);
    json_set_string(arena, reference, "name", object_name(object));
    json_set_string(arena, reference, "uid", object_uid(object));
}

/* A token of a pod tells which node it runs on. */
static void put_node_of_pod(struct authn *a, struct arena *arena, struct json *private_claims,
                            const struct json *pod)
{
    struct json *node = NULL;
    const char *name = json_string_at(pod, "spec.nodeName");
    if (!name || !*name)
        return;
    if (registry_get(a->registry, RESOURCE("", "v1", "nodes"), NULL, name, arena, &node, NULL) == 0)
        put_reference(arena, private_claims, "node", node);
}

static int put_bound_object(struct authn *a, struct arena *arena, const struct json *account,
                            const struct json *spec, struct json *private_claims, struct error *err)
{
    const struct json *reference = json_get(spec, "boundObjectRef");
    if (json_is_absent(reference))
        return 0;
    const char *kind = json_string_or(json_get(reference, "kind"), ""),
               *name = json_string_or(json_get(reference, "name"), ""),
               *uid = json_string_or(json_get(reference, "uid"), "");
    for (size_t i = 0; i < ARRAY_SIZE(bindable); i++) {
        struct json *object = NULL;
        if (strcmp(kind, bindable[i].kind) != 0)
            continue;
        if (registry_get(a->registry, RESOURCE("", "v1", bindable[i].plural),
                         bindable[i].namespaced ? object_namespace(account) : NULL, name, arena, &object,
                         err) < 0)
            return -1;
        if (*uid && strcmp(uid, object_uid(object)) != 0)
            return error_set(err, ERR_CONFLICT,
                             "the UID in the bound object reference (%s) does not match the UID in record. "
                             "The object might have been deleted and then recreated",
                             uid);
        const char *pods_account = json_string_at(object, "spec.serviceAccountName");
        if (i == 0 && strcmp(pods_account ? pods_account : "", object_name(account)) != 0)
            return error_set(err, ERR_BAD_REQUEST,
                             "cannot bind token for serviceaccount \"%s\" to pod running with different "
                             "serviceaccount name.",
                             object_name(account));
        put_reference(arena, private_claims, bindable[i].claim, object);
        if (i == 0)
            put_node_of_pod(a, arena, private_claims, object);
        return 0;
    }
    return error_set(err, ERR_BAD_REQUEST, "cannot bind token to an object of kind \"%s\"", kind);
}

static void put_audiences(struct authn *a, struct arena *arena, struct json *spec, struct json *claims)
{
    struct json *audiences = json_get(spec, "audiences"), *aud = json_set_array(arena, claims, "aud");
    if (json_count(audiences) == 0) {
        audiences = json_set_array(arena, spec, "audiences");
        for (const char **text = a->audiences; *text; text++)
            json_append_string(arena, audiences, *text);
    }
    json_for_each (item, audiences)
        json_append_string(arena, aud, json_string_or(item, ""));
}

static void put_times(struct authn *a, struct arena *arena, struct json *claims, struct json *private_claims,
                      int64_t expires_in_s)
{
    int64_t now_s = clock_realtime_ns() / NS_PER_S;
    bool extend =
        expires_in_s == POD_EXPIRATION_S && json_get(private_claims, "pod") && !a->token_max_expiration_s;
    json_set_int(arena, claims, "exp", now_s + (extend ? EXTENDED_S : expires_in_s));
    json_set_int(arena, claims, "iat", now_s);
    json_set_int(arena, claims, "nbf", now_s);
    if (extend)
        json_set_int(arena, private_claims, "warnafter", now_s + expires_in_s);
}

static int fill_status(struct authn *a, struct arena *arena, struct json *request, const struct json *claims,
                       int64_t expires_in_s, struct error *err)
{
    struct buffer token = BUFFER_INIT;
    char when[TIME_TEXT_MAX];
    int result = jwt_sign(a->signing[0], claims, &token, err);
    if (result == 0) {
        struct json *status = json_set_object(arena, request, "status");
        time_format((json_integer_or(json_get(claims, "iat"), 0) + expires_in_s) * NS_PER_S, when);
        json_set_string(arena, status, "token", token.data);
        json_set_string(arena, status, "expirationTimestamp", when);
    }
    buffer_done(&token);
    return result;
}

int authn_token_request(struct authn *a, struct arena *arena, const struct json *account,
                        struct json *request, struct error *err)
{
    struct json *spec = json_get(request, "spec");
    int64_t expires_in_s = 0;
    char id[UUID_TEXT_MAX];
    if (!a->signing_count)
        return error_set(
            err, ERR_INTERNAL,
            "this server was started without --service-account-signing-key-file and cannot make tokens");
    if (!spec)
        spec = json_set_object(arena, request, "spec");
    if (check_expiration(a, arena, spec, &expires_in_s, err) < 0)
        return -1;
    struct json *claims = json_new_object(arena);
    put_audiences(a, arena, spec, claims);
    struct json *private_claims = json_new_object(arena);
    json_set_string(arena, private_claims, "namespace", object_namespace(account));
    put_reference(arena, private_claims, "serviceaccount", account);
    if (put_bound_object(a, arena, account, spec, private_claims, err) < 0)
        return -1;
    put_times(a, arena, claims, private_claims, expires_in_s);
    random_uuid(id);
    json_set_string(arena, claims, "iss", a->issuer);
    json_set_string(arena, claims, "jti", id);
    json_set(arena, claims, "kubernetes.io", private_claims);
    json_set_stringf(arena, claims, "sub", "system:serviceaccount:%s:%s", object_namespace(account),
                     object_name(account));
    return fill_status(a, arena, request, claims, expires_in_s, err);
}
