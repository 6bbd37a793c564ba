/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of a pod, node or namespace, sorted by key. */
#ifndef KEELSON_SCHEDULER_LABELS_H
#define KEELSON_SCHEDULER_LABELS_H

#include "core/api/json.h"
#include "core/api/selector.h"

struct label {
    const char *key, *value;
};
struct labels {
    struct label *items;
    unsigned count;
};
/* From an object of strings, in one block of memory that does not need the document: labels_done releases it.
 */
void labels_read(struct labels *l, const struct json *object);
void labels_done(struct labels *l);
const char *labels_get(const struct labels *l, const char *key); /* NULL when absent */
bool labels_match(const struct labels *l, const struct selector *s);
bool labels_equal(const struct labels *a, const struct labels *b);

#endif
