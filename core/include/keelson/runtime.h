/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container runtime, as the kubelet uses it. The model is that of the Kubernetes Container Runtime Interface v1: a pod
 * sandbox holds the pod's namespaces, containers run in it, images are pulled beforehand. The names mean what they mean in CRI.
 */
#ifndef KEELSON_RUNTIME_H
#define KEELSON_RUNTIME_H

#include <keelson/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEELSON_RUNTIME_1 "keelson.runtime/1"
#define KEELSON_IMAGES_1  "keelson.runtime.images/1"

/* CRI NamespaceMode */
enum keelson_namespace_mode KEELSON_U32 { KEELSON_NS_POD = 0, KEELSON_NS_CONTAINER = 1, KEELSON_NS_NODE = 2, KEELSON_NS_TARGET = 3 };
/* CRI MountPropagation */
enum keelson_propagation KEELSON_U32 { KEELSON_PROPAGATE_PRIVATE = 0, KEELSON_PROPAGATE_TO_CONTAINER = 1, KEELSON_PROPAGATE_BIDIRECTIONAL = 2 };
enum keelson_protocol KEELSON_U32 { KEELSON_TCP = 0, KEELSON_UDP = 1, KEELSON_SCTP = 2 };
enum keelson_profile KEELSON_U32 { KEELSON_PROFILE_RUNTIME_DEFAULT = 0, KEELSON_PROFILE_UNCONFINED = 1, KEELSON_PROFILE_LOCALHOST = 2 };
enum keelson_sandbox_state KEELSON_U32 { KEELSON_SANDBOX_READY = 0, KEELSON_SANDBOX_NOT_READY = 1 };
enum keelson_container_state KEELSON_U32 { KEELSON_CONTAINER_CREATED = 0, KEELSON_CONTAINER_RUNNING = 1, KEELSON_CONTAINER_EXITED = 2, KEELSON_CONTAINER_UNKNOWN = 3 };

/* Limits in the kernel's units; 0 (or -1 for signed "unset" where noted): not set. */
struct keelson_resources {
    uint32_t size;
    int32_t oom_score_adj;
    int64_t cpu_period_us, cpu_quota_us /* 0: no limit */, cpu_shares, memory_limit_bytes, memory_swap_limit_bytes, pids_limit;
    const char *cpuset_cpus, *cpuset_mems;  /* NULL: not set */
    struct keelson_pairs unified;           /* cgroup v2 */
    struct keelson_pairs hugepages;         /* "2MB" → bytes in decimal */
};

struct keelson_port_mapping { /* an array's element */
    enum keelson_protocol protocol;
    int32_t container_port, host_port;
    uint32_t reserved;
    const char *host_ip; /* NULL or "": all */
};

struct keelson_id_mapping { /* an array's element */
    uint32_t host_id, container_id, length, is_gid;
};
struct keelson_security {
    uint32_t size;
    uint32_t privileged; /* 0 or 1, as are all flags here */
    uint32_t read_only_rootfs, no_new_privileges;
    enum keelson_namespace_mode network, pid, ipc, user;
    const char *pid_target_id;            /* for KEELSON_NS_TARGET */
    int64_t run_as_user, run_as_group;    /* -1: not said */
    const char *run_as_username;          /* NULL: not said */
    const int64_t *supplemental_groups;
    uint32_t supplemental_groups_count;
    uint32_t user_mappings_count, user_mapping_size, reserved;
    const struct keelson_id_mapping *user_mappings; /* when user is KEELSON_NS_POD and this is not empty */
    const char *const *capabilities_add, *const *capabilities_drop;
    uint32_t capabilities_add_count, capabilities_drop_count;
    enum keelson_profile seccomp, apparmor;
    const char *seccomp_path, *apparmor_name; /* for LOCALHOST */
    const char *selinux_user, *selinux_role, *selinux_type, *selinux_level;
    const char *const *masked_paths, *const *readonly_paths; /* NULL: the runtime's defaults, when not privileged */
    uint32_t masked_paths_count, readonly_paths_count;
};

struct keelson_sandbox_config {
    uint32_t size;
    uint32_t attempt;
    const char *name, *namespace_, *uid, *hostname, *log_directory;
    const char *const *dns_servers, *const *dns_searches, *const *dns_options;
    uint32_t dns_servers_count, dns_searches_count, dns_options_count;
    uint32_t ports_count, port_size, reserved;
    const struct keelson_port_mapping *ports;
    struct keelson_pairs labels, annotations, sysctls;
    const char *cgroup_parent;        /* "/kubepods/burstable/pod…" for the cgroupfs driver */
    const char *runtime_handler;      /* "" : the default */
    const struct keelson_security *security;
    const struct keelson_resources *overhead, *resources; /* NULL: not said */
};

struct keelson_mount { /* an array's element */
    const char *container_path, *host_path;
    uint32_t read_only, recursive_read_only, selinux_relabel;
    enum keelson_propagation propagation;
};
struct keelson_device { /* an array's element */
    const char *container_path, *host_path, *permissions;
};

struct keelson_container_config {
    uint32_t size;
    uint32_t attempt;
    const char *name;
    const char *image;            /* the reference or id to run */
    const char *image_spec;       /* as the user wrote it */
    const char *const *command, *const *args;
    uint32_t command_count, args_count;
    const char *working_dir;      /* NULL: the image's */
    struct keelson_pairs env, labels, annotations;
    const struct keelson_mount *mounts;
    const struct keelson_device *devices;
    uint32_t mounts_count, mount_size, devices_count, device_size;
    const char *log_path;         /* below the sandbox's log_directory */
    uint32_t stdin_, stdin_once, tty, reserved;
    const char *stop_signal;      /* NULL: the image's */
    const struct keelson_security *security;
    const struct keelson_resources *resources; /* NULL: not said */
};

/* What the runtime tells. Strings are NUL-terminated, never NULL; times are ns since 1970, 0: not yet. */
struct keelson_sandbox {
    uint32_t size;
    enum keelson_sandbox_state state;
    const char *id, *name, *namespace_, *uid, *runtime_handler;
    uint32_t attempt, ips_count;
    const char *const *ips; /* filled by sandbox_status only */
    int64_t created_at_ns;
    struct keelson_pairs labels, annotations;
};
struct keelson_container {
    uint32_t size;
    enum keelson_container_state state;
    const char *id, *sandbox_id, *name, *image, *image_id /* as imageID in a Pod's status */;
    uint32_t attempt;
    int32_t exit_code;                /* filled by container_status only, as are all below */
    int64_t created_at_ns, started_at_ns, finished_at_ns;
    const char *reason, *message, *log_path;
    struct keelson_pairs labels, annotations;
};
struct keelson_image {
    uint32_t size;
    uint32_t pinned;
    const char *id;
    const char *const *tags, *const *digests;
    uint32_t tags_count, digests_count;
    uint64_t size_bytes;
    int64_t user_id;      /* -1: not a number */
    const char *username; /* "" : none */
};
struct keelson_usage {
    uint32_t size;
    uint32_t reserved;
    const char *container_id;
    int64_t timestamp_ns;
    uint64_t cpu_nanoseconds, memory_working_set_bytes, memory_usage_bytes, memory_rss_bytes, memory_page_faults, memory_major_page_faults;
    uint64_t writable_layer_bytes, writable_layer_inodes;
};

/* Sinks copy what they keep; a return other than 0 ends the call early. */
struct keelson_sandbox_sink { uint32_t size, reserved; int (*put)(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *s); void *context; };
struct keelson_container_sink { uint32_t size, reserved; int (*put)(const struct keelson_container_sink *sink, const struct keelson_container *c); void *context; };
struct keelson_image_sink { uint32_t size, reserved; int (*put)(const struct keelson_image_sink *sink, const struct keelson_image *i); void *context; };
struct keelson_usage_sink { uint32_t size, reserved; int (*put)(const struct keelson_usage_sink *sink, const struct keelson_usage *u); void *context; };
/* Text or bytes that come back. fd: 1 standard output, 2 standard error, 0 the one text of the call. */
struct keelson_text_sink { uint32_t size, reserved; int (*put)(const struct keelson_text_sink *sink, int fd, const char *data, size_t size_bytes); void *context; };
/* A container or sandbox changed state: look again at the pod. container_id "" for a sandbox event; both "" when events may have been lost (look at all). */
struct keelson_runtime_event { uint32_t size; uint32_t reserved; const char *container_id, *sandbox_id; };
struct keelson_runtime_event_sink { uint32_t size, reserved; int (*event)(const struct keelson_runtime_event_sink *sink, const struct keelson_runtime_event *event); void *context; };

struct keelson_runtime_info {
    uint32_t size;
    uint32_t runtime_ready, network_ready; /* conditions */
    uint32_t reserved;
    char name[64], version[64], api_version[32];
    char runtime_message[256], network_message[256]; /* why not ready */
};

/* Sandboxes and containers outlive the kubelet, and so do their ids, which are the plugin's. An id that is unknown is KEELSON_NOT_FOUND, but for what is said at
 * stop and remove: a kubelet that was killed makes its calls again. A sandbox that was stopped stays listed, as KEELSON_SANDBOX_NOT_READY, until it is removed;
 * so does a container that ended. Of one pod one call is made at a time, but for looks and probes. */
struct keelson_runtime_v1 {
    uint32_t size;
    uint32_t reserved;
    enum keelson_status (*info)(void *instance, const struct keelson_call *call, struct keelson_runtime_info *ret);
    /* ids are given as text to `id` (fd 0) */
    enum keelson_status (*sandbox_run)(void *instance, const struct keelson_call *call, const struct keelson_sandbox_config *config, const struct keelson_text_sink *id);
    enum keelson_status (*sandbox_stop)(void *instance, const struct keelson_call *call, const char *sandbox_id);   /* its containers, too; idempotent; unknown is OK */
    enum keelson_status (*sandbox_remove)(void *instance, const struct keelson_call *call, const char *sandbox_id); /* the same */
    enum keelson_status (*sandbox_status)(void *instance, const struct keelson_call *call, const char *sandbox_id, const struct keelson_sandbox_sink *sink);
    enum keelson_status (*sandbox_list)(void *instance, const struct keelson_call *call, const struct keelson_sandbox_sink *sink);
    enum keelson_status (*container_create)(void *instance, const struct keelson_call *call, const char *sandbox_id, const struct keelson_container_config *config,
                                            const struct keelson_sandbox_config *sandbox, const struct keelson_text_sink *id);
    enum keelson_status (*container_start)(void *instance, const struct keelson_call *call, const char *container_id);
    /* Asks it to end (its stop signal) and kills what is left after the grace; 0: at once. Ended is OK; unknown is OK or KEELSON_NOT_FOUND, as in remove. */
    enum keelson_status (*container_stop)(void *instance, const struct keelson_call *call, const char *container_id, int64_t grace_s);
    enum keelson_status (*container_remove)(void *instance, const struct keelson_call *call, const char *container_id);
    enum keelson_status (*container_status)(void *instance, const struct keelson_call *call, const char *container_id, const struct keelson_container_sink *sink);
    enum keelson_status (*container_list)(void *instance, const struct keelson_call *call, const struct keelson_container_sink *sink);
    enum keelson_status (*container_update)(void *instance, const struct keelson_call *call, const char *container_id, const struct keelson_resources *resources);
    enum keelson_status (*container_reopen_log)(void *instance, const struct keelson_call *call, const char *container_id);
    enum keelson_status (*container_usage)(void *instance, const struct keelson_call *call, const struct keelson_usage_sink *sink); /* of all running ones */
    /* Runs a command to its end; for probes and hooks. After timeout_s (0: none) it is killed, and the answer is KEELSON_TIMEOUT. */
    enum keelson_status (*exec_sync)(void *instance, const struct keelson_call *call, const char *container_id, const char *const *command, uint32_t command_count,
                                     int64_t timeout_s, const struct keelson_text_sink *output, int32_t *ret_exit_code);
    /* The URL of the runtime's streaming server for one session, as text. */
    enum keelson_status (*exec)(void *instance, const struct keelson_call *call, const char *container_id, const char *const *command, uint32_t command_count,
                                int tty, int stdin_, int stdout_, int stderr_, const struct keelson_text_sink *url);
    enum keelson_status (*attach)(void *instance, const struct keelson_call *call, const char *container_id, int tty, int stdin_, int stdout_, int stderr_, const struct keelson_text_sink *url);
    enum keelson_status (*port_forward)(void *instance, const struct keelson_call *call, const char *sandbox_id, const int32_t *ports, uint32_t ports_count, const struct keelson_text_sink *url);
    /* Tells the runtime the node's pod CIDR ("10.244.0.0/24", several with commas). */
    enum keelson_status (*set_pod_cidr)(void *instance, const struct keelson_call *call, const char *pod_cidr);
    /* Long-running: events until cancelled. KEELSON_UNSUPPORTED: the kubelet polls. */
    enum keelson_status (*events)(void *instance, const struct keelson_call *call, const struct keelson_runtime_event_sink *sink);
};

struct keelson_image_auth { uint32_t size, reserved; const char *username, *password, *auth, *server_address, *identity_token, *registry_token; };
struct keelson_images_v1 {
    uint32_t size;
    uint32_t reserved;
    enum keelson_status (*list)(void *instance, const struct keelson_call *call, const struct keelson_image_sink *sink);
    /* KEELSON_NOT_FOUND when the image is not present. */
    enum keelson_status (*status)(void *instance, const struct keelson_call *call, const char *image, const struct keelson_image_sink *sink);
    /* KEELSON_NOT_FOUND: the registry has no such image. The text is what container_create() will be given. */
    enum keelson_status (*pull)(void *instance, const struct keelson_call *call, const char *image, const struct keelson_image_auth *auth /* or NULL */,
                                const struct keelson_sandbox_config *sandbox, const struct keelson_text_sink *image_ref);
    enum keelson_status (*remove)(void *instance, const struct keelson_call *call, const char *image);
    /* Bytes and inodes used by images, and the folder that holds them (text). */
    enum keelson_status (*usage)(void *instance, const struct keelson_call *call, uint64_t *ret_used_bytes, uint64_t *ret_used_inodes, const struct keelson_text_sink *folder);
};

#ifdef __cplusplus
}
#endif
#endif
