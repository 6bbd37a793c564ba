/* SPDX-License-Identifier: Apache-2.0 */
/* What readers of endpoints see: addresses, conditions, ports, both forms, and few writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/harness.h"

#define SLICES    "/apis/discovery.k8s.io/v1/endpointslices"
#define ENDPOINTS "/api/v1/namespaces/ns/endpoints/web"
#define SERVICE   "/api/v1/namespaces/ns/services/web"

static int setup(void **state)
{
    static const struct controller *const rows[] = {&controller_endpoints, &controller_endpointslice,
                                                    &controller_endpointslice_mirroring, NULL};
    struct harness *h = harness_new(state);
    h->options.max_endpoints_per_slice = 3;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n1','labels':{'topology.kubernetes."
                    "io/zone':'z1'}}}");
    harness_start(h, rows);
    return 0;
}

static void make_service(struct harness *h, const char *more)
{
    _cleanup_free_ char *text = xasprintf(
        "{'apiVersion':'v1','kind':'Service','metadata':{'name':'web','namespace':'ns','labels':{'a':'b'}},"
        "'spec':{'clusterIP':'10.0.0.9','ipFamilies':['IPv4'],'selector':{'app':'web'},"
        "'ports':[{'name':'http','port':80,'protocol':'TCP','targetPort':'web'}]%s}}",
        more);
    fake_api_create(h->api, &h->arena, text);
}

static void make_pod(struct harness *h, int number, bool ready)
{
    _cleanup_free_ char *text =
        xasprintf("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p%d','namespace':'ns','labels':{'app':"
                  "'web'}},'spec':{'nodeName':'n1',"
                  "'containers':[{'name':'c','ports':[{'name':'web','containerPort':8080,'protocol':'TCP'}]}]"
                  "},'status':{'phase':'Running','podIP':'10.1.0.%d',"
                  "'podIPs':[{'ip':'10.1.0.%d'}],'conditions':[{'type':'Ready','status':'%s'}]}}",
                  number, number, number, ready ? "True" : "False");
    fake_api_create(h->api, &h->arena, text);
}

static struct json *slice(struct harness *h, uint32_t index)
{
    return json_element(fake_api_list(h->api, &h->arena, SLICES), index);
}

/* The endpoint of that address, in whichever slice. */
static struct json *endpoint(struct harness *h, const char *address)
{
    json_for_each (one, fake_api_list(h->api, &h->arena, SLICES))
        json_for_each (e, json_get(one, "endpoints"))
            if (!strcmp(json_string_or(json_at(e, "addresses[0]"), ""), address))
                return e;
    return NULL;
}

static uint32_t endpoints_count(struct harness *h)
{
    uint32_t count = 0;
    json_for_each (one, fake_api_list(h->api, &h->arena, SLICES))
        count += json_count(json_get(one, "endpoints"));
    return count;
}

static bool is(const struct json *e, bool ready, bool serving, bool terminating)
{
    return e && json_boolean_at(e, "conditions.ready", !ready) == ready &&
           json_boolean_at(e, "conditions.serving", !serving) == serving &&
           json_boolean_at(e, "conditions.terminating", !terminating) == terminating;
}

static void a_pod_becomes_an_endpoint(void **state)
{
    struct harness *h = *state;
    make_service(h, "");
    HARNESS_WAIT(h, harness_count(h, SLICES) == 1); /* empty at first */
    _cleanup_free_ char *name = xstrdup(object_name(slice(h, 0)));
    make_pod(h, 1, true);
    HARNESS_WAIT(h, endpoint(h, "10.1.0.1"));
    struct json *s = slice(h, 0), *e = endpoint(h, "10.1.0.1");
    assert_string_equal(object_name(s), name); /* the same slice, not another */
    assert_int_equal(harness_count(h, SLICES), 1);
    assert_true(is(e, true, true, false));
    assert_string_equal(json_string_at(e, "nodeName"), "n1");
    assert_string_equal(json_string_at(e, "zone"), "z1");
    assert_string_equal(json_string_at(e, "targetRef.name"), "p1");
    assert_string_equal(json_string_at(s, "addressType"), "IPv4");
    assert_string_equal(json_string_at(s, "ports[0].name"), "http");
    assert_int_equal(json_integer_at(s, "ports[0].port", 0), 8080);
    assert_string_equal(object_label(s, "kubernetes.io/service-name"), "web");
    assert_string_equal(object_label(s, "endpointslice.kubernetes.io/managed-by"),
                        "endpointslice-controller.k8s.io");
    assert_string_equal(object_label(s, "a"), "b");
    assert_true(object_is_controlled_by(s, harness_get(h, SERVICE)));
    HARNESS_WAIT(h, json_at(harness_get(h, ENDPOINTS), "subsets[0].addresses[0].ip"));
    assert_int_equal(json_integer_at(harness_get(h, ENDPOINTS), "subsets[0].ports[0].port", 0), 8080);
}

static void endpoints_say_whom_they_are_near(void **state)
{
    struct harness *h = *state;
    make_service(h, ",'trafficDistribution':'PreferSameZone'");
    make_pod(h, 1, true);
    make_pod(h, 2, false);
    HARNESS_WAIT(h, endpoint(h, "10.1.0.1") && endpoint(h, "10.1.0.2"));
    assert_string_equal(json_string_at(endpoint(h, "10.1.0.1"), "hints.forZones[0].name"), "z1");
    assert_null(json_at(endpoint(h, "10.1.0.1"), "hints.forNodes"));
    assert_null(json_at(endpoint(h, "10.1.0.2"), "hints")); /* not ready */
    fake_api_patch(h->api, SERVICE, "{'spec':{'trafficDistribution':'PreferSameNode'}}");
    HARNESS_WAIT(h, json_at(endpoint(h, "10.1.0.1"), "hints.forNodes"));
    assert_string_equal(json_string_at(endpoint(h, "10.1.0.1"), "hints.forNodes[0].name"), "n1");
    fake_api_patch(h->api, SERVICE, "{'spec':{'trafficDistribution':null}}");
    HARNESS_WAIT(h, !json_at(endpoint(h, "10.1.0.1"), "hints"));
}

static void readiness_and_termination_show(void **state)
{
    struct harness *h = *state;
    make_service(h, "");
    make_pod(h, 1, false);
    HARNESS_WAIT(h, is(endpoint(h, "10.1.0.1"), false, false, false));
    HARNESS_WAIT(h, json_at(harness_get(h, ENDPOINTS), "subsets[0].notReadyAddresses[0].ip"));
    fake_api_patch(h->api, "/api/v1/namespaces/ns/pods/p1/status",
                   "{'status':{'conditions':[{'type':'Ready','status':'True'}]}}");
    HARNESS_WAIT(h, is(endpoint(h, "10.1.0.1"), true, true, false));
    fake_api_patch(h->api, "/api/v1/namespaces/ns/pods/p1", "{'metadata':{'finalizers':['a/b']}}");
    fake_api_delete(h->api, "/api/v1/namespaces/ns/pods/p1", NULL);
    HARNESS_WAIT(h, is(endpoint(h, "10.1.0.1"), false, true, true));
    HARNESS_WAIT(h, json_count(json_at(harness_get(h, ENDPOINTS), "subsets")) == 0);
    fake_api_patch(h->api, "/api/v1/namespaces/ns/pods/p1", "{'metadata':{'finalizers':null}}");
    HARNESS_WAIT(h, endpoints_count(h) == 0);
    assert_int_equal(harness_count(h, SLICES), 1);
}

static void unready_ones_are_published_when_asked(void **state)
{
    struct harness *h = *state;
    make_service(h, ",'publishNotReadyAddresses':true");
    make_pod(h, 1, false);
    HARNESS_WAIT(h, is(endpoint(h, "10.1.0.1"), true, false, false));
    HARNESS_WAIT(h, json_at(harness_get(h, ENDPOINTS), "subsets[0].addresses[0].ip"));
}

static void pods_that_do_not_count(void **state)
{
    struct harness *h = *state;
    make_service(h, "");
    make_pod(h, 1, true);
    make_pod(h, 2, true);
    make_pod(h, 3, true);
    HARNESS_WAIT(h, endpoints_count(h) == 3);
    fake_api_patch(h->api, "/api/v1/namespaces/ns/pods/p1/status", "{'status':{'phase':'Succeeded'}}");
    fake_api_patch(h->api, "/api/v1/namespaces/ns/pods/p2", "{'metadata':{'labels':{'app':'other'}}}");
    HARNESS_WAIT(h, endpoints_count(h) == 1 && endpoint(h, "10.1.0.3"));
}

static void slices_are_filled_and_few_are_written(void **state)
{
    struct harness *h = *state;
    make_service(h, "");
    for (int i = 1; i <= 7; i++)
        make_pod(h, i, true);
    HARNESS_WAIT(h, endpoints_count(h) == 7);
    json_for_each (s, fake_api_list(h->api, &h->arena, SLICES))
        assert_true(json_count(json_get(s, "endpoints")) <= 3);
    assert_true(harness_count(h, SLICES) >= 3);
    for (int i = 0; i < 20; i++)
        harness_pause(h);
    unsigned before = fake_api_count(h->api, "PUT /apis/discovery");
    fake_api_patch(h->api, "/api/v1/namespaces/ns/pods/p4/status",
                   "{'status':{'conditions':[{'type':'Ready','status':'False'}]}}");
    HARNESS_WAIT(h, is(endpoint(h, "10.1.0.4"), false, false, false));
    for (int i = 0; i < 20; i++)
        harness_pause(h);
    assert_int_equal(fake_api_count(h->api, "PUT /apis/discovery") - before, 1);
}

static void a_headless_service_names_its_pods(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'Service','metadata':{'name':'web','namespace':'ns'},"
                    "'spec':{'clusterIP':'None','ipFamilies':['IPv4'],'selector':{'app':'web'}}}");
    make_pod(h, 1, true);
    fake_api_patch(h->api, "/api/v1/namespaces/ns/pods/p1",
                   "{'spec':{'hostname':'first','subdomain':'web'}}");
    HARNESS_WAIT(h, endpoint(h, "10.1.0.1") && json_string_at(endpoint(h, "10.1.0.1"), "hostname"));
    assert_string_equal(json_string_at(endpoint(h, "10.1.0.1"), "hostname"), "first");
    assert_string_equal(object_label(slice(h, 0), "service.kubernetes.io/headless"), "");
    assert_int_equal(json_count(json_get(slice(h, 0), "ports")), 0);
}

static void what_others_change_is_put_right(void **state)
{
    struct harness *h = *state;
    make_service(h, "");
    make_pod(h, 1, true);
    HARNESS_WAIT(h, endpoint(h, "10.1.0.1"));
    _cleanup_free_ char *path =
        xasprintf("/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices/%s", object_name(slice(h, 0)));
    fake_api_patch(h->api, path, "{'endpoints':[]}");
    HARNESS_WAIT(h, endpoint(h, "10.1.0.1"));
    fake_api_delete(h->api, path, NULL);
    HARNESS_WAIT(h, endpoint(h, "10.1.0.1"));
}

static void endpoints_made_by_hand_are_mirrored(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'Service','metadata':{'name':'web','namespace':'ns'},'spec':{'"
                    "clusterIP':'10.0.0.9'}}");
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'Endpoints','metadata':{'name':'web','namespace':'ns'},'"
                    "subsets':[{'addresses':[{'ip':'1.2.3.4'}],"
                    "'notReadyAddresses':[{'ip':'fd00::1'}],'ports':[{'port':99}]}]}");
    HARNESS_WAIT(h, endpoint(h, "1.2.3.4") && endpoint(h, "fd00::1"));
    assert_int_equal(harness_count(h, SLICES), 2);
    assert_false(json_boolean_at(endpoint(h, "fd00::1"), "conditions.ready", true));
    fake_api_delete(h->api, SERVICE, NULL);
    HARNESS_WAIT(h, !harness_get(h, ENDPOINTS) && harness_count(h, SLICES) == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pod_becomes_an_endpoint),
        TEST(endpoints_say_whom_they_are_near),
        TEST(readiness_and_termination_show),
        TEST(unready_ones_are_published_when_asked),
        TEST(pods_that_do_not_count),
        TEST(slices_are_filled_and_few_are_written),
        TEST(a_headless_service_names_its_pods),
        TEST(what_others_change_is_put_right),
        TEST(endpoints_made_by_hand_are_mirrored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
