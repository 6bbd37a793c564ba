/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keelson plugin ABI, major 1.
 *
 * A plugin is a shared object that gives a keelson daemon one vendor's behaviour: a cloud, a container runtime, a
 * network, a storage system or a state store. This header and its neighbours are all that a plugin sees of keelson.
 * docs/writing-a-plugin.md leads from a copied template to a package.
 *
 * How a plugin is loaded
 *   1. The host reads the ELF note that KEELSON_PLUGIN() emits, without running anything of the file. A file with no
 *      note, another ABI major, a need for a newer ABI minor than the host's, or a kind that the daemon does not load is
 *      refused with a message; none of its constructors runs. The file and its folder must belong to root and be writable
 *      by nobody else (unless the host was told otherwise).
 *   2. dlopen(RTLD_NOW | RTLD_LOCAL), then the one exported symbol, keelson_plugin_entry(host), returns the
 *      plugin's table, which is constant and lives as long as the file is loaded.
 *   3. open() makes an instance from one entry of the configuration. The same file may be opened several times
 *      (two accounts of a cloud). interface() is then asked for the interfaces that the daemon uses, by name and revision.
 *   4. Calls. 5. close() when no call is left in the instance; then, after the last instance, dlclose(). Instances
 *      are closed in the reverse order of their opening.
 *
 * What is guaranteed
 *   - A plugin built against this header loads in every later host of the same ABI major.
 *   - Every struct that crosses begins with its size in bytes, as the side that filled it knows the struct. A reader
 *      looks at a member only if the size covers it (KEELSON_HAS). Members are only ever appended. A revision of an
 *      interface ("keelson.store/1") never changes the meaning of a member; a new meaning is a new revision.
 *   - An array of structs comes with its count and with the size of one element (mounts, mounts_count, mount_size), so
 *      that elements may grow, too. Element i is KEELSON_AT(mounts, mount_size, i), never mounts[i]; an element has a
 *      member that was added later if KEELSON_SPANS says so. Who fills the array sets its element size; an element
 *      smaller than in ABI 1.0 is refused.
 *   - Frozen for ever, and so without a size: struct keelson_bytes, keelson_pair, keelson_pairs. No struct that may grow
 *      lies within another.
 *   - Unknown codes and enum values from a newer plugin are treated as the host's documented default (see each one).
 *
 * Layout
 *   - The platform's C ABI, on Linux. On LP64 no struct has hidden padding: what would be padding is a member called
 *      reserved. Who fills a struct sets reserved members to 0; who reads it ignores them.
 *   - An enum is 32 bits wide and unsigned, also as a return value (so declare it as uint32_t in languages whose enums
 *      must not hold other values). Flags are 0 or 1 unless said. int is 32 bits.
 *   - C11, C++11 and later, with GCC or clang. From other languages declare the same; some functions take further arguments
 *      as printf does (log, fail, event), and "%s" with one text will do there. No exception, panic or longjmp leaves a function: the host is C.
 *   - Text is UTF-8 and NUL-terminated, except in struct keelson_bytes. A pointer may be NULL only where its comment says so, or
 *      with a count of 0. A function pointer of a table may be NULL only where its comment says so.
 *   - A result struct (an argument called ret) is given with its size set and the rest 0. The plugin writes what the size
 *      covers, and nothing at all when it fails: the host does not look at results of a call that failed.
 *
 * Older and newer
 *   - A newer host with an older plugin: the host sees smaller sizes and does without.
 *   - A newer plugin with an older host: by default a plugin needs the minor of the header that it was built with, and an
 *      older host refuses it. A plugin that checks each newer member with KEELSON_HAS says so before it includes this header:
 *      #define KEELSON_NEEDS_MINOR 0 (the oldest minor that it can live with).
 *
 * Threads
 *   - open() and close() are never concurrent with any other call of the same instance.
 *   - KEELSON_THREADS_SERIAL: the host makes one call at a time per instance. KEELSON_THREADS_PARALLEL: any number, from
 *      several threads. Long-running watch calls (marked so in the interfaces) count outside the SERIAL rule: they run
 *      beside one other call. interface() and scheme() are no calls: any thread, at any time between open() and close().
 *   - A plugin may start threads of its own, with all signals blocked. Only the host functions marked [any thread] may be
 *      called from them. They must be gone when close() returns. A plugin changes no process-wide state: no signal
 *      handlers, no signal mask, no setenv, no chdir, no setlocale, no umask, no exit, and nothing is written to standard output or
 *      error. Descriptors are opened with CLOEXEC. `keelson plugin check` looks for all of these.
 *
 * Calls
 *   - A call blocks until it is done. It must end soon after call->deadline_ns, and when call->cancel_fd turns readable
 *      (poll it together with your socket). The host stops waiting at the deadline plus a grace and answers its caller with
 *      KEELSON_TIMEOUT; the thread is then counted as stuck, and an instance with too many stuck threads is marked unhealthy and
 *      gets no more calls until they return. Back-off, circuit breaking, slow-call warnings and metrics are the host's.
 *   - A function returns a keelson_status. With anything but KEELSON_OK it should first say why: host->fail(call, …).
 *   - A sink is the host's; it copies what it keeps before it returns. When a sink returns other than 0, the host wants no more:
 *      end the call, with KEELSON_OK. Within a sink nothing of the plugin may be called.
 *
 * Memory
 *   - What a plugin passes to a sink or a host function is copied before that returns. What the host passes in is valid
 *      during the call only, except where said. Nobody frees what the other allocated.
 *
 * Changes
 *   1.0   first
 *   1.1   keelson.store/1: txn_begin. keelson.cloud.loadbalancers/1: KEELSON_LOADBALANCERS_RECORD_IS_STATUS.
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
#define KEELSON_ABI_MINOR 1
#ifndef KEELSON_NEEDS_MINOR
#define KEELSON_NEEDS_MINOR KEELSON_ABI_MINOR
#endif

/* Does the other side's struct reach up to and including this member? */
#define KEELSON_HAS(ptr, member)                                                                             \
    ((ptr)->size >= (size_t)((const char *)&(ptr)->member - (const char *)(ptr)) + sizeof((ptr)->member))
/* The index-th element of an array whose elements are so many bytes apart. */
#define KEELSON_AT(array, element_size, index)                                                               \
    ((__typeof__(&(array)[0]))(const void *)((const char *)(array) + (size_t)(element_size) * (index)))
/* Does an element of that size reach up to and including this member? */
#define KEELSON_SPANS(element_size, struct_, member)                                                         \
    ((element_size) >= offsetof(struct_, member) + sizeof(((struct_ *)0)->member))

/* Enums are 32 bits wide; where the language lets us say so, it is said. */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define KEELSON_U32 : uint32_t
#else
#define KEELSON_U32
#endif

enum keelson_kind KEELSON_U32 {
    KEELSON_KIND_CLOUD = 1,
    KEELSON_KIND_RUNTIME = 2,
    KEELSON_KIND_NETWORK = 3,
    KEELSON_KIND_STORAGE = 4,
    KEELSON_KIND_STORE = 5
};

/* What a call came to. A host treats a code that it does not know as KEELSON_FAILED. */
enum keelson_status KEELSON_U32 {
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
    KEELSON_CONFLICT = 11,        /* the state changed between look and act, or it is somebody else's */
    KEELSON_EXHAUSTED = 12,       /* no space, no quota, no address left */
    KEELSON_COMPACTED = 13,       /* stores: the revision is no longer kept */
    KEELSON_CORRUPT = 14,         /* the backend's data cannot be trusted; never retried by itself */
    KEELSON_PENDING = 15          /* begun and going on in the backend: no failure; the same call is made again after
                                     host->retry_after to see it through (where the interface says that it may be) */
};

/* A host takes others for SERIAL. */
enum keelson_threading KEELSON_U32 { KEELSON_THREADS_SERIAL = 0, KEELSON_THREADS_PARALLEL = 1 };

/* A host takes others for INFO. */
enum keelson_level KEELSON_U32 { KEELSON_LOG_ERROR = 0, KEELSON_LOG_WARNING = 1, KEELSON_LOG_INFO = 2, KEELSON_LOG_DEBUG = 3 };

/* Text or bytes with a length; not NUL-terminated unless said. data may be NULL when size is 0. Frozen. */
struct keelson_bytes {
    const char *data;
    size_t size;
};
/* Frozen. */
struct keelson_pair {
    const char *key, *value;
};
/* Frozen. items may be NULL when count is 0. */
struct keelson_pairs {
    const struct keelson_pair *items;
    uint32_t count, reserved;
};

/* One call. Made by the host, read by the plugin, valid until the function returns. */
struct keelson_call {
    uint32_t size;
    int cancel_fd;         /* readable once the call is cancelled; never read from it */
    int64_t deadline_ns;   /* CLOCK_MONOTONIC; INT64_MAX: none (watch calls) */
    const char *trace_id;  /* 32 hexadecimal digits: pass it on where the backend takes one */
};

struct keelson_config;  /* one group of the instance's configuration (libconfig); opaque, constant */
struct keelson_object;  /* a Kubernetes object; opaque, constant */
struct keelson_token;   /* who speaks, for host functions outside calls; opaque */

/* Host services. Append-only; check KEELSON_HAS for members newer than 1.0. Messages are cut at 2000 bytes, and bytes
 * that are no UTF-8 and control characters are replaced, so what a backend answered may be passed on as it is. */
struct keelson_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    const char *daemon;   /* "kubelet", "kube-apiserver", … */
    const char *version;  /* the host's */

    /* [any thread] One log line. With `call` NULL (or one that is over) it cannot say whose: see log_from. */
    void (*log)(const struct keelson_call *call, enum keelson_level level, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
    /* [any thread] The same outside of calls. */
    void (*log_from)(struct keelson_token *token, enum keelson_level level, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
    /* Says why a call fails; the last word counts, and an empty text is none. Returns status, so that a plugin can `return host->fail(…)`. Only in the
     * thread that the call was made in, as the next two. */
    enum keelson_status (*fail)(const struct keelson_call *call, enum keelson_status status, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
    /* With KEELSON_THROTTLED, KEELSON_UNAVAILABLE or KEELSON_PENDING: do not call again before so many milliseconds have passed.
     * More than an hour counts as an hour. */
    void (*retry_after)(const struct keelson_call *call, uint32_t milliseconds);
    /* An Event on the object that the call is about (a Service, a Node), for its owner to see: what is being waited for, a setting
     * that was ignored. KEELSON_LOG_WARNING and KEELSON_LOG_ERROR make a Warning, others a Normal event. reason is one CamelCase word.
     * A call that is about no object, or about several: a log line. */
    void (*event)(const struct keelson_call *call, enum keelson_level level, const char *reason, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));
    /* [any thread] Has the call been cancelled, has its deadline passed, or is it over? */
    int (*cancelled)(const struct keelson_call *call);

    /* Configuration: `path` is dotted ("api.endpoint"), a NULL group means nothing was configured. Each returns
     * KEELSON_OK, KEELSON_NOT_FOUND when absent (*ret untouched), KEELSON_INVALID when of another type (already
     * said through fail). Strings and groups live as long as the instance. [any thread] with call NULL. */
    enum keelson_status (*config_string)(const struct keelson_call *call, const struct keelson_config *group, const char *path, const char **ret);
    enum keelson_status (*config_integer)(const struct keelson_call *call, const struct keelson_config *group, const char *path, int64_t *ret);
    enum keelson_status (*config_float)(const struct keelson_call *call, const struct keelson_config *group, const char *path, double *ret); /* a whole number, too */
    enum keelson_status (*config_boolean)(const struct keelson_call *call, const struct keelson_config *group, const char *path, int *ret);
    /* A list, array or group: its length, and its element as a group (a scalar element is read with path ""). */
    enum keelson_status (*config_length)(const struct keelson_call *call, const struct keelson_config *group, const char *path, uint32_t *ret);
    enum keelson_status (*config_element)(const struct keelson_call *call, const struct keelson_config *group, const char *path, uint32_t index, const struct keelson_config **ret);
    /* The name of the index-th member of the group at path, in the order of the file; KEELSON_NOT_FOUND beyond the last. */
    enum keelson_status (*config_member)(const struct keelson_call *call, const struct keelson_config *group, const char *path, uint32_t index, const char **ret_name);
    /* Refuses (KEELSON_INVALID, said through fail with place and name) members of the group that are none of `known`, which ends with NULL. */
    enum keelson_status (*config_refuse_unknown)(const struct keelson_call *call, const struct keelson_config *group, const char *const *known);
    /* "file.conf:12", for messages about a setting; lives as long as the instance. */
    const char *(*config_where)(const struct keelson_config *group, const char *path);

    /* Objects: `path` is JSON-pointer-like with dots; a key that holds dots or slashes goes in brackets:
     * "metadata.labels[topology.kubernetes.io/zone]", "spec.ports[0].port". KEELSON_NOT_FOUND when absent,
     * KEELSON_INVALID when of another type. Text is valid as long as the object. [any thread] while the call lasts. */
    enum keelson_status (*object_string)(const struct keelson_object *object, const char *path, struct keelson_bytes *ret);
    enum keelson_status (*object_integer)(const struct keelson_object *object, const char *path, int64_t *ret);
    enum keelson_status (*object_boolean)(const struct keelson_object *object, const char *path, int *ret);
    enum keelson_status (*object_length)(const struct keelson_object *object, const char *path, uint32_t *ret); /* of an array, or the number of members of an object */
    /* The index-th member of the object at path, in the stored order: its key, and its value as plain text (a string) or compact
     * JSON (anything else). */
    enum keelson_status (*object_member)(const struct keelson_object *object, const char *path, uint32_t index, struct keelson_bytes *ret_key, struct keelson_bytes *ret_value_text);
    /* What stands at path ("": the whole object) as compact JSON. */
    enum keelson_status (*object_json)(const struct keelson_object *object, const char *path, struct keelson_bytes *ret);

    /* [any thread] Metrics: adds to a counter, sets a gauge. The host prefixes "keelson_plugin_" and adds the labels plugin and
     * instance. label may be NULL ("" then). Names: [a-z_]+; at most 512 names and labels an instance. */
    void (*metric_add)(struct keelson_token *token, const char *name, const char *label, double value);
    void (*metric_set)(struct keelson_token *token, const char *name, const char *label, double value);

    /* [any thread] Something changed in the backend (an instance vanished, the network became ready): the host re-reads soon.
     * Storms are merged. `what` is for the log, and may be NULL. */
    void (*changed)(struct keelson_token *token, const char *what);
};

/* Given to open(): who this instance is. Lives as long as the instance. */
struct keelson_instance {
    uint32_t size;
    uint32_t reserved;
    const char *name;                    /* from the configuration, unique in the daemon */
    const struct keelson_config *config; /* the entry's `config` group; NULL when there is none */
    struct keelson_token *token;         /* for log_from, metric_* and changed, until close() returns; later uses are ignored */
    const char *state_dir;               /* a folder of this instance's own, 0700, kept over restarts */
    const char *cluster;                 /* the cluster's name in clouds and storage systems ("kubernetes" unless configured) */
};

/* The plugin's table. */
struct keelson_plugin {
    uint32_t size;
    enum keelson_threading threading;
    const char *description; /* one line, for `keelson plugin check` and logs */
    /* Reads all of the configuration and refuses what it does not know; connects lazily (a backend that is down
     * is no reason to fail). Writes *ret only on success. */
    enum keelson_status (*open)(const struct keelson_call *call, const struct keelson_instance *instance, void **ret);
    /* Ends what open() began, within seconds. A close() that hangs is left behind with its file. */
    void (*close)(void *plugin_instance);
    /* The table of functions for an interface, or NULL if not offered. The answer is the same each time,
     * lives as long as the instance, and begins with uint32_t size. */
    const void *(*interface)(void *plugin_instance, const char *name);
    /* The instance's configuration has changed (cloud-controller-manager looks every 2 s and on SIGHUP, the other daemons on SIGHUP). Takes over all of it, or
     * refuses it, says why, and goes on with what it had. A call like others: a PARALLEL plugin locks for itself. Texts and groups of the
     * former configuration stay valid until close(). May be NULL: changes need a restart, and the host says so. */
    enum keelson_status (*reconfigure)(void *plugin_instance, const struct keelson_call *call, const struct keelson_config *config);
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
struct keelson_note_description {
    uint32_t magic;
    uint16_t abi_major, abi_minor; /* of the headers that it was built with */
    uint32_t kind;
    uint16_t needs_minor, reserved; /* the oldest host that it can live with */
    char name[32];                  /* NUL-padded: "cloud-aws" */
    char version[24];               /* NUL-padded, the plugin's own */
};
/* 20 bytes, and 72 of description; aligned to 4, as ELF has it. */
struct keelson_note {
    uint32_t name_size, description_size, type;
    char owner[8];
    struct keelson_note_description description;
};

/* Stands once in every plugin: KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-acme", "1.2.0"); */
#define KEELSON_PLUGIN(kind_, name_, version_)                                                               \
    __attribute__((used, aligned(4), section(KEELSON_NOTE_SECTION))) static const struct keelson_note keelson_note_ = { \
        sizeof(KEELSON_NOTE_OWNER), sizeof(struct keelson_note_description), KEELSON_NOTE_TYPE, KEELSON_NOTE_OWNER, \
        {KEELSON_NOTE_MAGIC, KEELSON_ABI_MAJOR, KEELSON_ABI_MINOR, (kind_), KEELSON_NEEDS_MINOR, 0, name_, version_}}

/* Compiled with -fshort-enums, a plugin would lay its structs out differently. */
typedef char keelson_enums_are_32_bits_wide[sizeof(enum keelson_status) == 4 ? 1 : -1];

#ifdef __cplusplus
}
#endif
#endif
