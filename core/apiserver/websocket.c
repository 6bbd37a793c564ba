/* SPDX-License-Identifier: Apache-2.0 */
#include "core/apiserver/websocket.h"

#include <openssl/sha.h>
#include <strings.h>

#include "core/apiserver/websocket-frame.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

const struct websocket_protocol websocket_log_protocols[] = {{"binary.k8s.io", false},
                                                             {"base64.binary.k8s.io", true}};
const size_t websocket_log_protocols_count = ARRAY_SIZE(websocket_log_protocols);

bool websocket_wanted(struct api_request *r)
{
    struct slice upgrade = http_request_header(r->http, "upgrade");
    return !http_request_is_http2(r->http) && upgrade.size == 9 &&
           strncasecmp(upgrade.data, "websocket", 9) == 0;
}

int websocket_choose(struct api_request *r, const struct websocket_protocol *protocols,
                     size_t protocols_count)
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
            for (int p = 0; p < (int)protocols_count; p++)
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

static int refuse(const struct websocket_protocol *protocols, size_t count, struct error *err)
{
    _cleanup_(buffer_done) struct buffer names = BUFFER_INIT;
    for (size_t i = 0; i < count; i++)
        buffer_printf(&names, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " and ", protocols[i].name);
    return error_set(err, ERR_FORBIDDEN, "none of the WebSocket's protocols is served; %s %s", names.data,
                     count > 1 ? "are" : "is");
}

int websocket_accept(struct api_request *r, const struct websocket_protocol *protocols, size_t count,
                     struct websocket *ret, struct error *err)
{
    struct slice key = http_request_header(r->http, "sec-websocket-key");
    int chosen = websocket_choose(r, protocols, count);
    if (!key.size)
        return error_set(err, ERR_BAD_REQUEST, "a WebSocket's key is missing");
    if (chosen == -1)
        return refuse(protocols, count, err);
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

struct bytes *websocket_frame(const struct websocket *w, struct slice data)
{
    _cleanup_(buffer_done) struct buffer encoded = BUFFER_INIT;
    struct buffer out = BUFFER_INIT;
    if (w->text) {
        base64_encode(&encoded, data.data, data.size, BASE64_STANDARD);
        data = (struct slice){encoded.data, encoded.size};
    }
    websocket_write(&out, w->text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY, data, SLICE(""));
    return bytes_take_buffer(&out);
}

struct bytes *websocket_close_frame(void)
{
    struct buffer out = BUFFER_INIT;
    websocket_write_close(&out, 1000);
    return bytes_take_buffer(&out);
}
