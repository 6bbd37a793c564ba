/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that every plugin must keep, checked by loading one: `keelson plugin check`, for vendors and for
 * our own tests. The plugin runs in a child process, so that one that crashes, ends the process, hangs or
 * prints is a broken rule and nothing worse. Main thread.
 */
#ifndef KEELSON_PLUGIN_CHECK_H
#define KEELSON_PLUGIN_CHECK_H

#include <stdbool.h>

#include "core/base/error.h"

enum plugin_rule {
    PLUGIN_RULE_KEPT,
    PLUGIN_RULE_BROKEN,
    PLUGIN_RULE_LEFT_OUT /* it changes something in the back end, and that was not asked for */
};
struct plugin_check_options {
    const char *config_text; /* in libconfig syntax; NULL: none */
    const char *cluster; /* the cluster's name, by which back ends mark what is whose; NULL: "kubernetes" */
    bool destructive;    /* try the rules that change something in the back end, too */
};

/* told is called once a rule, in order: detail is "" when there is nothing to add; advice says what to do
 * when the rule is broken. -1 when the file could not even be loaded or did not open, with the reason. */
typedef void plugin_check_told(void *context, const char *rule, enum plugin_rule came_to, const char *detail,
                               const char *advice);
int plugin_check(const char *path, const struct plugin_check_options *options, plugin_check_told *told,
                 void *context, struct error *err);

#endif
