/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the plugin host share: files, instances and calls. Private to core/plugin. */
#ifndef KEELSON_PLUGIN_INSTANCE_H
#define KEELSON_PLUGIN_INSTANCE_H

#include <libconfig.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/base/arena.h"
#include "core/base/list.h"
#include "core/base/map.h"
#include "core/base/workers.h"
#include "core/plugin/host.h"

struct config_watch;

struct isolate;

/* A loaded file; shared by the instances made of it, but for an isolated one. */
struct plugin_file {
    struct list link; /* in plugin_host.files */
    char *path;
    void *dl;                /* NULL when isolated */
    struct isolate *isolate; /* NULL unless it is */
    const struct keelson_plugin *table;
    struct plugin_note note;
    unsigned instances;
    unsigned foreign_threads; /* of the process before it was loaded */
    bool pinned;              /* something of it may still run: never unloaded */
};

/* file.c, under the host's loading lock or from its one thread. "file.so" is looked for in the host's
 * folders; the caller frees the path. */
char *plugin_file_find(const struct plugin_host *h, const char *file, struct error *err);
int plugin_file_check_owner(const struct plugin_host *h, const char *path, struct error *err);
/* isolated_name: of the instance that it is to be isolated for; NULL: loaded into this process, or known
 * already. */
int plugin_file_load(struct plugin_host *h, const char *path, enum keelson_kind kind,
                     const char *isolated_name, struct plugin_file **ret, struct error *err);
/* One user less; unloads with the last. */
void plugin_file_release(struct plugin_file *f);

/* What is known of one operation ("instances.exists") of an instance. */
struct operation_metrics {
    uint64_t calls, failures;
    double seconds, seconds_max;
};

/* An instance's `config` group, parsed again from its text so that it outlives the daemon's file. Kept until
 * the instance is closed, since the plugin may keep texts and groups of it. */
struct plugin_config {
    config_t tree;
    char *text;
    unsigned line;   /* of the file, where the text begins; 0: not from a file */
    bool unanswered; /* the plugin did not say what it thinks of it; under the host's loading */
    struct plugin_instance *instance;
    struct plugin_config *older;
};
struct plugin_config *plugin_config_new(struct plugin_instance *instance, const char *text, unsigned line,
                                        struct error *err);
void plugin_configs_free(struct plugin_config *newest);

struct plugin_instance {
    struct list link; /* in plugin_host.left_behind */
    struct plugin_host *host;
    struct plugin_file *file;
    char *name;
    void *handle;                  /* the plugin's own */
    struct plugin_config *configs; /* newest first; NULL: no group was configured; changed under the lock */
    char *config_file;             /* for config_where */
    bool listed;                   /* by the file as it was reread last; under the host's loading */
    char *state_dir;
    struct keelson_instance passed;
    struct keelson_token *token;
    struct workers *pool;
    pthread_mutex_t serial; /* held over calls of a SERIAL plugin: that is what SERIAL promises */
    bool is_serial, is_open;
    atomic_bool reconfiguring; /* the plugin is taking over a configuration */

    pthread_mutex_t lock;    /* everything below */
    pthread_cond_t idle;     /* running fell to 0 */
    unsigned running, stuck; /* running: jobs, and callers that wait for one */
    struct list calls;       /* of struct host_call: those that a close cancels */
    unsigned failures_in_a_row;
    int64_t circuit_open_until_ns; /* monotonic; 0: closed */
    bool probing;                  /* one call is let through to see whether the backend is back */
    struct map *operations;        /* → struct operation_metrics */
    struct map *own_metrics;       /* "name\0label" → struct own_metric */
    bool change_told;              /* a changed() is on its way to the daemon */
    char *change_what;
    unsigned changes_pending;   /* in the notifier's queue; idle is told when it falls to 0 */
    struct arena texts;         /* what config_where gave out */
    struct map *refused_tables; /* interfaces whose too small table was logged */
};

/* host.c: an instance that is not open yet, in no list; and what it is told of itself when it opens. */
struct plugin_instance *plugin_instance_new(struct plugin_host *h, const char *name, struct plugin_file *f);
void plugin_instance_introduce(struct plugin_instance *i);

struct plugin_host {
    struct plugin_host_config config;
    char *plugin_dir, *state_dir, *daemon, *cluster;
    struct keelson_host table;
    struct list files;
    struct list left_behind; /* instances that a call is stuck in: never released */
    struct plugin_instance **instances;
    unsigned count;
    pthread_mutex_t loading;  /* one load or reload at a time */
    const char *loading_file; /* where the entry that is being loaded stands; NULL: not from a file */
    unsigned loading_line;
    struct workers *notifier; /* tells the daemon of changes, off the plugin's threads */
    struct config_watch *watch;
    struct plugin_host *older; /* in a list of those that could not be released */
};

/* A call as the host sees it. Calls are taken from a pool that is never given back to malloc, so that a
 * plugin which keeps the pointer beyond the call finds memory that says "over" and not a crash. */
struct host_call {
    struct keelson_call call; /* first: a keelson_call is a host_call */
    struct plugin_instance *instance;
    atomic_bool live, cancelled;
    bool probe; /* of whether the backend is back; under the instance's lock, once it is under way */
    int own_cancel_fd;
    char trace_id[33];
    enum keelson_status status;
    char *message; /* what fail() said */
    void (*event)(void *arguments, bool warning, const char *reason, const char *message);
    void *arguments;
    uint32_t retry_after_ms;
    struct host_call *next_free;
    struct list link; /* in plugin_instance.calls */
};
struct host_call *host_call_new(struct plugin_instance *instance, const struct plugin_call_options *options);
void host_call_free(struct host_call *call);
/* Makes cancel_fd readable. Any thread that knows the call to be alive. */
void host_call_cancel(struct host_call *call);
/* NULL unless it is the call that this thread is in. */
struct host_call *host_call_current(const struct keelson_call *call);
void host_call_enter(struct host_call *call);
void host_call_leave(void);
int host_call_error(const struct host_call *call, const char *operation, struct error *err);
/* As free_arguments of calls whose argument is the instance or belongs to it: that outlives a call that hangs
 * (see instance_discard). */
void plugin_keep_arguments(void *arguments);
/* As plugin_call(), without asking whether the backend is there: for close(). */
int plugin_call_last(struct plugin_instance *instance, const struct plugin_call_options *options,
                     plugin_function *function, void *arguments, void (*free_arguments)(void *arguments),
                     struct error *err);

/* reload.c: one call at a time. A text that is no other than the last one is nothing to do. */
int plugin_reconfigure(struct plugin_instance *instance, const char *text, unsigned line, struct error *err);
void config_watch_end(struct config_watch *watch); /* NULL is fine */

/* token.c. Any thread. */
struct keelson_token *token_new(struct plugin_instance *instance);
/* The instance goes: nobody holds the token afterwards. */
void token_end(struct keelson_token *token);
/* The instance, which stays until token_let_go(); NULL (and nothing is held): closed, or no token. */
struct plugin_instance *token_hold(struct keelson_token *token);
void token_let_go(struct keelson_token *token);

/* message.c: formatted, at most MESSAGE_BYTES_MAX bytes, UTF-8 without control characters; the caller's to
 * free. */
#define MESSAGE_BYTES_MAX 2000
char *message_format(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
char *message_text(const char *text); /* the same of a text, NULL being "" */

/* services.c */
void host_table_fill(struct plugin_host *host);
/* config-access.c: the members of struct keelson_host that read configuration. */
void host_table_fill_config(struct keelson_host *table);
/* object-access.c: those that read objects. */
void host_table_fill_objects(struct keelson_host *table);
/* The whole object as bytes of a frame. */
void plugin_object_write(const struct keelson_object *object, struct buffer *out);
/* metrics.c */
void host_table_fill_metrics(struct keelson_host *table);
void plugin_metrics_count(struct plugin_instance *instance, const char *operation, bool failed,
                          double seconds);
void plugin_metrics_init(struct plugin_instance *instance);
void plugin_metrics_done(struct plugin_instance *instance);

#endif
