/* SPDX-License-Identifier: Apache-2.0 */
/* How a cloud's functions must behave whatever its back end says; with its configured back end in reach or
 * not. */
#include <ctype.h>
#include <keelson/cloud.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/api/json.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/plugin/check-rules.h"

#define CALL_TIMEOUT_MS 10000
#define CALLERS         8

static const char foreign_node[] =
    "{\"metadata\":{\"name\":\"keelson-check-node\"},\"spec\":{\"providerID\":\"keelson-check://node\"}}";

/* The arguments of a call; counted, since a call that hangs keeps them. */
struct question {
    atomic_uint refs;
    struct plugin_instance *instance;
    struct arena arena;
    struct keelson_object *node;
    uint32_t nodes_count;
    enum keelson_owns owns;
    atomic_bool strange; /* a report of a node that was not asked about */
};

static struct question *question_new(struct check *c, uint32_t nodes_count)
{
    struct question *q = new0(struct question);
    struct json *document = NULL;
    atomic_init(&q->refs, 2);
    q->instance = c->first;
    q->nodes_count = nodes_count;
    require(json_parse(&q->arena, slice_of(foreign_node), &document, NULL) == 0);
    q->node = plugin_object_new(document);
    return q;
}

static void question_unref(void *arguments)
{
    struct question *q = arguments;
    if (atomic_fetch_sub(&q->refs, 1) > 1)
        return;
    plugin_object_free(q->node);
    arena_done(&q->arena);
    free(q);
}

static const struct keelson_cloud_v1 *cloud_of(const struct question *q)
{
    return plugin_instance_interface(q->instance, KEELSON_CLOUD_1);
}

static enum keelson_status ask_owns(void *handle, const struct keelson_call *call, void *arguments)
{
    struct question *q = arguments;
    const struct keelson_object *nodes[] = {q->node};
    return cloud_of(q)->owns(handle, call, nodes, q->nodes_count, &q->owns);
}

static int take_report(const struct keelson_instance_sink *sink, const struct keelson_instance_report *report)
{
    struct question *q = sink->context;
    if (report->node >= q->nodes_count)
        atomic_store(&q->strange, true);
    return 0;
}

static enum keelson_status ask_describe(void *handle, const struct keelson_call *call, void *arguments)
{
    struct question *q = arguments;
    const struct keelson_object *nodes[] = {q->node};
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = take_report, .context = q};
    const struct keelson_cloud_instances_v1 *instances =
        plugin_instance_interface(q->instance, KEELSON_CLOUD_INSTANCES_1);
    return instances ? instances->describe(handle, call, nodes, q->nodes_count,
                                           KEELSON_WANT_STATE | KEELSON_WANT_METADATA, &sink)
                     : KEELSON_OK;
}

static enum keelson_status ask_healthy(void *handle, const struct keelson_call *call, void *arguments)
{
    return cloud_of(arguments)->healthy(handle, call);
}

/* True when it came back, whatever it said: why it failed goes to the detail. */
static bool came_back(struct check *c, plugin_function *function, struct question *q, int cancel_fd)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_call_options options = {
        .operation = "check", .timeout_ms = CALL_TIMEOUT_MS, .cancel_fd = cancel_fd};
    if (plugin_call(q->instance, &options, function, q, question_unref, &err) < 0)
        snprintf(c->detail, sizeof(c->detail), "%.250s", err.message);
    return err.code != ERR_TIMEOUT || !strstr(err.message, "did not come back");
}

static bool says_its_scheme(struct check *c)
{
    struct question q = {.instance = c->first};
    const char *scheme = cloud_of(&q)->scheme(c->first->handle);
    bool right = scheme && islower((unsigned char)*scheme);
    for (const char *p = right ? scheme : ""; *p; p++)
        right = right && (islower((unsigned char)*p) || isdigit((unsigned char)*p) || strchr("+-.", *p));
    snprintf(c->detail, sizeof(c->detail), "%.100s", scheme ? scheme : "NULL");
    return right;
}

static bool answers_in_time(struct check *c)
{
    struct question *q = question_new(c, 0);
    bool kept = came_back(c, ask_healthy, q, -1);
    question_unref(q);
    return kept;
}

static bool leaves_other_clouds_nodes(struct check *c)
{
    struct question *q = question_new(c, 1);
    bool kept = came_back(c, ask_owns, q, -1) && (*c->detail || q->owns != KEELSON_OWNS_YES);
    if (!kept && !*c->detail)
        snprintf(c->detail, sizeof(c->detail), "it owns a node of provider ID keelson-check://node");
    question_unref(q);
    return kept;
}

static bool takes_no_nodes(struct check *c)
{
    struct question *q = question_new(c, 0);
    bool kept = came_back(c, ask_owns, q, -1);
    question_unref(q);
    return kept;
}

static bool reports_what_was_asked(struct check *c)
{
    bool kept = true;
    for (uint32_t count = 0; kept && count < 2; count++) {
        struct question *q = question_new(c, count);
        kept = came_back(c, ask_describe, q, -1) && !atomic_load(&q->strange);
        question_unref(q);
    }
    return kept;
}

static bool ends_when_cancelled(struct check *c)
{
    struct question *q = question_new(c, 1);
    int fd = eventfd(1, EFD_CLOEXEC);
    bool kept = came_back(c, ask_healthy, q, fd);
    close(fd);
    question_unref(q);
    return kept;
}

struct crowd {
    struct check check; /* a copy: details are each caller's own */
    bool kept;
};

static void *ask_in_crowd(void *argument)
{
    struct crowd *member = argument;
    struct question *q = question_new(&member->check, 1);
    member->kept = came_back(&member->check, ask_owns, q, -1);
    question_unref(q);
    return NULL;
}

static bool takes_many_callers(struct check *c)
{
    struct crowd crowd[CALLERS];
    unsigned long threads[CALLERS];
    bool kept = true;
    for (size_t i = 0; i < CALLERS; i++) {
        crowd[i] = (struct crowd){.check = *c};
        require(thread_start("check", 0, ask_in_crowd, &crowd[i], &threads[i]) == 0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        kept = kept && crowd[i].kept;
    }
    return kept;
}

const struct rule check_cloud_rules[] = {
    {"it says the scheme of its provider IDs", says_its_scheme,
     "a constant such as \"acme\": lower-case letters, digits, + - ."},
    {"healthy() comes back within the deadline", answers_in_time,
     "give every request to your API a time limit from call->deadline_ns"},
    {"it does not own nodes of another cloud", leaves_other_clouds_nodes,
     "answer KEELSON_OWNS_NO where spec.providerID has another scheme"},
    {"it may be asked about no node at all", takes_no_nodes, "loop up to nodes_count"},
    {"it reports nodes that it was asked about", reports_what_was_asked,
     "report.node is an index into the call's nodes"},
    {"it ends when it is cancelled", ends_when_cancelled,
     "poll call->cancel_fd together with your socket, or look at host->cancelled(call)"},
    {"it takes many callers at once", takes_many_callers,
     "say KEELSON_THREADS_SERIAL, or lock what calls share"},
    {0},
};
