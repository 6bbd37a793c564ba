/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's body, through all that happens to one: decoded by a type's rows from JSON or protobuf,
 * defaulted, validated, written as protobuf and read back. The first byte says which kind; decoding what was
 * decoded must change nothing.
 */
#include "core/api/protobuf.h"
#include "core/api/resource.h"
#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_protobuf(struct arena *arena, const struct schema_type *type, const struct json *object)
{
    struct buffer message = BUFFER_INIT;
    struct json *again;

    if (schema_to_protobuf(type, object, &message, NULL) == 0)
        (void)schema_from_protobuf(
            arena, type, (struct slice){message.data ? message.data : "", message.size}, &again, NULL);
    buffer_done(&message);
}

static void check_object(struct arena *arena, const struct schema_type *type, struct json *object)
{
    struct error err = ERROR_INIT;
    struct json *before = json_copy(arena, object);

    require(schema_prune(arena, type, object, SCHEMA_STRICT, NULL, &err) == 0);
    require(json_equal(before, object));
    schema_default(arena, type, object);
    before = json_copy(arena, object);
    schema_default(arena, type, object);
    require(json_equal(before, object));
    unsigned causes = schema_validate(type, object, &err);
    require(causes == err.causes_count + err.causes_dropped);
    (void)schema_validate_update(type, before, object, &err);
    check_protobuf(arena, type, object);
    error_done(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct buffer warnings = BUFFER_INIT;
    struct json *object;
    size_t count;

    if (size == 0)
        return 0;
    const struct resource *rows = resource_table(&count);
    const struct schema_type *type = rows[data[0] % count].type;
    struct slice text = {(const char *)data + 1, size - 1};
    if (schema_decode(&arena, type, text, SCHEMA_WARN, &object, &warnings, NULL) == 0)
        check_object(&arena, type, object);
    if (schema_from_protobuf(&arena, type, text, &object, NULL) == 0 &&
        schema_prune(&arena, type, object, SCHEMA_IGNORE, NULL, NULL) == 0)
        check_object(&arena, type, object);
    (void)protobuf_read_object(&arena, text, &object, NULL);
    buffer_done(&warnings);
    arena_done(&arena);
    return 0;
}
