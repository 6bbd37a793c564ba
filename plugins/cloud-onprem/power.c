/* SPDX-License-Identifier: Apache-2.0 */
/* See power.h. Management controllers are slow, so a few threads share the questions; each is answered by
 * itself. */
#include "plugins/cloud-onprem/power.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/cloud-http/cloud-http.h"

#define ASKERS_MAX      8
#define TIMEOUT_NS      (INT64_C(8) * 1000000000) /* for one controller: some take seconds */
#define CREDENTIALS_MAX 512

struct asking {
    struct cloud_http *http;
    const struct keelson_call *call;
    struct power_question *questions;
    uint32_t count, first;
    atomic_uint next; /* counted from the first */
};

__attribute__((format(printf, 2, 3))) static void unknown(struct power_question *q, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(q->evidence, sizeof(q->evidence), fmt, args);
    va_end(args);
    q->state = KEELSON_INSTANCE_UNKNOWN;
}

static void base64(const unsigned char *in, size_t size, char *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned three = (unsigned)in[i] << 16 | (i + 1 < size ? (unsigned)in[i + 1] << 8 : 0) |
                         (i + 2 < size ? in[i + 2] : 0);
        *out++ = letters[three >> 18 & 63];
        *out++ = letters[three >> 12 & 63];
        *out++ = i + 1 < size ? letters[three >> 6 & 63] : '=';
        *out++ = i + 2 < size ? letters[three & 63] : '=';
    }
    *out = '\0';
}

/* The header's value; false, and said: the file is not as it should be. */
static bool read_credentials(struct power_question *q, char out[CREDENTIALS_MAX * 2])
{
    char text[CREDENTIALS_MAX];
    struct stat st;
    int fd = open(q->credentials, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t size = fd >= 0 && fstat(fd, &st) == 0 ? read(fd, text, sizeof(text)) : -1;
    if (fd >= 0)
        close(fd);
    if (size < 0) {
        unknown(q, "%s cannot be read", q->credentials);
        return false;
    }
    if ((st.st_mode & 077) != 0 || (st.st_uid != 0 && st.st_uid != geteuid())) {
        unknown(q, "%s may be read by others (mode %04o): it must be 0600 and ours", q->credentials,
                (unsigned)st.st_mode & 07777);
        return false;
    }
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    if (size == (ssize_t)sizeof(text) || !memchr(text, ':', (size_t)size)) {
        unknown(q, "%s holds no \"user:password\"", q->credentials);
        return false;
    }
    memcpy(out, "Basic ", 6);
    base64((const unsigned char *)text, (size_t)size, out + 6);
    explicit_bzero(text, sizeof(text));
    return true;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The answer's object; NULL, and said: there is none. */
static struct json_object *get(const struct asking *a, struct power_question *q, const char *url,
                               const char *authorization)
{
    const struct cloud_http_header headers[] = {
        {"Accept", "application/json"}, {"OData-Version", "4.0"}, {"Authorization", authorization}};
    int64_t deadline = now_ns() + TIMEOUT_NS;
    const struct cloud_http_request request = {
        .method = "GET",
        .url = url,
        .headers = headers,
        .headers_count = authorization ? 3 : 2,
        .deadline_ns = deadline < a->call->deadline_ns ? deadline : a->call->deadline_ns,
        .cancel_fd = a->call->cancel_fd};
    struct cloud_http_answer answer = {0};
    struct json_object *object = NULL;
    cloud_http_do(a->http, &request, &answer);
    if (answer.cause != CLOUD_HTTP_OK)
        unknown(q, "%s", answer.problem);
    else if (answer.status != 200)
        unknown(q, "%s answered %d", url, answer.status);
    else if (!(object = json_tokener_parse(answer.body)) || !json_object_is_type(object, json_type_object))
        unknown(q, "%s answered what is no JSON object", url);
    cloud_http_answer_done(&answer);
    if (object && !json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        return NULL;
    }
    return object;
}

static const char *text_of(struct json_object *object, const char *key)
{
    struct json_object *value;
    if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

/* The one member's URL, on the same host; NULL: there is not exactly one. */
static char *member_url(const char *url, struct json_object *collection)
{
    struct json_object *members, *first;
    const char *path = NULL, *host = strstr(url, "://");
    char *full = NULL;
    if (!json_object_object_get_ex(collection, "Members", &members) ||
        !json_object_is_type(members, json_type_array) || json_object_array_length(members) != 1)
        return NULL;
    first = json_object_array_get_idx(members, 0);
    if (json_object_is_type(first, json_type_object))
        path = text_of(first, "@odata.id");
    if (!path || *path != '/' || path[1] == '/' || !host)
        return NULL;
    size_t origin = (size_t)(host + 3 - url) + strcspn(host + 3, "/");
    return asprintf(&full, "%.*s%s", (int)origin, url, path) < 0 ? NULL : full;
}

static void judge(struct power_question *q, struct json_object *system)
{
    const char *state = text_of(system, "PowerState");
    if (!state)
        unknown(q, "%s says no PowerState", q->url);
    else
        unknown(q, "Redfish PowerState: %s", state);
    if (state && strcmp(state, "On") == 0)
        q->state = KEELSON_INSTANCE_RUNNING;
    else if (state && strcmp(state, "Off") == 0)
        q->state = KEELSON_INSTANCE_SHUT_DOWN;
}

static void ask_one(const struct asking *a, struct power_question *q)
{
    char authorization[CREDENTIALS_MAX * 2] = "", *member = NULL;
    if (q->credentials && !read_credentials(q, authorization))
        return;
    const char *header = q->credentials ? authorization : NULL;
    struct json_object *object = get(a, q, q->url, header), *system = object;
    if (object && json_object_object_get_ex(object, "Members", NULL)) {
        member = member_url(q->url, object);
        if (!member)
            unknown(q, "%s is a collection that has not exactly one member: name the system", q->url);
        system = member ? get(a, q, member, header) : NULL;
    }
    if (system)
        judge(q, system);
    if (system != object && system)
        json_object_put(system);
    if (object)
        json_object_put(object);
    explicit_bzero(authorization, sizeof(authorization));
    free(member);
}

/* True: and it is the caller's to ask. */
static bool take_next(struct asking *a, uint32_t *ret)
{
    unsigned next = atomic_load(&a->next);
    while (next < a->count && now_ns() < a->call->deadline_ns)
        if (atomic_compare_exchange_weak(&a->next, &next, next + 1)) {
            *ret = (a->first + next) % a->count;
            return true;
        }
    return false;
}

static void *ask_some(void *context)
{
    struct asking *a = context;
    for (uint32_t index; take_next(a, &index);)
        if (a->questions[index].url)
            ask_one(a, &a->questions[index]);
    return NULL;
}

/* How many there are to ask; of those nothing is known yet. */
static uint32_t prepare(struct power_question *questions, uint32_t count)
{
    uint32_t controllers = 0;
    for (uint32_t i = 0; i < count; i++) {
        questions[i].state = KEELSON_INSTANCE_RUNNING;
        if (!questions[i].url)
            continue;
        unknown(&questions[i], "there was no time to ask %s", questions[i].url);
        controllers++;
    }
    return controllers;
}

void power_ask(struct cloud_http *http, const struct keelson_call *call, struct power_question *questions,
               uint32_t count, atomic_uint *first)
{
    struct asking a = {.http = http,
                       .call = call,
                       .questions = questions,
                       .count = count,
                       .first = count ? atomic_load(first) % count : 0};
    pthread_t threads[ASKERS_MAX];
    sigset_t all, before;
    uint32_t controllers = prepare(questions, count), started = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started + 1 < controllers && started < ASKERS_MAX - 1 &&
           pthread_create(&threads[started], NULL, ask_some, &a) == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ask_some(&a);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (atomic_load(&a.next) < count)
        atomic_store(first, a.first + atomic_load(&a.next));
}
