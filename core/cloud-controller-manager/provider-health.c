/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what clouds answer; see provider-health.h. */
#include "core/cloud-controller-manager/provider-health.h"

#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"

/* Longer than any back-off: who failed and did not try since has nothing to try for any more (its Service was
 * deleted), and the failure says nothing of now. */
#define FORGET_NS (600 * NS_PER_S)
#define QUIET_NS  (600 * NS_PER_S) /* for so long nobody wonders how it is */

static const double bounds_s[] = {0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

struct operation {
    uint64_t outcomes[ERR_CODES]; /* by code; ERR_NONE: success */
    uint64_t buckets[ARRAY_SIZE(bounds_s)];
    double seconds;
    enum error_code outage; /* of the last call; ERR_NONE: it was none */
    char *message;          /* with an outage */
    int64_t since_ns;       /* when the outage began, monotonic */
    int64_t last_ns;        /* when the last call ended, monotonic */
};
struct provider_health {
    const char *name;
    struct plugin_instance *instance;
    pthread_mutex_t lock;   /* below */
    struct map *operations; /* name → struct operation */
    char *frozen;           /* why; NULL: it is not */
    char *unfreeze;         /* what to do about it; NULL with frozen */
};

static void operation_free(void *value)
{
    struct operation *o = value;
    free(o->message);
    free(o);
}

struct provider_health *provider_health_new(const char *name, struct plugin_instance *instance)
{
    struct provider_health *h = new0(struct provider_health);
    h->name = name;
    h->instance = instance;
    h->operations = map_new(operation_free);
    pthread_mutex_init(&h->lock, NULL);
    return h;
}

void provider_health_free(struct provider_health *h)
{
    if (!h)
        return;
    map_free(h->operations);
    free(h->frozen);
    free(h->unfreeze);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* What each code means to the one who runs the cluster; those without advice are answers, no outages. */
static const char *const advice[ERR_CODES] = {
    [ERR_FORBIDDEN] = "check its credentials and what they may do",
    [ERR_TOO_MANY_REQUESTS] = "it asks for fewer calls: wait, or have its quota raised",
    [ERR_UNAVAILABLE] = "check the way to its API; what is there stays as it is until it answers",
    [ERR_TIMEOUT] = "check the way to its API; what is there stays as it is until it answers",
    [ERR_INTERNAL] = "see the daemon's log",
};

static const char *advice_on(enum error_code outage)
{
    return advice[outage] ? advice[outage] : "check its entry in the cloud configuration";
}

bool provider_error_is_outage(enum error_code code)
{
    return advice[code] != NULL;
}

/* Who only asked how it is has no question that could be wrong: whatever fails there is its own. */
static bool is_outage(const char *operation, enum error_code code)
{
    return provider_error_is_outage(code) ||
           (code != ERR_NONE && code != ERR_CANCELLED && strcmp(operation, PROVIDER_HEALTHY) == 0);
}

/* Under the lock. */
static struct operation *operation_at(struct provider_health *h, const char *name)
{
    struct operation *o = map_get(h->operations, name);
    if (!o) {
        o = new0(struct operation);
        map_set(h->operations, name, o);
    }
    return o;
}

void provider_health_note(struct provider_health *h, const char *operation, const struct error *err,
                          int64_t duration_ns)
{
    double seconds = (double)duration_ns / 1e9;
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&h->lock);
    struct operation *o = operation_at(h, operation);
    o->outcomes[err->code]++;
    o->seconds += seconds;
    for (size_t i = 0; i < ARRAY_SIZE(bounds_s); i++)
        o->buckets[i] += seconds <= bounds_s[i];
    bool outage = is_outage(operation, err->code);
    if (outage && (!o->outage || now - o->last_ns > FORGET_NS))
        o->since_ns = now;
    o->last_ns = now;
    if (err->code != ERR_CANCELLED) { /* we gave up: says nothing */
        o->outage = outage ? err->code : ERR_NONE;
        free(o->message);
        o->message = outage ? xstrdup(err->message ? err->message : "") : NULL;
    }
    pthread_mutex_unlock(&h->lock);
}

static bool is_about_nodes(const char *operation)
{
    return strcmp(operation, "owns") == 0 || strncmp(operation, "instances.", 10) == 0;
}

/* Under the lock: the outage that lasts longest, or NULL. */
static const struct operation *worst(const struct provider_health *h, bool of_nodes)
{
    const struct operation *found = NULL;
    int64_t now = clock_monotonic_ns();
    size_t cursor = 0;
    const char *name;
    void *value;
    while (map_next(h->operations, &cursor, &name, &value)) {
        const struct operation *o = value;
        if (o->outage && now - o->last_ns <= FORGET_NS && (!of_nodes || is_about_nodes(name)) &&
            (!found || o->since_ns < found->since_ns))
            found = o;
    }
    return found;
}

bool provider_health_is_ill(struct provider_health *h)
{
    bool ill = !plugin_instance_healthy(h->instance, NULL);
    pthread_mutex_lock(&h->lock);
    ill = ill || worst(h, true);
    pthread_mutex_unlock(&h->lock);
    return ill;
}

bool provider_health_wants_question(struct provider_health *h)
{
    bool quiet = true, open = !plugin_instance_healthy(h->instance, NULL);
    int64_t now = clock_monotonic_ns();
    size_t cursor = 0;
    const char *name;
    void *value;
    pthread_mutex_lock(&h->lock);
    while (map_next(h->operations, &cursor, &name, &value))
        quiet = quiet && now - ((const struct operation *)value)->last_ns >= QUIET_NS;
    const struct operation *asked = map_get(h->operations, PROVIDER_HEALTHY);
    bool failed = asked && asked->outage;
    pthread_mutex_unlock(&h->lock);
    return quiet || open || failed;
}

void provider_health_freeze(struct provider_health *h, const char *why, const char *todo)
{
    pthread_mutex_lock(&h->lock);
    free(h->frozen);
    free(h->unfreeze);
    h->frozen = why ? xstrdup(why) : NULL;
    h->unfreeze = why ? xstrdup(todo) : NULL;
    pthread_mutex_unlock(&h->lock);
}

bool provider_health_tell(struct provider_health *h, struct buffer *what, struct buffer *todo)
{
    char age[TIME_TEXT_MAX];
    _cleanup_free_ char *why = NULL;
    bool ok = plugin_instance_healthy(h->instance, &why);
    pthread_mutex_lock(&h->lock);
    const struct operation *o = worst(h, false);
    const char *advised = o ? advice_on(o->outage) : !ok ? advice_on(ERR_UNAVAILABLE) : h->unfreeze;
    if (o) {
        time_format_age(clock_monotonic_ns() - o->since_ns, age);
        buffer_printf(what, "fails since %s (%s)", age, o->message);
    } else {
        buffer_append_str(what, !ok ? why : h->frozen ? "" : "ok");
    }
    ok = ok && !o;
    if (h->frozen)
        buffer_printf(what, "%s%s", ok ? "" : "; ", h->frozen);
    if (advised)
        buffer_append_str(todo, advised);
    ok = ok && !h->frozen;
    pthread_mutex_unlock(&h->lock);
    return ok;
}

/* ---- Metrics ---- */

typedef void print_operation(const struct provider_health *h, const char *name, const struct operation *o,
                             struct buffer *out);

static void print_calls(const struct provider_health *h, const char *name, const struct operation *o,
                        struct buffer *out)
{
    for (unsigned code = 0; code < ERR_CODES; code++)
        if (o->outcomes[code])
            buffer_printf(out,
                          "keelson_cloud_calls_total{provider=\"%s\",operation=\"%s\",outcome=\"%s\"} %llu\n",
                          h->name, name,
                          code == ERR_NONE        ? "OK"
                          : code == ERR_CANCELLED ? "Cancelled"
                                                  : error_reason(code),
                          (unsigned long long)o->outcomes[code]);
}

static uint64_t calls_of(const struct operation *o)
{
    uint64_t calls = 0;
    for (unsigned code = 0; code < ERR_CODES; code++)
        calls += o->outcomes[code];
    return calls;
}

static void print_durations(const struct provider_health *h, const char *name, const struct operation *o,
                            struct buffer *out)
{
    static const char family[] = "keelson_cloud_call_duration_seconds";
    unsigned long long calls = calls_of(o);
    for (size_t i = 0; i < ARRAY_SIZE(bounds_s); i++)
        buffer_printf(out, "%s_bucket{provider=\"%s\",operation=\"%s\",le=\"%g\"} %llu\n", family, h->name,
                      name, bounds_s[i], (unsigned long long)o->buckets[i]);
    buffer_printf(out, "%s_bucket{provider=\"%s\",operation=\"%s\",le=\"+Inf\"} %llu\n", family, h->name,
                  name, calls);
    buffer_printf(out, "%s_sum{provider=\"%s\",operation=\"%s\"} %g\n", family, h->name, name, o->seconds);
    buffer_printf(out, "%s_count{provider=\"%s\",operation=\"%s\"} %llu\n", family, h->name, name, calls);
}

static void print_operations(struct provider_health *h, print_operation *print, struct buffer *out)
{
    size_t cursor = 0;
    const char *name;
    void *value;
    pthread_mutex_lock(&h->lock);
    while (map_next(h->operations, &cursor, &name, &value))
        print(h, name, value, out);
    pthread_mutex_unlock(&h->lock);
}

static bool has_open_circuit(struct provider_health *h)
{
    return !plugin_instance_healthy(h->instance, NULL);
}

static bool is_frozen(struct provider_health *h)
{
    pthread_mutex_lock(&h->lock);
    bool frozen = h->frozen != NULL;
    pthread_mutex_unlock(&h->lock);
    return frozen;
}

static const struct {
    const char *family;
    bool (*is)(struct provider_health *h);
} states[] = {
    {"keelson_cloud_circuit_open", has_open_circuit},
    {"keelson_cloud_ill", provider_health_is_ill},
    {"keelson_cloud_frozen", is_frozen},
};

void provider_health_metrics(struct provider_health *const *all, unsigned count, struct buffer *out)
{
    buffer_append_str(out, "# TYPE keelson_cloud_calls_total counter\n");
    for (unsigned i = 0; i < count; i++)
        print_operations(all[i], print_calls, out);
    buffer_append_str(out, "# TYPE keelson_cloud_call_duration_seconds histogram\n");
    for (unsigned i = 0; i < count; i++)
        print_operations(all[i], print_durations, out);
    for (size_t n = 0; n < ARRAY_SIZE(states); n++) {
        buffer_printf(out, "# TYPE %s gauge\n", states[n].family);
        for (unsigned i = 0; i < count; i++)
            buffer_printf(out, "%s{provider=\"%s\"} %d\n", states[n].family, all[i]->name,
                          states[n].is(all[i]));
    }
}
