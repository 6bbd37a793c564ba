/* SPDX-License-Identifier: Apache-2.0 */
/* The handshake and the frames; a server's frames are not masked. */
#include "core/apiserver/websocket.h"

#include <openssl/sha.h>
#include <strings.h>

#include "core/base/encoding.h"
#include "core/base/memory.h"

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum { OPCODE_TEXT = 1, OPCODE_BINARY = 2, OPCODE_CLOSE = 8, FINAL = 0x80, STATUS_NORMAL = 1000 };

static const struct {
    const char *name;
    bool text;
} protocols[] = {{"binary.k8s.io", false}, {"base64.binary.k8s.io", true}};

bool websocket_wanted(struct api_request *r)
{
    struct slice upgrade = http_request_header(r->http, "upgrade");
    return !http_request_is_http2(r->http) && upgrade.size == 9 &&
           strncasecmp(upgrade.data, "websocket", 9) == 0;
}

/* The first that the client offers and we speak; -1: none of them, -2: it offers none. */
static int choose(struct api_request *r)
{
    const struct http_header *headers;
    size_t count = http_request_headers(r->http, &headers);
    int chosen = -2;
    for (size_t i = 0; i < count && chosen < 0; i++) {
        struct slice rest = headers[i].value;
        if (!slice_is(headers[i].name, "sec-websocket-protocol"))
            continue;
        for (chosen = -1; rest.data && chosen < 0;) {
            struct slice offered = slice_trim(slice_cut(&rest, ','));
            for (int p = 0; p < (int)ARRAY_SIZE(protocols); p++)
                if (slice_is(offered, protocols[p].name))
                    chosen = p;
        }
    }
    return chosen;
}

static const char *accept_of(struct arena *arena, struct slice key)
{
    unsigned char digest[SHA_DIGEST_LENGTH];
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT, accept = BUFFER_INIT;
    buffer_append_slice(&text, key);
    buffer_append_str(&text, ACCEPT_GUID);
    SHA1((const unsigned char *)text.data, text.size, digest);
    base64_encode(&accept, digest, sizeof(digest), BASE64_STANDARD);
    return arena_strndup(arena, accept.data, accept.size);
}

int websocket_accept(struct api_request *r, struct websocket *ret, struct error *err)
{
    struct slice key = http_request_header(r->http, "sec-websocket-key");
    int chosen = choose(r);
    if (!key.size)
        return error_set(err, ERR_BAD_REQUEST, "a WebSocket's key is missing");
    if (chosen == -1)
        return error_set(
            err, ERR_FORBIDDEN,
            "none of the WebSocket's protocols is served; binary.k8s.io and base64.binary.k8s.io are");
    const char **headers = arena_alloc0(&r->arena, 9 * sizeof(*headers));
    unsigned n = 0;
    headers[n++] = "upgrade";
    headers[n++] = "websocket";
    headers[n++] = "connection";
    headers[n++] = "Upgrade";
    headers[n++] = "sec-websocket-accept";
    headers[n++] = accept_of(&r->arena, key);
    if (chosen >= 0) {
        headers[n++] = "sec-websocket-protocol";
        headers[n++] = protocols[chosen].name;
    }
    *ret = (struct websocket){headers, chosen >= 0 && protocols[chosen].text};
    return 0;
}

static void write_head(struct buffer *out, int opcode, size_t size)
{
    buffer_append_char(out, (char)(FINAL | opcode));
    unsigned length_bytes = size < 126 ? 0 : size <= UINT16_MAX ? 2 : 8;
    buffer_append_char(out, (char)(!length_bytes ? size : length_bytes == 2 ? 126 : 127));
    for (unsigned i = length_bytes; i--;)
        buffer_append_char(out, (char)(size >> 8 * i));
}

struct bytes *websocket_frame(const struct websocket *w, struct slice data)
{
    _cleanup_(buffer_done) struct buffer encoded = BUFFER_INIT;
    struct buffer out = BUFFER_INIT;
    if (w->text) {
        base64_encode(&encoded, data.data, data.size, BASE64_STANDARD);
        data = (struct slice){encoded.data, encoded.size};
    }
    write_head(&out, w->text ? OPCODE_TEXT : OPCODE_BINARY, data.size);
    buffer_append_slice(&out, data);
    return bytes_take_buffer(&out);
}

struct bytes *websocket_close_frame(void)
{
    static const char frame[] = {(char)(FINAL | OPCODE_CLOSE), 2, (char)(STATUS_NORMAL >> 8),
                                 (char)(STATUS_NORMAL & 0xff)};
    return bytes_new(frame, sizeof(frame));
}
