/* SPDX-License-Identifier: Apache-2.0 */
/* Text to number, checked: the whole text must be the number, and in range. Any thread. */
#ifndef KEELSON_BASE_NUMBER_H
#define KEELSON_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buffer.h"

/* False when the text is not a decimal number between min and max; *ret is then untouched. */
bool parse_i64(struct slice text, int64_t min, int64_t max, int64_t *ret);
bool parse_u64(struct slice text, uint64_t max, uint64_t *ret);
bool parse_bool(struct slice text,
                bool *ret); /* as Go's ParseBool: 1 t T true TRUE True 0 f F false FALSE False */
/* A Go duration ("1h30m", "100ms", "0"), in nanoseconds. */
bool parse_duration_ns(struct slice text, int64_t *ret_ns);
/* Two decimal or hexadecimal digits and such stay with their parsers. */

#endif
