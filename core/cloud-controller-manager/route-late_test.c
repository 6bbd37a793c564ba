/* SPDX-License-Identifier: Apache-2.0 */
/* The route controller over a cloud that is the test: a call that did not come back in time is waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/client/fake-transport.h"
#include "core/cloud-controller-manager/controllers.h"

static struct provider provider = {.name = "east", .scheme = "acme"};
static const struct providers providers = {.list = &provider, .count = 1};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* below */
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static struct provider_call hanging; /* a removal that was given up */
static bool hangs, came_back;
static unsigned looks_while_it_hung, looks_after;

/* ---- In place of the providers and owners (the linker's --wrap) ---- */

void __wrap_owners_add_handler(struct owners *o, void (*changed)(void *context, const char *node),
                               void *context);
const void *__wrap_plugin_instance_interface(struct plugin_instance *instance, const char *name);
int __wrap_provider_call(const struct provider *p, const struct provider_call *call, struct error *err);

void __wrap_owners_add_handler(struct owners *o, void (*changed)(void *context, const char *node),
                               void *context)
{
}

/* A route that leads to a node which is not there. */
static enum keelson_status list(void *handle, const struct keelson_call *call,
                                const struct keelson_route_sink *sink)
{
    const struct keelson_route route = {
        .size = sizeof(route), .name = "r", .node_name = "former", .destination_cidr = "10.128.1.0/24"};
    return sink->put(sink, &route) == 0 ? KEELSON_OK : KEELSON_CANCELLED;
}

static const struct keelson_cloud_routes_v1 functions = {.size = sizeof(functions), .list = list};

const void *__wrap_plugin_instance_interface(struct plugin_instance *instance, const char *name)
{
    return strcmp(name, KEELSON_CLOUD_ROUTES_1) == 0 ? &functions : NULL;
}

int __wrap_provider_call(const struct provider *p, const struct provider_call *call, struct error *err)
{
    bool is_list = strcmp(call->operation, "routes.list") == 0;
    pthread_mutex_lock(&lock);
    looks_while_it_hung += is_list && hangs && !came_back;
    looks_after += is_list && came_back;
    if (!is_list && !hangs)
        hanging = *call;
    else if (!is_list)
        call->free_arguments(call->arguments);
    hangs |= !is_list;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
    if (!is_list)
        return error_set(err, ERR_TIMEOUT, "did not come back in time");
    const struct keelson_call now = {.size = sizeof(now), .cancel_fd = -1, .deadline_ns = INT64_MAX};
    call->function(NULL, &now, call->arguments);
    call->free_arguments(call->arguments);
    return 0;
}

/* ---- The test ---- */

static int serve(void *context, const struct transport_request *request, int *status, struct buffer *body,
                 struct error *err)
{
    *status = 201; /* events */
    return 0;
}

static void await_hanging(void)
{
    pthread_mutex_lock(&lock);
    while (!hangs)
        pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
}

static void let_come_back(void)
{
    pthread_mutex_lock(&lock);
    came_back = true;
    hanging.free_arguments(hanging.arguments);
    while (!looks_after)
        pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
}

static void test_late_call_is_waited_for(void **state)
{
    struct loop *loop = loop_new();
    assert_int_equal(loop_start_thread(loop, "loop"), 0);
    struct fake_transport *fake = fake_transport_new(loop, serve, NULL);
    struct client_config config = {.loop = loop, .transport = fake_transport_base(fake)};
    struct cloud_options options = {.allocate_node_cidrs = true,
                                    .configure_cloud_routes = true,
                                    .cluster_cidr = (char *)(uintptr_t) "10.128.0.0/12",
                                    .route_reconciliation_period = 10 * NS_PER_S};
    struct cloud_context context = {.providers = &providers, .options = &options};
    assert_int_equal(client_new(&config, &context.client, NULL), 0);
    context.nodes = informer_new(
        &(struct informer_config){.client = context.client, .resource = RESOURCE("", "v1", "nodes")});
    struct event_recorder *events = event_recorder_new(context.client, "test", "");
    void *controller = controller_route.start(&context, events);
    controller_route.begin(controller);
    await_hanging();
    usleep(1300000); /* longer than the back-off */
    let_come_back();
    controller_route.stop(controller);
    assert_int_equal(looks_while_it_hung, 0);
    event_recorder_free(events);
    informer_free(context.nodes);
    client_free(context.client);
    loop_stop(loop);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_late_call_is_waited_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
