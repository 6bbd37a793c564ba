/* SPDX-License-Identifier: Apache-2.0 */
/* See isolate-frame.h. */
#include "core/plugin/isolate-frame.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/memory.h"

#define READ_BYTES 65536u
#define NO_TEXT    UINT32_MAX   /* the size of a NULL */
#define IDLE_BYTES (256u << 10) /* what a quiet stream keeps */

struct head {
    uint32_t size; /* of what follows */
    uint32_t kind;
};

/* ---- Writing ---- */

size_t frame_begin(struct buffer *out, enum frame_kind kind)
{
    const struct head head = {.kind = kind};
    size_t begun = out->size;
    buffer_append(out, &head, sizeof(head));
    return begun;
}

void frame_end(struct buffer *out, size_t begun)
{
    uint32_t size = (uint32_t)(out->size - begun - sizeof(struct head));
    memcpy(out->data + begun + offsetof(struct head, size), &size, sizeof(size));
}

void frame_put_u32(struct buffer *out, uint32_t value)
{
    buffer_append(out, &value, sizeof(value));
}

void frame_put_i64(struct buffer *out, int64_t value)
{
    buffer_append(out, &value, sizeof(value));
}

void frame_put_double(struct buffer *out, double value)
{
    buffer_append(out, &value, sizeof(value));
}

/* Ends with a NUL, so that the reader can take it for text where it stands. */
void frame_put_bytes(struct buffer *out, struct keelson_bytes value)
{
    frame_put_u32(out, (uint32_t)value.size);
    buffer_append(out, value.data, value.size);
    buffer_append_char(out, '\0');
}

void frame_put_text(struct buffer *out, const char *text)
{
    if (text)
        frame_put_bytes(out, (struct keelson_bytes){text, strlen(text)});
    else
        frame_put_u32(out, NO_TEXT);
}

void frame_put_array(struct buffer *out, const char *array, size_t size)
{
    frame_put_bytes(out, (struct keelson_bytes){array, strnlen(array, size - 1)});
}

void frame_put_texts(struct buffer *out, const char *const *texts, uint32_t count)
{
    frame_put_u32(out, texts ? count : NO_TEXT);
    for (uint32_t i = 0; texts && i < count; i++)
        frame_put_text(out, texts[i]);
}

void frame_put_pairs(struct buffer *out, const struct keelson_pairs *pairs)
{
    frame_put_u32(out, pairs->count);
    for (uint32_t i = 0; i < pairs->count; i++) {
        frame_put_text(out, pairs->items[i].key);
        frame_put_text(out, pairs->items[i].value);
    }
}

static ssize_t send_some(int socket, const char *data, size_t size, int fd)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {(void *)(uintptr_t)data, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        *c = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool frame_send(int socket, const struct buffer *frames, int limit_ms, int fd)
{
    for (size_t sent = 0; sent < frames->size;) {
        ssize_t n = send_some(socket, frames->data + sent, frames->size - sent, sent ? -1 : fd);
        if (n > 0) {
            sent += (size_t)n;
            continue;
        }
        struct pollfd p = {.fd = socket, .events = POLLOUT};
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n < 0 && errno == EAGAIN && poll(&p, 1, limit_ms) == 0)
            return false;
    }
    return true;
}

/* ---- Reading ---- */

static const void *get(struct frame_reader *r, size_t size)
{
    if (r->bad || r->left < size) {
        r->bad = true;
        return NULL;
    }
    const char *at = r->data;
    r->data += size;
    r->left -= size;
    return at;
}

uint32_t frame_get_u32(struct frame_reader *r)
{
    uint32_t value = 0;
    const void *at = get(r, sizeof(value));
    if (at)
        memcpy(&value, at, sizeof(value));
    return value;
}

int64_t frame_get_i64(struct frame_reader *r)
{
    int64_t value = 0;
    const void *at = get(r, sizeof(value));
    if (at)
        memcpy(&value, at, sizeof(value));
    return value;
}

double frame_get_double(struct frame_reader *r)
{
    double value = 0;
    const void *at = get(r, sizeof(value));
    if (at)
        memcpy(&value, at, sizeof(value));
    return value;
}

static struct keelson_bytes get_sized(struct frame_reader *r, uint32_t size)
{
    const char *at = get(r, (size_t)size + 1);
    if (at && at[size] != '\0')
        r->bad = true;
    return r->bad ? (struct keelson_bytes){0} : (struct keelson_bytes){at, size};
}

struct keelson_bytes frame_get_bytes(struct frame_reader *r)
{
    return get_sized(r, frame_get_u32(r));
}

const char *frame_get_text(struct frame_reader *r)
{
    uint32_t size = frame_get_u32(r);
    if (r->bad || size == NO_TEXT)
        return NULL;
    struct keelson_bytes text = get_sized(r, size);
    if (text.data && strlen(text.data) != size) /* text ends at its NUL */
        r->bad = true;
    return r->bad ? NULL : text.data;
}

void frame_get_array(struct frame_reader *r, char *ret, size_t size)
{
    const char *text = frame_get_text(r);
    snprintf(ret, size, "%s", text ? text : "");
}

uint32_t frame_get_count(struct frame_reader *r, size_t element_bytes_min)
{
    uint32_t count = frame_get_u32(r);
    if (count > r->left / element_bytes_min)
        r->bad = true;
    return r->bad ? 0 : count;
}

const char *const *frame_get_texts(struct frame_reader *r, uint32_t *ret_count)
{
    *ret_count = 0;
    if (r->left >= sizeof(uint32_t) && memcmp(r->data, &(uint32_t){NO_TEXT}, sizeof(uint32_t)) == 0) {
        frame_get_u32(r);
        return NULL;
    }
    uint32_t count = frame_get_count(r, sizeof(uint32_t));
    const char **texts = arena_alloc0(r->arena, (count + 1) * sizeof(*texts));
    for (uint32_t i = 0; i < count; i++) {
        texts[i] = frame_get_text(r);
        if (!texts[i])
            r->bad = true;
    }
    *ret_count = r->bad ? 0 : count;
    return texts;
}

struct keelson_pairs frame_get_pairs(struct frame_reader *r)
{
    uint32_t count = frame_get_count(r, 2 * sizeof(uint32_t));
    struct keelson_pair *items = count ? arena_alloc0(r->arena, count * sizeof(*items)) : NULL;
    for (uint32_t i = 0; i < count; i++) {
        items[i].key = frame_get_text(r);
        items[i].value = frame_get_text(r);
        if (!items[i].key || !items[i].value)
            r->bad = true;
    }
    return r->bad ? (struct keelson_pairs){0} : (struct keelson_pairs){.items = items, .count = count};
}

bool frame_is_read(struct frame_reader *r)
{
    if (r->left > 0)
        r->bad = true;
    return !r->bad;
}

/* ---- Streams ---- */

void frame_stream_init(struct frame_stream *s, int socket, uint32_t bytes_max)
{
    *s = (struct frame_stream){.socket = socket, .bytes_max = bytes_max, .passed_fd = -1};
}

void frame_stream_done(struct frame_stream *s)
{
    if (s->socket >= 0)
        close(s->socket);
    if (s->passed_fd >= 0)
        close(s->passed_fd);
    buffer_done(&s->in);
    s->socket = s->passed_fd = -1;
}

int frame_next(struct frame_stream *s, enum frame_kind *ret_kind, struct frame_reader *ret)
{
    struct head head;
    size_t here = s->in.size - s->used;
    if (here < sizeof(head))
        return 0;
    memcpy(&head, s->in.data + s->used, sizeof(head));
    if (head.size > s->bytes_max || head.kind < FRAME_START || head.kind > FRAME_RESULT)
        return -1;
    if (here - sizeof(head) < head.size)
        return 0;
    *ret_kind = (enum frame_kind)head.kind;
    *ret = (struct frame_reader){.data = s->in.data + s->used + sizeof(head), .left = head.size};
    s->used += sizeof(head) + head.size;
    return 1;
}

/* A descriptor that nobody asked for is closed. */
static void take_fd(struct frame_stream *s, struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        if (s->passed_fd >= 0)
            close(s->passed_fd);
        memcpy(&s->passed_fd, CMSG_DATA(c), sizeof(s->passed_fd));
    }
}

static ssize_t receive(struct frame_stream *s)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))]; /* of more descriptors the kernel closes the rest */
        struct cmsghdr align;
    } control;
    struct iovec part = {s->in.data + s->in.size, s->in.capacity - s->in.size - 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(s->socket, &message, MSG_CMSG_CLOEXEC);
    if (n > 0)
        take_fd(s, &message);
    return n;
}

bool frame_fill(struct frame_stream *s)
{
    buffer_consume(&s->in, s->used);
    s->used = 0;
    if (s->in.size == 0 && s->in.capacity > IDLE_BYTES)
        buffer_done(&s->in);
    buffer_reserve(&s->in, READ_BYTES);
    ssize_t n;
    do
        n = receive(s);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    s->in.size += (size_t)n;
    return true;
}
