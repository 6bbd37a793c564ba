/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a node by what its cloud says of its instance; decided without any I/O, and with the time
 * given. Any thread, one at a time per struct. Times are monotonic nanoseconds above 0.
 *
 * A node is removed when it is not ready and its cloud said GONE in two answers that lie far enough apart,
 * with none in between that says otherwise. UNKNOWN is no word for either side. How many go is limited for
 * each cloud: by a rate, and by a share: when more than that share of its nodes would be gone within a while
 * nobody believes it, and none is removed until nodes come back or somebody confirms it.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_NODE_VERDICT_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_NODE_VERDICT_H

#include <keelson/cloud.h>
#include <stdbool.h>

struct verdict_policy {
    int64_t confirm_ns;   /* at least this lies between the two answers */
    int64_t interval_ns;  /* between two removals, once the burst is used up */
    unsigned burst;       /* removals that may follow each other at once */
    unsigned percent_max; /* of a cloud's nodes, within window_ns */
    unsigned nodes_min;   /* a cloud with fewer has no share to speak of */
    int64_t window_ns;
};

/* What was said of one node so far; zeroed: nothing. */
struct evidence {
    enum keelson_instance_state last; /* that was not UNKNOWN */
    bool proven;
    /* 0: GONE was not said, or was taken back. When the first answer came, and when was asked what had the
     * last: a proof is no shorter, and no younger, than it seems. */
    int64_t first_gone_ns, last_gone_ns;
};
#define EVIDENCE_HOLDS_NS (INT64_C(600) * 1000000000) /* a GONE that is older proves nothing */
/* An answer to what was asked at asked_ns: the second of a proof is to a question that was asked long enough
 * after the first had come. */
void evidence_take(struct evidence *e, enum keelson_instance_state state, const struct verdict_policy *policy,
                   int64_t asked_ns, int64_t now);
/* Said to be gone, and not taken back nor too long ago. */
bool evidence_says_gone(const struct evidence *e, int64_t now);

struct node_facts {
    bool ready;
    bool tainted; /* as shut down */
};
enum node_verdict {
    NODE_STAYS,
    NODE_SHUT_DOWN, /* it is to be tainted */
    NODE_RUNS,      /* the taint goes */
    NODE_GONE       /* it is to be removed, if the guard lets it */
};
enum node_verdict node_verdict(struct node_facts facts, const struct evidence *e, int64_t now);

/* Of one cloud: what keeps many nodes from going at once. */
struct guard {
    double tokens;
    int64_t filled_ns;   /* 0: never */
    int64_t *removed_ns; /* within the window, the oldest first */
    unsigned removed, capacity;
};
void guard_done(struct guard *g);
/* Whether more than the policy's share is or would be gone. owned: nodes that it has now; gone: those of them
 * that are said to be gone and that nobody confirmed. */
bool guard_is_frozen(struct guard *g, const struct verdict_policy *policy, unsigned owned, unsigned gone,
                     int64_t now);
/* Takes a place for one removal: 0, or how long to wait for the next one, in ns. */
int64_t guard_take(struct guard *g, const struct verdict_policy *policy, int64_t now);
/* A node was removed as gone. */
void guard_removed(struct guard *g, int64_t now);

#endif
