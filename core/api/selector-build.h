/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How selectors are made, shared by the parser of query text and the readers of objects: requirements are
 * collected in a draft that points into the source, then packed into one block. One thread a draft.
 */
#ifndef KEELSON_API_SELECTOR_BUILD_H
#define KEELSON_API_SELECTOR_BUILD_H

#include "core/api/selector.h"

enum selector_operator {
    SELECTOR_EQUALS,
    SELECTOR_DOUBLE_EQUALS,
    SELECTOR_NOT_EQUALS,
    SELECTOR_IN,
    SELECTOR_NOT_IN,
    SELECTOR_EXISTS,
    SELECTOR_DOES_NOT_EXIST,
    SELECTOR_GREATER_THAN,
    SELECTOR_LESS_THAN
};

struct selector_requirement {
    struct slice key;
    struct slice *values;  /* sorted, each once; set when packed */
    uint32_t first, count; /* of the values, in the draft's list */
    enum selector_operator op;
    int64_t number; /* of > and < */
};

struct selector {
    bool nothing;
    uint32_t count;
    struct selector_requirement requirements[]; /* by key; their values and texts follow in the same block */
};

struct selector_draft {
    struct selector_requirement *requirements;
    size_t count, capacity;
    struct slice *values;
    size_t values_count, values_capacity;
};

void selector_draft_done(struct selector_draft *d);
/* Values are added first, then the requirement that they belong to: all that came since the last one. Appends
 * what is wrong with it to `wrong`, separated by ", ", and returns how many things are. */
void selector_draft_value(struct selector_draft *d, struct slice value);
unsigned selector_draft_require(struct selector_draft *d, struct slice key, enum selector_operator op,
                                struct buffer *wrong);
/* The same without checks. */
void selector_draft_take(struct selector_draft *d, struct slice key, enum selector_operator op);
/* Copies everything; the draft stays. */
struct selector *selector_pack(const struct selector_draft *d);
struct selector *selector_nothing(void);
/* Text as Go's %q writes it, but ASCII only: what came from a client may be anything. */
void selector_quote(struct buffer *out, struct slice text, char quote);

#endif
