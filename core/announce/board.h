/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who announces which address: what a node knows of the others, and what it may do. Pure: all time comes in
 * (monotonic, ns), nothing goes out. One thread at a time.
 *
 * Each node renews one lease and sees everyone's by watch. An address is the node's with the highest
 * rendezvous weight among those that live, have an interface for it, and have an endpoint where that is asked
 * for. Nobody is asked for consent; that there are never two follows from three rules:
 *
 * 1. A node announces only while its picture is complete up to less than BOARD_VALID ago: complete up to the
 * sending of its latest renewal that lies within what the watch has told.
 * 2. Another is dead when it was not seen to renew for its duration + BOARD_GRACE of that complete picture.
 * By then rule 1 has silenced it: it sent its last renewal before it was seen. A watch that lags, or a server
 * that is away, makes no one dead.
 * 3. Who is new, came back, or gained an interface waits BOARD_SETTLE: by then every other has seen it and
 * stepped back, or rule 1 has silenced it. The same wait holds when an address moves for another reason than
 * a death (its endpoints moved). Who takes over from a dead or departed one waits for nothing.
 *
 * A node that announces renews often with a short duration; one that does not, rarely with a long one, and at
 * once when somebody seems dead: so an idle cluster of many nodes writes little.
 */
#ifndef KEELSON_ANNOUNCE_BOARD_H
#define KEELSON_ANNOUNCE_BOARD_H

#include "lib/addresses/addresses.h"

#define BOARD_MS            INT64_C(1000000)
#define BOARD_RENEW_ACTIVE  (300 * BOARD_MS)
#define BOARD_RENEW_STANDBY (3000 * BOARD_MS)
#define BOARD_VALID         (1000 * BOARD_MS) /* the duration of who announces: 1 s in the lease */
#define BOARD_GRACE         (200 * BOARD_MS)
#define BOARD_SETTLE        (1200 * BOARD_MS)
#define BOARD_ACTIVE_S      1
#define BOARD_STANDBY_S     10

struct board;
struct board *board_new(const char *self);
void board_free(struct board *b);

/* Another's lease, or our own, as the watch tells it. renewed: its renewTime, as text; announces: ranges with
 * commas. */
void board_seen(struct board *b, const char *node, const char *renewed, uint64_t revision, int64_t duration_s,
                const char *announces, int64_t now_ns);
/* It was deleted, or given up (no holder). */
void board_gone(struct board *b, const char *node);

/* What is to be announced: after board_begin() each address is given, once or more; those that are not go
 * with the next decision. local: only from the nodes that nodes[] names; one that is given both ways is
 * everybody's. */
void board_begin(struct board *b);
void board_address(struct board *b, const struct address *a, bool local, const char *const *nodes,
                   size_t nodes_count);

/* The ranges that this node has a working interface for, with commas. */
void board_usable(struct board *b, const char *ranges);

/* The next renewal: when it is due (at now_ns or before: at once) and what it says. announces is the board's,
 * until board_usable(). */
struct board_renewal {
    int64_t due_ns, duration_s;
    const char *announces;
};
void board_next(const struct board *b, int64_t now_ns, struct board_renewal *ret);
/* It is about to be sent; one at a time. */
void board_sent(struct board *b, const char *renewed, int64_t duration_s, int64_t now_ns);
/* The server answered: it stands at this revision. */
void board_written(struct board *b, uint64_t revision);
/* All that was written up to this revision has been told to board_seen() and board_gone(). */
void board_confirm(struct board *b, uint64_t revision, int64_t now_ns);

/* Decides anew, and tells of each address that we begin (announcing) or cease to announce. */
typedef void board_changed(void *context, const struct address *a, bool announcing);
void board_decide(struct board *b, int64_t now_ns, board_changed *changed, void *context);
bool board_announces(const struct board *b, const struct address *a, int64_t now_ns);
/* The next time when board_decide() may come to something else by itself; INT64_MAX: not before something is
 * told. */
int64_t board_wakes_ns(const struct board *b, int64_t now_ns);
/* From now on we announce nothing. Those that we ceased to announce are told. */
void board_retire(struct board *b, board_changed *changed, void *context);

/* For metrics and logs. */
struct board_counts {
    unsigned addresses, announced, members, live;
};
void board_count(const struct board *b, int64_t now_ns, struct board_counts *ret);

#endif
