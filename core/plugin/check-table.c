/* SPDX-License-Identifier: Apache-2.0 */
/* What can be seen of any kind of plugin: its name, the tables that it gives, its instances. */
#include <stdio.h>

#include "core/base/memory.h"
#include "core/plugin/check-rules.h"
#include "core/plugin/interface.h"

static bool name_matches_file(struct check *c)
{
    const char *slash = strrchr(c->path, '/'), *file = slash ? slash + 1 : c->path;
    snprintf(c->detail, sizeof(c->detail), "%s in %s", c->note.name, file);
    size_t size = strlen(c->note.name);
    return strncmp(file, c->note.name, size) == 0 && file[size] == '.';
}

static bool offers_interfaces(struct check *c)
{
    unsigned offered = 0;
    for (const struct interface *k = interfaces; k->name; k++) {
        const void *table =
            k->kind == c->note.kind ? c->first->file->table->interface(c->first->handle, k->name) : NULL;
        if (!table && k->kind == c->note.kind && k->required) {
            snprintf(c->detail, sizeof(c->detail), "%s is missing", k->name);
            return false;
        }
        if (table && interface_check(k->name, table, c->detail, sizeof(c->detail)) < 0)
            return false;
        offered += table != NULL;
    }
    snprintf(c->detail, sizeof(c->detail), "%u", offered);
    return offered > 0;
}

static bool unknown_interface_is_null(struct check *c)
{
    return c->first->file->table->interface(c->first->handle, "keelson.no-such-thing/99") == NULL;
}

static bool interface_is_constant(struct check *c)
{
    for (const struct interface *k = interfaces; k->name; k++) {
        const void *(*ask)(void *, const char *) = c->first->file->table->interface;
        if (ask(c->first->handle, k->name) != ask(c->first->handle, k->name)) {
            snprintf(c->detail, sizeof(c->detail), "%s changed between two calls", k->name);
            return false;
        }
    }
    return true;
}

/* Two accounts of one cloud are two instances of one file. A store may refuse a second instance on the same
 * file, with a reason. */
static bool opens_twice(struct check *c)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (plugin_host_load(c->host, "second", c->path, c->config_text, c->note.kind, &c->second, &err) == 0)
        return c->second->handle != c->first->handle || !c->first->handle;
    snprintf(c->detail, sizeof(c->detail), "refused: %.200s", err.message);
    return c->note.kind == KEELSON_KIND_STORE;
}

static bool refuses_unknown_settings(struct check *c)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *third;
    _cleanup_free_ char *text =
        xasprintf("%s\nno_such_setting_of_this_plugin = 1;", c->config_text ? c->config_text : "");
    if (plugin_host_load(c->host, "third", c->path, text, c->note.kind, &third, &err) == 0)
        return false;
    bool named = strstr(err.message, "no_such_setting_of_this_plugin") != NULL;
    if (!named)
        snprintf(c->detail, sizeof(c->detail), "without naming it: %.200s", err.message);
    return named;
}

/* The same settings written otherwise, and one that is wrong, for an instance that runs. */
static bool reconfigures(struct check *c)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    const struct keelson_plugin *table = c->first->file->table;
    const char *text = c->config_text ? c->config_text : "";
    _cleanup_free_ char *same = xasprintf("%s\n", text),
                        *wrong = xasprintf("%s\nno_such_setting_of_this_plugin = 1;", text);
    if (!KEELSON_HAS(table, reconfigure) || !table->reconfigure || !c->second) {
        snprintf(c->detail, sizeof(c->detail), "changes wait for a restart");
        return true;
    }
    if (plugin_reconfigure(c->second, wrong, 1, &err) == 0) {
        snprintf(c->detail, sizeof(c->detail), "it took over a setting that it cannot know");
        return false;
    }
    bool named = strstr(err.message, "no_such_setting_of_this_plugin") != NULL;
    error_done(&err);
    bool taken = named && plugin_reconfigure(c->second, same, 1, &err) == 0;
    if (!named || !taken)
        snprintf(c->detail, sizeof(c->detail), "%.200s",
                 named ? err.message : "it does not say what is wrong");
    return taken;
}

const struct rule check_table_rules[] = {
    {"its file is named after its note", name_matches_file,
     "call the file NAME.so, with the name in KEELSON_PLUGIN()"},
    {"it offers the interfaces of its kind, whole", offers_interfaces,
     "fill every function of a table, and its size with sizeof; answer KEELSON_UNSUPPORTED where you must"},
    {"an interface that it does not know is NULL", unknown_interface_is_null,
     "compare the whole name in interface()"},
    {"an interface stays where it is", interface_is_constant, "return the address of a static table"},
    {"it opens a second instance, apart from the first", opens_twice,
     "keep what belongs to an instance in *ret, not in static variables"},
    {"it refuses settings that it does not know", refuses_unknown_settings,
     "call host->config_refuse_unknown() in open(), for each group"},
    {"it takes over its own settings while it runs, and refuses others", reconfigures,
     "read all settings anew as in open(), take them over together, or refuse and go on with the former"},
    {0},
};
