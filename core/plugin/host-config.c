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
static void write_value(const config_setting_t *s, struct buffer *out);

static void write_members(const config_setting_t *s, struct buffer *out)
{
    for (int n = 0; n < config_setting_length(s); n++) {
        const config_setting_t *member = config_setting_get_elem(s, (unsigned)n);
        buffer_printf(out, "%s = ", config_setting_name(member));
        write_value(member, out);
        buffer_append_str(out, ";\n");
    }
}

static void write_elements(const config_setting_t *s, struct buffer *out)
{
    for (int n = 0; n < config_setting_length(s); n++) {
        if (n > 0)
            buffer_append_str(out, ", ");
        write_value(config_setting_get_elem(s, (unsigned)n), out);
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

static void write_value(const config_setting_t *s, struct buffer *out)
{
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
        buffer_append_str(out, "{\n");
        write_members(s, out);
        buffer_append_char(out, '}');
        break;
    case CONFIG_TYPE_ARRAY:
    case CONFIG_TYPE_LIST:
        buffer_append_str(out, config_setting_is_array(s) ? "[" : "(");
        write_elements(s, out);
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
    struct buffer text = BUFFER_INIT;
    if (config && config_setting_is_group(config))
        write_members(config, &text);
    struct plugin_instance *instance;
    int result =
        plugin_host_load(h, name, file, config ? (text.data ? text.data : "") : NULL, kind, &instance, err);
    buffer_done(&text);
    if (result < 0)
        return error_prefix(err, "%s:%u", path, line);
    instance->config_file = xstrdup(path);
    instance->config_line = config ? config_setting_source_line(config) : line;
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
