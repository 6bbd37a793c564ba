/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelet's HTTPS server (port 10250): logs, exec, attach, port-forward, pods, stats, metrics, health.
 * Who may use it is asked of the API server (TokenReview, SubjectAccessReview on nodes/proxy, nodes/log,
 * nodes/stats, nodes/metrics, …) with a short memory; client certificates are checked against the client CA.
 */
#ifndef KEELSON_KUBELET_SERVER_H
#define KEELSON_KUBELET_SERVER_H

#include <keelson/runtime.h>

#include "core/client/client.h"
#include "core/plugin/host.h"

/* What the server needs to know of the pods; implemented by the pod manager. Any thread. */
struct server_pods {
    /* The container's runtime id, "" before its first start; previous: of the last one that ended. log_path:
     * of the newest (or previous) log file. In the arena. ERR_NOT_FOUND / ERR_BAD_REQUEST in upstream's words
     * (`container "x" in pod "y" is waiting to start: ContainerCreating`). */
    int (*container)(void *context, const char *namespace_, const char *pod, const char *uid /* or NULL */,
                     const char *container, bool previous, struct arena *arena, const char **ret_id,
                     const char **ret_log_path, bool *ret_running, struct error *err);
    int (*sandbox)(void *context, const char *namespace_, const char *pod, const char *uid,
                   struct arena *arena, const char **ret_id, struct error *err);
    /* Documents of all pods on the node (v1 PodList). */
    void (*list)(void *context, struct buffer *out);
    void *context;
};
struct kubelet_server;
struct kubelet_server_config {
    const char *address;
    uint16_t port;
    const char *cert_file, *key_file,
        *client_ca_file; /* cert_file NULL: a self-signed one is made in memory or under cert_dir */
    const char *cert_dir, *node_name;
    const char *const *node_addresses; /* for the self-signed certificate; NULL-terminated */
    bool anonymous, webhook_authentication, webhook_authorization;
    struct client *client;
    struct plugin_instance *runtime;
    const struct server_pods *pods;
    uint16_t health_port; /* plain /healthz on 127.0.0.1; 0: none */
    /* Prometheus text of the kubelet's own; may be NULL. */
    void (*metrics)(void *context, struct buffer *out);
    /* The configuration as JSON, for /configz; NULL: {}. */
    void (*configz)(void *context, struct buffer *out);
    void *context;
};
int kubelet_server_start(const struct kubelet_server_config *config, struct kubelet_server **ret,
                         struct error *err);
uint16_t kubelet_server_port(const struct kubelet_server *s);
void kubelet_server_stop(struct kubelet_server *s);

#endif
