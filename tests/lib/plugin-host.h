/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least host that a plugin's own test needs: settings from a table of texts, failures and logs
 * remembered. Tests of the host itself are in core/plugin. fail() and its text belong to the calling thread.
 */
#ifndef TESTS_LIB_PLUGIN_HOST_H
#define TESTS_LIB_PLUGIN_HOST_H

#include <keelson/plugin.h>

/* Ends with a NULL name. Integers and booleans are parsed when they are asked for; "true" is no integer. */
struct test_setting {
    const char *name, *value;
};

const struct keelson_host *test_host(void);
const struct keelson_config *test_config(const struct test_setting *settings);
const char *test_host_error(void);
unsigned test_host_logs(enum keelson_level level); /* lines logged so far at this level */
/* timeout_ms -1: none */
struct keelson_call test_call(int64_t timeout_ms);
/* Loads the file and returns its table; ends the program when that fails. */
const struct keelson_plugin *test_plugin_load(const char *path);
int64_t test_now_ns(void);

#endif
