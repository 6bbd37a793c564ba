/* SPDX-License-Identifier: Apache-2.0 */
/* A type's rows as an OpenAPI schema: properties with their types, and what Kubernetes adds: list and map
 * types, merge keys, patch strategies, group-version-kinds. */
#include "core/api/openapi-build.h"
#include "core/base/memory.h"

#define META       "io.k8s.apimachinery.pkg.apis.meta.v1."
#define EXTENSIONS "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."

const struct openapi_special openapi_specials[] = {
    {"io.k8s.apimachinery.pkg.api.resource.Quantity", "{\"type\":\"string\"}",
     "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}"},
    {META "Time", "{\"type\":\"string\",\"format\":\"date-time\"}",
     "{\"type\":\"string\",\"format\":\"date-time\"}"},
    {META "MicroTime", "{\"type\":\"string\",\"format\":\"date-time\"}",
     "{\"type\":\"string\",\"format\":\"date-time\"}"},
    {META "Duration", "{\"type\":\"string\"}", "{\"type\":\"string\"}"},
    {META "FieldsV1", "{\"type\":\"object\"}", "{\"type\":\"object\"}"},
    {META "Patch", "{\"type\":\"object\"}", "{\"type\":\"object\"}"},
    {"io.k8s.apimachinery.pkg.runtime.RawExtension", "{\"type\":\"object\"}", "{\"type\":\"object\"}"},
    {"io.k8s.apimachinery.pkg.util.intstr.IntOrString", "{\"type\":\"string\",\"format\":\"int-or-string\"}",
     "{\"format\":\"int-or-string\",\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}"},
    {EXTENSIONS "JSON", "{}", "{}"},
    {EXTENSIONS "JSONSchemaPropsOrArray", "{}", "{}"},
    {EXTENSIONS "JSONSchemaPropsOrBool", "{}", "{}"},
    {EXTENSIONS "JSONSchemaPropsOrStringArray", "{}", "{}"},
};
const unsigned openapi_specials_count = ARRAY_SIZE(openapi_specials);

static struct json *new_ref(struct openapi_builder *b, const char *name)
{
    struct json *ref = json_new_object(&b->arena);
    json_set_stringf(&b->arena, ref, "$ref", "#/%s/%s",
                     b->dialect == OPENAPI_V2 ? "definitions" : "components/schemas", name);
    return ref;
}

struct json *openapi_ref(struct openapi_builder *b, const struct schema_type *type)
{
    if (!map_has(b->seen, type->name)) {
        map_set(b->seen, type->name, (void *)(uintptr_t)type);
        b->pending = xgrow(b->pending, &b->pending_capacity, b->pending_count + 1, sizeof(*b->pending));
        b->pending[b->pending_count++] = type;
    }
    return new_ref(b, type->name);
}

struct json *openapi_ref_special(struct openapi_builder *b, const char *name)
{
    for (unsigned i = 0; i < openapi_specials_count; i++)
        if (!strcmp(openapi_specials[i].name, name)) {
            b->used_special[i] = true;
            return new_ref(b, name);
        }
    require(!"a special schema's name is spelled right");
    return NULL;
}

static struct json *plain(struct openapi_builder *b, const char *type, const char *format)
{
    struct json *schema = json_new_object(&b->arena);
    json_set_string(&b->arena, schema, "type", type);
    json_set_string(&b->arena, schema, "format", format);
    return schema;
}

/* Rows do not tell the kinds of raw JSON apart; where they stand does. */
static struct json *raw_value(struct openapi_builder *b, const struct schema_type *owner,
                              const struct schema_field *field)
{
    if (!strcmp(field->name, "fieldsV1"))
        return openapi_ref_special(b, META "FieldsV1");
    if (!strncmp(owner->name, EXTENSIONS, strlen(EXTENSIONS)))
        return openapi_ref_special(b, EXTENSIONS "JSON");
    return openapi_ref_special(b, "io.k8s.apimachinery.pkg.runtime.RawExtension");
}

static struct json *one_value(struct openapi_builder *b, const struct schema_type *owner,
                              const struct schema_field *field)
{
    switch ((enum schema_kind)field->kind) {
    case SCHEMA_STRING:
        return plain(b, "string", NULL);
    case SCHEMA_BYTES:
        return plain(b, "string", "byte");
    case SCHEMA_INT32:
        return plain(b, "integer", "int32");
    case SCHEMA_INT64:
        return plain(b, "integer", "int64");
    case SCHEMA_DOUBLE:
        return plain(b, "number", "double");
    case SCHEMA_BOOL:
        return plain(b, "boolean", NULL);
    case SCHEMA_OBJECT:
        return field->type ? openapi_ref(b, field->type) : plain(b, "object", NULL);
    case SCHEMA_QUANTITY:
        return openapi_ref_special(b, "io.k8s.apimachinery.pkg.api.resource.Quantity");
    case SCHEMA_TIME:
        return openapi_ref_special(b, META "Time");
    case SCHEMA_MICRO_TIME:
        return openapi_ref_special(b, META "MicroTime");
    case SCHEMA_INT_OR_STRING:
        return openapi_ref_special(b, "io.k8s.apimachinery.pkg.util.intstr.IntOrString");
    case SCHEMA_RAW:
        return raw_value(b, owner, field);
    case SCHEMA_DURATION:
        return openapi_ref_special(b, META "Duration");
    case SCHEMA_PROPS_OR_ARRAY:
        return openapi_ref_special(b, EXTENSIONS "JSONSchemaPropsOrArray");
    case SCHEMA_PROPS_OR_BOOL:
        return openapi_ref_special(b, EXTENSIONS "JSONSchemaPropsOrBool");
    case SCHEMA_PROPS_OR_STRINGS:
        return openapi_ref_special(b, EXTENSIONS "JSONSchemaPropsOrStringArray");
    }
    return NULL;
}

static struct json *list_of(struct openapi_builder *b, struct json *items)
{
    struct json *schema = plain(b, "array", NULL);
    json_set(&b->arena, schema, "items", items);
    return schema;
}

static struct json *map_of(struct openapi_builder *b, struct json *values)
{
    struct json *schema = plain(b, "object", NULL);
    json_set(&b->arena, schema, "additionalProperties", values);
    return schema;
}

static struct json *texts(struct openapi_builder *b, const char *const *list)
{
    struct json *array = json_new_array(&b->arena);
    for (; *list; list++)
        json_append_string(&b->arena, array, *list);
    return array;
}

static void add_list_extensions(struct openapi_builder *b, struct json *schema,
                                const struct schema_field *field)
{
    static const char *const types[] = {
        [SCHEMA_LIST_ATOMIC] = "atomic", [SCHEMA_LIST_SET] = "set", [SCHEMA_LIST_MAP] = "map"};
    json_set_string(&b->arena, schema, "x-kubernetes-list-type", types[field->list]);
    if (field->list == SCHEMA_LIST_MAP && field->merge_keys)
        json_set(&b->arena, schema, "x-kubernetes-list-map-keys", texts(b, field->merge_keys));
}

static void add_patch_extensions(struct openapi_builder *b, struct json *schema,
                                 const struct schema_field *field)
{
    bool merge = field->flags & SCHEMA_PATCH_MERGE, retain = field->flags & SCHEMA_PATCH_RETAIN_KEYS;
    const char *key = field->patch_merge_key ? field->patch_merge_key
                      : field->merge_keys    ? field->merge_keys[0]
                                             : NULL;
    if (merge && key)
        json_set_string(&b->arena, schema, "x-kubernetes-patch-merge-key", key);
    if (merge || retain)
        json_set_string(&b->arena, schema, "x-kubernetes-patch-strategy",
                        merge && retain ? "merge,retainKeys"
                        : merge         ? "merge"
                                        : "retainKeys");
    else if (field->flags & SCHEMA_PATCH_REPLACE)
        json_set_string(&b->arena, schema, "x-kubernetes-patch-strategy", "replace");
    if (field->flags & SCHEMA_MAP_ATOMIC)
        json_set_string(&b->arena, schema, "x-kubernetes-map-type", "atomic");
}

static void add_default(struct openapi_builder *b, struct json *schema, const struct schema_field *field)
{
    struct json *value;
    if (b->dialect == OPENAPI_V2 || !field->default_json)
        return;
    if (!json_parse(&b->arena, slice_of(field->default_json), &value, NULL))
        json_set(&b->arena, schema, "default", value);
}

/* In v3 nothing may stand beside a reference. */
static struct json *openable(struct openapi_builder *b, struct json *schema, const struct schema_field *field)
{
    const unsigned extensions =
        SCHEMA_PATCH_MERGE | SCHEMA_PATCH_RETAIN_KEYS | SCHEMA_PATCH_REPLACE | SCHEMA_MAP_ATOMIC;
    if (b->dialect == OPENAPI_V2 || !json_get(schema, "$ref") ||
        (!field->default_json && !(field->flags & extensions)))
        return schema;
    struct json *outer = json_new_object(&b->arena);
    json_append(&b->arena, json_set_array(&b->arena, outer, "allOf"), schema);
    return outer;
}

static struct json *property(struct openapi_builder *b, const struct schema_type *owner,
                             const struct schema_field *field)
{
    struct json *schema = one_value(b, owner, field);
    if (field->enum_values && field->kind == SCHEMA_STRING)
        json_set(&b->arena, schema, "enum", texts(b, field->enum_values));
    if (field->shape == SCHEMA_LIST)
        schema = list_of(b, schema);
    else if (field->shape == SCHEMA_MAP)
        schema = map_of(b, schema);
    else if (field->shape == SCHEMA_MAP_OF_LISTS)
        schema = map_of(b, list_of(b, schema));
    schema = openable(b, schema, field);
    if (field->shape == SCHEMA_LIST)
        add_list_extensions(b, schema, field);
    add_patch_extensions(b, schema, field);
    add_default(b, schema, field);
    return schema;
}

struct json *openapi_gvk(struct openapi_builder *b, const char *group, const char *version, const char *kind)
{
    struct json *gvk = json_new_object(&b->arena);
    json_set_string(&b->arena, gvk, "group", group);
    json_set_string(&b->arena, gvk, "kind", kind);
    json_set_string(&b->arena, gvk, "version", version);
    return gvk;
}

struct json *openapi_schema(struct openapi_builder *b, const struct schema_type *type)
{
    struct json *schema = plain(b, "object", NULL), *properties = NULL, *required = NULL;
    for (uint16_t i = 0; i < type->fields_count; i++) {
        const struct schema_field *field = &type->fields[i];
        if (!properties)
            properties = json_set_object(&b->arena, schema, "properties");
        json_set(&b->arena, properties, field->name, property(b, type, field));
    }
    for (uint16_t i = 0; i < type->fields_count; i++) {
        if (!(type->fields[i].flags & SCHEMA_REQUIRED))
            continue;
        if (!required)
            required = json_set_array(&b->arena, schema, "required");
        json_append_string(&b->arena, required, type->fields[i].name);
    }
    if (type->flags & SCHEMA_TYPE_ATOMIC)
        json_set_string(&b->arena, schema, "x-kubernetes-map-type", "atomic");
    if (type->kind)
        json_append(&b->arena, json_set_array(&b->arena, schema, "x-kubernetes-group-version-kind"),
                    openapi_gvk(b, type->group, type->version, type->kind));
    return schema;
}
