/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, and whether they may. A client certificate that the client CA signed names a user by itself; a
 * bearer token is shown to the API server; permission is always the API server's to give. What it said is
 * remembered for a while.
 */
#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/kubelet/server-private.h"

#define TOKEN_LIFE_NS   (120 * NS_PER_S)
#define ALLOWED_LIFE_NS (300 * NS_PER_S)
#define DENIED_LIFE_NS  (30 * NS_PER_S)

static struct json *user_new(struct arena *arena, const char *name)
{
    struct json *user = json_new_object(arena);
    json_set_string(arena, user, "username", name);
    json_set_array(arena, user, "groups");
    return user;
}

static struct json *certificate_user(struct arena *arena, const struct tls_peer *peer)
{
    struct json *user = user_new(arena, peer->common_name), *groups = json_get(user, "groups");
    for (unsigned i = 0; i < peer->organizations_count; i++)
        json_append_string(arena, groups, peer->organizations[i]);
    json_append_string(arena, groups, "system:authenticated");
    return user;
}

static int review_token(struct server_call *call, struct slice token, struct json **ret, struct error *err)
{
    struct arena *arena = &call->arena;
    struct json *review = object_new(arena, "authentication.k8s.io/v1", "TokenReview", NULL, NULL), *answer;
    json_set(arena, json_set_object(arena, review, "spec"), "token", json_new_slice(arena, token));
    if (client_create(call->server->config.client, RESOURCE("authentication.k8s.io", "v1", "tokenreviews"),
                      NULL, review, arena, &answer, err) < 0)
        return -1;
    *ret = json_boolean_at(answer, "status.authenticated", false) ? json_at(answer, "status.user") : NULL;
    return 0;
}

static int token_user(struct server_call *call, struct slice token, struct json **ret, struct error *err)
{
    struct verdicts *users = call->server->users;
    _cleanup_(cleanup_bytes_unref) struct bytes *text = NULL;
    bool good;
    if (verdicts_get(users, token, &good, &text))
        return good && json_parse(&call->arena, bytes_slice(text), ret, NULL) == 0
                   ? 0
                   : error_set(err, ERR_UNAUTHORIZED, "Unauthorized");
    struct json *user = NULL;
    if (review_token(call, token, &user, err) < 0) {
        log_warning("reviewing a token: %s", err->message);
        return error_set(err, ERR_UNAUTHORIZED, "Unauthorized");
    }
    if (!user) {
        verdicts_put(users, token, false, NULL, DENIED_LIFE_NS);
        return error_set(err, ERR_UNAUTHORIZED, "Unauthorized");
    }
    struct buffer out = BUFFER_INIT;
    json_write(&out, user);
    text = bytes_take_buffer(&out);
    verdicts_put(users, token, true, text, TOKEN_LIFE_NS);
    *ret = user;
    return 0;
}

int server_authenticate(struct server_call *call, struct json **ret, struct error *err)
{
    const struct kubelet_server_config *config = &call->server->config;
    const struct tls_peer *peer = http_request_peer(call->request);
    struct slice header = http_request_header(call->request, "authorization");
    if (peer->common_name) {
        *ret = certificate_user(&call->arena, peer);
        return 0;
    }
    struct slice token = header, scheme = slice_cut(&token, ' ');
    token = slice_trim(token);
    if (scheme.size == 6 && strncasecmp(scheme.data, "bearer", 6) == 0 && token.size &&
        config->webhook_authentication && config->client)
        return token_user(call, token, ret, err);
    if (header.data || peer->verify_error || !config->anonymous)
        return error_set(err, ERR_UNAUTHORIZED, "Unauthorized");
    *ret = user_new(&call->arena, "system:anonymous");
    json_append_string(&call->arena, json_get(*ret, "groups"), "system:unauthenticated");
    return 0;
}

/* --- may they --- */

static const char *verb_of(enum http_method method)
{
    switch (method) {
    case HTTP_POST_:
        return "create";
    case HTTP_PUT_:
        return "update";
    case HTTP_PATCH_:
        return "patch";
    case HTTP_DELETE_:
        return "delete";
    default:
        return "get";
    }
}

static struct json *review_for(struct server_call *call, const struct json *user, const char *verb,
                               const char *subresource)
{
    struct arena *arena = &call->arena;
    struct json *review = object_new(arena, "authorization.k8s.io/v1", "SubjectAccessReview", NULL, NULL);
    struct json *spec = json_set_object(arena, review, "spec");
    struct json *what = json_set_object(arena, spec, "resourceAttributes");
    json_set_string(arena, spec, "user", json_string_or(json_get(user, "username"), ""));
    static const char *const members[] = {"uid", "groups", "extra"};
    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        if (!json_is_absent(json_get(user, members[i])))
            json_set(arena, spec, members[i], json_copy(arena, json_get(user, members[i])));
    json_set_string(arena, what, "verb", verb);
    json_set_string(arena, what, "version", "v1");
    json_set_string(arena, what, "resource", "nodes");
    json_set_string(arena, what, "subresource", subresource);
    json_set_string(arena, what, "name", call->server->config.node_name);
    return review;
}

static int review_access(struct server_call *call, const struct json *user, const char *verb,
                         const char *subresource, bool *ret, struct error *err)
{
    struct json *review = review_for(call, user, verb, subresource), *answer;
    _cleanup_(buffer_done) struct buffer key = BUFFER_INIT;
    json_write(&key, json_get(review, "spec"));
    if (verdicts_get(call->server->permissions, (struct slice){key.data, key.size}, ret, NULL))
        return 0;
    if (client_create(call->server->config.client,
                      RESOURCE("authorization.k8s.io", "v1", "subjectaccessreviews"), NULL, review,
                      &call->arena, &answer, err) < 0)
        return -1;
    *ret = json_boolean_at(answer, "status.allowed", false);
    verdicts_put(call->server->permissions, (struct slice){key.data, key.size}, *ret, NULL,
                 *ret ? ALLOWED_LIFE_NS : DENIED_LIFE_NS);
    return 0;
}

int server_authorize(struct server_call *call, const struct json *user, struct error *err)
{
    const char *verb = verb_of(http_request_method(call->request));
    const char *all = "";
    if (!call->server->config.webhook_authorization)
        return 0;
    for (const char *const *sub = call->route->subresources; *sub; sub++) {
        bool allowed = false;
        if (review_access(call, user, verb, *sub, &allowed, err) < 0) {
            log_warning("reviewing access: %s", err->message);
            return error_set(err, ERR_INTERNAL,
                             "Authorization error (user=%s, verb=%s, resource=nodes, subresource=%s)",
                             json_string_or(json_get(user, "username"), ""), verb, *sub);
        }
        if (allowed)
            return 0;
        all = arena_printf(&call->arena, "%s%s%s", all, all[0] ? " " : "", *sub);
    }
    return error_set(err, ERR_FORBIDDEN, "Forbidden (user=%s, verb=%s, resource=nodes, subresource(s)=[%s])",
                     json_string_or(json_get(user, "username"), ""), verb, all);
}
