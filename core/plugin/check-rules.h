/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `plugin check` share: the plugin under test, and the tables of rules. Private to
 * core/plugin; all of it runs in the child process. */
#ifndef KEELSON_PLUGIN_CHECK_RULES_H
#define KEELSON_PLUGIN_CHECK_RULES_H

#include "core/plugin/instance.h"

struct process_state;
struct check {
    struct plugin_host *host;
    const char *path, *config_text, *cluster, *state_dir;
    bool destructive; /* rules that change something in the back end are tried, too */
    struct plugin_note note;
    struct plugin_instance *first, *second;
    struct process_state *before;
    int output_fd; /* where standard output and error lead */
    char detail[256];
    char mute[256]; /* the last failure without a reason */
};
struct rule {
    const char *rule;
    bool (*kept)(struct check *c);
    const char *advice; /* what to do when it is broken */
    bool destructive;
};
/* Each ends with a NULL rule. */
extern const struct rule check_table_rules[];   /* check-table.c: the file, its table, its instances */
extern const struct rule check_process_rules[]; /* check-process.c: while the plugin is loaded */
extern const struct rule check_after_rules[];   /* check-process.c: when it has been closed */
/* How the functions of an interface must behave, its back end in reach or not: a file each. */
extern const struct rule check_cloud_rules[], check_instances_rules[], check_balancers_rules[],
    check_routes_rules[], check_runtime_rules[], check_images_rules[], check_network_rules[],
    check_storage_node_rules[], check_storage_controller_rules[], check_publish_rules[], check_volume_rules[],
    check_store_rules[];
/* What to do about the rules that are the same everywhere. */
#define CHECK_CANCEL_ADVICE   "poll call->cancel_fd together with your socket, or look at host->cancelled(call)"
#define CHECK_CROWD_ADVICE    "say KEELSON_THREADS_SERIAL, or lock what calls share"
#define CHECK_SINK_ADVICE     "when put() returns other than 0, put no more and return KEELSON_OK"
#define CHECK_DEADLINE_ADVICE "give every request a time limit from call->deadline_ns"
struct interface_rules {
    const char *interface;
    const struct rule *rules;
};
extern const struct interface_rules check_interfaces[]; /* check-interface.c; ends with a NULL interface */

/* One call of the first instance. False: it did not come back, and its arguments stay with it: they are never
 * released. *ret: what it came to; why it failed goes to the detail. Any thread with its own check. */
bool check_call(struct check *c, plugin_function *function, void *arguments, enum error_code *ret);
/* The same, made again while it is under way, as a daemon does. */
bool check_through(struct check *c, plugin_function *function, void *arguments, enum error_code *ret);
/* Did it come back, though... */
bool check_cancelled(struct check *c, plugin_function *function,
                     void *arguments); /* it is cancelled already */
bool check_long_cancelled(struct check *c, plugin_function *function, void *arguments); /* a watch call */
bool check_deadline(struct check *c, plugin_function *function, void *arguments);       /* there is no time */
bool check_crowd(struct check *c, plugin_function *function, void *arguments); /* many make it at once */
/* Says nothing about what was asked: the back end cannot be asked, or refuses. */
bool check_is_away(enum error_code code);
/* The interface's table of the first instance. */
const void *check_table_of(const struct check *c, const char *interface);
/* An object for arguments, never released. */
struct keelson_object *check_object(const char *json);

/* Before the plugin is loaded. */
struct process_state *process_state_new(void);
void process_state_free(struct process_state *state);

#endif
