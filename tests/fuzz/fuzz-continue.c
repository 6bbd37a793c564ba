/* SPDX-License-Identifier: Apache-2.0 */
/* Continue tokens: from a client, and one of ours that must say what it was made of. */
#include "core/apiserver/continue.h"
#include "core/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Keys hold no NUL, and no path begins with a slash or leads up. */
static bool is_key(struct slice key)
{
    return key.size && !memchr(key.data, '\0', key.size) && key.data[0] != '/' && !slice_starts(key, "..");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct continue_token token;
    struct error err = ERROR_INIT;
    struct slice key = {(const char *)data, size};
    char *text = arena_strndup(&arena, key.data ? key.data : "", key.size);
    if (continue_decode(&arena, text, &token, &err) == 0)
        require(token.start.size && (token.revision > 0 || token.revision == -1));
    error_done(&err);
    if (is_key(key) && continue_decode(&arena, continue_encode(&arena, 7, key), &token, NULL) == 0)
        require(token.revision == 7 && token.start.size == size + 1 && !memcmp(token.start.data, data, size));
    arena_done(&arena);
    return 0;
}
