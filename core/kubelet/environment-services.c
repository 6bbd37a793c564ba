/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variables by which a container finds Services without DNS: NAME_SERVICE_HOST and the older ones that
 * Docker's links had. The API server's own Service comes first, so that one of the same name in the pod's
 * namespace wins.
 */
#include <ctype.h>

#include "core/api/object.h"
#include "core/kubelet/environment-private.h"

/* "my-svc" → "MY_SVC" */
static const char *variable_name(struct arena *arena, const char *name)
{
    char *out = arena_strdup(arena, name);
    for (char *c = out; *c; c++)
        *c = *c == '-' || *c == '.' ? '_' : (char)toupper((unsigned char)*c);
    return out;
}

static const char *lower(struct arena *arena, const char *text)
{
    char *out = arena_strdup(arena, text);
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return out;
}

static void add_port(struct environment *e, const char *service, const char *address, const struct json *port,
                     bool first)
{
    struct arena *arena = e->arena;
    const char *protocol = json_string_or(json_get(port, "protocol"), "TCP");
    const char *number = arena_printf(arena, "%lld", (long long)json_integer_at(port, "port", 0));
    bool brackets = strchr(address, ':') != NULL;
    const char *url = arena_printf(arena, "%s://%s%s%s:%s", lower(arena, protocol), brackets ? "[" : "",
                                   address, brackets ? "]" : "", number);
    const char *prefix = arena_printf(arena, "%s_PORT_%s_%s", service, number, protocol);
    const char *port_name = json_string_or(json_get(port, "name"), "");
    if (first) {
        environment_set(e, arena_printf(arena, "%s_SERVICE_PORT", service), number);
        environment_set(e, arena_printf(arena, "%s_PORT", service), url);
    }
    if (port_name[0])
        environment_set(
            e, arena_printf(arena, "%s_SERVICE_PORT_%s", service, variable_name(arena, port_name)), number);
    environment_set(e, prefix, url);
    environment_set(e, arena_printf(arena, "%s_PROTO", prefix), lower(arena, protocol));
    environment_set(e, arena_printf(arena, "%s_PORT", prefix), number);
    environment_set(e, arena_printf(arena, "%s_ADDR", prefix), address);
}

static void add_service(struct environment *e, const struct json *service)
{
    const char *address = json_string_or(json_at(service, "spec.clusterIP"), "");
    const struct json *ports = json_at(service, "spec.ports");
    if (!address[0] || strcmp(address, "None") == 0 || !json_count(ports))
        return;
    const char *name = variable_name(e->arena, object_name(service));
    bool first = true;
    environment_set(e, arena_printf(e->arena, "%s_SERVICE_HOST", name), address);
    json_for_each (port, ports) {
        add_port(e, name, address, port, first);
        first = false;
    }
}

static bool is_api_server(const struct json *service)
{
    return strcmp(object_name(service), "kubernetes") == 0 &&
           strcmp(object_namespace(service), "default") == 0;
}

void environment_add_services(struct environment *e, const struct environment_input *input)
{
    bool links = json_boolean_at(input->pod, "spec.enableServiceLinks", true);
    for (size_t i = 0; i < input->services_count; i++)
        if (is_api_server(input->services[i]))
            add_service(e, input->services[i]);
    for (size_t i = 0; links && i < input->services_count; i++)
        if (strcmp(object_namespace(input->services[i]), object_namespace(input->pod)) == 0)
            add_service(e, input->services[i]);
}
