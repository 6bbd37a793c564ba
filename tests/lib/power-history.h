/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to a store's keys, and when it became known: the changes in order of revision, as a watch
 * brought them, and what was acknowledged. From it follows each state that a power cut may leave: that at
 * some revision, none of an unrelaxed transaction that somebody has heard of being missing, and nothing in it
 * that came later.
 *
 * A moment is a number that grows (power-disk.h).
 */
#ifndef TESTS_LIB_POWER_HISTORY_H
#define TESTS_LIB_POWER_HISTORY_H

#include "tests/lib/store-fixture.h"

#define HISTORY_PREFIX "/k/"
#define HISTORY_END    "/k0"
#define HISTORY_KEYS   40

struct history_event {
    int64_t revision, create_revision, version; /* version 0: a delete */
    int key;
    int64_t number; /* in the value */
    size_t seen_at;
};
struct history_answer {
    int64_t revision;
    bool relaxed;
    size_t at;
};
struct history {
    struct history_event *events;
    size_t count, capacity;
    struct history_answer *answers;
    size_t answer_count, answer_capacity;
};
struct history_state {
    struct history_event keys[HISTORY_KEYS]; /* version 0: absent */
};

void history_done(struct history *history);
/* An event of a watch, its key under HISTORY_PREFIX. */
void history_event_add(struct history *history, const struct keelson_kv *kv, size_t now);
/* A revision that somebody was told of: of a transaction that changed something, or of a read (relaxed). */
void history_answer_add(struct history *history, int64_t revision, bool relaxed, size_t now);
/* The power went at this moment, and the store goes on with the state at this revision. */
void history_cut(struct history *history, int64_t revision, size_t at);

struct history_state history_at(const struct history *history, int64_t revision);
/* What was known at the moment: the newest revision anybody had heard of, … */
int64_t history_known(const struct history *history, size_t at);
/* … the newest that must not be lost (kill: nothing may be), and the newest there was. */
int64_t history_durable(const struct history *history, size_t at, bool kill);
int64_t history_newest(const struct history *history);

/* The keys as a range gives them. */
struct history_state history_state_of(const struct fixture_list *list);
bool history_state_equal(const struct history_state *a, const struct history_state *b);

#endif
