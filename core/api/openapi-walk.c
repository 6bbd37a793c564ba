/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths and schemas belong into which document: all into the one of version 2; those of a group and
 * version, and what they refer to, into each of version 3. */
#include <stdlib.h>

#include "core/api/openapi-build.h"
#include "core/base/memory.h"

#define META "io.k8s.apimachinery.pkg.apis.meta.v1."

static void begin(struct openapi_builder *b, enum openapi_dialect dialect, const struct openapi_input *input,
                  const struct openapi_visitor *visitor)
{
    *b = (struct openapi_builder){.dialect = dialect, .visitor = visitor, .seen = map_new(NULL)};
    openapi_customs_init(b, input);
}

static void show_specials(struct openapi_builder *b)
{
    for (unsigned i = 0; i < openapi_specials_count; i++) {
        const struct openapi_special *special = &openapi_specials[i];
        struct json *schema;
        if (!b->used_special[i])
            continue;
        require(!json_parse(&b->arena, slice_of(b->dialect == OPENAPI_V2 ? special->v2 : special->v3),
                            &schema, NULL));
        b->visitor->schema(b->visitor->context, special->name, schema);
        arena_reset(&b->arena);
    }
}

/* Parameters, then schemas: each may refer to further ones. */
static void end(struct openapi_builder *b)
{
    openapi_show_parameters(b);
    while (b->pending_count) {
        const struct schema_type *type = b->pending[--b->pending_count];
        const struct json *schema = openapi_custom_schema(b, type);
        b->visitor->schema(b->visitor->context, type->name, schema ? schema : openapi_schema(b, type));
        arena_reset(&b->arena);
    }
    show_specials(b);
    openapi_customs_done(b);
    map_free(b->seen);
    free(b->pending);
    arena_done(&b->arena);
}

static const struct resource *nth_resource(const struct openapi_builder *b, size_t i)
{
    size_t count;
    const struct resource *table = resource_table(&count);
    if (i < count)
        return &table[i];
    return i - count < b->customs_count ? b->customs[i - count].custom->resource : NULL;
}

/* Whether no earlier row is of the same group (and version). */
static bool is_first(const struct openapi_builder *b, size_t i, bool version_too)
{
    const struct resource *r = nth_resource(b, i);
    for (size_t j = 0; j < i; j++) {
        const struct resource *other = nth_resource(b, j);
        if (!strcmp(other->group, r->group) && (!version_too || !strcmp(other->version, r->version)))
            return false;
    }
    return true;
}

static void show_named_get(struct openapi_builder *b, const char *path, const char *answer)
{
    _cleanup_(buffer_done) struct buffer id = BUFFER_INIT;
    buffer_append_str(&id, "get");
    for (const char *at = path; *at; at++)
        buffer_append_char(&id, strchr("/.-", *at) ? '_' : *at);
    openapi_show_get(b, path, id.data, schema_find(answer));
}

static void show_group(struct openapi_builder *b, const struct resource *r)
{
    _cleanup_free_ char *path = xasprintf("/apis/%s/", r->group);
    show_named_get(b, path, META "APIGroup");
}

static void show_version(struct openapi_builder *b, const struct resource *r)
{
    _cleanup_free_ char *path =
        *r->group ? xasprintf("/apis/%s/%s/", r->group, r->version) : xasprintf("/api/%s/", r->version);
    show_named_get(b, path, META "APIResourceList");
}

void openapi_walk_v2(const struct openapi_input *input, const struct openapi_visitor *visitor)
{
    struct openapi_builder b;
    const struct resource *r;
    begin(&b, OPENAPI_V2, input, visitor);
    show_named_get(&b, "/api/", META "APIVersions");
    show_named_get(&b, "/apis/", META "APIGroupList");
    for (size_t i = 0; (r = nth_resource(&b, i)); i++) {
        if (*r->group && is_first(&b, i, false))
            show_group(&b, r);
        if (is_first(&b, i, true))
            show_version(&b, r);
        openapi_show_paths(&b, r);
    }
    show_named_get(&b, "/version/", "io.k8s.apimachinery.pkg.version.Info");
    end(&b);
}

/* "apis/apps" or "apis/apps/v1", or of the core group. */
static bool show_group_document(struct openapi_builder *b, struct slice path)
{
    struct slice kind = slice_cut(&path, '/'), group = SLICE(""), version = path;
    const struct resource *r;
    bool found = false;
    if (slice_is(kind, "apis"))
        group = slice_cut(&version, '/');
    if (slice_is(kind, "apis") ? !group.size : !slice_is(kind, "api"))
        return false;
    for (size_t i = 0; (r = nth_resource(b, i)); i++) {
        if (!slice_is(group, r->group) || (version.data && !slice_is(version, r->version)))
            continue;
        if (!found && !version.data)
            show_group(b, r);
        else if (!found)
            show_version(b, r);
        found = true;
        if (version.data)
            openapi_show_paths(b, r);
    }
    return found;
}

bool openapi_walk_v3(const struct openapi_input *input, const char *path,
                     const struct openapi_visitor *visitor)
{
    struct openapi_builder b;
    bool found = true;
    begin(&b, OPENAPI_V3, input, visitor);
    if (!strcmp(path, "api"))
        show_named_get(&b, "/api/", META "APIVersions");
    else if (!strcmp(path, "apis"))
        show_named_get(&b, "/apis/", META "APIGroupList");
    else if (!strcmp(path, "version"))
        show_named_get(&b, "/version/", "io.k8s.apimachinery.pkg.version.Info");
    else
        found = show_group_document(&b, slice_of(path));
    end(&b);
    return found;
}

static void visit_group(const struct openapi_builder *b, size_t i,
                        void (*visit)(void *context, const char *path), void *context)
{
    const struct resource *r = nth_resource(b, i);
    if (*r->group && is_first(b, i, false)) {
        _cleanup_free_ char *path = xasprintf("apis/%s", r->group);
        visit(context, path);
    }
    if (is_first(b, i, true)) {
        _cleanup_free_ char *path =
            *r->group ? xasprintf("apis/%s/%s", r->group, r->version) : xasprintf("api/%s", r->version);
        visit(context, path);
    }
}

void openapi_list_v3(const struct openapi_input *input, void (*visit)(void *context, const char *path),
                     void *context)
{
    struct openapi_builder b = {0};
    openapi_customs_init(&b, input);
    visit(context, "api");
    visit(context, "apis");
    for (size_t i = 0; nth_resource(&b, i); i++)
        visit_group(&b, i, visit, context);
    visit(context, "version");
    openapi_customs_done(&b);
}
