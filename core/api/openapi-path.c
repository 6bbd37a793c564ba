/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources as path items: which methods there are, what goes in and out, and Kubernetes' own words for them
 * (x-kubernetes-action, x-kubernetes-group-version-kind). kubectl looks up here what kind lies under a path,
 * and whether a patch takes ?dryRun and ?fieldValidation; older ones follow no reference there, so that a
 * patch has its parameters in place while everything else refers to common ones.
 */
#include <ctype.h>

#include "core/api/openapi-build.h"
#include "core/base/memory.h"

enum parameter_use { USE_WRITE = 1, USE_DELETE = 2, USE_LIST = 4, USE_PATCH = 8, USE_ALL = 16 };
static const struct parameter {
    const char *name, *type;
    unsigned uses;
} parameters[] = {
    {"pretty", "string", USE_ALL},
    {"dryRun", "string", USE_WRITE | USE_DELETE | USE_PATCH},
    {"fieldManager", "string", USE_WRITE | USE_PATCH},
    {"fieldValidation", "string", USE_WRITE | USE_PATCH},
    {"force", "boolean", USE_PATCH},
    {"gracePeriodSeconds", "integer", USE_DELETE},
    {"orphanDependents", "boolean", USE_DELETE},
    {"propagationPolicy", "string", USE_DELETE},
    {"ignoreStoreReadErrorWithClusterBreakingPotential", "boolean", USE_DELETE},
    {"allowWatchBookmarks", "boolean", USE_LIST},
    {"continue", "string", USE_LIST},
    {"fieldSelector", "string", USE_LIST},
    {"labelSelector", "string", USE_LIST},
    {"limit", "integer", USE_LIST},
    {"resourceVersion", "string", USE_LIST},
    {"resourceVersionMatch", "string", USE_LIST},
    {"sendInitialEvents", "boolean", USE_LIST},
    {"timeoutSeconds", "integer", USE_LIST},
    {"watch", "boolean", USE_LIST},
};

/* What an operation is made from. */
static const struct method {
    const char *name;   /* HTTP's, as a key of the path item */
    const char *action; /* x-kubernetes-action */
    const char *verb;   /* of the operation's id */
    unsigned uses;
    bool takes, gives, lists; /* the kind as body, the kind or its list as answer */
} method_get = {"get", "get", "read", 0, false, true, false},
  method_list = {"get", "list", "list", USE_LIST, false, true, true},
  method_post = {"post", "post", "create", USE_WRITE, true, true, false},
  method_put = {"put", "put", "replace", USE_WRITE, true, true, false},
  method_patch = {"patch", "patch", "patch", USE_PATCH, true, true, false},
  method_delete = {"delete", "delete", "delete", USE_DELETE, false, false, false},
  method_delete_all = {"delete", "deletecollection", "delete", USE_DELETE | USE_LIST, false, false, false};

static const struct {
    enum verb verb;
    const struct method *method;
} item_methods[] = {{VERB_GET, &method_get},
                    {VERB_UPDATE, &method_put},
                    {VERB_DELETE, &method_delete},
                    {VERB_PATCH, &method_patch}},
  sub_methods[] = {{VERB_GET, &method_get},
                   {VERB_UPDATE, &method_put},
                   {VERB_CREATE, &method_post},
                   {VERB_DELETE, &method_delete},
                   {VERB_PATCH, &method_patch}};

static const char *const json_types[] = {"application/json", "application/yaml",
                                         "application/vnd.kubernetes.protobuf", NULL};
static const char *const stream_types[] = {"application/json",
                                           "application/yaml",
                                           "application/vnd.kubernetes.protobuf",
                                           "application/json;stream=watch",
                                           "application/vnd.kubernetes.protobuf;stream=watch",
                                           NULL};
static const char *const patch_types[] = {"application/json-patch+json", "application/merge-patch+json",
                                          "application/strategic-merge-patch+json",
                                          "application/apply-patch+yaml", NULL};
static const char *const any_types[] = {"*/*", NULL};

/* What the paths of one resource have in common. */
struct target {
    const struct resource *resource;
    const struct resource_sub *sub;
    const char *group, *version, *kind; /* what is spoken there */
    const struct schema_type *type;     /* NULL: text */
    const struct schema_type *list_type;
    bool all_namespaces, has_name;
};

static struct json *texts(struct openapi_builder *b, const char *const *list)
{
    struct json *array = json_new_array(&b->arena);
    for (; *list; list++)
        json_append_string(&b->arena, array, *list);
    return array;
}

static struct json *new_parameter(struct openapi_builder *b, const char *name, const char *in,
                                  const char *type)
{
    struct json *parameter = json_new_object(&b->arena), *schema = parameter;
    json_set_string(&b->arena, parameter, "name", name);
    json_set_string(&b->arena, parameter, "in", in);
    if (!strcmp(in, "path"))
        json_set_bool(&b->arena, parameter, "required", true);
    if (b->dialect == OPENAPI_V3)
        schema = json_set_object(&b->arena, parameter, "schema");
    json_set_string(&b->arena, schema, "type", type);
    json_set_bool(&b->arena, schema, "uniqueItems", true);
    return parameter;
}

void openapi_show_parameters(struct openapi_builder *b)
{
    for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
        b->visitor->parameter(b->visitor->context, parameters[i].name,
                              new_parameter(b, parameters[i].name, "query", parameters[i].type));
        arena_reset(&b->arena);
    }
}

static struct json *parameter_ref(struct openapi_builder *b, const char *name)
{
    struct json *ref = json_new_object(&b->arena);
    json_set_stringf(&b->arena, ref, "$ref", "#/%sparameters/%s",
                     b->dialect == OPENAPI_V2 ? "" : "components/", name);
    return ref;
}

static void add_parameters(struct openapi_builder *b, struct json *list, unsigned uses)
{
    for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
        if (parameters[i].uses & uses)
            json_append(&b->arena, list,
                        uses & USE_PATCH ? new_parameter(b, parameters[i].name, "query", parameters[i].type)
                                         : parameter_ref(b, parameters[i].name));
}

static struct json *schema_of(struct openapi_builder *b, const struct schema_type *type)
{
    if (type)
        return openapi_ref(b, type);
    struct json *schema = json_new_object(&b->arena);
    json_set_string(&b->arena, schema, "type", "string");
    return schema;
}

/* v3: {types: {schema}} */
static void add_content(struct openapi_builder *b, struct json *object, const char *const *types,
                        const struct json *schema)
{
    struct json *content = json_set_object(&b->arena, object, "content");
    for (; *types; types++)
        json_set(&b->arena, json_set_object(&b->arena, content, *types), "schema",
                 json_copy(&b->arena, schema));
}

static void add_body(struct openapi_builder *b, struct json *operation, struct json *list,
                     const char *const *types, struct json *schema, bool required)
{
    if (b->dialect == OPENAPI_V3) {
        struct json *body = json_set_object(&b->arena, operation, "requestBody");
        add_content(b, body, types, schema);
        if (required)
            json_set_bool(&b->arena, body, "required", true);
        return;
    }
    struct json *body = json_append(&b->arena, list, json_new_object(&b->arena));
    json_set_string(&b->arena, body, "name", "body");
    json_set_string(&b->arena, body, "in", "body");
    if (required)
        json_set_bool(&b->arena, body, "required", true);
    json_set(&b->arena, body, "schema", schema);
}

static void add_answer(struct openapi_builder *b, struct json *answers, const char *code, const char *word,
                       const char *const *types, const struct json *schema)
{
    struct json *answer = json_set_object(&b->arena, answers, code);
    json_set_string(&b->arena, answer, "description", word);
    if (b->dialect == OPENAPI_V3)
        add_content(b, answer, types, schema);
    else
        json_set(&b->arena, answer, "schema", json_copy(&b->arena, schema));
}

/* "rbac.authorization.k8s.io" → "RbacAuthorization", "" → "Core", "v1beta1" → "V1beta1" */
static void append_camel(struct buffer *out, const char *text)
{
    size_t size = strlen(text), suffix = strlen(".k8s.io");
    bool upper = true;
    if (size > suffix && !strcmp(text + size - suffix, ".k8s.io"))
        size -= suffix;
    for (size_t i = 0; i < size; i++) {
        bool separator = text[i] == '.' || text[i] == '-' || text[i] == '/';
        if (!separator)
            buffer_append_char(out, upper ? (char)toupper((unsigned char)text[i]) : text[i]);
        upper = separator;
    }
}

static void add_operation_id(struct openapi_builder *b, struct json *operation, const struct target *t,
                             const struct method *method, bool connects)
{
    _cleanup_(buffer_done) struct buffer id = BUFFER_INIT;
    buffer_append_str(&id, connects ? "connect" : method->verb);
    append_camel(&id, *t->resource->group ? t->resource->group : "core");
    append_camel(&id, t->resource->version);
    if (connects)
        append_camel(&id, method->name);
    if (method == &method_delete_all)
        buffer_append_str(&id, "Collection");
    if (t->resource->namespaced && !t->all_namespaces)
        buffer_append_str(&id, "Namespaced");
    buffer_append_str(&id, t->resource->kind);
    if (t->sub)
        append_camel(&id, t->sub->name);
    if (t->all_namespaces)
        buffer_append_str(&id, "ForAllNamespaces");
    json_set_string(&b->arena, operation, "operationId", id.data);
}

static const struct schema_type *answer_type(const struct target *t, const struct method *method)
{
    if (!method->gives)
        return schema_find("io.k8s.apimachinery.pkg.apis.meta.v1.Status");
    return method->lists ? t->list_type : t->type;
}

static void add_input(struct openapi_builder *b, struct json *operation, struct json *list,
                      const struct target *t, const struct method *method)
{
    if (method == &method_patch)
        add_body(b, operation, list, patch_types,
                 openapi_ref_special(b, "io.k8s.apimachinery.pkg.apis.meta.v1.Patch"), true);
    else if (method->takes)
        add_body(b, operation, list, any_types, schema_of(b, t->type), true);
    else if (method->uses & USE_DELETE)
        add_body(b, operation, list, any_types,
                 schema_of(b, schema_find("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions")), false);
    add_parameters(b, list, method->uses);
}

static void add_answers(struct openapi_builder *b, struct json *operation, const struct target *t,
                        const struct method *method)
{
    const char *const *types = method->lists ? stream_types : json_types;
    struct json *schema = schema_of(b, answer_type(t, method)),
                *answers = json_set_object(&b->arena, operation, "responses");
    add_answer(b, answers, "200", "OK", types, schema);
    if (method->takes)
        add_answer(b, answers, "201", "Created", types, schema);
    if (method == &method_post || method == &method_delete)
        add_answer(b, answers, "202", "Accepted", types, schema);
}

/* Subresources that carry bytes of their own instead of objects. */
static bool is_connect(const char *sub)
{
    static const char *const names[] = {"attach", "exec", "portforward", "proxy"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (!strcmp(sub, names[i]))
            return true;
    return false;
}

static void add_operation(struct openapi_builder *b, struct json *item, const struct target *t,
                          const struct method *method)
{
    bool connects = t->sub && is_connect(t->sub->name);
    struct json *operation = json_set_object(&b->arena, item, method->name), *list;
    _cleanup_(buffer_done) struct buffer tag = BUFFER_INIT;
    buffer_printf(&tag, "%s_%s", *t->resource->group ? t->resource->group : "core", t->resource->version);
    json_append_string(&b->arena, json_set_array(&b->arena, operation, "tags"), tag.data);
    add_operation_id(b, operation, t, method, connects);
    list = json_set_array(&b->arena, operation, "parameters");
    if (b->dialect == OPENAPI_V2) {
        json_set(&b->arena, operation, "consumes",
                 texts(b, method == &method_patch ? patch_types : any_types));
        json_set(&b->arena, operation, "produces",
                 texts(b, connects        ? any_types
                          : method->lists ? stream_types
                                          : json_types));
    }
    if (!connects)
        add_input(b, operation, list, t, method);
    if (!list->size)
        json_remove(operation, "parameters");
    if (connects)
        add_answer(b, json_set_object(&b->arena, operation, "responses"), "200", "OK", any_types,
                   schema_of(b, NULL));
    else
        add_answers(b, operation, t, method);
    json_set_string(&b->arena, operation, "x-kubernetes-action", connects ? "connect" : method->action);
    json_set(&b->arena, operation, "x-kubernetes-group-version-kind",
             openapi_gvk(b, t->group, t->version, t->kind));
}

/* "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale" */
static void append_path(struct buffer *out, const struct target *t)
{
    const struct resource *r = t->resource;
    if (*r->group)
        buffer_printf(out, "/apis/%s/%s", r->group, r->version);
    else
        buffer_printf(out, "/api/%s", r->version);
    buffer_printf(out, "%s/%s%s", r->namespaced && !t->all_namespaces ? "/namespaces/{namespace}" : "",
                  r->plural, t->has_name ? "/{name}" : "");
    if (t->sub)
        buffer_printf(out, "/%s", t->sub->name);
}

static void show_item(struct openapi_builder *b, const struct target *t, struct json *item)
{
    _cleanup_(buffer_done) struct buffer path = BUFFER_INIT;
    append_path(&path, t);
    struct json *list = json_set_array(&b->arena, item, "parameters");
    if (t->has_name)
        json_append(&b->arena, list, new_parameter(b, "name", "path", "string"));
    if (t->resource->namespaced && !t->all_namespaces)
        json_append(&b->arena, list, new_parameter(b, "namespace", "path", "string"));
    json_append(&b->arena, list, parameter_ref(b, "pretty"));
    b->visitor->path(b->visitor->context, path.data, item);
    arena_reset(&b->arena);
}

static void show_collection(struct openapi_builder *b, struct target t)
{
    struct json *item = json_new_object(&b->arena);
    t.has_name = false;
    if (t.resource->verbs & VERB_LIST)
        add_operation(b, item, &t, &method_list);
    if (t.resource->verbs & VERB_CREATE && !t.all_namespaces)
        add_operation(b, item, &t, &method_post);
    if (t.resource->verbs & VERB_DELETECOLLECTION && !t.all_namespaces)
        add_operation(b, item, &t, &method_delete_all);
    if (item->size)
        show_item(b, &t, item);
}

static void show_named(struct openapi_builder *b, struct target t)
{
    struct json *item = json_new_object(&b->arena);
    t.has_name = true;
    for (size_t i = 0; i < ARRAY_SIZE(item_methods); i++)
        if (t.resource->verbs & item_methods[i].verb)
            add_operation(b, item, &t, item_methods[i].method);
    if (item->size)
        show_item(b, &t, item);
}

static void show_sub(struct openapi_builder *b, const struct resource *r, const struct schema_type *type,
                     const struct resource_sub *sub)
{
    struct target t = {r,
                       sub,
                       sub->version ? sub->group : r->group,
                       sub->version ? sub->version : r->version,
                       sub->kind,
                       .has_name = true};
    struct json *item = json_new_object(&b->arena);
    if (strcmp(sub->name, "log"))
        t.type =
            sub->version || strcmp(sub->kind, r->kind) ? schema_find_kind(t.group, t.version, t.kind) : type;
    for (size_t i = 0; i < ARRAY_SIZE(sub_methods); i++)
        if (sub->verbs & sub_methods[i].verb)
            add_operation(b, item, &t, sub_methods[i].method);
    if (item->size)
        show_item(b, &t, item);
}

void openapi_show_paths(struct openapi_builder *b, const struct resource *r)
{
    const struct openapi_custom_types *custom = openapi_custom_find(b, r);
    struct target t = {r, NULL, r->group, r->version, r->kind};
    t.type = custom ? &custom->type : r->type;
    t.list_type = custom ? &custom->list : schema_find_kind(r->group, r->version, r->list_kind);
    if (r->namespaced && r->verbs & VERB_LIST) {
        t.all_namespaces = true;
        show_collection(b, t);
        t.all_namespaces = false;
    }
    show_collection(b, t);
    show_named(b, t);
    for (unsigned i = 0; i < r->subs_count; i++)
        show_sub(b, r, t.type, &r->subs[i]);
}

void openapi_show_get(struct openapi_builder *b, const char *path, const char *operation_id,
                      const struct schema_type *answer)
{
    struct json *item = json_new_object(&b->arena), *operation = json_set_object(&b->arena, item, "get");
    json_set_string(&b->arena, operation, "operationId", operation_id);
    if (b->dialect == OPENAPI_V2)
        json_set(&b->arena, operation, "produces", texts(b, json_types));
    add_answer(b, json_set_object(&b->arena, operation, "responses"), "200", "OK", json_types,
               schema_of(b, answer));
    b->visitor->path(b->visitor->context, path, item);
    arena_reset(&b->arena);
}
