/* SPDX-License-Identifier: Apache-2.0 */
/* Create-only resources that answer a question about a user: TokenReview, SelfSubjectReview, and the
 * SubjectAccessReview family. */
#include "core/api/object.h"
#include "core/apiserver/body.h"
#include "core/apiserver/handlers.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

static struct json *user_document(struct arena *arena, const struct user *user)
{
    struct json *document = json_new_object(arena);
    json_set_string(arena, document, "username", user->name);
    if (user->uid && *user->uid)
        json_set_string(arena, document, "uid", user->uid);
    struct json *groups = user->groups_count ? json_set_array(arena, document, "groups") : NULL;
    for (unsigned i = 0; i < user->groups_count; i++)
        json_append_string(arena, groups, user->groups[i]);
    struct json *extra = user->extra_count ? json_set_object(arena, document, "extra") : NULL;
    for (unsigned i = 0; i < user->extra_count; i++) {
        struct json *values = json_set_array(arena, extra, user->extra[i].key);
        for (const char *const *value = user->extra[i].values; value && *value; value++)
            json_append_string(arena, values, *value);
    }
    return document;
}

static const char *const *string_list(struct arena *arena, const struct json *list)
{
    const char **out = arena_alloc(arena, (json_count(list) + 1) * sizeof(*out));
    unsigned n = 0;
    json_for_each (item, list) {
        if (json_string(item))
            out[n++] = json_string(item);
    }
    out[n] = NULL;
    return n ? out : NULL;
}

static int review_token(struct api_request *r, struct json *review, struct error *err)
{
    struct user user;
    const char *const *audiences = NULL;
    _cleanup_(error_done) struct error why = ERROR_INIT;
    struct slice token = json_slice(json_at(review, "spec.token"));
    if (!token.size)
        return error_set(err, ERR_BAD_REQUEST, "token is required for TokenReview in authentication");
    struct json *status = json_set_object(&r->arena, review, "status");
    if (authn_token(r->server->authn, token, string_list(&r->arena, json_at(review, "spec.audiences")),
                    &r->arena, &user, &audiences, &why) < 0) {
        json_set_object(&r->arena, status, "user");
        json_set_string(&r->arena, status, "error", why.message);
        return 0;
    }
    json_set_bool(&r->arena, status, "authenticated", true);
    json_set(&r->arena, status, "user", user_document(&r->arena, &user));
    struct json *list = audiences && *audiences ? json_set_array(&r->arena, status, "audiences") : NULL;
    for (; audiences && *audiences; audiences++)
        json_append_string(&r->arena, list, *audiences);
    return 0;
}

static int decide(struct api_request *r, struct json *review, struct error *err)
{
    if (!strcmp(r->plural, "tokenreviews"))
        return review_token(r, review, err);
    if (!strcmp(r->plural, "selfsubjectreviews")) {
        json_set(&r->arena, json_set_object(&r->arena, review, "status"), "userInfo",
                 user_document(&r->arena, &r->user));
        return 0;
    }
    return authz_review(r->server->authz, r, review, err);
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *review;
    if (body_decode(r, r->resource->group, r->resource->version, r->resource->kind, &review, &err) < 0 ||
        decide(r, review, &err) < 0)
        respond_error(r, &err);
    else
        respond_document(r, 201, review);
}

void handle_review(struct api_request *r)
{
    server_work(r, work, false);
}
