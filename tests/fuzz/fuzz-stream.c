/* SPDX-License-Identifier: Apache-2.0 */
/* Both sides of a translated stream: the first byte says whose bytes follow, and in which pieces. */
#include <stdint.h>

#include "core/apiserver/stream-translator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct stream_channels all = {true, true, true, true};
    if (!size)
        return 0;
    struct stream_translator *t = stream_translator_new(*data & 2 ? NULL : &all);
    struct buffer to_server = BUFFER_INIT, to_client = BUFFER_INIT;
    struct error err = ERROR_INIT;
    size_t piece = (*data >> 2) + 1;
    int rc = 0;
    stream_translator_begin(t, &to_server, &to_client);
    for (size_t at = 1; at < size && rc == 0; at += piece) {
        struct slice part = {(const char *)data + at, size - at < piece ? size - at : piece};
        rc = (*data & 1 ? stream_translator_from_client : stream_translator_from_server)(t, part, &to_server,
                                                                                         &to_client, &err);
    }
    stream_translator_end(t, &to_client);
    stream_translator_free(t);
    buffer_done(&to_server);
    buffer_done(&to_client);
    error_done(&err);
    return 0;
}
