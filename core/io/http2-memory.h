/* SPDX-License-Identifier: Apache-2.0 */
/* nghttp2's allocator. Any thread. */
#ifndef KEELSON_IO_HTTP2_MEMORY_H
#define KEELSON_IO_HTTP2_MEMORY_H

#include <nghttp2/nghttp2.h>

nghttp2_mem *http2_memory(void);

#endif
