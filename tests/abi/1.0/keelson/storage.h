/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage systems, in the terms of the Container Storage Interface v1. The kubelet stages and publishes, the controller manager
 * provisions and attaches. A plugin offers the interfaces that it can serve.
 */
#ifndef KEELSON_STORAGE_H
#define KEELSON_STORAGE_H

#include <keelson/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEELSON_STORAGE_NODE_1       "keelson.storage.node/1"
#define KEELSON_STORAGE_CONTROLLER_1 "keelson.storage.controller/1"

/* CSI VolumeCapability.AccessMode */
enum keelson_access_mode {
    KEELSON_ACCESS_UNKNOWN = 0,
    KEELSON_ACCESS_SINGLE_NODE_WRITER = 1,
    KEELSON_ACCESS_SINGLE_NODE_READER_ONLY = 2,
    KEELSON_ACCESS_MULTI_NODE_READER_ONLY = 3,
    KEELSON_ACCESS_MULTI_NODE_SINGLE_WRITER = 4,
    KEELSON_ACCESS_MULTI_NODE_MULTI_WRITER = 5,
    KEELSON_ACCESS_SINGLE_NODE_SINGLE_WRITER = 6,
    KEELSON_ACCESS_SINGLE_NODE_MULTI_WRITER = 7
};
struct keelson_parameter {
    const char *key, *value;
};
struct keelson_volume {
    uint32_t size;
    enum keelson_access_mode access_mode;
    const char *driver;   /* CSI driver name */
    const char *id;       /* volume handle */
    const char *fs_type;  /* NULL: the driver's default; "" with block */
    uint32_t block, read_only;
    const char *const *mount_options;
    const struct keelson_parameter *context, *publish_context, *secrets;
    uint32_t mount_options_count, context_count, publish_context_count, secrets_count;
    int64_t fs_group; /* -1: none */
};
struct keelson_storage_node_v1 {
    uint32_t size;
    uint32_t reserved;
    enum keelson_status (*stage)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *staging_path);
    enum keelson_status (*unstage)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *staging_path);
    enum keelson_status (*publish)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *staging_path, const char *target_path);
    enum keelson_status (*unpublish)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *target_path);
    enum keelson_status (*expand)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *path, int64_t size_bytes);
};
struct keelson_volume_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_volume_sink *sink, const struct keelson_volume *volume, int64_t capacity_bytes);
    void *context;
};
struct keelson_provision {
    uint32_t size;
    uint32_t parameters_count;
    const char *driver, *name; /* the same name twice gives the same volume */
    int64_t required_bytes, limit_bytes;
    const struct keelson_parameter *parameters;
    struct keelson_volume capability;
    const char *source_snapshot_id, *source_volume_id; /* NULL: empty */
};
struct keelson_storage_controller_v1 {
    uint32_t size;
    uint32_t reserved;
    enum keelson_status (*create)(void *instance, const struct keelson_call *call, const struct keelson_provision *provision, const struct keelson_volume_sink *ret);
    enum keelson_status (*remove)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume);
    enum keelson_status (*attach)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *node_id, const struct keelson_volume_sink *ret /* publish_context */);
    enum keelson_status (*detach)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *node_id);
    enum keelson_status (*expand)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, int64_t required_bytes, int64_t *ret_capacity_bytes, int *ret_node_expansion);
};

#ifdef __cplusplus
}
#endif
#endif
