/* SPDX-License-Identifier: Apache-2.0 */
/* Who writes to nodes beside the daemon: kubelets, who gives out pod CIDRs (one that was given back goes to
 * the next who asks), and people with labels, taints and kubectl delete. */
#include <stdio.h>

#include "core/base/memory.h"
#include "core/cloud-controller-manager/node-state.h"
#include "tests/sim/sim.h"

#define KUBELET_NS (40 * NS_PER_S) /* a silent node is not ready after */
#define POD_BLOCKS 90u
#define EXCLUDED   "node.kubernetes.io/exclude-from-external-load-balancers"
#define SCALE_DOWN "ToBeDeletedByClusterAutoscaler"

static const char *key_of(struct arena *arena, const struct machine *m)
{
    return arena_printf(arena, "nodes/%s", m->name);
}

static void set_ready(struct json *node, struct arena *arena, const char *status)
{
    object_set_condition(arena, node, "Ready", status, "Kubelet", "");
}

static bool is_given(const char *pod_cidr)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            if (sim_clouds[n].machines[i].there && strcmp(sim_clouds[n].machines[i].pod_cidr, pod_cidr) == 0)
                return true;
    return false;
}

static void give_pod_cidr(struct machine *m)
{
    do
        snprintf(m->pod_cidr, sizeof(m->pod_cidr), "10.128.%u.0/24", (unsigned)sim_random(POD_BLOCKS));
    while (is_given(m->pod_cidr));
}

static void add_taint(struct arena *arena, struct json *node, const char *key)
{
    struct json *taint =
        json_append(arena, json_ensure(arena, node, "spec.taints", JSON_ARRAY), json_new_object(arena));
    json_set_string(arena, taint, "key", key);
    json_set_string(arena, taint, "effect", "NoSchedule");
}

static void register_node(struct machine *m, const struct sim_cloud *c)
{
    struct arena arena = ARENA_INIT;
    struct json *node = object_new(&arena, "v1", "Node", NULL, m->name);
    struct json *address = json_append(&arena, json_ensure(&arena, node, "status.addresses", JSON_ARRAY),
                                       json_new_object(&arena));
    add_taint(&arena, node, TAINT_UNINITIALIZED);
    json_set_string(&arena, address, "type", "Hostname");
    json_set_string(&arena, address, "address", m->name);
    if (m->knows_its_id)
        json_set_stringf(&arena, json_get(node, "spec"), "providerID", "%s://%s", c->scheme, m->id);
    give_pod_cidr(m);
    json_append_string(&arena, json_ensure(&arena, node, "spec.podCIDRs", JSON_ARRAY), m->pod_cidr);
    set_ready(node, &arena, "False");
    sim_api_put(key_of(&arena, m), node, &arena);
    m->there = true;
    m->ready = false;
    m->first_gone_ns = 0;
    m->node_changed_ns = clock_monotonic_ns();
    arena_done(&arena);
}

static void tell_ready(struct machine *m, bool ready)
{
    struct arena arena = ARENA_INIT;
    struct json *node = sim_api_get(&arena, key_of(&arena, m));
    set_ready(node, &arena, ready ? "True" : "Unknown");
    sim_api_put(key_of(&arena, m), node, &arena);
    m->ready = ready;
    arena_done(&arena);
}

void sim_node_went(const char *name)
{
    struct sim_cloud *c;
    struct machine *m = sim_machine(name, &c);
    m->there = m->ready = false;
    m->node_changed_ns = clock_monotonic_ns();
}

static void run_kubelet(struct machine *m, const struct sim_cloud *c, int64_t now)
{
    bool lives = m->state == KEELSON_INSTANCE_RUNNING && now >= m->silent_until_ns;
    if (lives && !m->there && sim_chance(0.3))
        register_node(m, c);
    else if (lives && m->there && !m->ready && sim_chance(0.3))
        tell_ready(m, true);
    else if (!lives && m->there && m->ready && now - m->changed_ns > KUBELET_NS)
        tell_ready(m, false);
}

void sim_nodes_run(void)
{
    int64_t now = clock_monotonic_ns();
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            run_kubelet(&sim_clouds[n].machines[i], &sim_clouds[n], now);
}

/* ---- People ---- */

void sim_node_remove(struct machine *m)
{
    _cleanup_free_ char *key = xasprintf("nodes/%s", m->name);
    if (!m->there)
        return;
    sim_node_went(m->name);
    sim_api_delete(key);
}

static bool remove_taint(struct json *node, const char *key)
{
    json_for_each (t, json_at(node, "spec.taints"))
        if (strcmp(json_string_or(json_get(t, "key"), ""), key) == 0) {
            json_remove_node(json_at(node, "spec.taints"), t);
            return true;
        }
    return false;
}

void sim_node_change(struct machine *m)
{
    struct arena arena = ARENA_INIT;
    struct json *node = m->there ? sim_api_get(&arena, key_of(&arena, m)) : NULL;
    if (node && sim_chance(0.5))
        object_set_label(&arena, node, EXCLUDED, object_label(node, EXCLUDED) ? NULL : "");
    else if (node && !remove_taint(node, SCALE_DOWN))
        add_taint(&arena, node, SCALE_DOWN);
    if (node)
        sim_api_put(key_of(&arena, m), node, &arena);
    arena_done(&arena);
}

static void heal(struct machine *m)
{
    struct arena arena = ARENA_INIT;
    struct json *node = m->there ? sim_api_get(&arena, key_of(&arena, m)) : NULL;
    m->silent_until_ns = 0;
    if (node && remove_taint(node, SCALE_DOWN))
        sim_api_put(key_of(&arena, m), node, &arena);
    arena_done(&arena);
}

void sim_nodes_heal(void)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            heal(&sim_clouds[n].machines[i]);
}

unsigned sim_nodes_confirm_gone(void)
{
    struct arena arena = ARENA_INIT;
    unsigned confirmed = 0;
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++) {
            const struct machine *m = &sim_clouds[n].machines[i];
            struct json *node =
                m->there && m->state == KEELSON_INSTANCE_GONE ? sim_api_get(&arena, key_of(&arena, m)) : NULL;
            if (!node)
                continue;
            object_set_annotation(&arena, node, "keelson.io/confirm-gone", "true");
            sim_api_put(key_of(&arena, m), node, &arena);
            confirmed++;
        }
    arena_done(&arena);
    return confirmed;
}
