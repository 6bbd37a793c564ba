/* SPDX-License-Identifier: Apache-2.0 */
/* Other versions (core/api/convert.h) and protobuf (core/api/protobuf.h). */
#include "core/apiserver/versions.h"

#include <stdio.h>

#include "core/api/convert.h"
#include "core/api/object.h"
#include "core/api/protobuf.h"
#include "core/base/memory.h"

static const struct resource *storage_of(const struct resource *resource)
{
    return resource->storage ? resource->storage : resource;
}

bool versions_differ(const struct resource *resource)
{
    const struct resource *storage = storage_of(resource);
    return storage != resource && !convert_is_relabel(storage, resource);
}

int versions_to_storage(const struct resource *resource, struct arena *arena, struct json *document,
                        struct error *err)
{
    const struct resource *storage = storage_of(resource);
    return storage == resource ? 0 : convert_object(arena, resource, storage, document, err);
}

struct json *versions_parse(const struct object *o, const struct resource *resource, struct arena *arena)
{
    const struct resource *storage = storage_of(resource);
    struct json *document = object_parse(o, resource, arena);
    if (storage != resource) {
        int converted = convert_object(arena, storage, resource, document, NULL);
        require(converted == 0); /* both are rows of one kind */
    }
    return document;
}

/* An object may have been stored in another version, by us or by upstream. */
int versions_normalize(const struct resource *storage, struct arena *arena, struct json *document,
                       struct error *err)
{
    char group[128] = "";
    const char *text = object_api_version(document), *slash = strrchr(text, '/');
    if (slash)
        snprintf(group, sizeof(group), "%.*s", (int)(slash - text), text);
    const char *version = slash ? slash + 1 : text;
    if (!strcmp(version, storage->version) && !strcmp(group, storage->group))
        return 0;
    const struct resource *from = resource_find(group, version, storage->plural);
    if (!from)
        return error_set(err, ERR_BAD_REQUEST, "its version %s is not known", text);
    return convert_object(arena, from, storage, document, err);
}

static void set_revision(struct arena *arena, struct json *document, uint64_t revision)
{
    json_set_stringf(arena, json_get(document, "metadata"), "resourceVersion", "%llu",
                     (unsigned long long)revision);
}

void versions_write(const struct resource *resource, const struct object *o, uint64_t revision,
                    enum versions_form form, struct buffer *out)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *document = versions_parse(o, resource, &arena);
    if (form == VERSIONS_ITEM) {
        json_remove(document, "kind");
        json_remove(document, "apiVersion");
    }
    set_revision(&arena, document, revision);
    json_write(out, document);
}

static struct json *partial_of(struct arena *arena, const struct json *document)
{
    struct json *partial = json_new_object(arena);
    json_set_string(arena, partial, "kind", "PartialObjectMetadata");
    json_set_string(arena, partial, "apiVersion", "meta.k8s.io/v1");
    json_set(arena, partial, "metadata", json_copy(arena, json_get(document, "metadata")));
    return partial;
}

int versions_write_protobuf(const struct resource *resource, bool partial, const struct object *o,
                            uint64_t revision, struct buffer *out, struct error *err)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *document = versions_parse(o, resource, &arena);
    set_revision(&arena, document, revision);
    return protobuf_write_object(partial ? partial_of(&arena, document) : document, out, err);
}
