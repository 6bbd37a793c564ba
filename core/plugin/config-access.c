/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration as plugins read it: an opaque group is a libconfig setting; a path that ends at another type
 * is said through fail(). */
#include <libconfig.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/plugin/instance.h"

struct plugin_config *plugin_config_new(struct plugin_instance *i, const char *text, unsigned line,
                                        struct error *err)
{
    struct plugin_config *c = new0(struct plugin_config);
    config_init(&c->tree);
    c->text = xstrdup(text);
    c->line = line;
    c->instance = i;
    if (config_read_string(&c->tree, text) == CONFIG_TRUE) {
        config_setting_set_hook(config_root_setting(&c->tree), c);
        return c;
    }
    error_set(err, ERR_BAD_REQUEST, "plugin %s: configuration line %d: %s", i->name,
              config_error_line(&c->tree), config_error_text(&c->tree));
    plugin_configs_free(c);
    return NULL;
}

void plugin_configs_free(struct plugin_config *newest)
{
    while (newest) {
        struct plugin_config *c = newest;
        newest = c->older;
        config_destroy(&c->tree);
        free(c->text);
        free(c);
    }
}

static const config_setting_t *setting_of(const struct keelson_config *group, const char *path)
{
    const config_setting_t *s = (const config_setting_t *)group;
    if (!s || !path || !*path)
        return s;
    return config_setting_lookup((config_setting_t *)s, path);
}

static const struct plugin_config *config_of(const config_setting_t *s)
{
    return s && s->config ? config_setting_get_hook(config_root_setting(s->config)) : NULL;
}

static struct plugin_instance *instance_of(const config_setting_t *s)
{
    const struct plugin_config *c = config_of(s);
    return c ? c->instance : NULL;
}

static unsigned line_of(const config_setting_t *s)
{
    const struct plugin_config *c = config_of(s);
    return config_setting_source_line(s) + (c->line ? c->line - 1 : 0);
}

/* Kept by the instance, since a plugin may keep it as long as it lives. */
static const char *config_where(const struct keelson_config *group, const char *path)
{
    const config_setting_t *s = setting_of(group, path);
    if (!s)
        s = (const config_setting_t *)group;
    struct plugin_instance *i = instance_of(s);
    if (!i)
        return "configuration";
    pthread_mutex_lock(&i->lock);
    const char *where =
        arena_printf(&i->texts, "%s:%u", i->config_file ? i->config_file : "configuration", line_of(s));
    pthread_mutex_unlock(&i->lock);
    return where;
}

/* An element of a list has no name of its own: "addresses[0]". */
static void name_setting(const config_setting_t *s, const char *path, char *out, size_t size)
{
    const config_setting_t *list = config_setting_parent(s);
    const char *name = config_setting_name(s), *list_name = list ? config_setting_name(list) : NULL;
    if ((path && *path) || name)
        snprintf(out, size, "%s", path && *path ? path : name);
    else
        snprintf(out, size, "%s[%d]", list_name ? list_name : "", config_setting_index(s));
}

static enum keelson_status wrong_type(const struct keelson_call *call, const config_setting_t *s,
                                      const char *path, const char *wanted)
{
    struct plugin_instance *i = instance_of(s);
    char name[256];
    name_setting(s, path, name, sizeof(name));
    return i ? i->host->table.fail(call, KEELSON_INVALID, "%s:%u: setting \"%s\" is not %s",
                                   i->config_file ? i->config_file : "configuration", line_of(s), name,
                                   wanted)
             : KEELSON_INVALID;
}

static enum keelson_status config_string(const struct keelson_call *call, const struct keelson_config *group,
                                         const char *path, const char **ret)
{
    const config_setting_t *s = setting_of(group, path);
    if (!s)
        return KEELSON_NOT_FOUND;
    if (config_setting_type(s) != CONFIG_TYPE_STRING)
        return wrong_type(call, s, path, "a string");
    *ret = config_setting_get_string(s);
    return KEELSON_OK;
}

static enum keelson_status config_integer(const struct keelson_call *call, const struct keelson_config *group,
                                          const char *path, int64_t *ret)
{
    const config_setting_t *s = setting_of(group, path);
    if (!s)
        return KEELSON_NOT_FOUND;
    int type = config_setting_type(s);
    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
        return wrong_type(call, s, path, "a whole number");
    *ret = type == CONFIG_TYPE_INT ? config_setting_get_int(s) : config_setting_get_int64(s);
    return KEELSON_OK;
}

static enum keelson_status config_float(const struct keelson_call *call, const struct keelson_config *group,
                                        const char *path, double *ret)
{
    const config_setting_t *s = setting_of(group, path);
    if (!s)
        return KEELSON_NOT_FOUND;
    int type = config_setting_type(s);
    if (type == CONFIG_TYPE_FLOAT)
        *ret = config_setting_get_float(s);
    else if (type == CONFIG_TYPE_INT)
        *ret = config_setting_get_int(s);
    else if (type == CONFIG_TYPE_INT64)
        *ret = (double)config_setting_get_int64(s);
    else
        return wrong_type(call, s, path, "a number");
    return KEELSON_OK;
}

static enum keelson_status config_boolean(const struct keelson_call *call, const struct keelson_config *group,
                                          const char *path, int *ret)
{
    const config_setting_t *s = setting_of(group, path);
    if (!s)
        return KEELSON_NOT_FOUND;
    if (config_setting_type(s) != CONFIG_TYPE_BOOL)
        return wrong_type(call, s, path, "true or false");
    *ret = config_setting_get_bool(s);
    return KEELSON_OK;
}

static enum keelson_status config_length(const struct keelson_call *call, const struct keelson_config *group,
                                         const char *path, uint32_t *ret)
{
    const config_setting_t *s = setting_of(group, path);
    if (!s)
        return KEELSON_NOT_FOUND;
    if (!config_setting_is_aggregate(s))
        return wrong_type(call, s, path, "a list");
    *ret = (uint32_t)config_setting_length(s);
    return KEELSON_OK;
}

static enum keelson_status config_element(const struct keelson_call *call, const struct keelson_config *group,
                                          const char *path, uint32_t index, const struct keelson_config **ret)
{
    const config_setting_t *s = setting_of(group, path);
    if (!s)
        return KEELSON_NOT_FOUND;
    if (!config_setting_is_aggregate(s))
        return wrong_type(call, s, path, "a list");
    config_setting_t *element = config_setting_get_elem(s, index);
    if (!element)
        return KEELSON_NOT_FOUND;
    *ret = (const struct keelson_config *)element;
    return KEELSON_OK;
}

static enum keelson_status config_member(const struct keelson_call *call, const struct keelson_config *group,
                                         const char *path, uint32_t index, const char **ret_name)
{
    const config_setting_t *s = setting_of(group, path);
    if (!s)
        return KEELSON_NOT_FOUND;
    if (!config_setting_is_group(s))
        return wrong_type(call, s, path ? path : "", "a group");
    const config_setting_t *member = config_setting_get_elem(s, index);
    if (!member)
        return KEELSON_NOT_FOUND;
    *ret_name = config_setting_name(member);
    return KEELSON_OK;
}

static bool is_listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static enum keelson_status config_refuse_unknown(const struct keelson_call *call,
                                                 const struct keelson_config *group, const char *const *known)
{
    const config_setting_t *s = (const config_setting_t *)group;
    struct plugin_instance *i = instance_of(s);
    for (unsigned n = 0; i && config_setting_is_group(s) && n < (unsigned)config_setting_length(s); n++) {
        const config_setting_t *member = config_setting_get_elem(s, n);
        if (!is_listed(known, config_setting_name(member)))
            return i->host->table.fail(call, KEELSON_INVALID, "%s:%u: unknown setting \"%s\"",
                                       i->config_file ? i->config_file : "configuration", line_of(member),
                                       config_setting_name(member));
    }
    return KEELSON_OK;
}

void host_table_fill_config(struct keelson_host *table)
{
    table->config_string = config_string;
    table->config_integer = config_integer;
    table->config_float = config_float;
    table->config_boolean = config_boolean;
    table->config_length = config_length;
    table->config_element = config_element;
    table->config_where = config_where;
    table->config_member = config_member;
    table->config_refuse_unknown = config_refuse_unknown;
}
