/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes of a provider; see owned-nodes.h. */
#include "core/cloud-controller-manager/owned-nodes.h"

#include "core/base/memory.h"

static enum node_owner owner_of(struct owners *owners, const struct provider *p, const struct owned_node *n)
{
    const char *id = json_string_or(json_at(n->node, "spec.providerID"), "");
    struct owner owner = owners_get(owners, n->name);
    if (!provider_has_scheme(p, id))
        return NODE_FOREIGN;
    if (owner.ownership == OWNERSHIP_UNKNOWN)
        return NODE_UNKNOWN;
    return owner.ownership == OWNERSHIP_FOUND && owner.provider == p ? NODE_OWN : NODE_FOREIGN;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct owned_node *)a)->name, ((const struct owned_node *)b)->name);
}

struct owned_node *owned_nodes_list(struct informer *nodes, struct owners *owners, const struct provider *p,
                                    struct arena *arena, size_t *ret_count, size_t *ret_unknown)
{
    struct cached **cached = NULL;
    size_t count = informer_list(nodes, NULL, &cached);
    struct owned_node *list = arena_alloc0(arena, (count + 1) * sizeof(*list));
    *ret_count = count;
    *ret_unknown = 0;
    for (size_t i = 0; i < count; i++) {
        list[i].node = cached_parse(cached[i], arena);
        list[i].name = arena_strdup(arena, cached_key(cached[i]));
        list[i].owner = owner_of(owners, p, &list[i]);
        *ret_unknown += list[i].owner == NODE_UNKNOWN;
    }
    cached_list_free(cached, count);
    qsort(list, count, sizeof(*list), compare_names);
    return list;
}
