/* SPDX-License-Identifier: Apache-2.0 */
/* See groups.h. Few different sets of nodes are wanted by many load balancers, so a set is kept once. */
#include "plugins/cloud-gcp/groups.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugins/cloud-gcp/api.h"
#include "plugins/cloud-gcp/zone-groups.h"

#define TRUSTED_NS INT64_C(60000000000)
#define UID_SIZE   128

struct wish {
    char uid[UID_SIZE];
    struct node_set *set;
};
/* Whom Google did not let in, and why. */
enum refusal { IN_ANOTHER_GROUP, IN_ANOTHER_SUBNETWORK, REFUSALS };
struct refused {
    struct node node;
    enum refusal why;
};
struct groups {
    pthread_mutex_t lock; /* all below */
    pthread_cond_t idle;
    bool busy; /* a thread makes them so */
    struct wish *wishes;
    size_t wishes_count, wishes_capacity;
    uint64_t version, synced_version; /* of the wishes */
    struct node_set *synced;          /* what the groups were made to hold; NULL: never */
    int64_t synced_ns;                /* 0: never, or it may not be so */
    uint32_t left_out;                /* more than the groups can hold */
    struct refused *refused;          /* the last time */
    uint32_t refused_count, refused_capacity;
};

struct groups *groups_new(void)
{
    struct groups *s = calloc(1, sizeof(*s));
    pthread_condattr_t attributes;
    if (!s)
        return NULL;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->idle, &attributes);
    pthread_condattr_destroy(&attributes);
    return s;
}

static void set_unref(struct node_set *set)
{
    if (set && --set->refs == 0)
        free(set);
}

void groups_free(struct groups *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->wishes_count; i++)
        set_unref(s->wishes[i].set);
    free(s->wishes);
    free(s->synced);
    free(s->refused);
    pthread_cond_destroy(&s->idle);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* With the lock held, as the next ones. */
static struct wish *find(struct groups *s, const char *uid)
{
    for (size_t i = 0; i < s->wishes_count; i++)
        if (strcmp(s->wishes[i].uid, uid) == 0)
            return &s->wishes[i];
    return NULL;
}

static struct wish *find_or_add(struct groups *s, const char *uid)
{
    struct wish *w = find(s, uid);
    if (w)
        return w;
    if (s->wishes_count == s->wishes_capacity) {
        size_t capacity = s->wishes_capacity ? 2 * s->wishes_capacity : 16;
        struct wish *wishes = realloc(s->wishes, capacity * sizeof(*wishes));
        if (!wishes)
            return NULL;
        s->wishes = wishes;
        s->wishes_capacity = capacity;
    }
    w = &s->wishes[s->wishes_count++];
    *w = (struct wish){0};
    snprintf(w->uid, sizeof(w->uid), "%s", uid);
    return w;
}

/* Takes over the set. */
static void set_wish(struct groups *s, struct wish *w, struct node_set *set)
{
    if (w->set && node_set_same(w->set, set)) {
        set_unref(set);
        return;
    }
    for (size_t i = 0; i < s->wishes_count; i++) {
        if (!s->wishes[i].set || !node_set_same(s->wishes[i].set, set))
            continue;
        set_unref(set);
        set = s->wishes[i].set;
        set->refs++;
        break;
    }
    set_unref(w->set);
    w->set = set;
    s->version++;
}

enum keelson_status groups_want(struct gcp *g, const struct keelson_call *call, const char *uid,
                                const struct machine_id *nodes, uint32_t count)
{
    struct groups *s = g->groups;
    struct node_set *set = node_set_of(nodes, count);
    pthread_mutex_lock(&s->lock);
    struct wish *w = set ? find_or_add(s, uid) : NULL;
    if (w)
        set_wish(s, w, set);
    pthread_mutex_unlock(&s->lock);
    if (w)
        return KEELSON_OK;
    free(set);
    return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
}

void groups_doubt(struct gcp *g)
{
    struct groups *s = g->groups;
    pthread_mutex_lock(&s->lock);
    s->synced_ns = 0;
    pthread_mutex_unlock(&s->lock);
}

/* What the groups are to hold: all that is wanted by any, as far as they can. With the lock held. NULL: no
 * memory. */
static struct node_set *all_wanted(struct groups *s)
{
    const struct node_set **sets = calloc(s->wishes_count + 1, sizeof(*sets));
    size_t count = 0;
    for (size_t i = 0; sets && i < s->wishes_count; i++)
        if (i == 0 || s->wishes[i].set != s->wishes[i - 1].set)
            sets[count++] = s->wishes[i].set;
    struct node_set *all = sets ? node_set_union(sets, count) : NULL;
    free(sets);
    uint32_t wanted = all ? all->count : 0;
    if (all)
        node_set_thin(all, ZONE_GROUP_MAX);
    s->left_out = all ? wanted - all->count : 0;
    return all;
}

/* Turns */

/* Waits until no other thread is at the groups. With the lock held, as the next. */
static enum keelson_status wait_for_turn(struct gcp *g, const struct keelson_call *call)
{
    struct groups *s = g->groups;
    while (s->busy) {
        int64_t now = pace_clock_ns(), until = now + 100000000;
        if (g->host->cancelled(call) || now > call->deadline_ns)
            return g->host->fail(call, KEELSON_TIMEOUT, "no time left to wait for the instance groups");
        pthread_cond_timedwait(&s->idle, &s->lock,
                               &(struct timespec){until / 1000000000, until % 1000000000});
    }
    return KEELSON_OK;
}

static void end_turn(struct groups *s)
{
    s->busy = false;
    pthread_cond_broadcast(&s->idle);
}

/* Does this, alone. Without the lock. */
static enum keelson_status alone(struct gcp *g, const struct keelson_call *call,
                                 enum keelson_status (*act)(struct zone_groups *all, void *context),
                                 void *context)
{
    struct zone_groups all = {.g = g, .call = call};
    pthread_mutex_lock(&g->groups->lock);
    enum keelson_status status = wait_for_turn(g, call);
    g->groups->busy = g->groups->busy || status == KEELSON_OK;
    pthread_mutex_unlock(&g->groups->lock);
    TRY(status);
    status = act(&all, context);
    pthread_mutex_lock(&g->groups->lock);
    end_turn(g->groups);
    pthread_mutex_unlock(&g->groups->lock);
    return status;
}

/* Whom Google refuses */

static void note_refused(void *context, const char *link, bool wrong_subnetwork)
{
    struct groups *s = context;
    struct refused r = {.why = wrong_subnetwork ? IN_ANOTHER_SUBNETWORK : IN_ANOTHER_GROUP};
    if (!link || !link_part(link, "zones", r.node.zone, sizeof(r.node.zone)))
        return;
    snprintf(r.node.name, sizeof(r.node.name), "%s", link_last(link));
    pthread_mutex_lock(&s->lock);
    if (s->refused_count == s->refused_capacity) {
        uint32_t capacity = s->refused_capacity ? 2 * s->refused_capacity : 8;
        struct refused *refused = realloc(s->refused, capacity * sizeof(*refused));
        s->refused = refused ? refused : s->refused;
        s->refused_capacity = refused ? capacity : s->refused_capacity;
    }
    if (s->refused_count < s->refused_capacity)
        s->refused[s->refused_count++] = r;
    pthread_mutex_unlock(&s->lock);
}

static enum keelson_status take_out(struct zone_groups *all, void *context)
{
    const char *link = context;
    char zone[NAME_SIZE];
    _cleanup_document_ json_object *list = json_object_new_array(), *one = json_object_new_object();
    if (!link_part(link, "zones", zone, sizeof(zone)))
        return all->g->host->fail(all->call, KEELSON_UNAVAILABLE, "\"%s\" is no instance", link);
    json_object_object_add(one, "instance", json_object_new_string(link));
    json_object_array_add(list, json_object_get(one));
    zone_groups_name(all->g, all->name);
    note_refused(all->g->groups, link, false);
    return zone_group_remove(all, zone, list);
}

enum keelson_status groups_bar(struct gcp *g, const struct keelson_call *call, char *link)
{
    return alone(g, call, take_out, link);
}

static const struct {
    const char *event, *words;
} refusals[REFUSALS] = {
    [IN_ANOTHER_GROUP] = {"NodeInAnotherGroup",
                          "is in another load-balanced instance group, and Google lets an instance be in one "
                          "only: take it out of that group, or that group out of its backend service"},
    [IN_ANOTHER_SUBNETWORK] = {"NodeInAnotherSubnetwork",
                               "is in another subnetwork than the first nodes of its zone, and Google takes "
                               "those of one subnetwork into an instance group only"},
};
struct refused_count {
    uint32_t count;
    char first[NAME_SIZE];
};

static void count_refused(struct groups *s, const struct node_set *set, struct refused_count ret[REFUSALS])
{
    pthread_mutex_lock(&s->lock);
    for (uint32_t i = 0; i < s->refused_count; i++) {
        struct refused_count *c = &ret[s->refused[i].why];
        if (!node_find(set->nodes, set->count, &s->refused[i].node))
            continue;
        if (c->count++ == 0)
            memcpy(c->first, s->refused[i].node.name, sizeof(c->first));
    }
    pthread_mutex_unlock(&s->lock);
}

enum keelson_status groups_tell_refused(struct gcp *g, const struct keelson_call *call,
                                        const struct machine_id *nodes, uint32_t count)
{
    struct node_set *set = node_set_of(nodes, count);
    struct refused_count counts[REFUSALS] = {{0}};
    if (!set)
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    count_refused(g->groups, set, counts);
    uint32_t all = set->count;
    free(set);
    for (size_t why = 0; why < REFUSALS; why++) {
        const struct refused_count *c = &counts[why];
        if (c->count && counts[IN_ANOTHER_GROUP].count + counts[IN_ANOTHER_SUBNETWORK].count >= all)
            return g->host->fail(call, KEELSON_CONFLICT, "none of the nodes gets traffic: each, as %s, %s",
                                 c->first, refusals[why].words);
        if (c->count)
            g->host->event(call, KEELSON_LOG_WARNING, refusals[why].event,
                           "%u of %u nodes get no traffic: each, as %s, %s", c->count, all, c->first,
                           refusals[why].words);
    }
    return KEELSON_OK;
}

/* Making them so */

struct asking {
    struct gcp *g;
    char stranger[300]; /* the Service of one that is not known; "": none */
};

static enum keelson_status see_balancer(void *context, json_object *item)
{
    struct asking *a = context;
    struct groups *s = a->g->groups;
    _cleanup_text_ char *uid = identity_said(item, "uid"), *whom = identity_said(item, "service");
    if (!identity_is_ours(a->g, item, NULL))
        return KEELSON_OK;
    pthread_mutex_lock(&s->lock);
    bool known = uid && find(s, uid);
    pthread_mutex_unlock(&s->lock);
    if (!known)
        snprintf(a->stranger, sizeof(a->stranger), "%s", whom ? whom : "?");
    return KEELSON_OK;
}

/* Whether all of the cluster's load balancers in the project have said which nodes they want. After a start
 * they do so one by one; until then what is in a group and not wanted may be a stranger's. */
static enum keelson_status are_all_known(struct gcp *g, const struct keelson_call *call, bool *ret)
{
    struct asking a = {.g = g};
    char path[NAME_SIZE + 32], prefix[RESOURCE_NAME_SIZE], filter[RESOURCE_NAME_SIZE + 32];
    identity_cluster(g, prefix);
    snprintf(path, sizeof(path), "regions/%s/backendServices", g->settings.region);
    snprintf(filter, sizeof(filter), "name eq \"%s-.*\"", prefix);
    TRY(api_list(g, call,
                 &(struct api_list){
                     .method = "GET", .path = path, .filter = filter, .visit = see_balancer, .context = &a}));
    *ret = !*a.stranger;
    if (*a.stranger)
        g->host->log(
            call, KEELSON_LOG_INFO,
            "instances that no known load balancer wants stay in the instance groups: which ones the "
            "load balancer of %s wants has not been said yet",
            a.stranger);
    return KEELSON_OK;
}

struct syncing {
    struct zone_groups all;
    bool asked, may_remove;
    bool left; /* something that may have to go later */
};

static enum keelson_status may_remove(struct syncing *s)
{
    if (!s->asked)
        TRY(are_all_known(s->all.g, s->all.call, &s->may_remove));
    s->asked = true;
    s->left = !s->may_remove;
    return KEELSON_OK;
}

/* None is taken out before the others are in, unless there is no room. */
static enum keelson_status sync_zone(struct syncing *s, const char *zone, const struct node *wanted,
                                     uint32_t count)
{
    _cleanup_(zone_difference_done) struct zone_difference d = {0};
    TRY(zone_group_compare(&s->all, zone, wanted, count, &d));
    bool surplus = document_length(d.surplus) > 0;
    bool full = d.held + document_length(d.missing) > ZONE_GROUP_MAX;
    if (surplus)
        TRY(may_remove(s));
    surplus = surplus && s->may_remove;
    if (surplus && full)
        TRY(zone_group_remove(&s->all, zone, d.surplus));
    TRY(zone_group_add(&s->all, zone, d.missing, note_refused, s->all.g->groups));
    return surplus && !full ? zone_group_remove(&s->all, zone, d.surplus) : KEELSON_OK;
}

static bool has_zone(const struct node_set *set, const char *zone)
{
    for (uint32_t i = 0; i < set->count; i = node_set_zone_end(set, i))
        if (strcmp(set->nodes[i].zone, zone) == 0)
            return true;
    return false;
}

static enum keelson_status sync_all(struct gcp *g, const struct keelson_call *call,
                                    const struct node_set *wanted, bool *ret_left)
{
    struct syncing s = {.all = {.g = g, .call = call}};
    TRY(zone_groups_see(&s.all));
    for (uint32_t i = 0, end; i < wanted->count; i = end) {
        const char *zone = wanted->nodes[i].zone;
        end = node_set_zone_end(wanted, i);
        if (!zone_groups_have(&s.all, zone))
            TRY(zone_group_make(&s.all, zone));
        TRY(sync_zone(&s, zone, &wanted->nodes[i], end - i));
    }
    for (uint32_t i = 0; i < s.all.there_count; i++) {
        if (has_zone(wanted, s.all.there[i].zone))
            continue;
        TRY(sync_zone(&s, s.all.there[i].zone, NULL, 0));
        TRY(may_remove(&s));
        if (s.may_remove)
            TRY(zone_group_delete(&s.all, s.all.there[i].zone));
    }
    *ret_left = s.left;
    return KEELSON_OK;
}

/* Whether the groups are as wished. Many wishes may change and all together be the same: a node that comes is
 * wished for by one load balancer after the other. *ret_wanted: what they shall hold, where it had to be
 * looked at. With the lock held. */
static bool are_synced(struct groups *s, struct node_set **ret_wanted)
{
    bool trusted = s->synced_ns && pace_clock_ns() - s->synced_ns < TRUSTED_NS;
    if (trusted && s->synced_version == s->version)
        return true;
    *ret_wanted = all_wanted(s);
    if (!trusted || !*ret_wanted || !node_set_same(*ret_wanted, s->synced))
        return false;
    s->synced_version = s->version;
    return true;
}

/* With the lock held. Takes over the set. good: as wanted, and nothing else. */
static void note_synced(struct groups *s, bool good, struct node_set *wanted, uint64_t version)
{
    free(s->synced);
    s->synced = wanted;
    s->synced_version = version;
    s->synced_ns = good ? pace_clock_ns() : 0;
}

enum keelson_status groups_sync(struct gcp *g, const struct keelson_call *call)
{
    struct groups *s = g->groups;
    struct node_set *wanted = NULL;
    bool left = false;
    pthread_mutex_lock(&s->lock);
    enum keelson_status status = wait_for_turn(g, call);
    uint64_t version = s->version;
    bool known = status == KEELSON_OK && are_synced(s, &wanted);
    s->busy = s->busy || (status == KEELSON_OK && !known);
    s->refused_count = status == KEELSON_OK && !known ? 0 : s->refused_count;
    uint32_t left_out = s->left_out;
    pthread_mutex_unlock(&s->lock);
    if (status != KEELSON_OK || known) {
        free(wanted);
        return status;
    }
    if (left_out > 0)
        g->host->log(call, KEELSON_LOG_WARNING,
                     "%u instances stay out of the instance groups, which hold %d each and are full",
                     left_out, ZONE_GROUP_MAX);
    status = wanted ? sync_all(g, call, wanted, &left) : g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    pthread_mutex_lock(&s->lock);
    note_synced(s, status == KEELSON_OK && !left, wanted, version);
    end_turn(s);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static enum keelson_status delete_unused(struct zone_groups *all, void *context)
{
    TRY(zone_groups_see(all));
    for (uint32_t i = 0; i < all->there_count; i++)
        TRY(zone_group_delete(all, all->there[i].zone));
    return KEELSON_OK;
}

enum keelson_status groups_forget(struct gcp *g, const struct keelson_call *call, const char *uid)
{
    struct groups *s = g->groups;
    pthread_mutex_lock(&s->lock);
    struct wish *w = find(s, uid);
    if (w) {
        set_unref(w->set);
        *w = s->wishes[--s->wishes_count];
        s->version++;
    }
    bool last = s->wishes_count == 0;
    pthread_mutex_unlock(&s->lock);
    if (!last)
        return KEELSON_OK;
    groups_doubt(g);
    return alone(g, call, delete_unused, NULL);
}

json_object *groups_backends(const struct gcp *g, const struct machine_id *nodes, uint32_t count)
{
    json_object *backends = json_object_new_array();
    char name[RESOURCE_NAME_SIZE];
    zone_groups_name(g, name);
    struct node_set *set = node_set_of(nodes, count);
    for (uint32_t i = 0; set && i < set->count; i = node_set_zone_end(set, i)) {
        char link[4 * NAME_SIZE];
        snprintf(link, sizeof(link), "projects/%s/zones/%s/instanceGroups/%s", g->settings.project,
                 set->nodes[i].zone, name);
        json_object *backend = json_object_new_object();
        json_object_object_add(backend, "group", json_object_new_string(link));
        json_object_object_add(backend, "balancingMode", json_object_new_string("CONNECTION"));
        json_object_array_add(backends, backend);
    }
    free(set);
    return backends;
}
