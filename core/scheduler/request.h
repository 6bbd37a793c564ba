/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pod as the filters and scores look at it: what stands in its document, taken out once so that a
 * thousand nodes can be asked about it quickly. Lives in the arena of one scheduling cycle, beside the
 * document.
 */
#ifndef KEELSON_SCHEDULER_REQUEST_H
#define KEELSON_SCHEDULER_REQUEST_H

#include "core/scheduler/cluster.h"

struct toleration {
    const char *key, *value; /* key "": all */
    bool exists;             /* operator Exists: any value */
    char effect;             /* as in struct taint; 0: all */
};
struct pod_request {
    struct arena *arena;
    const struct json *pod;
    const char *key, *name, *namespace_, *uid, *scheduler;
    const char *node_name; /* spec.nodeName, "" while it waits */
    int32_t priority;
    struct demand demand;
    struct toleration *tolerations;
    unsigned tolerations_count;
    const struct json *node_selector;   /* spec.nodeSelector, or NULL */
    const struct json *required_terms;  /* nodeSelectorTerms that must match one, or NULL */
    const struct json *preferred_terms; /* preferredDuringScheduling…, or NULL */
    const char **images;                /* interned names as nodes report them */
    unsigned images_count, containers_count;
};
void pod_request_fill(struct pod_request *r, struct arena *arena, const struct json *pod, const char *key);
/* Has the pod gates that hold it? */
bool pod_is_gated(const struct json *pod);
bool tolerates(const struct pod_request *r, const struct taint *taint);
/* One nodeSelectorTerm: all of matchExpressions and matchFields; an empty term matches nothing. */
bool node_matches_term(const struct node *n, const struct json *term);

#endif
