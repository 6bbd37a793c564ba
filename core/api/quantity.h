/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource quantities ("100m", "1.5Gi", "12e6"; apimachinery resource.Quantity): exact decimal values with a
 * suffix family. Any thread.
 */
#ifndef KEELSON_API_QUANTITY_H
#define KEELSON_API_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buffer.h"

enum quantity_format { QUANTITY_DECIMAL_SI, QUANTITY_BINARY_SI, QUANTITY_DECIMAL_EXPONENT };
/* value = amount × 10^-9: a 128-bit count of nano-units, as fine as the API goes (finer input is rounded up),
 * and as large as it allows. */
/* Aligned as everything in an arena is. */
typedef __int128 quantity_nano __attribute__((aligned(8)));
struct quantity {
    quantity_nano nano;
    enum quantity_format format;
};
bool quantity_parse(struct slice text, struct quantity *ret);
#define QUANTITY_TEXT_MAX 48
/* Canonical form, as upstream's String(). */
void quantity_format(const struct quantity *q, char out[QUANTITY_TEXT_MAX]);
/* Rounded up, saturated at INT64_MAX. */
int64_t quantity_value(const struct quantity *q);
int64_t quantity_milli_value(const struct quantity *q);
int quantity_compare(const struct quantity *a, const struct quantity *b);
void quantity_add(struct quantity *a, const struct quantity *b); /* keeps a's format unless a is zero */
void quantity_subtract(struct quantity *a, const struct quantity *b);
/* From text, 0 when it does not parse. */
int64_t quantity_value_of(const char *text);
int64_t quantity_milli_of(const char *text);

#endif
