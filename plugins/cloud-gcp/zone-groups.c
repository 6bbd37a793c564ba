/* SPDX-License-Identifier: Apache-2.0 */
/* See zone-groups.h. */
#include "plugins/cloud-gcp/zone-groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-gcp/api.h"

#define BATCH_MAX 500

void zone_groups_name(const struct gcp *g, char ret[RESOURCE_NAME_SIZE])
{
    identity_cluster(g, ret);
    strncat(ret, "-ig", RESOURCE_NAME_SIZE - strlen(ret) - 1);
}

static enum keelson_status see_group(void *context, json_object *item)
{
    struct zone_groups *all = context;
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

enum keelson_status zone_groups_see(struct zone_groups *all)
{
    char filter[RESOURCE_NAME_SIZE + 32];
    zone_groups_name(all->g, all->name);
    all->there_count = 0;
    snprintf(filter, sizeof(filter), "(name = \"%s\")", all->name);
    return api_list(all->g, all->call,
                    &(struct api_list){.method = "GET",
                                       .path = "aggregated/instanceGroups",
                                       .filter = filter,
                                       .aggregated = "instanceGroups",
                                       .visit = see_group,
                                       .context = all});
}

bool zone_groups_have(const struct zone_groups *all, const char *zone)
{
    for (uint32_t i = 0; i < all->there_count; i++)
        if (strcmp(all->there[i].zone, zone) == 0)
            return true;
    return false;
}

enum keelson_status zone_group_make(struct zone_groups *all, const char *zone)
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

enum keelson_status zone_group_delete(struct zone_groups *all, const char *zone)
{
    char path[NAME_SIZE + RESOURCE_NAME_SIZE + 32];
    snprintf(path, sizeof(path), "zones/%s/instanceGroups/%s", zone, all->name);
    enum keelson_status status = api_change(all->g, all->call, "DELETE", path, NULL);
    return status == KEELSON_NOT_FOUND || status == KEELSON_CONFLICT ? KEELSON_OK : status;
}

/* What it holds */

struct members {
    struct zone_groups *all;
    const struct node *wanted;
    uint32_t wanted_count;
    bool *seen;
    struct zone_difference *difference;
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
    const struct node *found = node_find(m->wanted, m->wanted_count, &key);
    if (found)
        m->seen[found - m->wanted] = true;
    else
        add_reference(m->difference->surplus, link_path(link));
    m->difference->held++;
    return KEELSON_OK;
}

static void note_missing(const struct members *m)
{
    for (uint32_t i = 0; i < m->wanted_count; i++) {
        char link[4 * NAME_SIZE];
        snprintf(link, sizeof(link), "projects/%s/zones/%s/instances/%s", m->all->g->settings.project,
                 m->wanted[i].zone, m->wanted[i].name);
        if (!m->seen[i])
            add_reference(m->difference->missing, link);
    }
}

enum keelson_status zone_group_compare(struct zone_groups *all, const char *zone, const struct node *wanted,
                                       uint32_t count, struct zone_difference *ret)
{
    char path[NAME_SIZE + RESOURCE_NAME_SIZE + 48];
    snprintf(path, sizeof(path), "zones/%s/instanceGroups/%s/listInstances", zone, all->name);
    *ret = (struct zone_difference){json_object_new_array(), json_object_new_array(), 0};
    struct members m = {all, wanted, count, calloc(count + 1, sizeof(bool)), ret};
    if (!m.seen || !ret->missing || !ret->surplus) {
        free(m.seen);
        return all->g->host->fail(all->call, KEELSON_EXHAUSTED, "no memory");
    }
    enum keelson_status status =
        api_list(all->g, all->call,
                 &(struct api_list){.method = "POST", .path = path, .visit = see_member, .context = &m});
    if (status == KEELSON_OK)
        note_missing(&m);
    free(m.seen);
    return status;
}

void zone_difference_done(struct zone_difference *d)
{
    json_object_put(d->missing);
    json_object_put(d->surplus);
}

/* Changing it */

struct changing {
    struct zone_groups *all;
    const char *zone, *verb;
    json_object *list;
    zone_refused *refused; /* NULL: none is to be */
    void *context;
};

static enum keelson_status change_members(const struct changing *c, size_t from, size_t end,
                                          struct api_refusal *refusal)
{
    _cleanup_document_ json_object *body = json_object_new_object(), *slice = json_object_new_array();
    char path[NAME_SIZE + RESOURCE_NAME_SIZE + 48];
    for (size_t i = from; i < end; i++)
        json_object_array_add(slice, json_object_get(json_object_array_get_idx(c->list, i)));
    snprintf(path, sizeof(path), "zones/%s/instanceGroups/%s/%s", c->zone, c->all->name, c->verb);
    json_object_object_add(body, "instances", json_object_get(slice));
    return api_change_refusable(c->all->g, c->all->call, "POST", path, body, refusal);
}

/* What became of one. */
static enum keelson_status judge(const struct changing *c, size_t which, enum keelson_status status,
                                 const struct api_refusal *refusal)
{
    if (status == KEELSON_NOT_FOUND || status == KEELSON_ALREADY_EXISTS) /* gone, or there, already */
        return KEELSON_OK;
    if (status != KEELSON_CONFLICT || !c->refused)
        return status;
    c->refused(c->context, document_text(json_object_array_get_idx(c->list, which), "instance"),
               refusal->wrong_subnetwork);
    return KEELSON_OK;
}

/* One of many may spoil the change for all: then by halves, until it is alone. */
static enum keelson_status change_range(const struct changing *c, size_t from, size_t end)
{
    struct api_refusal refusal = {""};
    enum keelson_status status = change_members(c, from, end, &refusal);
    if (status != KEELSON_NOT_FOUND && status != KEELSON_ALREADY_EXISTS && status != KEELSON_INVALID &&
        status != KEELSON_CONFLICT)
        return status;
    if (end - from == 1)
        return judge(c, from, status, &refusal);
    size_t middle = from + (end - from) / 2;
    TRY(change_range(c, from, middle));
    return change_range(c, middle, end);
}

static enum keelson_status change_all(const struct changing *c)
{
    size_t count = document_length(c->list);
    for (size_t from = 0; from < count; from += BATCH_MAX)
        TRY(change_range(c, from, from + BATCH_MAX < count ? from + BATCH_MAX : count));
    return KEELSON_OK;
}

enum keelson_status zone_group_add(struct zone_groups *all, const char *zone, json_object *list,
                                   zone_refused *refused, void *context)
{
    return change_all(&(struct changing){all, zone, "addInstances", list, refused, context});
}

enum keelson_status zone_group_remove(struct zone_groups *all, const char *zone, json_object *list)
{
    return change_all(&(struct changing){all, zone, "removeInstances", list, NULL, NULL});
}
