/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of <keelson/plugin.h> that can be seen from outside. A row a rule. */
#include "core/plugin/check.h"

#include <dlfcn.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/plugin/instance.h"
#include "core/plugin/interface.h"

struct check {
    struct plugin_host *host;
    const char *path, *config_text;
    struct plugin_note note;
    struct plugin_instance *first, *second;
    char detail[256];
};

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

static bool changes_no_signals(struct check *c)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM};
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        struct sigaction action;
        sigaction(signals[i], NULL, &action);
        if (action.sa_handler != SIG_DFL) {
            snprintf(c->detail, sizeof(c->detail), "signal %d got a handler", signals[i]);
            return false;
        }
    }
    return true;
}

static bool changes_no_locale(struct check *c)
{
    return strcmp(setlocale(LC_ALL, NULL), "C") == 0;
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

static const struct {
    const char *rule;
    bool (*kept)(struct check *c);
} rules[] = {
    {"its file is named after its note", name_matches_file},
    {"it offers the interfaces of its kind, whole", offers_interfaces},
    {"an interface that it does not know is NULL", unknown_interface_is_null},
    {"an interface stays where it is", interface_is_constant},
    {"it opens a second instance, apart from the first", opens_twice},
    {"it refuses settings that it does not know", refuses_unknown_settings},
    {"it installs no signal handlers", changes_no_signals},
    {"it does not change the locale", changes_no_locale},
};

static void run_rules(struct check *c,
                      void (*told)(void *context, const char *rule, bool kept, const char *detail),
                      void *context)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        c->detail[0] = '\0';
        bool kept = rules[i].kept(c);
        told(context, rules[i].rule, kept, c->detail);
    }
}

int plugin_check(const char *path, const char *config_text,
                 void (*told)(void *context, const char *rule, bool kept, const char *detail), void *context,
                 struct error *err)
{
    struct check c = {.path = path, .config_text = config_text};
    char state_dir[] = "/tmp/keelson-check.XXXXXX";
    _cleanup_free_ char *absolute = realpath(path, NULL);
    if (plugin_note_read(path, &c.note, err) < 0)
        return -1;
    c.path = absolute ? absolute : path;
    if (!mkdtemp(state_dir))
        return error_set(err, ERR_INTERNAL, "no temporary folder below /tmp");
    c.host = plugin_host_new(&(struct plugin_host_config){
        .daemon = "keelson-check", .state_dir = state_dir, .allow_unowned_files = true});
    int result = plugin_host_load(c.host, "first", c.path, config_text, c.note.kind, &c.first, err);
    if (result == 0) {
        told(context, "it loads and opens", true, "");
        run_rules(&c, told, context);
    }
    plugin_host_free(c.host);
    if (result == 0)
        told(context, "it closes and unloads", true, "");
    directory_remove(state_dir, NULL);
    return result;
}
