/* SPDX-License-Identifier: Apache-2.0 */
/* How a cloud's load balancers and routes must behave: made twice they are one, and gone they may be taken
 * away again. */
#include <keelson/cloud.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/plugin/check-rules.h"

static const char service_text[] =
    "{\"metadata\":{\"name\":\"keelson-check\",\"namespace\":\"keelson-check\","
    "\"uid\":\"6b65656c-736f-4e2d-8368-65636b000001\"},\"spec\":{\"type\":\"LoadBalancer\",\"ipFamilies\":["
    "\"IPv4\"],"
    "\"externalTrafficPolicy\":\"Cluster\",\"ports\":[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":80,"
    "\"targetPort\":80,"
    "\"nodePort\":30080}]},\"status\":{\"loadBalancer\":{}}}";

struct balancer {
    const struct keelson_cloud_loadbalancers_v1 *table;
    struct keelson_object *service;
    bool recorded;     /* the Service's status is the only record of what was given out */
    char ingress[128]; /* of the last put */
};

static struct balancer *balancer_new(const struct check *c)
{
    struct balancer *b = new0(struct balancer);
    b->table = check_table_of(c, KEELSON_CLOUD_LOADBALANCERS_1);
    b->service = check_object(service_text);
    b->recorded = (b->table->flags & KEELSON_LOADBALANCERS_RECORD_IS_STATUS) != 0;
    return b;
}

static int take_balancer(const struct keelson_load_balancer_sink *sink,
                         const struct keelson_load_balancer *found)
{
    struct balancer *b = sink->context;
    const struct keelson_ingress *first =
        found->ingress_count ? KEELSON_AT(found->ingress, found->ingress_size, 0) : NULL;
    const char *text = !first ? "" : first->ip ? first->ip : first->hostname;
    snprintf(b->ingress, sizeof(b->ingress), "%s", text ? text : "");
    return 0;
}

static enum keelson_status ask_get(void *handle, const struct keelson_call *call, void *arguments)
{
    struct balancer *b = arguments;
    const struct keelson_load_balancer_sink sink = {.size = sizeof(sink), .put = take_balancer, .context = b};
    return b->table->get(handle, call, b->service, &sink);
}

static enum keelson_status ask_ensure(void *handle, const struct keelson_call *call, void *arguments)
{
    struct balancer *b = arguments;
    const struct keelson_load_balancer_sink sink = {.size = sizeof(sink), .put = take_balancer, .context = b};
    return b->table->ensure(handle, call, b->service, NULL, 0, &sink);
}

static enum keelson_status ask_update(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct balancer *b = arguments;
    return b->table->update(handle, call, b->service, NULL, 0);
}

static enum keelson_status ask_remove(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct balancer *b = arguments;
    return b->table->remove(handle, call, b->service);
}

static bool knows_no_balancer(struct check *c)
{
    enum error_code code;
    if (!check_call(c, ask_get, balancer_new(c), &code))
        return false;
    if (code == ERR_NONE)
        snprintf(c->detail, sizeof(c->detail), "it says that one is there which nobody made");
    return code == ERR_NOT_FOUND || check_is_away(code);
}

static bool get_ends_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_get, balancer_new(c));
}

static bool get_takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_get, balancer_new(c));
}

static bool get_ends_at_its_deadline(struct check *c)
{
    return check_deadline(c, ask_get, balancer_new(c));
}

static bool updates_nothing(struct check *c)
{
    enum error_code code;
    struct balancer *b = balancer_new(c);
    if (!check_through(c, ask_update, b, &code) || (code != ERR_NONE && code != ERR_NOT_FOUND))
        return check_is_away(code);
    bool back = check_call(c, ask_get, b, &code);
    if (back && code == ERR_NONE)
        snprintf(c->detail, sizeof(c->detail), "update() made one");
    return back && code == ERR_NOT_FOUND;
}

static bool ensures_one(struct check *c)
{
    enum error_code code;
    struct balancer *b = balancer_new(c);
    if (!check_through(c, ask_ensure, b, &code) || code != ERR_NONE)
        return false;
    _cleanup_free_ char *first = xstrdup(b->ingress);
    if (!check_through(c, ask_ensure, b, &code) || code != ERR_NONE)
        return false;
    snprintf(c->detail, sizeof(c->detail), "\"%.60s\", then \"%.60s\"", first, b->ingress);
    return strcmp(first, b->ingress) == 0;
}

static bool gets_what_it_ensured(struct check *c)
{
    enum error_code code;
    struct balancer *b = balancer_new(c);
    return b->recorded || (check_call(c, ask_get, b, &code) && code == ERR_NONE);
}

static bool removes_twice(struct check *c)
{
    enum error_code code;
    struct balancer *b = balancer_new(c);
    for (int n = 0; n < 2; n++)
        if (!check_through(c, ask_remove, b, &code) || code != ERR_NONE)
            return false;
    bool back = check_call(c, ask_get, b, &code);
    if (back && code == ERR_NONE)
        snprintf(c->detail, sizeof(c->detail), "it is there still");
    return back && code == ERR_NOT_FOUND;
}

const struct rule check_balancers_rules[] = {
    {"a load balancer that nobody made is absent", knows_no_balancer,
     "answer KEELSON_NOT_FOUND when the cloud has answered in full and it is not there"},
    {"get() ends when it is cancelled", get_ends_when_cancelled, CHECK_CANCEL_ADVICE},
    {"get() takes many callers at once", get_takes_many_callers, CHECK_CROWD_ADVICE},
    {"get() ends at its deadline", get_ends_at_its_deadline, CHECK_DEADLINE_ADVICE},
    {"update() makes no load balancer", updates_nothing,
     "answer KEELSON_NOT_FOUND if there is nothing to update: ensure() follows", true},
    {"a load balancer that is ensured twice is one", ensures_one,
     "look for what this cluster made for the Service before you make it, and take it over", true},
    {"get() finds what was ensured", gets_what_it_ensured,
     "find it by the same name or tag that ensure() gives it", true},
    {"a load balancer may be removed twice", removes_twice, "absent is KEELSON_OK", true},
    {0},
};

/* ---- Routes ---- */

struct routes {
    const struct keelson_cloud_routes_v1 *table;
};

static struct routes *routes_new(const struct check *c)
{
    struct routes *r = new0(struct routes);
    r->table = check_table_of(c, KEELSON_CLOUD_ROUTES_1);
    return r;
}

static int take_route(const struct keelson_route_sink *sink, const struct keelson_route *route)
{
    return 0;
}

static enum keelson_status ask_list(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct routes *r = arguments;
    const struct keelson_route_sink sink = {.size = sizeof(sink), .put = take_route};
    return r->table->list(handle, call, &sink);
}

/* Of a network for documentation, to a node that nobody has. */
static enum keelson_status ask_remove_route(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct routes *r = arguments;
    const struct keelson_route route = {.size = sizeof(route),
                                        .name = "keelson-check",
                                        .node_name = "keelson-check-node",
                                        .destination_cidr = "203.0.113.0/24"};
    const struct keelson_route *const routes[] = {&route};
    enum keelson_status each[] = {KEELSON_FAILED};
    enum keelson_status status = r->table->remove(handle, call, routes, 1, each);
    return status == KEELSON_OK ? each[0] : status;
}

static enum keelson_status ask_create_none(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct routes *r = arguments;
    return r->table->create(handle, call, NULL, 0, NULL);
}

static bool lists_routes(struct check *c)
{
    enum error_code code;
    return check_call(c, ask_list, routes_new(c), &code) && (code == ERR_NONE || check_is_away(code));
}

static bool list_ends_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_list, routes_new(c));
}

static bool list_takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_list, routes_new(c));
}

static bool list_ends_at_its_deadline(struct check *c)
{
    return check_deadline(c, ask_list, routes_new(c));
}

static bool creates_no_routes(struct check *c)
{
    enum error_code code;
    return check_call(c, ask_create_none, routes_new(c), &code);
}

static bool removes_absent_route(struct check *c)
{
    enum error_code code;
    return check_call(c, ask_remove_route, routes_new(c), &code) && (code == ERR_NONE || check_is_away(code));
}

const struct rule check_routes_rules[] = {
    {"it lists its routes, or says that it cannot ask", lists_routes,
     "a cloud that cannot be asked is KEELSON_UNAVAILABLE"},
    {"list() ends when it is cancelled", list_ends_when_cancelled, CHECK_CANCEL_ADVICE},
    {"list() takes many callers at once", list_takes_many_callers, CHECK_CROWD_ADVICE},
    {"list() ends at its deadline", list_ends_at_its_deadline, CHECK_DEADLINE_ADVICE},
    {"it may be given no route to create", creates_no_routes, "loop up to routes_count"},
    {"a route that is absent may be removed", removes_absent_route,
     "absent is KEELSON_OK, in its place of ret", true},
    {0},
};
