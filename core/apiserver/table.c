/* SPDX-License-Identifier: Apache-2.0 */
/* Tables. The cells come from core/api/print.h; the object beside them is spliced like any other. */
#include "core/apiserver/table.h"

#include "core/api/print.h"
#include "core/apiserver/versions.h"

static const char *api_version(const struct output *o)
{
    return o->v1beta1 ? "meta.k8s.io/v1beta1" : "meta.k8s.io/v1";
}

void table_begin(struct buffer *out, const struct resource *resource, const struct output *o,
                 struct slice metadata, bool headers)
{
    buffer_printf(out, "{\"kind\":\"Table\",\"apiVersion\":\"%s\",\"metadata\":{%.*s},\"columnDefinitions\":",
                  api_version(o), SLICE_ARG(metadata));
    if (headers)
        print_columns(resource, out);
    else
        buffer_append_str(out, "null");
    buffer_append_str(out, ",\"rows\":[");
}

void table_row(struct buffer *out, const struct resource *resource, const struct output *o,
               const struct object *object, uint64_t revision, int64_t now_ns, struct arena *arena)
{
    arena_reset(arena);
    buffer_append_str(out, "{\"cells\":");
    print_cells(resource, versions_parse(object, resource, arena), now_ns, out);
    if (o->rows == INCLUDE_OBJECT) {
        struct buffer head = BUFFER_INIT;
        buffer_append_str(out, ",\"object\":");
        stored_head(resource, &head);
        stored_write(out, (struct slice){head.data, head.size}, object, revision);
        buffer_done(&head);
    } else if (o->rows == INCLUDE_METADATA) {
        struct buffer head = BUFFER_INIT;
        buffer_append_str(out, ",\"object\":");
        buffer_printf(&head, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"%s\",\"metadata\":{",
                      api_version(o));
        stored_write_partial(out, (struct slice){head.data, head.size}, object, revision);
        buffer_done(&head);
    }
    buffer_append_char(out, '}');
}

void table_end(struct buffer *out)
{
    buffer_append_str(out, "]}");
}
