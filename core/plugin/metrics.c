/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of plugin instances: what the host counts of every call, and what plugins count themselves. */
#include <ctype.h>

#include "core/base/memory.h"
#include "core/plugin/instance.h"

#define OWN_METRICS_MAX                                                                                      \
    512u /* an instance's; a plugin that makes up labels without end must not eat the daemon */

struct own_metric {
    char *name, *label;
    double value;
};

static void own_metric_free(void *p)
{
    struct own_metric *m = p;
    free(m->name);
    free(m->label);
    free(m);
}

void plugin_metrics_init(struct plugin_instance *i)
{
    i->operations = map_new(free);
    i->own_metrics = map_new(own_metric_free);
}

void plugin_metrics_done(struct plugin_instance *i)
{
    map_free(i->operations);
    map_free(i->own_metrics);
}

/* Under i->lock. */
void plugin_metrics_count(struct plugin_instance *i, const char *operation, bool failed, double seconds)
{
    struct operation_metrics *m = map_get(i->operations, operation);
    if (!m) {
        m = new0(struct operation_metrics);
        map_set(i->operations, operation, m);
    }
    m->calls++;
    m->failures += failed;
    m->seconds += seconds;
    m->seconds_max = MAX(m->seconds_max, seconds);
}

static bool name_is_right(const char *name)
{
    if (!name || !*name)
        return false;
    for (const char *p = name; *p; p++)
        if (!islower((unsigned char)*p) && *p != '_')
            return false;
    return true;
}

static void own_metric_touch(struct keelson_token *token, const char *name, const char *label, double value,
                             bool gauge)
{
    _cleanup_free_ char *key = xasprintf("%s %s", name ? name : "", label ? label : "");
    struct plugin_instance *i = name_is_right(name) ? token_hold(token) : NULL;
    label = label ? label : "";
    if (!i)
        return;
    pthread_mutex_lock(&i->lock);
    struct own_metric *m = map_get(i->own_metrics, key);
    if (!m && map_count(i->own_metrics) < OWN_METRICS_MAX) {
        m = new0(struct own_metric);
        m->name = xstrdup(name);
        m->label = message_text(label);
        map_set(i->own_metrics, key, m);
    }
    if (m)
        m->value = gauge ? value : m->value + value;
    pthread_mutex_unlock(&i->lock);
    token_let_go(token);
}

static void metric_add(struct keelson_token *token, const char *name, const char *label, double value)
{
    own_metric_touch(token, name, label, value, false);
}

static void metric_set(struct keelson_token *token, const char *name, const char *label, double value)
{
    own_metric_touch(token, name, label, value, true);
}

void host_table_fill_metrics(struct keelson_host *table)
{
    table->metric_add = metric_add;
    table->metric_set = metric_set;
}

static void print_label(struct buffer *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            buffer_append_char(out, '\\');
        buffer_append_char(out, *p == '\n' ? ' ' : *p);
    }
}

static void print_instance(struct plugin_instance *i, struct buffer *out)
{
    const char *plugin = i->file->note.name;
    size_t cursor = 0;
    const char *key;
    void *value;
    while (map_next(i->operations, &cursor, &key, &value)) {
        const struct operation_metrics *m = value;
        buffer_printf(out,
                      "keelson_plugin_calls_total{plugin=\"%s\",instance=\"%s\",operation=\"%s\"} %llu\n",
                      plugin, i->name, key, (unsigned long long)m->calls);
        buffer_printf(
            out, "keelson_plugin_call_failures_total{plugin=\"%s\",instance=\"%s\",operation=\"%s\"} %llu\n",
            plugin, i->name, key, (unsigned long long)m->failures);
        buffer_printf(
            out, "keelson_plugin_call_seconds_total{plugin=\"%s\",instance=\"%s\",operation=\"%s\"} %.6f\n",
            plugin, i->name, key, m->seconds);
        buffer_printf(
            out, "keelson_plugin_call_seconds_max{plugin=\"%s\",instance=\"%s\",operation=\"%s\"} %.6f\n",
            plugin, i->name, key, m->seconds_max);
    }
    cursor = 0;
    while (map_next(i->own_metrics, &cursor, &key, &value)) {
        const struct own_metric *m = value;
        buffer_printf(out, "keelson_plugin_%s{plugin=\"%s\",instance=\"%s\",label=\"", m->name, plugin,
                      i->name);
        print_label(out, m->label);
        buffer_printf(out, "\"} %g\n", m->value);
    }
    buffer_printf(out, "keelson_plugin_stuck_calls{plugin=\"%s\",instance=\"%s\"} %u\n", plugin, i->name,
                  i->stuck);
}

void plugin_host_metrics(struct plugin_host *host, struct buffer *out)
{
    for (unsigned n = 0; n < host->count; n++) {
        struct plugin_instance *i = host->instances[n];
        pthread_mutex_lock(&i->lock);
        print_instance(i, out);
        pthread_mutex_unlock(&i->lock);
    }
}
