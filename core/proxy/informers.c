/* SPDX-License-Identifier: Apache-2.0 */
/* Services, EndpointSlices by service, and our own node. */
#include "core/proxy/informers.h"

#include "core/api/object.h"
#include "core/base/memory.h"

#define OURS "!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name"

static const char *const kept_metadata[] = {"name", "namespace", "uid", "labels", "resourceVersion", NULL};

static void trim_service(struct json *service)
{
    static const char *const status[] = {"loadBalancer", NULL};
    json_keep_only(json_get(service, "metadata"), kept_metadata);
    json_keep_only(json_get(service, "status"), status);
    json_remove(json_get(service, "spec"), "selector");
}

static void trim_slice(struct json *slice)
{
    static const char *const endpoint[] = {"addresses", "conditions", "nodeName", "hints", NULL};
    json_keep_only(json_get(slice, "metadata"), kept_metadata);
    json_for_each (e, json_get(slice, "endpoints"))
        json_keep_only(e, endpoint);
}

static void trim_node(struct json *node)
{
    static const char *const metadata[] = {"name", "uid", "labels", "resourceVersion", "deletionTimestamp",
                                           NULL};
    static const char *const spec[] = {"podCIDR", "podCIDRs", "taints", NULL};
    static const char *const status[] = {"addresses", NULL};
    json_keep_only(json_get(node, "metadata"), metadata);
    json_keep_only(json_get(node, "spec"), spec);
    json_keep_only(json_get(node, "status"), status);
}

static bool slice_service(const struct json *slice, struct buffer *out)
{
    const char *name = object_label(slice, "kubernetes.io/service-name");
    if (!name || !*name)
        return false;
    buffer_printf(out, "%s/%s", object_namespace(slice), name);
    return true;
}

static void service_changed(void *context, struct cached *old, struct cached *new_,
                            const struct json *document)
{
    const struct proxy_told *told = context;
    told->service(told->context, cached_key(new_ ? new_ : old), false);
}

static void slice_changed(void *context, struct cached *old, struct cached *new_, const struct json *document)
{
    const struct proxy_told *told = context;
    struct buffer key = BUFFER_INIT;
    if (old && old->index_value && *old->index_value)
        told->service(told->context, old->index_value, true);
    if (slice_service(document, &key) &&
        !(old && old->index_value && strcmp(old->index_value, key.data) == 0))
        told->service(told->context, key.data, true);
    buffer_done(&key);
}

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *document)
{
    const struct proxy_told *told = context;
    told->node(told->context);
}

static struct informer *start(const struct informer_config *config,
                              void (*changed)(void *, struct cached *, struct cached *, const struct json *),
                              const struct proxy_told *told)
{
    struct informer *i = informer_new(config);
    informer_add_handler(i,
                         &(struct informer_handler){.changed = changed, .context = (void *)(uintptr_t)told});
    informer_start(i);
    return i;
}

void proxy_informers_start(struct proxy_informers *i, struct client *client, const char *node,
                           const struct proxy_told *told)
{
    _cleanup_free_ char *own = xasprintf("metadata.name=%s", node);
    i->services = start(&(struct informer_config){.client = client,
                                                  .resource = RESOURCE("", "v1", "services"),
                                                  .label_selector = OURS,
                                                  .trim = trim_service},
                        service_changed, told);
    i->slices =
        start(&(struct informer_config){.client = client,
                                        .resource = RESOURCE("discovery.k8s.io", "v1", "endpointslices"),
                                        .label_selector = OURS,
                                        .index = slice_service,
                                        .trim = trim_slice},
              slice_changed, told);
    i->node = start(&(struct informer_config){.client = client,
                                              .resource = RESOURCE("", "v1", "nodes"),
                                              .field_selector = own,
                                              .trim = trim_node},
                    node_changed, told);
}

void proxy_informers_stop(struct proxy_informers *i)
{
    struct informer **all[] = {&i->services, &i->slices, &i->node};
    for (size_t n = 0; n < ARRAY_SIZE(all); n++)
        if (*all[n]) {
            informer_free(*all[n]);
            *all[n] = NULL;
        }
}
