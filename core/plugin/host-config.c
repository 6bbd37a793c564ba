/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `plugins` list of a daemon's libconfig file. An entry's `config` group is written out again as text and
 * given to its instance, which keeps it for as long as it lives; the file itself is closed at once.
 */
#include <libconfig.h>
#include <stdio.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/instance.h"

/* One setting as libconfig text, "name = value;". */
struct writing;
static void write_value(const config_setting_t *s, struct writing *w);

struct writing {
    struct buffer text;
    unsigned line; /* of the original file, that the text has reached */
};

/* A setting stands in the text on the line that it has in the file, so that messages name that. */
static void reach_line(struct writing *w, const config_setting_t *s)
{
    for (unsigned line = config_setting_source_line(s); w->line < line; w->line++)
        buffer_append_char(&w->text, '\n');
}

static void write_members(const config_setting_t *s, struct writing *w)
{
    for (int n = 0; n < config_setting_length(s); n++) {
        const config_setting_t *member = config_setting_get_elem(s, (unsigned)n);
        reach_line(w, member);
        buffer_printf(&w->text, "%s = ", config_setting_name(member));
        write_value(member, w);
        buffer_append_str(&w->text, "; ");
    }
}

static void write_elements(const config_setting_t *s, struct writing *w)
{
    for (int n = 0; n < config_setting_length(s); n++) {
        const config_setting_t *element = config_setting_get_elem(s, (unsigned)n);
        if (n > 0)
            buffer_append_str(&w->text, ", ");
        reach_line(w, element);
        write_value(element, w);
    }
}

static void write_string(const char *text, struct buffer *out)
{
    buffer_append_char(out, '"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            buffer_append_char(out, '\\');
        if (*p < ' ')
            buffer_printf(out, "\\x%02x", *p);
        else
            buffer_append_char(out, (char)*p);
    }
    buffer_append_char(out, '"');
}

static void write_value(const config_setting_t *s, struct writing *w)
{
    struct buffer *out = &w->text;
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_INT:
        buffer_append_i64(out, config_setting_get_int(s));
        break;
    case CONFIG_TYPE_INT64:
        buffer_printf(out, "%lldL", config_setting_get_int64(s));
        break;
    case CONFIG_TYPE_FLOAT:
        buffer_printf(out, "%.17g", config_setting_get_float(s));
        break;
    case CONFIG_TYPE_BOOL:
        buffer_append_str(out, config_setting_get_bool(s) ? "true" : "false");
        break;
    case CONFIG_TYPE_STRING:
        write_string(config_setting_get_string(s), out);
        break;
    case CONFIG_TYPE_GROUP:
        buffer_append_str(out, "{ ");
        write_members(s, w);
        buffer_append_char(out, '}');
        break;
    case CONFIG_TYPE_ARRAY:
    case CONFIG_TYPE_LIST:
        buffer_append_str(out, config_setting_is_array(s) ? "[" : "(");
        write_elements(s, w);
        buffer_append_str(out, config_setting_is_array(s) ? "]" : ")");
        break;
    default:
        buffer_append_str(out, "\"\"");
    }
}

/* One entry of the list that is of the kind asked for. */
struct entry {
    const char *name, *file, *path;
    struct buffer text; /* of its `config` group, NUL-terminated */
    bool has_config, taken, isolated;
    unsigned line, config_line;
};

static void entry_done(struct entry *e)
{
    buffer_done(&e->text);
}

/* A word that is misspelt must not run a plugin where it was not meant to run. */
static int refuse_unknown(const char *path, const config_setting_t *setting, struct error *err)
{
    static const char *const known[] = {"name",    "file",
                                        "kind",    "config",
                                        "isolate", "load_balancer_classes" /* cloud-controller-manager's */};
    for (int n = 0; n < config_setting_length(setting); n++) {
        const config_setting_t *member = config_setting_get_elem(setting, (unsigned)n);
        bool listed = false;
        for (size_t k = 0; k < ARRAY_SIZE(known); k++)
            listed = listed || strcmp(known[k], config_setting_name(member)) == 0;
        if (!listed)
            return error_set(err, ERR_BAD_REQUEST, "%s:%u: unknown setting \"%s\" of a plugin", path,
                             config_setting_source_line(member), config_setting_name(member));
    }
    return 0;
}

static int read_isolate(const char *path, config_setting_t *setting, int *ret, struct error *err)
{
    const config_setting_t *isolate = config_setting_lookup(setting, "isolate");
    if (isolate && !config_setting_lookup_bool(setting, "isolate", ret))
        return error_set(err, ERR_BAD_REQUEST, "%s:%u: isolate is not true or false", path,
                         config_setting_source_line(isolate));
    return 0;
}

/* The kind may be said, so that one file can list the plugins of several daemons; else the note decides, and
 * every entry is ours. One that is misspelt is nobody's, and would be missed in silence. */
static int read_kind(const char *path, config_setting_t *setting, enum keelson_kind kind, bool *ret_ours,
                     struct error *err)
{
    const config_setting_t *said = config_setting_get_member(setting, "kind");
    const char *text = said ? config_setting_get_string(said) : plugin_kind_name(kind);
    for (int k = KEELSON_KIND_CLOUD; text && k <= KEELSON_KIND_STORE; k++)
        if (strcmp(text, plugin_kind_name((enum keelson_kind)k)) == 0) {
            *ret_ours = (enum keelson_kind)k == kind;
            return 0;
        }
    return error_set(err, ERR_BAD_REQUEST,
                     "%s:%u: kind is none of \"cloud\", \"runtime\", \"network\", \"storage\", \"store\"",
                     path, config_setting_source_line(said));
}

static int entry_read(const char *path, config_setting_t *setting, enum keelson_kind kind, struct entry *ret,
                      struct error *err)
{
    bool ours = true;
    int isolate = 0;
    *ret = (struct entry){.path = path, .text = BUFFER_INIT, .line = config_setting_source_line(setting)};
    if (!config_setting_is_group(setting) || !config_setting_lookup_string(setting, "file", &ret->file))
        return error_set(err, ERR_BAD_REQUEST, "%s:%u: a plugin needs file = \"…\"", path, ret->line);
    if (read_kind(path, setting, kind, &ours, err) < 0)
        return -1;
    if (!ours)
        return 0;
    if (!config_setting_lookup_string(setting, "name", &ret->name))
        return error_set(err, ERR_BAD_REQUEST, "%s:%u: plugin %s needs name = \"…\"", path, ret->line,
                         ret->file);
    if (refuse_unknown(path, setting, err) < 0 || read_isolate(path, setting, &isolate, err) < 0)
        return -1;
    config_setting_t *config = config_setting_lookup(setting, "config");
    ret->config_line = config ? config_setting_source_line(config) : ret->line;
    if (config && !config_setting_is_group(config))
        return error_set(err, ERR_BAD_REQUEST, "%s:%u: plugin %s: config is not a group: config = { … };",
                         path, ret->config_line, ret->name);
    struct writing w = {.line = ret->config_line};
    if (config)
        write_members(config, &w);
    ret->text = w.text;
    buffer_append_char(&ret->text, '\0');
    ret->has_config = config != NULL;
    ret->isolated = isolate;
    ret->taken = true;
    return 0;
}

static int entry_load(struct plugin_host *h, const struct entry *e, enum keelson_kind kind, struct error *err)
{
    h->loading_file = e->path;
    h->loading_line = e->config_line;
    int result = (e->isolated ? plugin_host_load_isolated : plugin_host_load)(
        h, e->name, e->file, e->has_config ? e->text.data : NULL, kind, NULL, err);
    h->loading_file = NULL;
    h->loading_line = 0;
    return result < 0 ? error_prefix(err, "%s:%u", e->path, e->line) : 0;
}

/* What a running plugin cannot take over is said, and waits for a restart. */
static int entry_reload(struct plugin_host *h, const struct entry *e, enum keelson_kind kind,
                        struct error *err)
{
    struct plugin_instance *i = plugin_host_find(h, e->name);
    if (!i) {
        log_warning("%s:%u: plugin %s is new; it is loaded at the next start", e->path, e->line, e->name);
        return 0;
    }
    i->listed = true;
    if (e->isolated != (i->file->isolate != NULL))
        log_warning("%s:%u: plugin %s: isolate is read at the next start", e->path, e->line, e->name);
    return plugin_reconfigure(i, e->has_config ? e->text.data : "", e->config_line, err);
}

typedef int entry_function(struct plugin_host *h, const struct entry *e, enum keelson_kind kind,
                           struct error *err);

/* Ends at the first entry that fails, unless all are to be tried: then the last message is kept. */
static int each_entry(struct plugin_host *h, const char *path, config_setting_t *list, enum keelson_kind kind,
                      entry_function *function, bool try_all, unsigned *ret_count, struct error *err)
{
    int result = 0;
    for (int n = 0; (result == 0 || try_all) && list && n < config_setting_length(list); n++) {
        struct entry e;
        int one = entry_read(path, config_setting_get_elem(list, (unsigned)n), kind, &e, err);
        if (one == 0 && e.taken)
            one = function(h, &e, kind, err);
        *ret_count += one == 0 && e.taken;
        result = one < 0 ? -1 : result;
        entry_done(&e);
    }
    return result;
}

static int read_entries(struct plugin_host *h, const char *path, enum keelson_kind kind,
                        entry_function *function, bool try_all, unsigned *ret_count, struct error *err)
{
    config_t file;
    config_init(&file);
    int result = 0;
    unsigned count = 0;
    if (config_read_file(&file, path) != CONFIG_TRUE) {
        result = config_error_type(&file) == CONFIG_ERR_FILE_IO
                     ? error_set(err, ERR_NOT_FOUND, "%s: cannot be read", path)
                     : error_set(err, ERR_BAD_REQUEST, "%s:%d: %s", path, config_error_line(&file),
                                 config_error_text(&file));
    }
    config_setting_t *list = result < 0 ? NULL : config_lookup(&file, "plugins");
    if (list && !config_setting_is_list(list))
        result = error_set(err, ERR_BAD_REQUEST, "%s:%u: plugins is not a list: plugins = ( { … }, … );",
                           path, config_setting_source_line(list));
    if (result == 0)
        result = each_entry(h, path, list, kind, function, try_all, &count, err);
    config_destroy(&file);
    if (result == 0 && ret_count)
        *ret_count = count;
    return result;
}

int plugin_host_load_config(struct plugin_host *h, const char *path, enum keelson_kind kind,
                            unsigned *ret_count, struct error *err)
{
    pthread_mutex_lock(&h->loading);
    int result = read_entries(h, path, kind, entry_load, false, ret_count, err);
    pthread_mutex_unlock(&h->loading);
    return result;
}

/* Instances of the file that it does not list any more go on until the next start. */
static void warn_gone(const struct plugin_host *h, const char *path, enum keelson_kind kind)
{
    for (unsigned n = 0; n < h->count; n++) {
        const struct plugin_instance *i = h->instances[n];
        if (!i->listed && i->config_file && strcmp(i->config_file, path) == 0 && i->file->note.kind == kind)
            log_warning("%s: plugin %s is not listed any more; it is unloaded at the next start", path,
                        i->name);
    }
}

int plugin_host_reload_config(struct plugin_host *h, const char *path, enum keelson_kind kind,
                              struct error *err)
{
    pthread_mutex_lock(&h->loading);
    for (unsigned n = 0; n < h->count; n++)
        h->instances[n]->listed = false;
    int result = read_entries(h, path, kind, entry_reload, true, NULL, err);
    if (result == 0)
        warn_gone(h, path, kind);
    pthread_mutex_unlock(&h->loading);
    return result;
}
