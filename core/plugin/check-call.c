/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a plugin under test. They are made as daemons make them, on the instance's pool, so that one which
 * does not come back is seen; what was given to it is never released, since the process ends soon. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/api/json.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/plugin/check-rules.h"

#define CALL_TIMEOUT_MS 10000
#define CALLERS         8
#define PENDING_TRIES   60
#define PENDING_US      2000000

static void keep_arguments(void *arguments)
{
}

/* "It is not there", and that a call was ended by us, need no reason. */
static bool owes_reason(enum error_code code)
{
    return code != ERR_NONE && code != ERR_NOT_FOUND && code != ERR_CANCELLED && code != ERR_TIMEOUT &&
           code != ERR_METHOD_NOT_ALLOWED;
}

static bool make(struct check *c, plugin_function *function, void *arguments, int64_t timeout_ms,
                 int cancel_fd, enum error_code *ret)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_call_options options = {
        .operation = "check", .timeout_ms = timeout_ms, .cancel_fd = cancel_fd};
    if (plugin_call(c->first, &options, function, arguments, keep_arguments, &err) < 0)
        snprintf(c->detail, sizeof(c->detail), "%.250s", err.message);
    if (owes_reason(err.code) && strstr(err.message, "gave no reason"))
        snprintf(c->mute, sizeof(c->mute), "%.250s", err.message);
    *ret = err.code;
    return err.code != ERR_TIMEOUT || !strstr(err.message, "did not come back");
}

bool check_call(struct check *c, plugin_function *function, void *arguments, enum error_code *ret)
{
    return make(c, function, arguments, CALL_TIMEOUT_MS, -1, ret);
}

bool check_through(struct check *c, plugin_function *function, void *arguments, enum error_code *ret)
{
    for (int n = 0; n < PENDING_TRIES; n++) {
        c->detail[0] = '\0';
        if (!check_call(c, function, arguments, ret))
            return false;
        if (*ret != ERR_SERVER_TIMEOUT)
            return true;
        usleep(PENDING_US);
    }
    return true;
}

struct cancelled {
    plugin_function *function;
    void *arguments;
    int fd; /* of the caller's */
};

/* The host begins nothing that is cancelled already, so that it is when the plugin comes to it. */
static enum keelson_status cancel_and_call(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct cancelled *c = arguments;
    struct pollfd heard = {.fd = call->cancel_fd, .events = POLLIN};
    eventfd_write(c->fd, 1);
    poll(&heard, 1, CALL_TIMEOUT_MS);
    return c->function(handle, call, c->arguments);
}

static bool make_cancelled(struct check *c, plugin_function *function, void *arguments, int64_t timeout_ms)
{
    enum error_code code;
    struct cancelled *cancelled = new0(struct cancelled);
    *cancelled = (struct cancelled){function, arguments, eventfd(0, EFD_CLOEXEC)};
    int fd = cancelled->fd;
    bool kept = make(c, cancel_and_call, cancelled, timeout_ms, fd, &code);
    close(fd);
    if (kept) /* it came back */
        free(cancelled);
    return kept;
}

bool check_cancelled(struct check *c, plugin_function *function, void *arguments)
{
    return make_cancelled(c, function, arguments, CALL_TIMEOUT_MS);
}

bool check_long_cancelled(struct check *c, plugin_function *function, void *arguments)
{
    return make_cancelled(c, function, arguments, -1);
}

bool check_deadline(struct check *c, plugin_function *function, void *arguments)
{
    enum error_code code;
    return make(c, function, arguments, 1, -1, &code);
}

struct member {
    struct check check; /* a copy: details are each caller's own */
    plugin_function *function;
    void *arguments;
    bool kept;
};

static void *ask_in_crowd(void *argument)
{
    struct member *m = argument;
    enum error_code code;
    m->kept = check_call(&m->check, m->function, m->arguments, &code);
    return NULL;
}

bool check_crowd(struct check *c, plugin_function *function, void *arguments)
{
    struct member crowd[CALLERS];
    unsigned long threads[CALLERS];
    bool kept = true;
    for (size_t i = 0; i < CALLERS; i++) {
        crowd[i] = (struct member){.check = *c, .function = function, .arguments = arguments};
        require(thread_start("check", 0, ask_in_crowd, &crowd[i], &threads[i]) == 0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        kept = kept && crowd[i].kept;
    }
    return kept;
}

bool check_is_away(enum error_code code)
{
    return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT || code == ERR_TOO_MANY_REQUESTS ||
           code == ERR_FORBIDDEN || code == ERR_INTERNAL || code == ERR_METHOD_NOT_ALLOWED;
}

const void *check_table_of(const struct check *c, const char *interface)
{
    return plugin_instance_interface(c->first, interface);
}

struct keelson_object *check_object(const char *json)
{
    struct arena *arena = new0(struct arena);
    struct json *document = NULL;
    require(json_parse(arena, slice_of(json), &document, NULL) == 0);
    return plugin_object_new(document);
}
