/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call objects: deadline, cancellation, trace id, and what the plugin said. They come from a free list and
 * never go back to malloc (see instance.h); the eventfd stays with the object, so a call costs no system call
 * for it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/plugin/instance.h"

static pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER; /* free_calls */
static struct host_call *free_calls;
static _Thread_local struct host_call *current;

static struct host_call *take_free(void)
{
    pthread_mutex_lock(&free_lock);
    struct host_call *c = free_calls;
    if (c)
        free_calls = c->next_free;
    pthread_mutex_unlock(&free_lock);
    return c;
}

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t trace_base[2];

static void draw_trace_base(void)
{
    random_bytes(trace_base, sizeof(trace_base));
}

/* Random once, then counted: an id must differ from all others and need not be hard to guess, and asking the
 * kernel twice costs more than all else that a call costs. */
static void new_trace_id(char out[33])
{
    static const char digits[] = "0123456789abcdef";
    static pthread_once_t drawn = PTHREAD_ONCE_INIT;
    static atomic_uint_fast64_t counter;
    pthread_once(&drawn, draw_trace_base);
    uint64_t n = atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
    const uint64_t halves[] = {mix(trace_base[0] + n), mix(trace_base[1] ^ n)};
    for (int i = 0; i < 32; i++)
        out[i] = digits[halves[i / 16] >> (i % 16 * 4) & 15];
    out[32] = '\0';
}

struct host_call *host_call_new(struct plugin_instance *instance, const struct plugin_call_options *options)
{
    struct host_call *c = take_free();
    if (!c) {
        c = new0(struct host_call);
        c->own_cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        require(c->own_cancel_fd >= 0);
    }
    int64_t timeout_ms = options->timeout_ms ? options->timeout_ms : 30000;
    c->instance = instance;
    c->status = KEELSON_OK;
    c->probe = false;
    c->retry_after_ms = 0;
    c->event = options->event;
    if (options->trace_id)
        snprintf(c->trace_id, sizeof(c->trace_id), "%s", options->trace_id);
    else
        new_trace_id(c->trace_id);
    c->call = (struct keelson_call){
        .size = sizeof(c->call),
        .deadline_ns = timeout_ms < 0 ? INT64_MAX : clock_monotonic_ns() + timeout_ms * NS_PER_MS,
        .cancel_fd = c->own_cancel_fd,
        .trace_id = c->trace_id,
    };
    atomic_store(&c->cancelled, false);
    atomic_store(&c->live, true);
    return c;
}

void host_call_free(struct host_call *c)
{
    atomic_store(&c->live, false);
    free(TAKE_PTR(c->message));
    eventfd_t drained;
    if (atomic_load(&c->cancelled))
        (void)!eventfd_read(c->own_cancel_fd, &drained);
    pthread_mutex_lock(&free_lock);
    c->next_free = free_calls;
    free_calls = c;
    pthread_mutex_unlock(&free_lock);
}

void host_call_cancel(struct host_call *c)
{
    if (!atomic_exchange(&c->cancelled, true))
        (void)!eventfd_write(c->own_cancel_fd, 1);
}

struct host_call *host_call_current(const struct keelson_call *call)
{
    return current && &current->call == call ? current : NULL;
}

void host_call_enter(struct host_call *call)
{
    current = call;
}

void host_call_leave(void)
{
    current = NULL;
}

/* What a daemon is told for each status. Codes that we do not know count as KEELSON_FAILED. */
static const enum error_code error_codes[] = {
    [KEELSON_OK] = ERR_NONE,
    [KEELSON_FAILED] = ERR_INTERNAL,
    [KEELSON_NOT_FOUND] = ERR_NOT_FOUND,
    [KEELSON_ALREADY_EXISTS] = ERR_ALREADY_EXISTS,
    [KEELSON_INVALID] = ERR_BAD_REQUEST,
    [KEELSON_UNSUPPORTED] = ERR_METHOD_NOT_ALLOWED,
    [KEELSON_UNAVAILABLE] = ERR_UNAVAILABLE,
    [KEELSON_DENIED] = ERR_FORBIDDEN,
    [KEELSON_THROTTLED] = ERR_TOO_MANY_REQUESTS,
    [KEELSON_TIMEOUT] = ERR_TIMEOUT,
    [KEELSON_CANCELLED] = ERR_CANCELLED,
    [KEELSON_CONFLICT] = ERR_CONFLICT,
    [KEELSON_EXHAUSTED] = ERR_STORAGE_FULL,
    [KEELSON_COMPACTED] = ERR_EXPIRED,
    [KEELSON_CORRUPT] = ERR_INTERNAL,
    [KEELSON_PENDING] = ERR_SERVER_TIMEOUT, /* going on: the same again, later */
};

int host_call_error(const struct host_call *c, const char *operation, struct error *err)
{
    unsigned status = (unsigned)c->status;
    enum error_code code = status < ARRAY_SIZE(error_codes) ? error_codes[status] : ERR_INTERNAL;
    if (code == ERR_NONE)
        return 0;
    if (c->message && *c->message)
        error_set(err, code, "plugin %s: %s: %s", c->instance->name, operation, c->message);
    else
        error_set(err, code, "plugin %s: %s failed with status %u and gave no reason", c->instance->name,
                  operation, status);
    if (err && c->retry_after_ms)
        err->retry_after_s = (c->retry_after_ms + 999) / 1000;
    return -1;
}
