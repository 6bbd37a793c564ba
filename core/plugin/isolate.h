/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `isolate = true`: a plugin's file in a process of its own. To the rest of the host it is a plugin like
 * others: a file whose table carries each call to the child and back. Private to core/plugin.
 *
 * The daemon's side is a struct isolate: a thread that starts the child, starts it anew after a crash (at
 * once, then with a pause that doubles), and listens for metrics and changes; and channels, socket pairs of
 * which each carries one call at a time, so that calls wait for nobody but the plugin. The child's side is
 * keelson-plugin-host, a plugin host with one plugin, whose every channel is a thread. What stands between a
 * function's arguments and a channel is one row a function in isolate_interfaces: both sides beside each
 * other, a file for the interfaces of a kind.
 */
#ifndef KEELSON_PLUGIN_ISOLATE_H
#define KEELSON_PLUGIN_ISOLATE_H

#include <keelson/store.h>

#include "core/plugin/instance.h"
#include "core/plugin/isolate-frame.h"

/* ---- The interfaces ---- */

/* A call in the child: reads its arguments, calls the plugin, writes its results. */
struct serving;
typedef enum keelson_status isolate_serve(struct serving *s);
struct isolate_function {
    const char *name; /* for messages */
    isolate_serve *serve;
};
struct isolate_interface {
    const char *name;
    const void *table; /* what the daemon calls; the second word is taken from the plugin's (flags), and it
                          lacks what the plugin's lacks */
    uint32_t table_bytes;
    const struct isolate_function *functions; /* in the table's order */
    uint32_t functions_count;
};
/* A call names its function by the interface's place here and the function's place there. Ends with a NULL
 * name. */
extern const struct isolate_interface *const isolate_interfaces[];
extern const struct isolate_interface isolate_cloud, isolate_cloud_instances, isolate_cloud_loadbalancers,
    isolate_cloud_routes;                              /* isolate-cloud.c */
extern const struct isolate_interface isolate_network; /* isolate-network.c */
extern const struct isolate_interface isolate_runtime,
    isolate_images; /* isolate-runtime.c, isolate-images.c */
extern const struct isolate_interface isolate_storage_node,
    isolate_storage_controller;                      /* isolate-storage-….c */
extern const struct isolate_interface isolate_store; /* isolate-store.c */
#define ISOLATE_INTERFACES_MAX   16u
#define ISOLATE_TABLE_HEAD_BYTES (2 * sizeof(uint32_t)) /* before a table's functions */

/* Functions of the plugin's table, in the place of an interface. */
#define ISOLATE_PLUGIN UINT32_C(0xffff)
enum { ISOLATE_OPEN, ISOLATE_CLOSE, ISOLATE_RECONFIGURE };

/* ---- The daemon's side: calls (isolate.c) ---- */

/* What is read of a call's answers. A put returns what the sink returned. Pairs and arrays last as long as
 * the frame. */
typedef int isolate_put(struct frame_reader *r, void *context);
typedef void isolate_answer(struct frame_reader *r, void *context);

/* One call: begun with its function, its arguments put into `out`, then done. */
struct isolate_call {
    struct isolate *isolate;
    const struct keelson_call *call; /* NULL: nobody cancels it, and nobody is told why it fails */
    struct buffer out;
    isolate_put *put;       /* NULL: the call has no sink */
    isolate_answer *answer; /* NULL: nothing but a status */
    void *context;
    uint32_t limit_ms; /* beside the call's own deadline; 0: none */
    int ack_fd; /* an eventfd that goes along, and is written to after each put: the child may wait for it;
                   -1: none */
};
/* handle: the instance's. interface NULL: the function is one of the plugin's own. */
struct isolate_call isolate_begin(void *handle, const struct keelson_call *call,
                                  const struct isolate_interface *interface, uint32_t function);
int64_t isolate_left_ns(const struct keelson_call *call); /* -1: it has no deadline; call may be NULL */
void isolate_put_objects(struct isolate_call *c, const struct keelson_object *const *objects, uint32_t count);
/* For a call with a sink, which `put` finds as its context. */
enum keelson_status isolate_do_with_sink(struct isolate_call *c, isolate_put *put, const void *sink);
/* Blocks as a call does, and never much longer than its deadline: what does not end then is ended with its
 * process. */
enum keelson_status isolate_do(struct isolate_call *c);
const char *isolate_scheme(void *handle); /* of provider IDs, as the plugin said when it opened */
/* Says why a call fails, if there is one. Returns the status. */
enum keelson_status isolate_fail(const struct isolate_call *c, enum keelson_status status, const char *text);

/* One end of a socket pair; the other is a thread of the child's. */
struct channel {
    struct list link; /* in isolate.channels, while at rest */
    struct frame_stream stream;
    unsigned child; /* that it leads to */
};
/* One for the caller alone. Other than KEELSON_OK: why there is none was said. */
enum keelson_status isolate_channel_take(struct isolate_call *c, struct channel **ret);
void isolate_channel_free(struct channel *c);
/* The child's socket has closed: waits for the word of how it died, and ends one that did not. The text is
 * the caller's. */
char *isolate_child_gone(struct isolate *i, unsigned child);

/* isolate-begun.c: transactions that were begun. Ended when the child is gone and no other follows. */
void isolate_begun_init(struct isolate *i);
void isolate_begun_end(struct isolate *i);
enum keelson_status isolate_txn_begin(void *handle, const struct keelson_call *call,
                                      const struct keelson_txn *txn, const struct keelson_txn_sink *sink);
isolate_serve serve_begun;

/* ---- The daemon's side: the process (isolate-process.c) ---- */

enum isolate_state {
    ISOLATE_DOWN,   /* no child, or one that has not said anything */
    ISOLATE_LOADED, /* it has loaded the file */
    ISOLATE_UP      /* it has opened the instance */
};
struct isolate_begun {
    pthread_mutex_t lock;    /* all below, and writing to the channel */
    struct channel *channel; /* that carries them; read by the thread; NULL: none */
    unsigned long thread;    /* 0: none was started */
    uint64_t number;         /* of the last one */
    struct list pending;     /* those that have not ended, the oldest first */
};

struct isolate {
    struct plugin_host *host;
    char *name, *path;
    struct plugin_note note;
    int program; /* the child's, opened once: an upgrade does not mix versions */
    struct keelson_plugin table;
    char *description;
    struct plugin_instance *_Atomic instance; /* that it is opened for */
    struct plugin_config *_Atomic taken;      /* the configuration that the plugin goes by; NULL: none */
    void *tables[ISOLATE_INTERFACES_MAX];     /* that it offered then; NULL: not */
    char *scheme;
    unsigned long thread; /* starts and watches the child */
    struct isolate_begun begun;

    pthread_mutex_t lock; /* all below */
    pthread_cond_t moved; /* state, died, ending */
    enum isolate_state state;
    bool opened;            /* the daemon's instance is open: a new child opens it, too */
    bool ending;            /* no further child */
    bool over;              /* there will be none: the thread has ended */
    struct error error;     /* why the file could not be loaded */
    unsigned started, died; /* children; a child bears the number of its start */
    int child, control;     /* 0 and -1: none */
    struct list channels;   /* those at rest */
    char *verdict;          /* why this child was ended from here; NULL: it was not */
    char *why;              /* the last child ended; NULL: none did */
    int64_t again_ns;       /* when the next one is started */
};

/* Starts a child and has it load the file, whose note was read and whose owner was checked. Loader's thread.
 */
int isolate_new(struct plugin_host *host, const char *name, const char *path, const struct plugin_note *note,
                struct isolate **ret, struct error *err);
/* How many children there were. */
unsigned isolate_count(struct isolate *i);
/* Ends the child and the thread, for good. May be called twice. */
void isolate_end(struct isolate *i);
/* Ends it as well. No call is in it. NULL is fine. */
void isolate_free(struct isolate *i);
/* Ends this child, if it is still that one. Any thread. */
void isolate_kill(struct isolate *i, unsigned child, const char *why);

/* isolate.c, for the process: the table that stands in for the plugin's, opening the instance in a new child,
 * and the channels to one that is gone. */
void isolate_table_fill(struct isolate *i, enum keelson_threading threading, bool reconfigures);
enum keelson_status isolate_open(struct isolate *i, const struct keelson_call *call);
void isolate_channels_close(struct isolate *i); /* under its lock */

/* ---- The child's side ---- */

struct serving {
    struct frame_reader in;
    struct buffer out; /* the frame of the result */
    struct arena arena;
    struct frame_stream *channel;
    int ack_fd; /* that came along; -1: none */
    void *handle;
    const void *table; /* of the interface */
    const struct keelson_call *call;
    struct list objects; /* released when the call is over */
    bool stopped;        /* the daemon is gone, or wants no more: something was not sent */
};
/* keelson-plugin-host: speaks to the daemon at the other end of this socket until that is gone. Does not
 * return. */
_Noreturn void isolate_serve_daemon(int control);
/* The objects that isolate_put_objects() wrote. */
const struct keelson_object *const *serve_objects(struct serving *s, uint32_t *ret_count);
/* Sends frames for the sink, and releases them. What a sink returns: other than 0, no more is wanted. */
int serve_send(struct serving *s, struct buffer *frames);
/* The same, and waits until the sink has returned. */
int serve_send_and_wait(struct serving *s, struct buffer *frames);
/* A call of the plugin within the one that is served; left_ns < 0: no deadline. Freed with host_call_free. */
struct host_call *serve_call_new(const char *operation, int64_t left_ns, const char *trace_id);
/* The daemon is gone, or what it says cannot be: nobody is left to tell. */
_Noreturn void serve_end(int status);

#endif
