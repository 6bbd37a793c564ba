/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud-driver CONFIG STATE_DIR [CLUSTER]: calls a cloud plugin's functions through the real plugin host, one
 * for each line of JSON on standard input:
 *
 *     {"call": "ensure", "instance": "aws", "service": {…}, "nodes": [{…}], "timeout_ms": 30000}
 *
 * and answers each with a line of JSON: status (0 is OK, enum keelson_status), message, events, and what the
 * call put into its sinks. Calls: owns, healthy, describe, get, ensure, update, remove, routes,
 * create-routes, remove-routes ("routes": [{"name", "cidr", "node": index into nodes}]). For scenario tests,
 * which drive a plugin against a stand-in of its cloud.
 */
#include <keelson/cloud.h>
#include <stdio.h>
#include <unistd.h>

#include "core/api/json.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"

#define ROUTES_MAX 256

struct question {
    struct plugin_instance *instance;
    struct arena arena;
    struct json *request, *answer;
    struct keelson_object *service, **nodes;
    uint32_t nodes_count;
    enum keelson_status status;
};

static const void *interface_of(const struct question *q, const char *name)
{
    const void *table = plugin_instance_interface(q->instance, name);
    if (!table) {
        fprintf(stderr, "cloud-driver: %s is not offered\n", name);
        exit(1);
    }
    return table;
}

static const struct keelson_object *const *nodes_of(const struct question *q)
{
    return (const struct keelson_object *const *)q->nodes;
}

static void set_text(struct question *q, struct json *object, const char *key, const char *value)
{
    if (value)
        json_set_string(&q->arena, object, key, value);
}

/* --- nodes --- */

static enum keelson_status do_owns(struct question *q, void *handle, const struct keelson_call *call)
{
    const struct keelson_cloud_v1 *cloud = interface_of(q, KEELSON_CLOUD_1);
    enum keelson_owns *owns = xcalloc(q->nodes_count + 1, sizeof(*owns));
    enum keelson_status status = cloud->owns(handle, call, nodes_of(q), q->nodes_count, owns);
    struct json *list = json_set_array(&q->arena, q->answer, "owns");
    for (uint32_t i = 0; i < q->nodes_count; i++)
        json_append(&q->arena, list, json_new_int(&q->arena, owns[i]));
    free(owns);
    return status;
}

static enum keelson_status do_healthy(struct question *q, void *handle, const struct keelson_call *call)
{
    return ((const struct keelson_cloud_v1 *)interface_of(q, KEELSON_CLOUD_1))->healthy(handle, call);
}

static int take_report(const struct keelson_instance_sink *sink, const struct keelson_instance_report *r)
{
    static const char *const types[] = {"",           "Hostname",    "InternalIP",
                                        "ExternalIP", "InternalDNS", "ExternalDNS"};
    struct question *q = sink->context;
    struct json *list = json_get(q->answer, "reports"), *report = json_new_object(&q->arena);
    json_append(&q->arena, list, report);
    json_set_int(&q->arena, report, "node", r->node);
    json_set_int(&q->arena, report, "state", r->state);
    set_text(q, report, "evidence", r->evidence);
    set_text(q, report, "provider_id", r->provider_id);
    set_text(q, report, "instance_type", r->instance_type);
    set_text(q, report, "zone", r->zone);
    set_text(q, report, "region", r->region);
    struct json *addresses = json_set_array(&q->arena, report, "addresses");
    for (uint32_t i = 0; i < r->addresses_count; i++) {
        const struct keelson_node_address *a = KEELSON_AT(r->addresses, r->address_size, i);
        struct json *pair = json_new_array(&q->arena);
        json_append_string(&q->arena, pair, types[a->type]);
        json_append_string(&q->arena, pair, a->address);
        json_append(&q->arena, addresses, pair);
    }
    struct json *labels = json_set_object(&q->arena, report, "labels");
    for (uint32_t i = 0; i < r->labels.count; i++)
        set_text(q, labels, r->labels.items[i].key, r->labels.items[i].value);
    return 0;
}

static enum keelson_status do_describe(struct question *q, void *handle, const struct keelson_call *call)
{
    const struct keelson_cloud_instances_v1 *instances = interface_of(q, KEELSON_CLOUD_INSTANCES_1);
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = take_report, .context = q};
    json_set_array(&q->arena, q->answer, "reports");
    return instances->describe(handle, call, nodes_of(q), q->nodes_count,
                               KEELSON_WANT_STATE | KEELSON_WANT_METADATA, &sink);
}

/* --- load balancers --- */

static int take_load_balancer(const struct keelson_load_balancer_sink *sink,
                              const struct keelson_load_balancer *lb)
{
    struct question *q = sink->context;
    struct json *list = json_set_array(&q->arena, q->answer, "ingress");
    for (uint32_t i = 0; i < lb->ingress_count; i++) {
        const struct keelson_ingress *ingress = KEELSON_AT(lb->ingress, lb->ingress_size, i);
        struct json *one = json_new_object(&q->arena);
        set_text(q, one, "ip", ingress->ip);
        set_text(q, one, "hostname", ingress->hostname);
        json_append(&q->arena, list, one);
    }
    return 0;
}

static enum keelson_status do_get(struct question *q, void *handle, const struct keelson_call *call)
{
    const struct keelson_cloud_loadbalancers_v1 *lbs = interface_of(q, KEELSON_CLOUD_LOADBALANCERS_1);
    const struct keelson_load_balancer_sink sink = {
        .size = sizeof(sink), .put = take_load_balancer, .context = q};
    return lbs->get(handle, call, q->service, &sink);
}

static enum keelson_status do_ensure(struct question *q, void *handle, const struct keelson_call *call)
{
    const struct keelson_cloud_loadbalancers_v1 *lbs = interface_of(q, KEELSON_CLOUD_LOADBALANCERS_1);
    const struct keelson_load_balancer_sink sink = {
        .size = sizeof(sink), .put = take_load_balancer, .context = q};
    return lbs->ensure(handle, call, q->service, nodes_of(q), q->nodes_count, &sink);
}

static enum keelson_status do_update(struct question *q, void *handle, const struct keelson_call *call)
{
    const struct keelson_cloud_loadbalancers_v1 *lbs = interface_of(q, KEELSON_CLOUD_LOADBALANCERS_1);
    return lbs->update(handle, call, q->service, nodes_of(q), q->nodes_count);
}

static enum keelson_status do_remove(struct question *q, void *handle, const struct keelson_call *call)
{
    const struct keelson_cloud_loadbalancers_v1 *lbs = interface_of(q, KEELSON_CLOUD_LOADBALANCERS_1);
    return lbs->remove(handle, call, q->service);
}

/* --- routes --- */

static int take_route(const struct keelson_route_sink *sink, const struct keelson_route *r)
{
    struct question *q = sink->context;
    struct json *route = json_new_object(&q->arena);
    set_text(q, route, "name", r->name);
    set_text(q, route, "node", r->node_name);
    set_text(q, route, "cidr", r->destination_cidr);
    json_set_int(&q->arena, route, "blackhole", r->blackhole);
    json_append(&q->arena, json_get(q->answer, "routes"), route);
    return 0;
}

static enum keelson_status do_routes(struct question *q, void *handle, const struct keelson_call *call)
{
    const struct keelson_cloud_routes_v1 *routes = interface_of(q, KEELSON_CLOUD_ROUTES_1);
    const struct keelson_route_sink sink = {.size = sizeof(sink), .put = take_route, .context = q};
    json_set_array(&q->arena, q->answer, "routes");
    return routes->list(handle, call, &sink);
}

static enum keelson_status change_routes(struct question *q, void *handle, const struct keelson_call *call,
                                         bool create)
{
    const struct keelson_cloud_routes_v1 *table = interface_of(q, KEELSON_CLOUD_ROUTES_1);
    struct keelson_route routes[ROUTES_MAX] = {0};
    const struct keelson_route *pointers[ROUTES_MAX];
    enum keelson_status each[ROUTES_MAX];
    uint32_t count = 0;
    json_for_each (wanted, json_get(q->request, "routes")) {
        require(count < ROUTES_MAX);
        int64_t node = json_integer_at(wanted, "node", -1);
        routes[count] = (struct keelson_route){
            .size = sizeof(routes[0]),
            .name = json_string_at(wanted, "name"),
            .destination_cidr = json_string_at(wanted, "cidr"),
            .node_name = json_string_at(wanted, "node_name"),
            .node = create && node >= 0 && node < q->nodes_count ? q->nodes[node] : NULL};
        each[count] = KEELSON_FAILED;
        pointers[count] = &routes[count];
        count++;
    }
    enum keelson_status status = create ? table->create(handle, call, pointers, count, each)
                                        : table->remove(handle, call, pointers, count, each);
    struct json *results = json_set_array(&q->arena, q->answer, "results");
    for (uint32_t i = 0; i < count; i++)
        json_append(&q->arena, results, json_new_int(&q->arena, each[i]));
    return status;
}

static enum keelson_status do_create_routes(struct question *q, void *handle, const struct keelson_call *call)
{
    return change_routes(q, handle, call, true);
}

static enum keelson_status do_remove_routes(struct question *q, void *handle, const struct keelson_call *call)
{
    return change_routes(q, handle, call, false);
}

/* --- one line --- */

static const struct {
    const char *name;
    enum keelson_status (*call)(struct question *q, void *handle, const struct keelson_call *call);
} calls[] = {
    {"owns", do_owns},
    {"healthy", do_healthy},
    {"describe", do_describe},
    {"get", do_get},
    {"ensure", do_ensure},
    {"update", do_update},
    {"remove", do_remove},
    {"routes", do_routes},
    {"create-routes", do_create_routes},
    {"remove-routes", do_remove_routes},
};

static enum keelson_status call_it(void *handle, const struct keelson_call *call, void *arguments)
{
    struct question *q = arguments;
    const char *name = json_string_at(q->request, "call");
    for (size_t i = 0; name && i < ARRAY_SIZE(calls); i++)
        if (strcmp(calls[i].name, name) == 0)
            return q->status = calls[i].call(q, handle, call);
    fprintf(stderr, "cloud-driver: no such call\n");
    exit(1);
}

static void take_event(void *arguments, bool warning, const char *reason, const char *message)
{
    struct question *q = arguments;
    struct json *event = json_new_object(&q->arena);
    set_text(q, event, "reason", reason);
    set_text(q, event, "message", message);
    json_append(&q->arena, json_get(q->answer, "events"), event);
}

static void wrap_objects(struct question *q)
{
    const struct json *nodes = json_get(q->request, "nodes"), *service = json_get(q->request, "service");
    q->nodes = xcalloc(json_count(nodes) + 1, sizeof(struct keelson_object *));
    json_for_each (node, nodes)
        q->nodes[q->nodes_count++] = plugin_object_new(node);
    q->service = service ? plugin_object_new(service) : NULL;
}

static void answer_line(struct plugin_host *host, const char *line)
{
    struct question q = {.status = KEELSON_FAILED};
    struct error err = ERROR_INIT;
    require(json_parse(&q.arena, slice_of(line), &q.request, NULL) == 0);
    q.answer = json_new_object(&q.arena);
    json_set_array(&q.arena, q.answer, "events");
    q.instance = plugin_host_find(host, json_string_or(json_get(q.request, "instance"), "cloud"));
    require(q.instance);
    wrap_objects(&q);
    struct plugin_call_options options = {.operation = "test",
                                          .timeout_ms = json_integer_at(q.request, "timeout_ms", 30000),
                                          .event = take_event};
    plugin_call(q.instance, &options, call_it, &q, NULL, &err);
    json_set_int(&q.arena, q.answer, "status", q.status);
    json_set_string(&q.arena, q.answer, "message", err.code ? err.message : "");
    json_set_int(&q.arena, q.answer, "retry_after_s", err.retry_after_s);
    struct buffer out = BUFFER_INIT;
    json_write(&out, q.answer);
    printf("%.*s\n", (int)out.size, out.data);
    fflush(stdout);
    buffer_done(&out);
    error_done(&err);
    for (uint32_t i = 0; i < q.nodes_count; i++)
        plugin_object_free(q.nodes[i]);
    free(q.nodes);
    plugin_object_free(q.service);
    arena_done(&q.arena);
}

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    char *line = NULL;
    size_t capacity = 0;
    unsigned count;
    if (argc < 3)
        return 2;
    const struct plugin_host_config config = {.daemon = "cloud-controller-manager",
                                              .state_dir = argv[2],
                                              .cluster = argc > 3 ? argv[3] : NULL,
                                              .allow_unowned_files = true};
    struct plugin_host *host = plugin_host_new(&config);
    if (plugin_host_load_config(host, argv[1], KEELSON_KIND_CLOUD, &count, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        error_done(&err);
        plugin_host_free(host);
        return 1;
    }
    while (getline(&line, &capacity, stdin) > 0)
        answer_line(host, line);
    free(line);
    return plugin_host_free(host) ? 0 : 1;
}
