/* SPDX-License-Identifier: Apache-2.0 */
/* WebSocket frames, SPDY frames, and what a translation makes of one for the other; all of it also byte by
 * byte, since that is how it may come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>
#include <zlib.h>

#include "core/apiserver/spdy.h"
#include "core/apiserver/stream-translator.h"
#include "core/apiserver/websocket-frame.h"
#include "core/base/memory.h"

static const struct stream_channels all_channels = {true, true, true, true};

/* A client's frame. */
static void put_frame(struct buffer *out, unsigned first_byte, const char *payload, size_t size)
{
    static const char mask[] = {0x11, 0x22, 0x33, 0x44};
    buffer_append_char(out, (char)first_byte);
    buffer_append_char(out, (char)(0x80 | (size < 126 ? size : 126)));
    if (size >= 126) {
        buffer_append_char(out, (char)(size >> 8));
        buffer_append_char(out, (char)size);
    }
    buffer_append(out, mask, sizeof(mask));
    for (size_t i = 0; i < size; i++)
        buffer_append_char(out, (char)(payload[i] ^ mask[i % 4]));
}

static void put_text(struct buffer *out, unsigned first_byte, struct slice payload)
{
    put_frame(out, first_byte, payload.data, payload.size);
}

struct both {
    struct stream_translator *translator;
    struct buffer to_server, to_client;
    int rc; /* of the last */
    struct error err;
};

static struct both begin(const struct stream_channels *channels)
{
    struct both b = {.translator = stream_translator_new(channels), .err = ERROR_INIT};
    b.to_server = b.to_client = BUFFER_INIT;
    stream_translator_begin(b.translator, &b.to_server, &b.to_client);
    return b;
}

static void done(struct both *b)
{
    stream_translator_free(b->translator);
    buffer_done(&b->to_server);
    buffer_done(&b->to_client);
    error_done(&b->err);
}

/* In pieces of so many bytes, forgetting what was sent before. */
static void feed(struct both *b, bool client, struct slice data, size_t piece)
{
    buffer_clear(&b->to_server);
    buffer_clear(&b->to_client);
    b->rc = 0;
    while (data.size && b->rc == 0) {
        _cleanup_free_ char *copy = xmemdup(data.data, MIN(piece, data.size));
        struct slice part = {copy, MIN(piece, data.size)};
        b->rc = (client ? stream_translator_from_client : stream_translator_from_server)(
            b->translator, part, &b->to_server, &b->to_client, &b->err);
        data.data += part.size;
        data.size -= part.size;
    }
}

static void assert_bytes(const struct buffer *got, const char *wanted, size_t size)
{
    assert_int_equal(got->size, size);
    assert_memory_equal(got->data, wanted, size);
}
#define assert_sent(buffer, literal) assert_bytes(buffer, literal, sizeof(literal) - 1)

/* A peer that unpacks the first header block is asked for the specification's dictionary. */
static void assert_dictionary(const struct buffer *frames)
{
    z_stream z = {0};
    unsigned char block[64];
    assert_int_equal(inflateInit(&z), Z_OK);
    z.next_in = (unsigned char *)frames->data + 18;
    z.avail_in = (unsigned)frames->size - 18;
    z.next_out = block;
    z.avail_out = sizeof(block);
    assert_int_equal(inflate(&z, Z_SYNC_FLUSH), Z_NEED_DICT);
    assert_int_equal(z.adler, 0xe3c6a7c2);
    inflateEnd(&z);
}

static void test_streams_are_opened(void **state)
{
    struct both b = begin(&all_channels);
    assert_dictionary(&b.to_server);
    unsigned streams = 0;
    for (size_t at = 0; at < b.to_server.size; streams++) {
        const unsigned char *frame = (const unsigned char *)b.to_server.data + at;
        assert_int_equal(frame[11], 2 * streams + 1);
        at += 8 + ((size_t)frame[6] << 8 | frame[7]);
    }
    assert_int_equal(streams, 5);
    assert_sent(&b.to_client, "\x82\x01\x01"); /* an empty message of the output says that it begins */
    done(&b);
}

static void test_only_what_was_asked_for(void **state)
{
    struct both b = begin(&(struct stream_channels){.errors = true});
    size_t frames = 0;
    for (size_t at = 0; at < b.to_server.size; frames++)
        at += 8 + ((size_t)(unsigned char)b.to_server.data[at + 6] << 8 |
                   (unsigned char)b.to_server.data[at + 7]);
    assert_int_equal(frames, 2);
    assert_sent(&b.to_client, "\x82\x01\x02");
    done(&b);
}

/* Streams 1 the end, 3 input, 5 output, 7 errors, 9 size. */
static void test_client_to_server(void **state)
{
    static const struct {
        struct slice message;
        const char *frame;
        size_t size;
    } cases[] = {
        {SLICE("\0hello"), "\0\0\0\3\0\0\0\5hello", 13},
        {SLICE("\4{}"), "\0\0\0\x9\0\0\0\2{}", 10},
        {SLICE("\1no"), "", 0},   /* not the client's to write */
        {SLICE("\x7no"), "", 0},  /* unknown */
        {SLICE("\0"), "", 0},     /* nothing */
        {SLICE("\xff\1"), "", 0}, /* not the client's to close */
        {SLICE("\xff\x0"), "\0\0\0\3\1\0\0\0", 8},
        {SLICE("\0after"), "", 0}, /* closed */
    };
    for (size_t piece = 1; piece < 64; piece += 62) {
        struct both b = begin(&all_channels);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            _cleanup_(buffer_done) struct buffer in = BUFFER_INIT;
            put_text(&in, 0x82, cases[i].message);
            feed(&b, true, (struct slice){in.data, in.size}, piece);
            assert_int_equal(b.rc, 0);
            if (piece > 1)
                assert_bytes(&b.to_server, cases[i].frame, cases[i].size);
            else
                assert_int_equal(b.to_server.size > 0, cases[i].size > 0);
            assert_int_equal(b.to_client.size, 0);
        }
        done(&b);
    }
}

static void test_fragments_and_pings(void **state)
{
    struct both b = begin(&all_channels);
    _cleanup_(buffer_done) struct buffer in = BUFFER_INIT;
    put_text(&in, 0x02, SLICE("\0one"));
    put_text(&in, 0x89, SLICE("are you there"));
    put_text(&in, 0x8a, SLICE("pong"));
    put_text(&in, 0x80, SLICE("two"));
    feed(&b, true, (struct slice){in.data, in.size}, in.size);
    assert_int_equal(b.rc, 0);
    assert_sent(&b.to_server, "\0\0\0\3\0\0\0\3one\0\0\0\3\0\0\0\3two");
    assert_sent(&b.to_client, "\x8a\x0d"
                              "are you there");
    buffer_clear(&in);
    put_text(&in, 0x88, SLICE("\x03\xe8"));
    feed(&b, true, (struct slice){in.data, in.size}, 1);
    assert_int_equal(b.rc, 1);
    assert_sent(&b.to_client, "\x88\x02\x03\xe8");
    done(&b);
}

static void test_long_messages(void **state)
{
    char message[1000] = {0};
    memset(message + 1, 'x', sizeof(message) - 1);
    struct both b = begin(&all_channels);
    _cleanup_(buffer_done) struct buffer in = BUFFER_INIT;
    put_frame(&in, 0x82, message, sizeof(message));
    feed(&b, true, (struct slice){in.data, in.size}, in.size);
    assert_int_equal(b.to_server.size, 8 + 999);
    assert_memory_equal(b.to_server.data, "\0\0\0\3\0\0\x03\xe7", 8);
    done(&b);
}

static void test_server_to_client(void **state)
{
    static const char answer[] = "\x80\x03\0\2\0\0\0\6\0\0\0\1\0\0"       /* SYN_REPLY */
                                 "\0\0\0\5\0\0\0\3out"                    /* output */
                                 "\0\0\0\7\0\0\0\3err"                    /* errors */
                                 "\x80\x03\0\6\0\0\0\4\0\0\0\2"           /* a ping */
                                 "\x80\x03\0\7\0\0\0\x8\0\0\0\x9\0\0\0\0" /* GOAWAY */
                                 "\0\0\0\x63\0\0\0\1?"                    /* a stream that is not ours */
                                 "\0\0\0\5\1\0\0\2!!"                     /* the last output */
                                 "\0\0\0\1\0\0\0\2{}"                     /* how it ended */
                                 "\x80\x03\0\3\0\0\0\x8\0\0\0\7\0\0\0\5"  /* errors: reset */
                                 "\0\0\0\1\1\0\0\0";                      /* the end's end */
    for (size_t piece = 1; piece < 400; piece += 398) {
        struct both b = begin(&all_channels);
        feed(&b, false, (struct slice){answer, sizeof(answer) - 1}, piece);
        assert_int_equal(b.rc, 1);
        if (piece > 1)
            assert_sent(&b.to_client, "\x82\4\1out\x82\4\2"
                                      "err\x82\3\1!!\x82\3\3{}\x88\2\x03\xe8");
        assert_sent(&b.to_server, "\x80\x03\0\6\0\0\0\4\0\0\0\2");
        buffer_clear(&b.to_client);
        stream_translator_end(b.translator, &b.to_client);
        assert_int_equal(b.to_client.size, 0); /* it has been told */
        done(&b);
    }
}

static void test_server_goes(void **state)
{
    struct both b = begin(&all_channels);
    buffer_clear(&b.to_client);
    stream_translator_end(b.translator, &b.to_client);
    assert_sent(&b.to_client, "\x88\2\x03\xe8");
    done(&b);
}

static void test_broken(void **state)
{
    static const struct {
        bool client;
        struct slice data;
        const char *says;
    } cases[] = {
        {true, SLICE("\x82\1\0\0\0\0x"), "masked"},
        {true, SLICE("\xc2\x80\0\0\0\0"), "unknown"},
        {true, SLICE("\x83\x80\0\0\0\0"), "unknown"},
        {true, SLICE("\x80\x80\0\0\0\0"), "goes on after its end"},
        {true, SLICE("\x02\x80\0\0\0\0\x82\x80\0\0\0\0"), "inside another"},
        {true, SLICE("\x09\x80\0\0\0\0"), "control frame"},
        {true, SLICE("\x89\xfe\1\0\0\0\0\0"), "control frame"},
        {false, SLICE("\x80\x02\0\1\0\0\0\0"), "SPDY/3"},
        {false, SLICE("HTTP/1.1 400"), NULL}, /* as data of some stream: nothing can be said */
        {false, SLICE("\x80\x03\0\3\0\0\0\2\0\0\0\1"), "too short"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct both b = begin(&all_channels);
        feed(&b, cases[i].client, cases[i].data, 100);
        assert_int_equal(b.rc, cases[i].says ? -1 : 0);
        if (cases[i].says) {
            assert_non_null(strstr(b.err.message, cases[i].says));
            assert_bytes(&b.to_client, cases[i].client ? "\x88\2\x03\xea" : "\x88\2\x03\xf3", 4);
        }
        done(&b);
    }
}

static void test_tunnel(void **state)
{
    struct both b = begin(NULL);
    assert_int_equal(b.to_server.size + b.to_client.size, 0);
    _cleanup_(buffer_done) struct buffer in = BUFFER_INIT;
    put_text(&in, 0x82, SLICE("any bytes"));
    feed(&b, true, (struct slice){in.data, in.size}, in.size);
    assert_sent(&b.to_server, "any bytes");
    feed(&b, false, SLICE("back"), 100);
    assert_sent(&b.to_client, "\x82\4"
                              "back");
    done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_are_opened),
        cmocka_unit_test(test_only_what_was_asked_for),
        cmocka_unit_test(test_client_to_server),
        cmocka_unit_test(test_fragments_and_pings),
        cmocka_unit_test(test_long_messages),
        cmocka_unit_test(test_server_to_client),
        cmocka_unit_test(test_server_goes),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_tunnel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
