/* SPDX-License-Identifier: Apache-2.0 */
#include "core/apiserver/websocket.h"

#include <openssl/sha.h>
#include <strings.h>

#include "core/apiserver/websocket-frame.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

#define TOKEN_PROTOCOL "base64url.bearer.authorization.k8s.io."
#define ACCEPT_GUID    "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

const struct websocket_protocol websocket_log_protocols[] = {{"binary.k8s.io", false},
                                                             {"base64.binary.k8s.io", true}};
const size_t websocket_log_protocols_count = ARRAY_SIZE(websocket_log_protocols);

bool websocket_wanted(struct api_request *r)
{
    struct slice upgrade = http_request_header(r->http, "upgrade");
    return !http_request_is_http2(r->http) && upgrade.size == 9 &&
           strncasecmp(upgrade.data, "websocket", 9) == 0;
}

/* The protocols that a client offers, from all headers of the name. */
struct offers {
    const struct http_header *headers;
    size_t count, next;
    struct slice rest;
};

static struct offers offers_of(struct api_request *r)
{
    struct offers o = {0};
    o.count = http_request_headers(r->http, &o.headers);
    return o;
}

static bool offers_next(struct offers *o, struct slice *ret)
{
    while (!o->rest.data && o->next < o->count) {
        const struct http_header *h = &o->headers[o->next++];
        if (slice_is(h->name, "sec-websocket-protocol"))
            o->rest = h->value;
    }
    if (!o->rest.data)
        return false;
    *ret = slice_trim(slice_cut(&o->rest, ','));
    return true;
}

static bool is_token(struct slice offer)
{
    return slice_starts(offer, TOKEN_PROTOCOL);
}

bool websocket_token(struct api_request *r, struct slice *ret)
{
    _cleanup_(buffer_done) struct buffer token = BUFFER_INIT;
    struct offers offers = offers_of(r);
    bool found = false, other = false;
    for (struct slice offer; offers_next(&offers, &offer);) {
        struct slice encoded = {offer.data + strlen(TOKEN_PROTOCOL), offer.size - strlen(TOKEN_PROTOCOL)};
        if (!is_token(offer))
            other = true;
        else if (!found)
            found = base64_decode(&token, encoded, BASE64_URL) && token.size;
    }
    if (found && other)
        *ret = (struct slice){arena_strndup(&r->arena, token.data, token.size), token.size};
    return found && other;
}

const char *websocket_without_token(struct arena *arena, struct slice offers)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    while (offers.data) {
        struct slice offer = slice_trim(slice_cut(&offers, ','));
        if (!is_token(offer))
            buffer_printf(&text, "%s%.*s", text.size ? ", " : "", SLICE_ARG(offer));
    }
    return arena_strndup(arena, text.data ? text.data : "", text.size);
}

int websocket_choose(struct api_request *r, const struct websocket_protocol *protocols,
                     size_t protocols_count)
{
    struct offers offers = offers_of(r);
    int chosen = -2;
    for (struct slice offer; chosen < 0 && offers_next(&offers, &offer);) {
        if (is_token(offer))
            continue;
        chosen = -1;
        for (int p = 0; p < (int)protocols_count; p++)
            if (slice_is(offer, protocols[p].name))
                chosen = p;
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

/* protocol NULL: none is said. */
static int accept_as(struct api_request *r, const char *protocol, struct websocket *ret, struct error *err)
{
    struct slice key = http_request_header(r->http, "sec-websocket-key");
    if (!key.size)
        return error_set(err, ERR_BAD_REQUEST, "a WebSocket's key is missing");
    const char **headers = arena_alloc0(&r->arena, 9 * sizeof(*headers));
    unsigned n = 0;
    headers[n++] = "upgrade";
    headers[n++] = "websocket";
    headers[n++] = "connection";
    headers[n++] = "Upgrade";
    headers[n++] = "sec-websocket-accept";
    headers[n++] = accept_of(&r->arena, key);
    if (protocol) {
        headers[n++] = "sec-websocket-protocol";
        headers[n++] = protocol;
    }
    *ret = (struct websocket){.headers = headers};
    return 0;
}

int websocket_accept(struct api_request *r, const struct websocket_protocol *protocols, size_t count,
                     struct websocket *ret, struct error *err)
{
    int chosen = websocket_choose(r, protocols, count);
    if (chosen == -1)
        return refuse(protocols, count, err);
    if (accept_as(r, chosen >= 0 ? protocols[chosen].name : NULL, ret, err) < 0)
        return -1;
    ret->text = chosen >= 0 && protocols[chosen].text;
    return 0;
}

int websocket_accept_any(struct api_request *r, struct websocket *ret, struct error *err)
{
    struct offers offers = offers_of(r);
    struct slice offer, first = {0};
    while (!first.size && offers_next(&offers, &offer))
        if (!is_token(offer))
            first = offer;
    return accept_as(r, first.size ? arena_strndup(&r->arena, first.data, first.size) : NULL, ret, err);
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
