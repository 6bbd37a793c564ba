/* SPDX-License-Identifier: Apache-2.0 */
/* A small server a service; see health-ports.h. The answer's words are upstream's. */
#include "core/proxy/health-ports.h"

#include <stdatomic.h>
#include <stdio.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/io/http-server.h"

#define DRAIN_MS 100

struct health_ports {
    struct map *ports; /* by service */
    bool (*healthy)(void *context);
    void *context;
};
struct health_port {
    const struct health_ports *all;
    struct http_server *server;
    struct slice namespace_, name; /* in service */
    atomic_uint endpoints;
    uint16_t number;
    char service[];
};

static void handle(void *context, struct http_request *r)
{
    struct health_port *p = context;
    unsigned endpoints = atomic_load(&p->endpoints);
    bool healthy = p->all->healthy(p->all->context);
    struct buffer text = BUFFER_INIT;
    char weight[16];
    snprintf(weight, sizeof(weight), "%u", endpoints);
    const char *headers[] = {"x-content-type-options", "nosniff", "x-load-balancing-endpoint-weight", weight,
                             NULL};
    buffer_printf(&text,
                  "{\"service\":{\"namespace\":\"%.*s\",\"name\":\"%.*s\"},\"localEndpoints\":%u,"
                  "\"serviceProxyHealthy\":%s}\n",
                  SLICE_ARG(p->namespace_), SLICE_ARG(p->name), endpoints, healthy ? "true" : "false");
    struct bytes *body = bytes_take_buffer(&text);
    http_respond(r, endpoints && healthy ? 200 : 503, "application/json", headers, body);
    bytes_unref(body);
}

static void port_free(void *value)
{
    struct health_port *p = value;
    if (p->server)
        http_server_stop(p->server, DRAIN_MS);
    free(p);
}

struct health_ports *health_ports_new(bool (*healthy)(void *context), void *context)
{
    struct health_ports *h = new0(struct health_ports);
    h->healthy = healthy;
    h->context = context;
    h->ports = map_new(port_free);
    return h;
}

static struct health_port *port_new(const struct health_ports *all, const char *service, uint16_t number)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    size_t size = strlen(service) + 1;
    struct health_port *p = xcalloc(1, sizeof(*p) + size);
    memcpy(p->service, service, size);
    p->all = all;
    p->number = number;
    p->name = slice_of(p->service);
    p->namespace_ = slice_cut(&p->name, '/');
    const char *any = file_exists("/proc/net/if_inet6") ? "::" : "0.0.0.0";
    struct http_server_config config = {.name = "health-port",
                                        .address = any,
                                        .port = number,
                                        .loops = 1,
                                        .connections_max = 64,
                                        .handler = handle,
                                        .context = p};
    if (http_server_start(&config, &p->server, &err) == 0)
        return p;
    log_warning("service %s: health-check node port %u: %s", service, number, err.message);
    free(p);
    return NULL;
}

void health_ports_set(struct health_ports *h, const char *service, uint16_t port, unsigned endpoints)
{
    struct health_port *p = map_get(h->ports, service);
    if (p && p->number != port) {
        map_remove(h->ports, service);
        p = NULL;
    }
    if (!p && port) {
        p = port_new(h, service, port);
        if (p)
            map_set(h->ports, service, p);
    }
    if (p)
        atomic_store(&p->endpoints, endpoints);
}

void health_ports_free(struct health_ports *h)
{
    if (!h)
        return;
    map_free(h->ports);
    free(h);
}
