/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function a kind, in a table. Connections are made by the calling thread, which belongs to a bounded
 * pool; nothing is kept between two runs.
 */
#include "core/kubelet/handler-private.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/kubelet/health.pb-c.h"
#include "lib/grpc-c/grpc-c.h"

uint16_t handler_port(const struct json *port, const struct json *container)
{
    int64_t number = json_integer_or(port, 0);
    const char *name = json_string(port);
    if (name && !parse_i64(slice_of(name), 1, 65535, &number)) {
        json_for_each (p, json_get(container, "ports")) {
            if (strcmp(json_string_or(json_get(p, "name"), ""), name) == 0)
                number = json_integer_or(json_get(p, "containerPort"), 0);
        }
    }
    return number > 0 && number < 65536 ? (uint16_t)number : 0;
}

static enum handler_result run_exec(struct kubelet *k, const struct handler_input *in,
                                    const struct json *action, struct buffer *output)
{
    const struct json *list = json_get(action, "command");
    const char **command = newa0(const char *, json_count(list) + 1);
    uint32_t count = 0;
    int32_t code = 0;
    struct error err = ERROR_INIT;
    json_for_each (word, list)
        command[count++] = json_string_or(word, "");
    int rc = runtime_exec(&k->runtime, in->container_id, command, count, in->timeout_ms / 1000, in->cancel_fd,
                          output, &code, &err);
    enum handler_result result = rc < 0 ? (err.code == ERR_TIMEOUT ? HANDLER_FAILED : HANDLER_UNKNOWN)
                                 : code ? HANDLER_FAILED
                                        : HANDLER_OK;
    if (rc < 0) {
        buffer_clear(output);
        if (err.code == ERR_TIMEOUT)
            buffer_printf(output, "command timed out: %s", err.message);
        else
            buffer_append_str(output, err.message);
    }
    error_done(&err);
    free(command);
    return result;
}

const char *handler_host(const struct handler_input *in, const struct json *action)
{
    const char *host = json_string_or(json_get(action, "host"), "");
    return host[0] ? host : in->pod_ip;
}

static int connect_within(const struct addrinfo *a, int64_t timeout_ms)
{
    _cleanup_close_ int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int problem = 0;
    socklen_t size = sizeof(problem);
    if (fd < 0)
        return errno;
    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    if (poll(&p, 1, timeout_ms ? (int)timeout_ms : HANDLER_TIMEOUT_MS) <= 0)
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) < 0 ? errno : problem;
}

static enum handler_result run_tcp(struct kubelet *k, const struct handler_input *in,
                                   const struct json *action, struct buffer *output)
{
    char port[8];
    const char *host = handler_host(in, action);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    uint16_t number = handler_port(json_get(action, "port"), in->container);
    snprintf(port, sizeof(port), "%u", number);
    if (!number || getaddrinfo(host, port, &hints, &found) != 0) {
        buffer_printf(output, "dial tcp %s:%s: no such host or port", host, port);
        return HANDLER_FAILED;
    }
    int problem = connect_within(found, in->timeout_ms);
    freeaddrinfo(found);
    if (problem)
        buffer_printf(output, "dial tcp %s:%s: %s", host, port, strerror(problem));
    return problem ? HANDLER_FAILED : HANDLER_OK;
}

static enum handler_result run_grpc(struct kubelet *k, const struct handler_input *in,
                                    const struct json *action, struct buffer *output)
{
    Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    bool v6 = strchr(in->pod_ip, ':') != NULL;
    char *target = xasprintf("http://%s%s%s:%u", v6 ? "[" : "", in->pod_ip, v6 ? "]" : "",
                             handler_port(json_get(action, "port"), in->container));
    struct grpc_channel_config config = {.target = target, .connect_timeout_ms = in->timeout_ms};
    struct grpc_error problem = {0};
    struct grpc_channel *channel = grpc_channel_new(&config, &problem);
    ProtobufCMessage *answer = NULL;
    struct grpc_options options = {.deadline_ns =
                                       clock_monotonic_ns() +
                                       (in->timeout_ms ? in->timeout_ms : HANDLER_TIMEOUT_MS) * NS_PER_MS,
                                   .cancel_fd = -1};
    enum handler_result result = HANDLER_FAILED;
    request.service = (char *)json_string_or(json_get(action, "service"), "");
    if (channel && grpc_call(channel, "/grpc.health.v1.Health/Check", &request.base,
                             &grpc__health__v1__health_check_response__descriptor, &answer, &options,
                             &problem) == GRPC_OK) {
        const Grpc__Health__V1__HealthCheckResponse *health = (const void *)answer;
        bool serving = health->status == GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
        result = serving ? HANDLER_OK : HANDLER_FAILED;
        const ProtobufCEnumValue *name = protobuf_c_enum_descriptor_get_value(
            &grpc__health__v1__health_check_response__serving_status__descriptor, (int)health->status);
        if (!serving)
            buffer_printf(output, "service unhealthy (responded with \"%s\")", name ? name->name : "UNKNOWN");
        protobuf_c_message_free_unpacked(answer, NULL);
    } else {
        buffer_printf(output, "error: health rpc failed: %s", problem.message);
    }
    if (channel)
        grpc_channel_free(channel);
    free(target);
    return result;
}

static enum handler_result run_sleep(struct kubelet *k, const struct handler_input *in,
                                     const struct json *action, struct buffer *output)
{
    struct pollfd p = {.fd = in->cancel_fd > 0 ? in->cancel_fd : -1, .events = POLLIN};
    int64_t ms = json_integer_or(json_get(action, "seconds"), 0) * 1000;
    if (in->timeout_ms > 0)
        ms = MIN(ms, in->timeout_ms);
    int n = poll(&p, 1, (int)MIN(ms, (int64_t)INT32_MAX));
    if (n > 0)
        buffer_append_str(output, "sleep was interrupted");
    return n > 0 ? HANDLER_UNKNOWN : HANDLER_OK;
}

static const struct {
    const char *key;
    enum handler_result (*run)(struct kubelet *k, const struct handler_input *in, const struct json *action,
                               struct buffer *output);
} kinds[] = {{"exec", run_exec},
             {"httpGet", handler_http},
             {"tcpSocket", run_tcp},
             {"grpc", run_grpc},
             {"sleep", run_sleep}};

enum handler_result handler_run(struct kubelet *k, const struct handler_input *in, struct buffer *output)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct json *action = json_get(in->handler, kinds[i].key);
        if (!json_is_absent(action))
            return kinds[i].run(k, in, action, output);
    }
    buffer_append_str(output, "no handler is named");
    return HANDLER_UNKNOWN;
}
