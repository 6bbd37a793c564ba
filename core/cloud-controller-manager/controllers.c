/* SPDX-License-Identifier: Apache-2.0 */
/* The list of controllers, and running those that --controllers chose. */
#include "core/cloud-controller-manager/controllers.h"

#include "core/api/object.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/cloud-controller-manager/provider-watch.h"

const struct cloud_controller *const cloud_controllers[] = {
    &controller_node, &controller_node_lifecycle, &controller_service, &controller_route, NULL,
};

struct running {
    const struct cloud_controller *row;
    void *self;
    struct event_recorder *events;
};
struct controllers {
    struct cloud_context context;
    struct event_recorder *events; /* of what is nobody's in particular */
    struct arena arena;
    struct json *lease; /* which events of whole clouds are about */
    struct provider_watch *watch;
    struct running running[ARRAY_SIZE(cloud_controllers)];
    unsigned count;
    unsigned unsynced; /* informers; the loop's thread only, once they run */
};

/* ---- --controllers ---- */

static bool names(const struct cloud_controller *row, const char *name)
{
    return strcmp(name, row->name) == 0 || strcmp(name, row->alias) == 0;
}

bool controller_is_enabled(const struct cloud_controller *row, const struct flag_list *controllers)
{
    bool all = false;
    for (size_t i = 0; i < controllers->count; i++) {
        const char *item = controllers->items[i];
        if (names(row, item))
            return true;
        if (*item == '-' && names(row, item + 1))
            return false;
        all = all || strcmp(item, "*") == 0;
    }
    return all && !row->off;
}

int controllers_check(const struct flag_list *controllers, struct error *err)
{
    for (size_t i = 0; i < controllers->count; i++) {
        const char *item = controllers->items[i];
        bool known = strcmp(item, "*") == 0;
        for (size_t n = 0; !known && cloud_controllers[n]; n++)
            known = names(cloud_controllers[n], item + (*item == '-'));
        if (!known)
            return error_set(err, ERR_BAD_REQUEST, "--controllers: there is no controller \"%s\"", item);
    }
    return 0;
}

int controllers_check_clouds(const struct providers *providers, const struct cloud_options *options,
                             struct error *err)
{
    for (size_t i = 0; cloud_controllers[i]; i++) {
        const struct cloud_controller *row = cloud_controllers[i];
        if (row->check && controller_is_enabled(row, &options->controllers) &&
            row->check(providers, options, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- Running them ---- */

static void trim_node(struct json *node)
{
    json_remove(json_get(node, "metadata"), "managedFields");
    json_remove(json_get(node, "status"), "images");
}

static void begin_when_all_is_listed(void *context)
{
    struct controllers *c = context;
    if (--c->unsynced > 0)
        return;
    owners_begin(c->context.owners);
    for (unsigned i = 0; i < c->count; i++)
        c->running[i].row->begin(c->running[i].self);
}

static void start_row(struct controllers *c, const struct cloud_controller *row)
{
    struct event_recorder *events = event_recorder_new(c->context.client, row->component, "");
    void *self = row->start(&c->context, events);
    if (self) {
        c->running[c->count++] = (struct running){row, self, events};
        log_info("%s runs", row->name);
    } else {
        event_recorder_free(events);
    }
}

static void take_no_note(void *context, struct cached *old, struct cached *new_, const struct json *document)
{
}

static void start_informer(struct controllers *c, struct informer *informer)
{
    struct informer_handler handler = {
        .changed = take_no_note, .synced = begin_when_all_is_listed, .context = c};
    informer_add_handler(informer, &handler);
    informer_start(informer);
}

struct controllers *controllers_start(struct client *client, const struct providers *providers,
                                      const struct cloud_options *options)
{
    struct controllers *c = new0(struct controllers);
    c->arena = (struct arena)ARENA_INIT;
    bool wants_services = false;
    for (size_t i = 0; cloud_controllers[i]; i++)
        wants_services |= cloud_controllers[i]->wants_services &&
                          controller_is_enabled(cloud_controllers[i], &options->controllers);
    c->context = (struct cloud_context){.client = client, .providers = providers, .options = options};
    c->context.nodes = informer_new(&(struct informer_config){
        .client = client, .resource = RESOURCE("", "v1", "nodes"), .trim = trim_node});
    c->events = event_recorder_new(client, "cloud-controller-manager", "");
    c->context.owners = owners_new(providers, c->context.nodes, c->events);
    if (wants_services)
        c->context.services = informer_new(
            &(struct informer_config){.client = client, .resource = RESOURCE("", "v1", "services")});
    for (size_t i = 0; cloud_controllers[i]; i++)
        if (controller_is_enabled(cloud_controllers[i], &options->controllers))
            start_row(c, cloud_controllers[i]);
    c->unsynced = wants_services ? 2 : 1;
    start_informer(c, c->context.nodes);
    if (wants_services)
        start_informer(c, c->context.services);
    c->lease = object_new(&c->arena, "coordination.k8s.io/v1", "Lease", options->election.lease_namespace,
                          options->election.lease_name);
    c->watch = provider_watch_start(providers, c->events, c->lease);
    return c;
}

void controllers_refresh(struct controllers *c, const struct plugin_instance *instance)
{
    owners_refresh(c->context.owners, instance);
    for (unsigned i = 0; i < c->count; i++)
        if (c->running[i].row->refresh)
            c->running[i].row->refresh(c->running[i].self, instance);
}

bool controllers_synced(const struct controllers *c)
{
    return informer_synced(c->context.nodes) &&
           (!c->context.services || informer_synced(c->context.services));
}

static void write_owners(const struct controllers *c, struct buffer *out)
{
    const struct providers *p = c->context.providers;
    buffer_append_str(out, "# TYPE keelson_cloud_nodes gauge\n");
    for (unsigned i = 0; i < p->count; i++)
        buffer_printf(out, "keelson_cloud_nodes{provider=\"%s\"} %u\n", p->list[i].name,
                      owners_count(c->context.owners, &p->list[i]));
    buffer_printf(out, "# TYPE keelson_cloud_nodes_unknown gauge\nkeelson_cloud_nodes_unknown %u\n",
                  owners_unknown_count(c->context.owners));
}

void controllers_metrics(struct controllers *c, struct buffer *out)
{
    write_owners(c, out);
    for (unsigned i = 0; i < c->count; i++)
        if (c->running[i].row->metrics)
            c->running[i].row->metrics(c->running[i].self, out);
}

void controllers_stop(struct controllers *c)
{
    provider_watch_stop(c->watch);
    informer_stop(c->context.nodes);
    if (c->context.services)
        informer_stop(c->context.services);
    owners_stop(c->context.owners);
    for (unsigned i = c->count; i-- > 0;) {
        c->running[i].row->stop(c->running[i].self);
        event_recorder_free(c->running[i].events);
    }
    if (c->context.services)
        informer_free(c->context.services);
    owners_free(c->context.owners);
    informer_free(c->context.nodes);
    event_recorder_free(c->events);
    arena_done(&c->arena);
    free(c);
}
