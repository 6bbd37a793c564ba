/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the inventory:
 *
 *     adopt_unlisted = true;  region = "home";
 *     nodes = ( { name = "rack1-a"; addresses = [ "10.0.0.5", "203.0.113.5" ]; external = [ "203.0.113.5" ];
 *                 zone = "rack1"; instance_type = "r630"; labels = { disk = "ssd"; }; } );
 *
 * Everything that is not known is refused, so that a slip of the pen is not a node in the wrong zone. */
#include "plugins/cloud-onprem/inventory.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-onprem/reading.h"

#define NODES_MAX    10000
#define PER_NODE_MAX 64

static bool is_address(const char *text)
{
    unsigned char raw[16];
    return inet_pton(AF_INET, text, raw) == 1 || inet_pton(AF_INET6, text, raw) == 1;
}

static enum keelson_status read_addresses(const struct reading *r, const struct keelson_config *group,
                                          const char *list, enum keelson_address_type type, struct machine *m)
{
    uint32_t count;
    enum keelson_status status = reading_length(r, group, list, PER_NODE_MAX, &count);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        const struct keelson_config *element;
        const char *text = NULL;
        status = r->host->config_element(r->call, group, list, i, &element);
        if (status == KEELSON_OK)
            status = r->host->config_string(r->call, element, "", &text);
        if (status == KEELSON_OK && !is_address(text))
            status = r->host->fail(r->call, KEELSON_INVALID, "%s: \"%s\" is no IP address",
                                   r->host->config_where(element, ""), text);
        if (status == KEELSON_OK)
            m->addresses[m->addresses_count++] = (struct keelson_node_address){.type = type, .address = text};
    }
    return status;
}

static enum keelson_status read_labels(const struct reading *r, const struct keelson_config *group,
                                       struct machine *m)
{
    const struct keelson_config *element;
    uint32_t count;
    enum keelson_status status = reading_length(r, group, "labels", PER_NODE_MAX, &count);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        struct keelson_pair *label = &m->labels[m->labels_count];
        status = r->host->config_member(r->call, group, "labels", i, &label->key);
        if (status == KEELSON_OK)
            status = r->host->config_element(r->call, group, "labels", i, &element);
        if (status == KEELSON_OK)
            status = r->host->config_string(r->call, element, "", &label->value);
        m->labels_count += status == KEELSON_OK;
    }
    return status;
}

static enum keelson_status read_machine(const struct reading *r, const struct keelson_config *group,
                                        struct machine *m)
{
    static const char *const known[] = {"name",   "addresses",     "external", "zone",
                                        "region", "instance_type", "labels",   NULL};
    enum keelson_status status = r->host->config_refuse_unknown(r->call, group, known);
    if (status == KEELSON_OK)
        status = reading_optional(r, group, "name", &m->name);
    if (status == KEELSON_OK && (!m->name || !*m->name))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: a node needs name = \"…\"",
                             r->host->config_where(group, NULL));
    m->addresses = calloc(2 * PER_NODE_MAX, sizeof(*m->addresses));
    m->labels = calloc(PER_NODE_MAX, sizeof(*m->labels));
    if (!m->addresses || !m->labels)
        return r->host->fail(r->call, KEELSON_EXHAUSTED, "no memory");
    if (status == KEELSON_OK)
        status = reading_optional(r, group, "zone", &m->zone);
    if (status == KEELSON_OK)
        status = reading_optional(r, group, "region", &m->region);
    if (status == KEELSON_OK)
        status = reading_optional(r, group, "instance_type", &m->instance_type);
    if (status == KEELSON_OK)
        status = read_addresses(r, group, "addresses", KEELSON_ADDRESS_INTERNAL_IP, m);
    if (status == KEELSON_OK)
        status = read_addresses(r, group, "external", KEELSON_ADDRESS_EXTERNAL_IP, m);
    return status == KEELSON_OK ? read_labels(r, group, m) : status;
}

static enum keelson_status read_machines(const struct reading *r, struct inventory *i)
{
    const struct keelson_config *group;
    uint32_t count;
    enum keelson_status status = reading_length(r, r->config, "nodes", NODES_MAX, &count);
    i->machines = calloc(count + 1, sizeof(*i->machines));
    if (!i->machines)
        return r->host->fail(r->call, KEELSON_EXHAUSTED, "no memory");
    for (uint32_t n = 0; status == KEELSON_OK && n < count; n++) {
        struct machine *m = &i->machines[i->machines_count++];
        status = r->host->config_element(r->call, r->config, "nodes", n, &group);
        if (status == KEELSON_OK)
            status = read_machine(r, group, m);
        if (status == KEELSON_OK && inventory_find(i, m->name, strlen(m->name)) != m)
            status = r->host->fail(r->call, KEELSON_INVALID, "%s: node \"%s\" is listed twice",
                                   r->host->config_where(group, NULL), m->name);
    }
    return status;
}

enum keelson_status inventory_read(const struct keelson_host *host, const struct keelson_call *call,
                                   const struct keelson_config *config, struct inventory *ret)
{
    const struct reading r = {host, call, config};
    struct inventory i = {.adopt_unlisted = true};
    int adopt = 1;
    enum keelson_status status = reading_optional_boolean(&r, config, "adopt_unlisted", &adopt);
    if (status == KEELSON_OK)
        status = reading_optional(&r, config, "zone", &i.zone);
    if (status == KEELSON_OK)
        status = reading_optional(&r, config, "region", &i.region);
    if (status == KEELSON_OK)
        status = reading_optional(&r, config, "instance_type", &i.instance_type);
    if (status == KEELSON_OK)
        status = read_machines(&r, &i);
    if (status != KEELSON_OK) {
        inventory_done(&i);
        return status;
    }
    i.adopt_unlisted = adopt;
    *ret = i;
    return KEELSON_OK;
}

void inventory_done(struct inventory *i)
{
    for (uint32_t n = 0; n < i->machines_count; n++) {
        free(i->machines[n].addresses);
        free(i->machines[n].labels);
    }
    free(i->machines);
    *i = (struct inventory){0};
}

const struct machine *inventory_find(const struct inventory *i, const char *name, size_t size)
{
    for (uint32_t n = 0; n < i->machines_count; n++) {
        const struct machine *m = &i->machines[n];
        if (m->name && strlen(m->name) == size && memcmp(m->name, name, size) == 0)
            return m;
    }
    return NULL;
}
