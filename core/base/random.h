/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness from the kernel, or from a seed in tests. Any thread. */
#ifndef KEELSON_BASE_RANDOM_H
#define KEELSON_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t size);
uint64_t random_u64(void);
uint64_t random_below(uint64_t bound); /* uniform in [0, bound) */
double random_unit(void);              /* in [0, 1), for jitter */
/* `length` characters of the alphabet that generated names use ("bcdfghjklmnpqrstvwxz2456789"),
 * NUL-terminated. */
void random_name_suffix(char *out, size_t length);
#define UUID_TEXT_MAX 37
void random_uuid(char out[UUID_TEXT_MAX]); /* version 4 */
/* For tests: everything after follows from the seed. 0: the kernel again. */
void random_set_seed(uint64_t seed);

#endif
