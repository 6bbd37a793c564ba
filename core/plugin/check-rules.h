/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `plugin check` share: the plugin under test, and the tables of rules. Private to
 * core/plugin; all of it runs in the child process. */
#ifndef KEELSON_PLUGIN_CHECK_RULES_H
#define KEELSON_PLUGIN_CHECK_RULES_H

#include "core/plugin/instance.h"

struct process_state;
struct check {
    struct plugin_host *host;
    const char *path, *config_text;
    struct plugin_note note;
    struct plugin_instance *first, *second;
    struct process_state *before;
    int output_fd; /* where standard output and error lead */
    char detail[256];
};
struct rule {
    const char *rule;
    bool (*kept)(struct check *c);
    const char *advice; /* what to do when it is broken */
};
/* Each ends with a NULL rule. */
extern const struct rule check_table_rules[];   /* check-table.c: the file, its table, its instances */
extern const struct rule check_cloud_rules[];   /* check-cloud.c: a cloud's calls */
extern const struct rule check_process_rules[]; /* check-process.c: while the plugin is loaded */
extern const struct rule check_after_rules[];   /* check-process.c: when it has been closed */

/* Before the plugin is loaded. */
struct process_state *process_state_new(void);
void process_state_free(struct process_state *state);

#endif
