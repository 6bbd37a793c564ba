/* SPDX-License-Identifier: Apache-2.0 */
/* See board.h for the rules. Members are few (tens), addresses hundreds: plain arrays, decided anew each
 * time. */
#include "core/announce/board.h"

#include <string.h>

#include "core/announce/elect.h"
#include "core/base/buffer.h"
#include "core/base/memory.h"

#define NEVER      INT64_MIN
#define SENT_MAX   8                /* renewals whose echo may still come */
#define RANGES_MAX 256              /* of one node; what another says beyond it is not looked at */
#define HURRY      (100 * BOARD_MS) /* between renewals that are to prove somebody dead */

struct member {
    char *node, *renewed, *announces;
    struct address_range *ranges; /* of announces */
    size_t ranges_count;
    int64_t observed_ns, duration_ns;
    bool wins; /* something, by the latest decision */
};
struct place {
    struct address address;
    bool local; /* only nodes may */
    char **nodes;
    size_t nodes_count;
    bool given, announcing;
    char *winner; /* by the latest decision; NULL: nobody */
    int64_t not_before_ns;
};
struct sent {
    char *renewed, *announces;
    int64_t sent_ns, duration_ns;
    uint64_t revision; /* 0: no answer came (yet) */
};
struct board {
    char *self;
    struct member *members; /* ourselves included, once seen */
    size_t members_count, members_capacity;
    struct place *places; /* by address */
    size_t places_count, places_capacity;
    char *usable;
    struct address_range *usable_ranges;
    size_t usable_count;
    struct sent sent[SENT_MAX]; /* a ring; the latest at sent_count - 1 */
    unsigned sent_count;
    int64_t complete_ns; /* up to when the picture is complete: rule 1 */
    int64_t confirmed_duration_ns;
    char *confirmed_announces;
    int64_t joined_ns; /* since when we are a member without a gap */
    bool active, retired;
};

struct board *board_new(const char *self)
{
    struct board *b = new0(struct board);
    b->self = xstrdup(self);
    b->usable = xstrdup("");
    b->confirmed_announces = xstrdup("");
    b->complete_ns = b->joined_ns = NEVER;
    return b;
}

static void member_done(struct member *m)
{
    free(m->node);
    free(m->renewed);
    free(m->announces);
    free(m->ranges);
}

static void place_forget_nodes(struct place *p)
{
    for (size_t i = 0; i < p->nodes_count; i++)
        free(p->nodes[i]);
    free(p->nodes);
    p->nodes = NULL;
    p->nodes_count = 0;
}

static void place_done(struct place *p)
{
    place_forget_nodes(p);
    free(p->winner);
}

static void sent_done(struct sent *s)
{
    free(s->renewed);
    free(s->announces);
}

void board_free(struct board *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->members_count; i++)
        member_done(&b->members[i]);
    for (size_t i = 0; i < b->places_count; i++)
        place_done(&b->places[i]);
    for (unsigned i = 0; i < SENT_MAX; i++)
        sent_done(&b->sent[i]);
    free(b->members);
    free(b->places);
    free(b->usable);
    free(b->usable_ranges);
    free(b->confirmed_announces);
    free(b->self);
    free(b);
}

static size_t ranges_parse(const char *text, struct address_range **ret)
{
    struct address_range *ranges = newa0(struct address_range, RANGES_MAX);
    struct slice rest = slice_of(text);
    size_t count = 0;
    while (rest.data && count < RANGES_MAX) {
        struct slice one = slice_cut(&rest, ',');
        count += address_range_parse(one.data, one.size, &ranges[count]) == NULL;
    }
    *ret = ranges;
    return count;
}

static struct member *member_find(const struct board *b, const char *node)
{
    for (size_t i = 0; i < b->members_count; i++)
        if (strcmp(b->members[i].node, node) == 0)
            return &b->members[i];
    return NULL;
}

static bool is_self(const struct board *b, const char *node)
{
    return strcmp(b->self, node) == 0;
}

static struct member *member_add(struct board *b, const char *node)
{
    b->members = xgrow(b->members, &b->members_capacity, b->members_count + 1, sizeof(*b->members));
    struct member *m = &b->members[b->members_count++];
    *m = (struct member){.node = xstrdup(node), .renewed = xstrdup(""), .announces = xstrdup("")};
    return m;
}

/* We are no member any more; what was sent before proves nothing. */
static void board_lose(struct board *b)
{
    b->complete_ns = NEVER;
    for (unsigned i = 0; i < SENT_MAX; i++)
        b->sent[i].revision = 0;
}

/* Our lease, as the watch tells it: a renewal of ours stands at that revision, whether or not an answer came.
 * Another who bears our name may have written it: we have no lease then. As long as we made no renewal it is
 * that of the process before us. */
static void seen_own(struct board *b, const char *renewed, uint64_t revision)
{
    for (unsigned i = 0; i < SENT_MAX; i++)
        if (b->sent[i].renewed && strcmp(b->sent[i].renewed, renewed) == 0) {
            b->sent[i].revision = revision;
            return;
        }
    if (b->sent_count)
        board_lose(b);
}

void board_seen(struct board *b, const char *node, const char *renewed, uint64_t revision, int64_t duration_s,
                const char *announces, int64_t now_ns)
{
    struct member *m = member_find(b, node);
    m = m ? m : member_add(b, node);
    bool other_ranges = strcmp(m->announces, announces) != 0;
    if (is_self(b, node))
        seen_own(b, renewed, revision);
    if (strcmp(m->renewed, renewed) != 0) {
        free(m->renewed);
        m->renewed = xstrdup(renewed);
        m->observed_ns = now_ns;
    }
    m->duration_ns = MAX(duration_s, (int64_t)1) * 1000 * BOARD_MS;
    if (!other_ranges)
        return;
    free(m->announces);
    free(m->ranges);
    m->announces = xstrdup(announces);
    m->ranges_count = ranges_parse(announces, &m->ranges);
}

void board_gone(struct board *b, const char *node)
{
    struct member *m = member_find(b, node);
    if (!m)
        return;
    if (is_self(b, node))
        board_lose(b);
    member_done(m);
    *m = b->members[--b->members_count];
}

static int compare(const void *a, const void *b)
{
    return address_compare(&((const struct place *)a)->address, &((const struct place *)b)->address);
}

static struct place *place_find(const struct board *b, const struct address *a)
{
    const struct place key = {.address = *a};
    return b->places_count ? bsearch(&key, b->places, b->places_count, sizeof(key), compare) : NULL;
}

void board_begin(struct board *b)
{
    for (size_t i = 0; i < b->places_count; i++)
        b->places[i].given = false;
}

static struct place *place_add(struct board *b, const struct address *a)
{
    size_t at = b->places_count;
    b->places = xgrow(b->places, &b->places_capacity, b->places_count + 1, sizeof(*b->places));
    for (; at > 0 && address_compare(&b->places[at - 1].address, a) > 0; at--)
        b->places[at] = b->places[at - 1];
    b->places_count++;
    b->places[at] = (struct place){.address = *a};
    return &b->places[at];
}

void board_address(struct board *b, const struct address *a, bool local, const char *const *nodes,
                   size_t nodes_count)
{
    struct place *p = place_find(b, a);
    p = p ? p : place_add(b, a);
    if (!p->given) {
        place_forget_nodes(p);
        p->local = true;
        p->given = true;
    }
    p->local = p->local && local;
    p->nodes = xrealloc(p->nodes, (p->nodes_count + nodes_count + 1) * sizeof(*p->nodes));
    for (size_t i = 0; i < nodes_count; i++)
        p->nodes[p->nodes_count++] = xstrdup(nodes[i]);
}

void board_usable(struct board *b, const char *ranges)
{
    if (strcmp(b->usable, ranges) == 0)
        return;
    free(b->usable);
    free(b->usable_ranges);
    b->usable = xstrdup(ranges);
    b->usable_count = ranges_parse(ranges, &b->usable_ranges);
}

/* Rule 2. */
static bool is_live(const struct board *b, const struct member *m)
{
    return is_self(b, m->node) || b->complete_ns == NEVER ||
           b->complete_ns - m->observed_ns <= m->duration_ns + BOARD_GRACE;
}

static const struct sent *latest_sent(const struct board *b)
{
    return b->sent_count ? &b->sent[(b->sent_count - 1) % SENT_MAX] : NULL;
}

/* When somebody who has addresses will be due for proof of his death; INT64_MAX: nobody. */
static int64_t suspicion_ns(const struct board *b)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < b->members_count; i++) {
        const struct member *m = &b->members[i];
        if (m->wins && !is_self(b, m->node) && is_live(b, m))
            first = MIN(first, m->observed_ns + m->duration_ns + BOARD_GRACE + BOARD_MS);
    }
    return first;
}

void board_next(const struct board *b, int64_t now_ns, struct board_renewal *ret)
{
    const struct sent *last = latest_sent(b);
    int64_t suspicion = suspicion_ns(b);
    bool suspects = suspicion <= now_ns;
    ret->announces = b->usable;
    ret->duration_s = b->active || suspects ? BOARD_ACTIVE_S : BOARD_STANDBY_S;
    if (!last || strcmp(b->usable, last->announces) != 0) {
        ret->due_ns = now_ns;
        return;
    }
    bool often = last->duration_ns == BOARD_VALID;
    ret->due_ns = last->sent_ns + (often ? BOARD_RENEW_ACTIVE : BOARD_RENEW_STANDBY);
    if (b->active && !often)
        ret->due_ns = now_ns;
    if (suspicion != INT64_MAX)
        ret->due_ns = MIN(ret->due_ns, MAX(suspicion, last->sent_ns + HURRY));
}

void board_sent(struct board *b, const char *renewed, int64_t duration_s, int64_t now_ns)
{
    struct sent *s = &b->sent[b->sent_count++ % SENT_MAX];
    sent_done(s);
    *s = (struct sent){xstrdup(renewed), xstrdup(b->usable), now_ns, duration_s * 1000 * BOARD_MS, 0};
}

void board_written(struct board *b, uint64_t revision)
{
    require(b->sent_count > 0);
    b->sent[(b->sent_count - 1) % SENT_MAX].revision = revision;
}

/* The latest of our renewals that the picture holds. */
static const struct sent *latest_within(const struct board *b, uint64_t revision)
{
    const struct sent *best = NULL;
    for (unsigned i = 0; i < SENT_MAX; i++) {
        const struct sent *s = &b->sent[i];
        if (s->revision && s->revision <= revision && (!best || s->sent_ns > best->sent_ns))
            best = s;
    }
    return best;
}

void board_confirm(struct board *b, uint64_t revision, int64_t now_ns)
{
    const struct sent *s = latest_within(b, revision);
    if (!s || s->sent_ns <= b->complete_ns)
        return;
    bool lapsed = b->complete_ns == NEVER || now_ns > b->complete_ns + b->confirmed_duration_ns;
    bool other_ranges = strcmp(s->announces, b->confirmed_announces) != 0;
    if (lapsed || other_ranges)
        b->joined_ns = now_ns;
    b->complete_ns = s->sent_ns;
    b->confirmed_duration_ns = s->duration_ns;
    if (other_ranges) {
        free(b->confirmed_announces);
        b->confirmed_announces = xstrdup(s->announces);
    }
}

static bool may_announce(const struct place *p, const char *node)
{
    for (size_t i = 0; p->local && i < p->nodes_count; i++)
        if (strcmp(p->nodes[i], node) == 0)
            return true;
    return !p->local;
}

static bool covers(const struct member *m, const struct address *a)
{
    return address_ranges_have(m->ranges, m->ranges_count, a);
}

static struct member *elect(const struct board *b, const struct place *p)
{
    struct member *best = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < b->members_count; i++) {
        struct member *m = &b->members[i];
        if (!is_live(b, m) || !covers(m, &p->address) || !may_announce(p, m->node))
            continue;
        uint64_t weight = elect_weight(&p->address, m->node);
        if (!best || weight > most || (weight == most && strcmp(m->node, best->node) > 0)) {
            best = m;
            most = weight;
        }
    }
    return best;
}

static bool is_valid(const struct board *b, int64_t now_ns)
{
    return b->complete_ns != NEVER && now_ns < b->complete_ns + BOARD_VALID;
}

/* May we, as the one elected? */
static bool is_able(const struct board *b, const struct place *p, int64_t now_ns)
{
    return !b->retired && is_valid(b, now_ns) &&
           address_ranges_have(b->usable_ranges, b->usable_count, &p->address);
}

/* Rule 3. */
static bool may_begin(const struct board *b, const struct place *p, int64_t now_ns)
{
    return is_able(b, p, now_ns) && b->confirmed_duration_ns == BOARD_VALID &&
           now_ns >= b->joined_ns + BOARD_SETTLE && now_ns >= p->not_before_ns;
}

/* We are elected where another was. */
static void come_after(const struct board *b, struct place *p, int64_t now_ns)
{
    const struct member *before = p->winner ? member_find(b, p->winner) : NULL;
    bool moved = before && is_live(b, before) && covers(before, &p->address);
    p->not_before_ns = moved ? now_ns + BOARD_SETTLE : NEVER;
}

static void set_winner(struct place *p, const struct member *winner)
{
    if (p->winner && winner && strcmp(p->winner, winner->node) == 0)
        return;
    free(p->winner);
    p->winner = winner ? xstrdup(winner->node) : NULL;
}

static void set_announcing(struct place *p, bool announcing, board_changed *changed, void *context)
{
    if (p->announcing == announcing)
        return;
    p->announcing = announcing;
    changed(context, &p->address, announcing);
}

static void decide(struct board *b, struct place *p, int64_t now_ns, board_changed *changed, void *context)
{
    struct member *winner = elect(b, p);
    bool ours = winner && is_self(b, winner->node);
    if (winner)
        winner->wins = true;
    if (ours && !(p->winner && is_self(b, p->winner)))
        come_after(b, p, now_ns);
    set_winner(p, winner);
    b->active = b->active || (ours && address_ranges_have(b->usable_ranges, b->usable_count, &p->address));
    set_announcing(p, ours && (p->announcing ? is_able(b, p, now_ns) : may_begin(b, p, now_ns)), changed,
                   context);
}

static void drop_what_is_not_given(struct board *b, board_changed *changed, void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->places_count; i++) {
        struct place *p = &b->places[i];
        if (p->given) {
            b->places[kept++] = *p;
            continue;
        }
        set_announcing(p, false, changed, context);
        place_done(p);
    }
    b->places_count = kept;
}

void board_decide(struct board *b, int64_t now_ns, board_changed *changed, void *context)
{
    drop_what_is_not_given(b, changed, context);
    b->active = false;
    for (size_t i = 0; i < b->members_count; i++)
        b->members[i].wins = false;
    for (size_t i = 0; i < b->places_count; i++)
        decide(b, &b->places[i], now_ns, changed, context);
}

bool board_announces(const struct board *b, const struct address *a, int64_t now_ns)
{
    const struct place *p = place_find(b, a);
    return p && p->announcing && is_able(b, p, now_ns);
}

int64_t board_wakes_ns(const struct board *b, int64_t now_ns)
{
    int64_t first = INT64_MAX, settled = b->joined_ns == NEVER ? NEVER : b->joined_ns + BOARD_SETTLE;
    for (size_t i = 0; i < b->places_count; i++) {
        const struct place *p = &b->places[i];
        if (p->announcing)
            first = MIN(first, b->complete_ns + BOARD_VALID);
        else if (p->winner && is_self(b, p->winner) && MAX(settled, p->not_before_ns) > now_ns)
            first = MIN(first, MAX(settled, p->not_before_ns));
    }
    return first;
}

void board_retire(struct board *b, board_changed *changed, void *context)
{
    b->retired = true;
    for (size_t i = 0; i < b->places_count; i++)
        set_announcing(&b->places[i], false, changed, context);
}

void board_count(const struct board *b, int64_t now_ns, struct board_counts *ret)
{
    *ret =
        (struct board_counts){.addresses = (unsigned)b->places_count, .members = (unsigned)b->members_count};
    for (size_t i = 0; i < b->members_count; i++)
        ret->live += is_live(b, &b->members[i]);
    for (size_t i = 0; i < b->places_count; i++)
        ret->announced += b->places[i].announcing && is_valid(b, now_ns);
}
