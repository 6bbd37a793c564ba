/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that lives as long as one call: a request is built of many small messages that all go at once.
 * Zeroed. Not for several threads. Running out of memory ends the process.
 */
#ifndef CRI_SCRATCH_H
#define CRI_SCRATCH_H

#include <stddef.h>

struct scratch {
    struct scratch_block *blocks;
    size_t used, size; /* of the newest block */
};

void *scratch_alloc(struct scratch *scratch, size_t size_bytes);
/* Makes all of it free to use again, keeping one block. */
void scratch_reset(struct scratch *scratch);
void scratch_done(struct scratch *scratch);
#define _cleanup_scratch_ __attribute__((cleanup(scratch_done)))

#endif
