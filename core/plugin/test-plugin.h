/* SPDX-License-Identifier: Apache-2.0 */
/* What test-plugin.c shows: the host's table through an interface of its own, and each instance's handle. */
#ifndef KEELSON_PLUGIN_TEST_PLUGIN_H
#define KEELSON_PLUGIN_TEST_PLUGIN_H

#include <keelson/plugin.h>

#define TEST_WINDOW "keelson.test-window/1"
struct test_window {
    uint32_t size, reserved;
    const struct keelson_host *host;
};

/* The handle of an instance. */
struct test_account {
    const struct keelson_config *config;
    void *token;
    char name[32];
    int64_t was_busy; /* how often reconfigure() was */
};

#endif
