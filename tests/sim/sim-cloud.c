/* SPDX-License-Identifier: Apache-2.0 */
/* The clouds of the simulation: two with one scheme on one network, and one that takes whatever comes without
 * a provider ID, as an inventory may; their machines, and what they say of them. */
#include <stdio.h>

#include "core/base/memory.h"
#include "core/cloud-controller-manager/node-verdict.h"
#include "tests/sim/sim.h"

struct sim_cloud sim_clouds[SIM_CLOUDS] = {
    {.name = "east", .scheme = "acme", .routes = true},
    {.name = "west", .scheme = "acme", .routes = true, .slow = true},
    {.name = "rack", .scheme = "rack", .greedy = true, .pool = true},
};

/* ---- What they say ---- */

static struct machine *machine_of(const struct sim_cloud *c, const struct json *node)
{
    const char *id = json_string_or(json_at(node, "spec.providerID"), "");
    size_t prefix = strlen(c->scheme) + strlen("://");
    for (unsigned i = 0; i < c->machines_count; i++) {
        struct machine *m = &c->machines[i];
        if (*id ? strncmp(id, c->scheme, strlen(c->scheme)) == 0 && strcmp(id + prefix, m->id) == 0
                : strcmp(object_name(node), m->name) == 0)
            return m;
    }
    return NULL;
}

static const char *scheme(void *handle)
{
    return ((const struct sim_cloud *)handle)->scheme;
}

static enum keelson_owns owns_one(const struct sim_cloud *c, const struct json *node)
{
    bool has_id = *json_string_or(json_at(node, "spec.providerID"), "") != '\0';
    if (c->mood == MOOD_MUTE)
        return KEELSON_OWNS_UNKNOWN;
    const struct machine *m = machine_of(c, node);
    bool knows = m && m->state != KEELSON_INSTANCE_GONE; /* of what is gone it knows nothing any more */
    return knows || (c->greedy && !has_id) ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
}

static enum keelson_status owns(void *handle, const struct keelson_call *call,
                                const struct keelson_object *const *nodes, uint32_t count,
                                enum keelson_owns *ret)
{
    for (uint32_t i = 0; i < count; i++)
        ret[i] = owns_one(handle, nodes[i]->json);
    return KEELSON_OK;
}

/* What this daemon now has in its hands. */
static void note_answer(struct machine *m, enum keelson_instance_state state)
{
    int64_t now = clock_monotonic_ns();
    if (state == KEELSON_INSTANCE_UNKNOWN || sim_call_is_late)
        return;
    m->last_said = state;
    if (state == KEELSON_INSTANCE_GONE && (!m->first_gone_ns || now - m->last_gone_ns > EVIDENCE_HOLDS_NS))
        m->first_gone_ns = now;
    if (state != KEELSON_INSTANCE_GONE)
        m->first_gone_ns = 0;
    m->last_gone_ns = state == KEELSON_INSTANCE_GONE ? now : 0;
}

static int put_report(const struct sim_cloud *c, struct machine *m, uint32_t node, uint32_t want,
                      const struct keelson_instance_sink *sink)
{
    char id[64];
    enum keelson_instance_state state = c->mood == MOOD_MUTE                    ? KEELSON_INSTANCE_UNKNOWN
                                        : c->mood == MOOD_LIES && m->lied_about ? KEELSON_INSTANCE_GONE
                                                                                : m->state;
    const struct keelson_node_address address = {KEELSON_ADDRESS_INTERNAL_IP, 0, m->address};
    struct keelson_instance_report r = {.size = sizeof(r),
                                        .node = node,
                                        .state = state,
                                        .address_size = sizeof(address),
                                        .evidence = "asked"};
    snprintf(id, sizeof(id), "%s://%s", c->scheme, m->id);
    if (state != KEELSON_INSTANCE_GONE) {
        r.provider_id = id;
        r.zone = "z";
        r.region = c->name;
        r.addresses = &address;
        r.addresses_count = 1;
    }
    if (want & KEELSON_WANT_STATE)
        note_answer(m, state);
    return sink->put(sink, &r);
}

static enum keelson_status describe(void *handle, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t count, uint32_t want,
                                    const struct keelson_instance_sink *sink)
{
    const struct sim_cloud *c = handle;
    for (uint32_t i = 0; i < count; i++) {
        const char *id = json_string_or(json_at(nodes[i]->json, "spec.providerID"), "");
        struct machine *m = machine_of(c, nodes[i]->json);
        if (*id && strncmp(id, c->scheme, strlen(c->scheme)) != 0)
            sim_fail("%s is asked about %s", c->name, id);
        if (m && put_report(c, m, i, want, sink) != 0)
            break;
    }
    return KEELSON_OK;
}

/* Whether it fails, sim-host.c decides, as with every call. */
static enum keelson_status healthy(void *handle, const struct keelson_call *call)
{
    return KEELSON_OK;
}

const struct keelson_cloud_v1 sim_cloud_table = {
    .size = sizeof(sim_cloud_table), .scheme = scheme, .owns = owns, .healthy = healthy};
const struct keelson_cloud_instances_v1 sim_instances_table = {.size = sizeof(sim_instances_table),
                                                               .describe = describe};

void sim_providers(struct providers *p)
{
    *p = (struct providers){.list = newa0(struct provider, SIM_CLOUDS), .count = SIM_CLOUDS, .cancel_fd = -1};
    for (unsigned i = 0; i < SIM_CLOUDS; i++) {
        struct plugin_instance *instance = sim_host_instance(&sim_clouds[i]);
        p->list[i] = (struct provider){.instance = instance,
                                       .cloud = &sim_cloud_table,
                                       .instances = &sim_instances_table,
                                       .name = sim_clouds[i].name,
                                       .scheme = sim_clouds[i].scheme,
                                       .health = provider_health_new(sim_clouds[i].name, instance),
                                       .index = i,
                                       .shares_scheme = !sim_clouds[i].greedy,
                                       .cancel_fd = -1};
    }
}

/* ---- Machines ---- */

void sim_clouds_start(unsigned machines_each)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++) {
        struct sim_cloud *c = &sim_clouds[n];
        c->index = n;
        c->machines = newa0(struct machine, machines_each);
        c->machines_count = machines_each;
        for (unsigned i = 0; i < machines_each; i++) {
            struct machine *m = &c->machines[i];
            snprintf(m->name, sizeof(m->name), "%s-%u", c->name, i);
            snprintf(m->id, sizeof(m->id), "i-%s-%u", c->name, i);
            snprintf(m->address, sizeof(m->address), "10.%u.%u.1", n, i);
            m->state = KEELSON_INSTANCE_RUNNING;
            m->knows_its_id = i % 3 == 0;
        }
    }
}

void sim_clouds_done(void)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        free(sim_clouds[n].machines);
    for (unsigned n = 0; n < SIM_CLOUDS; n++) {
        sim_balancers_forget(&sim_clouds[n]);
        free(sim_clouds[n].balancers);
    }
}

void sim_clouds_forget(void)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++) {
        sim_clouds[n].removed = 0;
        if (sim_clouds[n].pool)
            sim_balancers_forget(&sim_clouds[n]);
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++) {
            struct machine *m = &sim_clouds[n].machines[i];
            m->first_gone_ns = m->last_gone_ns = 0;
            m->last_said = KEELSON_INSTANCE_UNKNOWN;
        }
    }
}

struct machine *sim_machine(const char *name, struct sim_cloud **ret_cloud)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            if (strcmp(sim_clouds[n].machines[i].name, name) == 0) {
                *ret_cloud = &sim_clouds[n];
                return &sim_clouds[n].machines[i];
            }
    sim_fail("there is no machine %s", name);
}

struct machine *sim_machine_of_id(const char *provider_id, struct sim_cloud **ret_cloud)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++) {
        size_t prefix = strlen(sim_clouds[n].scheme);
        if (strncmp(provider_id, sim_clouds[n].scheme, prefix) != 0)
            continue;
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            if (strcmp(sim_clouds[n].machines[i].id, provider_id + prefix + strlen("://")) == 0) {
                *ret_cloud = &sim_clouds[n];
                return &sim_clouds[n].machines[i];
            }
    }
    return NULL;
}
