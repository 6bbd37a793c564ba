/* SPDX-License-Identifier: Apache-2.0 */
#include "core/apiserver/spdy.h"

#include <zlib.h>

#include "core/base/memory.h"

enum {
    CONTROL_OF_VERSION_3 = 0x8003,
    TYPE_SYN_STREAM = 1,
    TYPE_RST_STREAM = 3,
    TYPE_PING = 6,
    FLAG_FIN = 1,
    HEAD_BYTES = 8,
    OPERAND_BYTES = 4, /* of a control frame: the stream, or the ping's number */
    FRAME_BYTES_MAX = 0xffffff,
};

struct spdy {
    z_stream packer; /* of header blocks: one context for the whole connection */
    uint32_t next_stream;
    unsigned char head[HEAD_BYTES + OPERAND_BYTES]; /* of the frame being read, and its operand */
    unsigned head_size;
    uint32_t left; /* bytes of the frame that are still to come */
    bool in_frame;
};

/* What header blocks begin with in the packer's memory (section 2.6.10.1): these, each behind its length, and
 * then the tail. */
static const char *const words[] = {"options",
                                    "head",
                                    "post",
                                    "put",
                                    "delete",
                                    "trace",
                                    "accept",
                                    "accept-charset",
                                    "accept-encoding",
                                    "accept-language",
                                    "accept-ranges",
                                    "age",
                                    "allow",
                                    "authorization",
                                    "cache-control",
                                    "connection",
                                    "content-base",
                                    "content-encoding",
                                    "content-language",
                                    "content-length",
                                    "content-location",
                                    "content-md5",
                                    "content-range",
                                    "content-type",
                                    "date",
                                    "etag",
                                    "expect",
                                    "expires",
                                    "from",
                                    "host",
                                    "if-match",
                                    "if-modified-since",
                                    "if-none-match",
                                    "if-range",
                                    "if-unmodified-since",
                                    "last-modified",
                                    "location",
                                    "max-forwards",
                                    "pragma",
                                    "proxy-authenticate",
                                    "proxy-authorization",
                                    "range",
                                    "referer",
                                    "retry-after",
                                    "server",
                                    "te",
                                    "trailer",
                                    "transfer-encoding",
                                    "upgrade",
                                    "user-agent",
                                    "vary",
                                    "via",
                                    "warning",
                                    "www-authenticate",
                                    "method",
                                    "get",
                                    "status",
                                    "200 OK",
                                    "version",
                                    "HTTP/1.1",
                                    "url",
                                    "public",
                                    "set-cookie",
                                    "keep-alive",
                                    "origin"};
static const char tail[] =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
    "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
    "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

static void append_number(struct buffer *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i--;)
        buffer_append_char(out, (char)(value >> 8 * i));
}

static void append_counted(struct buffer *out, const char *text)
{
    append_number(out, strlen(text), 4);
    buffer_append_str(out, text);
}

static uint32_t number_at(const unsigned char *at, unsigned bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

struct spdy *spdy_new(void)
{
    struct spdy *s = new0(struct spdy);
    _cleanup_(buffer_done) struct buffer dictionary = BUFFER_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        append_counted(&dictionary, words[i]);
    buffer_append_str(&dictionary, tail);
    s->next_stream = 1;
    require(deflateInit(&s->packer, Z_DEFAULT_COMPRESSION) == Z_OK);
    require(deflateSetDictionary(&s->packer, (const unsigned char *)dictionary.data,
                                 (unsigned)dictionary.size) == Z_OK);
    return s;
}

void spdy_free(struct spdy *s)
{
    if (!s)
        return;
    deflateEnd(&s->packer);
    free(s);
}

static void pack(struct spdy *s, struct slice block, struct buffer *out)
{
    size_t room = deflateBound(&s->packer, block.size) + 64;
    buffer_reserve(out, room);
    s->packer.next_in = (unsigned char *)block.data;
    s->packer.avail_in = (unsigned)block.size;
    s->packer.next_out = (unsigned char *)out->data + out->size;
    s->packer.avail_out = (unsigned)room;
    require(deflate(&s->packer, Z_SYNC_FLUSH) == Z_OK && s->packer.avail_in == 0);
    out->size += room - s->packer.avail_out;
}

uint32_t spdy_open(struct spdy *s, const char *name, const char *value, struct buffer *out)
{
    _cleanup_(buffer_done) struct buffer block = BUFFER_INIT, packed = BUFFER_INIT;
    uint32_t stream = s->next_stream;
    s->next_stream += 2;
    append_number(&block, 1, 4);
    append_counted(&block, name);
    append_counted(&block, value);
    pack(s, (struct slice){block.data, block.size}, &packed);
    append_number(out, CONTROL_OF_VERSION_3, 2);
    append_number(out, TYPE_SYN_STREAM, 2);
    append_number(out, 10 + packed.size, 4); /* no flags */
    append_number(out, stream, 4);
    append_number(out, 0, 4 + 2); /* belongs to no other stream; priority and slot */
    buffer_append(out, packed.data, packed.size);
    return stream;
}

void spdy_data(uint32_t stream, struct slice data, bool fin, struct buffer *out)
{
    do {
        size_t size = MIN(data.size, (size_t)FRAME_BYTES_MAX);
        bool last = size == data.size;
        append_number(out, stream, 4);
        append_number(out, fin && last ? FLAG_FIN : 0, 1);
        append_number(out, size, 3);
        buffer_append(out, data.data, size);
        data.data += size;
        data.size -= size;
    } while (data.size);
}

static bool is_control(const struct spdy *s)
{
    return s->head[0] & 0x80;
}

static uint32_t type_of(const struct spdy *s)
{
    return number_at(s->head + 2, 2);
}

/* Control frames whose operand matters are read up to it, all others to their head. */
static unsigned head_wanted(const struct spdy *s)
{
    if (s->head_size < HEAD_BYTES || !is_control(s))
        return HEAD_BYTES;
    uint32_t type = type_of(s);
    return type == TYPE_RST_STREAM || type == TYPE_PING ? HEAD_BYTES + OPERAND_BYTES : HEAD_BYTES;
}

static bool read_head(struct spdy *s, struct slice *input)
{
    while (s->head_size < head_wanted(s) && input->size) {
        s->head[s->head_size++] = (unsigned char)*input->data;
        input->data++;
        input->size--;
    }
    return s->head_size >= HEAD_BYTES && s->head_size == head_wanted(s);
}

/* The head is complete: 1 with an event. What follows the head is passed over, if it is not data. */
static int begin_frame(struct spdy *s, struct spdy_event *ret, struct buffer *out, struct error *err)
{
    uint32_t size = number_at(s->head + 5, 3), operand = number_at(s->head + HEAD_BYTES, OPERAND_BYTES);
    unsigned taken = s->head_size - HEAD_BYTES;
    s->head_size = 0;
    s->in_frame = true;
    if (!is_control(s)) {
        s->left = size;
        return 0;
    }
    if (number_at(s->head, 2) != CONTROL_OF_VERSION_3)
        return error_set(err, ERR_BAD_REQUEST, "the peer's frame is not of SPDY/3");
    if (size < taken)
        return error_set(err, ERR_BAD_REQUEST, "the peer's frame of type %u is too short", type_of(s));
    s->left = size - taken;
    switch (type_of(s)) {
    case TYPE_RST_STREAM:
        *ret = (struct spdy_event){.kind = SPDY_ENDED, .stream = operand & 0x7fffffff};
        return 1;
    case TYPE_PING:
        if (operand % 2 == 0) { /* an odd one would be an answer to ours */
            append_number(out, CONTROL_OF_VERSION_3, 2);
            append_number(out, TYPE_PING, 2);
            append_number(out, OPERAND_BYTES, 4);
            append_number(out, operand, 4);
        }
        return 0;
    default:
        return 0;
    }
}

/* Inside a frame: 1 with data, or with its stream's end. */
static int read_body(struct spdy *s, struct slice *input, struct spdy_event *ret)
{
    struct slice part = {input->data, MIN(input->size, (size_t)s->left)};
    bool control = is_control(s), fin = !control && (s->head[4] & FLAG_FIN);
    uint32_t stream = number_at(s->head, 4);
    if (s->left && !part.size)
        return 0;
    input->data += part.size;
    input->size -= part.size;
    s->left -= (uint32_t)part.size;
    if (!control && part.size) {
        *ret = (struct spdy_event){.kind = SPDY_DATA, .stream = stream, .data = part};
        s->in_frame = s->left || fin; /* its end is an event of its own */
        return 1;
    }
    if (s->left)
        return 0;
    s->in_frame = false;
    if (fin)
        *ret = (struct spdy_event){.kind = SPDY_ENDED, .stream = stream};
    return fin;
}

int spdy_read(struct spdy *s, struct slice *input, struct spdy_event *ret, struct buffer *out,
              struct error *err)
{
    for (;;) {
        int rc = 0;
        if (s->in_frame)
            rc = read_body(s, input, ret);
        else if (read_head(s, input))
            rc = begin_frame(s, ret, out, err);
        else
            return 0;
        if (rc)
            return rc;
        if (s->in_frame && s->left && !input->size)
            return 0;
    }
}
