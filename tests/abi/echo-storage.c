/* SPDX-License-Identifier: Apache-2.0 */
/* See echo.h. It has no snapshot_get, as a driver without snapshots. */
#include <keelson/storage.h>

#include "tests/abi/echo.h"

KEELSON_PLUGIN(KEELSON_KIND_STORAGE, "echo-storage", "1.0");

static const struct keelson_host *host;

static void echo_volume(FILE *f, const struct keelson_volume *volume)
{
    ECHO_NUMBER(f, volume, access_mode);
    ECHO_TEXT(f, volume, driver);
    ECHO_TEXT(f, volume, id);
    ECHO_TEXT(f, volume, fs_type);
    ECHO_NUMBER(f, volume, block);
    ECHO_NUMBER(f, volume, read_only);
    ECHO_TEXTS(f, volume, mount_options);
    ECHO_PAIRS(f, volume, context);
    ECHO_PAIRS(f, volume, publish_context);
    ECHO_PAIRS(f, volume, secrets);
    ECHO_NUMBER(f, volume, fs_group);
}

static enum keelson_status drivers(void *instance, const struct keelson_call *call,
                                   const struct keelson_storage_driver_sink *sink)
{
    static const struct keelson_pair topology[] = {{"zone", "a"}, {"rack", "7"}};
    struct keelson_storage_driver driver = {.size = sizeof(driver),
                                            .ready = 1,
                                            .capabilities = KEELSON_STORAGE_STAGE | KEELSON_STORAGE_TOPOLOGY,
                                            .name = "echo.example",
                                            .version = "3",
                                            .node_id = "n-1",
                                            .volumes_max = 12,
                                            .topology = {topology, 2}};
    echo_begin(instance, "drivers");
    if (sink->put(sink, &driver) != 0)
        return echo_end(instance, KEELSON_OK);
    driver = (struct keelson_storage_driver){.size = sizeof(driver), .name = "other", .version = ""};
    sink->put(sink, &driver);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status stage(void *instance, const struct keelson_call *call,
                                 const struct keelson_volume *volume, const char *staging_path)
{
    FILE *f = echo_begin(instance, "stage");
    echo_volume(f, volume);
    echo_text(f, "staging_path", staging_path);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status unstage(void *instance, const struct keelson_call *call,
                                   const struct keelson_volume *volume, const char *staging_path)
{
    FILE *f = echo_begin(instance, "unstage");
    echo_volume(f, volume);
    echo_text(f, "staging_path", staging_path);
    echo_end(instance, KEELSON_OK);
    host->retry_after(call, 7000);
    return host->fail(call, KEELSON_PENDING, "it is going on");
}

static enum keelson_status publish(void *instance, const struct keelson_call *call,
                                   const struct keelson_volume *volume, const char *staging_path,
                                   const char *target_path)
{
    FILE *f = echo_begin(instance, "publish");
    echo_volume(f, volume);
    echo_text(f, "staging_path", staging_path);
    echo_text(f, "target_path", target_path);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status unpublish(void *instance, const struct keelson_call *call,
                                     const struct keelson_volume *volume, const char *target_path)
{
    FILE *f = echo_begin(instance, "unpublish");
    echo_volume(f, volume);
    echo_text(f, "target_path", target_path);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status node_expand(void *instance, const struct keelson_call *call,
                                       const struct keelson_volume *volume, const char *path,
                                       int64_t required_bytes, int64_t *ret_capacity_bytes)
{
    FILE *f = echo_begin(instance, "node_expand");
    echo_volume(f, volume);
    echo_text(f, "path", path);
    echo_number(f, "required_bytes", required_bytes);
    *ret_capacity_bytes = required_bytes + 1;
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status stats(void *instance, const struct keelson_call *call,
                                 const struct keelson_volume *volume, const char *path,
                                 struct keelson_volume_stats *ret)
{
    FILE *f = echo_begin(instance, "stats");
    echo_volume(f, volume);
    echo_text(f, "path", path);
    *ret = (struct keelson_volume_stats){.size = ret->size,
                                         .abnormal = 1,
                                         .bytes = 1,
                                         .bytes_used = 2,
                                         .bytes_available = -1,
                                         .inodes = 3,
                                         .inodes_used = 4,
                                         .inodes_available = 5};
    memset(ret->message, 'x', sizeof(ret->message) - 1);
    return echo_end(instance, KEELSON_OK);
}

static const struct keelson_storage_node_v1 node_table = {.size = sizeof(node_table),
                                                          .drivers = drivers,
                                                          .stage = stage,
                                                          .unstage = unstage,
                                                          .publish = publish,
                                                          .unpublish = unpublish,
                                                          .expand = node_expand,
                                                          .stats = stats};

/* ---- The controller ---- */

static void echo_topologies(FILE *f, const char *name, const struct keelson_pairs *topologies, uint32_t count)
{
    echo_number(f, name, count);
    for (uint32_t i = 0; i < count; i++)
        echo_pairs(f, name, &topologies[i]);
}

static void echo_provision(FILE *f, const struct keelson_provision *provision)
{
    ECHO_TEXT(f, provision, name);
    echo_volume(f, provision->capability);
    ECHO_NUMBER(f, provision, required_bytes);
    ECHO_NUMBER(f, provision, limit_bytes);
    ECHO_PAIRS(f, provision, parameters);
    ECHO_TEXT(f, provision, source_snapshot_id);
    ECHO_TEXT(f, provision, source_volume_id);
    echo_topologies(f, "requisite", provision->requisite, provision->requisite_count);
    echo_topologies(f, "preferred", provision->preferred, provision->preferred_count);
}

static void give_volume(const struct keelson_volume_sink *sink)
{
    static const struct keelson_pair pairs[] = {{"a", "1"}, {"b", ""}};
    static const struct keelson_pairs topologies[] = {{pairs, 2, 0}, {pairs, 1, 0}, {NULL, 0, 0}};
    const struct keelson_volume_made made = {.size = sizeof(made),
                                             .id = "made",
                                             .capacity_bytes = 77,
                                             .context = {pairs, 2},
                                             .topologies = topologies,
                                             .topologies_count = 3};
    sink->put(sink, &made);
}

static enum keelson_status create(void *instance, const struct keelson_call *call,
                                  const struct keelson_provision *provision,
                                  const struct keelson_volume_sink *sink)
{
    echo_provision(echo_begin(instance, "create"), provision);
    give_volume(sink);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status remove_volume(void *instance, const struct keelson_call *call,
                                         const struct keelson_volume *volume)
{
    echo_volume(echo_begin(instance, "remove"), volume);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status attach(void *instance, const struct keelson_call *call,
                                  const struct keelson_volume *volume, const char *node_id,
                                  const struct keelson_volume_sink *sink)
{
    FILE *f = echo_begin(instance, "attach");
    echo_volume(f, volume);
    echo_text(f, "node_id", node_id);
    give_volume(sink);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status detach(void *instance, const struct keelson_call *call,
                                  const struct keelson_volume *volume, const char *node_id)
{
    FILE *f = echo_begin(instance, "detach");
    echo_volume(f, volume);
    echo_text(f, "node_id", node_id);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status expand(void *instance, const struct keelson_call *call,
                                  const struct keelson_volume *volume, int64_t required_bytes,
                                  int64_t limit_bytes, int64_t *ret_capacity_bytes, int *ret_node_expansion)
{
    FILE *f = echo_begin(instance, "expand");
    echo_volume(f, volume);
    echo_number(f, "required_bytes", required_bytes);
    echo_number(f, "limit_bytes", limit_bytes);
    *ret_capacity_bytes = limit_bytes;
    *ret_node_expansion = 1;
    return echo_end(instance, KEELSON_OK);
}

static void echo_request(FILE *f, const struct keelson_snapshot_request *request)
{
    ECHO_TEXT(f, request, driver);
    ECHO_TEXT(f, request, name);
    ECHO_TEXT(f, request, source_volume_id);
    ECHO_PAIRS(f, request, parameters);
    ECHO_PAIRS(f, request, secrets);
}

static enum keelson_status snapshot(void *instance, const struct keelson_call *call,
                                    const struct keelson_snapshot_request *request,
                                    const struct keelson_snapshot_sink *sink)
{
    const struct keelson_snapshot made = {.size = sizeof(made),
                                          .ready = 1,
                                          .id = "s-1",
                                          .source_volume_id = "v",
                                          .created_at_ns = 123456789,
                                          .size_bytes = 4096};
    echo_request(echo_begin(instance, "snapshot"), request);
    sink->put(sink, &made);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status snapshot_remove(void *instance, const struct keelson_call *call,
                                           const struct keelson_snapshot_request *request, const char *id)
{
    FILE *f = echo_begin(instance, "snapshot_remove");
    echo_request(f, request);
    echo_text(f, "id", id);
    return echo_end(instance, KEELSON_NOT_FOUND);
}

static enum keelson_status capacity(void *instance, const struct keelson_call *call,
                                    const struct keelson_provision *provision,
                                    const struct keelson_pairs *topology, int64_t *ret_bytes)
{
    FILE *f = echo_begin(instance, "capacity");
    echo_provision(f, provision);
    echo_topologies(f, "topology", topology, topology ? 1 : 0);
    *ret_bytes = 1 << 20;
    return echo_end(instance, KEELSON_OK);
}

static const struct keelson_storage_controller_v1 controller_table = {.size = sizeof(controller_table),
                                                                      .drivers = drivers,
                                                                      .create = create,
                                                                      .remove = remove_volume,
                                                                      .attach = attach,
                                                                      .detach = detach,
                                                                      .expand = expand,
                                                                      .snapshot = snapshot,
                                                                      .snapshot_remove = snapshot_remove,
                                                                      .capacity = capacity};

static enum keelson_status open_it(const struct keelson_call *call, const struct keelson_instance *instance,
                                   void **ret)
{
    return echo_open(host, call, instance, ret);
}

static const void *interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_STORAGE_NODE_1) == 0         ? (const void *)&node_table
           : strcmp(name, KEELSON_STORAGE_CONTROLLER_1) == 0 ? &controller_table
                                                             : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *host_)
{
    static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                                 .threading = KEELSON_THREADS_SERIAL,
                                                 .description = "writes down what it is told",
                                                 .open = open_it,
                                                 .close = echo_close,
                                                 .interface = interface};
    host = host_;
    return &plugin;
}
