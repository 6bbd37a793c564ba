/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service account tokens (KEP-1205 bound tokens, and the older ones out of Secrets). The signature is checked
 * once and remembered; time, audience, the account and the object that the token is bound to are looked at
 * every time, since any of them may have gone.
 */
#include "core/api/object.h"
#include "core/apiserver/authn-private.h"
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

#define LEGACY_ISSUER "kubernetes/serviceaccount"
#define NO_EXPIRY_NS                                                                                         \
    (INT64_C(3600) * NS_PER_S) /* how long a signature of a token without exp is remembered */

struct account {
    const char *namespace_, *name, *uid;
    const char *pod, *pod_uid, *node, *node_uid, *secret, *secret_uid;
    const char *token_id;
};

static const char *text(const struct json *value, const char *path)
{
    const char *s = json_string_at(value, path);
    return s ? s : "";
}

static const char *member(const struct json *claims, const char *key)
{
    return json_string_or(json_get(claims, key), "");
}

static void read_bound(const struct json *claims, struct account *c)
{
    const struct json *k = json_get(claims, "kubernetes.io");
    *c = (struct account){
        .namespace_ = text(k, "namespace"),
        .name = text(k, "serviceaccount.name"),
        .uid = text(k, "serviceaccount.uid"),
        .pod = text(k, "pod.name"),
        .pod_uid = text(k, "pod.uid"),
        .node = text(k, "node.name"),
        .node_uid = text(k, "node.uid"),
        .secret = text(k, "secret.name"),
        .secret_uid = text(k, "secret.uid"),
        .token_id = text(claims, "jti"),
    };
}

static void read_legacy(const struct json *claims, struct account *c)
{
    *c = (struct account){
        .namespace_ = member(claims, "kubernetes.io/serviceaccount/namespace"),
        .name = member(claims, "kubernetes.io/serviceaccount/service-account.name"),
        .uid = member(claims, "kubernetes.io/serviceaccount/service-account.uid"),
        .secret = member(claims, "kubernetes.io/serviceaccount/secret.name"),
        .pod = "",
        .pod_uid = "",
        .node = "",
        .node_uid = "",
        .secret_uid = "",
        .token_id = "",
    };
}

static int check_time(const struct json *claims, int64_t now_ns, struct error *err)
{
    int64_t now_s = now_ns / NS_PER_S, exp = json_integer_or(json_get(claims, "exp"), 0),
            nbf = json_integer_or(json_get(claims, "nbf"), 0);
    if (exp && now_s >= exp)
        return error_set(err, ERR_UNAUTHORIZED, "service account token has expired");
    if (nbf && now_s + 10 < nbf)
        return error_set(err, ERR_UNAUTHORIZED, "service account token is not valid yet");
    return 0;
}

static int check_signature(struct authn *a, struct slice token, const struct json *claims, int64_t now_ns,
                           struct error *err)
{
    if (token_cache_has(a->cache, token, now_ns))
        return 0;
    if (jwt_verify(token, a->keys, a->keys_count, err) < 0)
        return -1;
    int64_t exp = json_integer_or(json_get(claims, "exp"), 0);
    token_cache_put(a->cache, token,
                    exp > 0 && exp < INT64_MAX / NS_PER_S ? exp * NS_PER_S : now_ns + NO_EXPIRY_NS);
    return 0;
}

/* A token out of a Secret counts as long as the Secret holds it. */
static int check_legacy_secret(struct authn *a, const struct account *c, struct slice token,
                               struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct buffer held = BUFFER_INIT;
    struct json *secret = NULL;
    bool good = registry_get(a->registry, RESOURCE("", "v1", "secrets"), c->namespace_, c->secret, &arena,
                             &secret, NULL) == 0 &&
                !object_is_deleted(secret) &&
                base64_decode(&held, json_slice(json_at(secret, "data.token")), BASE64_STANDARD) &&
                held.size == token.size && memcmp(held.data, token.data, token.size) == 0;
    buffer_done(&held);
    arena_done(&arena);
    return good ? 0
                : error_set(err, ERR_UNAUTHORIZED, "service account token was revoked with its secret %s/%s",
                            c->namespace_, c->secret);
}

static int check_bound(struct authn *a, const struct account *c, struct error *err)
{
    if (!authn_object_has_uid(a, RESOURCE("", "v1", "serviceaccounts"), c->namespace_, c->name, c->uid, err))
        return -1;
    if (*c->pod_uid &&
        !authn_object_has_uid(a, RESOURCE("", "v1", "pods"), c->namespace_, c->pod, c->pod_uid, err))
        return -1;
    if (*c->secret_uid &&
        !authn_object_has_uid(a, RESOURCE("", "v1", "secrets"), c->namespace_, c->secret, c->secret_uid, err))
        return -1;
    if (*c->node_uid && !*c->pod_uid &&
        !authn_object_has_uid(a, RESOURCE("", "v1", "nodes"), "", c->node, c->node_uid, err))
        return -1;
    return 0;
}

static void add_extra(struct arena *arena, struct user_extra *extra, unsigned *count, const char *key,
                      const char *value)
{
    if (!*value)
        return;
    const char **values = arena_alloc0(arena, 2 * sizeof(*values));
    values[0] = value;
    extra[(*count)++] = (struct user_extra){key, values};
}

static void fill_user(struct arena *arena, const struct account *c, struct user *ret)
{
    const char **groups = arena_alloc0(arena, 4 * sizeof(*groups));
    struct user_extra *extra = arena_alloc0(arena, 5 * sizeof(*extra));
    unsigned n = 0;
    groups[0] = "system:serviceaccounts";
    groups[1] = arena_printf(arena, "system:serviceaccounts:%s", c->namespace_);
    groups[2] = "system:authenticated";
    if (*c->token_id)
        add_extra(arena, extra, &n, "authentication.kubernetes.io/credential-id",
                  arena_printf(arena, "JTI=%s", c->token_id));
    add_extra(arena, extra, &n, "authentication.kubernetes.io/pod-name", c->pod);
    add_extra(arena, extra, &n, "authentication.kubernetes.io/pod-uid", c->pod_uid);
    add_extra(arena, extra, &n, "authentication.kubernetes.io/node-name", c->node);
    add_extra(arena, extra, &n, "authentication.kubernetes.io/node-uid", c->node_uid);
    *ret = (struct user){.name = arena_printf(arena, "system:serviceaccount:%s:%s", c->namespace_, c->name),
                         .uid = c->uid,
                         .groups = groups,
                         .groups_count = 3,
                         .extra = extra,
                         .extra_count = n};
}

int authn_service_account_token(struct authn *a, struct slice token, const char *const *audiences,
                                struct arena *arena, struct user *ret, const char *const **ret_audiences,
                                struct error *err)
{
    struct json *claims = NULL;
    struct account c;
    if (jwt_claims(token, arena, &claims, NULL) < 0)
        return 0;
    const char *issuer = text(claims, "iss");
    bool legacy = strcmp(issuer, LEGACY_ISSUER) == 0;
    if (!legacy && strcmp(issuer, a->issuer) != 0)
        return 0;
    int64_t now_ns = clock_realtime_ns();
    if (check_signature(a, token, claims, now_ns, err) < 0 || check_time(claims, now_ns, err) < 0)
        return -1;
    *ret_audiences = legacy ? audiences : authn_shared_audiences(arena, json_get(claims, "aud"), audiences);
    if (!*ret_audiences)
        return error_set(err, ERR_UNAUTHORIZED, "service account token is meant for another audience");
    (legacy ? read_legacy : read_bound)(claims, &c);
    if (!*c.namespace_ || !*c.name || !*c.uid)
        return error_set(err, ERR_UNAUTHORIZED, "service account token names no account");
    if (check_bound(a, &c, err) < 0 || (legacy && check_legacy_secret(a, &c, token, err) < 0))
        return -1;
    fill_user(arena, &c, ret);
    return 1;
}
