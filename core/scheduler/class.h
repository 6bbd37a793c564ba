/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pods of one template have in common, as the filters and scores look at it: read once out of a
 * pod's document and shared by all pods that say the same, so that the thousandth replica costs a reference.
 * Immutable; any thread.
 */
#ifndef KEELSON_SCHEDULER_CLASS_H
#define KEELSON_SCHEDULER_CLASS_H

#include <stdatomic.h>

#include "core/scheduler/amounts.h"
#include "core/scheduler/labels.h"

struct taint {
    const char *key, *value;
    char effect; /* 'S' NoSchedule, 'P' PreferNoSchedule, 'E' NoExecute */
};
enum toleration_operator { TOLERATE_EQUAL, TOLERATE_EXISTS, TOLERATE_ABOVE, TOLERATE_BELOW };
struct toleration {
    const char *key, *value; /* key "": all */
    enum toleration_operator operator_;
    char effect; /* as in struct taint; 0: all */
};

/* A pod (anti-)affinity term: pods that the selector and the namespaces choose, near by the topology key. */
struct affinity_term {
    struct selector *selector, *namespace_selector; /* the latter NULL: none */
    const struct json *namespaces;                  /* array of names, or NULL */
    const char *topology_key;
    int64_t weight; /* of a preferred term; negative for anti-affinity */
};
struct affinity_terms {
    struct affinity_term *items;
    unsigned count;
};
struct spread_constraint {
    struct selector *selector; /* NULL: the pods of the same owner */
    const char *topology_key;
    int64_t max_skew, min_domains;
    bool hard;                         /* DoNotSchedule */
    bool honor_affinity, honor_taints; /* which nodes count */
    bool matches_self;
};

struct pod_class {
    atomic_uint refs;
    struct arena arena; /* holds all below */
    struct slice text;  /* what makes it this class */
    const char *namespace_, *scheduler;
    struct labels labels;
    int32_t priority;
    bool gated, never_preempts;
    struct demand demand;
    struct toleration *tolerations;
    unsigned tolerations_count;
    const struct json *node_selector;   /* spec.nodeSelector, or NULL */
    const struct json *required_terms;  /* nodeSelectorTerms of which one must match, or NULL */
    const struct json *preferred_terms; /* preferredDuringScheduling…, or NULL */
    uint64_t *images;                   /* image_hash of each container's */
    unsigned images_count;
    struct affinity_terms affinity, anti_affinity, preferred;
    struct spread_constraint *spread;
    unsigned spread_count;
    bool spread_by_default; /* it says nothing of spreading: these are upstream's defaults for sets of
                               replicas */
    const char *owner;      /* uid of the set of replicas that it belongs to; NULL: none */
};
/* A reference to the class of a pod. */
struct pod_class *pod_class_of(const struct json *pod);
struct pod_class *pod_class_ref(struct pod_class *c);
void pod_class_unref(struct pod_class *c); /* NULL is fine */

bool tolerates(const struct pod_class *c, const struct taint *taint);
char taint_effect(const char *text);
/* A name as nodes report it: without a tag it means ":latest". */
uint64_t image_hash(struct slice name);
/* Is the pod of that class one of those that the term chooses? own: the namespace of the term's pod.
 * namespace_labels: those of other's namespace, NULL when they are not known. */
bool affinity_term_chooses(const struct affinity_term *t, const char *own, const struct pod_class *other,
                           const struct labels *namespace_labels);

#endif
