/* SPDX-License-Identifier: Apache-2.0 */
/* The service controller when its cloud tells of changes again and again: each load balancer is looked at in
 * its time, and not the later the more is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/base/memory.h"
#include "core/client/fake-transport.h"
#include "core/client/workqueue.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/cloud-controller-manager/service-choice.h"

#define SERVICES  20
#define REFRESHES 10
#define PACE_MS   250

static struct provider provider = {.name = "east", .scheme = "acme"};
static const struct providers providers = {.list = &provider, .count = 1};
static const struct keelson_cloud_loadbalancers_v1 functions = {.size = sizeof(functions)};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* below */
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static unsigned forwarded;
static int64_t longest_ms;

/* ---- In place of others (the linker's --wrap) ---- */

void __wrap_owners_add_handler(struct owners *o, void (*changed)(void *context, const char *node),
                               void *context);
const void *__wrap_plugin_instance_interface(struct plugin_instance *instance, const char *name);
int __wrap_service_clouds_read_classes(struct service_clouds *c, const char *path, struct error *err);
void __real_workqueue_add_after(struct workqueue *q, const char *key, int64_t delay_ms);
void __wrap_workqueue_add_after(struct workqueue *q, const char *key, int64_t delay_ms);
int __wrap_provider_call(const struct provider *p, const struct provider_call *call, struct error *err);

void __wrap_owners_add_handler(struct owners *o, void (*changed)(void *context, const char *node),
                               void *context)
{
}

const void *__wrap_plugin_instance_interface(struct plugin_instance *instance, const char *name)
{
    return strcmp(name, KEELSON_CLOUD_LOADBALANCERS_1) == 0 ? &functions : NULL;
}

int __wrap_service_clouds_read_classes(struct service_clouds *c, const char *path, struct error *err)
{
    return 0;
}

void __wrap_workqueue_add_after(struct workqueue *q, const char *key, int64_t delay_ms)
{
    pthread_mutex_lock(&lock);
    forwarded++;
    longest_ms = MAX(longest_ms, delay_ms);
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
    __real_workqueue_add_after(q, key, delay_ms);
}

int __wrap_provider_call(const struct provider *p, const struct provider_call *call, struct error *err)
{
    call->free_arguments(call->arguments);
    return error_set(err, ERR_UNAVAILABLE, "away");
}

/* ---- The test ---- */

static int serve(void *context, const struct transport_request *request, int *status, struct buffer *body,
                 struct error *err)
{
    *status = 201; /* events */
    return 0;
}

static void answer_list(struct fake_transport *fake)
{
    struct buffer list = BUFFER_INIT;
    buffer_append_str(
        &list, "{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"99\"},"
               "\"items\":[");
    for (unsigned n = 0; n < SERVICES; n++)
        buffer_printf(&list,
                      "%s{\"metadata\":{\"namespace\":\"d\",\"name\":\"s%u\",\"uid\":\"u%u\","
                      "\"resourceVersion\":\"%u\","
                      "\"finalizers\":[\"" SERVICE_FINALIZER
                      "\"],\"annotations\":{\"" SERVICE_ANNOTATION_HOLDER
                      "\":\"east\"}},\"spec\":{\"type\":\"LoadBalancer\"}}",
                      n ? "," : "", n, n, n + 1);
    buffer_append_str(&list, "]}");
    fake_stream_answer(fake_stream_next(fake), 200, list.data);
    buffer_done(&list);
}

static void await_forwarded(unsigned count)
{
    pthread_mutex_lock(&lock);
    while (forwarded < count)
        pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
}

static void test_refreshes_do_not_add_up(void **state)
{
    struct loop *loop = loop_new();
    assert_int_equal(loop_start_thread(loop, "loop"), 0);
    struct fake_transport *fake = fake_transport_new(loop, serve, NULL);
    struct client_config config = {.loop = loop, .transport = fake_transport_base(fake)};
    struct cloud_options options = {.concurrent_service_syncs = 1,
                                    .default_load_balancer_provider = (char *)(uintptr_t) ""};
    struct cloud_context context = {.providers = &providers, .options = &options};
    assert_int_equal(client_new(&config, &context.client, NULL), 0);
    context.nodes = informer_new(
        &(struct informer_config){.client = context.client, .resource = RESOURCE("", "v1", "nodes")});
    context.services = informer_new(
        &(struct informer_config){.client = context.client, .resource = RESOURCE("", "v1", "services")});
    struct event_recorder *events = event_recorder_new(context.client, "test", "");
    void *controller = controller_service.start(&context, events);
    informer_start(context.services);
    answer_list(fake);
    assert_true(informer_wait_synced(context.services, 10000));
    controller_service.begin(controller);
    for (unsigned n = 1; n <= REFRESHES; n++) {
        await_forwarded(n * SERVICES);
        controller_service.refresh(controller, NULL);
    }
    informer_stop(context.services);
    controller_service.stop(controller);
    assert_in_range(longest_ms, 1, (SERVICES + 1) * PACE_MS);
    event_recorder_free(events);
    informer_free(context.services);
    informer_free(context.nodes);
    client_free(context.client);
    loop_stop(loop);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refreshes_do_not_add_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
