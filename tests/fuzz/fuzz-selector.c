/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selector text as it arrives in a request's query: both grammars, and what label selectors promise: the
 * canonical text of what was taken parses to the same text.
 */
#include <stdlib.h>

#include "core/api/selector.h"
#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_labels(struct slice text)
{
    struct selector *selector, *again;
    if (selector_parse(text, &selector, NULL))
        return;
    _cleanup_free_ char *canonical = selector_text(selector);
    selector_matches(selector, NULL);
    require(selector_parse(slice_of(canonical), &again, NULL) == 0);
    _cleanup_free_ char *second = selector_text(again);
    require(!strcmp(canonical, second));
    selector_free(selector);
    selector_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct field_selector *fields;
    struct error err = ERROR_INIT;
    check_labels(text);
    if (!field_selector_parse(text, &fields, &err)) {
        field_selector_matches(fields, NULL);
        field_selector_free(fields);
    }
    error_done(&err);
    return 0;
}
