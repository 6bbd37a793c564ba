/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud-calls PLUGIN.so CONFIG: a cloud plugin in the real plugin host, for tests in other languages. CONFIG
 * is a file with the text of the `config` group. Each line of standard input is one call, a JSON object:
 *
 *     {"call": "owns" | "healthy" | "describe" | "get" | "ensure" | "update" | "remove" | "routes" |
 * "create-routes" | "remove-routes" | "reconfigure", "nodes": [Node…], "service": Service, "routes":
 * [{"name", "node", "cidr"}…], "config": "the new text", "timeout_ms": 10000}
 *
 * ("node" of a route is an index into nodes), or {"batch": [call…]}, which are made at once, a thread each;
 * or
 * {"begin": call}, which is answered at once by {}, and later {"end": true} by what came of it, one at a
 * time. A line of standard output is what came of a call: {"status": "OK", "error": "", "retry_after_s": 0,
 * "events":
 * [{"reason", "message"}…], and "owns", "reports", "ingress", "routes" or "each"}.
 */
#include <keelson/cloud.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/api/json.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"
#include "core/plugin/instance.h"

static const char *const status_names[] = {"OK",        "FAILED",      "NOT_FOUND",   "ALREADY_EXISTS",
                                           "INVALID",   "UNSUPPORTED", "UNAVAILABLE", "DENIED",
                                           "THROTTLED", "TIMEOUT",     "CANCELLED",   "CONFLICT",
                                           "EXHAUSTED", "COMPACTED",   "CORRUPT",     "PENDING"};

static struct plugin_host *host;
static struct plugin_instance *instance;

/* One call of the input, and what came of it. */
struct task {
    struct json *asked, *answer;
    struct arena *arena;
    const struct keelson_object **nodes;
    struct keelson_object *service;
    uint32_t nodes_count;
};

static const char *status_name(enum keelson_status status)
{
    return status < sizeof(status_names) / sizeof(status_names[0]) ? status_names[status] : "?";
}

static int put_report(const struct keelson_instance_sink *sink, const struct keelson_instance_report *report)
{
    static const char *const states[] = {"UNKNOWN", "RUNNING", "SHUT_DOWN", "GONE"},
                             *const types[] = {"",           "Hostname",    "InternalIP",
                                               "ExternalIP", "InternalDNS", "ExternalDNS"};
    struct task *t = sink->context;
    struct json *out = json_append(t->arena, json_get(t->answer, "reports"), json_new_object(t->arena));
    json_set_int(t->arena, out, "node", report->node);
    json_set_string(t->arena, out, "state", states[report->state & 3]);
    json_set_string(t->arena, out, "evidence", report->evidence);
    json_set_string(t->arena, out, "provider_id", report->provider_id);
    json_set_string(t->arena, out, "instance_type", report->instance_type);
    json_set_string(t->arena, out, "zone", report->zone);
    json_set_string(t->arena, out, "region", report->region);
    struct json *addresses = json_set_array(t->arena, out, "addresses");
    for (uint32_t i = 0; i < report->addresses_count; i++) {
        const struct keelson_node_address *a = KEELSON_AT(report->addresses, report->address_size, i);
        json_append(t->arena, addresses, json_new_stringf(t->arena, "%s %s", types[a->type], a->address));
    }
    struct json *labels = json_set_object(t->arena, out, "labels");
    for (uint32_t i = 0; i < report->labels.count; i++)
        json_set_string(t->arena, labels, report->labels.items[i].key, report->labels.items[i].value);
    return 0;
}

static int put_load_balancer(const struct keelson_load_balancer_sink *sink,
                             const struct keelson_load_balancer *lb)
{
    struct task *t = sink->context;
    struct json *ingress = json_set_array(t->arena, t->answer, "ingress");
    for (uint32_t i = 0; i < lb->ingress_count; i++) {
        const struct keelson_ingress *one = KEELSON_AT(lb->ingress, lb->ingress_size, i);
        json_append_string(t->arena, ingress, one->ip ? one->ip : one->hostname);
    }
    return 0;
}

static int put_route(const struct keelson_route_sink *sink, const struct keelson_route *route)
{
    struct task *t = sink->context;
    struct json *out = json_append(t->arena, json_get(t->answer, "routes"), json_new_object(t->arena));
    json_set_string(t->arena, out, "name", route->name);
    json_set_string(t->arena, out, "node", route->node_name);
    json_set_string(t->arena, out, "cidr", route->destination_cidr);
    json_set_bool(t->arena, out, "blackhole", route->blackhole);
    return 0;
}

static enum keelson_status call_owns(struct task *t, void *handle, const struct keelson_call *call,
                                     const char *what)
{
    static const char *const words[] = {"unknown", "yes", "no"};
    const struct keelson_cloud_v1 *cloud = plugin_instance_interface(instance, KEELSON_CLOUD_1);
    if (strcmp(what, "healthy") == 0)
        return cloud->healthy(handle, call);
    _cleanup_free_ enum keelson_owns *ret = xcalloc(t->nodes_count + 1, sizeof(*ret));
    enum keelson_status status = cloud->owns(handle, call, t->nodes, t->nodes_count, ret);
    struct json *owns = json_set_array(t->arena, t->answer, "owns");
    for (uint32_t i = 0; i < t->nodes_count; i++)
        json_append_string(t->arena, owns, words[ret[i]]);
    return status;
}

static enum keelson_status call_describe(struct task *t, void *handle, const struct keelson_call *call,
                                         const char *what)
{
    const struct keelson_cloud_instances_v1 *instances =
        plugin_instance_interface(instance, KEELSON_CLOUD_INSTANCES_1);
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = put_report, .context = t};
    json_set_array(t->arena, t->answer, "reports");
    return instances->describe(handle, call, t->nodes, t->nodes_count,
                               KEELSON_WANT_STATE | KEELSON_WANT_METADATA, &sink);
}

static enum keelson_status call_load_balancer(struct task *t, void *handle, const struct keelson_call *call,
                                              const char *what)
{
    const struct keelson_cloud_loadbalancers_v1 *lb =
        plugin_instance_interface(instance, KEELSON_CLOUD_LOADBALANCERS_1);
    const struct keelson_load_balancer_sink sink = {
        .size = sizeof(sink), .put = put_load_balancer, .context = t};
    if (!lb)
        return KEELSON_UNSUPPORTED;
    if (strcmp(what, "get") == 0)
        return lb->get(handle, call, t->service, &sink);
    if (strcmp(what, "ensure") == 0)
        return lb->ensure(handle, call, t->service, t->nodes, t->nodes_count, &sink);
    if (strcmp(what, "update") == 0)
        return lb->update(handle, call, t->service, t->nodes, t->nodes_count);
    return lb->remove(handle, call, t->service);
}

static enum keelson_status change_routes(struct task *t, void *handle, const struct keelson_call *call,
                                         const struct keelson_cloud_routes_v1 *routes, bool create)
{
    struct json *asked = json_get(t->asked, "routes");
    uint32_t count = json_count(asked);
    _cleanup_free_ struct keelson_route *given = xcalloc(count + 1, sizeof(*given));
    _cleanup_free_ const struct keelson_route **pointers = xcalloc(count + 1, sizeof(*pointers));
    _cleanup_free_ enum keelson_status *ret = xcalloc(count + 1, sizeof(*ret));
    for (uint32_t i = 0; i < count; i++) {
        struct json *route = json_element(asked, i);
        int64_t node = json_integer_at(route, "node", -1);
        ret[i] = KEELSON_FAILED;
        given[i] = (struct keelson_route){.size = sizeof(given[i]),
                                          .name = json_string_at(route, "name"),
                                          .destination_cidr = json_string_at(route, "cidr")};
        if (node >= 0 && node < t->nodes_count)
            given[i].node = t->nodes[node];
        if (given[i].node)
            given[i].node_name = json_string(
                json_at(json_element(json_get(t->asked, "nodes"), (uint32_t)node), "metadata.name"));
        pointers[i] = &given[i];
    }
    enum keelson_status status =
        (create ? routes->create : routes->remove)(handle, call, pointers, count, ret);
    struct json *each = json_set_array(t->arena, t->answer, "each");
    for (uint32_t i = 0; i < count; i++)
        json_append_string(t->arena, each, status_name(ret[i]));
    return status;
}

static enum keelson_status call_routes(struct task *t, void *handle, const struct keelson_call *call,
                                       const char *what)
{
    const struct keelson_cloud_routes_v1 *routes =
        plugin_instance_interface(instance, KEELSON_CLOUD_ROUTES_1);
    const struct keelson_route_sink sink = {.size = sizeof(sink), .put = put_route, .context = t};
    if (!routes)
        return KEELSON_UNSUPPORTED;
    if (strcmp(what, "routes") == 0) {
        json_set_array(t->arena, t->answer, "routes");
        return routes->list(handle, call, &sink);
    }
    return change_routes(t, handle, call, routes, strcmp(what, "create-routes") == 0);
}

static const struct {
    const char *name;
    enum keelson_status (*call)(struct task *t, void *handle, const struct keelson_call *call,
                                const char *what);
} calls[] = {
    {"owns", call_owns},
    {"healthy", call_owns},
    {"describe", call_describe},
    {"get", call_load_balancer},
    {"ensure", call_load_balancer},
    {"update", call_load_balancer},
    {"remove", call_load_balancer},
    {"routes", call_routes},
    {"create-routes", call_routes},
    {"remove-routes", call_routes},
};

static enum keelson_status run(void *handle, const struct keelson_call *call, void *arguments)
{
    struct task *t = arguments;
    const char *what = json_string_or(json_get(t->asked, "call"), "");
    enum keelson_status status = KEELSON_UNSUPPORTED;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (strcmp(calls[i].name, what) == 0)
            status = calls[i].call(t, handle, call, what);
    json_set_string(t->arena, t->answer, "status", status_name(status));
    return status;
}

static void put_event(void *arguments, bool warning, const char *reason, const char *message)
{
    struct task *t = arguments;
    struct json *out = json_append(t->arena, json_get(t->answer, "events"), json_new_object(t->arena));
    json_set_string(t->arena, out, "reason", reason);
    json_set_string(t->arena, out, "message", message);
}

static void reconfigure(struct task *t, struct error *err)
{
    int result = plugin_reconfigure(instance, json_string_or(json_get(t->asked, "config"), ""), 1, err);
    json_set_string(t->arena, t->answer, "status", result == 0 ? "OK" : "REFUSED");
    json_set_string(t->arena, t->answer, "error", err->message ? err->message : "");
}

static void *perform(void *context)
{
    struct task *t = context;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (strcmp(json_string_or(json_get(t->asked, "call"), ""), "reconfigure") == 0) {
        reconfigure(t, &err);
        return NULL;
    }
    struct json *nodes = json_get(t->asked, "nodes");
    _cleanup_free_ const struct keelson_object **objects = xcalloc(json_count(nodes) + 1, sizeof(*objects));
    json_for_each (node, nodes)
        objects[t->nodes_count++] = plugin_object_new(node);
    t->nodes = objects;
    t->service = plugin_object_new(json_get(t->asked, "service"));
    json_set_string(t->arena, t->answer, "status", "NOT_CALLED");
    json_set_array(t->arena, t->answer, "events");
    struct plugin_call_options options = {.operation = "driver",
                                          .timeout_ms = json_integer_at(t->asked, "timeout_ms", 20000),
                                          .event = put_event};
    plugin_call_here(instance, &options, run, t, &err);
    json_set_string(t->arena, t->answer, "error", err.message ? err.message : "");
    json_set_int(t->arena, t->answer, "retry_after_s", err.retry_after_s);
    for (uint32_t i = 0; i < t->nodes_count; i++)
        plugin_object_free((struct keelson_object *)objects[i]);
    plugin_object_free(t->service);
    return NULL;
}

/* Each call has an arena of its own, since threads fill them. */
static void answer(struct json *asked, struct buffer *out)
{
    struct json *batch = json_get(asked, "batch");
    uint32_t count = batch ? json_count(batch) : 1;
    _cleanup_free_ struct task *tasks = xcalloc(count + 1, sizeof(*tasks));
    _cleanup_free_ struct arena *arenas = xcalloc(count + 1, sizeof(*arenas));
    _cleanup_free_ pthread_t *threads = xcalloc(count + 1, sizeof(*threads));
    for (uint32_t i = 0; i < count; i++) {
        tasks[i] = (struct task){.asked = batch ? json_element(batch, i) : asked,
                                 .arena = &arenas[i],
                                 .answer = json_new_object(&arenas[i])};
        if (pthread_create(&threads[i], NULL, perform, &tasks[i]) != 0)
            abort();
    }
    if (batch)
        buffer_append_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        if (i > 0)
            buffer_append_char(out, ',');
        json_write(out, tasks[i].answer);
        arena_done(&arenas[i]);
    }
    buffer_append_str(out, batch ? "]\n" : "\n");
}

/* A call that goes on while others are made. */
static struct {
    struct arena arena;
    struct task task;
    pthread_t thread;
} begun;

static void begin(const char *line, size_t size, struct buffer *out)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *asked;
    if (json_parse(&begun.arena, (struct slice){line, size}, &asked, &err) != 0)
        abort();
    begun.task = (struct task){
        .asked = json_get(asked, "begin"), .arena = &begun.arena, .answer = json_new_object(&begun.arena)};
    if (pthread_create(&begun.thread, NULL, perform, &begun.task) != 0)
        abort();
    buffer_append_str(out, "{}\n");
}

static void end(struct buffer *out)
{
    pthread_join(begun.thread, NULL);
    json_write(out, begun.task.answer);
    buffer_append_str(out, "\n");
    arena_done(&begun.arena);
    begun.arena = (struct arena){0};
}

static char *read_config(const char *path)
{
    struct buffer text = BUFFER_INIT;
    char part[4096];
    FILE *f = fopen(path, "re");
    size_t got;
    while (f && (got = fread(part, 1, sizeof(part), f)) > 0)
        buffer_append(&text, part, got);
    if (f)
        fclose(f);
    return buffer_take(&text);
}

int main(int argc, char **argv)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *line = NULL, *config = argc == 3 ? read_config(argv[2]) : NULL;
    const char *state = getenv("DRIVER_STATE_DIR");
    size_t capacity = 0;
    ssize_t size;
    host = plugin_host_new(&(struct plugin_host_config){.daemon = "cloud-controller-manager",
                                                        .state_dir = state,
                                                        .cluster = getenv("DRIVER_CLUSTER"),
                                                        .allow_unowned_files = true});
    if (!config ||
        plugin_host_load(host, "cloud", argv[1], config, KEELSON_KIND_CLOUD, &instance, &err) != 0) {
        fprintf(stderr, "%s\n", err.message ? err.message : "usage: cloud-calls PLUGIN.so CONFIG");
        return 1;
    }
    while ((size = getline(&line, &capacity, stdin)) > 0) {
        struct arena arena = {0};
        _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
        struct json *asked;
        if (json_parse(&arena, (struct slice){line, (size_t)size}, &asked, &err) != 0) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        if (json_get(asked, "begin"))
            begin(line, (size_t)size, &out);
        else if (json_get(asked, "end"))
            end(&out);
        else
            answer(asked, &out);
        fwrite(out.data, 1, out.size, stdout);
        fflush(stdout);
        arena_done(&arena);
    }
    return plugin_host_free(host) ? 0 : 1;
}
