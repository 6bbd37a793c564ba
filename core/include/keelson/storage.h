/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage systems, in the terms of the Container Storage Interface v1. The kubelet stages and publishes, the controller manager
 * provisions, attaches and takes snapshots. A plugin offers the interfaces that it can serve; one instance may serve several drivers, by the names
 * that StorageClasses and PersistentVolumes use. Every function is idempotent, and must come out right when it is called again after a crash.
 * Functions of what a driver's capabilities do not name are not called, and may be NULL.
 */
#ifndef KEELSON_STORAGE_H
#define KEELSON_STORAGE_H

#include <keelson/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEELSON_STORAGE_NODE_1       "keelson.storage.node/1"
#define KEELSON_STORAGE_CONTROLLER_1 "keelson.storage.controller/1"

/* What a driver can do; bits of struct keelson_storage_driver.capabilities. Unknown ones are ignored. */
#define KEELSON_STORAGE_STAGE        (UINT64_C(1) << 0)  /* node: stage, unstage */
#define KEELSON_STORAGE_NODE_EXPAND  (UINT64_C(1) << 1)
#define KEELSON_STORAGE_STATS        (UINT64_C(1) << 2)
#define KEELSON_STORAGE_FS_GROUP     (UINT64_C(1) << 3)  /* node: the driver applies volume.fs_group */
#define KEELSON_STORAGE_SINGLE_WRITER (UINT64_C(1) << 4) /* knows the SINGLE_NODE_SINGLE_WRITER and _MULTI_WRITER modes */
#define KEELSON_STORAGE_CREATE       (UINT64_C(1) << 16) /* controller: create, remove */
#define KEELSON_STORAGE_ATTACH       (UINT64_C(1) << 17)
#define KEELSON_STORAGE_EXPAND       (UINT64_C(1) << 18)
#define KEELSON_STORAGE_EXPAND_USED  (UINT64_C(1) << 19) /* also while it is published */
#define KEELSON_STORAGE_SNAPSHOTS    (UINT64_C(1) << 20)
#define KEELSON_STORAGE_CLONE        (UINT64_C(1) << 21)
#define KEELSON_STORAGE_CAPACITY     (UINT64_C(1) << 22)
#define KEELSON_STORAGE_TOPOLOGY     (UINT64_C(1) << 23) /* volumes are not everywhere within reach */

struct keelson_storage_driver {
    uint32_t size;
    uint32_t ready;           /* 0: not yet usable; its calls would fail */
    uint64_t capabilities;
    const char *name, *version;
    const char *node_id;      /* node interface: this node in the driver's terms; else NULL */
    int64_t volumes_max;      /* node interface: how many may be published here; 0: no limit */
    struct keelson_pairs topology; /* node interface: where this node is */
};
struct keelson_storage_driver_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_storage_driver_sink *sink, const struct keelson_storage_driver *driver);
    void *context;
};

/* CSI VolumeCapability.AccessMode */
enum keelson_access_mode KEELSON_U32 {
    KEELSON_ACCESS_UNKNOWN = 0,
    KEELSON_ACCESS_SINGLE_NODE_WRITER = 1,
    KEELSON_ACCESS_SINGLE_NODE_READER_ONLY = 2,
    KEELSON_ACCESS_MULTI_NODE_READER_ONLY = 3,
    KEELSON_ACCESS_MULTI_NODE_SINGLE_WRITER = 4,
    KEELSON_ACCESS_MULTI_NODE_MULTI_WRITER = 5,
    KEELSON_ACCESS_SINGLE_NODE_SINGLE_WRITER = 6,
    KEELSON_ACCESS_SINGLE_NODE_MULTI_WRITER = 7
};
/* A volume, and how it is to be used. What a call has no need of is NULL, 0 or -1. */
struct keelson_volume {
    uint32_t size;
    enum keelson_access_mode access_mode;
    const char *driver;            /* CSI driver name */
    const char *id;                /* volume handle */
    const char *fs_type;           /* NULL: the driver's default; "" with block */
    uint32_t block, read_only;
    const char *const *mount_options;
    uint32_t mount_options_count, reserved;
    struct keelson_pairs context;         /* what create() gave, kept in the PersistentVolume */
    struct keelson_pairs publish_context; /* what attach() gave */
    struct keelson_pairs secrets;         /* of the kind that this call takes; never to be logged */
    int64_t fs_group;                     /* -1: none */
};
/* Result; bytes and inodes, -1: not known. */
struct keelson_volume_stats {
    uint32_t size;
    uint32_t abnormal; /* 1: something is wrong with it, as message says */
    int64_t bytes, bytes_used, bytes_available, inodes, inodes_used, inodes_available;
    char message[256];
};
struct keelson_storage_node_v1 {
    uint32_t size;
    uint32_t reserved;
    /* The drivers of this node, those that are not ready too. A change is told with host->changed. */
    enum keelson_status (*drivers)(void *instance, const struct keelson_call *call, const struct keelson_storage_driver_sink *sink);
    /* Paths are absolute. A staging path is there; of a target path the parent is there, the path itself is made by publish() (a folder; with block a file) and taken
     * away by unpublish(). A volume that is unknown is KEELSON_NOT_FOUND, but for unstage() and unpublish(): what is not there is done already. */
    enum keelson_status (*stage)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *staging_path);
    enum keelson_status (*unstage)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *staging_path);
    enum keelson_status (*publish)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *staging_path /* NULL without STAGE */, const char *target_path);
    enum keelson_status (*unpublish)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *target_path);
    enum keelson_status (*expand)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *path, int64_t required_bytes, int64_t *ret_capacity_bytes);
    enum keelson_status (*stats)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *path, struct keelson_volume_stats *ret);
};

/* A volume that was made or attached, as the driver tells it. */
struct keelson_volume_made {
    uint32_t size;
    uint32_t topologies_count;
    const char *id;
    int64_t capacity_bytes;        /* 0: not known */
    struct keelson_pairs context;  /* create(): for the PersistentVolume; attach(): the publish context */
    const struct keelson_pairs *topologies; /* from where it can be reached: any of these; none: from everywhere */
};
struct keelson_volume_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_volume_sink *sink, const struct keelson_volume_made *volume);
    void *context;
};
struct keelson_provision {
    uint32_t size;
    uint32_t requisite_count, preferred_count, reserved;
    const char *name;                        /* the same name twice gives the same volume */
    const struct keelson_volume *capability; /* driver, access mode, file system, mount options, secrets */
    int64_t required_bytes, limit_bytes;     /* 0: no limit */
    struct keelson_pairs parameters;         /* the StorageClass's */
    const char *source_snapshot_id, *source_volume_id;   /* NULL: empty */
    const struct keelson_pairs *requisite, *preferred; /* topologies that it must be reachable from (one of), and which first */
};
struct keelson_snapshot_request {
    uint32_t size;
    uint32_t reserved;
    const char *driver, *name; /* the same name twice gives the same snapshot */
    const char *source_volume_id;
    struct keelson_pairs parameters, secrets;
};
struct keelson_snapshot {
    uint32_t size;
    uint32_t ready;
    const char *id, *source_volume_id;
    int64_t created_at_ns; /* since 1970 */
    int64_t size_bytes;    /* that a volume made of it needs; 0: not known */
};
struct keelson_snapshot_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_snapshot_sink *sink, const struct keelson_snapshot *snapshot);
    void *context;
};
/* create, attach, expand and snapshot may answer KEELSON_PENDING. create() of a name that is there with another size or other parameters is
 * KEELSON_ALREADY_EXISTS. required_bytes of expand() is the size that it shall have: what is as large already is OK. */
struct keelson_storage_controller_v1 {
    uint32_t size;
    uint32_t reserved;
    enum keelson_status (*drivers)(void *instance, const struct keelson_call *call, const struct keelson_storage_driver_sink *sink);
    enum keelson_status (*create)(void *instance, const struct keelson_call *call, const struct keelson_provision *provision, const struct keelson_volume_sink *sink);
    enum keelson_status (*remove)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume); /* absent is OK */
    enum keelson_status (*attach)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *node_id, const struct keelson_volume_sink *sink);
    enum keelson_status (*detach)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, const char *node_id); /* not attached is OK */
    enum keelson_status (*expand)(void *instance, const struct keelson_call *call, const struct keelson_volume *volume, int64_t required_bytes, int64_t limit_bytes, int64_t *ret_capacity_bytes, int *ret_node_expansion);
    enum keelson_status (*snapshot)(void *instance, const struct keelson_call *call, const struct keelson_snapshot_request *request, const struct keelson_snapshot_sink *sink);
    enum keelson_status (*snapshot_get)(void *instance, const struct keelson_call *call, const struct keelson_snapshot_request *request, const char *id, const struct keelson_snapshot_sink *sink); /* KEELSON_NOT_FOUND: gone */
    enum keelson_status (*snapshot_remove)(void *instance, const struct keelson_call *call, const struct keelson_snapshot_request *request, const char *id); /* absent is OK */
    /* How much could be provisioned there: bytes. */
    enum keelson_status (*capacity)(void *instance, const struct keelson_call *call, const struct keelson_provision *provision, const struct keelson_pairs *topology /* or NULL */, int64_t *ret_bytes);
};

#ifdef __cplusplus
}
#endif
#endif
