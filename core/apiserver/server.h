/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API server: what its parts share, and how a request travels. A request arrives on a loop
 * (server_handle), is parsed, authenticated and authorized there, and is then answered at once from memory or
 * handed to a worker. Whoever answers ends it with one of the functions of respond.h.
 */
#ifndef KEELSON_APISERVER_SERVER_H
#define KEELSON_APISERVER_SERVER_H

#include "core/apiserver/authn.h"
#include "core/apiserver/authz.h"
#include "core/apiserver/cache.h"
#include "core/apiserver/options.h"
#include "core/apiserver/registry.h"
#include "core/base/workers.h"
#include "core/io/http-server.h"

struct metrics;
struct watches;
struct kubelet_access;
struct write_outcome;

struct server {
    const struct apiserver_options *options;
    struct registry *registry;
    struct authn *authn;
    struct authz *authz;
    struct http_server *http;
    uint16_t port; /* http's; jobs may still ask for it while http stops */
    struct workers *workers;
    struct watches *watches;
    struct metrics *metrics;
    struct kubelet_access *kubelets;
    struct plugin_host *plugins;
    atomic_uint in_flight_read, in_flight_write; /* on workers, and writes in the store */
    atomic_bool bootstrapped, stopping;
    atomic_ullong requests;
    uint64_t audit_seed;
    int64_t started_ns; /* realtime */
};

/* http_server's handler. */
void server_handle(void *context, struct http_request *http);
/* For requests that http_server itself refuses: the same as a Status. */
void server_refused(void *context, struct http_request *http, int status);
/* Hands the request to a worker; when too many are there already it is answered with 429. */
void server_work(struct api_request *r, void (*job)(struct api_request *r), bool mutating);

/* The verbs (verb-*.c) and subresources (rows in dispatch.c). Loop thread. */
void verb_get(struct api_request *r);
void verb_list(struct api_request *r);
void verb_watch(struct api_request *r);
void verb_create(struct api_request *r);
void verb_update(struct api_request *r);
void verb_patch(struct api_request *r);
void verb_delete(struct api_request *r);
void verb_deletecollection(struct api_request *r);
/* Answers with what an update (a patch, an apply) came to. Any thread. */
void verb_update_ended(struct api_request *r, const struct write_outcome *outcome, struct error *err);
/* What is not a resource: discovery, health, OpenAPI, metrics (rows in paths.c). */
void path_handle(struct api_request *r);

#endif
