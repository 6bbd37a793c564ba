/* SPDX-License-Identifier: Apache-2.0 */
/* The table of resources: found by name and kind, typed, stored where upstream stores them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>

#include "core/api/resource.h"
#include "core/base/memory.h"

static void every_row(void **state)
{
    size_t count;
    const struct resource *rows = resource_table(&count);

    assert_int_equal(count, 95);
    for (size_t i = 0; i < count; i++) {
        const struct resource *r = &rows[i];
        assert_ptr_equal(resource_find(r->group, r->version, r->plural), r);
        assert_ptr_equal(resource_find_kind(r->group, r->version, r->kind), r);
        if (!r->type)
            fail_msg("%s has no type", r->plural);
        assert_non_null(r->storage);
        assert_int_equal(r->storage_prefix != NULL, (r->verbs & VERB_WATCH) != 0);
        if (r->verbs & VERB_LIST && !schema_find_kind(r->group, r->version, r->list_kind))
            fail_msg("%s has no list type", r->plural);
        for (unsigned s = 0; s < r->subs_count; s++)
            assert_ptr_equal(resource_sub_find(r, r->subs[s].name), &r->subs[s]);
    }
}

static void storage(void **state)
{
    static const struct {
        const char *group, *version, *plural, *prefix, *stored_group, *stored_version;
    } cases[] = {
        {"", "v1", "pods", "pods", "", "v1"},
        {"", "v1", "nodes", "minions", "", "v1"},
        {"", "v1", "services", "services/specs", "", "v1"},
        {"", "v1", "endpoints", "services/endpoints", "", "v1"},
        {"", "v1", "replicationcontrollers", "controllers", "", "v1"},
        {"networking.k8s.io", "v1", "ingresses", "ingress", "networking.k8s.io", "v1"},
        {"events.k8s.io", "v1", "events", "events", "", "v1"},
        {"autoscaling", "v1", "horizontalpodautoscalers", "horizontalpodautoscalers", "autoscaling", "v2"},
        {"resource.k8s.io", "v1beta1", "resourceclaims", "resourceclaims", "resource.k8s.io", "v1"},
        {"coordination.k8s.io", "v1", "leases", "leases", "coordination.k8s.io", "v1"},
        {"apiextensions.k8s.io", "v1", "customresourcedefinitions",
         "apiextensions.k8s.io/customresourcedefinitions", "apiextensions.k8s.io", "v1"},
        {"apiregistration.k8s.io", "v1", "apiservices", "apiregistration.k8s.io/apiservices",
         "apiregistration.k8s.io", "v1"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct resource *r = RESOURCE(cases[i].group, cases[i].version, cases[i].plural);
        assert_non_null(r);
        assert_string_equal(r->storage_prefix, cases[i].prefix);
        assert_string_equal(r->storage->group, cases[i].stored_group);
        assert_string_equal(r->storage->version, cases[i].stored_version);
    }
    assert_null(RESOURCE("", "v1", "bindings")->storage_prefix);
}

static void details(void **state)
{
    const struct resource *pods = RESOURCE("", "v1", "pods"),
                          *deployments = RESOURCE("apps", "v1", "deployments");
    struct buffer text = BUFFER_INIT;

    assert_string_equal(pods->short_names[0], "po");
    assert_string_equal(pods->categories[0], "all");
    assert_string_equal(pods->list_kind, "PodList");
    assert_true(pods->namespaced);
    assert_false(RESOURCE("", "v1", "nodes")->namespaced);
    assert_string_equal(resource_sub_find(deployments, "scale")->group, "autoscaling");
    assert_int_equal(resource_sub_find(deployments, "status")->verbs, VERB_GET | VERB_PATCH | VERB_UPDATE);
    assert_null(resource_sub_find(deployments, "log"));
    assert_null(resource_find("apps", "v1", "pods"));
    resource_api_version(pods, &text);
    assert_string_equal(text.data, "v1");
    buffer_clear(&text);
    resource_api_version(deployments, &text);
    assert_string_equal(text.data, "apps/v1");
    buffer_done(&text);
    assert_string_equal(verb_name(VERB_DELETECOLLECTION), "deletecollection");
    assert_int_equal(verb_parse("watch"), VERB_WATCH);
    assert_int_equal(verb_parse("bind"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(storage),
        cmocka_unit_test(details),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
