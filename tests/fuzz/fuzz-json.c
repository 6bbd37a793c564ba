/* SPDX-License-Identifier: Apache-2.0 */
/* JSON and YAML: what is accepted must be written as JSON that means the same; what is refused must say why.
 */
#include "core/api/json.h"
#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(struct arena *arena, const struct json *value)
{
    struct buffer text = BUFFER_INIT;
    struct json *again;

    json_write(&text, value);
    require(json_parse(arena, (struct slice){text.data, text.size}, &again, NULL) == 0);
    require(json_equal(value, again) && json_equal(again, value));
    require(json_equal(json_copy(arena, value), value));
    buffer_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct json *value;

    if (json_parse(&arena, text, &value, &err) == 0)
        check_round_trip(&arena, value);
    else
        require(err.code == ERR_BAD_REQUEST && err.message);
    if (json_parse_yaml(&arena, text, &value, &err) == 0)
        check_round_trip(&arena, value);
    error_done(&err);
    arena_done(&arena);
    return 0;
}
