/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose node is it? Another region's zone in the provider ID, another region in the name that EC2 gave it, or
 * another account in the label that describe() put on the node, is a no; an instance that this account lists
 * is a yes, by its name only if it bears the cluster's tag. An instance that is listed no more was ours if
 * the label says so. An instance of EC2's that this account does not list is another account's, but while the
 * node is new (EC2 may not list a new instance yet, and a site must not adopt it meanwhile), or while nobody
 * can tell which account the keys are of.
 */
#include <time.h>

#include "plugins/cloud-aws/machines.h"

#define NEW_S 10

static bool zone_is_elsewhere(const struct node_name *n, const char *region)
{
    size_t size = strlen(region);
    return n->zone[0] && (strncmp(n->zone, region, size) != 0 || !n->zone[size]);
}

/* Of the account that gave the answer: by the instances in it, or else by STS; "" while nobody says. */
static void own_account(struct aws *aws, const struct keelson_call *call, const struct machines *machines,
                        char ret[16])
{
    ret[0] = 0;
    for (size_t i = 0; i < machines->count && !ret[0]; i++)
        snprintf(ret, 16, "%s", machines->items[i].account);
    if (!ret[0] && account_get(aws, call, ret) != KEELSON_OK)
        ret[0] = 0;
}

enum keelson_owns node_account(struct aws *aws, const struct keelson_call *call,
                               const struct machines *machines, const struct keelson_object *node)
{
    struct keelson_bytes label = {"", 0};
    char own[16];
    aws_host->object_string(node, "metadata.labels[" LABEL_ACCOUNT "]", &label);
    if (!label.size)
        return KEELSON_OWNS_UNKNOWN;
    own_account(aws, call, machines, own);
    if (!own[0])
        return KEELSON_OWNS_UNKNOWN;
    return strlen(own) == label.size && memcmp(own, label.data, label.size) == 0 ? KEELSON_OWNS_YES
                                                                                 : KEELSON_OWNS_NO;
}

bool node_is_ours(const struct node_name *name, const char *region, enum keelson_owns account)
{
    return name->has_provider_id && !name->foreign && name->id[0] && !zone_is_elsewhere(name, region) &&
           account == KEELSON_OWNS_YES;
}

static bool ends_with(const char *text, size_t size, const char *ending)
{
    size_t length = strlen(ending);
    return size >= length && memcmp(text + size - length, ending, length) == 0;
}

/* What EC2 puts behind a name in each region but the first, which has ".ec2.internal". */
#define NAMES_END ".compute.internal"

/* A machine of EC2's, by what its firmware or its name say. */
static bool looks_like_ec2(const struct keelson_object *node, const struct node_name *name)
{
    struct keelson_bytes uuid = {"", 0};
    size_t size = strlen(name->name);
    aws_host->object_string(node, "status.nodeInfo.systemUUID", &uuid);
    if (uuid.size > 3 && (memcmp(uuid.data, "ec2", 3) == 0 || memcmp(uuid.data, "EC2", 3) == 0))
        return true;
    return name->id[0] || ends_with(name->name, size, ".ec2.internal") ||
           ends_with(name->name, size, NAMES_END);
}

/* "ip-10-0-0-1.eu-west-1.compute.internal" */
static bool name_is_elsewhere(const struct node_name *n, const char *region)
{
    size_t size = strlen(n->name);
    if (n->has_provider_id || !ends_with(n->name, size, NAMES_END))
        return false;
    size -= sizeof(NAMES_END) - 1;
    return memchr(n->name, '.', size) &&
           !(ends_with(n->name, size, region) && n->name[size - strlen(region) - 1] == '.');
}

/* An age that nobody knows counts as none. */
static bool is_new(const struct keelson_object *node)
{
    struct keelson_bytes text = {"", 0};
    char created[32];
    aws_host->object_string(node, "metadata.creationTimestamp", &text);
    snprintf(created, sizeof(created), "%.*s", (int)text.size, text.data);
    int64_t created_s = time_of(created);
    return created_s == 0 || time(NULL) - created_s < NEW_S;
}

/* What is said without a question to the cloud. */
static bool is_elsewhere(const struct keelson_object *node, const char *region)
{
    struct node_name name = node_name_of(node);
    return name.foreign || zone_is_elsewhere(&name, region) || name_is_elsewhere(&name, region);
}

static enum keelson_owns owner_of(struct aws *aws, const struct keelson_call *call,
                                  const struct keelson_object *node, const struct machines *machines,
                                  const char *region)
{
    struct node_name name = node_name_of(node);
    const struct machine *m = machines_find(machines, &name);
    if (m)
        return machine_is_nodes(m, &name) ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
    enum keelson_owns account = node_account(aws, call, machines, node);
    if (account == KEELSON_OWNS_NO)
        return KEELSON_OWNS_NO;
    if (node_is_ours(&name, region, account))
        return KEELSON_OWNS_YES;
    if (!name.has_provider_id && !looks_like_ec2(node, &name))
        return KEELSON_OWNS_NO;
    char own[16];
    own_account(aws, call, machines, own);
    return is_new(node) || !own[0] ? KEELSON_OWNS_UNKNOWN : KEELSON_OWNS_NO;
}

static bool all_are_foreign(const struct keelson_object *const *nodes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!node_name_of(nodes[i]).foreign)
            return false;
    return true;
}

/* Asks about those that are not elsewhere. While AWS does not answer, another region's nodes are known to be
 * the other region's all the same, and need not wait. */
static enum keelson_status ask(struct aws *aws, const struct keelson_call *call,
                               const struct keelson_object *const *nodes, uint32_t count, const char *region,
                               enum keelson_owns *ret)
{
    struct machines *machines = NULL;
    const struct keelson_object **asked = mem_alloc(count, sizeof(const struct keelson_object *));
    uint32_t asked_count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!is_elsewhere(nodes[i], region))
            asked[asked_count++] = nodes[i];
    enum keelson_status status =
        asked_count ? machines_get(aws, call, asked, asked_count, &machines) : KEELSON_OK;
    free(asked);
    if (status != KEELSON_OK && asked_count == count)
        return status;
    for (uint32_t i = 0; i < count; i++)
        if (is_elsewhere(nodes[i], region))
            ret[i] = KEELSON_OWNS_NO;
        else if (machines)
            ret[i] = owner_of(aws, call, nodes[i], machines, region);
    machines_unref(machines);
    return KEELSON_OK;
}

enum keelson_status aws_owns(void *instance, const struct keelson_call *call,
                             const struct keelson_object *const *nodes, uint32_t nodes_count,
                             enum keelson_owns *ret)
{
    _cleanup_aws_ struct aws *aws = aws_ref(instance);
    const char *region;
    if (all_are_foreign(nodes, nodes_count)) { /* no matter which region is ours */
        for (uint32_t i = 0; i < nodes_count; i++)
            ret[i] = KEELSON_OWNS_NO;
        return KEELSON_OK;
    }
    enum keelson_status status = region_get(aws, call, &region);
    return status == KEELSON_OK ? ask(aws, call, nodes, nodes_count, region, ret) : status;
}
