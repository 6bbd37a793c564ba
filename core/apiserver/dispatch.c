/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a parsed, authenticated and authorized request to the function that answers it: a row per verb, a row
 * per subresource that is more than another view of its object, a row per resource that is not stored.
 */
#include "core/apiserver/dispatch.h"

#include "core/apiserver/kind-warnings.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

struct verb_row {
    const char *verb;
    enum verb bit;
    void (*handle)(struct api_request *r);
};
static const struct verb_row verbs[] = {
    {"get", VERB_GET, verb_get},          {"list", VERB_LIST, verb_list},
    {"watch", VERB_WATCH, verb_watch},    {"create", VERB_CREATE, verb_create},
    {"update", VERB_UPDATE, verb_update}, {"patch", VERB_PATCH, verb_patch},
    {"delete", VERB_DELETE, verb_delete}, {"deletecollection", VERB_DELETECOLLECTION, verb_deletecollection},
};

static const struct dispatch_row *find(const struct dispatch_row *rows, size_t count,
                                       const struct api_request *r)
{
    for (size_t i = 0; i < count; i++) {
        const struct dispatch_row *row = &rows[i];
        if (!strcmp(row->plural, r->plural) && !strcmp(row->group, r->group) &&
            !strcmp(row->sub, r->subresource))
            return row;
    }
    return NULL;
}

static const struct verb_row *verb_row(const char *verb)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (!strcmp(verbs[i].verb, verb))
            return &verbs[i];
    }
    return NULL;
}

static void refuse(struct api_request *r, enum error_code code, const char *why)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    error_set(&err, code, "%s", why);
    respond_error(r, &err);
}

static const char unknown[] = "the server could not find the requested resource";
static const char not_allowed[] = "the server does not allow this method on the requested resource";

/* Before anything is done: an answer that the client cannot read must not be the end of a write. */
static bool is_acceptable(struct api_request *r, const struct dispatch_row *row)
{
    struct output output;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if ((row && row->passes) ||
        (row ? output_choose_plain(r, &output, &err) : output_choose(r, &output, &err)) == 0)
        return true;
    respond_error(r, &err);
    return false;
}

static void dispatch_sub(struct api_request *r, const struct verb_row *verb)
{
    const struct resource_sub *sub = resource_sub_find(r->resource, r->subresource);
    const struct dispatch_row *row = find(dispatch_subs, dispatch_subs_count, r);
    if (!sub)
        refuse(r, ERR_NOT_FOUND, unknown);
    else if (!verb || !(sub->verbs & verb->bit))
        refuse(r, ERR_METHOD_NOT_ALLOWED, not_allowed);
    else if (!is_acceptable(r, row))
        return;
    else if (row)
        row->handle(r);
    else
        verb->handle(r); /* status, finalize, approval, …: the same object, decided otherwise */
}

/* A namespaced resource needs its namespace, but for reading across all; a cluster-scoped one must have none.
 */
static bool scope_fits(const struct api_request *r)
{
    bool across = !strcmp(r->verb, "list") || !strcmp(r->verb, "watch");
    if (r->resource->namespaced)
        return *r->namespace_ || across;
    return !*r->namespace_ || !strcmp(r->plural, "namespaces");
}

/* POST is for collections, PUT and PATCH are for one object. */
static bool name_fits(const struct api_request *r)
{
    if (!strcmp(r->verb, "create"))
        return !*r->name;
    return *r->name || (strcmp(r->verb, "update") != 0 && strcmp(r->verb, "patch") != 0);
}

void dispatch_resource(struct api_request *r)
{
    const struct verb_row *verb = verb_row(r->verb);
    if (!r->resource || !scope_fits(r)) {
        bool collection = r->resource && r->resource->namespaced && !*r->name;
        refuse(r, collection ? ERR_METHOD_NOT_ALLOWED : ERR_NOT_FOUND, collection ? not_allowed : unknown);
        return;
    }
    kind_warnings_add(r);
    if (*r->subresource) {
        dispatch_sub(r, verb);
        return;
    }
    if (!verb || !(r->resource->verbs & verb->bit) || !name_fits(r)) {
        refuse(r, ERR_METHOD_NOT_ALLOWED, not_allowed);
        return;
    }
    const struct dispatch_row *row = find(dispatch_virtual, dispatch_virtual_count, r);
    if (!is_acceptable(r, row))
        return;
    if (row)
        row->handle(r);
    else
        verb->handle(r);
}
