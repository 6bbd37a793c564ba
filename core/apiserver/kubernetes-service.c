/* SPDX-License-Identifier: Apache-2.0 */
/* The Service `kubernetes`: pods reach the API server through it. Its endpoints are written by the server
 * itself, since it is no pod. */
#include "core/apiserver/kubernetes-service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/strategy-service.h"
#include "core/base/memory.h"

#define NAME  "kubernetes"
#define SPACE "default"

/* The address that a packet to the outside would carry; nothing is sent. */
static bool route_address(char out[ADDRESS_TEXT_MAX])
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)}, own = {0};
    socklen_t size = sizeof(own);
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
    return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
           getsockname(fd, (struct sockaddr *)&own, &size) == 0 &&
           inet_ntop(AF_INET, &own.sin_addr, out, ADDRESS_TEXT_MAX);
}

const char *kubernetes_service_address(const struct apiserver_options *o, char buffer[ADDRESS_TEXT_MAX])
{
    if (o->advertise_address && *o->advertise_address)
        return o->advertise_address;
    if (o->bind_address && *o->bind_address && strcmp(o->bind_address, "0.0.0.0") != 0 &&
        strcmp(o->bind_address, "::") != 0)
        return o->bind_address;
    return route_address(buffer) ? buffer : "127.0.0.1";
}

/* Creates what is absent, else changes it with `change`. */
static int ensure(struct server *server, const struct resource *r,
                  struct json *(*make)(struct server *server, struct arena *arena), registry_change *change,
                  struct error *err)
{
    struct api_request by;
    registry_self(&by);
    by.server = server;
    struct object *there = registry_lookup(server->registry, r, SPACE, NAME);
    int status;
    if (!there)
        status = registry_create(server->registry, &by, r, SPACE, make(server, &by.arena), NULL, err);
    else
        status = change
                     ? registry_update(server->registry, &by, r, SPACE, NAME, NULL, change, server, NULL, err)
                     : 0;
    object_unref(there);
    registry_self_done(&by);
    return status < 0 && err->code != ERR_ALREADY_EXISTS
               ? error_prefix(err, "%s %s/%s", r->plural, SPACE, NAME)
               : 0;
}

static struct json *make_service(struct server *server, struct arena *a)
{
    char address[ADDRESS_TEXT_MAX];
    struct json *service = object_new(a, "v1", "Service", SPACE, NAME);
    object_set_label(a, service, "component", "apiserver");
    object_set_label(a, service, "provider", "kubernetes");
    struct json *spec = json_set_object(a, service, "spec");
    struct json *port = json_append(a, json_set_array(a, spec, "ports"), json_new_object(a));
    json_set_string(a, port, "name", "https");
    json_set_string(a, port, "protocol", "TCP");
    json_set_int(a, port, "port", 443);
    json_set_int(a, port, "targetPort", server->port);
    json_set_string(a, spec, "type", "ClusterIP");
    json_set_string(a, spec, "sessionAffinity", "None");
    if (service_first_address(address))
        json_set_string(a, spec, "clusterIP", address);
    return service;
}

static void set_endpoints(struct server *server, struct arena *a, struct json *object)
{
    char buffer[ADDRESS_TEXT_MAX];
    object_set_label(a, object, "endpointslice.kubernetes.io/skip-mirror", "true");
    struct json *subset = json_append(a, json_set_array(a, object, "subsets"), json_new_object(a));
    struct json *address = json_append(a, json_set_array(a, subset, "addresses"), json_new_object(a));
    json_set_string(a, address, "ip", kubernetes_service_address(server->options, buffer));
    struct json *port = json_append(a, json_set_array(a, subset, "ports"), json_new_object(a));
    json_set_string(a, port, "name", "https");
    json_set_int(a, port, "port", server->port);
    json_set_string(a, port, "protocol", "TCP");
}

static struct json *make_endpoints(struct server *server, struct arena *a)
{
    struct json *object = object_new(a, "v1", "Endpoints", SPACE, NAME);
    set_endpoints(server, a, object);
    return object;
}

static void set_slice(struct server *server, struct arena *a, struct json *object)
{
    char buffer[ADDRESS_TEXT_MAX];
    const char *ip = kubernetes_service_address(server->options, buffer);
    object_set_label(a, object, "kubernetes.io/service-name", NAME);
    json_set_string(a, object, "addressType", family_name(family_of_address(slice_of(ip))));
    struct json *endpoint = json_append(a, json_set_array(a, object, "endpoints"), json_new_object(a));
    json_append_string(a, json_set_array(a, endpoint, "addresses"), ip);
    json_set_bool(a, json_set_object(a, endpoint, "conditions"), "ready", true);
    struct json *port = json_append(a, json_set_array(a, object, "ports"), json_new_object(a));
    json_set_string(a, port, "name", "https");
    json_set_int(a, port, "port", server->port);
    json_set_string(a, port, "protocol", "TCP");
}

static struct json *make_slice(struct server *server, struct arena *a)
{
    struct json *object = object_new(a, "discovery.k8s.io/v1", "EndpointSlice", SPACE, NAME);
    set_slice(server, a, object);
    return object;
}

static int change_service(void *context, struct arena *arena, const struct json *current,
                          struct json **ret_new, struct error *err)
{
    struct server *server = context;
    *ret_new = json_copy(arena, current);
    struct json *port = json_at(*ret_new, "spec.ports[0]");
    if (port)
        json_set_int(arena, port, "targetPort", server->port);
    return 0;
}

static int change_endpoints(void *context, struct arena *arena, const struct json *current,
                            struct json **ret_new, struct error *err)
{
    *ret_new = json_copy(arena, current);
    set_endpoints(context, arena, *ret_new);
    return 0;
}

static int change_slice(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                        struct error *err)
{
    *ret_new = json_copy(arena, current);
    set_slice(context, arena, *ret_new);
    return 0;
}

int kubernetes_service_reconcile(struct server *server, struct error *err)
{
    if (ensure(server, RESOURCE("", "v1", "services"), make_service, change_service, err) < 0)
        return -1;
    if (ensure(server, RESOURCE("", "v1", "endpoints"), make_endpoints, change_endpoints, err) < 0)
        return -1;
    return ensure(server, RESOURCE("discovery.k8s.io", "v1", "endpointslices"), make_slice, change_slice,
                  err);
}
