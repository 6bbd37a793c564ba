/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small gRPC client (gRPC over HTTP/2, as the protocol document of that name has it) on nghttp2, with
 * messages of protobuf-c.
 *
 * It serves plugins (CRI, CSI, etcd) and the kubelet's gRPC probes, so it knows nothing of keelson. One
 * channel is one HTTP/2 connection over a unix socket or TCP, made when first needed and again after it
 * broke, driven by one thread of the channel's own that sleeps in epoll; calls of any number of threads share
 * it. Unary, server-streaming and bidirectional calls. All functions may be called from any thread; a stream
 * belongs to one thread at a time, but one thread may send while another receives.
 *
 * Every blocking function takes an absolute deadline (CLOCK_MONOTONIC, ns; INT64_MAX: none) and a cancel_fd
 * (poll readable = cancelled; -1: none), and returns a gRPC status code; 0 is OK.
 */
#ifndef GRPC_C_H
#define GRPC_C_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

enum grpc_code {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_ALREADY_EXISTS = 6,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_FAILED_PRECONDITION = 9,
    GRPC_ABORTED = 10,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_DATA_LOSS = 15,
    GRPC_UNAUTHENTICATED = 16
};

/* What went wrong, in words: the server's grpc-message, or the transport's trouble. NUL-terminated, cut to
 * fit. */
struct grpc_error {
    enum grpc_code code;
    char message[512];
};

struct grpc_channel;
struct grpc_channel_config {
    const char *target;    /* "unix:///run/containerd/containerd.sock", "unix:///…", "http://host:port",
                              "https://host:port" */
    const char *authority; /* :authority; NULL: "localhost" for unix, host:port otherwise */
    const char *ca_file, *cert_file, *key_file, *server_name; /* https only; NULL where not used */
    int64_t connect_timeout_ms;                               /* 0: 3000 */
    size_t message_bytes_max; /* 0: 16 MiB; a larger answer is GRPC_RESOURCE_EXHAUSTED */
    int keepalive_s;          /* HTTP/2 PING when streams are open and nothing arrived; 0: never */
};
/* Copies the configuration. NULL with *ret_error filled for a target that is not understood; never connects.
 */
struct grpc_channel *grpc_channel_new(const struct grpc_channel_config *config, struct grpc_error *ret_error);
/* All calls must have ended. */
void grpc_channel_free(struct grpc_channel *channel);

struct grpc_options {
    int64_t deadline_ns;
    int cancel_fd;
    const char *metadata[8]; /* name, value, name, value, NULL: extra request headers */
};

/* One request, one response. path: "/runtime.v1.RuntimeService/Version". On GRPC_OK *ret is a message of
 * `response` type that the caller frees with protobuf_c_message_free_unpacked(…, NULL). */
enum grpc_code grpc_call(struct grpc_channel *channel, const char *path, const ProtobufCMessage *request,
                         const ProtobufCMessageDescriptor *response, ProtobufCMessage **ret,
                         const struct grpc_options *options, struct grpc_error *ret_error);

/* A stream: any number of messages each way. The deadline given to open() is the whole stream's and is told
 * to the server; that of a later function is for that function alone, and the stream can be used on after it
 * passed or was cancelled. */
struct grpc_stream;
enum grpc_code grpc_stream_open(struct grpc_channel *channel, const char *path,
                                const struct grpc_options *options, struct grpc_stream **ret,
                                struct grpc_error *ret_error);
/* Blocks while the peer's flow-control window is closed. */
enum grpc_code grpc_stream_send(struct grpc_stream *stream, const ProtobufCMessage *message,
                                const struct grpc_options *options, struct grpc_error *ret_error);
enum grpc_code grpc_stream_send_end(struct grpc_stream *stream, struct grpc_error *ret_error);
/* GRPC_OK with *ret NULL: the server ended the stream with status OK. */
enum grpc_code grpc_stream_receive(struct grpc_stream *stream, const ProtobufCMessageDescriptor *response,
                                   ProtobufCMessage **ret, const struct grpc_options *options,
                                   struct grpc_error *ret_error);
/* Resets the stream if it has not ended. */
void grpc_stream_close(struct grpc_stream *stream);

const char *grpc_code_name(enum grpc_code code);

#endif
