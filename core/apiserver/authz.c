/* SPDX-License-Identifier: Apache-2.0 */
/* The modes of --authorization-mode, asked in their order; the group system:masters is allowed everything
 * before any of them. */
#include "core/apiserver/authz.h"

#include "core/apiserver/authz-node.h"
#include "core/apiserver/authz-rbac.h"
#include "core/base/memory.h"

struct authz {
    struct rbac *rbac;       /* always there: escalation checks need it in every mode */
    struct node_authz *node; /* NULL when the mode is off */
    unsigned modes[8], modes_count;
};

static bool mode_always_allow(struct authz *z, const struct authz_attributes *a, struct arena *arena,
                              const char **ret_reason)
{
    *ret_reason = "";
    return true;
}

static bool mode_always_deny(struct authz *z, const struct authz_attributes *a, struct arena *arena,
                             const char **ret_reason)
{
    *ret_reason = "Everything is forbidden.";
    return false;
}

static bool mode_rbac(struct authz *z, const struct authz_attributes *a, struct arena *arena,
                      const char **ret_reason)
{
    return rbac_allows(z->rbac, a, arena, ret_reason);
}

static bool mode_node(struct authz *z, const struct authz_attributes *a, struct arena *arena,
                      const char **ret_reason)
{
    return node_authz_allows(z->node, a, ret_reason);
}

static const struct mode {
    const char *name;
    bool (*allows)(struct authz *z, const struct authz_attributes *a, struct arena *arena,
                   const char **ret_reason);
} modes[] = {
    {"Node", mode_node},
    {"RBAC", mode_rbac},
    {"AlwaysAllow", mode_always_allow},
    {"AlwaysDeny", mode_always_deny},
};

static int add_mode(struct authz *z, struct registry *registry, struct slice name, struct error *err)
{
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        if (!slice_is(name, modes[i].name))
            continue;
        if (z->modes_count == ARRAY_SIZE(z->modes))
            return error_set(err, ERR_BAD_REQUEST, "--authorization-mode names too many modes");
        z->modes[z->modes_count++] = i;
        if (modes[i].allows == mode_node && !z->node)
            z->node = node_authz_new(registry);
        return 0;
    }
    return error_set(err, ERR_BAD_REQUEST,
                     "--authorization-mode: \"%.*s\" is not one of Node, RBAC, AlwaysAllow, AlwaysDeny",
                     SLICE_ARG(name));
}

struct authz *authz_new(struct registry *registry, const char *mode_names, struct error *err)
{
    struct authz *z = new0(struct authz);
    struct slice rest = slice_of(mode_names);
    z->rbac = rbac_new(registry);
    while (rest.data) {
        if (add_mode(z, registry, slice_trim(slice_cut(&rest, ',')), err) < 0) {
            authz_free(z);
            return NULL;
        }
    }
    return z;
}

void authz_free(struct authz *z)
{
    if (!z)
        return;
    rbac_free(z->rbac);
    node_authz_free(z->node);
    free(z);
}

struct rbac *authz_rbac(struct authz *z)
{
    return z->rbac;
}

bool authz_allows(struct authz *z, const struct authz_attributes *a, struct arena *arena,
                  const char **ret_reason)
{
    const char *reason = "", *first = "";
    for (unsigned i = 0; i < a->user->groups_count; i++)
        if (strcmp(a->user->groups[i], "system:masters") == 0)
            return true;
    for (unsigned i = 0; i < z->modes_count; i++) {
        if (modes[z->modes[i]].allows(z, a, arena, &reason)) {
            if (ret_reason)
                *ret_reason = reason;
            return true;
        }
        if (!*first)
            first = reason;
    }
    if (ret_reason)
        *ret_reason = first;
    return false;
}

static void say_resource(struct buffer *out, const struct api_request *r)
{
    const char *slash = *r->subresource ? "/" : "";
    if (*r->name)
        buffer_printf(out, "%s%s%s \"%s\" is forbidden: ", r->plural, *r->group ? "." : "", r->group,
                      r->name);
    else
        buffer_printf(out, "%s%s%s is forbidden: ", r->plural, *r->group ? "." : "", r->group);
    buffer_printf(out, "User \"%s\" cannot %s resource \"%s%s%s\" in API group \"%s\"", r->user.name, r->verb,
                  r->plural, slash, r->subresource, r->group);
    if (*r->namespace_)
        buffer_printf(out, " in the namespace \"%s\"", r->namespace_);
    else
        buffer_append_str(out, " at the cluster scope");
}

int authz_request(struct authz *z, struct api_request *r, struct error *err)
{
    struct authz_attributes a = {.user = &r->user,
                                 .verb = r->verb,
                                 .is_resource = r->is_resource,
                                 .group = r->group,
                                 .version = r->version,
                                 .plural = r->plural,
                                 .subresource = r->subresource,
                                 .namespace_ = r->namespace_,
                                 .name = r->name,
                                 .field_selector = r->field_selector,
                                 .path = r->path};
    const char *reason = "";
    if (authz_allows(z, &a, &r->arena, NULL))
        return 0;
    authz_allows(z, &a, &r->arena, &reason);
    struct buffer text = BUFFER_INIT;
    if (r->is_resource)
        say_resource(&text, r);
    else
        buffer_printf(&text, "forbidden: User \"%s\" cannot %s path \"%s\"", r->user.name, r->verb, r->path);
    if (*reason)
        buffer_printf(&text, ": %s", reason);
    error_set(err, ERR_FORBIDDEN, "%s", text.data);
    error_set_details(err, r->is_resource ? r->group : NULL, r->is_resource ? r->plural : NULL,
                      r->is_resource ? r->name : NULL);
    buffer_done(&text);
    return -1;
}
