/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containerLogs/NAMESPACE/POD/CONTAINER, and /logs/PATH, the node's own logs. The worker that reads the file
 * waits while the client is slow, and ends when it is gone: the loop's callbacks only ring a bell for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/kubelet/log-read.h"
#include "core/kubelet/server-private.h"

#define NODE_LOGS        "/var/log"
#define NAMES_MAX        10000u
#define QUEUED_BYTES_MAX (1u << 20)
#define QUEUED_BYTES_LOW (256u << 10)

/* Rung by the loop's callbacks; released on the loop too, behind the last of them. */
struct bell {
    atomic_bool gone;
    int fd; /* readable: look */
};
struct log_answer {
    struct server_call *call;
    struct bell *bell;
    const char *id; /* of the container that is read */
    bool begun;
};

static void bell_free(void *context)
{
    struct bell *b = context;
    cleanup_close(&b->fd);
    free(b);
}

static void on_gone(void *context)
{
    struct bell *b = context;
    atomic_store(&b->gone, true);
    eventfd_write(b->fd, 1);
}

static void on_drained(void *context)
{
    eventfd_write(((struct bell *)context)->fd, 1);
}

static bool is_over(const struct log_answer *a)
{
    return atomic_load(&a->bell->gone) || atomic_load(&a->call->server->stopping);
}

static void begin(struct log_answer *a)
{
    if (!a->begun)
        http_stream_begin(a->call->request, 200, "text/plain; charset=utf-8", NULL);
    a->begun = true;
}

static int write_log(void *context, struct slice data)
{
    struct log_answer *a = context;
    struct bytes *block = bytes_new(data.data, data.size);
    begin(a);
    size_t queued = http_stream_write(a->call->request, block);
    bytes_unref(block);
    if (queued > QUEUED_BYTES_MAX) {
        http_stream_on_drained(a->call->request, QUEUED_BYTES_LOW, on_drained, a->bell);
        struct pollfd fds[] = {{.fd = a->bell->fd, .events = POLLIN},
                               {.fd = a->call->server->stop_fd, .events = POLLIN}};
        eventfd_t rung;
        if (!is_over(a))
            poll(fds, 2, -1);
        eventfd_read(a->bell->fd, &rung); /* log_read would take it for the end */
    }
    return is_over(a) ? -1 : 0;
}

static bool is_running(void *context)
{
    struct log_answer *a = context;
    struct server_call *call = a->call;
    const struct server_pods *pods = call->server->config.pods;
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    const char *id, *path;
    bool running = false;
    if (is_over(a))
        return false;
    return pods->container(pods->context, call->parts[1], call->parts[2], NULL, call->parts[3], false, &arena,
                           &id, &path, &running, NULL) == 0 &&
           running && strcmp(id, a->id) == 0;
}

static int64_t number_of(const struct server_call *call, const char *name, int64_t min, bool *bad)
{
    const char *text = server_query(call, name);
    int64_t value = -1;
    if (text && text[0] && !parse_i64(slice_of(text), min, INT64_MAX, &value))
        *bad = true;
    return value;
}

static int read_options(const struct server_call *call, struct log_read_options *ret, struct error *err)
{
    bool bad = false;
    const char *since = server_query(call, "sinceTime"), *stream = server_query(call, "stream");
    int64_t since_s = number_of(call, "sinceSeconds", 1, &bad);
    *ret = (struct log_read_options){
        .follow = server_query_is_true(call, "follow"),
        .timestamps = server_query_is_true(call, "timestamps"),
        .tail_lines = number_of(call, "tailLines", 0, &bad),
        .limit_bytes = number_of(call, "limitBytes", 1, &bad),
        .since_ns = INT64_MIN,
    };
    if (stream && stream[0] && strcmp(stream, "All") != 0) {
        ret->streams = strcmp(stream, "Stdout") == 0 ? LOG_STDOUT : LOG_STDERR;
        bad = bad || (strcmp(stream, "Stdout") != 0 && strcmp(stream, "Stderr") != 0);
    }
    if (since_s > 0)
        ret->since_ns = clock_realtime_ns() - MIN(since_s, INT64_C(1) << 31) * NS_PER_S;
    else if (since && since[0] && !time_parse(slice_of(since), &ret->since_ns))
        bad = true;
    return bad ? error_set(err, ERR_BAD_REQUEST, "the log options of the query are not valid") : 0;
}

static void finish(struct log_answer *a, int rc, const struct error *err)
{
    struct http_request *request = a->call->request;
    struct loop *loop = http_request_loop(request);
    http_request_on_gone(request, NULL, NULL);
    if (rc < 0 && !a->begun) {
        server_respond_error(request, err);
    } else {
        begin(a);
        http_stream_on_drained(request, 0, NULL, NULL);
        if (rc < 0 || atomic_load(&a->call->server->stopping))
            http_stream_abort(request);
        else
            http_stream_end(request);
    }
    loop_post(loop, bell_free, a->bell);
}

static void prepare(struct log_answer *a, struct server_call *call)
{
    *a = (struct log_answer){.call = call, .bell = new0(struct bell)};
    a->bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    http_request_on_gone(call->request, on_gone, a->bell);
}

void server_run_logs(struct server_call *call)
{
    const struct server_pods *pods = call->server->config.pods;
    struct log_answer answer;
    struct log_read_options options;
    struct log_reader reader = {.write = write_log, .running = is_running, .context = &answer};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    const char *path;
    bool running;
    prepare(&answer, call);
    reader.wake_fd = answer.bell->fd;
    int rc = read_options(call, &options, &err);
    if (rc == 0)
        rc = pods->container(pods->context, call->parts[1], call->parts[2], NULL, call->parts[3],
                             server_query_is_true(call, "previous"), &call->arena, &answer.id, &path,
                             &running, &err);
    options.follow = rc == 0 && options.follow && running;
    if (rc == 0 && options.follow)
        begin(&answer); /* the client sees its answer at once */
    if (rc == 0)
        rc = log_read(path, &options, &reader, &err);
    finish(&answer, rc, &err);
}

/* --- the node's logs --- */

/* Nothing outside of the folder can be reached, by whatever links there are. */
static int open_node_log(const struct server_call *call, struct error *err)
{
    struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    _cleanup_(buffer_done) struct buffer path = BUFFER_INIT;
    _cleanup_close_ int top = open(NODE_LOGS, O_PATH | O_DIRECTORY | O_CLOEXEC);
    buffer_append_str(&path, ".");
    for (size_t i = 1; i < call->parts_count; i++)
        buffer_printf(&path, "/%s", call->parts[i]);
    int fd = top < 0 ? -1 : (int)syscall(SYS_openat2, top, path.data, &how, sizeof(how));
    return fd >= 0 ? fd : error_set(err, ERR_NOT_FOUND, "404 page not found");
}

static void append_html(struct buffer *out, const char *text)
{
    for (const char *c = text; *c; c++)
        if (strchr("<>&\"'", *c))
            buffer_printf(out, "&#%d;", *c);
        else
            buffer_append_char(out, *c);
}

static void respond_folder(struct server_call *call, int fd)
{
    struct buffer out = BUFFER_INIT;
    struct dirent **names = NULL;
    _cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);
    int count = scandir(path, &names, NULL, alphasort);
    buffer_append_str(&out, "<pre>\n");
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name, *slash = names[i]->d_type == DT_DIR ? "/" : "";
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && i < (int)NAMES_MAX) {
            buffer_append_str(&out, "<a href=\"");
            percent_encode(&out, slice_of(name));
            buffer_printf(&out, "%s\">", slash);
            append_html(&out, name);
            buffer_printf(&out, "%s</a>\n", slash);
        }
        free(names[i]);
    }
    free(names);
    buffer_append_str(&out, "</pre>\n");
    server_respond_buffer(call->request, "text/html; charset=utf-8", &out);
}

static int copy_file(struct log_answer *a, int fd, struct error *err)
{
    char block[32 << 10];
    for (;;) {
        ssize_t n = read(fd, block, sizeof(block));
        if (n < 0)
            return error_set_errno(err, errno, "reading a log");
        if (n == 0 || write_log(a, (struct slice){block, (size_t)n}) < 0)
            return 0;
    }
}

void server_run_node_logs(struct server_call *call)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_close_ int fd = open_node_log(call, &err);
    struct log_answer answer;
    struct stat st = {0};
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        respond_folder(call, fd);
        return;
    }
    prepare(&answer, call);
    int rc = fd < 0 ? -1 : 0;
    if (rc == 0 && !S_ISREG(st.st_mode))
        rc = error_set(&err, ERR_FORBIDDEN, "not a file");
    if (rc == 0)
        rc = copy_file(&answer, fd, &err);
    finish(&answer, rc, &err);
}
