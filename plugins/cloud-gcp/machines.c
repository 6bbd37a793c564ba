/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See machines.h. A few nodes are asked for by name, many by all of their zone. Nodes without a provider ID,
 * which do not say their zone, are looked for everywhere in the project.
 */
#include "plugins/cloud-gcp/machines.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-gcp/api.h"

#define SCHEME      "gce://"
#define BY_NAME_MAX 40 /* names in a filter: the URL has a limit */
#define FRESH_NS    INT64_C(5000000000)

struct machine {
    char zone[NAME_SIZE], name[NAME_SIZE];
    json_object *document;
};
struct machine_list {
    atomic_uint refs;
    int64_t fetched_ns;
    struct machine *items; /* by zone and name */
    size_t count, capacity;
};
struct machines {
    pthread_mutex_t lock; /* last */
    struct machine_list *last;
};

/* The next part of a provider ID. */
static bool cut(struct keelson_bytes *rest, char ret[NAME_SIZE])
{
    const char *slash = memchr(rest->data, '/', rest->size);
    size_t size = slash ? (size_t)(slash - rest->data) : rest->size;
    if (size == 0 || size >= NAME_SIZE || memchr(rest->data, '\0', size))
        return false;
    memcpy(ret, rest->data, size);
    ret[size] = '\0';
    rest->data += size + (slash != NULL);
    rest->size -= size + (slash != NULL);
    return strspn(ret, "abcdefghijklmnopqrstuvwxyz0123456789-.:") == size;
}

/* An instance's name is its node's, without a domain. */
static void id_by_name(const struct gcp *g, const struct keelson_object *node, struct machine_id *ret)
{
    struct keelson_bytes name = object_text(g, node, "metadata.name");
    const char *dot = memchr(name.data, '.', name.size);
    name.size = dot ? (size_t)(dot - name.data) : name.size;
    ret->by_name = true;
    ret->foreign = !cut(&name, ret->name);
}

void machine_id_of(const struct gcp *g, const struct keelson_object *node, struct machine_id *ret)
{
    struct keelson_bytes id = object_text(g, node, "spec.providerID");
    char project[NAME_SIZE];
    size_t scheme = sizeof(SCHEME) - 1;
    *ret = (struct machine_id){0};
    if (id.size == 0) {
        id_by_name(g, node, ret);
        return;
    }
    ret->foreign = true;
    if (id.size <= scheme || memcmp(id.data, SCHEME, scheme) != 0)
        return;
    id = (struct keelson_bytes){id.data + scheme, id.size - scheme};
    ret->foreign = !cut(&id, project) || !cut(&id, ret->zone) || !cut(&id, ret->name) || id.size != 0 ||
                   strcmp(project, g->settings.project) != 0 || !settings_has_zone(&g->settings, ret->zone);
    if (ret->foreign)
        ret->zone[0] = ret->name[0] = '\0';
    struct keelson_bytes uuid = object_text(g, node, "status.nodeInfo.systemUUID");
    if (!ret->foreign && uuid.size < UUID_SIZE)
        memcpy(ret->uuid, uuid.data, uuid.size);
}

enum keelson_status machine_ids_of(const struct gcp *g, const struct keelson_call *call,
                                   const struct keelson_object *const *nodes, uint32_t count,
                                   struct machine_id **ret)
{
    struct machine_id *ids = calloc(count ? count : 1, sizeof(*ids));
    if (!ids)
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    for (uint32_t i = 0; i < count; i++)
        machine_id_of(g, nodes[i], &ids[i]);
    *ret = ids;
    return KEELSON_OK;
}

void machine_ids_free(struct machine_id **ids)
{
    free(*ids);
}

struct machines *machines_new(void)
{
    struct machines *m = calloc(1, sizeof(*m));
    if (m)
        pthread_mutex_init(&m->lock, NULL);
    return m;
}

void machine_list_unref(struct machine_list **list)
{
    struct machine_list *l = *list;
    if (!l || atomic_fetch_sub(&l->refs, 1) != 1)
        return;
    for (size_t i = 0; i < l->count; i++)
        json_object_put(l->items[i].document);
    free(l->items);
    free(l);
}

void machines_free(struct machines *m)
{
    if (!m)
        return;
    machine_list_unref(&m->last);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static int by_place(const void *a, const void *b)
{
    const struct machine *x = a, *y = b;
    int order = strcmp(x->zone, y->zone);
    return order ? order : strcmp(x->name, y->name);
}

static unsigned count_by_name(const struct machine_list *list, const char *name, json_object **ret_last)
{
    unsigned count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) != 0)
            continue;
        *ret_last = list->items[i].document;
        count++;
    }
    return count;
}

bool machine_is_ambiguous(const struct machine_list *list, const struct machine_id *id)
{
    json_object *last;
    return id->by_name && count_by_name(list, id->name, &last) > 1;
}

json_object *machine_find(const struct machine_list *list, const struct machine_id *id)
{
    json_object *last = NULL;
    if (id->by_name)
        return count_by_name(list, id->name, &last) == 1 ? last : NULL;
    struct machine key;
    memcpy(key.zone, id->zone, NAME_SIZE);
    memcpy(key.name, id->name, NAME_SIZE);
    const struct machine *found =
        list->count ? bsearch(&key, list->items, list->count, sizeof(key), by_place) : NULL;
    return found ? found->document : NULL;
}

struct fetching {
    struct gcp *g;
    const struct keelson_call *call;
    struct machine_list *list;
};

/* One instance of a list's answer. Those of zones that are not ours are passed over. */
static enum keelson_status keep(void *context, json_object *item)
{
    struct fetching *f = context;
    struct machine_list *l = f->list;
    const char *name = document_text(item, "name"), *link = document_text(item, "selfLink");
    struct machine m = {.document = item};
    if (!name || !*name || strlen(name) >= NAME_SIZE || !link ||
        !link_part(link, "zones", m.zone, sizeof(m.zone)))
        return f->g->host->fail(f->call, KEELSON_UNAVAILABLE,
                                "a list of instances holds one without name or selfLink");
    if (!settings_has_zone(&f->g->settings, m.zone))
        return KEELSON_OK;
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 64;
        struct machine *items = realloc(l->items, capacity * sizeof(*items));
        if (!items)
            return f->g->host->fail(f->call, KEELSON_EXHAUSTED, "no memory");
        l->items = items;
        l->capacity = capacity;
    }
    memcpy(m.name, name, strlen(name) + 1);
    json_object_get(item);
    l->items[l->count++] = m;
    return KEELSON_OK;
}

/* (name = "a") OR (name = "b"), of the next few ids of this zone (""; those without one). */
static uint32_t filter_of(const struct machine_id *ids, uint32_t count, uint32_t *from, const char *zone,
                          char *ret, size_t size)
{
    uint32_t names = 0;
    size_t length = 0;
    ret[0] = '\0';
    for (; *from < count && names < BY_NAME_MAX; (*from)++) {
        const struct machine_id *id = &ids[*from];
        if (id->foreign || strcmp(id->zone, zone) != 0)
            continue;
        length +=
            (size_t)snprintf(ret + length, size - length, "%s(name = \"%s\")", names ? " OR " : "", id->name);
        names++;
    }
    return names;
}

static enum keelson_status fetch_named(struct fetching *f, const struct machine_id *ids, uint32_t count,
                                       const char *zone)
{
    char filter[BY_NAME_MAX * (NAME_SIZE + 20)], path[NAME_SIZE + 32];
    snprintf(path, sizeof(path), "zones/%s/instances", zone);
    for (uint32_t from = 0; filter_of(ids, count, &from, zone, filter, sizeof(filter)) > 0;)
        TRY(api_list(f->g, f->call,
                     &(struct api_list){.method = "GET",
                                        .path = *zone ? path : "aggregated/instances",
                                        .filter = filter,
                                        .aggregated = *zone ? NULL : "instances",
                                        .visit = keep,
                                        .context = f}));
    return KEELSON_OK;
}

static enum keelson_status fetch_zone(struct fetching *f, const struct machine_id *ids, uint32_t count,
                                      const char *zone)
{
    char path[NAME_SIZE + 32];
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < count; i++)
        wanted += !ids[i].foreign && strcmp(ids[i].zone, zone) == 0;
    if (wanted <= BY_NAME_MAX || !*zone)
        return fetch_named(f, ids, count, zone);
    snprintf(path, sizeof(path), "zones/%s/instances", zone);
    return api_list(f->g, f->call,
                    &(struct api_list){.method = "GET", .path = path, .visit = keep, .context = f});
}

static bool is_first_of_zone(const struct machine_id *ids, uint32_t i)
{
    for (uint32_t earlier = 0; earlier < i; earlier++)
        if (!ids[earlier].foreign && strcmp(ids[earlier].zone, ids[i].zone) == 0)
            return false;
    return true;
}

/* An instance may have come in two lists. */
static void sort(struct machine_list *list)
{
    size_t kept = 0;
    if (list->count)
        qsort(list->items, list->count, sizeof(list->items[0]), by_place);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && by_place(&list->items[kept - 1], &list->items[i]) == 0)
            json_object_put(list->items[i].document);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

static enum keelson_status fetch_all(struct gcp *g, const struct keelson_call *call,
                                     const struct machine_id *ids, uint32_t count, struct machine_list *list)
{
    struct fetching f = {g, call, list};
    list->fetched_ns = pace_clock_ns();
    for (uint32_t i = 0; i < count; i++)
        if (!ids[i].foreign && is_first_of_zone(ids, i))
            TRY(fetch_zone(&f, ids, count, ids[i].zone));
    sort(list);
    return KEELSON_OK;
}

static bool holds_all(const struct machine_list *list, const struct machine_id *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!ids[i].foreign && !machine_find(list, &ids[i]))
            return false;
    return true;
}

/* The last list, if it is fresh and nothing is missing in it. */
static struct machine_list *remembered(struct gcp *g, const struct machine_id *ids, uint32_t count)
{
    struct machines *m = g->machines;
    pthread_mutex_lock(&m->lock);
    struct machine_list *list = m->last;
    if (list && pace_clock_ns() - list->fetched_ns < FRESH_NS)
        atomic_fetch_add(&list->refs, 1);
    else
        list = NULL;
    pthread_mutex_unlock(&m->lock);
    if (list && !holds_all(list, ids, count))
        machine_list_unref(&list), list = NULL;
    return list;
}

static void remember(struct gcp *g, struct machine_list *list)
{
    struct machines *m = g->machines;
    atomic_fetch_add(&list->refs, 1);
    pthread_mutex_lock(&m->lock);
    struct machine_list *before = m->last;
    m->last = list;
    pthread_mutex_unlock(&m->lock);
    machine_list_unref(&before);
}

enum keelson_status machines_fetch(struct gcp *g, const struct keelson_call *call,
                                   const struct machine_id *ids, uint32_t count, struct machine_list **ret)
{
    struct machine_list *list = remembered(g, ids, count);
    if (!list) {
        list = calloc(1, sizeof(*list));
        if (!list)
            return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
        atomic_init(&list->refs, 1);
        enum keelson_status status = fetch_all(g, call, ids, count, list);
        if (status != KEELSON_OK) {
            machine_list_unref(&list);
            return status;
        }
        remember(g, list);
    }
    *ret = list;
    return KEELSON_OK;
}
