/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds a Service's load balancer by what is written on it, and which opening of a cloud may be asked for
 * one: an ensure() that was begun for another never reaches the plugin. */
#include "core/cloud-controller-manager/service-call.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/base/memory.h"
#include "core/cloud-controller-manager/service-choice.h"

static struct json *parsed(struct arena *arena, const char *text)
{
    struct json *document = NULL;
    assert_int_equal(json_parse(arena, slice_of(text), &document, NULL), 0);
    return document;
}

/* ---- service_holder() ---- */

#define CLAIM(finalizer, holder)                                                                             \
    "{\"metadata\":{\"finalizers\":[\"" finalizer "\"],\"annotations\":{\"" SERVICE_ANNOTATION_HOLDER        \
    "\":\"" holder "\"}}}"

static void test_holder(void **state)
{
    static struct service_cloud list[] = {
        {.name = "one", .balances = true}, {.name = "two"}, {.name = "three", .balances = true}};
    static const struct service_clouds clouds = {.list = list, .count = 3, .fallback = 0};
    static const struct {
        const char *service;
        int holder;
    } cases[] = {
        {CLAIM(SERVICE_FINALIZER, "one"), 0},
        {CLAIM(SERVICE_FINALIZER, "three"), 2},
        {CLAIM(SERVICE_FINALIZER, "two"), SERVICE_NO_CLOUD}, /* it offers no load balancers (any more) */
        {CLAIM(SERVICE_FINALIZER, "four"), SERVICE_NO_CLOUD},
        {CLAIM(SERVICE_FINALIZER, ""), SERVICE_NO_CLOUD},
        {CLAIM("example.com/other", "one"), SERVICE_NO_CLOUD}, /* nothing was made yet */
        {"{\"metadata\":{\"finalizers\":[\"" SERVICE_FINALIZER "\"]}}", SERVICE_NO_CLOUD},
        {"{\"metadata\":{}}", SERVICE_NO_CLOUD},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        int holder = service_holder(&clouds, parsed(&arena, cases[i].service));
        if (holder != cases[i].holder)
            fail_msg("%s: %d", cases[i].service, holder);
        arena_done(&arena);
    }
}

/* ---- service_call_bind() ---- */

static unsigned opening, reached;

/* In place of the plugin host's and the providers' (the linker's --wrap): how often the instance was opened,
 * and a call that is made at once. */
unsigned __wrap_plugin_instance_openings(const struct plugin_instance *instance);
int __wrap_provider_call(const struct provider *p, const struct provider_call *call, struct error *err);

unsigned __wrap_plugin_instance_openings(const struct plugin_instance *instance)
{
    return opening;
}

int __wrap_provider_call(const struct provider *p, const struct provider_call *call, struct error *err)
{
    const struct keelson_call now = {.size = sizeof(now), .cancel_fd = -1, .deadline_ns = INT64_MAX};
    enum keelson_status status = call->function(NULL, &now, call->arguments);
    call->free_arguments(call->arguments);
    return status == KEELSON_OK ? 0 : error_set(err, ERR_UNAVAILABLE, "status %d", (int)status);
}

static enum keelson_status ensure(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count,
                                  const struct keelson_load_balancer_sink *sink)
{
    const struct keelson_ingress ingress = {.ip = "192.0.2.1"};
    const struct keelson_load_balancer made = {
        .size = sizeof(made), .ingress_count = 1, .ingress_size = sizeof(ingress), .ingress = &ingress};
    reached++;
    sink->put(sink, &made);
    return KEELSON_OK;
}

static enum keelson_status remove_it(void *instance, const struct keelson_call *call,
                                     const struct keelson_object *service)
{
    reached++;
    return KEELSON_OK;
}

static void test_bound(void **state)
{
    static const struct keelson_cloud_loadbalancers_v1 functions = {
        .size = sizeof(functions), .ensure = ensure, .remove = remove_it};
    static const struct {
        enum service_operation operation;
        unsigned bound, opening; /* bound 0: it is not */
        bool reaches;
    } cases[] = {
        {SERVICE_CALL_ENSURE, 0, 1, true},  {SERVICE_CALL_ENSURE, 1, 1, true},
        {SERVICE_CALL_ENSURE, 1, 2, false}, {SERVICE_CALL_ENSURE, 2, 1, false},
        {SERVICE_CALL_REMOVE, 1, 2, true}, /* takes away by the Service alone */
    };
    static const struct provider provider = {.name = "one"};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct node_set *nodes = new0(struct node_set);
        atomic_init(&nodes->refs, 1);
        struct service_call *call =
            service_call_new(&provider, &functions, cases[i].operation,
                             parsed(&arena, "{\"metadata\":{\"name\":\"web\"}}"), nodes, NULL);
        if (cases[i].bound)
            service_call_bind(call, cases[i].bound);
        opening = cases[i].opening;
        reached = 0;
        assert_int_equal(service_call_run(call, &err), cases[i].reaches ? 0 : -1);
        assert_int_equal(reached, cases[i].reaches ? 1 : 0);
        assert_true(service_call_is_over(call));
        if (cases[i].operation == SERVICE_CALL_ENSURE)
            assert_int_equal(service_call_ingress(call) != NULL, cases[i].reaches);
        service_call_unref(call);
        node_set_unref(nodes);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_holder), cmocka_unit_test(test_bound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
