/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How tests that are a plugin's host themselves get at its table. There are two of it, and a program links
 * one: plugin-load.c, with dlopen; and plugin-isolate.c, where the file runs in a process of its own, so that
 * the tests of a plugin hold the isolation to the same rules.
 */
#ifndef TESTS_LIB_PLUGIN_LOAD_H
#define TESTS_LIB_PLUGIN_LOAD_H

#include <keelson/plugin.h>

/* NULL: no plugin; why is on standard error. The file's instances are opened before another one is loaded. */
const struct keelson_plugin *plugin_load(const char *path, const struct keelson_host *host);

#endif
