/* SPDX-License-Identifier: Apache-2.0 */
/* The root CA publisher: every namespace has a ConfigMap kube-root-ca.crt with the API server's authority, by
 * which pods recognize the API server. */
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

#define MAP_NAME   "kube-root-ca.crt"
#define ANNOTATION "kubernetes.io/description"
#define DESCRIPTION                                                                                          \
    "The authorities by which the API server is recognized at its addresses inside the cluster; not meant "  \
    "for "                                                                                                   \
    "anything else."
#define FILE_BYTES_MAX (1u * 1024 * 1024)

struct root_ca {
    struct client *client;
    const struct resource *resource;
    struct informer *namespaces, *maps;
    struct workqueue *queue; /* of namespaces */
    char *certificate;
};

static void namespace_changed(void *self, struct cached *old, struct cached *new_,
                              const struct json *namespace_)
{
    struct root_ca *c = self;
    if (new_)
        workqueue_add(c->queue, cached_key(new_));
}

static void map_changed(void *self, struct cached *old, struct cached *new_, const struct json *map)
{
    struct root_ca *c = self;
    if (old && !strcmp(object_name(map), MAP_NAME))
        workqueue_add(c->queue, object_namespace(map));
}

static struct json *wanted_map(struct root_ca *c, const char *namespace_, struct arena *arena)
{
    struct json *map = object_new(arena, "v1", "ConfigMap", namespace_, MAP_NAME);
    object_set_annotation(arena, map, ANNOTATION, DESCRIPTION);
    json_set_string(arena, json_set_object(arena, map, "data"), "ca.crt", c->certificate);
    return map;
}

static int create(struct root_ca *c, const char *namespace_, struct arena *arena, struct error *err)
{
    struct error one = ERROR_INIT;
    int rc = client_create(c->client, c->resource, namespace_, wanted_map(c, namespace_, arena), arena, NULL,
                           &one);
    /* Not found: the namespace is gone. Forbidden may mean that it is going, or that a new cluster's roles
     * are not there yet: it is tried again, and a namespace that goes is then left alone. */
    if (rc < 0 && (one.code == ERR_ALREADY_EXISTS || one.code == ERR_NOT_FOUND))
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

static bool is_right(struct root_ca *c, const struct json *map)
{
    const struct json *data = json_get(map, "data");
    const char *description = object_annotation(map, ANNOTATION);
    return json_count(data) == 1 && !strcmp(json_string_or(json_get(data, "ca.crt"), ""), c->certificate) &&
           description && !strcmp(description, DESCRIPTION);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct root_ca *c = self;
    struct arena arena = ARENA_INIT;
    int rc = 0;
    const struct json *namespace_ = object_cached_key(c->namespaces, key, &arena);
    struct json *map = object_cached(c->maps, key, MAP_NAME, &arena);
    if (namespace_ && !object_is_deleted(namespace_) &&
        strcmp(json_string_or(json_at(namespace_, "status.phase"), ""), "Terminating") != 0) {
        if (!map) {
            rc = create(c, key, &arena, err);
        } else if (!is_right(c, map)) {
            object_set_annotation(&arena, map, ANNOTATION, DESCRIPTION);
            json_set_string(&arena, json_set_object(&arena, map, "data"), "ca.crt", c->certificate);
            rc = client_update(c->client, c->resource, NULL, map, &arena, NULL, err);
        }
    }
    arena_done(&arena);
    return rc;
}

static char *read_certificate(const char *path)
{
    struct buffer text = BUFFER_INIT;
    struct error err = ERROR_INIT;
    if (file_read(path, FILE_BYTES_MAX, &text, &err) < 0)
        log_error("--root-ca-file: %s", err.message);
    char *certificate = err.code ? NULL : buffer_take(&text);
    buffer_done(&text);
    error_done(&err);
    return certificate;
}

static void *start(struct manager *m, struct controller_run *run)
{
    const char *path = manager_options(m)->root_ca_file;
    char *certificate = path && path[0] ? read_certificate(path) : NULL;
    if (!certificate)
        return NULL;
    struct root_ca *c = new0(struct root_ca);
    c->certificate = certificate;
    c->client = manager_client(m);
    c->resource = RESOURCE("", "v1", "configmaps");
    c->queue = controller_queue("root-ca-cert", 1, reconcile, c);
    c->namespaces = controller_watch(run, RESOURCE("", "v1", "namespaces"), namespace_changed, c);
    c->maps = controller_watch(run, c->resource, map_changed, c);
    return c;
}

static void begin(void *self)
{
    struct root_ca *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct root_ca *c = self;
    workqueue_free(c->queue);
    free(c->certificate);
    free(c);
}

const struct controller controller_root_ca = {
    .name = "root-ca-certificate-publisher-controller",
    .alias = "root-ca-cert-publisher",
    .account = "root-ca-cert-publisher",
    .start = start,
    .begin = begin,
    .stop = stop,
};
