/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to the cluster. All go to one endpoint until it fails; then to the next. A read is tried at every
 * endpoint once; a write only goes on to the next endpoint when the first cannot have got it, because it may
 * have happened otherwise.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "plugins/store-etcd/etcd.h"

#define TRY_NS_MIN INT64_C(1000000000)
#define TRY_NS_MAX INT64_C(8000000000) /* a member that works gives up by itself after 7 s */

enum keelson_status failure_set(struct failure *failure, enum keelson_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(failure->message, sizeof(failure->message), fmt, args);
    va_end(args);
    failure->status = status;
    return status;
}

int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* etcd's errors are a code and fixed words (api/v3rpc/rpctypes of etcd); the words decide where a code covers
 * several. NULL: any. */
static const struct {
    enum grpc_code code;
    const char *words;
    enum keelson_status status;
} meanings[] = {
    {GRPC_OUT_OF_RANGE, "compacted", KEELSON_COMPACTED},
    {GRPC_OUT_OF_RANGE, "future revision", KEELSON_INVALID},
    {GRPC_RESOURCE_EXHAUSTED, "space exceeded", KEELSON_EXHAUSTED},
    {GRPC_RESOURCE_EXHAUSTED, "too many requests", KEELSON_THROTTLED},
    {GRPC_RESOURCE_EXHAUSTED, "received message larger than max", KEELSON_INVALID}, /* by the server */
    {GRPC_RESOURCE_EXHAUSTED, NULL, KEELSON_EXHAUSTED},
    {GRPC_INVALID_ARGUMENT, "authentication failed", KEELSON_DENIED},
    {GRPC_INVALID_ARGUMENT, "user name is empty", KEELSON_DENIED},
    {GRPC_INVALID_ARGUMENT, NULL, KEELSON_INVALID},
    {GRPC_NOT_FOUND, NULL, KEELSON_NOT_FOUND},
    {GRPC_PERMISSION_DENIED, NULL, KEELSON_DENIED},
    {GRPC_UNAUTHENTICATED, NULL, KEELSON_DENIED},
    {GRPC_FAILED_PRECONDITION, NULL, KEELSON_FAILED},
    {GRPC_UNIMPLEMENTED, NULL, KEELSON_UNSUPPORTED},
    {GRPC_DATA_LOSS, NULL, KEELSON_CORRUPT},
    {GRPC_DEADLINE_EXCEEDED, NULL, KEELSON_TIMEOUT},
    {GRPC_CANCELLED, NULL, KEELSON_CANCELLED},
    {GRPC_UNKNOWN, "context canceled", KEELSON_UNAVAILABLE}, /* by the server, which is going down */
    {GRPC_UNAVAILABLE, "request timed out", KEELSON_TIMEOUT},
    {GRPC_UNAVAILABLE, NULL, KEELSON_UNAVAILABLE},
};

/* A server that notices first that our deadline is over passes its own error on as it is. */
static enum grpc_code code_of(const struct grpc_error *error)
{
    if (error->code == GRPC_UNKNOWN && strstr(error->message, "context deadline exceeded"))
        return GRPC_DEADLINE_EXCEEDED;
    return error->code;
}

enum keelson_status failure_grpc(struct failure *failure, const struct grpc_error *error, bool is_write)
{
    /* What is not in the table says nothing about what the server did. */
    enum keelson_status status = is_write ? KEELSON_UNAVAILABLE : KEELSON_FAILED;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].code == code_of(error) &&
            (!meanings[i].words || strstr(error->message, meanings[i].words))) {
            status = meanings[i].status;
            break;
        }
    }
    return failure_set(failure, status, "etcd: %s: %s", grpc_code_name(error->code), error->message);
}

struct grpc_channel *cluster_channel(struct etcd *etcd, unsigned *ret_index)
{
    *ret_index = atomic_load(&etcd->current);
    return etcd->channels[*ret_index % etcd->endpoint_count];
}

void cluster_next(struct etcd *etcd, unsigned index)
{
    atomic_compare_exchange_strong(&etcd->current, &index, index + 1);
}

/* The words of grpc-c for a request that never left. */
static bool was_not_sent(const struct grpc_error *error)
{
    static const char *const beginnings[] = {"connect ", "resolve ", "request not sent"};
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        if (strncmp(error->message, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A read shares its time among the endpoints that are left to try; a write waits for the one that has it.
 * Neither waits for a member longer than that would take to say that it cannot: it is stopped or cut off, and
 * the calls after this one go to another before a controller's lease is over. */
static int64_t try_deadline(int64_t deadline_ns, unsigned tries_left, unsigned flags)
{
    int64_t now_ns = clock_ns();
    if (!(flags & CALL_REPEATABLE))
        return earlier(deadline_ns, now_ns + TRY_NS_MAX);
    if (tries_left <= 1 || deadline_ns <= now_ns)
        return deadline_ns;
    int64_t share_ns = earlier((deadline_ns - now_ns) / tries_left, TRY_NS_MAX);
    return earlier(deadline_ns, now_ns + (share_ns < TRY_NS_MIN ? TRY_NS_MIN : share_ns));
}

enum keelson_status cluster_call(struct etcd *etcd, int64_t deadline_ns, int cancel_fd, const char *path,
                                 unsigned flags, const void *request,
                                 const ProtobufCMessageDescriptor *response, void *ret,
                                 struct failure *failure)
{
    struct grpc_error error;
    char token[TOKEN_BYTES_MAX] = "";
    unsigned tokens_left = flags & CALL_ANONYMOUS ? 0 : 2;
    for (unsigned tries_left = etcd->endpoint_count; tries_left > 0;) {
        unsigned index;
        struct grpc_channel *channel = cluster_channel(etcd, &index);
        if (tokens_left > 0 && !token[0] &&
            auth_token(etcd, deadline_ns, cancel_fd, token, failure) != KEELSON_OK)
            return failure->status;
        const struct grpc_options options = {.deadline_ns = try_deadline(deadline_ns, tries_left, flags),
                                             .cancel_fd = cancel_fd,
                                             .metadata = {token[0] ? "token" : NULL, token}};
        enum grpc_code code =
            grpc_call(channel, path, request, response, (ProtobufCMessage **)ret, &options, &error);
        if (code == GRPC_OK)
            return KEELSON_OK;
        if (tokens_left > 0 && auth_refused(etcd, token, error.message) && --tokens_left > 0) {
            token[0] = '\0';
            continue;
        }
        code = code_of(&error);
        if (code != GRPC_UNAVAILABLE && code != GRPC_DEADLINE_EXCEEDED)
            break;
        cluster_next(etcd, index);
        if (!(flags & CALL_REPEATABLE) && !was_not_sent(&error))
            break;
        tries_left--;
    }
    return failure_grpc(failure, &error, !(flags & CALL_REPEATABLE));
}

int64_t header_revision(struct etcd *etcd, const Etcd__Header *header)
{
    int64_t revision = header ? header->revision : 0, seen = atomic_load(&etcd->revision_seen);
    while (seen < revision && !atomic_compare_exchange_weak(&etcd->revision_seen, &seen, revision))
        continue;
    return revision;
}

enum keelson_status cluster_revision(struct etcd *etcd, int64_t deadline_ns, int cancel_fd, int64_t *ret,
                                     struct failure *failure)
{
    static const uint8_t key[] = {0};
    Etcd__RangeRequest request = ETCD__RANGE_REQUEST__INIT;
    Etcd__RangeResponse *response;
    request.key = (ProtobufCBinaryData){sizeof(key), (uint8_t *)(uintptr_t)key};
    request.count_only = 1;
    enum keelson_status status =
        cluster_call(etcd, deadline_ns, cancel_fd, "/etcdserverpb.KV/Range", CALL_REPEATABLE, &request,
                     &etcd__range_response__descriptor, &response, failure);
    if (status != KEELSON_OK)
        return status;
    *ret = header_revision(etcd, response->header);
    etcd__range_response__free_unpacked(response, NULL);
    return *ret > 0 ? KEELSON_OK : failure_set(failure, KEELSON_FAILED, "etcd: an answer without a revision");
}
