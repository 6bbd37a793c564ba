/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and pods: adding, placing and taking away. */
#include "core/scheduler/cluster.h"

#include <stdio.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define IMAGE_KEY_MAX 20

static void node_free(void *node)
{
    struct node *n = node;
    node_facts_done(&n->facts);
    free(n->name);
    free(n->extended_used);
    free(n->ports);
    free(n);
}

static void pod_free(void *pod)
{
    struct pod *p = pod;
    pod_class_unref(p->class);
    free(p);
}

static void namespace_free(void *namespace_)
{
    labels_done(namespace_);
    free(namespace_);
}

void cluster_init(struct cluster *c)
{
    *c = (struct cluster){.dice = random_u64()};
    list_init(&c->affine);
    c->nodes_by_name = map_new(node_free);
    c->pods = map_new(pod_free);
    c->namespaces = map_new(namespace_free);
    c->images = map_new(NULL);
}

void cluster_done(struct cluster *c)
{
    map_free(c->pods);
    map_free(c->nodes_by_name);
    map_free(c->namespaces);
    map_free(c->images);
    free(c->nodes);
}

/* --- nodes --- */

static struct node *find_or_make(struct cluster *c, const char *name)
{
    struct node *n = map_get(c->nodes_by_name, name);
    if (!n) {
        n = new0(struct node);
        n->name = xstrdup(name);
        list_init(&n->pods);
        list_init(&n->nominated);
        map_set(c->nodes_by_name, name, n);
    }
    return n;
}

static void drop_if_empty(struct cluster *c, struct node *n)
{
    if (!n->present && list_empty(&n->pods) && list_empty(&n->nominated))
        map_remove(c->nodes_by_name, n->name);
}

static void count_images(struct cluster *c, const struct node *n, intptr_t step)
{
    char key[IMAGE_KEY_MAX];
    for (unsigned i = 0; i < n->facts.images_count; i++) {
        snprintf(key, sizeof(key), "%llx", (unsigned long long)n->facts.images[i].hash);
        intptr_t now = (intptr_t)map_get(c->images, key) + step;
        if (now > 0)
            map_set(c->images, key, (void *)now);
        else
            map_remove(c->images, key);
    }
}

unsigned cluster_image_nodes(const struct cluster *c, uint64_t hash)
{
    char key[IMAGE_KEY_MAX];
    snprintf(key, sizeof(key), "%llx", (unsigned long long)hash);
    return (unsigned)(intptr_t)map_get(c->images, key);
}

static const char *zone_of(const struct node *n)
{
    const char *zone = labels_get(&n->facts.labels, "topology.kubernetes.io/zone");
    return zone ? zone : "";
}

struct node *cluster_node(const struct cluster *c, const char *name)
{
    struct node *n = name ? map_get(c->nodes_by_name, name) : NULL;
    return n && n->present ? n : NULL;
}

unsigned cluster_set_node(struct cluster *c, const char *name, struct node_facts *facts)
{
    struct node *n = find_or_make(c, name);
    unsigned changes = n->present ? node_facts_compare(&n->facts, facts) : WAKE_NODE_ADDED;
    c->version += changes != 0;
    c->nodes_unordered = c->nodes_unordered || !n->present || (changes & WAKE_NODE_LABELS);
    count_images(c, n, -1);
    node_facts_done(&n->facts);
    n->facts = *facts;
    *facts = (struct node_facts){0};
    count_images(c, n, 1);
    if (!n->present) {
        c->nodes = xgrow(c->nodes, &c->nodes_capacity, c->nodes_count + 1, sizeof(*c->nodes));
        n->index = c->nodes_count;
        c->nodes[c->nodes_count++] = n;
        n->present = true;
    }
    return changes;
}

void cluster_remove_node(struct cluster *c, const char *name)
{
    struct node *n = cluster_node(c, name);
    if (!n)
        return;
    c->version++;
    count_images(c, n, -1);
    c->nodes[n->index] = c->nodes[--c->nodes_count];
    c->nodes[n->index]->index = n->index;
    c->nodes_unordered = true;
    n->present = false;
    node_facts_done(&n->facts);
    drop_if_empty(c, n);
}

static int by_zone_and_name(const void *a, const void *b)
{
    const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
    int order = strcmp(zone_of(x), zone_of(y));
    return order ? order : strcmp(x->name, y->name);
}

/* Of the nodes, sorted by zone, takes one of each zone, then the second of each, and so on. */
static void take_in_turn(struct node **sorted, unsigned count, struct node **out)
{
    unsigned *begin = newa0(unsigned, count + 1), zones = 0, taken = 0;
    for (unsigned i = 0; i < count; i++)
        if (i == 0 || strcmp(zone_of(sorted[i]), zone_of(sorted[i - 1])) != 0)
            begin[zones++] = i;
    begin[zones] = count;
    for (unsigned round = 0; taken < count; round++)
        for (unsigned z = 0; z < zones; z++)
            if (begin[z] + round < begin[z + 1])
                out[taken++] = sorted[begin[z] + round];
    free(begin);
}

void cluster_order_nodes(struct cluster *c)
{
    if (!c->nodes_unordered)
        return;
    c->nodes_unordered = false;
    struct node **sorted = newa0(struct node *, c->nodes_count + 1);
    if (c->nodes_count) {
        memcpy(sorted, c->nodes, c->nodes_count * sizeof(*sorted));
        qsort(sorted, c->nodes_count, sizeof(*sorted), by_zone_and_name);
        take_in_turn(sorted, c->nodes_count, c->nodes);
    }
    for (unsigned i = 0; i < c->nodes_count; i++)
        c->nodes[i]->index = i;
    free(sorted);
}

int64_t node_extended(const struct node *n, const char *name, int64_t *ret_used)
{
    *ret_used = 0;
    for (unsigned i = 0; i < n->extended_used_count; i++)
        if (n->extended_used[i].name == name)
            *ret_used = n->extended_used[i].amount;
    for (unsigned i = 0; i < n->facts.extended_count; i++)
        if (n->facts.extended[i].name == name)
            return n->facts.extended[i].amount;
    return 0;
}

/* --- what is used --- */

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

void node_use(struct node *n, const struct demand *d, int64_t sign)
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

/* --- pods --- */

struct pod *cluster_pod(const struct cluster *c, const char *key)
{
    return map_get(c->pods, key);
}

struct pod *cluster_add_pod(struct cluster *c, const char *key, const char *uid, struct pod_class *class_)
{
    size_t key_size = strlen(key) + 1, uid_size = strlen(uid) + 1;
    struct pod *p = xcalloc(1, sizeof(*p) + key_size + uid_size);
    const char *slash = strchr(key, '/');
    memcpy(p->key, key, key_size);
    p->name = slash ? p->key + (slash - key) + 1 : p->key;
    p->uid = memcpy(p->key + key_size, uid, uid_size);
    p->class = class_;
    list_init(&p->on_node);
    list_init(&p->nomination);
    list_init(&p->affine);
    queue_entry_init(&p->queue);
    map_set(c->pods, key, p);
    return p;
}

static bool is_affine(const struct pod_class *class_)
{
    return class_->affinity.count || class_->anti_affinity.count || class_->preferred.count;
}

void cluster_step_aside(struct cluster *c, struct pod *p)
{
    c->version++;
    node_use(p->node, &p->class->demand, -1);
    list_remove(&p->on_node);
    list_remove(&p->affine);
}

void cluster_step_back(struct cluster *c, struct pod *p)
{
    c->version++;
    node_use(p->node, &p->class->demand, 1);
    list_append(&p->node->pods, &p->on_node);
    if (is_affine(p->class))
        list_append(&c->affine, &p->affine);
}

void cluster_place(struct cluster *c, struct pod *p, const char *node_name)
{
    cluster_unplace(c, p);
    cluster_nominate(c, p, NULL);
    p->node = find_or_make(c, node_name);
    cluster_step_back(c, p);
}

void cluster_unplace(struct cluster *c, struct pod *p)
{
    struct node *n = p->node;
    if (!n)
        return;
    cluster_step_aside(c, p);
    p->node = NULL;
    p->assumed = false;
    drop_if_empty(c, n);
}

void cluster_nominate(struct cluster *c, struct pod *p, const char *node_name)
{
    struct node *before = p->nominated, *now = node_name && *node_name ? find_or_make(c, node_name) : NULL;
    if (now == before)
        return;
    c->version++;
    p->nominated = now;
    list_remove(&p->nomination);
    if (now)
        list_append(&now->nominated, &p->nomination);
    if (before)
        drop_if_empty(c, before);
}

void cluster_set_class(struct cluster *c, struct pod *p, struct pod_class *class_)
{
    if (p->node)
        cluster_step_aside(c, p);
    pod_class_unref(p->class);
    p->class = class_;
    if (p->node)
        cluster_step_back(c, p);
}

void cluster_remove_pod(struct cluster *c, struct pod *p)
{
    cluster_unplace(c, p);
    cluster_nominate(c, p, NULL);
    map_remove(c->pods, p->key);
}

/* --- namespaces --- */

void cluster_set_namespace(struct cluster *c, const char *name, struct labels *labels)
{
    c->version++;
    map_set(c->namespaces, name, xmemdup(labels, sizeof(*labels)));
    *labels = (struct labels){0};
}

void cluster_remove_namespace(struct cluster *c, const char *name)
{
    c->version++;
    map_remove(c->namespaces, name);
}

const struct labels *cluster_namespace(const struct cluster *c, const char *name)
{
    return map_get(c->namespaces, name);
}
