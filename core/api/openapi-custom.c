/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom resources in OpenAPI documents. What their definition says is published as it was written, with
 * descriptions and all, and with what every object has; in version 2, which has no words for some of it,
 * without those parts.
 */
#include <stdlib.h>

#include "core/api/openapi-build.h"
#include "core/base/memory.h"

#define META "io.k8s.apimachinery.pkg.apis.meta.v1."

/* stable.example.com, v1, CronTab → com.example.stable.v1.CronTab */
static char *type_name(const struct resource *r, const char *kind)
{
    struct buffer name = BUFFER_INIT;
    struct slice group = slice_of(r->group);
    while (group.size) {
        size_t end = group.size;
        while (group.size && group.data[group.size - 1] != '.')
            group.size--;
        buffer_printf(&name, "%.*s.", (int)(end - group.size), group.data + group.size);
        group.size -= group.size > 0;
    }
    buffer_printf(&name, "%s.%s", r->version, kind);
    return buffer_take(&name);
}

static void init_type(struct schema_type *type, const struct resource *r, const char *kind)
{
    *type = (struct schema_type){
        .name = type_name(r, kind), .group = r->group, .version = r->version, .kind = kind};
}

void openapi_customs_init(struct openapi_builder *b, const struct openapi_input *input)
{
    b->customs_count = input ? input->count : 0;
    b->customs = newa0(struct openapi_custom_types, b->customs_count + 1);
    for (size_t i = 0; i < b->customs_count; i++) {
        const struct openapi_custom *custom = &input->customs[i];
        b->customs[i].custom = custom;
        init_type(&b->customs[i].type, custom->resource, custom->resource->kind);
        init_type(&b->customs[i].list, custom->resource, custom->resource->list_kind);
    }
}

void openapi_customs_done(struct openapi_builder *b)
{
    for (size_t i = 0; i < b->customs_count; i++) {
        free((char *)(uintptr_t)b->customs[i].type.name);
        free((char *)(uintptr_t)b->customs[i].list.name);
    }
    free(b->customs);
}

const struct openapi_custom_types *openapi_custom_find(const struct openapi_builder *b,
                                                       const struct resource *resource)
{
    for (size_t i = 0; i < b->customs_count; i++)
        if (b->customs[i].custom->resource == resource)
            return &b->customs[i];
    return NULL;
}

/* Takes out, at every depth, what a version 2 schema cannot say. */
static void reduce(struct json *schema)
{
    static const char *const unknown[] = {
        "oneOf", "anyOf", "allOf", "not", "nullable", "default", "x-kubernetes-validations"};
    if (!json_is(schema, JSON_OBJECT))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
        json_remove(schema, unknown[i]);
    json_for_each (it, json_get(schema, "properties"))
        reduce(it);
    reduce(json_get(schema, "items"));
    struct json *values = json_get(schema, "additionalProperties");
    if (json_is(values, JSON_OBJECT))
        reduce(values);
    else if (values)
        json_remove(schema, "additionalProperties");
}

static void set_string_type(struct openapi_builder *b, struct json *properties, const char *name)
{
    json_set_string(&b->arena, json_set_object(&b->arena, properties, name), "type", "string");
}

/* apiVersion, kind, metadata */
static struct json *set_meta(struct openapi_builder *b, struct json *schema, const char *meta)
{
    struct json *properties = json_ensure(&b->arena, schema, "properties", JSON_OBJECT);
    set_string_type(b, properties, "apiVersion");
    set_string_type(b, properties, "kind");
    json_set(&b->arena, properties, "metadata", openapi_ref(b, schema_find(meta)));
    return properties;
}

static struct json *item_schema(struct openapi_builder *b, const struct openapi_custom *custom)
{
    struct json *schema = json_new_object(&b->arena);
    if (json_is(custom->schema, JSON_OBJECT))
        schema = json_copy(&b->arena, custom->schema);
    json_set_string(&b->arena, schema, "type", "object");
    if (!json_is(custom->schema, JSON_OBJECT))
        json_set_bool(&b->arena, schema, "x-kubernetes-preserve-unknown-fields", true);
    if (b->dialect == OPENAPI_V2)
        reduce(schema);
    bool open = json_boolean_or(json_get(schema, "x-kubernetes-preserve-unknown-fields"), false);
    if (open && b->dialect == OPENAPI_V2)
        json_remove(schema, "properties"); /* clients would refuse what is not listed */
    else
        set_meta(b, schema, META "ObjectMeta");
    return schema;
}

static struct json *list_schema(struct openapi_builder *b, const struct openapi_custom_types *custom)
{
    struct json *schema = json_new_object(&b->arena);
    json_set_string(&b->arena, schema, "type", "object");
    struct json *items = json_set_object(&b->arena, set_meta(b, schema, META "ListMeta"), "items");
    json_set_string(&b->arena, items, "type", "array");
    json_set(&b->arena, items, "items", openapi_ref(b, &custom->type));
    json_append_string(&b->arena, json_set_array(&b->arena, schema, "required"), "items");
    return schema;
}

struct json *openapi_custom_schema(struct openapi_builder *b, const struct schema_type *type)
{
    for (size_t i = 0; i < b->customs_count; i++) {
        struct openapi_custom_types *c = &b->customs[i];
        if (type != &c->type && type != &c->list)
            continue;
        struct json *schema = type == &c->type ? item_schema(b, c->custom) : list_schema(b, c);
        json_append(&b->arena, json_set_array(&b->arena, schema, "x-kubernetes-group-version-kind"),
                    openapi_gvk(b, type->group, type->version, type->kind));
        return schema;
    }
    return NULL;
}
