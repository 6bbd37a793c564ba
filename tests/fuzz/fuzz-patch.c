/* SPDX-License-Identifier: Apache-2.0 */
/* Patches of all kinds on a pod: the first line of the input is the object, the rest the patch. The original
 * never changes. */
#include "core/api/schema.h"
#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_patch(struct arena *arena, enum patch_type kind, const struct json *original,
                        struct slice patch)
{
    const struct schema_type *pod = schema_find_kind("", "v1", "Pod");
    struct error err = ERROR_INIT;
    struct json *result;

    if (patch_apply(arena, kind, pod, original, patch, &result, &err) == 0) {
        require(json_is(result, JSON_OBJECT));
        require(json_depth(result) <= JSON_DEPTH_MAX);
    } else {
        require(err.code && err.message);
    }
    error_done(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice patch = {(const char *)data, size}, text = slice_cut(&patch, '\n');
    struct arena arena = ARENA_INIT;
    struct json *original;

    if (!patch.data || json_parse(&arena, text, &original, NULL) < 0 || !json_is(original, JSON_OBJECT)) {
        arena_done(&arena);
        return 0;
    }
    struct json *copy = json_copy(&arena, original);
    for (int kind = PATCH_JSON; kind <= PATCH_STRATEGIC; kind++)
        check_patch(&arena, (enum patch_type)kind, original, patch);
    require(json_equal(copy, original));
    arena_done(&arena);
    return 0;
}
