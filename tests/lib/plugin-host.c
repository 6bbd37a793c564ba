/* SPDX-License-Identifier: Apache-2.0 */
/* See plugin-host.h. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/lib/plugin-host.h"
#include "tests/lib/plugin-load.h"

static _Thread_local char last_error[1024];
static atomic_uint logs[4];

int64_t test_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct keelson_call test_call(int64_t timeout_ms)
{
    return (struct keelson_call){
        .size = sizeof(struct keelson_call),
        .deadline_ns = timeout_ms < 0 ? INT64_MAX : test_now_ns() + timeout_ms * 1000000,
        .cancel_fd = -1,
        .trace_id = "00000000000000000000000000000000",
    };
}

static void host_log(const struct keelson_call *call, enum keelson_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static enum keelson_status host_fail(const struct keelson_call *call, enum keelson_status status,
                                     const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void host_log(const struct keelson_call *call, enum keelson_level level, const char *fmt, ...)
{
    va_list args;
    atomic_fetch_add(&logs[level & 3], 1);
    va_start(args, fmt);
    fputs("# ", stderr);
    vfprintf(stderr, fmt, args);
    fputs("\n", stderr);
    va_end(args);
}

static enum keelson_status host_fail(const struct keelson_call *call, enum keelson_status status,
                                     const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(last_error, sizeof(last_error), fmt, args);
    va_end(args);
    return status;
}

static void host_retry_after(const struct keelson_call *call, uint32_t milliseconds)
{
}

static int host_cancelled(const struct keelson_call *call)
{
    return call->deadline_ns != INT64_MAX && test_now_ns() > call->deadline_ns;
}

static const char *find(const struct keelson_config *group, const char *path)
{
    for (const struct test_setting *setting = (const void *)group; setting && setting->name; setting++)
        if (strcmp(setting->name, path) == 0)
            return setting->value;
    return NULL;
}

static enum keelson_status host_string(const struct keelson_call *call, const struct keelson_config *group,
                                       const char *path, const char **ret)
{
    const char *value = find(group, path);
    if (value)
        *ret = value;
    return value ? KEELSON_OK : KEELSON_NOT_FOUND;
}

static enum keelson_status host_integer(const struct keelson_call *call, const struct keelson_config *group,
                                        const char *path, int64_t *ret)
{
    const char *value = find(group, path);
    char *end;
    if (!value)
        return KEELSON_NOT_FOUND;
    long long number = strtoll(value, &end, 10);
    if (*end || end == value)
        return host_fail(call, KEELSON_INVALID, "%s: expected an integer", path);
    *ret = number;
    return KEELSON_OK;
}

static enum keelson_status host_float(const struct keelson_call *call, const struct keelson_config *group,
                                      const char *path, double *ret)
{
    const char *value = find(group, path);
    char *end;
    if (!value)
        return KEELSON_NOT_FOUND;
    double number = strtod(value, &end);
    if (*end || end == value)
        return host_fail(call, KEELSON_INVALID, "%s: expected a number", path);
    *ret = number;
    return KEELSON_OK;
}

static enum keelson_status host_boolean(const struct keelson_call *call, const struct keelson_config *group,
                                        const char *path, int *ret)
{
    const char *value = find(group, path);
    if (!value)
        return KEELSON_NOT_FOUND;
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return host_fail(call, KEELSON_INVALID, "%s: expected true or false", path);
    *ret = strcmp(value, "true") == 0;
    return KEELSON_OK;
}

static enum keelson_status host_member(const struct keelson_call *call, const struct keelson_config *group,
                                       const char *path, uint32_t index, const char **ret_name)
{
    const struct test_setting *settings = (const void *)group;
    uint32_t count = 0;
    while (settings && settings[count].name)
        count++;
    if ((path && *path) || index >= count)
        return KEELSON_NOT_FOUND;
    *ret_name = settings[index].name;
    return KEELSON_OK;
}

/* "endpoints.ec2" is a member of the group "endpoints". */
static int is_of_group(const char *name, const char *const *known)
{
    size_t size = strcspn(name, ".");
    while (*known && (strlen(*known) != size || strncmp(*known, name, size) != 0))
        known++;
    return name[size] && *known;
}

static enum keelson_status host_refuse_unknown(const struct keelson_call *call,
                                               const struct keelson_config *group, const char *const *known)
{
    for (const struct test_setting *setting = (const void *)group; setting && setting->name; setting++) {
        const char *const *k = known;
        while (*k && strcmp(*k, setting->name) != 0)
            k++;
        if (!*k && !is_of_group(setting->name, known))
            return host_fail(call, KEELSON_INVALID, "test.conf:1: unknown setting \"%s\"", setting->name);
    }
    return KEELSON_OK;
}

static const char *host_where(const struct keelson_config *group, const char *path)
{
    return "test.conf:1";
}

static void host_metric(struct keelson_token *token, const char *name, const char *label, double value)
{
}

static void host_changed(struct keelson_token *token, const char *what)
{
}

static const struct keelson_host host = {
    .size = sizeof(host),
    .abi_major = KEELSON_ABI_MAJOR,
    .abi_minor = KEELSON_ABI_MINOR,
    .daemon = "test",
    .version = "test",
    .log = host_log,
    .fail = host_fail,
    .retry_after = host_retry_after,
    .cancelled = host_cancelled,
    .config_string = host_string,
    .config_integer = host_integer,
    .config_float = host_float,
    .config_boolean = host_boolean,
    .config_where = host_where,
    .metric_add = host_metric,
    .metric_set = host_metric,
    .changed = host_changed,
    .config_member = host_member,
    .config_refuse_unknown = host_refuse_unknown,
};

const struct keelson_host *test_host(void)
{
    return &host;
}

const struct keelson_config *test_config(const struct test_setting *settings)
{
    return (const struct keelson_config *)settings;
}

const char *test_host_error(void)
{
    return last_error;
}

unsigned test_host_logs(enum keelson_level level)
{
    return atomic_load(&logs[level & 3]);
}

const struct keelson_plugin *test_plugin_load(const char *path)
{
    const struct keelson_plugin *plugin = plugin_load(path, &host);
    if (!plugin)
        exit(1);
    return plugin;
}
