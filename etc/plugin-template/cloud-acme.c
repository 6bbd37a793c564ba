/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud-acme: a keelson cloud plugin to start from. It tells the cloud controller manager which nodes are
 * machines of this cloud, whether they exist and run, and where they are. Settings:
 *
 *   inventory   the file that stands for your API here; absolute path, required
 *   region      the region of all machines; default "default"
 *
 * Threads: this plugin says KEELSON_THREADS_PARALLEL, because an account is never changed after open(), and
 * each call reads the file for itself. If yours keeps a connection or a cache without a lock, say
 * KEELSON_THREADS_SERIAL. It compiles as C11 and as C++20.
 */
#include <errno.h>
#include <keelson/cloud.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read before anything of this file runs: the kind, a name (that of the file), and your version. */
KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-acme", "1.0.0");

#define SCHEME "acme" /* provider IDs are "acme://node-1" */

/* The host's services. The same for all instances, valid until this file is unloaded: the one thing that may
 * be static. */
static const struct keelson_host *host;

/* One instance: an entry of the `plugins` list. */
struct account {
    const char *inventory, *region; /* configuration texts live as long as the instance */
    struct keelson_token *token;    /* for metrics and changed() */
};

/* ---- The backend: replace this part. ---- */

struct machine {
    char id[64], state[16], zone[32], type[32], address[64];
};

/* KEELSON_NOT_FOUND only if the whole file was read and the machine is not in it: that is positive evidence.
 */
static enum keelson_status machine_find(const struct account *account, const struct keelson_call *call,
                                        struct keelson_bytes id, struct machine *ret)
{
    char line[512];
    enum keelson_status status = KEELSON_NOT_FOUND;
    FILE *file = fopen(account->inventory, "re");
    host->metric_add(account->token, "acme_requests_total", "machine", 1);
    if (!file)
        return host->fail(call, KEELSON_UNAVAILABLE, "%s: %s", account->inventory, strerror(errno));
    while (status == KEELSON_NOT_FOUND && fgets(line, sizeof(line), file)) {
        if (host->cancelled(call)) { /* something slower than a file polls call->cancel_fd instead */
            status = host->fail(call, KEELSON_CANCELLED, "%s: not read to its end", account->inventory);
            break;
        }
        struct machine m;
        if (line[0] != '#' &&
            sscanf(line, "%63s %15s %31s %31s %63s", m.id, m.state, m.zone, m.type, m.address) == 5 &&
            strlen(m.id) == id.size && memcmp(m.id, id.data, id.size) == 0) {
            *ret = m;
            status = KEELSON_OK;
        }
    }
    if (ferror(file))
        status = host->fail(call, KEELSON_UNAVAILABLE, "%s: %s", account->inventory, strerror(errno));
    fclose(file);
    return status;
}

/* ---- What a node says of itself. ---- */

static struct keelson_bytes text_at(const struct keelson_object *node, const char *path)
{
    struct keelson_bytes text = {NULL, 0};
    host->object_string(node, path, &text); /* absent: left empty */
    return text;
}

static int is_ours(struct keelson_bytes provider_id)
{
    const size_t prefix = strlen(SCHEME "://");
    return provider_id.size > prefix && memcmp(provider_id.data, SCHEME "://", prefix) == 0;
}

/* A node has its provider ID once we told it (metadata below); until then it goes by its name. */
static struct keelson_bytes machine_id(const struct keelson_object *node)
{
    struct keelson_bytes id = text_at(node, "spec.providerID");
    if (id.size == 0)
        return text_at(node, "metadata.name");
    if (is_ours(id)) {
        id.data += strlen(SCHEME "://");
        id.size -= strlen(SCHEME "://");
    }
    return id;
}

/* ---- keelson.cloud/1: required. ---- */

static const char *acme_scheme(void *instance)
{
    return SCHEME;
}

/* Several clouds and several accounts serve one cluster, so a node of another is answered with NO, not with a
 * failure. The host sets all answers to UNKNOWN beforehand. */
static enum keelson_status acme_owns(void *instance, const struct keelson_call *call,
                                     const struct keelson_object *const *nodes, uint32_t nodes_count,
                                     enum keelson_owns *ret)
{
    const struct account *account = (const struct account *)instance;
    struct machine machine;
    for (uint32_t i = 0; i < nodes_count; i++) {
        struct keelson_bytes id = text_at(nodes[i], "spec.providerID");
        enum keelson_status status = KEELSON_NOT_FOUND; /* of another cloud */
        if (id.size == 0 || is_ours(id))
            status = machine_find(account, call, machine_id(nodes[i]), &machine);
        if (status != KEELSON_OK && status != KEELSON_NOT_FOUND)
            return status; /* nobody knows: the nodes stay as they are */
        ret[i] = status == KEELSON_OK ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
    }
    return KEELSON_OK;
}

/* Asks for a machine that cannot exist: an answer is an answer. */
static enum keelson_status acme_healthy(void *instance, const struct keelson_call *call)
{
    struct machine machine;
    const struct keelson_bytes no_id = {"", 0};
    enum keelson_status status = machine_find((const struct account *)instance, call, no_id, &machine);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

/* ---- keelson.cloud.instances/1: nodes. ---- */

/* What is given to a sink is copied before put() returns, so locals will do. A size says how much of a struct
 * you know: always set it. */
static int report(const struct account *account, uint32_t node, const struct machine *machine,
                  const struct keelson_instance_sink *sink)
{
    char provider_id[sizeof(SCHEME "://") + sizeof(machine->id)];
    snprintf(provider_id, sizeof(provider_id), SCHEME "://%s", machine->id);
    const int stopped = strcmp(machine->state, "stopped") == 0;
    const struct keelson_node_address addresses[] = {
        {KEELSON_ADDRESS_HOSTNAME, 0, machine->id},
        {KEELSON_ADDRESS_INTERNAL_IP, 0, machine->address},
    };
    const struct keelson_instance_report report = {
        .size = sizeof(report),
        .node = node,
        .state = stopped ? KEELSON_INSTANCE_SHUT_DOWN : KEELSON_INSTANCE_RUNNING,
        .addresses_count = sizeof(addresses) / sizeof(addresses[0]),
        .address_size = sizeof(addresses[0]),
        .evidence = stopped ? "the inventory says that it is stopped" : NULL,
        .provider_id = provider_id,
        .instance_type = machine->type,
        .zone = machine->zone,
        .region = account->region,
        .addresses = addresses,
    };
    return sink->put(sink, &report);
}

/* The node will be removed, so this is said only when the whole inventory was read. */
static int report_gone(uint32_t node, const struct keelson_instance_sink *sink)
{
    const struct keelson_instance_report report = {
        .size = sizeof(report),
        .node = node,
        .state = KEELSON_INSTANCE_GONE,
        .evidence = "it is not in the inventory",
    };
    return sink->put(sink, &report);
}

/* Up to 1,000 nodes in one call: an API that lists machines is asked once, not once a node. */
static enum keelson_status acme_describe(void *instance, const struct keelson_call *call,
                                         const struct keelson_object *const *nodes, uint32_t nodes_count,
                                         uint32_t want, const struct keelson_instance_sink *sink)
{
    const struct account *account = (const struct account *)instance;
    struct machine machine;
    for (uint32_t i = 0; i < nodes_count; i++) {
        struct keelson_bytes id = text_at(nodes[i], "spec.providerID");
        if (id.size > 0 && !is_ours(id))
            continue; /* of another cloud: we know nothing of it */
        enum keelson_status status = machine_find(account, call, machine_id(nodes[i]), &machine);
        if (status != KEELSON_OK && status != KEELSON_NOT_FOUND)
            return status;
        if ((status == KEELSON_OK ? report(account, i, &machine, sink) : report_gone(i, sink)) != 0)
            break; /* the host wants no more */
    }
    return KEELSON_OK;
}

/* ---- The plugin. ---- */

static enum keelson_status acme_open(const struct keelson_call *call, const struct keelson_instance *instance,
                                     void **ret)
{
    static const char *const known[] = {"inventory", "region", NULL};
    const struct keelson_config *config =
        instance->config; /* NULL: no config group; every read says NOT_FOUND */
    const char *inventory = NULL, *region = "default";
    enum keelson_status status = host->config_refuse_unknown(call, config, known);
    if (status == KEELSON_OK)
        status = host->config_string(call, config, "inventory", &inventory);
    if (status == KEELSON_NOT_FOUND)
        return host->fail(call, KEELSON_INVALID, "inventory is not set");
    if (status == KEELSON_OK && inventory[0] != '/')
        return host->fail(call, KEELSON_INVALID, "%s: inventory \"%s\" is not an absolute path",
                          host->config_where(config, "inventory"), inventory);
    if (status == KEELSON_OK && host->config_string(call, config, "region", &region) == KEELSON_INVALID)
        status = KEELSON_INVALID; /* of another type; the host has said so */
    if (status != KEELSON_OK)
        return status;
    struct account *account = (struct account *)calloc(1, sizeof(*account));
    if (!account)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    account->inventory = inventory;
    account->region = region;
    account->token = instance->token;
    *ret = account;
    return KEELSON_OK;
}

/* No call is left in the instance. Threads that you started must be gone when this returns. */
static void acme_close(void *instance)
{
    free(instance);
}

/* Interfaces are found by name and revision; NULL: not offered. */
static const void *acme_interface(void *instance, const char *name)
{
    static const struct keelson_cloud_v1 cloud = {
        .size = sizeof(cloud), .scheme = acme_scheme, .owns = acme_owns, .healthy = acme_healthy};
    static const struct keelson_cloud_instances_v1 instances = {.size = sizeof(instances),
                                                                .describe = acme_describe};
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    return strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0 ? &instances : NULL;
}

/* The one exported symbol. */
const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {
        .size = sizeof(plugin),
        .threading = KEELSON_THREADS_PARALLEL,
        .description = "machines of the Acme cloud",
        .open = acme_open,
        .close = acme_close,
        .interface = acme_interface,
    };
    host = given;
    return &plugin;
}
