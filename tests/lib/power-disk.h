/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that can lose its power. The program that links this has its own open, pwrite, ftruncate, fdatasync,
 * unlink and the like, which the plugin and SQLite come to call as well (they must be exported: subdir.am).
 * While a folder is recorded they note, in order, what is written to its files and entries and what is
 * synced. Of that any number of images can be made of what a power cut at some moment may leave: all that was
 * synced, and of the rest what chance says: sectors in any combination, lengths and folder entries.
 *
 * Left out are files in shared memory (`-shm`) and locks (`.lock`): no cut leaves anything in them that
 * counts, and an image gets the former filled with rubbish.
 */
#ifndef TESTS_LIB_POWER_DISK_H
#define TESTS_LIB_POWER_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is in the folder now counts as synced; forgets the recording before. One thread. */
void power_disk_record(const char *dir);
/* Ends the recording; images can be made until the next begins. */
void power_disk_stop(void);
/* How many operations there are so far: a moment in the recording. [any thread] */
size_t power_disk_now(void);

struct power_cut {
    size_t at;             /* operations that had begun */
    uint64_t random;       /* chance; is used up */
    unsigned sector_bytes; /* are written whole or not at all */
    unsigned kept_percent; /* of what was not synced; 100: as after kill -9, without a cut */
    bool
        entries_in_order; /* of folder entries the first so many are kept, as a journaling file system does */
    bool rubbish;         /* a file that became longer may hold anything where the bytes did not make it */
};
/* Writes the files into the folder, which must be empty. */
void power_disk_image(struct power_cut *cut, const char *dir);

/* What the machine says of its start from now on (/proc/sys/kernel/random/boot_id). */
void power_disk_boot(unsigned number);

#endif
