/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud plugin to begin with: copy the folder, rename it, and put your cloud's API where the comments say
 * so. As it stands it knows the machines whose names begin with a prefix from its configuration:
 *
 *     plugins = ( { name = "example"; file = "cloud-example.so"; config = { prefix = "vm-"; zone = "z1"; }; }
 * );
 *
 * What a plugin is promised, and what it must keep, stands in <keelson/plugin.h>; what each function of a
 * cloud is to do, in <keelson/cloud.h>.
 */
#include <keelson/cloud.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read from the file before any of its code runs: the kind, the name (the file is called so too), your
 * version. */
KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-example", "0.1.0");

/* The host's services: logging, configuration, objects, metrics. Set once, when the file is loaded. */
static const struct keelson_host *host;

/* One entry of the configuration. The same file may be loaded several times (two accounts), so no state is
 * global. */
struct cloud {
    const char *prefix, *zone; /* the host keeps these texts as long as the instance lives */
    void *token;               /* for host->metric_add and host->changed */
};

/* A setting that is misspelt should be an error that names it, not a surprise. */
static enum keelson_status refuse_unknown(const struct keelson_call *call,
                                          const struct keelson_config *config)
{
    static const char *const known[] = {"prefix", "zone"};
    const char *name;
    for (uint32_t i = 0; config && host->config_member(call, config, NULL, i, &name) == KEELSON_OK; i++)
        if (strcmp(name, known[0]) != 0 && strcmp(name, known[1]) != 0)
            return host->fail(call, KEELSON_INVALID, "%s: unknown setting \"%s\"",
                              host->config_where(config, name), name);
    return KEELSON_OK;
}

/* Reads the configuration. Do not connect yet: a cloud that is down is no reason to fail here. */
static enum keelson_status open_instance(const struct keelson_call *call,
                                         const struct keelson_instance *given, void **ret)
{
    enum keelson_status status = refuse_unknown(call, given->config);
    if (status != KEELSON_OK)
        return status;
    struct cloud *c = calloc(1, sizeof(*c));
    if (!c)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    c->token = given->token;
    c->prefix = "vm-";
    status = host->config_string(call, given->config, "prefix", &c->prefix);
    if (status == KEELSON_OK || status == KEELSON_NOT_FOUND) /* absent: the default stays */
        status = host->config_string(call, given->config, "zone", &c->zone);
    if (status != KEELSON_OK && status != KEELSON_NOT_FOUND) { /* of another type: already said */
        free(c);
        return status;
    }
    *ret = c;
    return KEELSON_OK;
}

/* No call is running any more. Threads that you started must be gone when this returns. */
static void close_instance(void *instance)
{
    free(instance);
}

/* Provider IDs are SCHEME://whatever-you-like. */
static const char *scheme(void *instance)
{
    return "example";
}

/* Here your cloud's API would be asked. A call blocks; look at call->deadline_ns, and poll call->cancel_fd
 * beside your socket. When the API cannot be reached, fail with KEELSON_UNAVAILABLE: never guess. */
static int is_ours(const struct cloud *c, const struct keelson_object *node, struct keelson_bytes *ret_name)
{
    size_t size = strlen(c->prefix);
    return host->object_string(node, "metadata.name", ret_name) == KEELSON_OK && ret_name->size > size &&
           memcmp(ret_name->data, c->prefix, size) == 0;
}

static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                const struct keelson_object *node, enum keelson_owns *ret)
{
    struct keelson_bytes name;
    *ret = is_ours(instance, node, &name) ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
    return KEELSON_OK;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    return KEELSON_OK;
}

static enum keelson_status exists(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *node, int *ret)
{
    struct keelson_bytes name;
    *ret = is_ours(instance, node, &name);
    return KEELSON_OK;
}

static enum keelson_status shut_down(void *instance, const struct keelson_call *call,
                                     const struct keelson_object *node, int *ret)
{
    *ret = 0;
    return KEELSON_OK;
}

/* What the node controller writes to the node. The sink copies it before put() returns. */
static enum keelson_status metadata(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *node,
                                    const struct keelson_instance_metadata_sink *sink)
{
    struct cloud *c = instance;
    struct keelson_bytes name;
    char id[300];
    if (!is_ours(c, node, &name))
        return host->fail(call, KEELSON_NOT_FOUND, "no such machine");
    snprintf(id, sizeof(id), "example://%.*s", (int)name.size, name.data);
    struct keelson_instance_metadata said = {
        .size = sizeof(said), .provider_id = id, .instance_type = "example", .zone = c->zone};
    host->metric_add(c->token, "lookups_total", NULL, 1);
    return sink->put(sink, &said) == 0 ? KEELSON_OK
                                       : host->fail(call, KEELSON_FAILED, "the host took no metadata");
}

/* The functions, in sized tables: members that a later host adds are simply not there. */
static const struct keelson_cloud_v1 cloud = {
    .size = sizeof(cloud), .scheme = scheme, .owns = owns, .healthy = healthy};
static const struct keelson_cloud_instances_v1 instances = {
    .size = sizeof(instances), .exists = exists, .shut_down = shut_down, .metadata = metadata};

static const void *interface(void *instance, const char *name)
{
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    if (strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0)
        return &instances;
    return NULL;
}

static const struct keelson_plugin plugin = {
    .size = sizeof(plugin),
    .threading = KEELSON_THREADS_PARALLEL, /* or SERIAL: one call at a time */
    .description = "an example to begin with",
    .open = open_instance,
    .close = close_instance,
    .interface = interface,
};

/* The one symbol that the file exports. */
const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    host = given;
    return &plugin;
}
