/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One open store: an etcd cluster behind some endpoints.
 *
 * Calls go to one endpoint, and to the next when it fails (cluster.c). All watches share one stream over all
 * keys, the hub (hub.c): every transaction of the cluster passes by, so each watch knows at once up to which
 * revision it has seen everything; etcd itself would tell a watch of some keys only every ten minutes. A
 * watch that starts in the past has a stream of its own until it has caught up (watch.c).
 *
 * Order of locks: none is taken while another is held.
 */
#ifndef STORE_ETCD_ETCD_H
#define STORE_ETCD_ETCD_H

#include <keelson/store.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "lib/grpc-c/grpc-c.h"
#include "plugins/store-etcd/etcd.pb-c.h"

#define ENDPOINTS_MAX 16

/* What went wrong, in words. */
struct failure {
    enum keelson_status status;
    char message[640];
};
enum keelson_status failure_set(struct failure *failure, enum keelson_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

struct lease {
    int64_t id;
    int64_t ttl_s;      /* asked for by puts; 0: somebody else's lease */
    int64_t granted_ns; /* CLOCK_MONOTONIC, as the next */
    int64_t expires_ns;
    unsigned uses;
};
struct leases {
    pthread_mutex_t lock; /* protects what follows */
    struct lease *items;
    size_t count, capacity;
};

struct watch;
struct hub {
    pthread_mutex_t lock; /* protects what follows; held while sinks are called */
    struct watch *watches;
    int64_t position;    /* the watches have all up to here; 0: the hub has not begun */
    int64_t progress_ns; /* when watches without events were last told of a revision */
    bool progress_due;
    struct keelson_kv *picked; /* room for a watch's share of a batch */
    size_t picked_capacity;

    pthread_t thread;
    bool running;
    int stop_fd; /* eventfd */
};

#define TOKEN_BYTES_MAX 2048
struct auth {
    char *username; /* NULL: none is asked for */
    char *password_file;
    pthread_mutex_t lock;        /* protects what follows */
    char token[TOKEN_BYTES_MAX]; /* empty: to be asked for */
};

struct etcd {
    const struct keelson_host *host;
    struct grpc_channel *channels[ENDPOINTS_MAX];
    unsigned endpoint_count;
    _Atomic unsigned current;         /* modulo endpoint_count: where calls go */
    _Atomic int64_t compact_revision; /* as far as we have heard of it */
    _Atomic int64_t revision_seen; /* the newest in any answer: what is sent from now on gets a higher one */
    struct auth auth;
    struct leases leases;
    struct hub hub;
};

int64_t clock_ns(void); /* CLOCK_MONOTONIC */

/* cluster.c */
#define CALL_REPEATABLE                                                                                      \
    1u /* reads and the like: may be sent again when it is not known whether they arrived */
#define CALL_ANONYMOUS 2u /* without a token */
/* One request to whichever endpoint answers. deadline_ns, cancel_fd as in struct keelson_call. On success
 * *ret is the caller's, to be freed with protobuf_c_message_free_unpacked. */
enum keelson_status cluster_call(struct etcd *etcd, int64_t deadline_ns, int cancel_fd, const char *path,
                                 unsigned flags, const void *request,
                                 const ProtobufCMessageDescriptor *response, void *ret,
                                 struct failure *failure);
struct grpc_channel *cluster_channel(struct etcd *etcd, unsigned *ret_index);
/* The endpoint at index failed: use the next, if nobody has changed over yet. */
void cluster_next(struct etcd *etcd, unsigned index);
/* What a gRPC error means to a caller of the store. is_write: what is unknown may have happened. */
enum keelson_status failure_grpc(struct failure *failure, const struct grpc_error *error, bool is_write);
/* Takes note of the revision in an answer; 0 if it has none. */
int64_t header_revision(struct etcd *etcd, const Etcd__Header *header);
/* The cluster's newest revision, linearizable. */
enum keelson_status cluster_revision(struct etcd *etcd, int64_t deadline_ns, int cancel_fd, int64_t *ret,
                                     struct failure *failure);

/* auth.c */
void auth_done(struct auth *auth);
/* The token to send with a request, in TOKEN_BYTES_MAX bytes; empty if none is needed. */
enum keelson_status auth_token(struct etcd *etcd, int64_t deadline_ns, int cancel_fd, char *ret,
                               struct failure *failure);
/* Is the token the reason for this error? It is forgotten then: try again with another one. */
bool auth_refused(struct etcd *etcd, const char *token, const char *message);

/* lease.c */
void leases_done(struct leases *leases);
/* A lease that lives ttl_s at least. */
enum keelson_status lease_take(struct etcd *etcd, const struct keelson_call *call, int64_t ttl_s,
                               int64_t *ret, struct failure *failure);
/* etcd says that it does not exist (any more). */
void lease_forget(struct etcd *etcd, int64_t id);
/* Seconds left, at least 1; asks etcd about leases that are not known. 0 for id 0. */
int64_t lease_left(struct etcd *etcd, int64_t id, int64_t deadline_ns, int cancel_fd);

/* kv.c: a key-value as the host sees it; points into kv. */
struct keelson_kv kv_of(struct etcd *etcd, const Etcd__KeyValue *kv, int64_t deadline_ns, int cancel_fd);
struct keelson_bytes bytes_of(ProtobufCBinaryData data);
ProtobufCBinaryData data_of(struct keelson_bytes bytes);
int bytes_compare(struct keelson_bytes a, struct keelson_bytes b);
int bytes_in_range(struct keelson_bytes key, struct keelson_bytes from, struct keelson_bytes to);

/* hub.c */
enum keelson_status hub_init(struct hub *hub, struct failure *failure);
void hub_done(struct etcd *etcd); /* stops its thread */

/* The interface functions, in range.c, txn.c, watch.c, maintenance.c. */
enum keelson_status etcd_range(void *instance, const struct keelson_call *call,
                               const struct keelson_range *range, const struct keelson_kv_sink *sink,
                               struct keelson_range_result *ret);
enum keelson_status etcd_txn(void *instance, const struct keelson_call *call, const struct keelson_txn *txn,
                             struct keelson_txn_result *ret);
enum keelson_status etcd_watch(void *instance, const struct keelson_call *call,
                               const struct keelson_watch *wanted, const struct keelson_event_sink *sink);
enum keelson_status etcd_compact(void *instance, const struct keelson_call *call, int64_t revision);
enum keelson_status etcd_status(void *instance, const struct keelson_call *call,
                                struct keelson_store_status *ret);
enum keelson_status etcd_snapshot(void *instance, const struct keelson_call *call, const char *path);

#endif
