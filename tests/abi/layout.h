/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables of the same rows for each version: see layout.c. */
#ifndef TESTS_ABI_LAYOUT_H
#define TESTS_ABI_LAYOUT_H

#include <stddef.h>

struct layout_row {
    enum { LAYOUT_STRUCT, LAYOUT_MEMBER, LAYOUT_VALUE, LAYOUT_TEXT, LAYOUT_END } what;
    const char *name;    /* of a text: with the text behind it */
    size_t offset, size; /* of a value: the value */
};
extern const struct layout_row layout_1_0[], layout_1_1[];
extern const struct layout_row today_1_0[], today_1_1[];

#endif
