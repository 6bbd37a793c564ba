/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a method, a path and a query to what is asked for, by the rules of upstream's RequestInfo (API
 * concepts, "Resource URIs"; its special verbs, subresources of namespaces, and the name that a field
 * selector gives to a list).
 */
#include "core/apiserver/request.h"

#include <ctype.h>
#include <strings.h>

#include "core/api/selector.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/base/number.h"

enum { SEGMENTS_MAX = 16 };

struct segments {
    const char *at[SEGMENTS_MAX];
    unsigned count;
};

const char *api_request_query(struct api_request *r, const char *name)
{
    for (unsigned i = 0; i < r->parameters_count; i++) {
        if (!strcmp(r->parameters[i].name, name))
            return r->parameters[i].value;
    }
    return NULL;
}

static int decode(struct arena *arena, struct slice text, bool plus_is_space, const char **ret,
                  struct error *err)
{
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    if (!percent_decode(&out, text, plus_is_space) || !utf8_valid((struct slice){out.data, out.size}))
        return error_set(err, ERR_BAD_REQUEST, "the URL is not well-formed: \"%.*s\"",
                         (int)MIN(text.size, (size_t)200), text.data);
    *ret = arena_strndup(arena, out.data ? out.data : "", out.size);
    return 0;
}

static int parse_query(struct api_request *r, struct slice query, struct error *err)
{
    unsigned capacity = 1;
    for (size_t i = 0; i < query.size; i++)
        capacity += query.data[i] == '&';
    r->parameters = arena_alloc0(&r->arena, capacity * sizeof(r->parameters[0]));
    while (query.size) {
        struct slice value = slice_cut(&query, '&');
        struct slice name = slice_cut(&value, '=');
        if (!name.size && !value.size)
            continue;
        struct api_parameter *p = &r->parameters[r->parameters_count];
        if (decode(&r->arena, name, true, &p->name, err) < 0 ||
            decode(&r->arena, value, true, &p->value, err) < 0)
            return -1;
        r->parameters_count++;
    }
    return 0;
}

/* As Go's conversion of query values: given and empty is true. */
static bool query_bool(struct api_request *r, const char *name)
{
    const char *value = api_request_query(r, name);
    return value && strcasecmp(value, "false") != 0 && strcmp(value, "0") != 0;
}

static int query_integer(struct api_request *r, const char *name, int64_t fallback, int64_t *ret,
                         struct error *err)
{
    const char *value = api_request_query(r, name);
    *ret = fallback;
    if (!value || !*value || parse_i64(slice_of(value), INT64_MIN, INT64_MAX, ret))
        return 0;
    return error_set(err, ERR_BAD_REQUEST, "strconv.ParseInt: parsing \"%s\": invalid syntax", value);
}

static int bad_option(const char *kind, const char *field, const char *value, const char *allowed,
                      struct error *err)
{
    error_add_cause(err, "FieldValueNotSupported", field, "Unsupported value: \"%s\": supported values: %s",
                    value, allowed);
    return error_set_invalid(err, "meta.k8s.io", kind, "");
}

static const char *options_kind(const struct api_request *r)
{
    return !strcmp(r->verb, "create")   ? "CreateOptions"
           : !strcmp(r->verb, "update") ? "UpdateOptions"
           : !strcmp(r->verb, "patch")  ? "PatchOptions"
                                        : "DeleteOptions";
}

static int parse_write_options(struct api_request *r, struct error *err)
{
    bool delete_ = !strncmp(r->verb, "delete", 6);
    for (unsigned i = 0; i < r->parameters_count; i++) {
        const struct api_parameter *p = &r->parameters[i];
        if (!strcmp(p->name, "dryRun") && *p->value) {
            if (strcmp(p->value, "All") != 0)
                return bad_option(options_kind(r), "dryRun", p->value, "\"All\"", err);
            r->dry_run = true;
        }
    }
    const char *validation = api_request_query(r, "fieldValidation");
    if (validation && *validation && !delete_) {
        if (strcmp(validation, "Ignore") != 0 && strcmp(validation, "Warn") != 0 &&
            strcmp(validation, "Strict") != 0)
            return bad_option(options_kind(r), "fieldValidation", validation,
                              "\"Ignore\", \"Strict\", \"Warn\"", err);
        r->field_validation = validation;
    }
    r->field_manager = api_request_query(r, "fieldManager");
    r->force = query_bool(r, "force");
    if (!delete_)
        return 0;
    r->propagation_policy = api_request_query(r, "propagationPolicy");
    r->orphan_dependents_given = api_request_query(r, "orphanDependents") != NULL;
    r->orphan_dependents = query_bool(r, "orphanDependents");
    return query_integer(r, "gracePeriodSeconds", -1, &r->grace_period_s, err);
}

static int parse_read_options(struct api_request *r, struct error *err)
{
    r->label_selector = api_request_query(r, "labelSelector");
    r->field_selector = api_request_query(r, "fieldSelector");
    r->resource_version = api_request_query(r, "resourceVersion");
    r->resource_version_match = api_request_query(r, "resourceVersionMatch");
    r->continue_ = api_request_query(r, "continue");
    r->allow_bookmarks = query_bool(r, "allowWatchBookmarks");
    r->send_initial_events = query_bool(r, "sendInitialEvents");
    if (query_integer(r, "limit", 0, &r->limit, err) < 0 ||
        query_integer(r, "timeoutSeconds", 0, &r->timeout_s, err) < 0)
        return -1;
    return 0;
}

/* A list or watch of one name is authorized as one of that name. */
static void name_from_selector(struct api_request *r)
{
    static const char wanted[] = "metadata.name=";
    if (*r->name || !r->field_selector)
        return;
    struct slice rest = slice_of(r->field_selector);
    while (rest.size) {
        struct slice term = slice_trim(slice_cut(&rest, ','));
        if (!slice_starts(term, wanted))
            continue;
        term = (struct slice){term.data + sizeof(wanted) - 1, term.size - sizeof(wanted) + 1};
        if (slice_starts(term, "="))
            term = (struct slice){term.data + 1, term.size - 1};
        r->name = arena_strndup(&r->arena, term.data, term.size);
    }
}

static void split(struct api_request *r, struct segments *s)
{
    char *at = arena_strdup(&r->arena, r->path);
    while (*at && s->count < SEGMENTS_MAX) {
        while (*at == '/')
            *at++ = '\0';
        if (!*at)
            break;
        s->at[s->count++] = at;
        at += strcspn(at, "/");
    }
}

/* What follows the n-th segment, with its slash; "" when nothing does. */
static const char *behind(const char *path, unsigned n)
{
    while (*path == '/')
        path++;
    for (; n && *path; n--) {
        path += strcspn(path, "/");
        if (n > 1)
            path += strspn(path, "/");
    }
    return path;
}

static const char *verb_of(enum http_method method, const char *name, struct arena *arena)
{
    switch (method) {
    case HTTP_GET_:
    case HTTP_HEAD_:
        return "get";
    case HTTP_POST_:
        return "create";
    case HTTP_PUT_:
        return "update";
    case HTTP_PATCH_:
        return "patch";
    case HTTP_DELETE_:
        return "delete";
    default:
        break;
    }
    char *lower = arena_strdup(arena, name);
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

static void parse_resource(struct api_request *r, const struct segments *s, unsigned from)
{
    unsigned i = from;
    if (s->count > i + 1 && (!strcmp(s->at[i], "watch") || !strcmp(s->at[i], "proxy"))) {
        if (s->at[i][0] == 'w' && !strcmp(r->verb, "get"))
            r->verb = "watch";
        i++;
    }
    if (!strcmp(s->at[i], "namespaces") && s->count > i + 1) {
        r->namespace_ = s->at[i + 1];
        if (s->count > i + 2 && strcmp(s->at[i + 2], "status") != 0 && strcmp(s->at[i + 2], "finalize") != 0)
            i += 2;
    }
    r->plural = s->at[i];
    r->name = s->count > i + 1 ? s->at[i + 1] : "";
    r->subresource = s->count > i + 2 ? s->at[i + 2] : "";
    r->subpath = s->count > i + 2 ? behind(r->path, i + 3) : "";
    r->resource = resource_find(r->group, r->version, r->plural);
}

/* ?watch is for collections; one object is watched by a field selector, or by the old path …/watch/…. */
static void refine_verb(struct api_request *r)
{
    if (*r->name)
        return;
    if (!strcmp(r->verb, "get"))
        r->verb = query_bool(r, "watch") ? "watch" : "list";
    else if (!strcmp(r->verb, "delete"))
        r->verb = "deletecollection";
}

int api_request_parse(struct api_request *r, const char *method, struct slice path, struct slice query,
                      struct error *err)
{
    struct segments s = {0};
    r->verb = r->group = r->version = r->plural = r->subresource = r->namespace_ = r->name = r->subpath = "";
    r->path = "/";
    r->grace_period_s = -1;
    if (decode(&r->arena, path, false, &r->path, err) < 0 || parse_query(r, query, err) < 0)
        return -1;
    r->pretty = query_bool(r, "pretty");
    enum http_method known = http_method_parse(slice_of(method));
    split(r, &s);
    bool legacy = s.count >= 3 && !strcmp(s.at[0], "api"), grouped = s.count >= 4 && !strcmp(s.at[0], "apis");
    r->verb = verb_of(known, method, &r->arena);
    if (!legacy && !grouped) {
        char *lower = arena_strdup(&r->arena, method);
        for (char *c = lower; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        r->verb = lower;
        return 0;
    }
    r->is_resource = true;
    r->group = grouped ? s.at[1] : "";
    r->version = s.at[grouped ? 2 : 1];
    parse_resource(r, &s, grouped ? 3 : 2);
    refine_verb(r);
    if (parse_read_options(r, err) < 0)
        return -1;
    if (!strcmp(r->verb, "list") || !strcmp(r->verb, "watch") || !strcmp(r->verb, "deletecollection"))
        name_from_selector(r);
    return parse_write_options(r, err);
}

struct slice api_object_key(struct arena *arena, const struct resource *resource, const char *namespace_,
                            const char *name)
{
    if (!resource->namespaced)
        return slice_of(name);
    return slice_of(arena_printf(arena, "%s/%s", namespace_, name));
}
