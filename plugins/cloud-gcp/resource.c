/* SPDX-License-Identifier: Apache-2.0 */
/* See resource.h. */
#include "plugins/cloud-gcp/resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-gcp/api.h"
#include "plugins/cloud-gcp/identity.h"

#define SETTLE_MS 2000

static const char *const none[] = {NULL};
static const char *const of_firewall[] = {"network", "direction", NULL};
static const char *const of_backend_service[] = {"loadBalancingScheme", "protocol", "network", NULL};
static const char *const of_forwarding_rule[] = {
    "IPAddress",      "IPProtocol", "ports",       "allPorts",  "loadBalancingScheme",
    "backendService", "subnetwork", "networkTier", "ipVersion", NULL};
static const char *const of_address[] = {"address",    "addressType",  "networkTier",
                                         "subnetwork", "prefixLength", NULL};

const struct resource_kind resource_health_check = {"healthChecks", false, false, none};
const struct resource_kind resource_backend_service = {"backendServices", false, true, of_backend_service};
const struct resource_kind resource_forwarding_rule = {"forwardingRules", false, true, of_forwarding_rule};
const struct resource_kind resource_address = {"addresses", false, false, of_address};
const struct resource_kind resource_firewall = {"firewalls", true, false, of_firewall};

static char *parent_path(const struct gcp *g, const struct resource_kind *kind)
{
    char *path;
    int size = kind->global ? asprintf(&path, "global/%s", kind->collection)
                            : asprintf(&path, "regions/%s/%s", g->settings.region, kind->collection);
    return size < 0 ? NULL : path;
}

char *resource_path(const struct gcp *g, const struct resource_kind *kind, const char *name)
{
    _cleanup_text_ char *parent = parent_path(g, kind);
    char *path;
    return !parent || asprintf(&path, "%s/%s", parent, name) < 0 ? NULL : path;
}

char *resource_link(const struct gcp *g, const struct resource_kind *kind, const char *name)
{
    _cleanup_text_ char *path = resource_path(g, kind, name);
    return path ? api_link(g, path) : NULL;
}

static enum keelson_status no_memory(const struct gcp *g, const struct keelson_call *call)
{
    return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
}

enum keelson_status resource_read(struct gcp *g, const struct keelson_call *call,
                                  const struct resource_kind *kind, const char *name, const char *uid,
                                  json_object **ret)
{
    _cleanup_text_ char *path = resource_path(g, kind, name);
    _cleanup_document_ json_object *have = NULL;
    if (!path)
        return no_memory(g, call);
    enum keelson_status status = api_get(g, call, path, NULL, &have);
    if (status == KEELSON_NOT_FOUND) {
        *ret = NULL;
        return KEELSON_OK;
    }
    TRY(status);
    const char *held = document_text(have, "name");
    if (!held || strcmp(held, name) != 0)
        return g->host->fail(call, KEELSON_UNAVAILABLE, "%s: the answer is about another thing", path);
    if (!identity_is_ours(g, have, uid))
        return g->host->fail(call, KEELSON_CONFLICT,
                             "%s is somebody else's: its description does not name this cluster and Service",
                             path);
    *ret = have;
    have = NULL;
    return KEELSON_OK;
}

static bool is_fixed(const struct resource_kind *kind, const char *key)
{
    for (const char *const *f = kind->fixed; *f; f++)
        if (strcmp(*f, key) == 0)
            return true;
    return false;
}

bool resource_must_replace(const struct resource_kind *kind, json_object *have, json_object *want)
{
    json_object_object_foreach(want, key, value)
    {
        json_object *held = NULL;
        json_object_object_get_ex(have, key, &held);
        if (is_fixed(kind, key) && !document_covers(held, value))
            return true;
    }
    return false;
}

static enum keelson_status insert(struct gcp *g, const struct keelson_call *call,
                                  const struct resource_kind *kind, json_object *want,
                                  struct api_refusal *refusal)
{
    _cleanup_text_ char *parent = parent_path(g, kind);
    if (!parent)
        return no_memory(g, call);
    enum keelson_status status = api_change_refusable(g, call, "POST", parent, want, refusal);
    if (status == KEELSON_ALREADY_EXISTS) { /* made by a call before that did not see it through */
        g->host->retry_after(call, SETTLE_MS);
        return g->host->fail(call, KEELSON_PENDING, "%s/%s is being made", parent,
                             document_text(want, "name"));
    }
    return status;
}

/* Only what may be changed. */
static json_object *patch_of(const struct resource_kind *kind, json_object *have, json_object *want)
{
    json_object *patch = json_object_new_object();
    json_object_object_foreach(want, key, value)
    {
        if (!is_fixed(kind, key) && strcmp(key, "name") != 0 && strcmp(key, "description") != 0)
            json_object_object_add(patch, key, json_object_get(value));
    }
    if (kind->fingerprint && document_text(have, "fingerprint"))
        json_object_object_add(patch, "fingerprint",
                               json_object_new_string(document_text(have, "fingerprint")));
    return patch;
}

enum keelson_status resource_settle_refusable(struct gcp *g, const struct keelson_call *call,
                                              const struct resource_kind *kind, json_object *have,
                                              json_object *want, struct api_refusal *refusal)
{
    if (!have)
        return insert(g, call, kind, want, refusal);
    if (document_covers(have, want))
        return KEELSON_OK;
    _cleanup_text_ char *path = resource_path(g, kind, document_text(want, "name"));
    _cleanup_document_ json_object *patch = patch_of(kind, have, want);
    return path ? api_change_refusable(g, call, "PATCH", path, patch, refusal) : no_memory(g, call);
}

enum keelson_status resource_settle(struct gcp *g, const struct keelson_call *call,
                                    const struct resource_kind *kind, json_object *have, json_object *want)
{
    return resource_settle_refusable(g, call, kind, have, want, NULL);
}

enum keelson_status resource_delete(struct gcp *g, const struct keelson_call *call,
                                    const struct resource_kind *kind, const char *name)
{
    _cleanup_text_ char *path = resource_path(g, kind, name);
    if (!path)
        return no_memory(g, call);
    enum keelson_status status = api_change(g, call, "DELETE", path, NULL);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

enum keelson_status resource_remove(struct gcp *g, const struct keelson_call *call,
                                    const struct resource_kind *kind, const char *name, const char *uid)
{
    _cleanup_document_ json_object *have = NULL;
    enum keelson_status status = resource_read(g, call, kind, name, uid, &have);
    if (status == KEELSON_CONFLICT) {
        g->host->log(call, KEELSON_LOG_WARNING, "%s %s is somebody else's, and is left alone",
                     kind->collection, name);
        return KEELSON_OK;
    }
    TRY(status);
    return have ? resource_delete(g, call, kind, name) : KEELSON_OK;
}
