/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin host of the simulation: carries calls to the clouds, each as its cloud's mood has it. A call
 * that hangs is given up at its time-out and comes back later, with or without having done its work. One of
 * the plugins is isolated: its process may crash, and the next one knows nothing. */
#include "core/plugin/host.h"

#include "core/base/list.h"
#include "core/base/memory.h"
#include "tests/sim/sim.h"

#define LATE_S 150 /* a call that hangs comes back within */

struct plugin_instance {
    struct sim_cloud *cloud;
    unsigned openings;
    int64_t down_until_ns; /* 0: its process is up */
};
static struct plugin_instance instances[SIM_CLOUDS];

struct late_call {
    struct list link;
    struct plugin_instance *instance;
    const char *operation;
    unsigned opening;
    plugin_function *function;
    void *arguments;
    void (*free_arguments)(void *arguments);
    int64_t due_ns;
};
static struct list late = {&late, &late};
bool sim_call_is_late;

struct keelson_object *plugin_object_new(const struct json *object)
{
    struct keelson_object *o = new0(struct keelson_object);
    o->json = object;
    return o;
}

void plugin_object_free(struct keelson_object *object)
{
    free(object);
}

/* ---- Instances ---- */

struct plugin_instance *sim_host_instance(struct sim_cloud *c)
{
    struct plugin_instance *i = &instances[c->index];
    i->cloud = c;
    if (!i->openings)
        i->openings = 1;
    return i;
}

void sim_host_crash(struct sim_cloud *c)
{
    struct plugin_instance *i = sim_host_instance(c);
    sim_balancers_forget(c);
    if (!i->down_until_ns)
        i->openings++;
    i->down_until_ns = clock_monotonic_ns() + (int64_t)sim_random(10000) * NS_PER_MS;
}

static bool is_up(struct plugin_instance *i)
{
    if (i->down_until_ns && clock_monotonic_ns() >= i->down_until_ns)
        i->down_until_ns = 0;
    return !i->down_until_ns;
}

bool plugin_instance_healthy(struct plugin_instance *instance, char **ret_why)
{
    bool healthy = instance->cloud->mood != MOOD_HANGS;
    if (ret_why)
        *ret_why = xstrdup(healthy ? "ok" : "calls are stuck");
    return healthy;
}

/* Loading is not simulated. */
unsigned plugin_host_count(const struct plugin_host *host)
{
    return 0;
}

struct plugin_instance *plugin_host_instance(const struct plugin_host *host, unsigned index)
{
    return NULL;
}

const char *plugin_instance_name(const struct plugin_instance *instance)
{
    return instance->cloud->name;
}

unsigned plugin_instance_openings(const struct plugin_instance *instance)
{
    return instance->openings;
}

const void *plugin_instance_interface(struct plugin_instance *instance, const char *name)
{
    const struct sim_cloud *c = instance->cloud;
    if (strcmp(name, KEELSON_CLOUD_LOADBALANCERS_1) == 0)
        return c->pool ? &sim_pool_table : &sim_balancers_table;
    return strcmp(name, KEELSON_CLOUD_ROUTES_1) == 0 && c->routes ? &sim_routes_table : NULL;
}

void *plugin_instance_handle(struct plugin_instance *instance)
{
    return instance->cloud;
}

/* ---- Outcomes ---- */

static const struct {
    enum keelson_status status;
    enum error_code code;
} codes[] = {
    {KEELSON_FAILED, ERR_INTERNAL},        {KEELSON_NOT_FOUND, ERR_NOT_FOUND},
    {KEELSON_INVALID, ERR_BAD_REQUEST},    {KEELSON_UNAVAILABLE, ERR_UNAVAILABLE},
    {KEELSON_DENIED, ERR_FORBIDDEN},       {KEELSON_THROTTLED, ERR_TOO_MANY_REQUESTS},
    {KEELSON_CANCELLED, ERR_CANCELLED},    {KEELSON_CONFLICT, ERR_CONFLICT},
    {KEELSON_EXHAUSTED, ERR_STORAGE_FULL}, {KEELSON_PENDING, ERR_SERVER_TIMEOUT},
};

static int tell(const struct sim_cloud *c, enum keelson_status status, struct error *err)
{
    if (status == KEELSON_OK)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i].status == status)
            return error_set(err, codes[i].code, "%s answers %d", c->name, (int)status);
    sim_fail("%s answers %d", c->name, (int)status);
}

static enum keelson_status refusal(const struct sim_cloud *c)
{
    static const enum keelson_status by_mood[MOOD_COUNT] = {
        [MOOD_AWAY] = KEELSON_UNAVAILABLE,
        [MOOD_DENIED] = KEELSON_DENIED,
        [MOOD_THROTTLED] = KEELSON_THROTTLED,
    };
    return by_mood[c->mood];
}

enum keelson_status sim_request(struct sim_cloud *c)
{
    if (sim_may_be_killed())
        return KEELSON_CANCELLED;
    sim_others_run(clock_monotonic_ns() + (int64_t)sim_random(200) * NS_PER_MS);
    if (sim_killed)
        return KEELSON_CANCELLED;
    if (sim_kill_chance > 0 && sim_chance(0.02))
        return KEELSON_UNAVAILABLE;
    return refusal(c);
}

/* ---- Calls that do not come back in time ---- */

/* Questions that hang use up what the host lets be asked. */
static void check_healthy_is_asked_once(const struct plugin_instance *i, const char *operation)
{
    list_for_each (at, &late) {
        const struct late_call *l = list_entry(at, struct late_call, link);
        if (l->instance == i && strcmp(operation, PROVIDER_HEALTHY) == 0 &&
            strcmp(l->operation, operation) == 0)
            sim_fail("%s is asked how it is while it hangs over the question before", i->cloud->name);
    }
}

static int hang(struct plugin_instance *i, const struct plugin_call_options *options,
                plugin_function *function, void *arguments, void (*free_arguments)(void *arguments),
                struct error *err)
{
    check_healthy_is_asked_once(i, options->operation);
    sim_others_run(clock_monotonic_ns() + options->timeout_ms * NS_PER_MS);
    struct late_call *l = new0(struct late_call);
    *l = (struct late_call){.instance = i,
                            .operation = options->operation,
                            .opening = i->openings,
                            .function = sim_chance(0.5) ? function : NULL,
                            .arguments = arguments,
                            .free_arguments = free_arguments,
                            .due_ns = clock_monotonic_ns() + (int64_t)sim_random(LATE_S) * NS_PER_S};
    list_append(&late, &l->link);
    return error_set(err, ERR_TIMEOUT, "%s did not come back in time", i->cloud->name);
}

static const struct keelson_call a_call = {
    .size = sizeof(a_call), .cancel_fd = -1, .deadline_ns = INT64_MAX, .trace_id = ""};

static void come_back(struct late_call *l)
{
    list_remove(&l->link);
    bool before = sim_call_is_late;
    sim_call_is_late = true;
    if (l->function && !sim_killed &&
        l->opening == l->instance->openings) /* a process takes its calls along */
        l->function(l->instance->cloud, &a_call, l->arguments);
    sim_call_is_late = before;
    l->free_arguments(l->arguments);
    free(l);
}

void sim_host_run_late(void)
{
    int64_t now = clock_monotonic_ns();
    for (struct list *at = late.next; at != &late; at = at->next) {
        struct late_call *l = list_entry(at, struct late_call, link);
        if (l->due_ns > now)
            continue;
        come_back(l);
        return; /* others may have run */
    }
}

void sim_host_drop_late(void)
{
    while (!list_empty(&late)) {
        struct late_call *l = list_entry(late.next, struct late_call, link);
        l->function = NULL;
        come_back(l);
    }
}

/* ---- Calls ---- */

static int call_it(struct plugin_instance *instance, plugin_function *function, void *arguments,
                   int64_t latency_ns, struct error *err)
{
    struct sim_cloud *c = instance->cloud;
    unsigned opening = instance->openings;
    enum keelson_status status = is_up(instance) ? refusal(c) : KEELSON_UNAVAILABLE;
    if (status == KEELSON_OK) {
        bool before = sim_call_is_late;
        sim_call_is_late = false; /* of all calls that are under way this is the inmost */
        status = function(c, &a_call, arguments);
        sim_call_is_late = before;
    }
    if (sim_may_be_killed())
        return error_set(err, ERR_CANCELLED, "dead");
    sim_others_run(clock_monotonic_ns() + latency_ns);
    if (sim_killed)
        return error_set(err, ERR_CANCELLED, "dead");
    if (instance->openings != opening)
        status = KEELSON_UNAVAILABLE; /* its process is gone */
    int result = tell(c, status, err);
    if (status == KEELSON_THROTTLED && err)
        err->retry_after_s = (uint32_t)sim_random(20);
    return result;
}

int plugin_call(struct plugin_instance *instance, const struct plugin_call_options *options,
                plugin_function *function, void *arguments, void (*free_arguments)(void *arguments),
                struct error *err)
{
    int64_t latency_ns = (int64_t)sim_random(300) * NS_PER_MS;
    int result = -1;
    instance->cloud->calls++;
    if (!sim_may_be_killed())
        sim_others_run(clock_monotonic_ns() + latency_ns);
    if (sim_killed)
        error_set(err, ERR_CANCELLED, "dead");
    else if (instance->cloud->mood == MOOD_HANGS)
        return hang(instance, options, function, arguments, free_arguments, err);
    else
        result = call_it(instance, function, arguments, latency_ns, err);
    free_arguments(arguments);
    return result;
}
