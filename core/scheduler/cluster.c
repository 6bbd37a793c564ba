/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and what is placed on them: adding and taking away. */
#include "core/scheduler/cluster.h"

#include "core/base/memory.h"
#include "core/scheduler/queue.h"
#include "core/scheduler/node.h"

void cluster_init(struct cluster *c)
{
    *c = (struct cluster){0};
    c->nodes_by_name = map_new(node_free);
    c->pods = map_new(free);
    c->images = map_new(NULL);
}

void cluster_done(struct cluster *c)
{
    map_free(c->pods);
    map_free(c->nodes_by_name);
    map_free(c->images);
    free(c->nodes);
}

static struct node *find_or_make(struct cluster *c, const char *name)
{
    struct node *n = map_get(c->nodes_by_name, name);
    if (!n) {
        n = new0(struct node);
        n->name = xstrdup(name);
        map_set(c->nodes_by_name, name, n);
    }
    return n;
}

static void count_images(struct cluster *c, const struct node *n, intptr_t step)
{
    for (unsigned i = 0; i < n->images_count; i++) {
        intptr_t now = (intptr_t)map_get(c->images, n->images[i].name) + step;
        if (now > 0)
            map_set(c->images, n->images[i].name, (void *)now);
        else
            map_remove(c->images, n->images[i].name);
    }
}

unsigned cluster_set_node(struct cluster *c, const struct json *document)
{
    struct node *n = find_or_make(c, json_string_or(json_at(document, "metadata.name"), ""));
    bool added = !n->present;
    count_images(c, n, -1);
    unsigned changes = node_fill(n, document);
    count_images(c, n, 1);
    if (added) {
        c->nodes = xgrow(c->nodes, &c->nodes_capacity, c->nodes_count + 1, sizeof(*c->nodes));
        n->index = c->nodes_count;
        c->nodes[c->nodes_count++] = n;
        n->present = true;
        changes = WAKE_NODE_ADDED;
    }
    return changes;
}

static bool is_empty(const struct node *n)
{
    return !n->present && n->used[AMOUNT_PODS] == 0;
}

void cluster_remove_node(struct cluster *c, const char *name)
{
    struct node *n = map_get(c->nodes_by_name, name);
    if (!n || !n->present)
        return;
    count_images(c, n, -1);
    c->nodes[n->index] = c->nodes[--c->nodes_count];
    c->nodes[n->index]->index = n->index;
    n->present = false;
    n->images_count = 0;
    if (is_empty(n))
        map_remove(c->nodes_by_name, name);
}

static void use_extended(struct node *n, const struct extended_amount *e, int64_t sign)
{
    for (unsigned i = 0; i < n->extended_used_count; i++)
        if (n->extended_used[i].name == e->name) {
            n->extended_used[i].amount += sign * e->amount;
            return;
        }
    size_t capacity = n->extended_used_capacity;
    n->extended_used =
        xgrow(n->extended_used, &capacity, n->extended_used_count + 1, sizeof(*n->extended_used));
    n->extended_used_capacity = (unsigned)capacity;
    n->extended_used[n->extended_used_count++] = (struct extended_amount){e->name, sign * e->amount};
}

static void take_ports(struct node *n, const struct demand *d)
{
    size_t capacity = n->ports_capacity;
    if (d->ports_count == 0)
        return;
    n->ports = xgrow(n->ports, &capacity, n->ports_count + d->ports_count, sizeof(*n->ports));
    n->ports_capacity = (unsigned)capacity;
    memcpy(n->ports + n->ports_count, d->ports, d->ports_count * sizeof(*d->ports));
    n->ports_count += d->ports_count;
}

static void give_port_back(struct node *n, const struct host_port *p)
{
    for (unsigned i = 0; i < n->ports_count; i++)
        if (n->ports[i].ip == p->ip && n->ports[i].port == p->port && n->ports[i].protocol == p->protocol) {
            n->ports[i] = n->ports[--n->ports_count];
            return;
        }
}

static void use(struct node *n, const struct demand *d, int64_t sign)
{
    for (unsigned i = 0; i < AMOUNTS; i++)
        n->used[i] += sign * d->amounts[i];
    n->scored_cpu += sign * d->scored_cpu;
    n->scored_memory += sign * d->scored_memory;
    for (unsigned i = 0; i < d->extended_count; i++)
        use_extended(n, &d->extended[i], sign);
    if (sign > 0)
        take_ports(n, d);
    else
        for (unsigned i = 0; i < d->ports_count; i++)
            give_port_back(n, &d->ports[i]);
}

/* The arrays of a demand behind the struct, in one allocation. */
static struct placed_pod *placed_new(const struct demand *d)
{
    size_t extended = d->extended_count * sizeof(*d->extended), ports = d->ports_count * sizeof(*d->ports);
    struct placed_pod *p = xmalloc(sizeof(*p) + extended + ports);
    char *behind = (char *)(p + 1);
    *p = (struct placed_pod){.demand = *d};
    if (extended)
        p->demand.extended = memcpy(behind, d->extended, extended);
    if (ports)
        p->demand.ports = memcpy(behind + extended, d->ports, ports);
    return p;
}

void cluster_place(struct cluster *c, const char *key, const char *node_name, const struct demand *demand,
                   bool assumed)
{
    struct placed_pod *p =
        placed_new(demand); /* a copy first: demand may be that of the pod which is replaced */
    cluster_forget(c, key);
    p->node = find_or_make(c, node_name);
    p->assumed = assumed;
    use(p->node, &p->demand, 1);
    map_set(c->pods, key, p);
}

bool cluster_forget(struct cluster *c, const char *key)
{
    struct placed_pod *p = map_take(c->pods, key);
    if (!p)
        return false;
    use(p->node, &p->demand, -1);
    if (is_empty(p->node))
        map_remove(c->nodes_by_name, p->node->name);
    free(p);
    return true;
}

const struct placed_pod *cluster_pod(const struct cluster *c, const char *key)
{
    return map_get(c->pods, key);
}
