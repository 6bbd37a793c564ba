/* SPDX-License-Identifier: Apache-2.0 */
/* See groups.h. Few different sets of nodes are wanted by many load balancers, so a set is kept once. */
#include "plugins/cloud-gcp/groups.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugins/cloud-gcp/api.h"
#include "plugins/cloud-gcp/identity.h"

#define TRUSTED_NS INT64_C(60000000000)
#define BATCH_MAX  500
#define UID_SIZE   128

struct node {
    char zone[NAME_SIZE], name[NAME_SIZE];
};
struct node_set { /* by zone and name */
    unsigned refs;
    uint32_t count;
    struct node nodes[];
};
struct wish {
    char uid[UID_SIZE];
    struct node_set *set;
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
    pthread_cond_destroy(&s->idle);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static int by_place(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    int order = strcmp(x->zone, y->zone);
    return order ? order : strcmp(x->name, y->name);
}

/* Sorted, each once. */
static void tidy(struct node_set *set)
{
    uint32_t kept = 0;
    if (set->count)
        qsort(set->nodes, set->count, sizeof(set->nodes[0]), by_place);
    for (uint32_t i = 0; i < set->count; i++)
        if (kept == 0 || by_place(&set->nodes[kept - 1], &set->nodes[i]) != 0)
            set->nodes[kept++] = set->nodes[i];
    set->count = kept;
}

static struct node_set *set_new(size_t capacity)
{
    struct node_set *set = calloc(1, sizeof(*set) + capacity * sizeof(set->nodes[0]));
    if (set)
        set->refs = 1;
    return set;
}

static struct node_set *set_of(const struct machine_id *nodes, uint32_t count)
{
    struct node_set *set = set_new(count);
    for (uint32_t i = 0; set && i < count; i++) {
        if (nodes[i].foreign || nodes[i].by_name)
            continue;
        struct node *n = &set->nodes[set->count++];
        memcpy(n->zone, nodes[i].zone, NAME_SIZE);
        memcpy(n->name, nodes[i].name, NAME_SIZE);
    }
    if (set)
        tidy(set);
    return set;
}

static bool same_set(const struct node_set *a, const struct node_set *b)
{
    return a->count == b->count && memcmp(a->nodes, b->nodes, a->count * sizeof(a->nodes[0])) == 0;
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
    if (w->set && same_set(w->set, set)) {
        set_unref(set);
        return;
    }
    for (size_t i = 0; i < s->wishes_count; i++) {
        if (!s->wishes[i].set || !same_set(s->wishes[i].set, set))
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
    struct node_set *set = set_of(nodes, count);
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

/* All that is wanted by any. With the lock held. NULL: no memory. */
static struct node_set *all_wanted(const struct groups *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->wishes_count; i++)
        if (i == 0 || s->wishes[i].set != s->wishes[i - 1].set)
            count += s->wishes[i].set->count;
    struct node_set *all = set_new(count);
    for (size_t i = 0; all && i < s->wishes_count; i++) {
        const struct node_set *set = s->wishes[i].set;
        if (i > 0 && set == s->wishes[i - 1].set)
            continue;
        memcpy(all->nodes + all->count, set->nodes, set->count * sizeof(set->nodes[0]));
        all->count += set->count;
    }
    if (all)
        tidy(all);
    return all;
}

/* One of the groups. */
struct group {
    struct gcp *g;
    const struct keelson_call *call;
    char name[RESOURCE_NAME_SIZE];
    struct {
        char zone[NAME_SIZE];
    } there[ZONES_MAX]; /* where it exists */
    uint32_t there_count;
};

static enum keelson_status see_group(void *context, json_object *item)
{
    struct group *all = context;
    struct gcp *g = all->g;
    const char *link = document_text(item, "selfLink"), *name = document_text(item, "name");
    char zone[NAME_SIZE];
    if (!name || !link || !link_part(link, "zones", zone, sizeof(zone)))
        return g->host->fail(all->call, KEELSON_UNAVAILABLE,
                             "a list of instance groups holds one without name or selfLink");
    if (strcmp(name, all->name) != 0 || !settings_has_zone(&g->settings, zone))
        return KEELSON_OK;
    if (!identity_is_ours(g, item, NULL))
        return g->host->fail(all->call, KEELSON_CONFLICT, "the instance group %s in %s is somebody else's",
                             name, zone);
    if (all->there_count == ZONES_MAX)
        return g->host->fail(all->call, KEELSON_FAILED, "more than %d instance groups", ZONES_MAX);
    memcpy(all->there[all->there_count++].zone, zone, sizeof(zone));
    return KEELSON_OK;
}

static enum keelson_status see_groups(struct group *all)
{
    char filter[RESOURCE_NAME_SIZE + 32];
    identity_cluster(all->g, all->name);
    strncat(all->name, "-ig", sizeof(all->name) - strlen(all->name) - 1);
    snprintf(filter, sizeof(filter), "(name = \"%s\")", all->name);
    return api_list(all->g, all->call,
                    &(struct api_list){.method = "GET",
                                       .path = "aggregated/instanceGroups",
                                       .filter = filter,
                                       .aggregated = "instanceGroups",
                                       .visit = see_group,
                                       .context = all});
}

static bool exists(const struct group *all, const char *zone)
{
    for (uint32_t i = 0; i < all->there_count; i++)
        if (strcmp(all->there[i].zone, zone) == 0)
            return true;
    return false;
}

static enum keelson_status make_group(struct group *all, const char *zone)
{
    _cleanup_document_ json_object *want = json_object_new_object();
    _cleanup_text_ char *description = identity_description(all->g, NULL, NULL, NULL);
    char path[NAME_SIZE + 32];
    snprintf(path, sizeof(path), "zones/%s/instanceGroups", zone);
    json_object_object_add(want, "name", json_object_new_string(all->name));
    json_object_object_add(want, "description", json_object_new_string(description ? description : ""));
    enum keelson_status status = api_change(all->g, all->call, "POST", path, want);
    if (status != KEELSON_ALREADY_EXISTS)
        return status;
    all->g->host->retry_after(all->call, 2000);
    return all->g->host->fail(all->call, KEELSON_PENDING, "%s/%s is being made", path, all->name);
}

struct members {
    struct group *all;
    const struct node *wanted;
    uint32_t wanted_count;
    bool *seen;
    json_object *surplus; /* [{"instance": link}] */
};

static void add_reference(json_object *list, const char *link)
{
    json_object *reference = json_object_new_object();
    json_object_object_add(reference, "instance", json_object_new_string(link));
    json_object_array_add(list, reference);
}

static enum keelson_status see_member(void *context, json_object *item)
{
    struct members *m = context;
    const char *link = document_text(item, "instance");
    struct node key;
    if (!link || strlen(link_last(link)) >= NAME_SIZE ||
        !link_part(link, "zones", key.zone, sizeof(key.zone)))
        return m->all->g->host->fail(m->all->call, KEELSON_UNAVAILABLE,
                                     "a group's list of instances holds one without a link");
    snprintf(key.name, sizeof(key.name), "%s", link_last(link));
    const struct node *found =
        m->wanted_count ? bsearch(&key, m->wanted, m->wanted_count, sizeof(key), by_place) : NULL;
    if (found)
        m->seen[found - m->wanted] = true;
    else
        add_reference(m->surplus, link_path(link));
    return KEELSON_OK;
}

static enum keelson_status change_members(struct group *all, const char *zone, const char *verb,
                                          json_object *list)
{
    _cleanup_document_ json_object *body = json_object_new_object();
    char path[NAME_SIZE + RESOURCE_NAME_SIZE + 48];
    snprintf(path, sizeof(path), "zones/%s/instanceGroups/%s/%s", zone, all->name, verb);
    json_object_object_add(body, "instances", json_object_get(list));
    return api_change(all->g, all->call, "POST", path, body);
}

/* One of many may be gone or there already, which spoils the change for all: then each by itself. */
static enum keelson_status change_each(struct group *all, const char *zone, const char *verb,
                                       json_object *list)
{
    enum keelson_status status = change_members(all, zone, verb, list);
    if (status != KEELSON_NOT_FOUND && status != KEELSON_ALREADY_EXISTS && status != KEELSON_INVALID)
        return status;
    for (size_t i = 0; i < document_length(list); i++) {
        _cleanup_document_ json_object *one = json_object_new_array();
        json_object_array_add(one, json_object_get(json_object_array_get_idx(list, i)));
        status = change_members(all, zone, verb, one);
        if (status != KEELSON_NOT_FOUND && status != KEELSON_ALREADY_EXISTS)
            TRY(status);
    }
    return KEELSON_OK;
}

static enum keelson_status change_in_batches(struct group *all, const char *zone, const char *verb,
                                             json_object *list)
{
    for (size_t from = 0; from < document_length(list); from += BATCH_MAX) {
        _cleanup_document_ json_object *batch = json_object_new_array();
        for (size_t i = from; i < from + BATCH_MAX && i < document_length(list); i++)
            json_object_array_add(batch, json_object_get(json_object_array_get_idx(list, i)));
        TRY(change_each(all, zone, verb, batch));
    }
    return KEELSON_OK;
}

static json_object *missing_of(const struct members *m)
{
    json_object *missing = json_object_new_array();
    for (uint32_t i = 0; i < m->wanted_count; i++) {
        char link[4 * NAME_SIZE];
        snprintf(link, sizeof(link), "projects/%s/zones/%s/instances/%s", m->all->g->settings.project,
                 m->wanted[i].zone, m->wanted[i].name);
        if (!m->seen[i])
            add_reference(missing, link);
    }
    return missing;
}

static enum keelson_status sync_members(struct group *all, const char *zone, const struct node *wanted,
                                        uint32_t count)
{
    char path[NAME_SIZE + RESOURCE_NAME_SIZE + 48];
    snprintf(path, sizeof(path), "zones/%s/instanceGroups/%s/listInstances", zone, all->name);
    _cleanup_document_ json_object *surplus = json_object_new_array(), *missing = NULL;
    struct members m = {all, wanted, count, calloc(count + 1, sizeof(bool)), surplus};
    if (!m.seen)
        return all->g->host->fail(all->call, KEELSON_EXHAUSTED, "no memory");
    enum keelson_status status =
        api_list(all->g, all->call,
                 &(struct api_list){.method = "POST", .path = path, .visit = see_member, .context = &m});
    if (status == KEELSON_OK)
        missing = missing_of(&m);
    free(m.seen);
    TRY(status);
    TRY(change_in_batches(all, zone, "addInstances", missing));
    return change_in_batches(all, zone, "removeInstances", surplus);
}

static enum keelson_status delete_group(struct group *all, const char *zone)
{
    char path[NAME_SIZE + RESOURCE_NAME_SIZE + 32];
    snprintf(path, sizeof(path), "zones/%s/instanceGroups/%s", zone, all->name);
    enum keelson_status status = api_change(all->g, all->call, "DELETE", path, NULL);
    return status == KEELSON_NOT_FOUND || status == KEELSON_CONFLICT ? KEELSON_OK : status;
}

static enum keelson_status sync_all(struct gcp *g, const struct keelson_call *call,
                                    const struct node_set *wanted)
{
    struct group all = {.g = g, .call = call};
    TRY(see_groups(&all));
    for (uint32_t i = 0, end; i < wanted->count; i = end) {
        const char *zone = wanted->nodes[i].zone;
        for (end = i; end < wanted->count && strcmp(wanted->nodes[end].zone, zone) == 0;)
            end++;
        if (!exists(&all, zone))
            TRY(make_group(&all, zone));
        TRY(sync_members(&all, zone, &wanted->nodes[i], end - i));
    }
    for (uint32_t i = 0; i < all.there_count; i++) {
        bool used = false;
        for (uint32_t n = 0; n < wanted->count && !used; n++)
            used = strcmp(wanted->nodes[n].zone, all.there[i].zone) == 0;
        if (used)
            continue;
        TRY(sync_members(&all, all.there[i].zone, NULL, 0));
        TRY(delete_group(&all, all.there[i].zone));
    }
    return KEELSON_OK;
}

/* Waits for its turn. With the lock held. */
static enum keelson_status begin(struct gcp *g, const struct keelson_call *call)
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

/* Whether the groups are as wished. Many wishes may change and all together be the same: a node that comes is
 * wished for by one load balancer after the other. *ret_wanted: what they shall hold, where it had to be
 * looked at. With the lock held. */
static bool are_synced(struct groups *s, struct node_set **ret_wanted)
{
    bool trusted = s->synced_ns && pace_clock_ns() - s->synced_ns < TRUSTED_NS;
    if (trusted && s->synced_version == s->version)
        return true;
    *ret_wanted = all_wanted(s);
    if (!trusted || !*ret_wanted || !same_set(*ret_wanted, s->synced))
        return false;
    s->synced_version = s->version;
    return true;
}

/* With the lock held. Takes over the set. */
static void note_synced(struct groups *s, enum keelson_status status, struct node_set *wanted,
                        uint64_t version)
{
    free(s->synced);
    s->synced = wanted;
    s->synced_version = version;
    s->synced_ns = status == KEELSON_OK ? pace_clock_ns() : 0;
}

enum keelson_status groups_sync(struct gcp *g, const struct keelson_call *call)
{
    struct groups *s = g->groups;
    struct node_set *wanted = NULL;
    pthread_mutex_lock(&s->lock);
    enum keelson_status status = begin(g, call);
    uint64_t version = s->version;
    bool known = status == KEELSON_OK && are_synced(s, &wanted);
    s->busy = s->busy || (status == KEELSON_OK && !known);
    pthread_mutex_unlock(&s->lock);
    if (status != KEELSON_OK || known) {
        free(wanted);
        return status;
    }
    status = wanted ? sync_all(g, call, wanted) : g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    pthread_mutex_lock(&s->lock);
    s->busy = false;
    note_synced(s, status, wanted, version);
    pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->lock);
    return status;
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
    struct group all = {.g = g, .call = call};
    groups_doubt(g);
    TRY(see_groups(&all));
    for (uint32_t i = 0; i < all.there_count; i++)
        TRY(delete_group(&all, all.there[i].zone));
    return KEELSON_OK;
}

json_object *groups_backends(const struct gcp *g, const struct machine_id *nodes, uint32_t count)
{
    json_object *backends = json_object_new_array();
    char name[RESOURCE_NAME_SIZE];
    identity_cluster(g, name);
    struct node_set *set = set_of(nodes, count);
    for (uint32_t i = 0; set && i < set->count; i++) {
        char link[4 * NAME_SIZE];
        if (i > 0 && strcmp(set->nodes[i].zone, set->nodes[i - 1].zone) == 0)
            continue;
        snprintf(link, sizeof(link), "projects/%s/zones/%s/instanceGroups/%s-ig", g->settings.project,
                 set->nodes[i].zone, name);
        json_object *backend = json_object_new_object();
        json_object_object_add(backend, "group", json_object_new_string(link));
        json_object_object_add(backend, "balancingMode", json_object_new_string("CONNECTION"));
        json_object_array_add(backends, backend);
    }
    free(set);
    return backends;
}
