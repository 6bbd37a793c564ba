/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Google's answers, as documents of json-c. They come from outside: a member of another type than wanted
 * counts as absent. A document belongs to one thread.
 *
 * A link names a resource: "https://www.googleapis.com/compute/v1/projects/…" as Google writes it,
 * "projects/…" as it is asked for.
 */
#ifndef KEELSON_CLOUD_GCP_DOCUMENT_H
#define KEELSON_CLOUD_GCP_DOCUMENT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
void free_text(char **text);
void free_document(json_object **document);
#define _cleanup_text_     _cleanup_(free_text)
#define _cleanup_document_ _cleanup_(free_document)

json_object *document_parse(const char *text,
                            size_t size); /* NULL unless it is one JSON object, and nothing else */
const char *document_text(json_object *o, const char *key); /* NULL unless text */
json_object *document_object(json_object *o, const char *key);
json_object *document_array(json_object *o, const char *key);
json_object *document_element(json_object *array, size_t index,
                              json_type type); /* NULL unless of that type */
size_t document_length(json_object *array);    /* NULL: 0 */

/* Is all that is wanted there? Members that are not wanted are no matter, arrays are sets, links and
 * addresses of IPv6 may be in either form, false and an empty array may be absent, a number may be text. */
bool document_covers(json_object *have, json_object *want);

const char *link_path(const char *link); /* from "projects/" on; all of it if it has no such part */
const char *link_last(const char *link); /* behind the last slash */
/* What stands behind "/zones/", "/regions/" (collection: "zones") up to the next slash, in a buffer; false:
 * nothing, or too long. */
bool link_part(const char *link, const char *collection, char *ret, size_t size);

#endif
