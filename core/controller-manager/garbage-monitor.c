/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One informer a resource. Those that other controllers watch whole are shared; of the others only metadata
 * is watched. What the server serves is asked at the start and whenever a custom resource or an aggregated
 * API comes or goes.
 */
#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/discovery.h"
#include "core/controller-manager/garbage.h"

#define PATIENCE_MS 30000 /* how long an informer that does not get its list holds everything up */

static void note(void *context, const char *what, const struct garbage_node *n)
{
    struct garbage *c = context;
    char key[160];
    snprintf(key, sizeof(key), "%s%s", what, garbage_uid(n));
    workqueue_add(c->attempts, key);
}

static void note_delete(void *context, const struct garbage_node *n)
{
    note(context, ATTEMPT_DELETE, n);
}

static void note_orphan(void *context, const struct garbage_node *n)
{
    note(context, ATTEMPT_ORPHAN, n);
}

struct garbage_notes garbage_notes_of(struct garbage *c)
{
    return (struct garbage_notes){note_delete, note_orphan, c};
}

/* New kinds of objects may be served from now on. */
static bool changes_discovery(const struct resource *r)
{
    return !strcmp(r->plural, "customresourcedefinitions") || !strcmp(r->plural, "apiservices");
}

static void object_changed(void *context, struct cached *old, struct cached *new_,
                           const struct json *document)
{
    struct garbage_monitor *m = context;
    struct garbage *c = m->c;
    struct garbage_notes notes = garbage_notes_of(c);
    pthread_mutex_lock(&c->lock);
    if (new_)
        garbage_put(&c->graph, m->resource, new_, document, &notes);
    else
        garbage_remove(&c->graph, old->uid, &notes);
    pthread_mutex_unlock(&c->lock);
    if (changes_discovery(m->resource))
        workqueue_add_after(c->resync, "resync", 500);
}

/* Under the lock. */
static struct garbage_monitor *monitor_new(struct garbage *c, const struct resource *r)
{
    struct garbage_monitor *m = new0(struct garbage_monitor);
    *m = (struct garbage_monitor){.c = c, .resource = r, .since_ms = clock_monotonic_ms(), .served = true};
    c->monitors =
        xgrow(c->monitors, &c->monitors_capacity, c->monitors_count + 1, sizeof(struct garbage_monitor *));
    c->monitors[c->monitors_count++] = m;
    return m;
}

/* What the other controllers watch whole anyway. */
static const struct {
    const char *group, *plural;
} shared[] = {
    {"", "pods"},
    {"", "nodes"},
    {"", "services"},
    {"", "endpoints"},
    {"", "namespaces"},
    {"", "serviceaccounts"},
    {"", "configmaps"},
    {"", "secrets"},
    {"", "replicationcontrollers"},
    {"", "resourcequotas"},
    {"rbac.authorization.k8s.io", "clusterroles"},
    {"", "persistentvolumeclaims"},
    {"apps", "deployments"},
    {"apps", "replicasets"},
    {"apps", "statefulsets"},
    {"apps", "daemonsets"},
    {"apps", "controllerrevisions"},
    {"batch", "jobs"},
    {"batch", "cronjobs"},
    {"discovery.k8s.io", "endpointslices"},
    {"policy", "poddisruptionbudgets"},
    {"coordination.k8s.io", "leases"},
    {"certificates.k8s.io", "certificatesigningrequests"},
};

void garbage_monitor_shared(struct garbage *c, struct controller_run *run)
{
    for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
        const struct resource *r = resource_find(shared[i].group, "v1", shared[i].plural);
        if (r)
            controller_watch_metadata(run, r, object_changed, monitor_new(c, r));
    }
}

/* --- what is served --- */

static bool is_ignored(const struct resource *r)
{
    return !strcmp(r->plural, "events");
}

/* Under the lock. By group and name: of several versions one is watched. */
static struct garbage_monitor *find_monitor(struct garbage *c, const struct resource *r)
{
    for (size_t i = 0; i < c->monitors_count; i++)
        if (!strcmp(c->monitors[i]->resource->group, r->group) &&
            !strcmp(c->monitors[i]->resource->plural, r->plural))
            return c->monitors[i];
    return NULL;
}

static void start_monitor(struct garbage *c, const struct resource *r)
{
    struct informer_config config = {.client = c->client, .resource = r, .metadata_only = true};
    pthread_mutex_lock(&c->lock);
    struct garbage_monitor *m = monitor_new(c, r);
    m->informer = informer_new(&config);
    pthread_mutex_unlock(&c->lock);
    struct informer_handler handler = {object_changed, NULL, m};
    informer_add_handler(m->informer, &handler);
    informer_start(m->informer);
}

static void add_served(struct garbage *c, const struct discovered *found)
{
    for (size_t i = 0; i < found->count; i++) {
        pthread_mutex_lock(&c->lock);
        struct garbage_monitor *m = find_monitor(c, found->rows[i]);
        if (m)
            m->served = true;
        pthread_mutex_unlock(&c->lock);
        if (!m && !is_ignored(found->rows[i]))
            start_monitor(c, found->rows[i]);
    }
}

static void mark_all_unserved(struct garbage *c)
{
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->monitors_count; i++)
        c->monitors[i]->served = c->monitors[i]->informer == NULL;
    pthread_mutex_unlock(&c->lock);
}

static struct garbage_monitor *take_unserved(struct garbage *c)
{
    struct garbage_monitor *m = NULL;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->monitors_count && !m; i++)
        if (!c->monitors[i]->served) {
            m = c->monitors[i];
            c->monitors[i] = c->monitors[--c->monitors_count];
        }
    pthread_mutex_unlock(&c->lock);
    return m;
}

static void forget_objects(struct garbage *c, struct garbage_monitor *m)
{
    struct garbage_notes notes = garbage_notes_of(c);
    _cleanup_(object_list_done) struct object_list list = objects_in(m->informer, NULL);
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < list.count; i++)
        garbage_remove(&c->graph, list.cached[i]->uid, &notes);
    pthread_mutex_unlock(&c->lock);
}

static void stop_monitor(struct garbage *c, struct garbage_monitor *m)
{
    informer_stop(m->informer);
    forget_objects(c, m);
    informer_free(m->informer);
    free(m);
}

int garbage_resync(struct garbage *c, struct error *err)
{
    struct discovered found = {0};
    int rc = discover(c->client, VERB_LIST | VERB_WATCH | VERB_DELETE, &found, err);
    /* only a complete answer says that something is not served any more */
    if (rc == 0)
        mark_all_unserved(c);
    add_served(c, &found);
    for (struct garbage_monitor *m; rc == 0 && (m = take_unserved(c));)
        stop_monitor(c, m);
    discovered_done(&found);
    return rc;
}

int64_t garbage_wait_ms(struct garbage *c)
{
    int64_t now = clock_monotonic_ms(), wait = 0;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->monitors_count; i++) {
        const struct garbage_monitor *m = c->monitors[i];
        if (m->informer && !informer_synced(m->informer) && now - m->since_ms < PATIENCE_MS)
            wait = 100;
    }
    pthread_mutex_unlock(&c->lock);
    return wait;
}

void garbage_monitors_free(struct garbage *c)
{
    for (size_t i = 0; i < c->monitors_count; i++) {
        informer_free(c->monitors[i]->informer);
        free(c->monitors[i]);
    }
    free(c->monitors);
}
