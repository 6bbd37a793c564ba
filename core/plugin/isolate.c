/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's side of an isolated plugin: the table that stands in for the plugin's own, and how a call goes
 * through a channel. The calling thread itself writes and reads, so a call costs two changes of process and
 * no hand-over between threads.
 */
#include "core/plugin/isolate.h"

#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

#define SEND_LIMIT_MS 5000 /* for a child to read what it is told */
#define GRACE_MS                                                                                             \
    2000 /* beyond deadline or cancellation, before the process is ended; less than close() is waited for */
#define DEATH_WAIT_MS  3000 /* for the word of how it died */
#define OPEN_LIMIT_MS  30000
#define CLOSE_LIMIT_MS 3000

/* ---- Channels ---- */

void isolate_channel_free(struct channel *c)
{
    frame_stream_done(&c->stream);
    free(c);
}

void isolate_channels_close(struct isolate *i)
{
    list_for_each_safe (it, &i->channels) {
        list_remove(it);
        isolate_channel_free(list_entry(it, struct channel, link));
    }
}

/* Under i->lock. NULL: no descriptors left, or the child does not listen. */
static struct channel *channel_new(struct isolate *i)
{
    int ends[2];
    struct buffer frame = BUFFER_INIT;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return NULL;
    frame_end(&frame, frame_begin(&frame, FRAME_CHANNEL));
    bool sent = frame_send(i->control, &frame, 0, ends[1]);
    buffer_done(&frame);
    close(ends[1]);
    struct channel *c = new0(struct channel);
    list_init(&c->link);
    frame_stream_init(&c->stream, ends[0], FRAME_BYTES_MAX);
    c->child = i->started;
    if (sent)
        return c;
    isolate_channel_free(c);
    return NULL;
}

enum keelson_status isolate_fail(const struct isolate_call *c, enum keelson_status status, const char *text)
{
    return c->call ? (c->isolate->host->table.fail)(c->call, status, "%s", text) : status;
}

/* Under i->lock. */
static enum keelson_status refuse(struct isolate_call *c)
{
    struct isolate *i = c->isolate;
    int64_t left_ns = i->again_ns - clock_monotonic_ns();
    if (left_ns > 0 && c->call)
        i->host->table.retry_after(c->call, (uint32_t)(left_ns / NS_PER_MS) + 1);
    _cleanup_free_ char *text =
        xasprintf("%s; it is being started again", i->why ? i->why : "its process has not started");
    return isolate_fail(c, KEELSON_UNAVAILABLE, text);
}

static enum keelson_status channel_take(struct isolate_call *c, enum isolate_state needed,
                                        struct channel **ret)
{
    struct isolate *i = c->isolate;
    enum keelson_status status = KEELSON_OK;
    pthread_mutex_lock(&i->lock);
    if (i->state != needed) {
        status = refuse(c);
    } else if (!list_empty(&i->channels)) {
        *ret = list_entry(i->channels.next, struct channel, link);
        list_remove(&(*ret)->link);
    } else if (!(*ret = channel_new(i))) {
        status = isolate_fail(c, KEELSON_UNAVAILABLE, "no further call can be sent to its process");
    }
    pthread_mutex_unlock(&i->lock);
    return status;
}

enum keelson_status isolate_channel_take(struct isolate_call *c, struct channel **ret)
{
    return channel_take(c, ISOLATE_UP, ret);
}

/* One that is at rest holds nothing that was not read. */
static void channel_return(struct isolate *i, struct channel *c, bool usable)
{
    pthread_mutex_lock(&i->lock);
    bool keep =
        usable && c->child == i->started && c->child != i->died && c->stream.used == c->stream.in.size;
    if (keep)
        list_prepend(&i->channels, &c->link);
    pthread_mutex_unlock(&i->lock);
    if (!keep)
        isolate_channel_free(c);
}

/* ---- One call ---- */

struct talk {
    struct isolate_call *c;
    struct channel *channel;
    struct arena arena;
    int64_t until_ns; /* when the process is ended */
    bool told_stop;   /* the child knows that it shall end the call */
    bool enough;      /* the sink wants no more */
    bool usable;      /* the channel can carry another call */
    enum keelson_status status;
};

static void tell_stop(struct talk *t)
{
    struct buffer frame = BUFFER_INIT;
    if (t->told_stop)
        return;
    t->told_stop = true;
    frame_end(&frame, frame_begin(&frame, FRAME_STOP));
    frame_send(t->channel->stream.socket, &frame, 0, -1);
    buffer_done(&frame);
    t->until_ns = MIN(t->until_ns, clock_monotonic_ns() + GRACE_MS * NS_PER_MS);
}

/* How it died is known a moment after its sockets closed; not to the thread that has yet to look. */
char *isolate_child_gone(struct isolate *i, unsigned child)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += DEATH_WAIT_MS / 1000;
    pthread_mutex_lock(&i->lock);
    while (i->died < child && !pthread_equal(pthread_self(), i->thread) &&
           pthread_cond_timedwait(&i->moved, &i->lock, &until) == 0)
        ;
    bool dead = i->died >= child;
    char *why = xstrdup(dead && i->why ? i->why : "its process has closed a channel");
    pthread_mutex_unlock(&i->lock);
    if (!dead)
        isolate_kill(i, child, why);
    return why;
}

static enum keelson_status process_gone(struct talk *t)
{
    _cleanup_free_ char *why = isolate_child_gone(t->c->isolate, t->channel->child);
    return isolate_fail(t->c, KEELSON_UNAVAILABLE, why);
}

static enum keelson_status process_kill(struct talk *t, enum keelson_status status, const char *why)
{
    isolate_kill(t->c->isolate, t->channel->child, why);
    return isolate_fail(t->c, status, why);
}

static void take_put(struct talk *t, struct frame_reader *r)
{
    struct isolate_call *c = t->c;
    if (!c->put)
        r->bad = true;
    else if (!t->enough && c->put(r, c->context) != 0)
        t->enough = true;
    if (c->ack_fd >= 0)
        eventfd_write(c->ack_fd, 1);
    if (t->enough)
        tell_stop(t);
}

static void take_event(struct talk *t, struct frame_reader *r)
{
    enum keelson_level level = frame_get_u32(r) ? KEELSON_LOG_WARNING : KEELSON_LOG_INFO;
    const char *reason = frame_get_text(r), *text = frame_get_text(r);
    if (frame_is_read(r) && reason && text && t->c->call)
        (t->c->isolate->host->table.event)(t->c->call, level, reason, "%s", text);
}

/* A sink that wanted no more makes an end that was asked for a good one; without that, what was cut short is
 * no success. */
static void take_result(struct talk *t, struct frame_reader *r)
{
    const struct isolate_call *c = t->c;
    enum keelson_status status = (enum keelson_status)frame_get_u32(r);
    uint32_t retry_after_ms = frame_get_u32(r), cut = frame_get_u32(r);
    const char *message = frame_get_text(r);
    if (status == KEELSON_OK && c->answer)
        c->answer(r, c->context);
    if (r->bad)
        return;
    if (status == KEELSON_CANCELLED && t->enough)
        status = KEELSON_OK;
    else if (status == KEELSON_OK && cut && !t->enough)
        status = KEELSON_CANCELLED;
    if (retry_after_ms && c->call)
        c->isolate->host->table.retry_after(c->call, retry_after_ms);
    t->status = message && status != KEELSON_OK ? isolate_fail(c, status, message) : status;
    t->usable = true;
}

/* True when the call is over. */
static bool take_frame(struct talk *t, enum frame_kind kind, struct frame_reader *r)
{
    r->arena = &t->arena;
    if (kind == FRAME_PUT)
        take_put(t, r);
    else if (kind == FRAME_EVENT)
        take_event(t, r);
    else if (kind == FRAME_RESULT)
        take_result(t, r);
    else
        r->bad = true;
    arena_reset(&t->arena);
    if (r->bad)
        t->status = process_kill(t, KEELSON_UNAVAILABLE, "its process speaks nonsense, and was ended");
    return r->bad || kind == FRAME_RESULT;
}

static int left_ms(int64_t until_ns)
{
    if (until_ns == INT64_MAX)
        return -1;
    int64_t left = until_ns - clock_monotonic_ns();
    return left <= 0 ? 0 : (int)MIN(left / NS_PER_MS + 1, INT64_C(1000000));
}

/* Waits for more of the child. False: the call has been ended, with t->status. */
static bool wait_answer(struct talk *t)
{
    const struct keelson_call *call = t->c->call;
    struct pollfd p[] = {{.fd = t->channel->stream.socket, .events = POLLIN},
                         {.fd = call && !t->told_stop ? call->cancel_fd : -1, .events = POLLIN}};
    int limit = left_ms(t->until_ns);
    if (limit == 0) {
        t->status =
            process_kill(t, KEELSON_TIMEOUT, "a call did not come back in time, and its process was ended");
        return false;
    }
    poll(p, ARRAY_SIZE(p), limit);
    if (p[1].revents)
        tell_stop(t);
    if (!p[0].revents || frame_fill(&t->channel->stream))
        return true;
    t->status = process_gone(t);
    return false;
}

static void converse(struct talk *t)
{
    for (;;) {
        enum frame_kind kind;
        struct frame_reader reader;
        int here = frame_next(&t->channel->stream, &kind, &reader);
        if (here < 0) {
            t->status = process_kill(t, KEELSON_UNAVAILABLE, "its process speaks nonsense, and was ended");
            return;
        }
        if (here > 0 ? take_frame(t, kind, &reader) : !wait_answer(t))
            return;
    }
}

static int64_t until_ns(const struct isolate_call *c)
{
    int64_t until = INT64_MAX;
    if (c->limit_ms)
        until = clock_monotonic_ns() + c->limit_ms * NS_PER_MS;
    if (c->call && c->call->deadline_ns < INT64_MAX - GRACE_MS * NS_PER_MS)
        until = MIN(until, c->call->deadline_ns + GRACE_MS * NS_PER_MS);
    return until;
}

static enum keelson_status call_through(struct isolate_call *c, struct channel *channel)
{
    struct talk t = {.c = c, .channel = channel, .until_ns = until_ns(c)};
    if (frame_send(channel->stream.socket, &c->out, SEND_LIMIT_MS, c->ack_fd))
        converse(&t);
    else
        t.status = process_gone(&t);
    arena_done(&t.arena);
    channel_return(c->isolate, channel, t.usable);
    return t.status;
}

static enum keelson_status do_in(struct isolate_call *c, enum isolate_state needed)
{
    struct channel *channel = NULL;
    frame_end(&c->out, 0);
    enum keelson_status status =
        c->out.size > FRAME_BYTES_MAX
            ? isolate_fail(c, KEELSON_INVALID, "the call is too large for its process")
            : channel_take(c, needed, &channel);
    if (channel)
        status = call_through(c, channel);
    buffer_done(&c->out);
    return status;
}

enum keelson_status isolate_do(struct isolate_call *c)
{
    return do_in(c, ISOLATE_UP);
}

enum keelson_status isolate_do_with_sink(struct isolate_call *c, isolate_put *put, const void *sink)
{
    c->put = put;
    c->context = (void *)(uintptr_t)sink;
    return isolate_do(c);
}

static uint32_t place_of(const struct isolate_interface *interface)
{
    uint32_t place = 0;
    while (interface && isolate_interfaces[place] != interface)
        place++;
    return interface ? place : ISOLATE_PLUGIN;
}

/* What is left of the time goes along, not the deadline: a test's clock is not the child's. */
int64_t isolate_left_ns(const struct keelson_call *call)
{
    bool limited = call && call->deadline_ns != INT64_MAX;
    return limited ? MAX(call->deadline_ns - clock_monotonic_ns(), INT64_C(0)) : -1;
}

struct isolate_call isolate_begin(void *handle, const struct keelson_call *call,
                                  const struct isolate_interface *interface, uint32_t function)
{
    struct isolate_call c = {.isolate = handle, .call = call, .ack_fd = -1};
    frame_begin(&c.out, FRAME_CALL);
    frame_put_u32(&c.out, place_of(interface));
    frame_put_u32(&c.out, function);
    frame_put_i64(&c.out, isolate_left_ns(call));
    frame_put_text(&c.out, call ? call->trace_id : NULL);
    return c;
}

void isolate_put_objects(struct isolate_call *c, const struct keelson_object *const *objects, uint32_t count)
{
    frame_put_u32(&c->out, count);
    for (uint32_t i = 0; i < count; i++)
        plugin_object_write(objects[i], &c->out);
}

const char *isolate_scheme(void *handle)
{
    return ((const struct isolate *)handle)->scheme;
}

/* ---- The plugin's own functions ---- */

/* Every table is its size, 32 bits more, and functions. */
static void *table_new(const struct isolate_interface *known, uint32_t second, uint64_t functions)
{
    char *table = xmemdup(known->table, known->table_bytes);
    memcpy(table + sizeof(uint32_t), &second, sizeof(second));
    for (uint32_t f = 0; f < known->functions_count; f++)
        if (!(functions >> f & 1))
            memset(table + ISOLATE_TABLE_HEAD_BYTES + f * sizeof(void *), 0, sizeof(void *));
    return table;
}

/* The interfaces stay what they were when it first opened: their tables are with the daemon. */
static void answer_open(struct frame_reader *r, void *context)
{
    struct isolate *i = context;
    for (unsigned n = 0; isolate_interfaces[n]; n++) {
        const struct isolate_interface *known = isolate_interfaces[n];
        bool offered = frame_get_u32(r);
        uint32_t second = frame_get_u32(r);
        uint64_t functions = (uint64_t)frame_get_i64(r);
        if (offered && !i->scheme)
            i->tables[n] = table_new(known, second, functions);
    }
    const char *scheme = frame_get_text(r);
    if (frame_is_read(r) && !i->scheme)
        i->scheme = xstrdup(scheme ? scheme : "");
}

static struct plugin_config *newest_config(struct isolate *i)
{
    struct plugin_instance *instance = i->instance;
    pthread_mutex_lock(&instance->lock);
    struct plugin_config *newest = instance->configs;
    pthread_mutex_unlock(&instance->lock);
    return newest;
}

static enum keelson_status open_with(struct isolate *i, const struct keelson_call *call,
                                     struct plugin_config *config)
{
    struct isolate_call c = isolate_begin(i, call, NULL, ISOLATE_OPEN);
    const struct plugin_instance *instance = i->instance;
    frame_put_text(&c.out, config ? config->text : NULL);
    frame_put_u32(&c.out, config ? config->line : 0);
    frame_put_text(&c.out, instance->config_file);
    c.answer = answer_open;
    c.context = i;
    c.limit_ms = OPEN_LIMIT_MS;
    enum keelson_status status = do_in(&c, ISOLATE_LOADED);
    if (status != KEELSON_OK)
        return status;
    pthread_mutex_lock(&i->lock);
    bool alive = i->state == ISOLATE_LOADED;
    if (alive) {
        i->state = ISOLATE_UP;
        i->opened = true;
        i->taken = config;
    }
    pthread_mutex_unlock(&i->lock);
    return alive ? KEELSON_OK : isolate_fail(&c, KEELSON_UNAVAILABLE, "its process ended when it had opened");
}

/* A new child is given the newest configuration, and what was taken last when it refuses that. */
enum keelson_status isolate_open(struct isolate *i, const struct keelson_call *call)
{
    struct plugin_config *newest = newest_config(i), *taken = i->taken;
    enum keelson_status status = open_with(i, call, newest);
    return status == KEELSON_INVALID && i->opened && taken != newest ? open_with(i, call, taken) : status;
}

static enum keelson_status open_it(const struct keelson_call *call, const struct keelson_instance *passed,
                                   void **ret)
{
    struct plugin_instance *instance = ((const struct host_call *)call)->instance;
    struct isolate *i = instance->file->isolate;
    i->instance = instance;
    enum keelson_status status = isolate_open(i, call);
    if (status == KEELSON_OK)
        *ret = i;
    return status;
}

static void close_it(void *handle)
{
    struct isolate *i = handle;
    struct isolate_call c = isolate_begin(i, NULL, NULL, ISOLATE_CLOSE);
    c.limit_ms = CLOSE_LIMIT_MS;
    pthread_mutex_lock(&i->lock);
    i->ending = true; /* no further child */
    pthread_mutex_unlock(&i->lock);
    isolate_do(&c);
    isolate_end(i);
}

static const void *interface(void *handle, const char *name)
{
    const struct isolate *i = handle;
    for (unsigned n = 0; isolate_interfaces[n]; n++)
        if (strcmp(isolate_interfaces[n]->name, name) == 0)
            return i->tables[n];
    return NULL;
}

static enum keelson_status reconfigure(void *handle, const struct keelson_call *call,
                                       const struct keelson_config *config)
{
    struct isolate *i = handle;
    struct plugin_config *newest = newest_config(i);
    struct isolate_call c = isolate_begin(handle, call, NULL, ISOLATE_RECONFIGURE);
    frame_put_text(&c.out, newest->text);
    frame_put_u32(&c.out, newest->line);
    enum keelson_status status = isolate_do(&c);
    if (status == KEELSON_OK)
        i->taken = newest;
    return status;
}

void isolate_table_fill(struct isolate *i, enum keelson_threading threading, bool reconfigures)
{
    i->table = (struct keelson_plugin){.size = sizeof(i->table),
                                       .threading = threading,
                                       .description = i->description,
                                       .open = open_it,
                                       .close = close_it,
                                       .interface = interface,
                                       .reconfigure = reconfigures ? reconfigure : NULL};
}
