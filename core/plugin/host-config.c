/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `plugins` list of a daemon's libconfig file. An entry's `config` group is written out again as text and
 * given to its instance, which keeps it for as long as it lives; the file itself is closed at once.
 */
#include <libconfig.h>
#include <stdio.h>

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

static int load_entry(struct plugin_host *h, const char *path, config_setting_t *entry,
                      enum keelson_kind kind, bool *ret_taken, struct error *err)
{
    unsigned line = config_setting_source_line(entry);
    const char *name = NULL, *file = NULL, *kind_text = NULL;
    if (!config_setting_is_group(entry) || !config_setting_lookup_string(entry, "file", &file))
        return error_set(err, ERR_BAD_REQUEST, "%s:%u: a plugin needs file = \"…\"", path, line);
    /* The kind may be said, so that one file can list the plugins of several daemons; else the note decides,
     * and every entry is ours. */
    if (config_setting_lookup_string(entry, "kind", &kind_text) &&
        strcmp(kind_text, plugin_kind_name(kind)) != 0) {
        *ret_taken = false;
        return 0;
    }
    if (!config_setting_lookup_string(entry, "name", &name))
        return error_set(err, ERR_BAD_REQUEST, "%s:%u: plugin %s needs name = \"…\"", path, line, file);
    config_setting_t *config = config_setting_lookup(entry, "config");
    struct writing w = {.line = config ? config_setting_source_line(config) : line};
    if (config && !config_setting_is_group(config))
        return error_set(err, ERR_BAD_REQUEST, "%s:%u: plugin %s: config is not a group: config = { … };",
                         path, w.line, name);
    h->loading_file = path;
    h->loading_line = w.line;
    if (config)
        write_members(config, &w);
    int result =
        plugin_host_load(h, name, file, config ? (w.text.data ? w.text.data : "") : NULL, kind, NULL, err);
    buffer_done(&w.text);
    h->loading_file = NULL;
    h->loading_line = 0;
    if (result < 0)
        return error_prefix(err, "%s:%u", path, line);
    *ret_taken = true;
    return 0;
}

int plugin_host_load_config(struct plugin_host *h, const char *path, enum keelson_kind kind,
                            unsigned *ret_count, struct error *err)
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
    for (int n = 0; result == 0 && list && n < config_setting_length(list); n++) {
        bool taken = false;
        result = load_entry(h, path, config_setting_get_elem(list, (unsigned)n), kind, &taken, err);
        count += taken;
    }
    config_destroy(&file);
    if (result == 0)
        *ret_count = count;
    return result;
}
