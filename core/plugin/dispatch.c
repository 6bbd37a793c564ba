/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making calls: on the instance's pool or in the caller's thread, with the deadline kept, the SERIAL promise
 * enforced, and a circuit breaker in front of a backend that is away.
 *
 * A job is shared by the caller who waits and the pool thread that works; whoever lets go last releases it.
 * That is how a caller can walk away from a call that hangs: the arguments stay with the job.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/instance.h"

#define GRACE_MS          1000 /* beyond the deadline, for a call that is ending */
#define STUCK_MAX         4u   /* abandoned calls still inside the plugin before the instance gets no more */
#define BREAKER_THRESHOLD 5u   /* failures in a row that open the circuit */
#define BREAKER_FIRST_MS  1000
#define BREAKER_LAST_MS   60000 /* of backends far away, which count calls */
#define BREAKER_LOCAL_MS  2000  /* of those on this machine, which are missed at once */
#define SLOW_CALL_S       10.0

struct job {
    struct host_call *call;
    struct plugin_instance *instance;
    plugin_function *function;
    void *arguments;
    void (*free_arguments)(void *arguments);
    const char *operation;
    bool long_running;

    pthread_mutex_t lock; /* below */
    pthread_cond_t done_or_not;
    bool started, done, abandoned;
    unsigned refs;
};

static void job_unref(struct job *j)
{
    pthread_mutex_lock(&j->lock);
    unsigned left = --j->refs;
    pthread_mutex_unlock(&j->lock);
    if (left > 0)
        return;
    if (j->free_arguments)
        j->free_arguments(j->arguments);
    host_call_free(j->call);
    pthread_mutex_destroy(&j->lock);
    pthread_cond_destroy(&j->done_or_not);
    free(j);
}

/* Failures of the backend, as opposed to answers of it. */
static bool is_outage(enum keelson_status status)
{
    return status == KEELSON_UNAVAILABLE || status == KEELSON_TIMEOUT || status == KEELSON_THROTTLED;
}

static int64_t longest_pause_ms(const struct plugin_instance *i)
{
    enum keelson_kind kind = i->file->note.kind;
    return kind == KEELSON_KIND_CLOUD || kind == KEELSON_KIND_STORAGE ? BREAKER_LAST_MS : BREAKER_LOCAL_MS;
}

/* Under i->lock. */
static void breaker_failed(struct plugin_instance *i, int64_t pause_ms)
{
    i->failures_in_a_row++;
    if (i->failures_in_a_row >= BREAKER_THRESHOLD) {
        unsigned doublings = MIN(i->failures_in_a_row - BREAKER_THRESHOLD, 6u);
        pause_ms = MAX(pause_ms, MIN((int64_t)BREAKER_FIRST_MS << doublings, longest_pause_ms(i)));
    }
    int64_t now = clock_monotonic_ns();
    if (pause_ms > 0)
        i->circuit_open_until_ns = MAX(i->circuit_open_until_ns, now + pause_ms * NS_PER_MS);
    else if (i->circuit_open_until_ns <= now)
        i->circuit_open_until_ns = 0;
}

/* Under i->lock: another call may probe. */
static void end_probe(struct plugin_instance *i, struct host_call *c)
{
    i->probing = i->probing && !c->probe;
    c->probe = false;
}

/* Under i->lock. */
static void breaker_note(struct plugin_instance *i, struct host_call *c)
{
    end_probe(i, c);
    if (c->status == KEELSON_CANCELLED)
        return; /* says nothing about the backend */
    if (is_outage(c->status)) {
        breaker_failed(i, c->retry_after_ms);
    } else {
        i->failures_in_a_row = 0;
        i->circuit_open_until_ns = 0;
    }
}

/* Lets a call in, or says why not. While the circuit is open one call at a time probes once the pause is
 * over; a long-running one is no probe, since its end may be days away. Counts the caller and the job. */
static int enter(struct plugin_instance *i, const char *operation, bool long_running, bool *ret_probe,
                 struct error *err)
{
    pthread_mutex_lock(&i->lock);
    int64_t now = clock_monotonic_ns();
    int result = 0;
    unsigned stuck_max = i->is_serial ? 1 : STUCK_MAX;
    if (i->stuck >= stuck_max) {
        result = error_set(err, ERR_UNAVAILABLE, "plugin %s: %s: %u earlier calls have not come back",
                           i->name, operation, i->stuck);
    } else if (i->circuit_open_until_ns && (now < i->circuit_open_until_ns || i->probing)) {
        result = error_set(err, ERR_UNAVAILABLE,
                           "plugin %s: %s: its backend is away (%u failures in a row); next try later",
                           i->name, operation, i->failures_in_a_row);
        if (err)
            err->retry_after_s = now < i->circuit_open_until_ns
                                     ? (uint32_t)((i->circuit_open_until_ns - now) / NS_PER_S + 1)
                                     : 1;
    } else {
        *ret_probe = i->circuit_open_until_ns != 0 && !long_running;
        i->probing = *ret_probe;
        i->running += 2;
    }
    pthread_mutex_unlock(&i->lock);
    return result;
}

/* The last touch of an instance by a job or its caller: it may be gone afterwards. */
static void leave(struct plugin_instance *i)
{
    pthread_mutex_lock(&i->lock);
    if (--i->running == 0)
        pthread_cond_broadcast(&i->idle);
    pthread_mutex_unlock(&i->lock);
}

static void account(struct plugin_instance *i, struct host_call *c, const char *operation, double seconds,
                    bool counts)
{
    atomic_store(&c->live, false); /* over, and not only once it is released */
    pthread_mutex_lock(&i->lock);
    bool failed = c->status != KEELSON_OK && c->status != KEELSON_NOT_FOUND && c->status != KEELSON_CANCELLED;
    plugin_metrics_count(i, operation, failed, seconds);
    if (counts)
        breaker_note(i, c);
    list_remove(&c->link);
    pthread_mutex_unlock(&i->lock);
    if (counts && seconds > SLOW_CALL_S)
        log_warning("plugin %s: %s took %.1f s (trace %s)", i->name, operation, seconds, c->trace_id);
}

static void invoke(struct plugin_instance *i, struct host_call *c, plugin_function *function, void *arguments,
                   const char *operation, bool long_running)
{
    bool serial = i->is_serial && !long_running;
    if (serial)
        pthread_mutex_lock(&i->serial);
    int64_t started = clock_monotonic_ns();
    host_call_enter(c);
    c->status = function(i->handle, &c->call, arguments);
    host_call_leave();
    double seconds = (double)(clock_monotonic_ns() - started) / 1e9;
    if (serial)
        pthread_mutex_unlock(&i->serial);
    account(i, c, operation, seconds, !long_running);
}

int plugin_call_here(struct plugin_instance *i, const struct plugin_call_options *options,
                     plugin_function *function, void *arguments, struct error *err)
{
    struct host_call *c = host_call_new(i, options);
    pthread_mutex_lock(&i->lock);
    i->running++;
    list_append(&i->calls, &c->link);
    pthread_mutex_unlock(&i->lock);
    c->arguments = arguments;
    if (options->cancel_fd > 0)
        c->call.cancel_fd = options->cancel_fd;
    invoke(i, c, function, arguments, options->operation, options->timeout_ms < 0);
    int result = host_call_error(c, options->operation, err);
    host_call_free(c);
    leave(i);
    return result;
}

int plugin_call_begin(struct plugin_instance *i, const struct plugin_call_options *options,
                      plugin_function *function, void *arguments, struct plugin_begun *begun,
                      struct error *err)
{
    struct host_call *c = host_call_new(i, options);
    *begun = (struct plugin_begun){c, options->operation, clock_monotonic_ns()};
    pthread_mutex_lock(&i->lock);
    i->running += 2; /* what is begun, which may end at once, and this thread's stay in the plugin */
    list_append(&i->calls, &c->link);
    pthread_mutex_unlock(&i->lock);
    c->arguments = arguments;
    if (i->is_serial)
        pthread_mutex_lock(&i->serial);
    host_call_enter(c);
    enum keelson_status status = function(i->handle, &c->call, arguments);
    host_call_leave();
    if (i->is_serial)
        pthread_mutex_unlock(&i->serial);
    int result = status == KEELSON_OK ? 0 : plugin_call_end(begun, status, NULL, err);
    leave(i);
    return result;
}

int plugin_call_end(struct plugin_begun *begun, enum keelson_status status, const char *message,
                    struct error *err)
{
    struct host_call *c = begun->call;
    struct plugin_instance *i = c->instance;
    double seconds = (double)(clock_monotonic_ns() - begun->started_ns) / 1e9;
    c->status = status;
    if (message && *message && status != KEELSON_OK) {
        free(c->message);
        c->message = message_text(message);
    }
    account(i, c, begun->operation, seconds, true);
    int result = host_call_error(c, begun->operation, err);
    host_call_free(c);
    leave(i);
    return result;
}

static void run_job(void *argument)
{
    struct job *j = argument;
    struct plugin_instance *i = j->instance;
    pthread_mutex_lock(&j->lock);
    bool skip = j->abandoned;
    j->started = true;
    pthread_mutex_unlock(&j->lock);
    if (skip) {
        j->call->status = KEELSON_CANCELLED; /* never reached the plugin: no word about its backend */
        account(i, j->call, j->operation, 0, !j->long_running);
    } else {
        invoke(i, j->call, j->function, j->arguments, j->operation, j->long_running);
    }
    pthread_mutex_lock(&j->lock);
    j->done = true;
    bool was_abandoned = j->abandoned && !skip;
    pthread_cond_broadcast(&j->done_or_not);
    pthread_mutex_unlock(&j->lock);
    if (was_abandoned) {
        pthread_mutex_lock(&i->lock);
        i->stuck--;
        pthread_mutex_unlock(&i->lock);
        log_warning("plugin %s: %s came back after its caller had given up (trace %s)", i->name, j->operation,
                    j->call->trace_id);
    }
    job_unref(j);
    leave(i);
}

static void *run_long(void *argument)
{
    run_job(argument);
    return NULL;
}

static bool wait_done(struct job *j, int64_t until_ns)
{
    struct timespec until = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
    pthread_mutex_lock(&j->lock);
    while (!j->done) {
        int rc = until_ns == INT64_MAX ? pthread_cond_wait(&j->done_or_not, &j->lock)
                                       : pthread_cond_timedwait(&j->done_or_not, &j->lock, &until);
        if (rc == ETIMEDOUT)
            break;
    }
    bool done = j->done;
    pthread_mutex_unlock(&j->lock);
    return done;
}

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return fd > 0 && poll(&p, 1, 0) > 0;
}

/* With a cancel_fd the wait looks at it five times a second: calls that can be cancelled are rare and long.
 */
static bool wait_or_cancel(struct job *j, int cancel_fd)
{
    int64_t deadline = j->call->call.deadline_ns;
    while (cancel_fd > 0) {
        int64_t slice_end = MIN(deadline, clock_monotonic_ns() + 200 * NS_PER_MS);
        if (wait_done(j, slice_end))
            return true;
        if (is_readable(cancel_fd) || slice_end == deadline)
            break;
    }
    return cancel_fd > 0 ? false : wait_done(j, deadline);
}

/* The caller gives up on a call that does not come back. Returns false if it came back at the last moment. A
 * probe that hangs has found nobody: should it never come back, the next one must not wait for it. */
static bool abandon(struct job *j)
{
    struct plugin_instance *i = j->instance;
    pthread_mutex_lock(&j->lock);
    j->abandoned = !j->done;
    if (j->abandoned &&
        j->started) { /* counted before run_job can see that it was abandoned, and count down */
        pthread_mutex_lock(&i->lock);
        i->stuck++;
        if (j->call->probe)
            breaker_failed(i, 0);
        end_probe(i, j->call);
        pthread_mutex_unlock(&i->lock);
    }
    bool abandoned = j->abandoned;
    pthread_mutex_unlock(&j->lock);
    return abandoned;
}

static int finish(struct job *j, int cancel_fd, const char *operation, struct error *err)
{
    if (!wait_or_cancel(j, cancel_fd)) {
        host_call_cancel(j->call);
        bool owned = j->free_arguments != NULL;
        if (!wait_done(j, owned ? clock_monotonic_ns() + GRACE_MS * NS_PER_MS : INT64_MAX) && abandon(j)) {
            error_set(err, ERR_TIMEOUT, "plugin %s: %s did not come back in time", j->instance->name,
                      operation);
            job_unref(j);
            return -1;
        }
    }
    int result = host_call_error(j->call, operation, err);
    job_unref(j);
    return result;
}

static struct job *job_new(struct plugin_instance *i, const struct plugin_call_options *options,
                           plugin_function *function, void *arguments, void (*free_arguments)(void *))
{
    struct job *j = new0(struct job);
    pthread_condattr_t attributes;
    j->call = host_call_new(i, options);
    j->instance = i;
    j->function = function;
    j->arguments = j->call->arguments = arguments;
    j->free_arguments = free_arguments;
    j->operation = options->operation;
    j->long_running = options->timeout_ms < 0;
    j->refs = 2;
    pthread_mutex_init(&j->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&j->done_or_not, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_lock(&i->lock);
    list_append(&i->calls, &j->call->link);
    pthread_mutex_unlock(&i->lock);
    return j;
}

static void undo_enter(struct plugin_instance *i, struct job *j)
{
    pthread_mutex_lock(&i->lock);
    end_probe(i, j->call);
    list_remove(&j->call->link);
    pthread_mutex_unlock(&i->lock);
    job_unref(j);
    job_unref(j);
    leave(i);
    leave(i);
}

/* The caller and the job are counted already. */
static int call_entered(struct plugin_instance *i, const struct plugin_call_options *options, bool probe,
                        plugin_function *function, void *arguments, void (*free_arguments)(void *arguments),
                        struct error *err)
{
    struct job *j = job_new(i, options, function, arguments, free_arguments);
    j->call->probe = probe;
    bool started = j->long_running ? thread_start(i->name, 256 * 1024, run_long, j, NULL) == 0
                                   : workers_submit(i->pool, run_job, j);
    if (!started) {
        error_set(err, ERR_TOO_MANY_REQUESTS, "plugin %s: %s: too many calls are waiting", i->name,
                  options->operation);
        undo_enter(i, j);
        return -1;
    }
    int result = finish(j, options->cancel_fd, options->operation, err);
    leave(i);
    return result;
}

int plugin_call(struct plugin_instance *i, const struct plugin_call_options *options,
                plugin_function *function, void *arguments, void (*free_arguments)(void *arguments),
                struct error *err)
{
    bool probe = false;
    if (is_readable(options->cancel_fd))
        error_set(err, ERR_CANCELLED, "plugin %s: %s: cancelled before it began", i->name,
                  options->operation);
    else if (enter(i, options->operation, options->timeout_ms < 0, &probe, err) == 0)
        return call_entered(i, options, probe, function, arguments, free_arguments, err);
    if (free_arguments)
        free_arguments(arguments);
    return -1;
}

int plugin_call_last(struct plugin_instance *i, const struct plugin_call_options *options,
                     plugin_function *function, void *arguments, void (*free_arguments)(void *arguments),
                     struct error *err)
{
    pthread_mutex_lock(&i->lock);
    i->running += 2;
    pthread_mutex_unlock(&i->lock);
    return call_entered(i, options, false, function, arguments, free_arguments, err);
}

bool plugin_instance_healthy(struct plugin_instance *i, char **ret_why)
{
    pthread_mutex_lock(&i->lock);
    char *why = NULL;
    if (i->stuck > 0)
        why = xasprintf("%u calls are stuck", i->stuck);
    else if (i->circuit_open_until_ns)
        why = xasprintf("its backend is away (%u failures in a row)", i->failures_in_a_row);
    pthread_mutex_unlock(&i->lock);
    bool healthy = !why;
    if (ret_why)
        *ret_why = why ? why : xstrdup("ok");
    else
        free(why);
    return healthy;
}
