/* SPDX-License-Identifier: Apache-2.0 */
/* Acting as somebody else ("User impersonation"): each name, group, uid and extra that is asked for needs the
 * verb impersonate on it. */
#include "core/apiserver/authz.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

#define ACCOUNT_PREFIX  "system:serviceaccount:"
#define EXTRA_PREFIX    "impersonate-extra-"
#define AUTHENTICATED   "system:authenticated"
#define UNAUTHENTICATED "system:unauthenticated"

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
    const char *where = *namespace_ ? arena_printf(&r->arena, " in the namespace \"%s\"", namespace_)
                                    : " at the cluster scope";
    return error_set(
        err, ERR_FORBIDDEN,
        "%s%s%s \"%s\" is forbidden: User \"%s\" cannot impersonate resource \"%s\" in API group "
        "\"%s\"%s",
        plural, *group ? "." : "", group, name, r->user.name, plural, group, where);
}

static int may_be_user(struct authz *z, struct api_request *r, struct slice name, struct error *err)
{
    if (!slice_starts(name, ACCOUNT_PREFIX))
        return may(z, r, "", "users", "", "", arena_strndup(&r->arena, name.data, name.size), err);
    struct slice rest = {name.data + strlen(ACCOUNT_PREFIX), name.size - strlen(ACCOUNT_PREFIX)};
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

/* A key may come several times, with a value each. */
static void add_extra(struct impersonation *i, struct arena *arena, const char *key, const char *value)
{
    unsigned at = 0, count = 0;
    while (at < i->extra_count && strcmp(i->extra[at].key, key) != 0)
        at++;
    const char *const *had = at < i->extra_count ? i->extra[at].values : NULL;
    while (had && had[count])
        count++;
    const char **values = arena_alloc0(arena, (count + 2) * sizeof(*values));
    for (unsigned n = 0; n < count; n++)
        values[n] = had[n];
    values[count] = value;
    i->extra[at] = (struct user_extra){key, values};
    i->extra_count += at == i->extra_count;
}

static int take_extra(struct authz *z, struct api_request *r, struct impersonation *i, struct slice name,
                      struct slice value, struct error *err)
{
    struct buffer key = BUFFER_INIT;
    struct slice encoded = {name.data + strlen(EXTRA_PREFIX), name.size - strlen(EXTRA_PREFIX)};
    if (!percent_decode(&key, encoded, false))
        buffer_append_slice(&key, encoded);
    const char *kept = arena_strndup(&r->arena, key.data ? key.data : "", key.size),
               *text = arena_strndup(&r->arena, value.data, value.size);
    buffer_done(&key);
    add_extra(i, &r->arena, kept, text);
    return may(z, r, "authentication.k8s.io", "userextras", kept, "", text, err);
}

/* asked: a user is named, which the other headers need. */
static int take_headers(struct authz *z, struct api_request *r, bool asked, struct impersonation *i,
                        struct error *err)
{
    const struct http_header *headers;
    size_t count = http_request_headers(r->http, &headers);
    i->groups = arena_alloc0(&r->arena, (count + 4) * sizeof(*i->groups));
    i->extra = arena_alloc0(&r->arena, (count + 1) * sizeof(*i->extra));
    for (size_t n = 0; n < count; n++) {
        struct slice name = headers[n].name, value = headers[n].value;
        bool group = slice_is(name, "impersonate-group"), extra = slice_starts(name, EXTRA_PREFIX);
        if (!asked && (group || extra || slice_is(name, "impersonate-uid")))
            return error_set(err, ERR_BAD_REQUEST,
                             "requested impersonation of groups, uid or extra without impersonating a user");
        if ((group && take_group(z, r, i, value, err) < 0) ||
            (extra && take_extra(z, r, i, name, value, err) < 0))
            return -1;
    }
    return 0;
}

static bool has_group(const struct impersonation *i, const char *group)
{
    for (unsigned n = 0; n < i->groups_count; n++)
        if (!strcmp(i->groups[n], group))
            return true;
    return false;
}

/* Whom nobody gave groups has those that the account would have had itself; and everybody is either
 * authenticated or not, which may be said. */
static void add_implied_groups(struct api_request *r, struct impersonation *i, struct slice name)
{
    if (slice_starts(name, ACCOUNT_PREFIX) && !i->groups_count) {
        struct slice rest = {name.data + strlen(ACCOUNT_PREFIX), name.size - strlen(ACCOUNT_PREFIX)};
        struct slice namespace_ = slice_cut(&rest, ':');
        i->groups[i->groups_count++] = "system:serviceaccounts";
        i->groups[i->groups_count++] =
            arena_printf(&r->arena, "system:serviceaccounts:%.*s", SLICE_ARG(namespace_));
    }
    const char *implied = slice_is(name, "system:anonymous") ? UNAUTHENTICATED : AUTHENTICATED;
    if (!has_group(i, implied) && !(implied[7] == 'a' && has_group(i, UNAUTHENTICATED)))
        i->groups[i->groups_count++] = implied;
}

static void become(struct api_request *r, struct impersonation *i, struct slice name, struct slice uid)
{
    add_implied_groups(r, i, name);
    r->user = (struct user){.name = arena_strndup(&r->arena, name.data, name.size),
                            .uid = uid.size ? arena_strndup(&r->arena, uid.data, uid.size) : "",
                            .groups = i->groups,
                            .groups_count = i->groups_count,
                            .extra = i->extra,
                            .extra_count = i->extra_count};
}

int authz_impersonate(struct authz *z, struct api_request *r, struct error *err)
{
    struct impersonation i = {0};
    if (!r->http)
        return 0;
    struct slice name = http_request_header(r->http, "impersonate-user"),
                 uid = http_request_header(r->http, "impersonate-uid");
    if (name.size && may_be_user(z, r, name, err) < 0)
        return -1;
    if (take_headers(z, r, name.size > 0, &i, err) < 0)
        return -1;
    if (uid.size && may(z, r, "authentication.k8s.io", "uids", "", "",
                        arena_strndup(&r->arena, uid.data, uid.size), err) < 0)
        return -1;
    if (name.size)
        become(r, &i, name, uid);
    return 0;
}
