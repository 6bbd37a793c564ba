/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of the API server, as controllers, the scheduler and the node daemons use it. Behind it stands a
 * transport: HTTPS, or the API server in the same process; a caller cannot tell which.
 *
 * The request functions block and may be called from any thread but the client's loop. Documents that they
 * return are made in the caller's arena. An error is the server's Status (code, message, causes,
 * retry_after_s); ERR_UNAVAILABLE or ERR_TIMEOUT when there was no answer. 429 and 503 with a Retry-After are
 * retried here, up to the request's time-out; so are connections that were refused.
 */
#ifndef KEELSON_CLIENT_CLIENT_H
#define KEELSON_CLIENT_CLIENT_H

#include "core/api/object.h"
#include "core/api/resource.h"
#include "core/base/error.h"
#include "core/io/http-client.h"
#include "core/io/loop.h"

struct client;

/* How requests travel. target: path and query. */
struct transport_request {
    const char *method, *target;
    const char *content_type, *accept; /* NULL: application/json */
    struct slice body;
    int64_t timeout_ms;
    const char
        *bearer; /* a token to be recognized by instead of the transport's own credentials; NULL: those */
};
struct transport_stream;
struct transport_callbacks { /* as http_client_stream_callbacks */
    void (*headers)(void *context, int status, const struct http_header *headers, size_t count);
    void (*data)(void *context, struct slice data);
    void (*ended)(void *context, const struct error *err);
};
struct transport {
    int (*request)(struct transport *t, const struct transport_request *request,
                   struct http_client_response *ret, struct error *err);
    struct transport_stream *(*stream)(struct transport *t, const struct transport_request *request,
                                       const struct transport_callbacks *callbacks, void *context);
    void (*cancel)(struct transport *t, struct transport_stream *stream); /* loop thread */
    void (*free)(struct transport *t);
};

struct client_config {
    struct loop *loop; /* where streams report; NULL: the client runs one on a thread of its own */
    const char
        *kubeconfig; /* file; NULL: in-cluster (KUBERNETES_SERVICE_HOST and the service account's files) */
    const char *user_agent;      /* "kube-scheduler/0.1" */
    struct transport *transport; /* instead of kubeconfig; owned */
    double requests_per_s;       /* client-side limit; 0: none, as the server has its own */
};
int client_new(const struct client_config *config, struct client **ret, struct error *err);
/* No more waiting and retrying: calls that wait return soon. For the way down, before threads that use the
 * client are joined. Any thread. */
void client_stop(struct client *c);
/* No request goes out any more, of this client nor of those that act as service accounts by it: for one who
 * lost the right to write. Any thread. */
void client_fence(struct client *c);
/* Nothing uses the client any more. Not on its loop's thread. */
void client_free(struct client *client);
/* A client of the same server that acts as a service account, which is made when it is missing; base asks for
 * its tokens, lends transport and loop, and outlives it. Its requests over streams (informers) bear base's
 * own credentials. */
struct client *client_new_account(struct client *base, const char *namespace_, const char *name);
struct loop *client_loop(struct client *client);

/* sub: NULL or a subresource. namespace_: NULL or "" for cluster-scoped, or all namespaces where that means
 * something. */
int client_get(struct client *c, const struct resource *r, const char *namespace_, const char *name,
               struct arena *arena, struct json **ret, struct error *err);
int client_create(struct client *c, const struct resource *r, const char *namespace_,
                  const struct json *object, struct arena *arena, struct json **ret, struct error *err);
/* The whole object; its resourceVersion guards against lost updates. */
int client_update(struct client *c, const struct resource *r, const char *sub, const struct json *object,
                  struct arena *arena, struct json **ret, struct error *err);
int client_patch(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                 const char *sub, enum patch_type type, const struct json *patch, struct arena *arena,
                 struct json **ret, struct error *err);
struct client_delete_options {
    int64_t grace_period_s; /* -1: the object's own */
    const char *uid;        /* preconditions; NULL: none */
    const char *resource_version;
    const char *propagation; /* "Background", "Foreground", "Orphan"; NULL: the resource's default */
};
int client_delete(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                  const struct client_delete_options *options, struct error *err);
/* Creates a subresource: binding, eviction, token. */
int client_create_sub(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                      const char *sub, const struct json *object, struct arena *arena, struct json **ret,
                      struct error *err);
struct client_list_options {
    const char *label_selector, *field_selector, *resource_version;
    int64_t limit;
    const char *continue_;
};
int client_list(struct client *c, const struct resource *r, const char *namespace_,
                const struct client_list_options *options, struct arena *arena, struct json **ret,
                struct error *err);
/* Anything else; JSON in, JSON out; body NULL for none; ret may be NULL. */
int client_raw(struct client *c, const char *method, const char *target, const struct json *body,
               struct arena *arena, struct json **ret, struct error *err);
struct transport *client_transport(struct client *c);
/* Reads, changes and updates until there is no conflict. change returns 0 to write, 1 when there is nothing
 * to do, -1 with err to give up. */
int client_modify(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                  const char *sub,
                  int (*change)(void *context, struct arena *arena, struct json *object, struct error *err),
                  void *context, struct error *err);

#endif
