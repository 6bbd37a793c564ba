/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin host: the only caller of dlopen. It reads a daemon's `plugins` list, checks and loads the files,
 * opens an instance per entry, and carries every call: deadline, cancellation, trace id, the SERIAL/PARALLEL
 * promise, back-off, circuit breaking, metrics. <keelson/plugin.h> states what a plugin is promised; this
 * header is the daemon's side. Any thread unless said.
 */
#ifndef KEELSON_PLUGIN_HOST_H
#define KEELSON_PLUGIN_HOST_H

#include <keelson/plugin.h>
#include <stdbool.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

struct json;

/* What a file says of itself, read from its ELF note; nothing of the file is run. */
struct plugin_note {
    char name[33], version[25];
    uint16_t abi_major, abi_minor; /* of the headers that it was built with */
    uint16_t needs_minor;          /* the oldest host that it can live with */
    enum keelson_kind kind;
};
int plugin_note_read(const char *path, struct plugin_note *ret, struct error *err);
const char *plugin_kind_name(enum keelson_kind kind); /* "cloud", …; "unknown" */

struct plugin_host;
struct plugin_instance;

struct plugin_host_config {
    const char *daemon;       /* as the plugins see it */
    const char *plugin_dir;   /* where `file = "cloud-aws.so"` is looked for; NULL: the installed folder or
                                 $KEELSON_PLUGIN_PATH (colon list) */
    const char *state_dir;    /* instances get <state_dir>/plugins/<instance>/ */
    const char *cluster;      /* this cluster's name, as the plugins see it; NULL: "kubernetes" */
    int64_t open_timeout_ms;  /* how long an instance may take to open; 0: 30 s */
    bool allow_unowned_files; /* accept files not owned by root or writable by others (development) */
    void (*changed)(void *context, struct plugin_instance *instance,
                    const char *what); /* host->changed, merged; may be NULL */
    void *context;
};
struct plugin_host *plugin_host_new(const struct plugin_host_config *config);
/* Closes all instances, newest first, and unloads. Calls must have ended, or are cancelled and waited for
 * with a limit; a file in which a call is stuck stays loaded. */
bool plugin_host_free(struct plugin_host *host); /* false: something stays loaded */

/* Loads the entries of one kind of a libconfig file: plugins = ( { name = "aws-eu"; file = "cloud-aws.so";
 * config = {…}; } ). Entries of other kinds are left alone. The first failure ends it with a message that
 * names file, line and instance; what was loaded before stays loaded. *ret_count may be 0. */
int plugin_host_load_config(struct plugin_host *host, const char *config_path, enum keelson_kind kind,
                            unsigned *ret_count, struct error *err);
/* Reads the file again: instances whose `config` group reads otherwise take it over (their plugin's
 * reconfigure()), others stay as they are, and what a running plugin cannot take over is logged. What fails
 * leaves that instance as it was; all are tried, and the last message is told. What a plugin gave no answer
 * to, since it was busy or away, it is given again the next time. */
int plugin_host_reload_config(struct plugin_host *host, const char *config_path, enum keelson_kind kind,
                              struct error *err);
/* Does so whenever the file changes, or waits to be answered, from now on; what fails is logged.
 * config.changed is called, with "configuration", when an instance has taken over. Once a host. */
int plugin_host_watch_config(struct plugin_host *host, const char *config_path, enum keelson_kind kind,
                             struct error *err);
/* Loads one file under one name, with configuration text in libconfig syntax (or NULL). */
int plugin_host_load(struct plugin_host *host, const char *name, const char *file, const char *config_text,
                     enum keelson_kind kind, struct plugin_instance **ret, struct error *err);
/* The same in a process of its own (`isolate = true;`): a crash is an ERR_UNAVAILABLE of the calls that were
 * in it, and the process is started again, at once and then with a pause that doubles. A call that does not
 * end goes with its process. The program is keelson-plugin-host, of $KEELSON_PLUGIN_HOST where that is set.
 */
int plugin_host_load_isolated(struct plugin_host *host, const char *name, const char *file,
                              const char *config_text, enum keelson_kind kind, struct plugin_instance **ret,
                              struct error *err);
unsigned plugin_host_count(const struct plugin_host *host);
struct plugin_instance *plugin_host_instance(const struct plugin_host *host, unsigned index);
struct plugin_instance *plugin_host_find(const struct plugin_host *host, const char *name);

const char *plugin_instance_name(const struct plugin_instance *instance);
/* How often it was opened: 1, and one more each time that an isolated one's process was started anew. What it
 * was told before, another process does not know. */
unsigned plugin_instance_openings(const struct plugin_instance *instance);
const struct plugin_note *plugin_instance_note(const struct plugin_instance *instance);
void *
plugin_instance_handle(struct plugin_instance *instance); /* the first argument of interface functions */
/* The interface's table or NULL. A table that is smaller than in the interface's first release, or lacks a
 * function of it, counts as not offered (logged once). What was added later is there if KEELSON_HAS says so.
 */
const void *plugin_instance_interface(struct plugin_instance *instance, const char *name);
/* "ok", or why not: stuck calls, circuit open. The text is the caller's to free. */
bool plugin_instance_healthy(struct plugin_instance *instance, char **ret_why);

/* One call, as the function that a daemon passes to the host: casts arguments, calls the interface, returns
 * its status. */
typedef enum keelson_status plugin_function(void *handle, const struct keelson_call *call, void *arguments);

struct plugin_call_options {
    const char *operation; /* for metrics and messages: "instances.exists"; static text */
    int64_t timeout_ms; /* 0: 30 s; -1: none, a long-running call (watch, events), outside the SERIAL rule */
    const char *trace_id; /* NULL: a new one */
    int cancel_fd; /* turns readable to cancel; 0 or -1: none. Once it is, plugin_call begins nothing */
    /* What the plugin wants to be seen at the object that the call is about; NULL: it is logged. Called
     * within the call, with its arguments, in the thread that runs it. */
    void (*event)(void *arguments, bool warning, const char *reason, const char *message);
};
/* Runs on the instance's pool and waits. If the call does not come back in time the caller gets ERR_TIMEOUT,
 * and `arguments` are released (free_arguments) when the call returns at last: they must not lie on the
 * caller's stack. NULL free_arguments: the caller owns them, and the host waits for the call however long it
 * takes, after having cancelled it. Errors: the keelson_status as an error code, message "plugin NAME:
 * OPERATION: what the plugin said". A circuit that is open answers ERR_UNAVAILABLE with retry_after_s at
 * once. */
int plugin_call(struct plugin_instance *instance, const struct plugin_call_options *options,
                plugin_function *function, void *arguments, void (*free_arguments)(void *arguments),
                struct error *err);
/* Runs in the calling thread, which must be one of a bounded pool of the daemon's: no hand-over, so the fast
 * path of stores. The host cancels at the deadline but waits. */
int plugin_call_here(struct plugin_instance *instance, const struct plugin_call_options *options,
                     plugin_function *function, void *arguments, struct error *err);
/* The same for a function that only begins something: when it returns KEELSON_OK the call goes on until
 * plugin_call_end says how it ended, once, on any thread, maybe before this returns. `begun` is to be kept
 * till then. -1: nothing goes on. */
struct host_call;
struct plugin_begun {
    struct host_call *call;
    const char *operation;
    int64_t started_ns;
};
int plugin_call_begin(struct plugin_instance *instance, const struct plugin_call_options *options,
                      plugin_function *function, void *arguments, struct plugin_begun *begun,
                      struct error *err);
/* message: why not; may be NULL. Returns as plugin_call_here does. */
int plugin_call_end(struct plugin_begun *begun, enum keelson_status status, const char *message,
                    struct error *err);

/* An object for the plugin to look at: wraps a parsed document, which must outlive it. */
struct keelson_object *plugin_object_new(const struct json *object);
void plugin_object_free(struct keelson_object *object);

/* Prometheus text of all instances' metrics. */
void plugin_host_metrics(struct plugin_host *host, struct buffer *out);

#endif
