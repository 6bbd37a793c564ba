/* SPDX-License-Identifier: Apache-2.0 */
/* One call to the runtime: the host's deadline and cancel_fd on the way in, gRPC's status turned into the
 * host's on the way out. */
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "plugins/cri/cri.h"

enum keelson_status cri_status_of(enum grpc_code code)
{
    static const enum keelson_status statuses[] = {
        [GRPC_OK] = KEELSON_OK,
        [GRPC_CANCELLED] = KEELSON_CANCELLED,
        [GRPC_UNKNOWN] = KEELSON_FAILED,
        [GRPC_INVALID_ARGUMENT] = KEELSON_INVALID,
        [GRPC_DEADLINE_EXCEEDED] = KEELSON_TIMEOUT,
        [GRPC_NOT_FOUND] = KEELSON_NOT_FOUND,
        [GRPC_ALREADY_EXISTS] = KEELSON_ALREADY_EXISTS,
        [GRPC_PERMISSION_DENIED] = KEELSON_DENIED,
        [GRPC_RESOURCE_EXHAUSTED] = KEELSON_EXHAUSTED,
        [GRPC_FAILED_PRECONDITION] = KEELSON_CONFLICT,
        [GRPC_ABORTED] = KEELSON_CONFLICT,
        [GRPC_OUT_OF_RANGE] = KEELSON_INVALID,
        [GRPC_UNIMPLEMENTED] = KEELSON_UNSUPPORTED,
        [GRPC_INTERNAL] = KEELSON_FAILED,
        [GRPC_UNAVAILABLE] = KEELSON_UNAVAILABLE,
        [GRPC_DATA_LOSS] = KEELSON_CORRUPT,
        [GRPC_UNAUTHENTICATED] = KEELSON_DENIED,
    };
    return (unsigned)code < sizeof(statuses) / sizeof(statuses[0]) ? statuses[code] : KEELSON_FAILED;
}

/* containerd answers with UNKNOWN until its CRI part has started; nothing was done, so that is the same as
 * away. */
static bool is_starting(const struct grpc_error *err)
{
    return err->code == GRPC_UNKNOWN && strstr(err->message, "server is not initialized yet");
}

enum keelson_status cri_fail(struct cri *cri, const struct keelson_call *call, const char *what,
                             const struct grpc_error *err)
{
    const char *method = strrchr(what, '/');
    enum keelson_status status = is_starting(err) ? KEELSON_UNAVAILABLE : cri_status_of(err->code);
    return cri->host->fail(call, status, "%s: %s", method ? method + 1 : what,
                           err->message[0] ? err->message : grpc_code_name(err->code));
}

static struct grpc_options cri_options(const struct cri *cri, const struct keelson_call *call,
                                       enum cri_pace pace)
{
    struct grpc_options options = {.deadline_ns = call->deadline_ns, .cancel_fd = call->cancel_fd};
    if (pace == CRI_QUICK && cri->call_timeout_ms > 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t limit_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec + cri->call_timeout_ms * 1000000;
        if (limit_ns < options.deadline_ns)
            options.deadline_ns = limit_ns;
    }
    return options;
}

enum keelson_status cri_call(struct cri *cri, const struct keelson_call *call, enum cri_pace pace,
                             const char *path, const ProtobufCMessage *request,
                             const ProtobufCMessageDescriptor *response, void *ret)
{
    const struct grpc_options options = cri_options(cri, call, pace);
    struct grpc_error err;
    ProtobufCMessage *message;
    if (grpc_call(cri->channel, path, request, response, &message, &options, &err))
        return cri_fail(cri, call, path, &err);
    *(ProtobufCMessage **)ret = message;
    return KEELSON_OK;
}

enum keelson_status cri_call_id(struct cri *cri, const struct keelson_call *call, enum cri_pace pace,
                                const char *path, const char *id)
{
    Runtime__V1__Id request = RUNTIME__V1__ID__INIT;
    _cleanup_message_ Runtime__V1__Empty *response = NULL;
    request.id = (char *)(uintptr_t)id;
    return cri_call(cri, call, pace, path, &request.base, &runtime__v1__empty__descriptor, &response);
}

enum keelson_status cri_call_text(struct cri *cri, const struct keelson_call *call, enum cri_pace pace,
                                  const char *path, const ProtobufCMessage *request,
                                  const struct keelson_text_sink *sink)
{
    _cleanup_message_ Runtime__V1__Text *response = NULL;
    enum keelson_status status =
        cri_call(cri, call, pace, path, request, &runtime__v1__text__descriptor, &response);
    if (status == KEELSON_OK)
        sink->put(sink, 0, response->text, strlen(response->text));
    return status;
}

void cri_free(void *message)
{
    if (message)
        protobuf_c_message_free_unpacked(message, NULL);
}
