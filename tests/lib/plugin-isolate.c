/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See plugin-load.h. The table is one that opens each instance with the real plugin host, isolated, and hands
 * out what a daemon would call. Settings are passed on as texts, those called "…s" as lists, and what a call
 * says of its failure goes to the test's host. Needs $KEELSON_PLUGIN_HOST.
 */
#include <stdio.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/plugin/isolate.h"
#include "tests/lib/plugin-load.h"

#define OWN_FOLDER "/tmp/plugin-isolate." /* for who has no state folder */

static const struct keelson_host *outer;
static char file[512];

static void append_list(struct buffer *out, const char *value)
{
    struct slice rest = slice_of(value);
    buffer_append_str(out, "(");
    for (const char *comma = " "; rest.data; comma = ", ") {
        struct slice one = slice_cut(&rest, ',');
        buffer_printf(out, "%s\"%.*s\"", comma, SLICE_ARG(one));
    }
    buffer_append_str(out, " )");
}

static void append_settings(const struct keelson_config *config, struct buffer *out)
{
    const char *name, *value;
    for (uint32_t n = 0; config && outer->config_member(NULL, config, "", n, &name) == KEELSON_OK; n++) {
        if (outer->config_string(NULL, config, name, &value) != KEELSON_OK)
            continue;
        buffer_printf(out, "%s = ", name);
        if (name[strlen(name) - 1] == 's')
            append_list(out, value);
        else if (value[strspn(value, "0123456789")] == '\0' || !strcmp(value, "true") ||
                 !strcmp(value, "false"))
            buffer_append_str(out, value);
        else
            buffer_printf(out, "\"%s\"", value);
        buffer_append_str(out, ";\n");
    }
    buffer_append_char(out, '\0');
}

static enum keelson_kind kind_of(const char *path)
{
    struct plugin_note note = {0};
    plugin_note_read(path, &note, NULL);
    return note.kind;
}

static enum keelson_status open_isolated(const struct keelson_call *call,
                                         const struct keelson_instance *passed, void **ret)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_(buffer_done) struct buffer settings = BUFFER_INIT;
    struct plugin_instance *instance = NULL;
    char folder[] = OWN_FOLDER "XXXXXX";
    const char *state_dir = passed->state_dir ? passed->state_dir : mkdtemp(folder);
    struct plugin_host *host = plugin_host_new(&(struct plugin_host_config){
        .daemon = outer->daemon, .state_dir = state_dir, .allow_unowned_files = true});
    host->table.fail = outer->fail;
    host->table.retry_after = outer->retry_after;
    append_settings(passed->config, &settings);
    int result =
        plugin_host_load_isolated(host, passed->name, file, settings.data, kind_of(file), &instance, &err);
    if (result < 0) {
        plugin_host_free(host);
        return err.code == ERR_BAD_REQUEST ? outer->fail(call, KEELSON_INVALID, "%s", err.message)
                                           : outer->fail(call, KEELSON_FAILED, "%s", err.message);
    }
    *ret = plugin_instance_handle(instance);
    return KEELSON_OK;
}

static void close_isolated(void *handle)
{
    struct plugin_host *host = ((const struct isolate *)handle)->host;
    _cleanup_free_ char *state_dir = xstrdup(host->state_dir);
    plugin_host_free(host);
    if (strncmp(state_dir, OWN_FOLDER, strlen(OWN_FOLDER)) == 0)
        directory_remove(state_dir, NULL);
}

static const void *interface(void *handle, const char *name)
{
    return plugin_instance_interface(((struct isolate *)handle)->instance, name);
}

const struct keelson_plugin *plugin_load(const char *path, const struct keelson_host *host)
{
    static const struct keelson_plugin table = {.size = sizeof(table),
                                                .threading = KEELSON_THREADS_PARALLEL,
                                                .description = "a plugin in a process of its own",
                                                .open = open_isolated,
                                                .close = close_isolated,
                                                .interface = interface};
    outer = host;
    snprintf(file, sizeof(file), "%s", path);
    return &table;
}
