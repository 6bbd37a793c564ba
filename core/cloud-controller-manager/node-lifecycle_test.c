/* SPDX-License-Identifier: Apache-2.0 */
/* The node life cycle controller over a cloud and an API server that are the test: more nodes than one
 * question can name, and removals whose answers are lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/client/fake-transport.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/cloud-controller-manager/node-state.h"

#define BACK                                                                                                 \
    ",\"taints\":[{\"key\":\"" TAINT_SHUT_DOWN "\",\"effect\":\"NoSchedule\"}]},\"status\":{"                \
    "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]"
#define NODES (KEELSON_CLOUD_NODES_MAX + 200)

static struct provider provider = {.name = "east", .scheme = "acme"};
static const struct providers providers = {.list = &provider, .count = 1};
static const struct keelson_cloud_instances_v1 offered = {.size = sizeof(offered)};

static struct world {
    struct loop *loop;
    struct fake_transport *fake;
    struct client *client;
    struct cloud_options options;
    struct cloud_context context;
    struct event_recorder *events;
    void *controller;
    pthread_mutex_t lock; /* below */
    pthread_cond_t moved;
    unsigned gone; /* so many of the nodes, from the first, are said to be */
    unsigned asked[NODES], known, twice;
    bool removed[NODES];
    unsigned removals, updates;
    bool is_back; /* they are ready, and tainted as shut down */
} world;

/* ---- In place of the providers and owners (the linker's --wrap) ---- */

struct owner __wrap_owners_get(struct owners *o, const char *node);
void __wrap_owners_add_handler(struct owners *o, void (*changed)(void *context, const char *node),
                               void *context);
unsigned __wrap_owners_count(struct owners *o, const struct provider *p);
bool __wrap_plugin_instance_healthy(struct plugin_instance *instance, char **ret_why);
int __wrap_provider_describe(const struct provider *p, const struct json *const *nodes, uint32_t count,
                             uint32_t want, struct event_recorder *events, struct arena *arena,
                             struct provider_metadata *ret, bool *ret_known, struct error *err);

struct owner __wrap_owners_get(struct owners *o, const char *node)
{
    return (struct owner){OWNERSHIP_FOUND, &provider};
}

void __wrap_owners_add_handler(struct owners *o, void (*changed)(void *context, const char *node),
                               void *context)
{
}

unsigned __wrap_owners_count(struct owners *o, const struct provider *p)
{
    return (unsigned)informer_count(world.context.nodes);
}

bool __wrap_plugin_instance_healthy(struct plugin_instance *instance, char **ret_why)
{
    if (ret_why)
        *ret_why = xstrdup("ok");
    return true;
}

static unsigned number_of(const char *name)
{
    return (unsigned)strtoul(name + 1, NULL, 10);
}

int __wrap_provider_describe(const struct provider *p, const struct json *const *nodes, uint32_t count,
                             uint32_t want, struct event_recorder *events, struct arena *arena,
                             struct provider_metadata *ret, bool *ret_known, struct error *err)
{
    pthread_mutex_lock(&world.lock);
    for (uint32_t i = 0; i < count; i++) {
        unsigned n = number_of(object_name(nodes[i]));
        world.known += world.asked[n] == 0;
        world.twice += world.asked[n]++ == 1;
        ret_known[i] = n < world.gone;
        ret[i] = (struct provider_metadata){.state = KEELSON_INSTANCE_GONE};
    }
    pthread_cond_broadcast(&world.moved);
    pthread_mutex_unlock(&world.lock);
    return 0;
}

/* ---- The API server ---- */

static char *node_text(unsigned n)
{
    return xasprintf(
        "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"n%u\",\"uid\":\"u%u\","
        "\"resourceVersion\":\"%u\"},\"spec\":{\"providerID\":\"acme://n%u\"%s}}",
        n, n, n + 1, n, world.is_back ? BACK : "");
}

/* What is deleted is gone, and nobody hears of it; nor is a first update answered. */
static int serve(void *context, const struct transport_request *request, int *status, struct buffer *body,
                 struct error *err)
{
    const char *name = strstr(request->target, "/nodes/n");
    unsigned n = name ? number_of(name + strlen("/nodes/")) : 0;
    pthread_mutex_lock(&world.lock);
    bool removes = name && strcmp(request->method, "DELETE") == 0,
         updates = name && strcmp(request->method, "PUT") == 0;
    world.updates += updates;
    bool lost = removes || (updates && world.updates == 1);
    *status = !name ? 201 : world.removed[n] ? 404 : 200;
    if (*status == 200 && !removes) {
        _cleanup_free_ char *text = node_text(n);
        buffer_append_str(body, text);
    }
    world.removals += removes && !world.removed[n];
    world.removed[n] |= removes;
    pthread_cond_broadcast(&world.moved);
    pthread_mutex_unlock(&world.lock);
    return lost ? error_set(err, ERR_TIMEOUT, "no answer came") : 0;
}

static void answer_list(unsigned count)
{
    struct buffer list = BUFFER_INIT;
    buffer_append_str(
        &list, "{\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"9999\"},"
               "\"items\":[");
    for (unsigned n = 0; n < count; n++) {
        _cleanup_free_ char *text = node_text(n);
        buffer_printf(&list, "%s%s", n ? "," : "", text);
    }
    buffer_append_str(&list, "]}");
    fake_stream_answer(fake_stream_next(world.fake), 200, list.data);
    buffer_done(&list);
}

/* ---- The fixture ---- */

static struct fake_stream *start(unsigned nodes, int64_t period_ms)
{
    world.loop = loop_new();
    assert_int_equal(loop_start_thread(world.loop, "loop"), 0);
    world.fake = fake_transport_new(world.loop, serve, NULL);
    struct client_config config = {.loop = world.loop, .transport = fake_transport_base(world.fake)};
    assert_int_equal(client_new(&config, &world.client, NULL), 0);
    pthread_mutex_init(&world.lock, NULL);
    pthread_cond_init(&world.moved, NULL);
    world.options = (struct cloud_options){.node_monitor_period = period_ms * NS_PER_MS,
                                           .node_gone_confirmation = 1,
                                           .node_removal_interval = 1,
                                           .node_removal_burst = 10,
                                           .node_removal_max_percent = 50,
                                           .node_removal_window = 3600 * NS_PER_S};
    provider.instances = &offered;
    provider.health = provider_health_new("east", NULL);
    world.context =
        (struct cloud_context){.client = world.client,
                               .providers = &providers,
                               .options = &world.options,
                               .nodes = informer_new(&(struct informer_config){
                                   .client = world.client, .resource = RESOURCE("", "v1", "nodes")})};
    world.events = event_recorder_new(world.client, "test", "");
    world.controller = controller_node_lifecycle.start(&world.context, world.events);
    informer_start(world.context.nodes);
    answer_list(nodes);
    assert_true(informer_wait_synced(world.context.nodes, 10000));
    controller_node_lifecycle.begin(world.controller);
    struct fake_stream *watch = fake_stream_next(world.fake);
    fake_stream_headers(watch, 200);
    return watch;
}

static int teardown(void **state)
{
    informer_stop(world.context.nodes);
    controller_node_lifecycle.stop(world.controller);
    event_recorder_free(world.events);
    informer_free(world.context.nodes);
    provider_health_free(provider.health);
    client_free(world.client);
    loop_stop(world.loop);
    loop_free(world.loop);
    pthread_cond_destroy(&world.moved);
    pthread_mutex_destroy(&world.lock);
    world = (struct world){0};
    return 0;
}

/* ---- The tests ---- */

/* Nobody is asked about again while others wait for their first question. */
static void test_all_have_their_turn(void **state)
{
    start(NODES, 400);
    pthread_mutex_lock(&world.lock);
    while (world.known < NODES && !world.twice)
        pthread_cond_wait(&world.moved, &world.lock);
    unsigned known = world.known;
    pthread_mutex_unlock(&world.lock);
    assert_int_equal(known, NODES);
}

/* Nothing else reminds of it: a node that is ready is not asked about. */
static void test_taint_goes_in_the_end(void **state)
{
    world.is_back = true;
    start(1, 10);
    pthread_mutex_lock(&world.lock);
    while (world.updates < 2)
        pthread_cond_wait(&world.moved, &world.lock);
    pthread_mutex_unlock(&world.lock);
}

static bool is_frozen(void)
{
    struct buffer what = BUFFER_INIT, todo = BUFFER_INIT;
    bool frozen = !provider_health_tell(provider.health, &what, &todo) && strstr(what.data, "2 of 5 nodes");
    buffer_done(&what);
    buffer_done(&todo);
    return frozen;
}

static void set_gone(unsigned gone)
{
    pthread_mutex_lock(&world.lock);
    world.gone = gone;
    pthread_mutex_unlock(&world.lock);
}

/* Half of ten, and their removals' answers are lost; two of the five that are left would be too many. */
static void test_lost_answers_count(void **state)
{
    struct fake_stream *watch = start(10, 10);
    set_gone(5);
    pthread_mutex_lock(&world.lock);
    while (world.removals < 5)
        pthread_cond_wait(&world.moved, &world.lock);
    pthread_mutex_unlock(&world.lock);
    for (unsigned n = 0; n < 5; n++) {
        _cleanup_free_ char *node = node_text(n),
                            *line = xasprintf("{\"type\":\"DELETED\",\"object\":%s}\n", node);
        fake_stream_data(watch, line, strlen(line));
    }
    set_gone(7);
    pthread_mutex_lock(&world.lock);
    while (world.removals == 5 && !is_frozen()) {
        unsigned asked = world.asked[9];
        while (world.removals == 5 && world.asked[9] == asked)
            pthread_cond_wait(&world.moved, &world.lock);
    }
    unsigned removals = world.removals;
    pthread_mutex_unlock(&world.lock);
    assert_int_equal(removals, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_all_have_their_turn, teardown),
        cmocka_unit_test_teardown(test_lost_answers_count, teardown),
        cmocka_unit_test_teardown(test_taint_goes_in_the_end, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
