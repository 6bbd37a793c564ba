/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP paths and queries as the API server reads them: a line with the path, a line with the query. */
#include "core/apiserver/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    struct slice query = {(const char *)data, size};
    struct slice path = slice_cut(&query, '\n');
    struct api_request r = {0};
    struct error err = ERROR_INIT;
    api_request_parse(&r, methods[size % 6], path, query.data ? query : SLICE(""), &err);
    error_done(&err);
    buffer_done(&r.warnings);
    arena_done(&r.arena);
    return 0;
}
