/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A LAN of nodes on a simulated clock: each has a board; leases go through a server that commits in order,
 * and comes back through watches that lag, stall and list again. Nodes are killed, cut off, lose interfaces
 * and come back by a seeded plan. At every step no address has two announcers, and when all is quiet each has
 * one.
 */
#include "core/announce/board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/memory.h"

#define NODES     5
#define ADDRESSES 12
#define LOG_MAX   200000
#define RANGES    "10.0.0.0/24"
#define MS        BOARD_MS

/* What the server committed; its revision is its index + 1. */
struct commit {
    int node;
    bool gone;
    char renewed[24];
    int64_t duration_s;
    const char *announces;
};
struct node {
    struct board *board; /* NULL: not running */
    char name[24];
    size_t told;           /* commits that the watch has told */
    int64_t told_until_ns; /* the watch stalls until then */
    bool cut;              /* no request of its reaches the server, nothing comes */
    const char *usable;
    int64_t commits_at_ns, answered_at_ns; /* of the request on the way; 0: none, or done */
    struct commit request;
    uint64_t revision;
};
struct world {
    int64_t now_ns;
    struct node nodes[NODES];
    struct commit *log;
    size_t count;
    uint64_t seed;
    unsigned serial;
    int64_t lag_ms; /* of watches and requests, at most */
    bool slow;      /* some answers come very late */
};

static uint64_t roll(struct world *w, uint64_t below)
{
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->seed >> 33) % below;
}

static struct address address_of(unsigned i)
{
    struct address a = {.family = 4, .raw = {10, 0, 0, (uint8_t)(i + 1)}};
    return a;
}

static void ignore(void *context, const struct address *a, bool announcing)
{
}

static void start(struct world *w, int i)
{
    struct node *n = &w->nodes[i];
    n->board = board_new(n->name);
    n->told = 0;
    n->usable = RANGES;
    n->commits_at_ns = n->answered_at_ns = 0;
    n->cut = false;
    n->told_until_ns = 0;
    board_usable(n->board, n->usable);
    board_begin(n->board);
    for (unsigned a = 0; a < ADDRESSES; a++) {
        struct address at = address_of(a);
        board_address(n->board, &at, false, NULL, 0);
    }
}

static void kill_node(struct world *w, int i)
{
    struct node *n = &w->nodes[i];
    board_free(n->board);
    n->board = NULL;
    if (roll(w, 2)) /* its last request may still arrive, or not */
        n->commits_at_ns = 0;
}

static void commit(struct world *w, const struct commit *c)
{
    assert_true(w->count < LOG_MAX);
    w->log[w->count++] = *c;
}

static void leave(struct world *w, int i)
{
    struct node *n = &w->nodes[i];
    board_retire(n->board, ignore, NULL);
    commit(w, &(struct commit){.node = i, .gone = true});
    n->commits_at_ns = 0;
    board_free(n->board);
    n->board = NULL;
}

static void tell(struct world *w, struct node *n, const struct commit *c)
{
    if (c->gone)
        board_gone(n->board, w->nodes[c->node].name);
    else
        board_seen(n->board, w->nodes[c->node].name, c->renewed, (uint64_t)(c - w->log) + 1, c->duration_s,
                   c->announces, w->now_ns);
}

/* After a stall the watch is too old, and a list tells the latest of each, in any order. */
static void tell_list(struct world *w, struct node *n)
{
    for (int other = 0; other < NODES; other++)
        for (size_t at = w->count; at > n->told; at--)
            if (w->log[at - 1].node == other) {
                tell(w, n, &w->log[at - 1]);
                board_decide(n->board, w->now_ns, ignore, NULL);
                break;
            }
    n->told = w->count;
}

static void watch(struct world *w, struct node *n)
{
    if (n->cut || w->now_ns < n->told_until_ns)
        return;
    if (n->told_until_ns && roll(w, 2)) {
        tell_list(w, n);
    } else {
        size_t until = n->told_until_ns ? w->count : n->told + roll(w, w->count - n->told + 1);
        for (; n->told < until; n->told++)
            tell(w, n, &w->log[n->told]);
    }
    n->told_until_ns = 0;
    board_confirm(n->board, n->told, w->now_ns);
}

/* The renewal on the way arrives at the server, and its answer here. A process that was killed waits for
 * none. */
static void carry(struct world *w, struct node *n)
{
    if (n->commits_at_ns && w->now_ns >= n->commits_at_ns) {
        commit(w, &n->request);
        n->revision = w->count;
        n->commits_at_ns = 0;
    }
    if (!n->board || !n->answered_at_ns || w->now_ns < n->answered_at_ns)
        return;
    n->answered_at_ns = 0;
    if (n->revision && !n->cut)
        board_written(n->board, n->revision);
}

static void renew(struct world *w, int i)
{
    struct node *n = &w->nodes[i];
    struct board_renewal r;
    board_next(n->board, w->now_ns, &r);
    if (n->answered_at_ns || n->commits_at_ns || r.due_ns > w->now_ns)
        return;
    n->request = (struct commit){.node = i, .duration_s = r.duration_s, .announces = n->usable};
    snprintf(n->request.renewed, sizeof(n->request.renewed), "%u", ++w->serial);
    n->revision = 0;
    n->answered_at_ns = w->now_ns + (int64_t)roll(w, (uint64_t)w->lag_ms) * MS + MS;
    n->commits_at_ns =
        n->cut ? 0 : w->now_ns + (int64_t)roll(w, (uint64_t)((n->answered_at_ns - w->now_ns) / MS)) * MS + 1;
    if (w->slow && roll(w, 50) == 0)
        n->answered_at_ns += 700 * MS; /* slow, or lost */
    board_sent(n->board, n->request.renewed, r.duration_s, w->now_ns);
}

static unsigned announcers(const struct world *w, unsigned address)
{
    struct address a = address_of(address);
    unsigned count = 0;
    for (int i = 0; i < NODES; i++)
        count += w->nodes[i].board && board_announces(w->nodes[i].board, &a, w->now_ns);
    return count;
}

static int announcer(const struct world *w, unsigned address)
{
    struct address a = address_of(address);
    for (int i = 0; i < NODES; i++)
        if (w->nodes[i].board && board_announces(w->nodes[i].board, &a, w->now_ns))
            return i;
    return -1;
}

static void step(struct world *w)
{
    w->now_ns += 5 * MS;
    for (int i = 0; i < NODES; i++) {
        struct node *n = &w->nodes[i];
        carry(w, n);
        if (!n->board)
            continue;
        watch(w, n);
        board_decide(n->board, w->now_ns, ignore, NULL);
        renew(w, i);
    }
    for (unsigned a = 0; a < ADDRESSES; a++)
        if (announcers(w, a) > 1)
            fail_msg("at %lld ms address %u has %u announcers", (long long)(w->now_ns / MS), a,
                     announcers(w, a));
}

static void run(struct world *w, int64_t ms)
{
    for (int64_t end = w->now_ns + ms * MS; w->now_ns < end;)
        step(w);
}

static void fault(struct world *w)
{
    int i = (int)roll(w, NODES);
    struct node *n = &w->nodes[i];
    if (!n->board) {
        start(w, i);
        return;
    }
    switch (roll(w, 6)) {
    case 0:
        kill_node(w, i);
        break;
    case 1:
        leave(w, i);
        break;
    case 2:
        n->cut = !n->cut;
        if (!n->cut)
            n->told_until_ns = w->now_ns;
        break;
    case 3:
        n->told_until_ns = w->now_ns + (int64_t)roll(w, 15000) * MS;
        break;
    case 4:
        n->usable = *n->usable ? "" : RANGES;
        board_usable(n->board, n->usable);
        break;
    default:
        w->lag_ms = 1 + (int64_t)roll(w, roll(w, 2) ? 900 : 20);
    }
}

static struct world *world_new(uint64_t seed)
{
    struct world *w = new0(struct world);
    *w = (struct world){
        .now_ns = 3600 * 1000 * MS, .seed = seed, .log = newa0(struct commit, LOG_MAX), .lag_ms = 10};
    for (int i = 0; i < NODES; i++) {
        snprintf(w->nodes[i].name, sizeof(w->nodes[i].name), "node-%d", i);
        start(w, i);
    }
    return w;
}

static void world_free(struct world *w)
{
    for (int i = 0; i < NODES; i++)
        board_free(w->nodes[i].board);
    free(w->log);
    free(w);
}

static void assert_all_announced(const struct world *w)
{
    for (unsigned a = 0; a < ADDRESSES; a++)
        if (announcers(w, a) != 1)
            fail_msg("address %u has no announcer", a);
}

static void test_faults(void **state)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct world *w = world_new(seed);
        print_message("seed %llu\n", (unsigned long long)seed);
        w->slow = true;
        for (unsigned i = 0; i < 40; i++) {
            run(w, (int64_t)roll(w, 2500));
            fault(w);
        }
        for (int i = 0; i < NODES; i++) {
            if (!w->nodes[i].board)
                start(w, i);
            w->nodes[i].cut = false;
            w->nodes[i].usable = RANGES;
            board_usable(w->nodes[i].board, RANGES);
        }
        w->lag_ms = 10;
        w->slow = false;
        run(w, 30000);
        assert_all_announced(w);
        world_free(w);
    }
}

/* Another takes over in less than two seconds, whenever the announcer dies. */
static void test_take_over(void **state)
{
    int64_t worst_ms = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *w = world_new(seed);
        run(w, 5000 + (int64_t)roll(w, 1000));
        assert_all_announced(w);
        kill_node(w, announcer(w, 0));
        int64_t began_ns = w->now_ns;
        while (announcer(w, 0) < 0)
            step(w);
        worst_ms = MAX(worst_ms, (w->now_ns - began_ns) / MS);
        world_free(w);
    }
    print_message("the slowest of 20 take-overs: %lld ms\n", (long long)worst_ms);
    assert_true(worst_ms < 2000);
}

/* Who leaves in good order is followed at once. */
static void test_hand_over(void **state)
{
    struct world *w = world_new(7);
    run(w, 5000);
    leave(w, announcer(w, 3));
    int64_t began_ns = w->now_ns;
    while (announcer(w, 3) < 0)
        step(w);
    assert_true(w->now_ns - began_ns < 200 * MS);
    world_free(w);
}

/* An interface that goes takes its addresses along at once, and they move. */
static void test_interface_goes(void **state)
{
    struct world *w = world_new(8);
    run(w, 5000);
    int before = announcer(w, 2);
    struct address a = address_of(2);
    board_usable(w->nodes[before].board, "");
    w->nodes[before].usable = "";
    assert_false(board_announces(w->nodes[before].board, &a, w->now_ns));
    run(w, 500);
    assert_true(announcer(w, 2) >= 0 && announcer(w, 2) != before);
    world_free(w);
}

/* Nodes that announce nothing write seldom. */
static void test_idle_writes(void **state)
{
    struct world *w = world_new(9);
    run(w, 10000);
    for (int i = 0; i < NODES; i++)
        board_begin(w->nodes[i].board); /* no address is left */
    run(w, 5000);
    size_t before = w->count;
    run(w, 30000);
    assert_true(w->count - before <= NODES * 11);
    world_free(w);
}

/* Only where its endpoints are, and where everybody may, anywhere. */
static void test_local(void **state)
{
    struct world *w = world_new(10);
    struct address a = address_of(0), b = address_of(1);
    const char *nodes[] = {"node-3"};
    for (int i = 0; i < NODES; i++) {
        board_begin(w->nodes[i].board);
        board_address(w->nodes[i].board, &a, true, nodes, 1);
        board_address(w->nodes[i].board, &b, true, NULL, 0);
    }
    run(w, 5000);
    assert_int_equal(announcer(w, 0), 3);
    assert_int_equal(announcers(w, 1), 0);
    nodes[0] = "node-4";
    for (int i = 0; i < NODES; i++) {
        board_begin(w->nodes[i].board);
        board_address(w->nodes[i].board, &a, true, nodes, 1);
        board_address(w->nodes[i].board, &b, true, NULL, 0);
        board_address(w->nodes[i].board, &b, false, NULL, 0);
    }
    run(w, 3000);
    assert_int_equal(announcer(w, 0), 4);
    assert_int_equal(announcers(w, 1), 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),      cmocka_unit_test(test_take_over),
        cmocka_unit_test(test_hand_over),   cmocka_unit_test(test_interface_goes),
        cmocka_unit_test(test_idle_writes), cmocka_unit_test(test_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
