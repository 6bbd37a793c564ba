/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account and a region, as one configuration says. Everything runs in the host's calls, in any number of
 * threads; what they share has a lock beside it, and no lock is held over a request. What goes wrong is said
 * through host->fail where it happens, and its status handed up. A new configuration makes a new one of
 * these: a call works with the one that it began with, to its end.
 */
#ifndef CLOUD_AWS_AWS_H
#define CLOUD_AWS_AWS_H

#include <keelson/cloud.h>
#include <pthread.h>
#include <stdatomic.h>

#include "lib/cloud-http/cloud-http.h"
#include "lib/cloud-http/pace.h"
#include "plugins/cloud-aws/credentials.h"
#include "plugins/cloud-aws/settings.h"
#include "plugins/cloud-aws/text.h"

enum service { SERVICE_EC2, SERVICE_ELB, SERVICE_STS, SERVICES };

struct machines;
struct route_names;

struct zone {
    char *name, *id;
};

/* api-list.c: lists that several calls share. */
struct answer;
struct answers {
    struct answer *items;
    size_t count;
};
void answers_done(struct answers *answers);

struct aws {
    atomic_uint refs;
    struct settings settings;
    struct cloud_http *http;
    struct cloud_http *metadata; /* for what is on the machine: plain HTTP, no proxy */
    struct credentials credentials;
    struct pace paces[SERVICES];
    _Atomic uint64_t changes[SERVICES]; /* that this process made, or began */
    _Atomic int64_t clock_ahead_s;      /* AWS's clock less ours, once it refused a signature for its time */
    char *cluster_tag;                  /* "kubernetes.io/cluster/NAME" */
    char *cluster;
    struct route_names *route_names; /* the host's instance's */

    pthread_mutex_t lock;        /* protects what follows */
    char *region;                /* NULL: not known yet; never changes afterwards */
    char *account, *account_key; /* whose keys those with this ID are; NULL: not asked yet */
    int64_t account_asked_ns;    /* when that failed */
    struct zone *zones;          /* of the region; never changes once it is there */
    size_t zones_count;
    struct machines *machines; /* the newest answer about instances; NULL: none yet */
    struct answers answers;
};

extern const struct keelson_host *aws_host; /* set once, when the file is loaded */
#define FAIL(call_, status_, ...) aws_host->fail(call_, status_, __VA_ARGS__)

/* cloud-aws.c: what the host's instance is now; a reference of the caller's. */
struct aws *aws_ref(void *instance);
void aws_unref(struct aws *aws);
static inline void unref_aws_(struct aws **p)
{
    aws_unref(*p);
}
#define _cleanup_aws_ _cleanup_(unref_aws_)

/* account.c: the account of the keys in use, "" while it cannot be told. Not the one that `account` names:
 * KEELSON_DENIED. */
enum keelson_status account_get(struct aws *aws, const struct keelson_call *call, char ret[16]);

/* region.c: the region to use; lives as long as aws. */
enum keelson_status region_get(struct aws *aws, const struct keelson_call *call, const char **ret);
struct partition {
    const char *name, *suffix;
};
struct partition partition_of(const char *region);

/* zones.c */
/* Asks for the region's zones, each time: the answer is proof that the credentials work. */
enum keelson_status zones_read(struct aws *aws, const struct keelson_call *call);
bool zones_known(struct aws *aws);
/* The ID of a zone by its name ("use1-az4"), NULL if it is not known. */
const char *zone_id(struct aws *aws, const char *name);

/* The interfaces' tables, in owns.c, instances.c, load-balancers.c, routes.c. */
enum keelson_status aws_owns(void *instance, const struct keelson_call *call,
                             const struct keelson_object *const *nodes, uint32_t nodes_count,
                             enum keelson_owns *ret);
extern const struct keelson_cloud_instances_v1 aws_instances;
extern const struct keelson_cloud_loadbalancers_v1 aws_load_balancers;
extern const struct keelson_cloud_routes_v1 aws_routes;

#endif
