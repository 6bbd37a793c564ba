/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label selectors (query text and metav1.LabelSelector) and field selectors. Immutable once parsed; any
 * thread.
 */
#ifndef KEELSON_API_SELECTOR_H
#define KEELSON_API_SELECTOR_H

#include "core/api/json.h"

struct selector;
/* "a=b,c!=d,e in (f,g),!h,i>3". Empty text selects everything. Error: ERR_BAD_REQUEST with upstream's words.
 */
int selector_parse(struct slice text, struct selector **ret, struct error *err);
/* A metav1.LabelSelector: absent selects nothing, empty everything. Error: ERR_INVALID. */
int selector_from_json(const struct json *label_selector, struct selector **ret, struct error *err);
/* A plain map, as a Service's spec.selector; absent or empty selects nothing. */
struct selector *selector_from_map(const struct json *map);
bool selector_matches(const struct selector *s, const struct json *labels /* object of strings, or NULL */);
/* The same on labels that are kept otherwise: get(context, key, &value) returns false when the key is absent.
 */
bool selector_matches_with(const struct selector *s,
                           bool (*get)(void *context, struct slice key, struct slice *ret_value),
                           void *context);
bool selector_is_everything(const struct selector *s);
char *selector_text(const struct selector *s); /* canonical query text; the caller frees */
void selector_free(struct selector *s);

/* Field selectors: "spec.nodeName=x,metadata.name!=y". */
struct field_selector_term {
    const char *field, *value;
    bool negate;
};
struct field_selector {
    struct field_selector_term *terms;
    unsigned count;
};
int field_selector_parse(struct slice text, struct field_selector **ret, struct error *err);
/* Absent fields count as "". Paths are looked up with json_at. */
bool field_selector_matches(const struct field_selector *s, const struct json *object);
void field_selector_free(struct field_selector *s);

#endif
