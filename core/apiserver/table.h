/* SPDX-License-Identifier: Apache-2.0 */
/* meta.k8s.io Tables of stored objects (API concepts, "Receiving resources as Tables"). Any thread; a row
 * costs a parse. */
#ifndef KEELSON_APISERVER_TABLE_H
#define KEELSON_APISERVER_TABLE_H

#include "core/apiserver/accept.h"
#include "core/apiserver/stored.h"

/* `{"kind":"Table",…,"rows":[`. metadata: the members of the list's metadata. headers: with
 * columnDefinitions. */
void table_begin(struct buffer *out, const struct resource *resource, const struct output *o,
                 struct slice metadata, bool headers);
/* One row, without a comma. The arena is reset. */
void table_row(struct buffer *out, const struct resource *resource, const struct output *o,
               const struct object *object, uint64_t revision, int64_t now_ns, struct arena *arena);
void table_end(struct buffer *out);

#endif
