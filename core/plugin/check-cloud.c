/* SPDX-License-Identifier: Apache-2.0 */
/* How the functions of <keelson/cloud.h> that are about nodes must behave. */
#include <ctype.h>
#include <keelson/cloud.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/plugin/check-rules.h"

static const char foreign_node[] =
    "{\"metadata\":{\"name\":\"keelson-check-node\"},\"spec\":{\"providerID\":\"keelson-check://node\"}}";

struct question {
    const void *table;
    const struct keelson_object *nodes[KEELSON_CLOUD_NODES_MAX]; /* the same one everywhere */
    uint32_t nodes_count;
    atomic_bool strange; /* a report of a node that was not asked about */
    atomic_bool gone;    /* an instance is said to be gone */
    atomic_uint claims;  /* nodes that are said to be owned; or gone or off, and without evidence */
};

static struct question *question_new(const struct check *c, const char *interface, const char *node,
                                     uint32_t nodes_count)
{
    struct question *q = new0(struct question);
    q->table = check_table_of(c, interface);
    q->nodes_count = nodes_count;
    q->nodes[0] = check_object(node);
    for (uint32_t i = 1; i < nodes_count; i++)
        q->nodes[i] = q->nodes[0];
    return q;
}

/* ---- keelson.cloud/1 ---- */

static struct question *about_nodes(const struct check *c, uint32_t nodes_count)
{
    return question_new(c, KEELSON_CLOUD_1, foreign_node, nodes_count);
}

static enum keelson_status ask_owns(void *handle, const struct keelson_call *call, void *arguments)
{
    struct question *q = arguments;
    enum keelson_owns owns[KEELSON_CLOUD_NODES_MAX] = {KEELSON_OWNS_UNKNOWN};
    enum keelson_status status =
        ((const struct keelson_cloud_v1 *)q->table)->owns(handle, call, q->nodes, q->nodes_count, owns);
    for (uint32_t i = 0; i < q->nodes_count; i++)
        if (owns[i] == KEELSON_OWNS_YES && status == KEELSON_OK)
            atomic_fetch_add(&q->claims, 1);
    return status;
}

static enum keelson_status ask_healthy(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct question *q = arguments;
    return ((const struct keelson_cloud_v1 *)q->table)->healthy(handle, call);
}

static bool says_its_scheme(struct check *c)
{
    const struct keelson_cloud_v1 *cloud = check_table_of(c, KEELSON_CLOUD_1);
    const char *scheme = cloud->scheme(c->first->handle);
    bool right = scheme && islower((unsigned char)*scheme);
    for (const char *p = right ? scheme : ""; *p; p++)
        right = right && (islower((unsigned char)*p) || isdigit((unsigned char)*p) || strchr("+-.", *p));
    snprintf(c->detail, sizeof(c->detail), "%.100s", scheme ? scheme : "NULL");
    return right;
}

static bool answers_in_time(struct check *c)
{
    enum error_code code;
    return check_call(c, ask_healthy, about_nodes(c, 0), &code);
}

static bool leaves_other_clouds_nodes(struct check *c)
{
    enum error_code code;
    struct question *q = about_nodes(c, 1);
    if (!check_call(c, ask_owns, q, &code))
        return false;
    bool owned = atomic_load(&q->claims) > 0;
    if (owned)
        snprintf(c->detail, sizeof(c->detail), "it owns a node of provider ID keelson-check://node");
    return !owned && (code == ERR_NONE || check_is_away(code));
}

static bool takes_a_thousand_nodes(struct check *c)
{
    enum error_code code;
    struct question *q = about_nodes(c, KEELSON_CLOUD_NODES_MAX);
    return check_call(c, ask_owns, q, &code) && (code == ERR_NONE || check_is_away(code)) &&
           atomic_load(&q->claims) == 0;
}

static bool takes_no_nodes(struct check *c)
{
    enum error_code code;
    return check_call(c, ask_owns, about_nodes(c, 0), &code);
}

static bool ends_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_healthy, about_nodes(c, 1));
}

static bool owns_has_no_time(struct check *c)
{
    return check_deadline(c, ask_owns, about_nodes(c, 1));
}

static bool takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_owns, about_nodes(c, 1));
}

const struct rule check_cloud_rules[] = {
    {"it says the scheme of its provider IDs", says_its_scheme,
     "a constant such as \"acme\": lower-case letters, digits, + - ."},
    {"healthy() comes back within the deadline", answers_in_time,
     "give every request to your API a time limit from call->deadline_ns"},
    {"it does not own nodes of another cloud", leaves_other_clouds_nodes,
     "answer KEELSON_OWNS_NO where spec.providerID has another scheme; that is no failure"},
    {"it may be asked about many nodes at once", takes_a_thousand_nodes,
     "up to KEELSON_CLOUD_NODES_MAX come in one call: list once, then answer for each"},
    {"owns() ends at its deadline", owns_has_no_time, CHECK_DEADLINE_ADVICE},
    {"it may be asked about no node at all", takes_no_nodes, "loop up to nodes_count"},
    {"it ends when it is cancelled", ends_when_cancelled, CHECK_CANCEL_ADVICE},
    {"it takes many callers at once", takes_many_callers, CHECK_CROWD_ADVICE},
    {0},
};

/* ---- keelson.cloud.instances/1 ---- */

static int take_report(const struct keelson_instance_sink *sink, const struct keelson_instance_report *report)
{
    struct question *q = sink->context;
    if (report->node >= q->nodes_count)
        atomic_store(&q->strange, true);
    if (report->state == KEELSON_INSTANCE_GONE)
        atomic_store(&q->gone, true);
    bool absent = report->state == KEELSON_INSTANCE_GONE || report->state == KEELSON_INSTANCE_SHUT_DOWN;
    if (absent && (!report->evidence || !*report->evidence))
        atomic_fetch_add(&q->claims, 1);
    return 0;
}

static enum keelson_status ask_describe(void *handle, const struct keelson_call *call, void *arguments)
{
    struct question *q = arguments;
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = take_report, .context = q};
    const struct keelson_cloud_instances_v1 *instances = q->table;
    return instances->describe(handle, call, q->nodes, q->nodes_count,
                               KEELSON_WANT_STATE | KEELSON_WANT_METADATA, &sink);
}

static bool reports_what_was_asked(struct check *c)
{
    bool kept = true;
    for (uint32_t count = 0; kept && count < 2; count++) {
        enum error_code code;
        struct question *q = question_new(c, KEELSON_CLOUD_INSTANCES_1, foreign_node, count);
        kept = check_call(c, ask_describe, q, &code) && !atomic_load(&q->strange);
    }
    return kept;
}

static bool leaves_other_clouds_instances(struct check *c)
{
    enum error_code code;
    struct question *q = question_new(c, KEELSON_CLOUD_INSTANCES_1, foreign_node, 1);
    if (!check_call(c, ask_describe, q, &code))
        return false;
    bool gone = code == ERR_NONE && atomic_load(&q->gone);
    if (gone)
        snprintf(c->detail, sizeof(c->detail),
                 "it says that an instance of provider ID keelson-check://node is gone");
    return !gone;
}

/* Of its own scheme, so that it is asked in earnest; and not of the form that its own IDs have. */
static char *unknown_node(const struct check *c)
{
    const struct keelson_cloud_v1 *cloud = check_table_of(c, KEELSON_CLOUD_1);
    const char *scheme = cloud ? cloud->scheme(c->first->handle) : NULL;
    return xasprintf("{\"metadata\":{\"name\":\"keelson-check-unknown\"},\"spec\":{\"providerID\":"
                     "\"%s://keelson/check/unknown\"}}",
                     scheme ? scheme : "none");
}

static bool has_evidence(struct check *c)
{
    _cleanup_free_ char *node = unknown_node(c);
    struct question *q = question_new(c, KEELSON_CLOUD_INSTANCES_1, node, 1);
    enum error_code code;
    if (!check_call(c, ask_describe, q, &code))
        return false;
    bool bare = code == ERR_NONE && atomic_load(&q->claims) > 0;
    if (bare)
        snprintf(c->detail, sizeof(c->detail),
                 "it says that an instance is gone or off, and not how it knows");
    return !bare && !atomic_load(&q->strange);
}

static bool describe_has_no_time(struct check *c)
{
    return check_deadline(c, ask_describe, question_new(c, KEELSON_CLOUD_INSTANCES_1, foreign_node, 1));
}

static int take_one(const struct keelson_instance_sink *sink, const struct keelson_instance_report *report)
{
    struct question *q = sink->context;
    atomic_fetch_add(&q->claims, 1);
    return 1;
}

static enum keelson_status ask_describe_one(void *handle, const struct keelson_call *call, void *arguments)
{
    struct question *q = arguments;
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = take_one, .context = q};
    const struct keelson_cloud_instances_v1 *instances = q->table;
    return instances->describe(handle, call, q->nodes, q->nodes_count, KEELSON_WANT_STATE, &sink);
}

static bool describe_ends_with_its_sink(struct check *c)
{
    _cleanup_free_ char *node = unknown_node(c);
    struct question *q = question_new(c, KEELSON_CLOUD_INSTANCES_1, node, 2);
    enum error_code code;
    if (!check_call(c, ask_describe_one, q, &code))
        return false;
    unsigned puts = atomic_load(&q->claims);
    if (puts > 1)
        snprintf(c->detail, sizeof(c->detail), "it put a second report");
    return puts <= 1 && (code == ERR_NONE || check_is_away(code));
}

static bool describe_ends_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_describe, question_new(c, KEELSON_CLOUD_INSTANCES_1, foreign_node, 1));
}

static bool describe_takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_describe, question_new(c, KEELSON_CLOUD_INSTANCES_1, foreign_node, 1));
}

const struct rule check_instances_rules[] = {
    {"it reports nodes that it was asked about", reports_what_was_asked,
     "report.node is an index into the call's nodes"},
    {"it does not say that nodes of another cloud are gone", leaves_other_clouds_instances,
     "put no report for a node whose spec.providerID has another scheme"},
    {"describe() ends when its sink wants no more", describe_ends_with_its_sink, CHECK_SINK_ADVICE},
    {"describe() ends when it is cancelled", describe_ends_when_cancelled, CHECK_CANCEL_ADVICE},
    {"an instance that is gone or off comes with evidence", has_evidence,
     "fill report.evidence with what the cloud's answer was"},
    {"describe() takes many callers at once", describe_takes_many_callers, CHECK_CROWD_ADVICE},
    {"describe() ends at its deadline", describe_has_no_time,
     "give every request to your API a time limit from call->deadline_ns"},
    {0},
};
