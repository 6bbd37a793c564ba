/* SPDX-License-Identifier: Apache-2.0 */
/* …/proxy of nodes, pods and services: the rest of the path goes to the node's kubelet, to the pod's address,
 * or to a ready endpoint of the service. */
#include "core/api/object.h"
#include "core/apiserver/handlers.h"
#include "core/apiserver/kubelet-access.h"
#include "core/apiserver/proxy.h"
#include "core/apiserver/registry.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/apiserver/stored.h"
#include "core/base/memory.h"
#include "core/base/number.h"

/* What follows …/proxy in the path, undecoded. Its segments are counted, since anything may be called
 * "proxy". */
static struct slice behind_proxy(const struct api_request *r)
{
    struct slice rest = http_request_path(r->http);
    for (unsigned segments = r->resource->namespaced ? 7 : 5; segments; segments--) {
        for (; rest.size && *rest.data == '/'; rest.size--)
            rest.data++;
        for (; rest.size && *rest.data != '/'; rest.size--)
            rest.data++;
    }
    return rest;
}

static const char *proxied_path(struct api_request *r)
{
    struct slice rest = behind_proxy(r), query = http_request_query(r->http);
    return arena_printf(&r->arena, "%s%.*s%s%.*s", rest.size ? "" : "/", SLICE_ARG(rest),
                        query.size ? "?" : "", SLICE_ARG(query));
}

/* A page at …/proxy would have its relative links beside it: the browser is sent to …/proxy/. */
static bool redirect_to_folder(struct api_request *r)
{
    enum http_method method = http_request_method(r->http);
    struct slice path = http_request_path(r->http), query = http_request_query(r->http);
    if (behind_proxy(r).size || proxy_wants_upgrade(r) || (method != HTTP_GET_ && method != HTTP_HEAD_))
        return false;
    const char *location =
        arena_printf(&r->arena, "%.*s/%s%.*s", SLICE_ARG(path), query.size ? "?" : "", SLICE_ARG(query));
    http_respond(r->http, 301, NULL, respond_headers(r, "location", location), NULL);
    request_end(r, 301);
    return true;
}

static void pass_on(struct api_request *r, struct proxy_target *target)
{
    struct slice path = http_request_path(r->http);
    if (redirect_to_folder(r))
        return;
    target->upgrade = proxy_wants_upgrade(r);
    target->target = proxied_path(r);
    target->prefix = arena_strndup(&r->arena, path.data, path.size - behind_proxy(r).size);
    proxy_start(r, target);
}

void handle_node_proxy(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct proxy_target target = {.tls = kubelet_tls(r->server->kubelets)};
    const char *colon = strchr(r->name, ':');
    const char *node = colon ? arena_strndup(&r->arena, r->name, (size_t)(colon - r->name)) : r->name;
    int64_t port;
    if (kubelet_address(r, node, &target.host, &target.port, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    if (colon && parse_i64(slice_of(colon + 1), 1, 65535, &port))
        target.port = (uint16_t)port;
    pass_on(r, &target);
}

/* "[scheme:]name[:port]" */
struct proxied_name {
    bool https;
    const char *name, *port; /* port: "" when not said */
};

static int split_name(struct api_request *r, struct proxied_name *ret, struct error *err)
{
    struct slice rest = slice_of(r->name), parts[3] = {0};
    unsigned n = 0;
    while (rest.data && n < 3)
        parts[n++] = slice_cut(&rest, ':');
    if (rest.data || (n == 3 && !slice_is(parts[0], "http") && !slice_is(parts[0], "https") && parts[0].size))
        return error_set(err, ERR_BAD_REQUEST, "invalid %s request \"%s\"", r->plural, r->name);
    ret->https = n == 3 && slice_is(parts[0], "https");
    struct slice name = n == 3 ? parts[1] : parts[0], port = n == 3   ? parts[2]
                                                             : n == 2 ? parts[1]
                                                                      : SLICE("");
    ret->name = arena_strndup(&r->arena, name.data, name.size);
    ret->port = arena_strndup(&r->arena, port.data, port.size);
    return 0;
}

static void to_address(struct api_request *r, const struct proxied_name *name, const char *host, int64_t port)
{
    struct proxy_target target = {
        .host = host,
        .port = (uint16_t)port,
        .tls = name->https ? kubelet_plain_tls(r->server->kubelets) : NULL,
    };
    pass_on(r, &target);
}

static int64_t pod_port(const struct json *pod, const char *name)
{
    int64_t number;
    if (*name && parse_i64(slice_of(name), 1, 65535, &number))
        return number;
    json_for_each (container, json_at(pod, "spec.containers")) {
        json_for_each (port, json_get(container, "ports")) {
            if (!*name || slice_is(json_slice(json_get(port, "name")), name))
                return json_integer_at(port, "containerPort", 80);
        }
    }
    return 80;
}

void handle_pod_proxy(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct proxied_name name;
    struct json *pod;
    if (split_name(r, &name, &err) < 0 || registry_get(r->server->registry, RESOURCE("", "v1", "pods"),
                                                       r->namespace_, name.name, &r->arena, &pod, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    const char *ip = json_string_or(json_at(pod, "status.podIP"), "");
    if (*ip) {
        to_address(r, &name, ip, pod_port(pod, name.port));
        return;
    }
    error_set(&err, ERR_BAD_REQUEST, "address not allowed");
    respond_error(r, &err);
}

/* The first ready endpoint of the port: its slices say where. */
static bool service_endpoint(struct api_request *r, const struct proxied_name *name, const char **ret_host,
                             int64_t *ret_port)
{
    struct object **list;
    bool found = false;
    const struct resource *slices = RESOURCE("discovery.k8s.io", "v1", "endpointslices");
    size_t count = registry_list(r->server->registry, slices, r->namespace_, &list);
    for (size_t i = 0; i < count; i++) {
        struct slice owner;
        if (!found && stored_label(list[i], SLICE("kubernetes.io/service-name"), &owner) &&
            slice_is(owner, name->name)) {
            struct json *slice = object_parse(list[i], slices, &r->arena);
            json_for_each (port, json_get(slice, "ports")) {
                bool wanted = !*name->port || slice_is(json_slice(json_get(port, "name")), name->port);
                json_for_each (endpoint, json_get(slice, "endpoints")) {
                    if (found || !wanted || !json_boolean_at(endpoint, "conditions.ready", true))
                        continue;
                    *ret_host = json_string_or(json_at(endpoint, "addresses[0]"), "");
                    *ret_port = json_integer_at(port, "port", 0);
                    found = **ret_host && *ret_port;
                }
            }
        }
        object_unref(list[i]);
    }
    free(list);
    return found;
}

/* A port may be named by its number: then its name is what the slices know it by. */
static void name_port(struct api_request *r, const struct json *service, struct proxied_name *name)
{
    int64_t number;
    if (!parse_i64(slice_of(name->port), 1, 65535, &number))
        return;
    json_for_each (port, json_at(service, "spec.ports")) {
        if (json_integer_at(port, "port", 0) == number)
            name->port = json_string_or(json_get(port, "name"), "");
    }
}

void handle_service_proxy(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct proxied_name name;
    struct json *service;
    const char *host = "";
    int64_t port = 0;
    if (split_name(r, &name, &err) < 0 ||
        registry_get(r->server->registry, RESOURCE("", "v1", "services"), r->namespace_, name.name, &r->arena,
                     &service, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    name_port(r, service, &name);
    if (service_endpoint(r, &name, &host, &port)) {
        to_address(r, &name, host, port);
        return;
    }
    error_set(&err, ERR_UNAVAILABLE, "no endpoints available for service \"%s\"", r->name);
    respond_error(r, &err);
}
