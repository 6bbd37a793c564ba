/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities from manifests: what is taken has a canonical text that means the same and is its own canonical
 * text. */
#include "core/api/quantity.h"
#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct quantity q, again;
    char text[QUANTITY_TEXT_MAX], second[QUANTITY_TEXT_MAX];
    if (!quantity_parse((struct slice){(const char *)data, size}, &q))
        return 0;
    quantity_format(&q, text);
    require(quantity_parse(slice_of(text), &again));
    require(quantity_compare(&q, &again) == 0);
    quantity_format(&again, second);
    require(!strcmp(text, second));
    require(quantity_value(&q) >= 0 || q.nano < 0);
    quantity_add(&again, &q);
    quantity_subtract(&again, &q);
    quantity_milli_value(&again);
    return 0;
}
