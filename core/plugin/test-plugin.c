/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin that keeps the rules and shows its tests what the host gave it. Built twice, serial and parallel.
 * Settings: refuse = text, open() fails with it; hang = a descriptor, open() waits until it can be read;
 * changed = text, told in open(); busy = so many times reconfigure() finds no time for it; journal = path, a
 * line for each open, reconfigure, close and unload.
 */
#include "core/plugin/test-plugin.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef TEST_THREADING
#error "compile with -DTEST_THREADING"
#endif

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, TEST_NAME, "0.1");

static const struct keelson_host *host;
static struct test_window window = {.size = sizeof(window)};
static char journal[200];

static void write_journal(const char *what, const char *name)
{
    FILE *file = journal[0] ? fopen(journal, "ae") : NULL;
    if (!file)
        return;
    fprintf(file, "%s %s\n", what, name);
    fclose(file);
}

__attribute__((destructor)) static void unloaded(void)
{
    write_journal("unload", TEST_NAME);
}

static void wait_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    poll(&p, 1, -1);
}

static enum keelson_status open_account(const struct keelson_call *call,
                                        const struct keelson_instance *instance, void **ret)
{
    const char *text = NULL;
    int64_t fd = -1;
    if (host->config_string(call, instance->config, "journal", &text) == KEELSON_OK)
        snprintf(journal, sizeof(journal), "%s", text);
    if (host->config_integer(call, instance->config, "hang", &fd) == KEELSON_OK)
        wait_readable((int)fd);
    if (host->config_string(call, instance->config, "changed", &text) == KEELSON_OK)
        host->changed(instance->token, text);
    switch (host->config_string(call, instance->config, "refuse", &text)) {
    case KEELSON_OK:
        return host->fail(call, KEELSON_INVALID, "%s: %s", host->config_where(instance->config, "refuse"),
                          text);
    case KEELSON_INVALID:
        return KEELSON_INVALID;
    default:
        break;
    }
    struct test_account *account = calloc(1, sizeof(*account));
    account->config = instance->config;
    account->token = instance->token;
    snprintf(account->name, sizeof(account->name), "%s", instance->name);
    write_journal("open", account->name);
    *ret = account;
    return KEELSON_OK;
}

static enum keelson_status reconfigure(void *instance, const struct keelson_call *call,
                                       const struct keelson_config *config)
{
    struct test_account *account = instance;
    const char *text = "";
    int64_t busy = 0;
    host->config_integer(call, config, "busy", &busy);
    if (account->was_busy < busy) {
        account->was_busy++;
        return host->fail(call, KEELSON_UNAVAILABLE, "busy");
    }
    if (host->config_string(call, config, "refuse", &text) == KEELSON_OK)
        return host->fail(call, KEELSON_INVALID, "%s: %s", host->config_where(config, "refuse"), text);
    write_journal("reconfigure", account->name);
    account->config = config;
    return KEELSON_OK;
}

static void close_account(void *instance)
{
    write_journal("close", ((struct test_account *)instance)->name);
    free(instance);
}

static const void *interface(void *instance, const char *name)
{
    return strcmp(name, TEST_WINDOW) == 0 ? &window : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {
        .size = sizeof(plugin),
        .threading = TEST_THREADING,
        .description = "for the tests of the host",
        .open = open_account,
        .close = close_account,
        .interface = interface,
        .reconfigure = reconfigure,
    };
    host = given;
    window.host = given;
    return &plugin;
}
