/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and metadata; see node-state.h. Label names and the rules for addresses are upstream's. */
#include "core/cloud-controller-manager/node-state.h"

#include "core/api/object.h"
#include "core/base/memory.h"

static bool has_taint(const struct json *node, const char *key)
{
    json_for_each (t, json_at(node, "spec.taints"))
        if (strcmp(json_string_or(json_get(t, "key"), ""), key) == 0)
            return true;
    return false;
}

bool node_needs_setup(const struct json *node)
{
    return has_taint(node, TAINT_UNINITIALIZED) || !*json_string_or(json_at(node, "spec.providerID"), "");
}

static bool remove_taint(struct json *node, const char *key)
{
    struct json *spec = json_get(node, "spec"), *taints = json_get(spec, "taints"), *next;
    bool changed = false;
    for (struct json *t = json_count(taints) ? taints->first : NULL; t; t = next) {
        next = t->next;
        if (strcmp(json_string_or(json_get(t, "key"), ""), key) == 0) {
            json_remove_node(taints, t);
            changed = true;
        }
    }
    if (changed && json_count(taints) == 0)
        json_remove(spec, "taints");
    return changed;
}

static bool set_label(struct arena *arena, struct json *node, const char *key, const char *value)
{
    const char *now = object_label(node, key);
    if (!value || (now && strcmp(now, value) == 0))
        return false;
    object_set_label(arena, node, key, value);
    return true;
}

/* Each label, and the older name that it is also known by. */
static const char *const aliases[][2] = {
    {"node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"},
    {"topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"},
    {"topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"},
};

struct json *node_cloud_labels(struct arena *arena, const struct provider_metadata *m)
{
    const char *const values[ARRAY_SIZE(aliases)] = {m->instance_type, m->zone, m->region};
    struct json *labels = m->labels ? json_copy(arena, m->labels) : json_new_object(arena);
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
        for (size_t n = 0; n < 2 && values[i]; n++)
            json_set_string(arena, labels, aliases[i][n], values[i]);
    return labels;
}

bool node_update_labels(struct arena *arena, struct json *node, const struct json *now,
                        const struct json *former)
{
    bool changed = false;
    json_for_each (label, now) {
        const char *before = json_string(json_get(former, label->key));
        bool is_new = former ? !before || strcmp(before, json_string_or(label, "")) != 0
                             : !object_label(node, label->key);
        if (is_new)
            changed |= set_label(arena, node, label->key, json_string(label));
    }
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
        changed |= set_label(arena, node, aliases[i][1], object_label(node, aliases[i][0]));
    return changed;
}

bool node_set_up(struct arena *arena, struct json *node, const struct provider_metadata *m)
{
    bool changed = false;
    json_for_each (label, node_cloud_labels(arena, m))
        changed |= set_label(arena, node, label->key, json_string(label));
    struct json *spec = json_ensure(arena, node, "spec", JSON_OBJECT);
    if (m->provider_id && !*json_string_or(json_get(spec, "providerID"), "")) {
        json_set_string(arena, spec, "providerID", m->provider_id);
        changed = true;
    }
    return remove_taint(node, TAINT_UNINITIALIZED) || changed;
}

bool node_set_owner(struct arena *arena, struct json *node, const char *cloud)
{
    const char *now = object_annotation(node, ANNOTATION_CLOUD);
    if (now && strcmp(now, cloud) == 0)
        return false;
    object_set_annotation(arena, node, ANNOTATION_CLOUD, cloud);
    return true;
}

bool node_is_shut_down(const struct json *node)
{
    return has_taint(node, TAINT_SHUT_DOWN);
}

bool node_set_shut_down(struct arena *arena, struct json *node, bool shut_down)
{
    if (!shut_down)
        return remove_taint(node, TAINT_SHUT_DOWN);
    if (node_is_shut_down(node))
        return false;
    struct json *taint =
        json_append(arena, json_ensure(arena, node, "spec.taints", JSON_ARRAY), json_new_object(arena));
    json_set_string(arena, taint, "key", TAINT_SHUT_DOWN);
    json_set_string(arena, taint, "effect", "NoSchedule");
    return true;
}

static const char *field(const struct json *address, const char *name)
{
    return json_string_or(json_get(address, name), "");
}

static const struct json *find_address(const struct json *list, const char *member, const char *value)
{
    json_for_each (a, list)
        if (strcmp(field(a, member), value) == 0)
            return a;
    return NULL;
}

static void append_chosen(struct arena *arena, const struct json *from, struct slice ip, struct json *to)
{
    json_for_each (a, from)
        if (slice_equal(json_slice(json_get(a, "address")), ip))
            json_append(arena, to, json_copy(arena, a));
}

/* The annotated addresses first (one, or one of each family with a comma), then others of types that those do
 * not have. */
static int prefer(struct arena *arena, const struct json *from, const char *node_ips, struct json *to,
                  struct error *err)
{
    struct slice rest = slice_of(node_ips);
    while (rest.data) {
        struct slice ip = slice_trim(slice_cut(&rest, ','));
        uint32_t before = json_count(to);
        append_chosen(arena, from, ip, to);
        if (json_count(to) == before)
            return error_set(err, ERR_NOT_FOUND,
                             "the kubelet's --node-ip %.*s is none of the addresses that the cloud knows",
                             SLICE_ARG(ip));
    }
    const struct json *chosen = json_copy(arena, to);
    json_for_each (a, from)
        if (!find_address(chosen, "type", field(a, "type")))
            json_append(arena, to, json_copy(arena, a));
    return 0;
}

int node_set_addresses(struct arena *arena, struct json *node, const struct provider_metadata *m,
                       bool *ret_changed, struct error *err)
{
    const struct json *now = json_at(node, "status.addresses");
    const struct json *host = find_address(now, "type", "Hostname");
    const char *node_ip = object_annotation(node, ANNOTATION_NODE_IP);
    struct json *list = json_new_array(arena);
    *ret_changed = false;
    if (json_count(m->addresses) == 0)
        return 0;
    if (!node_ip || !*node_ip)
        list = json_copy(arena, m->addresses);
    else if (prefer(arena, m->addresses, node_ip, list, err) < 0)
        return -1;
    if (host && !find_address(list, "type", "Hostname"))
        json_append(arena, list, json_copy(arena, host));
    *ret_changed = !json_equal(now, list);
    if (*ret_changed)
        json_set(arena, json_ensure(arena, node, "status", JSON_OBJECT), "addresses", list);
    return 0;
}
