/* SPDX-License-Identifier: Apache-2.0 */
/* How the clouds do, as cloud-controller-manager tells it: their states in /readyz?verbose, what they have
 * and how their calls went since it started in /metrics. */
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/keelson/gathering.h"

#define CLOUD_PORT 10258 /* cloud-controller-manager's */

static char *fetch(const struct gathering *g, const char *path)
{
    int status = 0;
    struct buffer body = BUFFER_INIT;
    probe_http(g->settings, false, CLOUD_PORT, path, HEALTH_TIMEOUT_MS, &status, &body);
    char *text = arena_strndup(g->arena, body.data ? body.data : "", body.size);
    buffer_done(&body);
    return text;
}

/* ---- What they have, and how their calls went ---- */

/* A line of Prometheus text is FAMILY{LABELS} VALUE. */
struct sample {
    struct slice family, labels;
    double value;
};

static bool sample_read(struct slice line, struct sample *ret)
{
    struct slice value = line, name = slice_cut(&value, ' '), labels = name, family = slice_cut(&labels, '{');
    char number[32] = "";
    if (value.size == 0 || value.size >= sizeof(number))
        return false;
    memcpy(number, value.data, value.size);
    *ret = (struct sample){family, labels, strtod(number, NULL)};
    return true;
}

static bool sample_has(const struct sample *s, const char *label, const char *value)
{
    struct slice rest = s->labels;
    while (rest.size) {
        struct slice text = slice_cut(&rest, ','), name = slice_cut(&text, '=');
        size_t size = strlen(value);
        if (slice_is(name, label))
            return text.size >= size + 2 && memcmp(text.data + 1, value, size) == 0 &&
                   text.data[size + 1] == '"';
    }
    return false;
}

/* Sums that make one figure of a cloud: of a family, with or without a value of `outcome`. */
static const struct figure {
    const char *name, *family, *with;
    const char *without[2];
} figures[] = {
    {"nodes", "keelson_cloud_nodes", NULL, {NULL}},
    {"loadBalancers", "keelson_cloud_load_balancers", NULL, {NULL}},
    {"calls", "keelson_cloud_calls_total", NULL, {NULL}},
    {"failed", "keelson_cloud_calls_total", NULL, {"OK", "Cancelled"}},
    {"throttled", "keelson_cloud_calls_total", "TooManyRequests", {NULL}},
};

static bool figure_takes(const struct figure *f, const struct sample *s)
{
    if (!slice_is(s->family, f->family) || (f->with && !sample_has(s, "outcome", f->with)))
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(f->without); i++)
        if (f->without[i] && sample_has(s, "outcome", f->without[i]))
            return false;
    return true;
}

static void add_figures(const struct gathering *g, const char *metrics, struct json *cloud)
{
    const char *name = json_string_at(cloud, "name");
    double sums[ARRAY_SIZE(figures)] = {0}, seconds = 0, calls = 0;
    for (struct slice rest = slice_of(metrics); rest.size;) {
        struct sample s;
        if (!sample_read(slice_cut(&rest, '\n'), &s) || !sample_has(&s, "provider", name))
            continue;
        for (unsigned i = 0; i < ARRAY_SIZE(figures); i++)
            sums[i] += figure_takes(&figures[i], &s) ? s.value : 0;
        seconds += slice_is(s.family, "keelson_cloud_call_duration_seconds_sum") ? s.value : 0;
        calls += slice_is(s.family, "keelson_cloud_call_duration_seconds_count") ? s.value : 0;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(figures); i++)
        json_set_int(g->arena, cloud, figures[i].name, (int64_t)sums[i]);
    json_set_int(g->arena, cloud, "meanMilliseconds",
                 calls > 0 ? (int64_t)(1000 * seconds / calls + 0.5) : 0);
}

/* ---- Their states ---- */

static struct json *add_cloud(const struct gathering *g, struct slice line, struct slice todo,
                              struct json *clouds)
{
    struct slice what = line, name = slice_cut(&what, ':');
    struct json *cloud = json_append(g->arena, clouds, json_new_object(g->arena));
    json_set(g->arena, cloud, "name", json_new_slice(g->arena, name));
    json_set(g->arena, cloud, "state", json_new_slice(g->arena, slice_trim(what)));
    const char *state = json_string_at(cloud, "state");
    if (strcmp(state, "ok") != 0)
        add_problem(g, arena_printf(g->arena, "cloud %s %s", json_string_at(cloud, "name"), state),
                    todo.size ? arena_strndup(g->arena, todo.data, todo.size)
                              : see_log(g, "cloud-controller-manager"));
    return cloud;
}

/* A line for each cloud, four spaces in, and below one with a problem what to do about it, further in. */
void gather_clouds(const struct gathering *g)
{
    struct json *clouds = json_set_array(g->arena, g->document, "clouds");
    const char *begin = strstr(fetch(g, "/readyz?verbose"), "[+]clouds "), *metrics = fetch(g, "/metrics");
    struct slice rest = slice_of(begin ? begin : "");
    slice_cut(&rest, '\n');
    for (struct slice line = slice_cut(&rest, '\n'); slice_starts(line, "    ");) {
        struct slice next = slice_cut(&rest, '\n');
        bool advises = slice_starts(next, "        ");
        add_figures(g, metrics,
                    add_cloud(g, slice_trim(line), advises ? slice_trim(next) : (struct slice){0}, clouds));
        line = advises ? slice_cut(&rest, '\n') : next;
    }
}
