/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests on libcurl. A lane is an easy handle in a multi handle of its own, with the connections that it
 * keeps; a request takes the lane that was used last, so that few of them stay warm. The multi handle is
 * there for curl_multi_poll(), which wakes for the cancel fd too.
 *
 * A name is looked up in a thread of libcurl's. A request that ends before its answer leaves that thread
 * behind (CURLOPT_QUICK_EXIT) instead of waiting for a dead name server, and libcurl is never unloaded, so
 * that such a thread has code to end in.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/cloud-http/cloud-http.h"
#include "lib/cloud-http/pace.h"

#define IDLE_LANES_MAX  16
#define HEADERS_MAX     64
#define HEADER_SIZE_MAX 16384
#define POLL_MS_MAX     1000
#define FDS_MAX         1024

struct lane {
    CURLM *multi;
    CURL *easy;
};

struct cloud_http {
    char *user_agent, *ca_file, *proxy;
    uint32_t connect_timeout_ms, stall_timeout_ms;
    size_t body_bytes_max;
    bool allow_plain;
    pthread_mutex_t lock; /* protects the next two */
    struct lane idle[IDLE_LANES_MAX];
    unsigned idle_count;
};

/* One request that is going on. */
struct exchange {
    const struct cloud_http *h;
    const struct cloud_http_request *request;
    struct cloud_http_answer *answer;
    struct curl_slist *headers;
    size_t capacity;
    bool too_large;
    char error[CURL_ERROR_SIZE];
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static bool global_ready;

static void global_init(void)
{
    Dl_info info;
    CURLcode (*any)(long) = curl_global_init;
    void *address;
    memcpy(&address, &any, sizeof(address));
    if (dladdr(address, &info) &&
        info.dli_fname) /* a program that is linked statically has nothing to unload */
        (void)dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    global_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static int copy_text(char **to, const char *from)
{
    *to = from ? strdup(from) : NULL;
    return from && !*to ? -1 : 0;
}

struct cloud_http *cloud_http_new(const struct cloud_http_config *config)
{
    pthread_once(&global_once, global_init);
    struct cloud_http *h = global_ready ? calloc(1, sizeof(*h)) : NULL;
    if (!h)
        return NULL;
    pthread_mutex_init(&h->lock, NULL);
    h->connect_timeout_ms = config->connect_timeout_ms ? config->connect_timeout_ms : 5000;
    h->stall_timeout_ms = config->stall_timeout_ms ? config->stall_timeout_ms : 15000;
    h->body_bytes_max = config->body_bytes_max ? config->body_bytes_max : 16u << 20;
    h->allow_plain = config->allow_plain;
    if (copy_text(&h->user_agent, config->user_agent) != 0 || copy_text(&h->ca_file, config->ca_file) != 0 ||
        copy_text(&h->proxy, config->proxy) != 0) {
        cloud_http_free(h);
        return NULL;
    }
    return h;
}

static void lane_done(struct lane *lane)
{
    if (lane->easy)
        curl_easy_cleanup(lane->easy);
    if (lane->multi)
        curl_multi_cleanup(lane->multi);
}

void cloud_http_free(struct cloud_http *h)
{
    if (!h)
        return;
    for (unsigned i = 0; i < h->idle_count; i++)
        lane_done(&h->idle[i]);
    pthread_mutex_destroy(&h->lock);
    free(h->user_agent);
    free(h->ca_file);
    free(h->proxy);
    free(h);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool is_inherited_unix_socket(int fd)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof(name);
    int flags = fcntl(fd, F_GETFD);
    return flags >= 0 && !(flags & FD_CLOEXEC) && getsockname(fd, (struct sockaddr *)&name, &size) == 0 &&
           name.ss_family == AF_UNIX;
}

/* A multi handle opens a pair of sockets to be woken by, which programs that are started later would inherit;
 * libcurl does not tell which. They are those that were not there before (or another thread's, at this very
 * moment: what is to be inherited is handed over by dup2(), which makes it so). */
static CURLM *multi_new(void)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    bool before[FDS_MAX];
    pthread_mutex_lock(&one_at_a_time);
    for (int fd = 3; fd < FDS_MAX; fd++)
        before[fd] = is_inherited_unix_socket(fd);
    CURLM *multi = curl_multi_init();
    for (int fd = 3; fd < FDS_MAX; fd++)
        if (!before[fd] && is_inherited_unix_socket(fd))
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    pthread_mutex_unlock(&one_at_a_time);
    return multi;
}

static bool lane_take(struct cloud_http *h, struct lane *lane)
{
    bool found = false;
    pthread_mutex_lock(&h->lock);
    if (h->idle_count) {
        *lane = h->idle[--h->idle_count];
        found = true;
    }
    pthread_mutex_unlock(&h->lock);
    if (found)
        return true;
    *lane = (struct lane){multi_new(), curl_easy_init()};
    if (lane->multi && lane->easy)
        return true;
    lane_done(lane);
    return false;
}

static void lane_give_back(struct cloud_http *h, struct lane *lane)
{
    bool kept = false;
    curl_easy_reset(lane->easy); /* its connections stay */
    pthread_mutex_lock(&h->lock);
    if (h->idle_count < IDLE_LANES_MAX) {
        h->idle[h->idle_count++] = *lane;
        kept = true;
    }
    pthread_mutex_unlock(&h->lock);
    if (!kept)
        lane_done(lane);
}

/* --- the answer, as it comes in --- */

static size_t on_body(char *data, size_t unit, size_t count, void *context)
{
    struct exchange *x = context;
    struct cloud_http_answer *a = x->answer;
    size_t more = unit * count;
    if (more > x->h->body_bytes_max - a->size) {
        x->too_large = true;
        return 0;
    }
    if (a->size + more + 1 > x->capacity) {
        size_t capacity = x->capacity ? x->capacity : 4096;
        while (capacity < a->size + more + 1)
            capacity *= 2;
        char *body = realloc(a->body, capacity);
        if (!body)
            return 0;
        a->body = body;
        x->capacity = capacity;
    }
    memcpy(a->body + a->size, data, more);
    a->size += more;
    a->body[a->size] = 0;
    return more;
}

/* The value of "Name: value\r\n" if that is its name: in value, cut to its size. */
static bool header_is(const char *line, size_t size, const char *name, char *value, size_t value_size)
{
    size_t length = strlen(name);
    if (size <= length || line[length] != ':' || strncasecmp(line, name, length) != 0)
        return false;
    const char *from = line + length + 1, *end = line + size;
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (end > from && (unsigned char)end[-1] <= ' ')
        end--;
    snprintf(value, value_size, "%.*s", (int)(end - from), from);
    return true;
}

static int64_t seconds_ms(const char *text)
{
    int64_t seconds = 0;
    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        if (seconds < 1000000)
            seconds = seconds * 10 + (*text - '0');
    }
    return seconds * 1000;
}

static size_t on_header(char *line, size_t unit, size_t count, void *context)
{
    static const char *const id_names[] = {"x-amzn-requestid", "x-amz-request-id", "x-goog-request-id",
                                           "x-request-id"};
    struct exchange *x = context;
    struct cloud_http_answer *a = x->answer;
    size_t size = unit * count;
    char value[256];
    if (header_is(line, size, "retry-after", value, sizeof(value)))
        a->retry_after_ms = seconds_ms(value);
    else if (header_is(line, size, "date", value, sizeof(value)))
        a->date_s = curl_getdate(value, NULL);
    for (size_t i = 0; i < sizeof(id_names) / sizeof(id_names[0]); i++)
        if (!a->request_id && header_is(line, size, id_names[i], value, sizeof(value)))
            a->request_id = strdup(value);
    return size;
}

/* --- the request --- */

static void refuse(struct cloud_http_answer *answer, enum cloud_http_cause cause, const char *problem)
{
    answer->cause = cause;
    snprintf(answer->problem, sizeof(answer->problem), "%s", problem);
}

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

static bool url_is_fit(const struct cloud_http *h, const char *url)
{
    for (const char *at = url; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 127)
            return false;
    if (strncasecmp(url, "https://", 8) == 0)
        return url[8] != 0;
    return h->allow_plain && strncasecmp(url, "http://", 7) == 0 && url[7] != 0;
}

static int add_header(struct exchange *x, const char *name, const char *value)
{
    char line[HEADER_SIZE_MAX];
    /* libcurl takes a name with a colon and nothing behind it for the wish not to send that header. */
    int size = snprintf(line, sizeof(line), *value ? "%s: %s" : "%s;%s", name, value);
    struct curl_slist *longer = NULL;
    if (size > 0 && (size_t)size < sizeof(line) && *name && is_one_line(line) && !strpbrk(name, ":; "))
        longer = curl_slist_append(x->headers, line);
    if (!longer)
        return -1;
    x->headers = longer;
    return 0;
}

static int suppress_header(struct exchange *x, const char *line)
{
    struct curl_slist *longer = curl_slist_append(x->headers, line);
    if (longer)
        x->headers = longer;
    return longer ? 0 : -1;
}

static int add_headers(struct exchange *x)
{
    const struct cloud_http_request *r = x->request;
    bool typed = false;
    if (r->headers_count > HEADERS_MAX)
        return -1;
    for (size_t i = 0; i < r->headers_count; i++) {
        typed = typed || strcasecmp(r->headers[i].name, "content-type") == 0;
        if (add_header(x, r->headers[i].name, r->headers[i].value) != 0)
            return -1;
    }
    /* What libcurl would add by itself: a type of content that nobody said, and a round trip before each
     * larger body. */
    if (!typed && suppress_header(x, "Content-Type:") != 0)
        return -1;
    return suppress_header(x, "Expect:");
}

static void set_method(CURL *easy, const struct cloud_http_request *r)
{
    const char *m = r->method;
    if (strcmp(m, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    /* Those that have a body say so even if it is empty. */
    if (r->body || strcmp(m, "POST") == 0 || strcmp(m, "PUT") == 0 || strcmp(m, "PATCH") == 0) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(r->body ? r->body_size : 0));
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, m);
}

static void set_options(CURL *easy, struct exchange *x)
{
    const struct cloud_http *h = x->h;
    curl_easy_setopt(easy, CURLOPT_URL, x->request->url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)h->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)((h->stall_timeout_ms + 999) / 1000));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
    if (h->user_agent)
        curl_easy_setopt(easy, CURLOPT_USERAGENT, h->user_agent);
    if (h->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, h->ca_file);
    if (h->proxy)
        curl_easy_setopt(easy, CURLOPT_PROXY, h->proxy);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    set_method(easy, x->request);
}

/* --- its course --- */

static void peer_of(const char *url, char *ret, size_t size)
{
    const char *from = strstr(url, "://");
    from = from ? from + 3 : url;
    size_t length = strcspn(from, "/?#");
    const char *at = memrchr(from, '@', length);
    if (at) {
        length -= (size_t)(at + 1 - from);
        from = at + 1;
    }
    snprintf(ret, size, "%.*s", (int)(length < 128 ? length : 128), from);
}

static void fail(struct exchange *x, enum cloud_http_cause cause, const char *what)
{
    char peer[160];
    peer_of(x->request->url, peer, sizeof(peer));
    x->answer->cause = cause;
    snprintf(x->answer->problem, sizeof(x->answer->problem), "%s: %.90s", peer, what);
}

static bool nothing_was_sent(CURL *easy)
{
    curl_off_t ready_us = 0;
    return curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us) == CURLE_OK && ready_us == 0;
}

static void classify(struct exchange *x, CURL *easy, CURLcode code)
{
    const char *what = x->error[0] ? x->error : curl_easy_strerror(code);
    if (x->too_large)
        fail(x, CLOUD_HTTP_TOO_LARGE, "the answer is larger than the limit");
    else if (nothing_was_sent(easy))
        fail(x, code == CURLE_URL_MALFORMAT ? CLOUD_HTTP_REFUSED : CLOUD_HTTP_UNREACHABLE, what);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        fail(x, CLOUD_HTTP_TIMEOUT, what);
    else
        fail(x, CLOUD_HTTP_BROKEN, what);
}

static int or_empty(char **text)
{
    if (!*text)
        *text = calloc(1, 1);
    return *text ? 0 : -1;
}

static void complete(struct exchange *x, CURL *easy)
{
    struct cloud_http_answer *a = x->answer;
    char *type = NULL;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    a->status = (int)status;
    a->content_type = type ? strdup(type) : NULL;
    a->cause = CLOUD_HTTP_OK;
    if (or_empty(&a->body) != 0 || or_empty(&a->content_type) != 0 || or_empty(&a->request_id) != 0)
        fail(x, CLOUD_HTTP_BROKEN, "no memory for the answer");
}

static int poll_ms(int64_t deadline_ns)
{
    int64_t left_ms =
        deadline_ns == INT64_MAX ? POLL_MS_MAX : (deadline_ns - pace_clock_ns() + 999999) / 1000000;
    return left_ms < 0 ? 0 : left_ms > POLL_MS_MAX ? POLL_MS_MAX : (int)left_ms;
}

/* Until the transfer is over, or has to be. */
static void run(struct exchange *x, struct lane *lane)
{
    const struct cloud_http_request *r = x->request;
    struct curl_waitfd cancel = {.fd = r->cancel_fd, .events = CURL_WAIT_POLLIN};
    unsigned cancels = r->cancel_fd >= 0 ? 1 : 0;
    for (;;) {
        int running = 0, left = 0;
        CURLMcode code = curl_multi_perform(lane->multi, &running);
        CURLMsg *message = code == CURLM_OK && !running ? curl_multi_info_read(lane->multi, &left) : NULL;
        if (message && message->data.result == CURLE_OK)
            return complete(x, lane->easy);
        if (message)
            return classify(x, lane->easy, message->data.result);
        if (code != CURLM_OK)
            return fail(x, CLOUD_HTTP_BROKEN, curl_multi_strerror(code));
        if (pace_clock_ns() >= r->deadline_ns)
            return fail(x, CLOUD_HTTP_TIMEOUT, "no answer before the deadline");
        cancel.revents = 0;
        code = curl_multi_poll(lane->multi, &cancel, cancels, poll_ms(r->deadline_ns), NULL);
        if (code != CURLM_OK)
            return fail(x, CLOUD_HTTP_BROKEN, curl_multi_strerror(code));
        if (cancel.revents &&
            pace_clock_ns() < r->deadline_ns) /* who waits may cancel at the deadline, too */
            return fail(x, CLOUD_HTTP_CANCELLED, "the request was cancelled");
        if (cancel.revents)
            return fail(x, CLOUD_HTTP_TIMEOUT, "no answer before the deadline");
    }
}

static void exchange(struct exchange *x, struct lane *lane)
{
    set_options(lane->easy, x);
    CURLMcode code = curl_multi_add_handle(lane->multi, lane->easy);
    if (code != CURLM_OK)
        return fail(x, CLOUD_HTTP_REFUSED, curl_multi_strerror(code));
    run(x, lane);
    curl_multi_remove_handle(lane->multi, lane->easy);
}

void cloud_http_do(struct cloud_http *h, const struct cloud_http_request *request,
                   struct cloud_http_answer *answer)
{
    struct exchange x = {.h = h, .request = request, .answer = answer};
    struct lane lane;
    *answer = (struct cloud_http_answer){.retry_after_ms = -1, .date_s = -1};
    if (!url_is_fit(h, request->url))
        return refuse(answer, CLOUD_HTTP_REFUSED, "this URL is not one that may be asked");
    if (add_headers(&x) != 0)
        refuse(answer, CLOUD_HTTP_REFUSED, "a header that cannot be sent");
    else if (!lane_take(h, &lane))
        refuse(answer, CLOUD_HTTP_REFUSED, "no memory for a connection");
    else {
        exchange(&x, &lane);
        lane_give_back(h, &lane);
    }
    curl_slist_free_all(x.headers);
}

void cloud_http_answer_done(struct cloud_http_answer *answer)
{
    free(answer->body);
    free(answer->content_type);
    free(answer->request_id);
    *answer = (struct cloud_http_answer){.retry_after_ms = -1, .date_s = -1};
}
