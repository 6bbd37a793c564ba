/* SPDX-License-Identifier: Apache-2.0 */
/* The authenticators in their order, and what comes when none applies. */
#include "core/apiserver/authn.h"

#include "core/api/object.h"
#include "core/apiserver/authn-private.h"
#include "core/apiserver/websocket.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"

#define DELETED_LEEWAY_S 60

static const struct {
    const char *name;
    token_authenticator *authenticate;
} token_kinds[] = {
    {"token file", authn_static_token},
    {"bootstrap token", authn_bootstrap_token},
    {"service account", authn_service_account_token},
};

static int load_keys(struct authn *a, const struct authn_config *config, struct error *err)
{
    for (const char *const *f = config->service_account_key_files; f && *f; f++)
        if (jwt_keys_load(*f, &a->keys, &a->keys_count, err) < 0)
            return -1;
    const char *signing = config->service_account_signing_key_file;
    if (!signing)
        return 0;
    if (jwt_keys_load(signing, &a->signing, &a->signing_count, err) < 0)
        return -1;
    if (!jwt_key_can_sign(a->signing[0]))
        return error_set(err, ERR_BAD_REQUEST, "%s: a public key cannot sign tokens", signing);
    return a->keys_count ? 0 : jwt_keys_load(signing, &a->keys, &a->keys_count, err);
}

static const char **copy_audiences(const struct authn_config *config, const char *issuer)
{
    size_t n = 0;
    while (config->api_audiences && config->api_audiences[n])
        n++;
    const char **copy = newa0(const char *, MAX(n, (size_t)1) + 1);
    for (size_t i = 0; i < n; i++)
        copy[i] = xstrdup(config->api_audiences[i]);
    if (n == 0)
        copy[0] = xstrdup(issuer);
    return copy;
}

int authn_new(const struct authn_config *config, struct authn **ret, struct error *err)
{
    struct authn *a = new0(struct authn);
    a->registry = config->registry;
    a->issuer = xstrdup(config->service_account_issuer ? config->service_account_issuer
                                                       : "https://kubernetes.default.svc");
    a->audiences = copy_audiences(config, a->issuer);
    a->bootstrap_tokens = config->bootstrap_tokens;
    a->anonymous = config->anonymous;
    a->token_max_expiration_s = config->token_max_expiration_s;
    a->cache = token_cache_new();
    if (load_keys(a, config, err) < 0 ||
        (config->token_auth_file && authn_static_load(a, config->token_auth_file, err) < 0)) {
        authn_free(a);
        return -1;
    }
    *ret = a;
    return 0;
}

static void keys_free(struct jwt_key **keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        jwt_key_free(keys[i]);
    free(keys);
}

void authn_free(struct authn *a)
{
    if (!a)
        return;
    keys_free(a->keys, a->keys_count);
    keys_free(a->signing, a->signing_count);
    for (const char **text = a->audiences; *text; text++)
        free((char *)*text);
    free(a->audiences);
    free(a->issuer);
    map_free(a->static_tokens);
    token_cache_free(a->cache);
    free(a);
}

static void set_groups(struct arena *arena, struct user *user, char *const *groups, unsigned count)
{
    const char **all = arena_alloc0(arena, (count + 2) * sizeof(*all));
    for (unsigned i = 0; i < count; i++)
        all[i] = arena_strdup(arena, groups[i]);
    all[count] = "system:authenticated";
    user->groups = all;
    user->groups_count = count + 1;
}

static void set_credential_id(struct arena *arena, struct user *user, const char *id)
{
    struct user_extra *extra = arena_new(arena, struct user_extra);
    const char **values = arena_alloc0(arena, 2 * sizeof(*values));
    values[0] = id;
    *extra = (struct user_extra){"authentication.kubernetes.io/credential-id", values};
    user->extra = extra;
    user->extra_count = 1;
}

static void user_from_certificate(struct api_request *r, const struct tls_peer *peer)
{
    r->user = (struct user){.name = arena_strdup(&r->arena, peer->common_name), .uid = ""};
    set_groups(&r->arena, &r->user, peer->organizations, peer->organizations_count);
    if (peer->certificate_sha256)
        set_credential_id(&r->arena, &r->user,
                          arena_printf(&r->arena, "X509SHA256=%s", peer->certificate_sha256));
}

static void user_anonymous(struct api_request *r)
{
    static const char *const groups[] = {"system:unauthenticated", NULL};
    r->user = (struct user){.name = "system:anonymous", .uid = "", .groups = groups, .groups_count = 1};
}

int authn_token(struct authn *a, struct slice token, const char *const *audiences, struct arena *arena,
                struct user *ret, const char *const **ret_audiences, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(token_kinds); i++) {
        const char *const *shared = NULL;
        int found = token_kinds[i].authenticate(a, token, audiences ? audiences : a->audiences, arena, ret,
                                                &shared, err);
        if (found < 0)
            return -1;
        if (found > 0) {
            if (ret_audiences)
                *ret_audiences = shared;
            return 0;
        }
    }
    return error_set(err, ERR_UNAUTHORIZED, "unknown bearer token");
}

static struct slice bearer_token(struct api_request *r)
{
    struct slice header = r->http ? http_request_header(r->http, "authorization") : (struct slice){0}, token;
    if (r->http && !header.size && websocket_wanted(r) && websocket_token(r, &token))
        return token;
    if (header.size < 7 || strncasecmp(header.data, "bearer ", 7) != 0)
        return (struct slice){0};
    return slice_trim((struct slice){header.data + 7, header.size - 7});
}

static int find_user(struct authn *a, struct api_request *r, struct error *err)
{
    const struct tls_peer *peer = r->http ? http_request_peer(r->http) : NULL;
    bool outlived = peer && peer->common_name && peer->not_after_s < clock_realtime_ns() / NS_PER_S;
    if (peer && peer->common_name && *peer->common_name && !outlived) {
        user_from_certificate(r, peer);
        return 0;
    }
    struct slice token = bearer_token(r);
    if (token.size)
        return authn_token(a, token, NULL, &r->arena, &r->user, NULL, err);
    if (peer && (peer->verify_error || outlived))
        return error_set(err, ERR_UNAUTHORIZED, "client certificate: %s",
                         outlived ? "it has run out" : peer->verify_error);
    if (!a->anonymous)
        return error_set(err, ERR_UNAUTHORIZED, "no credentials");
    user_anonymous(r);
    return 0;
}

/* What was wrong is for the log; a client is told no more than upstream tells. */
int authn_request(struct authn *a, struct api_request *r, struct error *err)
{
    _cleanup_(error_done) struct error why = ERROR_INIT;
    if (find_user(a, r, &why) == 0)
        return 0;
    log_debug("%s: %s", r->http ? http_request_remote(r->http) : "a request from within", why.message);
    return error_set(err, ERR_UNAUTHORIZED, "Unauthorized");
}

const char *const *authn_shared_audiences(struct arena *arena, const struct json *aud,
                                          const char *const *wanted)
{
    size_t n = 0, count = 0;
    while (wanted[count])
        count++;
    const char **shared = arena_alloc0(arena, (count + 1) * sizeof(*shared));
    for (size_t i = 0; i < count; i++) {
        bool has = json_string(aud) && strcmp(json_string(aud), wanted[i]) == 0;
        json_for_each (item, aud)
            has = has || (json_string(item) && strcmp(json_string(item), wanted[i]) == 0);
        if (has)
            shared[n++] = wanted[i];
    }
    return n ? shared : NULL;
}

/* Being deleted is not being gone: a pod uses its token to the end of its grace period, and a little longer.
 */
static bool is_past_its_end(const struct json *object)
{
    int64_t deleted_ns;
    return object_is_deleted(object) &&
           time_parse(json_slice(json_at(object, "metadata.deletionTimestamp")), &deleted_ns) &&
           deleted_ns < clock_realtime_ns() - DELETED_LEEWAY_S * NS_PER_S;
}

bool authn_object_has_uid(struct authn *a, const struct resource *resource, const char *namespace_,
                          const char *name, const char *uid, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *object = NULL;
    bool same = registry_get(a->registry, resource, namespace_, name, &arena, &object, NULL) == 0 &&
                strcmp(object_uid(object), uid) == 0 && !is_past_its_end(object);
    arena_done(&arena);
    if (!same)
        error_set(err, ERR_UNAUTHORIZED,
                  "the token is bound to %s %s/%s with uid %s, which does not exist any more",
                  resource->singular, namespace_, name, uid);
    return same;
}

void authn_openid_configuration(struct authn *a, const char *jwks_uri, struct buffer *out)
{
    struct arena arena = ARENA_INIT;
    struct json *o = json_new_object(&arena);
    json_set_string(&arena, o, "issuer", a->issuer);
    json_set_string(&arena, o, "jwks_uri", jwks_uri);
    json_append_string(&arena, json_set_array(&arena, o, "response_types_supported"), "id_token");
    json_append_string(&arena, json_set_array(&arena, o, "subject_types_supported"), "public");
    struct json *algorithms = json_set_array(&arena, o, "id_token_signing_alg_values_supported");
    for (size_t i = 0; i < a->keys_count; i++)
        if (i == 0 || strcmp(jwt_key_algorithm(a->keys[i]), jwt_key_algorithm(a->keys[i - 1])) != 0)
            json_append_string(&arena, algorithms, jwt_key_algorithm(a->keys[i]));
    json_write(out, o);
    arena_done(&arena);
}

void authn_jwks(struct authn *a, struct buffer *out)
{
    struct arena arena = ARENA_INIT;
    struct json *o = json_new_object(&arena), *keys = json_set_array(&arena, o, "keys");
    for (size_t i = 0; i < a->keys_count; i++)
        json_append(&arena, keys, jwt_key_jwk(a->keys[i], &arena));
    json_write(out, o);
    arena_done(&arena);
}
