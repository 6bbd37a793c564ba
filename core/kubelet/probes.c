/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe is one timer and a few counters; it owns a copy of its own part of the pod's document, so the pod
 * may change or go meanwhile. The list of probes and their counters are guarded by one lock, which is never
 * held while a probe runs.
 */
#include "core/kubelet/probes.h"

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/list.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/kubelet/handler.h"

#define WORKERS 32
#define TRIES   3 /* of a probe that could not be asked */

enum probe_kind { PROBE_STARTUP, PROBE_LIVENESS, PROBE_READINESS, PROBE_KINDS };
static const struct {
    const char *key, *word;
} kinds[PROBE_KINDS] = {
    {"startupProbe", "Startup"}, {"livenessProbe", "Liveness"}, {"readinessProbe", "Readiness"}};

struct probe {
    struct list link; /* probes->all */
    struct probes *owner;
    struct loop_timer timer;
    struct arena arena; /* what follows, and the documents */
    const char *pod_uid, *container_name, *container_id, *pod_ip, *field_path;
    const struct json *spec, *container, *pod; /* pod: only what an event needs */
    enum probe_kind kind;
    struct probe_count count;
    enum probe_verdict told;
    int64_t started_ns, period_ms, timeout_ms, grace_s;
    unsigned success_threshold, failure_threshold;
    bool running, ended; /* guarded by owner->lock */
    bool begun;          /* its timer is there; the loop's thread */
};
struct probes {
    struct kubelet *k;
    struct workers *workers;
    pthread_mutex_t lock; /* of the list and of all probes' members that change */
    struct list all;
    bool stopping;
};

struct probes *probes_new(struct kubelet *k)
{
    struct probes *p = new0(struct probes);
    struct workers_config config = {.name = "probes", .threads_max = WORKERS};
    p->k = k;
    p->workers = workers_new(&config);
    pthread_mutex_init(&p->lock, NULL);
    list_init(&p->all);
    return p;
}

enum probe_verdict probe_count_add(struct probe_count *count, bool success, unsigned success_threshold,
                                   unsigned failure_threshold)
{
    count->successes = success ? count->successes + 1 : 0;
    count->failures = success ? 0 : count->failures + 1;
    if (success)
        return count->successes >= success_threshold ? PROBE_PASSED : PROBE_UNDECIDED;
    return count->failures >= failure_threshold ? PROBE_FAILED : PROBE_UNDECIDED;
}

/* --- life of a probe; its memory goes on the loop's thread, where its timer lives --- */

static void probe_free(void *context)
{
    struct probe *p = context;
    loop_timer_stop(&p->timer);
    struct arena arena = p->arena;
    free(p);
    arena_done(&arena);
}

/* Under the lock. Freed at once, or by whoever runs it. */
static void probe_end(struct probe *p)
{
    if (p->ended)
        return;
    p->ended = true;
    list_remove(&p->link);
    if (!p->running)
        loop_post(p->owner->k->loop, probe_free, p);
}

static void probe_arm(void *context)
{
    struct probe *p = context;
    pthread_mutex_lock(&p->owner->lock);
    bool ended = p->ended, stopping = p->owner->stopping;
    p->running = false;
    pthread_mutex_unlock(&p->owner->lock);
    if (ended)
        probe_free(p);
    else if (!stopping)
        loop_timer_start(&p->timer, p->period_ms);
}

static void set_text(char **place, const char *text)
{
    free(*place);
    *place = text ? xstrdup(text) : NULL;
}

struct verdict {
    const struct probe *probe;
    bool passed;
    const char *message;
};

static void note_verdict(void *context, struct container_memory *m)
{
    const struct verdict *v = context;
    const struct probe *p = v->probe;
    if (!m->probed_id || strcmp(m->probed_id, p->container_id) != 0)
        return;
    if (p->kind == PROBE_READINESS) {
        m->ready = v->passed;
    } else if (p->kind == PROBE_STARTUP && v->passed) {
        m->started = true;
    } else if (!v->passed) {
        m->unhealthy = true;
        m->unhealthy_grace_s = p->grace_s;
        set_text(&m->unhealthy_message, v->message);
    }
}

static bool has_started(struct probe *p, struct pod *pod)
{
    struct arena arena = ARENA_INIT;
    struct container_memory *memories;
    size_t count = pod_memories(p->owner->k->pods, pod, &arena, &memories);
    const struct container_memory *m = container_memory_find(memories, count, p->container_name);
    bool started = !json_get(p->container, "startupProbe") || (m && m->started);
    arena_done(&arena);
    return started;
}

static void tell(struct probe *p, enum handler_result result, const char *output)
{
    static const struct {
        const char *reason, *verb;
    } words[] = {[HANDLER_WARNING] = {"ProbeWarning", "warning"},
                 [HANDLER_FAILED] = {"Unhealthy", "failed"},
                 [HANDLER_UNKNOWN] = {"Unhealthy", "errored"}};
    if (p->owner->k->events && result != HANDLER_OK)
        event_record(p->owner->k->events, p->pod, p->field_path, "Warning", words[result].reason,
                     "%s probe %s: %s", kinds[p->kind].word, words[result].verb, output);
}

static void run_now(struct probes *owner, const char *container_id);

/* A probe that could not be asked says nothing either way. */
static void conclude(struct probe *p, struct pod *pod, enum handler_result result, const char *output)
{
    bool good = result == HANDLER_OK || result == HANDLER_WARNING;
    enum probe_verdict verdict = PROBE_UNDECIDED;
    pthread_mutex_lock(&p->owner->lock);
    if (result != HANDLER_UNKNOWN)
        verdict = probe_count_add(&p->count, good, p->success_threshold, p->failure_threshold);
    bool news = verdict != PROBE_UNDECIDED && verdict != p->told && !p->ended;
    if (news)
        p->told = verdict;
    bool ended = p->ended;
    pthread_mutex_unlock(&p->owner->lock);
    if (!ended)
        tell(p, result, output);
    if (!news)
        return;
    char *message =
        xasprintf("failed %s probe, will be restarted", p->kind == PROBE_STARTUP ? "startup" : "liveness");
    struct verdict v = {p, verdict == PROBE_PASSED, message};
    pod_remember(p->owner->k->pods, pod, p->container_name, note_verdict, &v);
    free(message);
    pods_wake(p->owner->k->pods, p->pod_uid);
    if (p->kind == PROBE_STARTUP && v.passed)
        run_now(p->owner, p->container_id);
}

static void probe_run(void *arg)
{
    struct probe *p = arg;
    struct kubelet *k = p->owner->k;
    struct pod *pod = pods_get(k->pods, p->pod_uid);
    bool started = pod && has_started(p, pod);
    bool skip = !pod || (p->kind == PROBE_STARTUP ? started : !started);
    if (!skip) {
        struct buffer output = BUFFER_INIT;
        struct handler_input in = {.handler = p->spec,
                                   .container = p->container,
                                   .container_id = p->container_id,
                                   .pod_ip = p->pod_ip,
                                   .timeout_ms = p->timeout_ms};
        enum handler_result result = HANDLER_UNKNOWN;
        for (unsigned i = 0; i < TRIES && result == HANDLER_UNKNOWN && !k->stopping; i++) {
            buffer_clear(&output);
            result = handler_run(k, &in, &output);
        }
        conclude(p, pod, result, output.data ? output.data : "");
        buffer_done(&output);
    }
    pod_unref(pod);
    loop_post(k->loop, probe_arm, p);
}

static void probe_due(void *context)
{
    struct probe *p = context;
    pthread_mutex_lock(&p->owner->lock);
    bool go = !p->ended && !p->owner->stopping;
    p->running = go;
    pthread_mutex_unlock(&p->owner->lock);
    if (go && !workers_submit(p->owner->workers, probe_run, p))
        probe_arm(p);
}

/* How long until the first time: initialDelaySeconds count from the container's start, not from ours. */
static int64_t first_delay_ms(const struct probe *p)
{
    int64_t due_ns = p->started_ns + json_integer_or(json_get(p->spec, "initialDelaySeconds"), 0) * NS_PER_S;
    return MAX((due_ns - clock_realtime_ns()) / NS_PER_MS, (int64_t)1);
}

static void probe_begin(void *context)
{
    struct probe *p = context;
    loop_timer_init(&p->timer, p->owner->k->loop, probe_due, p);
    p->begun = true;
    loop_timer_start(&p->timer, first_delay_ms(p));
}

/* What waited for the container's start need not wait for its next turn. */
struct hurry {
    struct probes *owner;
    char container_id[];
};

static void hurry_run(void *context)
{
    struct hurry *h = context;
    pthread_mutex_lock(&h->owner->lock);
    list_for_each (it, &h->owner->all) {
        struct probe *each = list_entry(it, struct probe, link);
        if (each->kind != PROBE_STARTUP && each->begun && !each->running && !h->owner->stopping &&
            strcmp(each->container_id, h->container_id) == 0)
            loop_timer_start(&each->timer, first_delay_ms(each));
    }
    pthread_mutex_unlock(&h->owner->lock);
    free(h);
}

static void run_now(struct probes *owner, const char *container_id)
{
    struct hurry *h = xcalloc(1, sizeof(*h) + strlen(container_id) + 1);
    h->owner = owner;
    memcpy(h->container_id, container_id, strlen(container_id) + 1);
    loop_post(owner->k->loop, hurry_run, h);
}

/* --- which there are --- */

static struct probe *probe_new(struct probes *owner, struct pod *pod, const struct json *document,
                               const struct json *container, enum container_kind of, enum probe_kind kind,
                               const struct runtime_container *running, const char *pod_ip)
{
    struct probe *p = new0(struct probe);
    p->owner = owner;
    p->kind = kind;
    p->pod_uid = arena_strdup(&p->arena, pod->uid);
    p->container = json_copy(&p->arena, container);
    p->container_name = json_string_or(json_get(p->container, "name"), "");
    p->container_id = arena_strdup(&p->arena, running->id);
    p->pod_ip = arena_strdup(&p->arena, pod_ip);
    p->field_path = container_field_path(&p->arena, of, p->container_name);
    p->started_ns = running->started_ns ? running->started_ns : clock_realtime_ns();
    p->spec = json_get(p->container, kinds[kind].key);
    struct json *about =
        object_new(&p->arena, "v1", "Pod", object_namespace(document), object_name(document));
    json_set_string(&p->arena, json_get(about, "metadata"), "uid", pod->uid);
    p->pod = about;
    p->period_ms = MAX(json_integer_or(json_get(p->spec, "periodSeconds"), 10), (int64_t)1) * 1000;
    p->timeout_ms = MAX(json_integer_or(json_get(p->spec, "timeoutSeconds"), 1), (int64_t)1) * 1000;
    p->grace_s = json_integer_or(json_get(p->spec, "terminationGracePeriodSeconds"), -1);
    p->success_threshold =
        (unsigned)MAX(json_integer_or(json_get(p->spec, "successThreshold"), 1), (int64_t)1);
    p->failure_threshold =
        (unsigned)MAX(json_integer_or(json_get(p->spec, "failureThreshold"), 3), (int64_t)1);
    return p;
}

/* Results of an older container say nothing about this one; what the API was told of this very one (before a
 * restart of the kubelet) does. */
struct first_word {
    const char *id;
    bool ready, started;
};

static void note_container(void *context, struct container_memory *m)
{
    const struct first_word *w = context;
    if (m->probed_id && strcmp(m->probed_id, w->id) == 0)
        return;
    set_text(&m->probed_id, w->id);
    m->ready = w->ready;
    m->started = w->started;
    m->unhealthy = false;
}

static struct first_word first_word_of(const struct json *document, const char *name, const char *id)
{
    static const char *const lists[] = {"containerStatuses", "initContainerStatuses"};
    struct first_word word = {.id = id};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (s, json_get(json_get(document, "status"), lists[i])) {
            const char *known = strstr(json_string_or(json_get(s, "containerID"), ""), "://");
            if (strcmp(json_string_or(json_get(s, "name"), ""), name) != 0 || !known ||
                strcmp(known + 3, id) != 0)
                continue;
            word.ready = json_boolean_or(json_get(s, "ready"), false);
            word.started = json_boolean_or(json_get(s, "started"), false);
        }
    return word;
}

static bool have_probe(struct probes *p, const char *container_id, enum probe_kind kind)
{
    list_for_each (it, &p->all) {
        struct probe *each = list_entry(it, struct probe, link);
        if (each->kind == kind && strcmp(each->container_id, container_id) == 0)
            return true;
    }
    return false;
}

static void end_stale(struct probes *p, struct pod *pod, const struct pod_runtime *runtime)
{
    list_for_each_safe (it, &p->all) {
        struct probe *each = list_entry(it, struct probe, link);
        if (strcmp(each->pod_uid, pod->uid) != 0)
            continue;
        const struct runtime_container *now = pod_runtime_container(runtime, each->container_name);
        if (!now || now->state != KEELSON_CONTAINER_RUNNING || strcmp(now->id, each->container_id) != 0)
            probe_end(each);
    }
}

void probes_update(struct probes *p, struct pod *pod, const struct json *document,
                   const struct pod_runtime *runtime)
{
    const char *ip = json_boolean_at(document, "spec.hostNetwork", false) ? p->k->addresses[0]
                     : runtime->sandboxes_count && runtime->sandboxes[0].ips_count
                         ? runtime->sandboxes[0].ips[0]
                         : "";
    struct container_walk walk = {0};
    enum container_kind kind;
    pthread_mutex_lock(&p->lock);
    end_stale(p, pod, runtime);
    pthread_mutex_unlock(&p->lock);
    for (const struct json *c; (c = container_next(document, &walk, &kind));) {
        const struct runtime_container *now =
            pod_runtime_container(runtime, json_string_or(json_get(c, "name"), ""));
        if (!now || now->state != KEELSON_CONTAINER_RUNNING || kind == CONTAINER_INIT ||
            kind == CONTAINER_EPHEMERAL)
            continue;
        for (enum probe_kind which = 0; which < PROBE_KINDS; which++) {
            if (json_is_absent(json_get(c, kinds[which].key)))
                continue;
            struct first_word word = first_word_of(document, now->name, now->id);
            pod_remember(p->k->pods, pod, now->name, note_container, &word);
            pthread_mutex_lock(&p->lock);
            bool fresh = !have_probe(p, now->id, which) && !p->stopping;
            struct probe *probe =
                fresh ? probe_new(p, pod, document, c, kind, which, now, ip ? ip : "") : NULL;
            if (fresh) {
                list_append(&p->all, &probe->link);
                loop_post(p->k->loop, probe_begin, probe);
            }
            pthread_mutex_unlock(&p->lock);
        }
    }
}

static void end_some(struct probes *p, const char *pod_uid, bool keep_readiness)
{
    pthread_mutex_lock(&p->lock);
    list_for_each_safe (it, &p->all) {
        struct probe *each = list_entry(it, struct probe, link);
        if (strcmp(each->pod_uid, pod_uid) == 0 && !(keep_readiness && each->kind == PROBE_READINESS))
            probe_end(each);
    }
    pthread_mutex_unlock(&p->lock);
}

void probes_end(struct probes *p, const char *pod_uid)
{
    end_some(p, pod_uid, false);
}

void probes_only_readiness(struct probes *p, const char *pod_uid)
{
    end_some(p, pod_uid, true);
}

void probes_stop(struct probes *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    list_for_each_safe (it, &p->all)
        probe_end(list_entry(it, struct probe, link));
    pthread_mutex_unlock(&p->lock);
    workers_free(p->workers);
    p->workers = NULL;
}

void probes_free(struct probes *p)
{
    if (!p)
        return;
    pthread_mutex_destroy(&p->lock);
    free(p);
}
