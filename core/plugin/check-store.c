/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a store must behave: the quick part of what <keelson/store.h> promises. Reading is tried always; what
 * writes, below keys of its own that it takes away again, only when that was asked for.
 */
#include <keelson/store.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/plugin/check-rules.h"

#define KEY   "/registry/keelson.check/rules/one"
#define OTHER "/registry/keelson.check/rules/other"
#define END   "/registry/keelson.check/rules0"

/* What a call is given, and what it came to. */
struct store_call {
    const struct keelson_store_v1 *table;
    int64_t revision; /* of a range or a watch; and of what came out */
    int64_t compare;  /* the mod_revision that a write expects; -1: none */
    const char *put;  /* NULL: a delete */
    const char *key;  /* that is written */
    const char *to;   /* the range's end; "": KEY alone */
    int64_t limit;    /* of a range */
    uint32_t enough;  /* its sink wants no more than these; 0: all */
    uint32_t succeeded, found, events, more;
    int64_t count; /* as the range says */
    int64_t found_revision, found_version, last_event_revision;
    bool disordered;
    char value[32];
};

static struct keelson_bytes bytes_of(const char *text)
{
    return (struct keelson_bytes){text, strlen(text)};
}

static struct store_call *store_call_new(const struct check *c)
{
    struct store_call *s = new0(struct store_call);
    s->table = check_table_of(c, KEELSON_STORE_1);
    s->compare = -1;
    s->key = KEY;
    s->to = "";
    return s;
}

static int take_kv(const struct keelson_kv_sink *sink, const struct keelson_kv *kv)
{
    struct store_call *s = sink->context;
    s->found++;
    s->found_revision = kv->mod_revision;
    s->found_version = kv->version;
    snprintf(s->value, sizeof(s->value), "%.*s", (int)MIN(kv->value.size, sizeof(s->value) - 1),
             kv->value.data);
    return s->found == s->enough;
}

static enum keelson_status ask_range(void *handle, const struct keelson_call *call, void *arguments)
{
    struct store_call *s = arguments;
    const struct keelson_kv_sink sink = {.size = sizeof(sink), .put = take_kv, .context = s};
    const struct keelson_range range = {.size = sizeof(range),
                                        .from = bytes_of(KEY),
                                        .to = bytes_of(s->to),
                                        .revision = s->revision,
                                        .limit = s->limit};
    struct keelson_range_result result = {.size = sizeof(result)};
    s->found = 0;
    enum keelson_status status = s->table->range(handle, call, &range, &sink, &result);
    s->revision = result.revision;
    s->count = result.count;
    s->more = result.more;
    return status;
}

/* For several callers at once, who may not write into one place. */
static enum keelson_status ask_range_apart(void *handle, const struct keelson_call *call, void *arguments)
{
    struct store_call own = *(const struct store_call *)arguments;
    return ask_range(handle, call, &own);
}

static enum keelson_status ask_status(void *handle, const struct keelson_call *call, void *arguments)
{
    struct store_call *s = arguments;
    struct keelson_store_status status = {.size = sizeof(status)};
    enum keelson_status answer = s->table->status(handle, call, &status);
    s->revision = status.revision;
    return answer;
}

static enum keelson_status ask_write(void *handle, const struct keelson_call *call, void *arguments)
{
    struct store_call *s = arguments;
    const struct keelson_compare compare = {.key = bytes_of(s->key), .mod_revision = s->compare};
    const struct keelson_op op = {.type = s->put ? KEELSON_OP_PUT : KEELSON_OP_DELETE,
                                  .key = bytes_of(s->key),
                                  .value = s->put ? bytes_of(s->put) : (struct keelson_bytes){0}};
    const struct keelson_txn txn = {.size = sizeof(txn),
                                    .compares = &compare,
                                    .compares_count = s->compare >= 0,
                                    .compare_size = sizeof(compare),
                                    .ops = &op,
                                    .ops_count = 1,
                                    .op_size = sizeof(op)};
    struct keelson_txn_result result = {.size = sizeof(result)};
    enum keelson_status status = s->table->txn(handle, call, &txn, &result);
    s->succeeded = result.succeeded;
    s->revision = result.revision;
    return status;
}

static enum keelson_status ask_write_twice(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct store_call *s = arguments;
    const struct keelson_op op = {.type = KEELSON_OP_PUT, .key = bytes_of(KEY), .value = bytes_of("same")};
    const struct keelson_op ops[] = {op, op};
    const struct keelson_txn txn = {.size = sizeof(txn),
                                    .compare_size = sizeof(struct keelson_compare),
                                    .ops = ops,
                                    .ops_count = 2,
                                    .op_size = sizeof(op)};
    struct keelson_txn_result result = {.size = sizeof(result)};
    return s->table->txn(handle, call, &txn, &result);
}

static enum keelson_status ask_compact(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct store_call *s = arguments;
    return s->table->compact(handle, call, s->revision);
}

/* Ends once it knows what there is. */
static int take_events(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                       uint32_t event_size, uint32_t count, int64_t progress)
{
    struct store_call *s = sink->context;
    for (uint32_t i = 0; i < count; i++) {
        const struct keelson_kv *event = KEELSON_AT(events, event_size, i);
        s->disordered = s->disordered || event->mod_revision <= s->last_event_revision;
        s->last_event_revision = event->mod_revision;
        s->events++;
    }
    return s->events >= 2;
}

static enum keelson_status ask_watch(void *handle, const struct keelson_call *call, void *arguments)
{
    struct store_call *s = arguments;
    const struct keelson_watch watch = {
        .size = sizeof(watch), .from = bytes_of(KEY), .from_revision = s->revision};
    const struct keelson_event_sink sink = {.size = sizeof(sink), .events = take_events, .context = s};
    return s->table->watch(handle, call, &watch, &sink);
}

/* ---- Reading ---- */

static bool says_its_status(struct check *c)
{
    enum error_code code;
    struct store_call *s = store_call_new(c);
    if (!check_call(c, ask_status, s, &code))
        return false;
    if (code == ERR_NONE)
        snprintf(c->detail, sizeof(c->detail), "revision %lld", (long long)s->revision);
    return (code == ERR_NONE && s->revision >= 0) || check_is_away(code);
}

static bool refuses_the_future(struct check *c)
{
    enum error_code code;
    struct store_call *s = store_call_new(c);
    s->revision = INT64_C(1) << 60;
    return check_call(c, ask_range, s, &code) && (code == ERR_BAD_REQUEST || check_is_away(code));
}

static bool reads_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_range, store_call_new(c));
}

static bool watch_ends_when_cancelled(struct check *c)
{
    return check_long_cancelled(c, ask_watch, store_call_new(c));
}

static bool takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_range_apart, store_call_new(c));
}

static bool ends_at_its_deadline(struct check *c)
{
    return check_deadline(c, ask_range, store_call_new(c));
}

/* ---- Writing ---- */

static bool differs(struct check *c, const char *what, int64_t is, int64_t wanted)
{
    if (is == wanted)
        return false;
    snprintf(c->detail, sizeof(c->detail), "%s is %lld, not %lld", what, (long long)is, (long long)wanted);
    return true;
}

static bool writes(struct check *c, struct store_call *s, const char *put, int64_t compare,
                   uint32_t succeeded)
{
    enum error_code code;
    s->put = put;
    s->compare = compare;
    return check_call(c, ask_write, s, &code) && code == ERR_NONE &&
           !differs(c, "succeeded", s->succeeded, succeeded);
}

static bool reads(struct check *c, struct store_call *s, int64_t at, uint32_t found)
{
    enum error_code code;
    s->revision = at;
    return check_call(c, ask_range, s, &code) && code == ERR_NONE &&
           !differs(c, "the number of keys that it found", s->found, found);
}

static bool compares_before_it_writes(struct check *c)
{
    struct store_call *s = store_call_new(c);
    if (!writes(c, s, NULL, -1, 1) || !writes(c, s, "first", 0, 1))
        return false;
    int64_t made = s->revision;
    return writes(c, s, "again", 0, 0) && writes(c, s, "second", made, 1) && writes(c, s, "third", made, 0) &&
           reads(c, s, 0, 1) && !differs(c, "the version", s->found_version, 2) &&
           !differs(c, "the value's first letter", s->value[0], 's');
}

static bool keeps_history(struct check *c)
{
    struct store_call *s = store_call_new(c);
    if (!writes(c, s, "old", -1, 1))
        return false;
    int64_t old = s->revision;
    if (!writes(c, s, NULL, -1, 1))
        return false;
    int64_t gone = s->revision;
    return reads(c, s, old, 1) && !differs(c, "the old value's first letter", s->value[0], 'o') &&
           reads(c, s, gone, 0) && !differs(c, "is the revision newer (1: yes)", gone > old, 1);
}

static bool watches_in_order(struct check *c)
{
    enum error_code code;
    struct store_call *s = store_call_new(c);
    if (!writes(c, s, "one", -1, 1))
        return false;
    int64_t from = s->revision - 1;
    if (!writes(c, s, "two", -1, 1))
        return false;
    struct store_call *w = store_call_new(c);
    w->revision = from;
    return check_call(c, ask_watch, w, &code) && code == ERR_NONE &&
           !differs(c, "the number of events", w->events, 2) && !differs(c, "disorder", w->disordered, 0) &&
           writes(c, s, NULL, -1, 1);
}

static bool ranges_end_where_wanted(struct check *c)
{
    struct store_call *s = store_call_new(c), *other = store_call_new(c), *range = store_call_new(c);
    other->key = OTHER;
    range->to = END;
    range->limit = 1;
    if (!writes(c, s, "one", -1, 1) || !writes(c, other, "two", -1, 1) || !reads(c, range, 0, 1) ||
        differs(c, "the count beyond the limit", range->count, 2) ||
        differs(c, "more (1: the limit cut it off)", range->more, 1))
        return false;
    range->limit = 0;
    if (!reads(c, range, 0, 2) || differs(c, "more (0: all is there)", range->more, 0))
        return false;
    range->enough = 1;
    return reads(c, range, 0, 1) && writes(c, s, NULL, -1, 1) && writes(c, other, NULL, -1, 1);
}

/* A plugin may be too late to notice, and then all of it has happened. */
static bool cancelled_write_is_whole(struct check *c)
{
    struct store_call *s = store_call_new(c), *look = store_call_new(c);
    s->put = "unwanted";
    if (!writes(c, look, NULL, -1, 1) || !check_cancelled(c, ask_write, s) ||
        !writes(c, look, "wanted", -1, 1) || !reads(c, look, 0, 1))
        return false;
    return !differs(c, "the value's first letter", look->value[0], 'w') && writes(c, look, NULL, -1, 1);
}

static bool refuses_two_of_one_key(struct check *c)
{
    enum error_code code;
    struct store_call *s = store_call_new(c);
    if (!writes(c, s, NULL, -1, 1) || !check_call(c, ask_write_twice, s, &code) || code != ERR_BAD_REQUEST ||
        !reads(c, s, 0, 0))
        return false;
    c->detail[0] = '\0';
    return true;
}

static bool forgets_when_compacted(struct check *c)
{
    enum error_code code;
    struct store_call *s = store_call_new(c), *w = store_call_new(c);
    if (!writes(c, s, "old", -1, 1))
        return false;
    w->revision = s->revision - 1;
    if (!writes(c, s, "new", -1, 1) || !check_call(c, ask_compact, s, &code) || code != ERR_NONE ||
        !check_call(c, ask_compact, s, &code) || code != ERR_NONE || !reads(c, s, s->revision, 1))
        return false;
    if (!check_call(c, ask_watch, w, &code))
        return false;
    if (code == ERR_NONE)
        snprintf(c->detail, sizeof(c->detail), "a watch began before what is forgotten");
    return code == ERR_EXPIRED && writes(c, s, NULL, -1, 1);
}

const struct rule check_store_rules[] = {
    {"it says its status", says_its_status, "a store that cannot be reached is KEELSON_UNAVAILABLE"},
    {"it does not read the future", refuses_the_future, "a revision that is not yet is KEELSON_INVALID"},
    {"range() ends when it is cancelled", reads_when_cancelled, CHECK_CANCEL_ADVICE},
    {"watch() ends when it is cancelled", watch_ends_when_cancelled,
     "poll call->cancel_fd: a watch has no deadline"},
    {"range() takes many callers at once", takes_many_callers, CHECK_CROWD_ADVICE},
    {"range() ends at its deadline", ends_at_its_deadline, CHECK_DEADLINE_ADVICE},
    {"a write happens when its compares hold, and only then", compares_before_it_writes,
     "compare and write in one transaction of the back end; mod_revision 0 means absent", true},
    {"a transaction with two operations on one key is refused", refuses_two_of_one_key,
     "answer KEELSON_INVALID before anything is written", true},
    {"a range ends at its limit, and when its sink wants no more", ranges_end_where_wanted,
     "count what lies in the range, beyond the limit too; put no more, and return KEELSON_OK", true},
    {"a write that was cancelled leaves the store usable", cancelled_write_is_whole,
     "end what was begun, or take it back, as a whole", true},
    {"what was is read at its revision", keeps_history,
     "keep what a key was until it is compacted; each change has a revision of its own, which grows", true},
    {"what was compacted is forgotten, for watches too", forgets_when_compacted,
     "a watch that would skip changes fails with KEELSON_COMPACTED; compacting twice is KEELSON_OK", true},
    {"a watch tells every change in order, once", watches_in_order,
     "begin with the first change after from_revision, from history if need be", true},
    {0},
};
