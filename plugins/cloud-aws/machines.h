/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EC2's instances, as the nodes' questions need them: all that a call asks about in one DescribeInstances for
 * 200 of them, by filters, since an ID that is not known would fail a request by IDs. An answer serves other
 * calls for some seconds, but where something may be told to be gone only for what it saw running.
 */
#ifndef CLOUD_AWS_MACHINES_H
#define CLOUD_AWS_MACHINES_H

#include "plugins/cloud-aws/aws.h"

struct machine {
    char *id, *dns_name, *public_dns_name, *state, *type, *zone, *vpc, *subnet, *account;
    bool tagged, other_cluster;      /* with our cluster's tag; with another one's only */
    bool primary_v6;                 /* has an IPv6 address that stays: one that may be a target */
    bool checks_source;              /* drops packets that are not its own: no router */
    struct texts internal, external; /* addresses, of the first interface first */
    struct texts security_groups;
};
/* What a node says of where it runs. */
struct node_name {
    char id[32];    /* "i-…" of its provider ID, or its name if that looks like one; "" */
    char zone[64];  /* of its provider ID; "" */
    char name[254]; /* metadata.name */
    bool foreign;   /* its provider ID is of another cloud */
    bool has_provider_id;
};
struct machines {
    atomic_uint refs;
    int64_t asked_ns;
    struct machine *items;
    size_t count;
};
void machines_unref(struct machines *machines); /* NULL is fine */

struct node_name node_name_of(const struct keelson_object *node);
bool is_instance_id(const char *id);

/* All that is known of these nodes; *ret is the caller's reference. Foreign ones are passed over. */
enum keelson_status machines_get(struct aws *aws, const struct keelson_call *call,
                                 const struct keelson_object *const *nodes, uint32_t nodes_count,
                                 struct machines **ret);
/* The same where nothing is told to be gone: of some seconds ago, if none was only beginning to run. */
enum keelson_status machines_get_recent(struct aws *aws, const struct keelson_call *call,
                                        const struct keelson_object *const *nodes, uint32_t nodes_count,
                                        struct machines **ret);
/* The same by IDs, always from AWS. */
enum keelson_status machines_get_ids(struct aws *aws, const struct keelson_call *call,
                                     const struct texts *ids, struct machines **ret);
/* NULL: the answer holds none for it. */
const struct machine *machines_find(const struct machines *machines, const struct node_name *node);
/* The node may be it: it bears our cluster's tag, or no cluster's and the node's provider ID names it. */
bool machine_is_nodes(const struct machine *machine, const struct node_name *node);
bool machine_runs(const struct machine *machine);

/* On the node, by describe(): which account an instance belongs to, also when it is listed no more. */
#define LABEL_ACCOUNT "aws.keelson.io/account"
/* owns.c: its provider ID and label say that it is (or was) an instance of the region and of the account that
 * gave this answer; or of another one (KEELSON_OWNS_NO); UNKNOWN without a label, or while nobody says which
 * account that is. */
enum keelson_owns node_account(struct aws *aws, const struct keelson_call *call,
                               const struct machines *machines, const struct keelson_object *node);
bool node_is_ours(const struct node_name *name, const char *region, enum keelson_owns account);

#endif
