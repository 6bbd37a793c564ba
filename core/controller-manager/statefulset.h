/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stateful set controller's parts: statefulset-pod.c knows what a member is (its name, host name and
 * template), statefulset-claims.c makes and keeps its claims, statefulset-members.c takes one step towards
 * the wanted members, controller-statefulset.c notices changes, keeps revisions and writes the status.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_STATEFULSET_H
#define KEELSON_CONTROLLER_MANAGER_STATEFULSET_H

#include "core/controller-manager/claim.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/pod-control.h"
#include "core/controller-manager/revisions.h"

struct stateful_sets {
    struct client *client;
    const struct resource *resource, *claims_resource;
    struct informer *sets, *pods, *claims;
    struct workqueue *queue;
    struct pod_control control;
    struct revisions revisions;
};

struct member {
    int64_t ordinal;
    struct json *pod; /* NULL: not there */
};
struct stateful_sync {
    struct stateful_sets *c;
    const char *key;
    struct arena arena;
    struct json *set;
    struct claimed claimed;
    struct revision_set revisions;
    struct json *current,
        *update; /* revisions: the one that is rolled out fully, and the present template's */
    int64_t collisions, first, count; /* first ordinal, and how many are wanted */
    struct member *members;           /* the wanted ones, in order */
    struct member *condemned;         /* the others, the highest ordinal first */
    size_t condemned_count;
    int64_t again_ms;
};

/* statefulset-pod.c */
bool member_ordinal(const struct json *set, const struct json *pod, int64_t *ret);
struct json *member_pod(struct stateful_sync *s, int64_t ordinal);
bool member_has_revision(const struct json *pod, const struct json *revision);

/* statefulset-claims.c */
char *member_claim_name(struct stateful_sync *s, const struct json *template_, int64_t ordinal);
/* Creates the member's claims that are missing. */
int member_claims(struct stateful_sync *s, int64_t ordinal, struct error *err);
/* Has those that are there owned as the set's retention policy asks for. condemned: the member's pod when the
 * set has shrunk, else NULL. */
int member_keep_claims(struct stateful_sync *s, int64_t ordinal, const struct json *condemned,
                       struct error *err);

/* statefulset-members.c */
int members_step(struct stateful_sync *s, struct error *err);
bool member_is_available(struct stateful_sync *s, const struct json *pod);

#endif
