/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile child may answer to a daemon: each input is all that it says on the channel of one call, of
 * each function in turn. A stand-in for the child takes the channel from the control socket, and says it.
 */
#include <keelson/cloud.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/api/json.h"
#include "core/base/memory.h"
#include "core/plugin/isolate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct isolate isolate = {.state = ISOLATE_UP, .started = 1, .died = 1, .why = NULL};
static int child_end;
static const uint8_t *said;
static size_t said_size;
static sem_t is_said; /* the child needs the input no more */

/* ---- The child: one call, one answer ---- */

static void *be_child(void *unused)
{
    struct frame_stream control;
    enum frame_kind kind;
    struct frame_reader reader;
    frame_stream_init(&control, child_end, FRAME_CALL_BYTES_MAX);
    for (;;) {
        while (frame_next(&control, &kind, &reader) > 0) {
            (void)!write(control.passed_fd, said, said_size);
            close(control.passed_fd);
            control.passed_fd = -1;
            sem_post(&is_said);
        }
        if (!frame_fill(&control))
            return NULL;
    }
}

static void begin(void)
{
    int ends[2];
    pthread_t thread;
    isolate.host = plugin_host_new(&(struct plugin_host_config){.daemon = "fuzz", .state_dir = "/tmp"});
    pthread_mutex_init(&isolate.lock, NULL);
    pthread_cond_init(&isolate.moved, NULL);
    list_init(&isolate.channels);
    sem_init(&is_said, 0, 0);
    isolate_table_fill(&isolate, KEELSON_THREADS_PARALLEL, true);
    for (unsigned n = 0; isolate_interfaces[n]; n++)
        isolate.tables[n] = xmemdup(isolate_interfaces[n]->table, isolate_interfaces[n]->table_bytes);
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    isolate.control = ends[0];
    child_end = ends[1];
    require(pthread_create(&thread, NULL, be_child, NULL) == 0);
}

/* ---- The daemon: what reaches a sink is whole ---- */

static int take_report(const struct keelson_instance_sink *sink, const struct keelson_instance_report *r)
{
    size_t length = r->evidence ? strlen(r->evidence) : 0;
    for (uint32_t i = 0; i < r->addresses_count; i++)
        length += strlen(KEELSON_AT(r->addresses, r->address_size, i)->address);
    for (uint32_t i = 0; i < r->labels.count; i++)
        length += strlen(r->labels.items[i].key) + strlen(r->labels.items[i].value);
    require(length <= FRAME_ANSWER_BYTES_MAX);
    return r->node == 7;
}

static int take_balancer(const struct keelson_load_balancer_sink *sink, const struct keelson_load_balancer *b)
{
    for (uint32_t i = 0; i < b->ingress_count; i++) {
        const struct keelson_ingress *g = KEELSON_AT(b->ingress, b->ingress_size, i);
        require(!g->ip || strlen(g->ip) <= FRAME_ANSWER_BYTES_MAX);
    }
    return 0;
}

static int take_route(const struct keelson_route_sink *sink, const struct keelson_route *route)
{
    require(!route->name || strlen(route->name) <= FRAME_ANSWER_BYTES_MAX);
    return 0;
}

static const void *table(const char *name)
{
    return isolate.table.interface(&isolate, name);
}

static void make_call(unsigned which)
{
    static const struct keelson_instance_sink reports = {.size = sizeof(reports), .put = take_report};
    static const struct keelson_load_balancer_sink balancers = {.size = sizeof(balancers),
                                                                .put = take_balancer};
    static const struct keelson_route_sink routes = {.size = sizeof(routes), .put = take_route};
    const struct keelson_cloud_instances_v1 *instances = table(KEELSON_CLOUD_INSTANCES_1);
    const struct keelson_cloud_loadbalancers_v1 *cloud_balancers = table(KEELSON_CLOUD_LOADBALANCERS_1);
    const struct keelson_cloud_routes_v1 *cloud_routes = table(KEELSON_CLOUD_ROUTES_1);
    const struct keelson_cloud_v1 *cloud = table(KEELSON_CLOUD_1);
    struct json *nothing = &(struct json){.type = JSON_OBJECT};
    struct keelson_object *object = plugin_object_new(nothing);
    const struct keelson_object *nodes[] = {object, object, object};
    enum keelson_owns owns[3];
    if (which == 0)
        instances->describe(&isolate, NULL, nodes, 3, 0, &reports);
    else if (which == 1)
        cloud_balancers->get(&isolate, NULL, object, &balancers);
    else if (which == 2)
        cloud_routes->list(&isolate, NULL, &routes);
    else
        cloud->owns(&isolate, NULL, nodes, 3, owns);
    plugin_object_free(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!isolate.host)
        begin();
    if (size == 0 || size > 60000)
        return 0;
    said = data + 1;
    said_size = size - 1;
    make_call(data[0] % 4);
    sem_wait(&is_said);
    return 0;
}
