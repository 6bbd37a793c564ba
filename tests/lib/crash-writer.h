/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that is killed: it writes to the store from several threads and says on a pipe, one line each,
 *
 *   I <thread> <key> <n> <p|d>              it is about to put or delete this key, as its n-th write
 *   A <thread> <key> <n> <p|d> <revision>   the store acknowledged it
 *   F <thread> <key> <n> <p|d>              the store refused it: it did not happen
 *   E <revision> <key> <n or -1: deleted>   a watch saw a change …
 *   P <revision>                            … and all changes up to this revision (E lines before it count
 * only now) X <text>                                something is wrong
 *
 * A key belongs to one thread. A line that is cut off by the kill does not count.
 */
#ifndef TESTS_LIB_CRASH_WRITER_H
#define TESTS_LIB_CRASH_WRITER_H

#include "tests/lib/store-fixture.h"

#define CRASH_THREADS         6
#define CRASH_KEYS_PER_THREAD 20
#define CRASH_KEYS            (CRASH_THREADS * CRASH_KEYS_PER_THREAD)
#define CRASH_PREFIX          "/crash/"

struct crash_order {
    const char *file, *state_dir;
    struct fixture_settings settings;
    int fd;                /* of the pipe */
    int64_t first;         /* n of the first write */
    int64_t from_revision; /* where the watch goes on */
    uint64_t seed;
};
/* Runs until killed. Returns only if the store cannot be opened. */
int crash_writer(const struct crash_order *order);

#endif
