/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keelson plugin ABI, major 1.
 *
 * A plugin is a shared object that gives a keelson daemon one vendor's behaviour: a cloud, a container runtime, a
 * network, a storage system or a state store. This header and its neighbours are all that a plugin sees of keelson.
 *
 * How a plugin is loaded
 *   1. The host reads the ELF note that KEELSON_PLUGIN() emits, without running anything of the file. A file with no
 *      note, another ABI major, a newer ABI minor than the host's, or a kind that the daemon does not load is refused
 *      with a message; none of its constructors runs. The file and its folder must belong to root and be writable by
 *      nobody else (unless the host was told otherwise).
 *   2. dlopen(RTLD_NOW | RTLD_LOCAL), then the one exported symbol, keelson_plugin_entry(host), returns the
 *      plugin's table, which is constant and lives as long as the file is loaded.
 *   3. open() makes an instance from one entry of the configuration. The same file may be opened several times
 *      (two accounts of a cloud). interface() is then asked for the interfaces that the daemon uses, by name and revision.
 *   4. Calls. 5. close() when no call is left in the instance; then, after the last instance, dlclose().
 *
 * What is guaranteed
 *   - Every struct that crosses begins with its size in bytes, as the side that filled it knows the struct. A reader
 *      looks at a member only if the size covers it (KEELSON_HAS). Members are only ever appended. A revision of an
 *      interface ("keelson.store/1") never changes the meaning of a member; a new meaning is a new revision.
 *   - A plugin built against this header loads in every later host of the same ABI major.
 *   - Unknown codes and enum values from a newer plugin are treated as the host's documented default (see each one).
 *
 * Threads
 *   - open() and close() are never concurrent with any other call of the same instance.
 *   - KEELSON_THREADS_SERIAL: the host makes one call at a time per instance. KEELSON_THREADS_PARALLEL: any number, from
 *      several threads. Long-running watch calls (marked so in the interfaces) count outside the SERIAL rule: they run
 *      beside one other call.
 *   - A plugin may start threads of its own, with all signals blocked. Only the host functions marked [any thread] may be
 *      called from them. They must be gone when close() returns. A plugin changes no process-wide state: no signal
 *      handlers, no setenv, no chdir, no setlocale, no umask, no exit.
 *
 * Calls
 *   - A call blocks until it is done. It must end soon after call->deadline_ns, and when call->cancel_fd turns readable
 *      (poll it together with your socket). The host stops waiting at the deadline plus a grace and answers its caller with
 *      KEELSON_TIMEOUT; the thread is then counted as stuck, and an instance with too many stuck threads is marked unhealthy and
 *      gets no more calls until they return. Back-off, circuit breaking, slow-call warnings and metrics are the host's.
 *   - A function returns a keelson_status. With anything but KEELSON_OK it should first say why: host->fail(call, …).
 *
 * Memory
 *   - What a plugin passes to a sink or a host function is copied before that returns. What the host passes in is valid
 *      during the call only. Nobody frees what the other allocated.
 *
 * Changes
 *   1.0   first
 */
#ifndef KEELSON_PLUGIN_H
#define KEELSON_PLUGIN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEELSON_ABI_MAJOR 1
#define KEELSON_ABI_MINOR 0

/* Does the other side's struct reach up to and including this member? */
#define KEELSON_HAS(ptr, member)                                                                             \
    ((ptr)->size >= (size_t)((const char *)&(ptr)->member - (const char *)(ptr)) + sizeof((ptr)->member))

enum keelson_kind {
    KEELSON_KIND_CLOUD = 1,
    KEELSON_KIND_RUNTIME = 2,
    KEELSON_KIND_NETWORK = 3,
    KEELSON_KIND_STORAGE = 4,
    KEELSON_KIND_STORE = 5
};

/* What a call came to. A host treats a code that it does not know as KEELSON_FAILED. */
enum keelson_status {
    KEELSON_OK = 0,
    KEELSON_FAILED = 1,           /* anything else; worth a retry with back-off */
    KEELSON_NOT_FOUND = 2,        /* positive knowledge: it does not exist */
    KEELSON_ALREADY_EXISTS = 3,
    KEELSON_INVALID = 4,          /* the request or the configuration is wrong; a retry is useless */
    KEELSON_UNSUPPORTED = 5,      /* this plugin does not do that */
    KEELSON_UNAVAILABLE = 6,      /* the backend cannot be reached or is not ready */
    KEELSON_DENIED = 7,           /* the backend refused the credentials */
    KEELSON_THROTTLED = 8,        /* the backend asks for fewer calls; say for how long with host->retry_after */
    KEELSON_TIMEOUT = 9,
    KEELSON_CANCELLED = 10,
    KEELSON_CONFLICT = 11,        /* the state changed between look and act */
    KEELSON_EXHAUSTED = 12,       /* no space, no quota, no address left */
    KEELSON_COMPACTED = 13,       /* stores: the revision is no longer kept */
    KEELSON_CORRUPT = 14          /* the backend's data cannot be trusted; never retried by itself */
};

enum keelson_threading { KEELSON_THREADS_SERIAL = 0, KEELSON_THREADS_PARALLEL = 1 };

enum keelson_level { KEELSON_LOG_ERROR = 0, KEELSON_LOG_WARNING = 1, KEELSON_LOG_INFO = 2, KEELSON_LOG_DEBUG = 3 };

/* Text or bytes with a length; not NUL-terminated unless said. data may be NULL when size is 0. */
struct keelson_bytes {
    const char *data;
    size_t size;
};

/* One call. Made by the host, read by the plugin, valid until the function returns. */
struct keelson_call {
    uint32_t size;
    uint32_t reserved;
    int64_t deadline_ns;   /* CLOCK_MONOTONIC; INT64_MAX: none (watch calls) */
    int cancel_fd;         /* readable once the call is cancelled; never read from it */
    int reserved_fd;
    const char *trace_id;  /* 32 hexadecimal digits, NUL-terminated: pass it on where the backend takes one */
};

struct keelson_config;  /* one group of the instance's configuration (libconfig); opaque */
struct keelson_object;  /* a Kubernetes object; opaque, immutable */

/* Host services. Append-only; check KEELSON_HAS for members newer than 1.0. */
struct keelson_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    const char *daemon;   /* "kubelet", "kube-apiserver", …, NUL-terminated */
    const char *version;  /* the host's, NUL-terminated */

    /* [any thread] One log line. `call` may be NULL. */
    void (*log)(const struct keelson_call *call, enum keelson_level level, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
    /* Says why a call fails; the last word counts. Returns status, so that a plugin can `return host->fail(…)`. */
    enum keelson_status (*fail)(const struct keelson_call *call, enum keelson_status status, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
    /* With KEELSON_THROTTLED or KEELSON_UNAVAILABLE: do not call again before so many milliseconds have passed. */
    void (*retry_after)(const struct keelson_call *call, uint32_t milliseconds);
    /* [any thread] Has the call been cancelled or its deadline passed? */
    int (*cancelled)(const struct keelson_call *call);

    /* Configuration: `path` is dotted ("api.endpoint"), NULL group means nothing was configured. Each returns
     * KEELSON_OK, KEELSON_NOT_FOUND when absent (*ret untouched), KEELSON_INVALID when of another type (already
     * said through fail). Strings live as long as the instance. Valid from open() to close(). */
    enum keelson_status (*config_string)(const struct keelson_call *call, const struct keelson_config *group, const char *path, const char **ret);
    enum keelson_status (*config_integer)(const struct keelson_call *call, const struct keelson_config *group, const char *path, int64_t *ret);
    enum keelson_status (*config_boolean)(const struct keelson_call *call, const struct keelson_config *group, const char *path, int *ret);
    /* A list or array of groups or scalars: its length, and its element as a group (a scalar element is read with path ""). */
    enum keelson_status (*config_length)(const struct keelson_call *call, const struct keelson_config *group, const char *path, uint32_t *ret);
    enum keelson_status (*config_element)(const struct keelson_call *call, const struct keelson_config *group, const char *path, uint32_t index, const struct keelson_config **ret);
    /* "file.conf:12", for messages about a setting; NUL-terminated, lives as long as the instance. */
    const char *(*config_where)(const struct keelson_config *group, const char *path);

    /* Objects: `path` is JSON-pointer-like with dots; a key that holds dots or slashes goes in brackets:
     * "metadata.labels[topology.kubernetes.io/zone]", "spec.ports[0].port". KEELSON_NOT_FOUND when absent,
     * KEELSON_INVALID when of another type. Text is valid as long as the object. [any thread that holds the object] */
    enum keelson_status (*object_string)(const struct keelson_object *object, const char *path, struct keelson_bytes *ret);
    enum keelson_status (*object_integer)(const struct keelson_object *object, const char *path, int64_t *ret);
    enum keelson_status (*object_boolean)(const struct keelson_object *object, const char *path, int *ret);
    enum keelson_status (*object_length)(const struct keelson_object *object, const char *path, uint32_t *ret); /* of an array, or the number of members of an object */
    /* The index-th member of the object at path, in the stored order: its key, and its value as plain text (a string) or compact
     * JSON (anything else). */
    enum keelson_status (*object_member)(const struct keelson_object *object, const char *path, uint32_t index, struct keelson_bytes *ret_key, struct keelson_bytes *ret_value_text);

    /* [any thread] Metrics: adds to a counter, sets a gauge, observes a duration. The host prefixes "keelson_plugin_"
     * and adds the labels plugin and instance. label may be NULL ("" then). Names: [a-z_]+. */
    void (*metric_add)(void *instance_token, const char *name, const char *label, double value);
    void (*metric_set)(void *instance_token, const char *name, const char *label, double value);

    /* [any thread] Something changed in the backend (an instance vanished, the network became ready): the host re-reads soon.
     * Storms are merged. */
    void (*changed)(void *instance_token, const char *what);

    /* The name of the index-th member of the group at path, in the order of the file; KEELSON_NOT_FOUND beyond the last. So a
     * plugin finds settings that it does not know. As the other config functions otherwise. */
    enum keelson_status (*config_member)(const struct keelson_call *call, const struct keelson_config *group, const char *path, uint32_t index, const char **ret_name);
};

/* For open(): refuses settings of the group that are none of `known`, which ends with NULL, with a message that names place
 * and setting. NULL group: KEELSON_OK. */
static inline enum keelson_status keelson_refuse_unknown(const struct keelson_host *host, const struct keelson_call *call,
                                                         const struct keelson_config *group, const char *const *known)
{
    const char *name = NULL;
    if (!group || !KEELSON_HAS(host, config_member))
        return KEELSON_OK;
    for (uint32_t i = 0; host->config_member(call, group, "", i, &name) == KEELSON_OK; i++) {
        uint32_t k = 0;
        while (known[k] && strcmp(known[k], name) != 0)
            k++;
        if (!known[k])
            return (host->fail)(call, KEELSON_INVALID, "%s: unknown setting \"%s\"", host->config_where(group, name), name);
    }
    return KEELSON_OK;
}

/* Given to open(): who this instance is. */
struct keelson_instance {
    uint32_t size;
    uint32_t reserved;
    const char *name;                    /* from the configuration, unique in the daemon; NUL-terminated */
    const struct keelson_config *config; /* the entry's `config` group; NULL when there is none */
    void *token;                         /* for metric_* and changed */
    const char *state_dir;               /* a folder of this instance's own, 0700, kept over restarts; made when first asked for */
};

/* The plugin's table. */
struct keelson_plugin {
    uint32_t size;
    enum keelson_threading threading;
    const char *description; /* one line, for `keelson plugin info` */
    /* Reads all of the configuration and refuses what it does not know; connects lazily (a backend that is down
     * is no reason to fail). Writes *ret only on success. */
    enum keelson_status (*open)(const struct keelson_call *call, const struct keelson_instance *instance, void **ret);
    void (*close)(void *plugin_instance);
    /* The table of functions for an interface, or NULL if not offered. Asked once per name, after open().
     * The answer is constant as long as the instance lives and begins with uint32_t size. */
    const void *(*interface)(void *plugin_instance, const char *name);
};

/* The one exported symbol. host stays valid until the file is unloaded. NULL: cannot run in this host (say why
 * with host->log). */
#define KEELSON_ENTRY "keelson_plugin_entry"
__attribute__((visibility("default"))) const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *host);

/* The ELF note: section ".note.keelson", owner "keelson", type 1. Read before dlopen. */
#define KEELSON_NOTE_SECTION ".note.keelson"
#define KEELSON_NOTE_OWNER   "keelson"
#define KEELSON_NOTE_TYPE    1
#define KEELSON_NOTE_MAGIC   0x4b454c31u /* "KEL1" */
struct keelson_note {
    uint32_t name_size, description_size, type;
    char owner[8];
    struct keelson_note_description {
        uint32_t magic;
        uint16_t abi_major, abi_minor;
        uint32_t kind;
        char name[32];    /* NUL-padded: "cloud-aws" */
        char version[24]; /* NUL-padded, the plugin's own */
    } description;
};

/* Stands once in every plugin: KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-acme", "1.2.0"); */
#define KEELSON_PLUGIN(kind_, name_, version_)                                                               \
    __attribute__((used, aligned(4), section(KEELSON_NOTE_SECTION))) static const struct keelson_note keelson_note_ = { \
        sizeof(KEELSON_NOTE_OWNER), sizeof(struct keelson_note_description), KEELSON_NOTE_TYPE, KEELSON_NOTE_OWNER, \
        {KEELSON_NOTE_MAGIC, KEELSON_ABI_MAJOR, KEELSON_ABI_MINOR, (kind_), name_, version_}}

#ifdef __cplusplus
}
#endif
#endif
