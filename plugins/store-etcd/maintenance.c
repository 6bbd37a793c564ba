/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compaction, status, snapshot. The snapshot is the member's database file with etcd's checksum behind it,
 * which `etcdctl snapshot restore` reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/store-etcd/etcd.h"

static void compact_note(struct etcd *etcd, int64_t revision)
{
    int64_t known = atomic_load(&etcd->compact_revision);
    while (known < revision && !atomic_compare_exchange_weak(&etcd->compact_revision, &known, revision))
        continue;
}

enum keelson_status etcd_compact(void *instance, const struct keelson_call *call, int64_t revision)
{
    struct etcd *etcd = instance;
    struct failure failure;
    Etcd__CompactionRequest request = ETCD__COMPACTION_REQUEST__INIT;
    Etcd__CompactionResponse *response;
    if (revision < 1)
        return etcd->host->fail(call, KEELSON_INVALID, "revision %lld is no revision", (long long)revision);
    request.revision = revision;
    enum keelson_status status =
        cluster_call(etcd, call->deadline_ns, call->cancel_fd, "/etcdserverpb.KV/Compact", CALL_REPEATABLE,
                     &request, &etcd__compaction_response__descriptor, &response, &failure);
    if (status == KEELSON_OK)
        etcd__compaction_response__free_unpacked(response, NULL);
    else if (status != KEELSON_COMPACTED) /* compacted already is what was asked for */
        return etcd->host->fail(call, status, "%s", failure.message);
    compact_note(etcd, revision);
    return KEELSON_OK;
}

enum keelson_status etcd_status(void *instance, const struct keelson_call *call,
                                struct keelson_store_status *ret)
{
    struct etcd *etcd = instance;
    struct failure failure;
    Etcd__StatusRequest request = ETCD__STATUS_REQUEST__INIT;
    Etcd__StatusResponse *response;
    enum keelson_status status =
        cluster_revision(etcd, call->deadline_ns, call->cancel_fd, &ret->revision, &failure);
    if (status == KEELSON_OK)
        status =
            cluster_call(etcd, call->deadline_ns, call->cancel_fd, "/etcdserverpb.Maintenance/Status",
                         CALL_REPEATABLE, &request, &etcd__status_response__descriptor, &response, &failure);
    if (status != KEELSON_OK)
        return etcd->host->fail(call, status, "%s", failure.message);
    ret->flags = 0;
    ret->compact_revision = atomic_load(&etcd->compact_revision);
    ret->size_bytes = response->dbsize;
    ret->size_used_bytes = response->dbsizeinuse;
    snprintf(ret->version, sizeof(ret->version), "etcd %s", response->version);
    etcd__status_response__free_unpacked(response, NULL);
    return KEELSON_OK;
}

static enum keelson_status blob_write(int fd, const char *path, ProtobufCBinaryData blob,
                                      struct failure *failure)
{
    for (size_t at = 0; at < blob.len;) {
        ssize_t written = write(fd, blob.data + at, blob.len - at);
        if (written < 0 && errno != EINTR)
            return failure_set(failure,
                               errno == ENOSPC || errno == EDQUOT ? KEELSON_EXHAUSTED : KEELSON_FAILED,
                               "%s: %s", path, strerror(errno));
        at += written > 0 ? (size_t)written : 0;
    }
    return KEELSON_OK;
}

/* Until the server ends the stream; it must have sent all that it announced. */
static enum keelson_status blobs_receive(struct grpc_stream *stream, const struct grpc_options *options,
                                         int fd, const char *path, struct failure *failure)
{
    struct grpc_error error;
    uint64_t remaining = UINT64_MAX;
    for (;;) {
        ProtobufCMessage *message = NULL;
        enum grpc_code code =
            grpc_stream_receive(stream, &etcd__snapshot_response__descriptor, &message, options, &error);
        if (code != GRPC_OK)
            return failure_grpc(failure, &error, false);
        if (!message)
            break;
        Etcd__SnapshotResponse *response = (Etcd__SnapshotResponse *)message;
        remaining = response->remaining_bytes;
        enum keelson_status status = blob_write(fd, path, response->blob, failure);
        etcd__snapshot_response__free_unpacked(response, NULL);
        if (status != KEELSON_OK)
            return status;
    }
    return remaining == 0 ? KEELSON_OK
                          : failure_set(failure, KEELSON_UNAVAILABLE, "etcd ended the snapshot too early");
}

static enum keelson_status snapshot_receive(struct etcd *etcd, const struct keelson_call *call, int fd,
                                            const char *path, struct failure *failure)
{
    unsigned index;
    struct grpc_stream *stream;
    struct grpc_error error;
    Etcd__SnapshotRequest request = ETCD__SNAPSHOT_REQUEST__INIT;
    struct grpc_channel *channel = cluster_channel(etcd, &index);
    char token[TOKEN_BYTES_MAX];
    enum keelson_status status = auth_token(etcd, call->deadline_ns, call->cancel_fd, token, failure);
    if (status != KEELSON_OK)
        return status;
    const struct grpc_options options = {.deadline_ns = call->deadline_ns,
                                         .cancel_fd = call->cancel_fd,
                                         .metadata = {token[0] ? "token" : NULL, token}};
    enum grpc_code code =
        grpc_stream_open(channel, "/etcdserverpb.Maintenance/Snapshot", &options, &stream, &error);
    if (code != GRPC_OK) {
        cluster_next(etcd, index);
        return failure_grpc(failure, &error, false);
    }
    code = grpc_stream_send(stream, &request.base, &options, &error);
    if (code == GRPC_OK)
        code = grpc_stream_send_end(stream, &error);
    status = code == GRPC_OK ? blobs_receive(stream, &options, fd, path, failure)
                             : failure_grpc(failure, &error, false);
    grpc_stream_close(stream);
    return status;
}

/* The name must survive a crash too. */
static void directory_sync(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(directory);
}

enum keelson_status etcd_snapshot(void *instance, const struct keelson_call *call, const char *path)
{
    struct etcd *etcd = instance;
    struct failure failure;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return etcd->host->fail(call, KEELSON_ALREADY_EXISTS, "%s: already exists", path);
    if (fd < 0)
        return etcd->host->fail(call, errno == ENOSPC ? KEELSON_EXHAUSTED : KEELSON_FAILED, "%s: %s", path,
                                strerror(errno));
    enum keelson_status status = snapshot_receive(etcd, call, fd, path, &failure);
    if (status == KEELSON_OK && fsync(fd) < 0)
        status = failure_set(&failure, KEELSON_FAILED, "%s: %s", path, strerror(errno));
    close(fd);
    if (status != KEELSON_OK) {
        unlink(path);
        return etcd->host->fail(call, status, "%s", failure.message);
    }
    directory_sync(path);
    return KEELSON_OK;
}
