/* SPDX-License-Identifier: Apache-2.0 */
/* Acting as somebody else ("User impersonation"): each name, group, uid and extra that is asked for needs the
 * verb impersonate on it. */
#include "core/apiserver/authz.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

static int may(struct authz *z, struct api_request *r, const char *group, const char *plural, const char *sub,
               const char *namespace_, const char *name, struct error *err)
{
    struct authz_attributes a = {.user = &r->user,
                                 .verb = "impersonate",
                                 .is_resource = true,
                                 .group = group,
                                 .version = "v1",
                                 .plural = plural,
                                 .subresource = sub,
                                 .namespace_ = namespace_,
                                 .name = name,
                                 .path = ""};
    if (authz_allows(z, &a, &r->arena, NULL))
        return 0;
    return error_set(err, ERR_FORBIDDEN,
                     "%s \"%s\" is forbidden: User \"%s\" cannot impersonate resource \"%s\" in API group "
                     "\"%s\" at the cluster scope",
                     plural, name, r->user.name, plural, group);
}

static int may_be_user(struct authz *z, struct api_request *r, struct slice name, struct error *err)
{
    if (!slice_starts(name, "system:serviceaccount:"))
        return may(z, r, "", "users", "", "", arena_strndup(&r->arena, name.data, name.size), err);
    struct slice rest = {name.data + 22, name.size - 22};
    struct slice namespace_ = slice_cut(&rest, ':');
    return may(z, r, "", "serviceaccounts", "", arena_strndup(&r->arena, namespace_.data, namespace_.size),
               arena_strndup(&r->arena, rest.data ? rest.data : "", rest.size), err);
}

struct impersonation {
    const char **groups;
    unsigned groups_count;
    struct user_extra *extra;
    unsigned extra_count;
};

static int take_group(struct authz *z, struct api_request *r, struct impersonation *i, struct slice value,
                      struct error *err)
{
    const char *group = arena_strndup(&r->arena, value.data, value.size);
    i->groups[i->groups_count++] = group;
    return may(z, r, "", "groups", "", "", group, err);
}

static int take_extra(struct authz *z, struct api_request *r, struct impersonation *i, struct slice name,
                      struct slice value, struct error *err)
{
    struct buffer key = BUFFER_INIT;
    struct slice encoded = {name.data + 18, name.size - 18}; /* behind "impersonate-extra-" */
    if (!percent_decode(&key, encoded, false))
        buffer_append_slice(&key, encoded);
    const char **values = arena_alloc0(&r->arena, 2 * sizeof(*values));
    values[0] = arena_strndup(&r->arena, value.data, value.size);
    const char *kept = arena_strndup(&r->arena, key.data ? key.data : "", key.size);
    buffer_done(&key);
    i->extra[i->extra_count++] = (struct user_extra){kept, values};
    return may(z, r, "authentication.k8s.io", "userextras", kept, "", values[0], err);
}

static int take_headers(struct authz *z, struct api_request *r, struct impersonation *i, struct error *err)
{
    const struct http_header *headers;
    size_t count = http_request_headers(r->http, &headers);
    i->groups = arena_alloc0(&r->arena, (count + 4) * sizeof(*i->groups));
    i->extra = arena_alloc0(&r->arena, (count + 1) * sizeof(*i->extra));
    for (size_t n = 0; n < count; n++) {
        if (slice_is(headers[n].name, "impersonate-group") && take_group(z, r, i, headers[n].value, err) < 0)
            return -1;
        if (slice_starts(headers[n].name, "impersonate-extra-") &&
            take_extra(z, r, i, headers[n].name, headers[n].value, err) < 0)
            return -1;
    }
    return 0;
}

static void add_account_groups(struct api_request *r, struct impersonation *i, struct slice name)
{
    if (!slice_starts(name, "system:serviceaccount:") || i->groups_count)
        return;
    struct slice rest = {name.data + 22, name.size - 22};
    struct slice namespace_ = slice_cut(&rest, ':');
    i->groups[i->groups_count++] = "system:serviceaccounts";
    i->groups[i->groups_count++] =
        arena_printf(&r->arena, "system:serviceaccounts:%.*s", SLICE_ARG(namespace_));
}

int authz_impersonate(struct authz *z, struct api_request *r, struct error *err)
{
    struct slice name = r->http ? http_request_header(r->http, "impersonate-user") : (struct slice){0};
    struct impersonation i = {0};
    if (!name.data) {
        if (r->http && (http_request_header(r->http, "impersonate-group").data ||
                        http_request_header(r->http, "impersonate-uid").data))
            return error_set(err, ERR_BAD_REQUEST,
                             "requested impersonation of groups or uid without impersonating a user");
        return 0;
    }
    if (may_be_user(z, r, name, err) < 0 || take_headers(z, r, &i, err) < 0)
        return -1;
    struct slice uid = http_request_header(r->http, "impersonate-uid");
    if (uid.size && may(z, r, "authentication.k8s.io", "uids", "", "",
                        arena_strndup(&r->arena, uid.data, uid.size), err) < 0)
        return -1;
    add_account_groups(r, &i, name);
    bool anonymous = slice_is(name, "system:anonymous");
    i.groups[i.groups_count++] = anonymous ? "system:unauthenticated" : "system:authenticated";
    r->user = (struct user){.name = arena_strndup(&r->arena, name.data, name.size),
                            .uid = uid.size ? arena_strndup(&r->arena, uid.data, uid.size) : "",
                            .groups = i.groups,
                            .groups_count = i.groups_count,
                            .extra = i.extra,
                            .extra_count = i.extra_count};
    return 0;
}
