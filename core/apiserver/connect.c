/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subresources of pods that lead to their node: log, exec, attach and portforward. Each finds the kubelet and
 * the path there, and hands the request to the proxy.
 */
#include "core/api/object.h"
#include "core/apiserver/admission.h"
#include "core/apiserver/handlers.h"
#include "core/apiserver/kubelet-access.h"
#include "core/apiserver/proxy.h"
#include "core/apiserver/registry-decide.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/base/number.h"

static bool has_container(const struct json *pod, const char *name)
{
    static const char *const lists[] = {"spec.containers", "spec.initContainers", "spec.ephemeralContainers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        json_for_each (container, json_at(pod, lists[i])) {
            if (slice_is(json_slice(json_get(container, "name")), name))
                return true;
        }
    }
    return false;
}

/* The one that was named, the pod's default, or its only one. */
static int choose_container(struct api_request *r, const struct json *pod, const char **ret,
                            struct error *err)
{
    const char *name = api_request_query(r, "container");
    const struct json *containers = json_at(pod, "spec.containers");
    if (!name || !*name)
        name = object_annotation(pod, "kubectl.kubernetes.io/default-container");
    if ((!name || !*name) && json_count(containers) == 1)
        name = json_string(json_get(json_element(containers, 0), "name"));
    if (name && *name) {
        *ret = name;
        return has_container(pod, name)
                   ? 0
                   : error_set(err, ERR_BAD_REQUEST, "container %s is not valid for pod %s", name, r->name);
    }
    _cleanup_(buffer_done) struct buffer names = BUFFER_INIT;
    json_for_each (container, containers)
        buffer_printf(&names, "%s%s", names.size ? " " : "", json_string_or(json_get(container, "name"), ""));
    return error_set(err, ERR_BAD_REQUEST,
                     "a container name must be specified for pod %s, choose one of: [%s]", r->name,
                     names.data ? names.data : "");
}

static void append_parameter(struct buffer *out, const char *name, const char *value)
{
    buffer_append_char(out, memchr(out->data, '?', out->size) ? '&' : '?');
    buffer_append_str(out, name);
    buffer_append_char(out, '=');
    percent_encode(out, slice_of(value));
}

/* How the API's parameters are called by kubelets; NULL: as they are. */
struct parameter {
    const char *api, *kubelet;
    bool truth; /* passed on as 1, if true */
};
static const struct parameter log_parameters[] = {{"follow", NULL, false},     {"previous", NULL, false},
                                                  {"timestamps", NULL, false}, {"sinceSeconds", NULL, false},
                                                  {"sinceTime", NULL, false},  {"tailLines", NULL, false},
                                                  {"limitBytes", NULL, false}, {"stream", NULL, false}};
static const struct parameter stream_parameters[] = {{"stdin", "input", true},
                                                     {"stdout", "output", true},
                                                     {"stderr", "error", true},
                                                     {"tty", "tty", true},
                                                     {"command", NULL, false}};
static const struct parameter port_parameters[] = {{"ports", "port", false}, {"port", NULL, false}};

static bool is_true(const char *value)
{
    bool parsed;
    return !*value || (parse_bool(slice_of(value), &parsed) && parsed);
}

static void append_parameters(struct api_request *r, const struct parameter *rows, size_t count,
                              struct buffer *out)
{
    for (unsigned i = 0; i < r->parameters_count; i++) {
        for (size_t j = 0; j < count; j++) {
            const struct api_parameter *p = &r->parameters[i];
            if (strcmp(p->name, rows[j].api) != 0 || (rows[j].truth && !is_true(p->value)))
                continue;
            append_parameter(out, rows[j].kubelet ? rows[j].kubelet : rows[j].api,
                             rows[j].truth ? "1" : p->value);
        }
    }
}

static int find_pod(struct api_request *r, struct json **ret_pod, const char **ret_node, struct error *err)
{
    if (registry_get(r->server->registry, RESOURCE("", "v1", "pods"), r->namespace_, r->name, &r->arena,
                     ret_pod, err) < 0)
        return -1;
    *ret_node = json_string_or(json_at(*ret_pod, "spec.nodeName"), "");
    return 0;
}

/* The target says how; where is found here. */
static void to_kubelet(struct api_request *r, const char *node, struct buffer *path,
                       struct proxy_target target)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int status = kubelet_address(r, node, &target.host, &target.port, &err);
    target.tls = kubelet_tls(r->server->kubelets);
    target.status_errors = true;
    target.target = arena_strndup(&r->arena, path->data, path->size);
    buffer_done(path);
    if (status < 0) {
        if (err.code == ERR_NOT_FOUND)
            err.code = ERR_INTERNAL;
        respond_error(r, &err);
        return;
    }
    proxy_start(r, &target);
}

static int check_log_options(struct api_request *r, struct error *err)
{
    static const char *const numbers[] = {"tailLines", "limitBytes", "sinceSeconds"};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        const char *value = api_request_query(r, numbers[i]);
        int64_t number, least = i == 0 ? 0 : 1;
        if (!value || !*value)
            continue;
        if (!parse_i64(slice_of(value), INT64_MIN, INT64_MAX, &number))
            return error_set(err, ERR_BAD_REQUEST, "strconv.ParseInt: parsing \"%s\": invalid syntax", value);
        if (number < least) {
            error_add_cause(err, "FieldValueInvalid", numbers[i],
                            "Invalid value: %lld: must be greater than %s0", (long long)number,
                            least ? "" : "or equal to ");
            return error_set_invalid(err, "", "PodLogOptions", r->name);
        }
    }
    return 0;
}

void handle_log(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer path = BUFFER_INIT;
    struct json *pod;
    struct websocket websocket, *framed = websocket_wanted(r) ? &websocket : NULL;
    const char *node, *container;
    if (check_log_options(r, &err) < 0 || find_pod(r, &pod, &node, &err) < 0 ||
        choose_container(r, pod, &container, &err) < 0 ||
        (framed &&
         websocket_accept(r, websocket_log_protocols, websocket_log_protocols_count, framed, &err) < 0)) {
        respond_error(r, &err);
        return;
    }
    if (!*node) { /* nothing has been logged yet */
        respond_text(r, 200, "text/plain", &path);
        return;
    }
    buffer_printf(&path, "/containerLogs/%s/%s/%s", r->namespace_, r->name, container);
    append_parameters(r, log_parameters, ARRAY_SIZE(log_parameters), &path);
    to_kubelet(r, node, &path, (struct proxy_target){.websocket = framed});
}

static int admit_connect(struct api_request *r, struct error *err)
{
    struct decision d =
        decision_of(r->server->registry, r, r->resource, r->namespace_, r->name, r->subresource);
    if (decide_admission(&d, ADMIT_CONNECT, true, NULL, NULL, err) < 0)
        return -1;
    return decide_admission(&d, ADMIT_CONNECT, false, NULL, NULL, err);
}

/* Clients that cannot upgrade over HTTP/2 use HTTP/1.1 for these. */
static int check_upgrade(struct api_request *r, struct error *err)
{
    if (proxy_wants_upgrade(r))
        return admit_connect(r, err);
    return error_set(err, ERR_BAD_REQUEST, "Upgrade request required");
}

/* One of the subresources. */
struct connection {
    const char *verb; /* of the kubelet's path */
    const struct parameter *parameters;
    size_t parameters_count;
    bool of_container;
    const struct websocket_protocol *protocol; /* that is translated */
    const char *spdy_protocol;
};

static bool asks_for(struct api_request *r, const char *parameter)
{
    const char *value = api_request_query(r, parameter);
    return value && is_true(value);
}

/* Without a translation the kubelet decides about the client's protocol. A terminal has no channel of its own
 * for errors. */
static int choose_translation(struct api_request *r, const struct connection *c,
                              const struct proxy_translation **ret, struct error *err)
{
    *ret = NULL;
    if (!websocket_wanted(r) || websocket_choose(r, c->protocol, 1) != 0)
        return 0;
    struct proxy_translation *translation = arena_alloc0(&r->arena, sizeof(*translation));
    translation->spdy_protocol = c->spdy_protocol;
    if (c->of_container) {
        struct stream_channels *channels = arena_alloc0(&r->arena, sizeof(*channels));
        bool terminal = asks_for(r, "tty");
        *channels = (struct stream_channels){.input = asks_for(r, "stdin"),
                                             .output = asks_for(r, "stdout"),
                                             .errors = asks_for(r, "stderr") && !terminal,
                                             .size = terminal};
        translation->channels = channels;
    }
    *ret = translation;
    return websocket_accept(r, c->protocol, 1, &translation->websocket, err);
}

static void connect_to(struct api_request *r, const struct connection *c)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer path = BUFFER_INIT;
    struct json *pod;
    const struct proxy_translation *translation;
    const char *node, *container = NULL;
    if (check_upgrade(r, &err) < 0 || find_pod(r, &pod, &node, &err) < 0 ||
        (c->of_container && choose_container(r, pod, &container, &err) < 0) ||
        choose_translation(r, c, &translation, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    if (!*node) {
        error_set(&err, ERR_BAD_REQUEST, "pod %s does not have a host assigned", r->name);
        respond_error(r, &err);
        return;
    }
    buffer_printf(&path, "/%s/%s/%s", c->verb, r->namespace_, r->name);
    if (container)
        buffer_printf(&path, "/%s", container);
    append_parameters(r, c->parameters, c->parameters_count, &path);
    to_kubelet(r, node, &path, (struct proxy_target){.upgrade = true, .translation = translation});
}

void handle_exec(struct api_request *r)
{
    static const struct connection exec = {"exec", stream_parameters,        ARRAY_SIZE(stream_parameters),
                                           true,   &stream_command_protocol, STREAM_COMMAND_SPDY};
    connect_to(r, &exec);
}

void handle_attach(struct api_request *r)
{
    static const struct connection attach = {
        "attach", stream_parameters,        ARRAY_SIZE(stream_parameters),
        true,     &stream_command_protocol, STREAM_COMMAND_SPDY};
    connect_to(r, &attach);
}

void handle_port_forward(struct api_request *r)
{
    static const struct connection port_forward = {
        "portForward", port_parameters,         ARRAY_SIZE(port_parameters),
        false,         &stream_tunnel_protocol, STREAM_TUNNEL_SPDY};
    connect_to(r, &port_forward);
}
