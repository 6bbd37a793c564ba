/* SPDX-License-Identifier: Apache-2.0 */
/* The changes of some keys and who knew of them when; power-history.h. */
#include "tests/lib/power-history.h"

#include <stdlib.h>
#include <string.h>

void history_done(struct history *history)
{
    free(history->events);
    free(history->answers);
    memset(history, 0, sizeof(*history));
}

static int key_number(const char *key, size_t size)
{
    char digits[16] = "";
    size_t prefix = strlen(HISTORY_PREFIX);
    if (size <= prefix || size - prefix >= sizeof(digits))
        abort();
    memcpy(digits, key + prefix, size - prefix);
    return (int)strtol(digits, NULL, 10);
}

void history_event_add(struct history *history, const struct keelson_kv *kv, size_t now)
{
    if (history->count == history->capacity) {
        history->capacity = history->capacity * 2 + 256;
        history->events = realloc(history->events, history->capacity * sizeof(*history->events));
    }
    history->events[history->count++] = (struct history_event){
        .revision = kv->mod_revision,
        .create_revision = kv->create_revision,
        .version = kv->version,
        .key = key_number(kv->key.data, kv->key.size),
        .number = kv->version ? fixture_value_number(kv->value.data, kv->value.size) : -1,
        .seen_at = now,
    };
}

void history_answer_add(struct history *history, int64_t revision, bool relaxed, size_t now)
{
    if (history->answer_count == history->answer_capacity) {
        history->answer_capacity = history->answer_capacity * 2 + 256;
        history->answers = realloc(history->answers, history->answer_capacity * sizeof(*history->answers));
    }
    history->answers[history->answer_count++] = (struct history_answer){revision, relaxed, now};
}

void history_cut(struct history *history, int64_t revision, size_t at)
{
    int64_t known = history_known(history, at), durable = history_durable(history, at, false);
    while (history->count > 0 && history->events[history->count - 1].revision > revision)
        history->count--;
    for (size_t i = 0; i < history->count; i++)
        history->events[i].seen_at = 0;
    history->answer_count = 0;
    history_answer_add(history, known, true, 0);
    history_answer_add(history, durable, false, 0);
}

struct history_state history_at(const struct history *history, int64_t revision)
{
    struct history_state state;
    memset(&state, 0, sizeof(state));
    for (size_t i = 0; i < history->count && history->events[i].revision <= revision; i++)
        state.keys[history->events[i].key] = history->events[i];
    return state;
}

int64_t history_known(const struct history *history, size_t at)
{
    int64_t known = 0;
    for (size_t i = 0; i < history->count; i++) {
        if (history->events[i].seen_at <= at && history->events[i].revision > known)
            known = history->events[i].revision;
    }
    for (size_t i = 0; i < history->answer_count; i++) {
        if (history->answers[i].at <= at && history->answers[i].revision > known)
            known = history->answers[i].revision;
    }
    return known;
}

/* When the first heard of it. */
static size_t heard_at(const struct history *history, const struct history_answer *answer)
{
    for (size_t i = 0; i < history->count; i++) {
        if (history->events[i].revision == answer->revision)
            return history->events[i].seen_at < answer->at ? history->events[i].seen_at : answer->at;
    }
    return answer->at;
}

int64_t history_durable(const struct history *history, size_t at, bool kill)
{
    int64_t durable = 0;
    for (size_t i = 0; i < history->answer_count; i++) {
        const struct history_answer *answer = &history->answers[i];
        if ((kill || !answer->relaxed) && answer->revision > durable &&
            answer->revision <= history_newest(history) && heard_at(history, answer) <= at)
            durable = answer->revision;
    }
    return durable;
}

int64_t history_newest(const struct history *history)
{
    return history->count ? history->events[history->count - 1].revision : 0;
}

struct history_state history_state_of(const struct fixture_list *list)
{
    struct history_state state;
    memset(&state, 0, sizeof(state));
    for (size_t i = 0; i < list->count; i++) {
        const struct fixture_kv *kv = &list->items[i];
        int key = key_number(kv->key, kv->key_size);
        state.keys[key] = (struct history_event){
            .revision = kv->mod_revision,
            .create_revision = kv->create_revision,
            .version = kv->version,
            .key = key,
            .number = fixture_value_number(kv->value, kv->value_size),
        };
    }
    return state;
}

bool history_state_equal(const struct history_state *a, const struct history_state *b)
{
    for (int key = 0; key < HISTORY_KEYS; key++) {
        const struct history_event *x = &a->keys[key], *y = &b->keys[key];
        if (x->version != y->version ||
            (x->version && (x->revision != y->revision || x->number != y->number ||
                            x->create_revision != y->create_revision)))
            return false;
    }
    return true;
}
