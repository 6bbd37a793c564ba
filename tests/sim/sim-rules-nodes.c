/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon may write to nodes, and what must be so of them in the end. */
#include <stdio.h>

#include "core/base/memory.h"
#include "core/cloud-controller-manager/node-state.h"
#include "core/cloud-controller-manager/node-verdict.h"
#include "tests/sim/sim.h"

/* The daemon's defaults. */
#define CONFIRM_NS  (10 * NS_PER_S)
#define INTERVAL_NS (10 * NS_PER_S)
#define BURST       10
#define WINDOW_NS   (600 * NS_PER_S)
#define SLACK       2 /* nodes that others removed and that the daemon has not heard of */

static const char *id_of(const struct json *node)
{
    return json_string_or(json_at(node, "spec.providerID"), "");
}

static bool has_taint(const struct json *node, const char *key)
{
    json_for_each (t, json_at(node, "spec.taints"))
        if (strcmp(json_string_or(json_get(t, "key"), ""), key) == 0)
            return true;
    return false;
}

static void check_identity(const struct json *before, const struct json *after, const struct sim_cloud *c,
                           const struct machine *m)
{
    char wanted[64];
    const char *region = object_label(after, "topology.kubernetes.io/region"),
               *owner = object_annotation(after, ANNOTATION_CLOUD);
    snprintf(wanted, sizeof(wanted), "%s://%s", c->scheme, m->id);
    if (*id_of(before) && strcmp(id_of(before), id_of(after)) != 0)
        sim_fail("%s: provider ID %s became %s", object_name(after), id_of(before), id_of(after));
    if (!*id_of(before) && *id_of(after) && strcmp(id_of(after), wanted) != 0)
        sim_fail("%s, which is %s, was given %s", object_name(after), wanted, id_of(after));
    if (owner && strcmp(owner, c->name) != 0)
        sim_fail("%s of %s is annotated as %s's", object_name(after), c->name, owner);
    if (region && strcmp(region, c->name) != 0)
        sim_fail("%s of %s is labelled with region %s", object_name(after), c->name, region);
}

void sim_check_update(const struct json *before, const struct json *after, bool status)
{
    struct sim_cloud *c;
    const struct machine *m = sim_machine(object_name(after), &c);
    if (status) {
        const char *address = json_string_at(after, "status.addresses[0].address");
        if (json_equal_semantic(json_at(before, "status.addresses"), json_at(after, "status.addresses")))
            return; /* another part of it */
        if (!address || strcmp(address, m->address) != 0)
            sim_fail("%s has address %s and was given %s", m->name, m->address, address ? address : "none");
        return;
    }
    check_identity(before, after, c, m);
    if (has_taint(after, TAINT_SHUT_DOWN) && !has_taint(before, TAINT_SHUT_DOWN) &&
        m->last_said != KEELSON_INSTANCE_SHUT_DOWN)
        sim_fail("%s is tainted as shut down, and nobody said so", m->name);
    if (!has_taint(after, TAINT_UNINITIALIZED) && !*id_of(after))
        sim_fail("%s is set up without a provider ID", m->name);
}

static void check_rate(const struct sim_cloud *c, int64_t now)
{
    for (unsigned i = 0; i < c->removed; i++)
        if (c->removed - i + 1 > (unsigned)(BURST + 1 + (now - c->removed_ns[i]) / INTERVAL_NS))
            sim_fail("%s: %u nodes were removed within %lld ms", c->name, c->removed - i + 1,
                     (long long)((now - c->removed_ns[i]) / NS_PER_MS));
}

/* Nodes of other clouds that it may have taken for its own. */
static unsigned count_taken(const struct sim_cloud *c)
{
    size_t cursor = 0;
    const char *key;
    struct bytes *text;
    uint64_t revision;
    struct sim_cloud *owner;
    unsigned count = 0;
    struct arena arena = ARENA_INIT;
    while (c->greedy && sim_api_next(&cursor, &key, &text, &revision)) {
        const struct json *node = strncmp(key, "nodes/", 6) == 0 ? sim_api_get(&arena, key) : NULL;
        if (!node || *id_of(node))
            continue;
        sim_machine(object_name(node), &owner);
        count += owner != c;
    }
    arena_done(&arena);
    return count;
}

static void check_share(const struct sim_cloud *c, int64_t now)
{
    unsigned all = count_taken(c), lost = 1;
    for (unsigned i = 0; i < c->machines_count; i++)
        all += c->machines[i].there;
    for (unsigned i = 0; i < c->removed; i++)
        lost += now - c->removed_ns[i] < WINDOW_NS;
    all += lost - 1;
    if (all >= 3 + SLACK && lost > all / 2 + SLACK)
        sim_fail("%s: %u of %u nodes were removed together", c->name, lost, all);
}

void sim_check_delete(const struct json *node)
{
    struct sim_cloud *c;
    const struct machine *m = sim_machine(object_name(node), &c);
    int64_t now = clock_monotonic_ns();
    const char *id = strrchr(id_of(node), '/');
    if (object_condition_is(node, "Ready", "True"))
        sim_fail("%s is removed and ready", m->name);
    if (id && strcmp(id + 1, m->id) != 0)
        sim_fail("%s is removed by what was said of %s", id_of(node), m->id);
    if (m->last_said != KEELSON_INSTANCE_GONE || !m->first_gone_ns ||
        m->last_gone_ns - m->first_gone_ns < CONFIRM_NS || now - m->last_gone_ns > EVIDENCE_HOLDS_NS)
        sim_fail("%s is removed without evidence (%lld, %lld, now %lld)", m->name,
                 (long long)m->first_gone_ns, (long long)m->last_gone_ns, (long long)now);
    check_rate(c, now);
    if (!object_annotation(node, "keelson.io/confirm-gone"))
        check_share(c, now);
    require(c->removed < ARRAY_SIZE(c->removed_ns));
    c->removed_ns[c->removed++] = now;
}

static void check_machine(const struct sim_cloud *c, const struct machine *m)
{
    struct arena arena = ARENA_INIT;
    char wanted[64];
    const struct json *node = sim_api_get(&arena, arena_printf(&arena, "nodes/%s", m->name));
    snprintf(wanted, sizeof(wanted), "%s://%s", c->scheme, m->id);
    /* a machine that went before its node was set up may be unknown to every cloud: nobody's */
    if (m->state == KEELSON_INSTANCE_GONE && node && has_taint(node, TAINT_UNINITIALIZED)) {
        arena_done(&arena);
        return;
    }
    if (m->state == KEELSON_INSTANCE_GONE && node)
        sim_fail("%s is gone, and its node is still there", m->name);
    if (m->state == KEELSON_INSTANCE_RUNNING && !node)
        sim_fail("%s runs, and has no node", m->name);
    if (node && strcmp(id_of(node), wanted) != 0)
        sim_fail("%s has the provider ID \"%s\" in the end", m->name, id_of(node));
    if (node && has_taint(node, TAINT_UNINITIALIZED))
        sim_fail("%s was not set up", m->name);
    if (node && has_taint(node, TAINT_SHUT_DOWN) != (m->state == KEELSON_INSTANCE_SHUT_DOWN))
        sim_fail("%s: its taint does not say whether it is shut down", m->name);
    arena_done(&arena);
}

void sim_check_nodes_end(void)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            check_machine(&sim_clouds[n], &sim_clouds[n].machines[i]);
}
