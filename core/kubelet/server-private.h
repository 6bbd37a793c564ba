/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the kubelet's server share. A request comes in on a loop, and everything about it that
 * may wait (who is it, may they, the answer) is done by a worker: `run` of its route, which answers exactly
 * once.
 */
#ifndef KEELSON_KUBELET_SERVER_PRIVATE_H
#define KEELSON_KUBELET_SERVER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/api/json.h"
#include "core/base/workers.h"
#include "core/io/http-server.h"
#include "core/kubelet/server-verdicts.h"
#include "core/kubelet/server.h"
#include "core/kubelet/stats.h"

#define SERVER_PARTS_MAX 6 /* of a path */

struct kubelet_server {
    struct kubelet_server_config config; /* its text is the caller's until stop, but for what is below */
    struct http_server *http, *health;
    struct tls_settings *tls;
    struct workers *quick, *logs, *streams;
    struct verdicts *users, *permissions;
    struct stats_rates *rates;
    const struct keelson_runtime_v1 *runtime;
    int stop_fd; /* readable: going down */
    atomic_bool stopping;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t session_ended;
    struct list sessions; /* struct stream_session */
};

struct server_pair {
    const char *name, *value; /* decoded */
};
struct server_call {
    struct kubelet_server *server;
    struct http_request *request;
    const struct server_route *route;
    struct arena arena;
    const char *parts[SERVER_PARTS_MAX + 1]; /* of the path, decoded; NULL behind the last */
    size_t parts_count;
    struct server_pair *query;
    size_t query_count;
};
struct server_route {
    const char *first;           /* the path's first part */
    const char *subresources[3]; /* of nodes: any of them that is granted lets in; NULL behind the last */
    size_t parts_min, parts_max; /* of the whole path */
    bool post;                   /* besides GET */
    enum server_pool { SERVER_QUICK, SERVER_LOGS, SERVER_STREAMS } pool;
    void (*run)(struct server_call *call); /* on a worker; answers */
};

/* NULL when the query holds none; *cursor starts at 0 and goes through those of one name. */
const char *server_query(const struct server_call *call, const char *name);
const char *server_query_next(const struct server_call *call, const char *name, size_t *cursor);
bool server_query_is_true(const struct server_call *call, const char *name); /* "1" or "true" */

void server_respond_text(struct http_request *request, int status, const char *text);
void server_respond_buffer(struct http_request *request, const char *content_type,
                           struct buffer *body); /* 200; empties body */
void server_respond_error(struct http_request *request, const struct error *err);

/* server-access.c. A user document {username, uid, groups, extra} in the arena; ERR_UNAUTHORIZED. */
int server_authenticate(struct server_call *call, struct json **ret, struct error *err);
int server_authorize(struct server_call *call, const struct json *user, struct error *err);
/* Files of a self-signed certificate, made when they are missing, unreadable or about to expire; the texts
 * are the caller's. */
int server_certificate_make(const char *folder, const char *node_name, const char *const *addresses,
                            char **ret_cert, char **ret_key, struct error *err);

/* Routes' functions. */
void server_run_logs(struct server_call *call); /* server-logs.c */
void server_run_node_logs(struct server_call *call);
void server_run_exec(struct server_call *call); /* server-stream.c */
void server_run_attach(struct server_call *call);
void server_run_port_forward(struct server_call *call);
void server_run_pods(struct server_call *call); /* server-views.c */
void server_run_running_pods(struct server_call *call);
void server_run_metrics(struct server_call *call);
void server_run_summary(struct server_call *call);
void server_run_configz(struct server_call *call);

#endif
