/* SPDX-License-Identifier: Apache-2.0 */
#include "core/apiserver/stream-translator.h"

#include "core/apiserver/spdy.h"
#include "core/apiserver/websocket-frame.h"
#include "core/base/memory.h"

enum {
    CHANNEL_INPUT,
    CHANNEL_OUTPUT,
    CHANNEL_ERRORS,
    CHANNEL_END,
    CHANNEL_SIZE,
    CHANNELS,
    CHANNEL_CLOSE = 255
};

const struct websocket_protocol stream_command_protocol = {"v5.channel.k8s.io", false};
const struct websocket_protocol stream_tunnel_protocol = {"SPDY/3.1+portforward.k8s.io", false};

/* Of each channel, as SPDY calls its stream. */
static const char *const stream_types[CHANNELS] = {"stdin", "stdout", "stderr", "error", "resize"};

struct stream_translator {
    bool tunnel, ended;
    bool wanted[CHANNELS], open[CHANNELS]; /* open: the side that writes it has not ended it */
    uint32_t streams[CHANNELS];
    struct spdy *spdy;
    struct websocket_reader reader;
    unsigned header[2]; /* of the message being read: its channel, and what 255 closes */
    unsigned header_size;
};

struct stream_translator *stream_translator_new(const struct stream_channels *channels)
{
    struct stream_translator *t = new0(struct stream_translator);
    t->tunnel = !channels;
    if (t->tunnel)
        return t;
    t->wanted[CHANNEL_INPUT] = channels->input;
    t->wanted[CHANNEL_OUTPUT] = channels->output;
    t->wanted[CHANNEL_ERRORS] = channels->errors;
    t->wanted[CHANNEL_END] = true;
    t->wanted[CHANNEL_SIZE] = channels->size;
    t->spdy = spdy_new();
    return t;
}

void stream_translator_free(struct stream_translator *t)
{
    if (!t)
        return;
    spdy_free(t->spdy);
    websocket_reader_done(&t->reader);
    free(t);
}

static void send_channel(struct buffer *to_client, unsigned channel, struct slice data)
{
    char head = (char)channel;
    websocket_write(to_client, WEBSOCKET_BINARY, (struct slice){&head, 1}, data);
}

/* The server expects the end's stream first. An empty message on the lowest channel that the client reads
 * tells it that the connection is up, as upstream's does. */
void stream_translator_begin(struct stream_translator *t, struct buffer *to_server, struct buffer *to_client)
{
    static const unsigned order[CHANNELS] = {CHANNEL_END, CHANNEL_INPUT, CHANNEL_OUTPUT, CHANNEL_ERRORS,
                                             CHANNEL_SIZE};
    if (t->tunnel)
        return;
    for (unsigned i = 0; i < CHANNELS; i++) {
        unsigned channel = order[i];
        if (!t->wanted[channel])
            continue;
        t->streams[channel] = spdy_open(t->spdy, "streamtype", stream_types[channel], to_server);
        t->open[channel] = true;
    }
    send_channel(to_client,
                 t->wanted[CHANNEL_OUTPUT]   ? CHANNEL_OUTPUT
                 : t->wanted[CHANNEL_ERRORS] ? CHANNEL_ERRORS
                                             : CHANNEL_END,
                 SLICE(""));
}

static int end_with(struct stream_translator *t, unsigned status, struct buffer *to_client)
{
    if (!t->ended)
        websocket_write_close(to_client, status);
    t->ended = true;
    return status == 1000 ? 1 : -1;
}

void stream_translator_end(struct stream_translator *t, struct buffer *to_client)
{
    end_with(t, 1000, to_client);
}

static bool client_writes(unsigned channel)
{
    return channel == CHANNEL_INPUT || channel == CHANNEL_SIZE;
}

static void pass_on(struct stream_translator *t, unsigned channel, struct slice data, bool fin,
                    struct buffer *to_server)
{
    if (channel >= CHANNELS || !client_writes(channel) || !t->open[channel] || (!data.size && !fin))
        return;
    spdy_data(t->streams[channel], data, fin, to_server);
    t->open[channel] = !fin;
}

/* A part of a message. What is for a channel that the client does not write is passed over, as upstream
 * does. */
static void take_message(struct stream_translator *t, const struct websocket_event *e,
                         struct buffer *to_server)
{
    struct slice rest = e->data;
    if (e->begins)
        t->header_size = 0;
    while (rest.size && (t->header_size < 1 || (t->header_size < 2 && t->header[0] == CHANNEL_CLOSE))) {
        t->header[t->header_size++] = (unsigned char)*rest.data++;
        rest.size--;
        if (t->header_size == 2)
            pass_on(t, t->header[1], SLICE(""), true, to_server);
    }
    if (t->header_size == 1)
        pass_on(t, t->header[0], rest, false, to_server);
}

int stream_translator_from_client(struct stream_translator *t, struct slice data, struct buffer *to_server,
                                  struct buffer *to_client, struct error *err)
{
    struct websocket_event e;
    int rc = 0;
    while (!t->ended && (rc = websocket_read(&t->reader, &data, &e, err)) > 0) {
        if (e.opcode == WEBSOCKET_PING)
            websocket_write(to_client, WEBSOCKET_PONG, e.data, SLICE(""));
        else if (e.opcode == WEBSOCKET_CLOSE)
            return end_with(t, 1000, to_client);
        else if (t->tunnel)
            buffer_append_slice(to_server, e.data);
        else
            take_message(t, &e, to_server);
    }
    return rc < 0 ? end_with(t, 1002, to_client) : 0;
}

static unsigned channel_of(const struct stream_translator *t, uint32_t stream)
{
    unsigned channel = 0;
    while (channel < CHANNELS && (!t->wanted[channel] || t->streams[channel] != stream))
        channel++;
    return channel;
}

/* Nothing more can come that the client reads. */
static bool is_over(const struct stream_translator *t)
{
    return !t->open[CHANNEL_OUTPUT] && !t->open[CHANNEL_ERRORS] && !t->open[CHANNEL_END];
}

int stream_translator_from_server(struct stream_translator *t, struct slice data, struct buffer *to_server,
                                  struct buffer *to_client, struct error *err)
{
    struct spdy_event e;
    int rc = 0;
    if (t->tunnel && !t->ended)
        websocket_write(to_client, WEBSOCKET_BINARY, data, SLICE(""));
    while (!t->tunnel && !t->ended && (rc = spdy_read(t->spdy, &data, &e, to_server, err)) > 0) {
        unsigned channel = channel_of(t, e.stream);
        if (e.kind == SPDY_DATA && channel < CHANNELS && !client_writes(channel))
            send_channel(to_client, channel, e.data);
        if (e.kind == SPDY_ENDED && channel < CHANNELS && !client_writes(channel))
            t->open[channel] = false;
        if (is_over(t))
            return end_with(t, 1000, to_client);
    }
    return rc < 0 ? end_with(t, 1011, to_client) : 0;
}
