/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables of the same rows: see layout.c. */
#ifndef TESTS_ABI_LAYOUT_H
#define TESTS_ABI_LAYOUT_H

#include <stddef.h>

struct layout_row {
    enum { LAYOUT_STRUCT, LAYOUT_MEMBER, LAYOUT_VALUE, LAYOUT_END } what;
    const char *name;
    size_t offset, size; /* of a value: the value */
};
extern const struct layout_row layout_1_0[], layout_today[];

#endif
