/* SPDX-License-Identifier: Apache-2.0 */
/* OpenAPI documents: whole, without dangling references, with what kubectl looks for in them; and the
 * messages well-formed and equal in content. */
#include "core/api/openapi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/base/memory.h"

struct document {
    struct arena arena;
    struct buffer text;
    struct json *root;
};

static void parse_document(struct document *d)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (json_parse(&d->arena, (struct slice){d->text.data, d->text.size}, &d->root, &err))
        fail_msg("%s", err.message);
}

static void done_document(struct document *d)
{
    buffer_done(&d->text);
    arena_done(&d->arena);
}

static struct json *definition(const struct document *d, const char *name)
{
    struct json *schemas = json_get(d->root, "definitions");
    return json_get(schemas ? schemas : json_at(d->root, "components.schemas"), name);
}

/* Every reference leads somewhere in the document. */
static void check_references(const struct document *d, const struct json *value)
{
    const char *ref = json_string(json_get(value, "$ref"));
    if (ref) {
        struct slice rest = slice_of(ref);
        const struct json *at = d->root;
        assert_true(slice_is(slice_cut(&rest, '/'), "#"));
        while (rest.data)
            at = json_get_slice(at, slice_cut(&rest, '/'));
        if (!at)
            fail_msg("%s leads nowhere", ref);
    }
    json_for_each (it, value)
        check_references(d, it);
}

static void is_text(const struct json *value, const char *text)
{
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    assert_non_null(value);
    json_write(&out, value);
    assert_string_equal(out.data, text);
}

static void version_2(void **state)
{
    struct document d = {0};
    openapi_v2_json(&d.text);
    parse_document(&d);
    check_references(&d, d.root);
    is_text(json_get(d.root, "swagger"), "\"2.0\"");
    assert_in_range(json_count(json_get(d.root, "definitions")), 700, 2000);

    const struct json *pod = definition(&d, "io.k8s.api.core.v1.Pod"),
                      *spec = definition(&d, "io.k8s.api.core.v1.PodSpec");
    is_text(json_get(pod, "x-kubernetes-group-version-kind"),
            "[{\"group\":\"\",\"kind\":\"Pod\",\"version\":\"v1\"}]");
    is_text(json_at(pod, "properties.spec"), "{\"$ref\":\"#/definitions/io.k8s.api.core.v1.PodSpec\"}");
    is_text(json_get(spec, "required"), "[\"containers\"]");
    is_text(json_at(spec, "properties.containers"),
            "{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/"
            "io.k8s.api.core.v1.Container\"},\"x-kubernetes-list-type\":\"map\","
            "\"x-kubernetes-list-map-keys\":[\"name\"],\"x-kubernetes-patch-merge-key\":\"name\",\"x-"
            "kubernetes-patch-strategy\":\"merge\"}");
    is_text(json_at(spec, "properties.nodeSelector"),
            "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"},\"x-kubernetes-map-type\":"
            "\"atomic\"}");
    is_text(json_at(spec, "properties.volumes.x-kubernetes-patch-strategy"), "\"merge,retainKeys\"");
    is_text(definition(&d, "io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
            "{\"type\":\"string\",\"format\":\"int-or-string\"}");
    is_text(definition(&d, "io.k8s.apimachinery.pkg.api.resource.Quantity"), "{\"type\":\"string\"}");
    done_document(&d);
}

static const struct json *find_parameter(const struct json *list, const char *name)
{
    json_for_each (it, list)
        if (!strcmp(json_string_or(json_get(it, "name"), ""), name))
            return it;
    return NULL;
}

static void operations(void **state)
{
    static const struct {
        const char *path, *method, *action, *id, *kind;
    } cases[] = {
        {"/api/v1/pods", "get", "list", "listCoreV1PodForAllNamespaces", "Pod"},
        {"/api/v1/namespaces/{namespace}/pods", "get", "list", "listCoreV1NamespacedPod", "Pod"},
        {"/api/v1/namespaces/{namespace}/pods", "post", "post", "createCoreV1NamespacedPod", "Pod"},
        {"/api/v1/namespaces/{namespace}/pods", "delete", "deletecollection",
         "deleteCoreV1CollectionNamespacedPod", "Pod"},
        {"/api/v1/namespaces/{namespace}/pods/{name}", "patch", "patch", "patchCoreV1NamespacedPod", "Pod"},
        {"/api/v1/namespaces/{namespace}/pods/{name}/log", "get", "get", "readCoreV1NamespacedPodLog", "Pod"},
        {"/api/v1/namespaces/{namespace}/pods/{name}/exec", "post", "connect",
         "connectCoreV1PostNamespacedPodExec", "PodExecOptions"},
        {"/api/v1/namespaces/{namespace}/pods/{name}/eviction", "post", "post",
         "createCoreV1NamespacedPodEviction", "Eviction"},
        {"/api/v1/nodes/{name}/status", "put", "put", "replaceCoreV1NodeStatus", "Node"},
        {"/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale", "patch", "patch",
         "patchAppsV1NamespacedDeploymentScale", "Scale"},
        {"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}", "get", "get",
         "readRbacAuthorizationV1ClusterRole", "ClusterRole"},
    };
    struct document d = {0};
    openapi_v2_json(&d.text);
    parse_document(&d);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct json *operation =
            json_get(json_get(json_get(d.root, "paths"), cases[i].path), cases[i].method);
        if (!operation)
            fail_msg("%s %s is not there", cases[i].method, cases[i].path);
        assert_string_equal(json_string_or(json_get(operation, "x-kubernetes-action"), ""), cases[i].action);
        assert_string_equal(json_string_or(json_get(operation, "operationId"), ""), cases[i].id);
        assert_string_equal(
            json_string_or(json_at(json_get(operation, "x-kubernetes-group-version-kind"), "kind"), ""),
            cases[i].kind);
        bool patch = !strcmp(cases[i].method, "patch"); /* kubectl looks for these two in place */
        assert_int_equal(find_parameter(json_get(operation, "parameters"), "dryRun") != NULL, patch);
        assert_int_equal(find_parameter(json_get(operation, "parameters"), "fieldValidation") != NULL, patch);
    }
    assert_null(json_get(json_get(d.root, "paths"), "/api/v1/bindings"));
    done_document(&d);
}

/* Each row of the index is a document without dangling references, and its hash is the same the next time. */
static void version_3(void **state)
{
    struct document index = {0};
    _cleanup_(buffer_done) struct buffer again = BUFFER_INIT;
    unsigned kinds = 0;
    openapi_v3_index(&index.text);
    openapi_v3_index(&again);
    assert_string_equal(index.text.data, again.data);
    parse_document(&index);
    json_for_each (it, json_get(index.root, "paths")) {
        struct document d = {0};
        char url[256];
        snprintf(url, sizeof(url), "/openapi/v3/%s?hash=", it->key);
        assert_true(slice_starts(json_slice(json_get(it, "serverRelativeURL")), url));
        assert_true(openapi_v3_json(it->key, &d.text));
        parse_document(&d);
        check_references(&d, d.root);
        is_text(json_get(d.root, "openapi"), "\"3.0.0\"");
        json_for_each (schema, json_at(d.root, "components.schemas"))
            kinds += json_get(schema, "x-kubernetes-group-version-kind") != NULL;
        done_document(&d);
    }
    assert_true(kinds > 200);
    done_document(&index);

    static const char *const unknown[] = {"",       "apis/", "apis/nope",     "apis/apps/v2",
                                          "api/v2", "nope",  "apis/apps/v1/", "../v2"};
    for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
        _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
        buffer_append_str(&out, "kept");
        if (openapi_v3_json(unknown[i], &out) || openapi_v3_protobuf(unknown[i], &out))
            fail_msg("\"%s\" is a document", unknown[i]);
        assert_string_equal(out.data, "kept");
    }
}

static void version_3_schemas(void **state)
{
    struct document d = {0};
    assert_true(openapi_v3_json("apis/apps/v1", &d.text));
    parse_document(&d);
    const struct json *spec = definition(&d, "io.k8s.api.apps.v1.DeploymentSpec");
    is_text(json_at(spec, "properties.strategy"),
            "{\"allOf\":[{\"$ref\":\"#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy\"}],"
            "\"x-kubernetes-patch-strategy\":\"retainKeys\",\"default\":{}}");
    is_text(json_at(spec, "properties.selector"),
            "{\"$ref\":\"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector\"}");
    is_text(definition(&d, "io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
            "{\"format\":\"int-or-string\",\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}");
    assert_null(definition(&d, "io.k8s.api.batch.v1.Job"));
    assert_non_null(definition(&d, "io.k8s.api.autoscaling.v1.Scale"));
    const struct json *patch = json_get(
        json_get(json_get(d.root, "paths"), "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"),
        "patch");
    assert_non_null(find_parameter(json_get(patch, "parameters"), "fieldValidation"));
    assert_non_null(
        json_get(json_at(patch, "requestBody.content"), "application/strategic-merge-patch+json"));
    done_document(&d);
}

/* One field of a message. */
struct field {
    unsigned number, wire;
    struct slice data;
};

static uint64_t read_varint(struct slice *data)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        assert_true(data->size > 0);
        unsigned char c = (unsigned char)*data->data;
        data->data++;
        data->size--;
        value |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return value;
    }
    fail();
    return 0;
}

static bool read_field(struct slice *data, struct field *ret)
{
    if (!data->size)
        return false;
    uint64_t tag = read_varint(data);
    *ret = (struct field){(unsigned)(tag >> 3), (unsigned)(tag & 7)};
    uint64_t value = read_varint(data);
    if (ret->wire == 0)
        return true;
    assert_int_equal(ret->wire, 2);
    assert_true(value <= data->size);
    ret->data = (struct slice){data->data, value};
    data->data += value;
    data->size -= value;
    return true;
}

/* The first field of that number; data NULL when there is none. */
static struct slice sub(struct slice message, unsigned number)
{
    struct field field;
    while (read_field(&message, &field))
        if (field.number == number)
            return field.data;
    return (struct slice){0};
}

/* In a document whose parts come as {holder: {member: {1: name, 2: value}}}. */
static struct slice find_named(struct slice document, unsigned holder, unsigned member, const char *name,
                               unsigned *ret_count)
{
    struct field field;
    struct slice found = {0};
    *ret_count = 0;
    while (read_field(&document, &field)) {
        struct slice named = field.number == holder ? sub(field.data, member) : (struct slice){0};
        *ret_count += named.data != NULL;
        if (named.data && slice_is(sub(named, 1), name))
            found = sub(named, 2);
    }
    return found;
}

static void version_2_messages(void **state)
{
    struct document d = {0};
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    unsigned definitions, paths, parameters;
    openapi_v2_json(&d.text);
    parse_document(&d);
    openapi_v2_protobuf(&out);
    struct slice document = {out.data, out.size};
    assert_true(slice_is(sub(document, 1), "2.0"));
    assert_true(slice_is(sub(sub(document, 2), 1), "Kubernetes"));

    struct slice spec = find_named(document, 9, 1, "io.k8s.api.core.v1.PodSpec", &definitions);
    struct slice item = find_named(document, 8, 2, "/api/v1/namespaces/{namespace}/pods/{name}", &paths);
    struct slice parameter = find_named(document, 10, 1, "dryRun", &parameters);
    assert_int_equal(definitions, json_count(json_get(d.root, "definitions")));
    assert_int_equal(paths, json_count(json_get(d.root, "paths")));
    assert_int_equal(parameters, json_count(json_get(d.root, "parameters")));
    assert_true(slice_is(sub(spec, 19), "containers"));
    assert_true(slice_is(sub(sub(spec, 22), 1), "object"));
    assert_true(slice_is(sub(sub(sub(parameter, 2), 3), 4), "dryRun"));
    struct slice extension = sub(sub(item, 8), 13);
    assert_true(slice_is(sub(extension, 1), "x-kubernetes-action"));
    assert_true(slice_is(sub(sub(extension, 2), 2), "\"patch\""));
    done_document(&d);
}

static void version_3_messages(void **state)
{
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    unsigned paths;
    assert_true(openapi_v3_protobuf("apis/apps/v1", &out));
    struct slice document = {out.data, out.size}, rest = document, spec = {0};
    assert_true(slice_is(sub(document, 1), "3.0.0"));
    struct slice item = find_named(document, 4, 1, "/apis/apps/v1/deployments", &paths);
    assert_true(slice_is(sub(sub(item, 4), 5), "listAppsV1DeploymentForAllNamespaces"));
    for (struct field field; read_field(&rest, &field);) {
        struct slice named = field.number == 5 ? sub(sub(field.data, 1), 1) : (struct slice){0};
        if (named.data && slice_is(sub(named, 1), "io.k8s.api.apps.v1.DeploymentSpec"))
            spec = sub(named, 2);
    }
    assert_true(slice_is(sub(sub(spec, 1), 25), "object"));
    assert_true(slice_is(sub(sub(spec, 1), 23), "selector"));
}

static void custom_resources(void **state)
{
    static const struct resource_sub subs[] = {{"status", NULL, NULL, "CronTab", VERB_GET | VERB_PATCH}};
    static const struct resource crontabs = {.group = "stable.example.com",
                                             .version = "v1",
                                             .plural = "crontabs",
                                             .kind = "CronTab",
                                             .list_kind = "CronTabList",
                                             .namespaced = true,
                                             .verbs = VERB_GET | VERB_LIST | VERB_PATCH,
                                             .subs = subs,
                                             .subs_count = 1};
    static const struct resource open = {.group = "stable.example.com",
                                         .version = "v1",
                                         .plural = "anythings",
                                         .kind = "Anything",
                                         .list_kind = "AnythingList",
                                         .verbs = VERB_GET | VERB_LIST};
    static const char *const schema = "{\"type\":\"object\",\"description\":\"Mine.\",\"properties\":{"
                                      "\"spec\":{\"type\":\"object\",\"properties\":{"
                                      "\"port\":{\"x-kubernetes-int-or-string\":true,\"anyOf\":[{\"type\":"
                                      "\"integer\"},{\"type\":\"string\"}]}}}}}";
    struct document d = {0}, v3 = {0}, index = {0};
    struct openapi_custom customs[] = {{&crontabs}, {&open}};
    struct openapi_input input = {customs, ARRAY_SIZE(customs)};
    struct json *parsed;
    assert_int_equal(json_parse(&d.arena, slice_of(schema), &parsed, NULL), 0);
    customs[0].schema = parsed;

    openapi_v2(&input, OPENAPI_JSON, &d.text);
    parse_document(&d);
    check_references(&d, d.root);
    is_text(
        definition(&d, "com.example.stable.v1.CronTab"),
        "{\"type\":\"object\",\"description\":\"Mine.\",\"properties\":{\"spec\":{\"type\":\"object\","
        "\"properties\":{\"port\":{"
        "\"x-kubernetes-int-or-string\":true}}},\"apiVersion\":{\"type\":\"string\"},\"kind\":{\"type\":"
        "\"string\"},\"metadata\":{\"$ref\":"
        "\"#/definitions/"
        "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta\"}},\"x-kubernetes-group-version-kind\":[{\"group\":"
        "\"stable.example.com\",\"kind\":\"CronTab\",\"version\":\"v1\"}]}");
    is_text(definition(&d, "com.example.stable.v1.Anything"),
            "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true,\"x-kubernetes-group-version-"
            "kind\":[{\"group\":"
            "\"stable.example.com\",\"kind\":\"Anything\",\"version\":\"v1\"}]}");

    assert_true(openapi_v3(&input, "apis/stable.example.com/v1", OPENAPI_JSON, &v3.text));
    parse_document(&v3);
    check_references(&v3, v3.root);
    assert_int_equal(json_count(json_at(definition(&v3, "com.example.stable.v1.CronTab"),
                                        "properties.spec.properties.port.anyOf")),
                     2);
    assert_non_null(definition(&v3, "com.example.stable.v1.CronTabList"));
    assert_non_null(json_get(json_get(v3.root, "paths"),
                             "/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/status"));

    openapi_v3_index_of(&input, &index.text);
    parse_document(&index);
    assert_non_null(json_get(json_get(index.root, "paths"), "apis/stable.example.com/v1"));
    assert_non_null(json_get(json_get(index.root, "paths"), "apis/stable.example.com"));
    done_document(&d);
    done_document(&v3);
    done_document(&index);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_2),          cmocka_unit_test(operations),
        cmocka_unit_test(version_3),          cmocka_unit_test(version_3_schemas),
        cmocka_unit_test(version_2_messages), cmocka_unit_test(version_3_messages),
        cmocka_unit_test(custom_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
