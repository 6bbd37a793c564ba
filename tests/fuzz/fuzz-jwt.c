/* SPDX-License-Identifier: Apache-2.0 */
/* Bearer tokens: taken apart, and refused, since no key verifies them. */
#include "core/apiserver/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice token = {(const char *)data, size};
    struct arena arena = ARENA_INIT;
    struct json *claims = NULL;
    struct error err = ERROR_INIT;
    jwt_claims(token, &arena, &claims, &err);
    jwt_verify(token, NULL, 0, &err);
    error_done(&err);
    arena_done(&arena);
    return 0;
}
