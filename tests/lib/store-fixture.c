/* SPDX-License-Identifier: Apache-2.0 */
/* A minimal plugin host and short forms of the store's calls; store-fixture.h. */
#include "tests/lib/store-fixture.h"

#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/lib/plugin-load.h"

bool fixture_verbose;
static _Thread_local char last_error[1024];

struct keelson_config {
    const struct fixture_settings *settings;
    char scalar[256]; /* an element of a list */
};

int64_t fixture_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* splitmix64 */
uint64_t fixture_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int64_t fixture_value_number(const char *value, size_t size)
{
    char digits[32];
    if (size < 3 || value[0] != 'n' || value[1] != ':')
        return -1;
    snprintf(digits, sizeof(digits), "%.*s", (int)(size - 2 < 20 ? size - 2 : 20), value + 2);
    return strtoll(digits, NULL, 10);
}

void fixture_sleep_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

const char *fixture_error(void)
{
    return last_error;
}

static void host_log(const struct keelson_call *call, enum keelson_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void host_log(const struct keelson_call *call, enum keelson_level level, const char *fmt, ...)
{
    va_list args;
    if (!fixture_verbose)
        return;
    va_start(args, fmt);
    fprintf(stderr, "# log %d: ", (int)level);
    vfprintf(stderr, fmt, args);
    fprintf(stderr, "\n");
    va_end(args);
}

static enum keelson_status host_fail(const struct keelson_call *call, enum keelson_status status,
                                     const char *fmt, ...) __attribute__((format(printf, 3, 4)));
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
    struct pollfd fd = {.fd = call->cancel_fd, .events = POLLIN};
    return (call->deadline_ns != INT64_MAX && fixture_now_ns() > call->deadline_ns) ||
           (call->cancel_fd >= 0 && poll(&fd, 1, 0) == 1);
}

static const char *setting_find(const struct keelson_config *group, const char *path)
{
    size_t length = strlen(path);
    if (group->scalar[0] && !path[0])
        return group->scalar;
    for (unsigned i = 0; group->settings && i < group->settings->count; i++) {
        if (strncmp(group->settings->items[i], path, length) == 0 && group->settings->items[i][length] == '=')
            return group->settings->items[i] + length + 1;
    }
    return NULL;
}

static enum keelson_status host_config_string(const struct keelson_call *call,
                                              const struct keelson_config *group, const char *path,
                                              const char **ret)
{
    const char *value = setting_find(group, path);
    if (!value)
        return KEELSON_NOT_FOUND;
    *ret = value;
    return KEELSON_OK;
}

static enum keelson_status host_config_integer(const struct keelson_call *call,
                                               const struct keelson_config *group, const char *path,
                                               int64_t *ret)
{
    char *end;
    const char *value = setting_find(group, path);
    if (!value)
        return KEELSON_NOT_FOUND;
    long long number = strtoll(value, &end, 10);
    if (*end)
        return host_fail(call, KEELSON_INVALID, "%s: is not an integer", path);
    *ret = number;
    return KEELSON_OK;
}

static enum keelson_status host_config_boolean(const struct keelson_call *call,
                                               const struct keelson_config *group, const char *path, int *ret)
{
    const char *value = setting_find(group, path);
    if (!value)
        return KEELSON_NOT_FOUND;
    *ret = strcmp(value, "true") == 0;
    return KEELSON_OK;
}

static enum keelson_status host_config_length(const struct keelson_call *call,
                                              const struct keelson_config *group, const char *path,
                                              uint32_t *ret)
{
    const char *value = setting_find(group, path);
    if (!value)
        return KEELSON_NOT_FOUND;
    *ret = 1;
    for (; *value; value++)
        *ret += *value == ',';
    return KEELSON_OK;
}

/* Elements live in a ring of a few: enough for one reader that looks at them one after the other. */
static enum keelson_status host_config_element(const struct keelson_call *call,
                                               const struct keelson_config *group, const char *path,
                                               uint32_t index, const struct keelson_config **ret)
{
    static struct keelson_config elements[32];
    const char *value = setting_find(group, path);
    if (!value || index >= 32)
        return KEELSON_NOT_FOUND;
    for (uint32_t i = 0; i < index && value; i++)
        value = strchr(value, ',') ? strchr(value, ',') + 1 : NULL;
    if (!value)
        return KEELSON_NOT_FOUND;
    snprintf(elements[index].scalar, sizeof(elements[index].scalar), "%.*s", (int)strcspn(value, ","), value);
    *ret = &elements[index];
    return KEELSON_OK;
}

static enum keelson_status host_config_member(const struct keelson_call *call,
                                              const struct keelson_config *group, const char *path,
                                              uint32_t index, const char **ret_name)
{
    static _Thread_local char name[64];
    if ((path && *path) || !group->settings || index >= group->settings->count)
        return KEELSON_NOT_FOUND;
    const char *item = group->settings->items[index];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(item, "="), item);
    *ret_name = name;
    return KEELSON_OK;
}

static enum keelson_status host_config_refuse_unknown(const struct keelson_call *call,
                                                      const struct keelson_config *group,
                                                      const char *const *known)
{
    const char *name;
    for (uint32_t i = 0; host_config_member(call, group, "", i, &name) == KEELSON_OK; i++) {
        const char *const *k = known;
        while (*k && strcmp(*k, name) != 0)
            k++;
        if (!*k)
            return host_fail(call, KEELSON_INVALID, "unknown setting \"%s\"", name);
    }
    return KEELSON_OK;
}

static const char *host_config_where(const struct keelson_config *group, const char *path)
{
    return "command line";
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
    .daemon = "store-contract",
    .version = "test",
    .log = host_log,
    .fail = host_fail,
    .retry_after = host_retry_after,
    .cancelled = host_cancelled,
    .config_string = host_config_string,
    .config_integer = host_config_integer,
    .config_boolean = host_config_boolean,
    .config_length = host_config_length,
    .config_element = host_config_element,
    .config_where = host_config_where,
    .metric_add = host_metric,
    .metric_set = host_metric,
    .changed = host_changed,
    .config_member = host_config_member,
    .config_refuse_unknown = host_config_refuse_unknown,
};

struct keelson_call fixture_call(int64_t timeout_ms)
{
    return (struct keelson_call){.size = sizeof(struct keelson_call),
                                 .deadline_ns =
                                     timeout_ms ? fixture_now_ns() + timeout_ms * 1000000 : INT64_MAX,
                                 .cancel_fd = -1,
                                 .trace_id = "0123456789abcdef0123456789abcdef"};
}

static enum keelson_status load(struct fixture_store *store, const char *file)
{
    store->plugin = plugin_load(file, &host);
    return store->plugin ? KEELSON_OK : host_fail(NULL, KEELSON_UNSUPPORTED, "%s: is no plugin", file);
}

enum keelson_status fixture_open(struct fixture_store *store, const char *file, const char *state_dir,
                                 const struct fixture_settings *settings)
{
    struct keelson_call call = fixture_call(30000);
    memset(store, 0, sizeof(*store));
    snprintf(store->state_dir, sizeof(store->state_dir), "%s", state_dir);
    store->config = calloc(1, sizeof(*store->config));
    store->config->settings = settings;
    const struct keelson_instance instance = {
        .size = sizeof(instance), .name = "contract", .config = store->config, .state_dir = store->state_dir};
    last_error[0] = '\0';
    enum keelson_status status = load(store, file);
    if (status == KEELSON_OK)
        status = store->plugin->open(&call, &instance, &store->instance);
    if (status != KEELSON_OK) {
        fixture_close(store);
        return status;
    }
    store->store = store->plugin->interface(store->instance, KEELSON_STORE_1);
    return store->store ? KEELSON_OK
                        : host_fail(NULL, KEELSON_UNSUPPORTED, "%s: offers no %s", file, KEELSON_STORE_1);
}

void fixture_close(struct fixture_store *store)
{
    if (store->instance)
        store->plugin->close(store->instance);
    store->instance = NULL;
    free(store->config);
    store->config = NULL;
}

struct keelson_bytes text(const char *text)
{
    return (struct keelson_bytes){text, strlen(text)};
}

struct keelson_bytes prefix_end(struct keelson_bytes prefix)
{
    static _Thread_local char end[256];
    memcpy(end, prefix.data, prefix.size);
    end[prefix.size - 1]++;
    return (struct keelson_bytes){end, prefix.size};
}

static int64_t txn_run(struct fixture_store *store, const struct keelson_txn *txn)
{
    struct keelson_call call = fixture_call(30000);
    struct keelson_txn_result result = {.size = sizeof(result)};
    enum keelson_status status = store->store->txn(store->instance, &call, txn, &result);
    if (status != KEELSON_OK)
        return -(int64_t)status;
    return result.succeeded ? result.revision : 0;
}

int64_t fixture_put(struct fixture_store *store, const char *key, struct keelson_bytes value,
                    int64_t mod_revision)
{
    const struct keelson_compare compare = {.key = text(key), .mod_revision = mod_revision};
    const struct keelson_op op = {.type = KEELSON_OP_PUT, .key = text(key), .value = value};
    const struct keelson_txn txn = {.size = sizeof(txn),
                                    .compares = &compare,
                                    .compare_size = sizeof(compare),
                                    .compares_count = mod_revision >= 0,
                                    .ops = &op,
                                    .op_size = sizeof(op),
                                    .ops_count = 1};
    return txn_run(store, &txn);
}

int64_t fixture_put_text(struct fixture_store *store, const char *key, const char *value)
{
    return fixture_put(store, key, text(value), -1);
}

int64_t fixture_delete(struct fixture_store *store, const char *key)
{
    const struct keelson_op op = {.type = KEELSON_OP_DELETE, .key = text(key)};
    const struct keelson_txn txn = {.size = sizeof(txn), .ops = &op, .op_size = sizeof(op), .ops_count = 1};
    return txn_run(store, &txn);
}

int64_t fixture_revision(struct fixture_store *store)
{
    struct keelson_call call = fixture_call(30000);
    struct keelson_store_status status = {.size = sizeof(status)};
    enum keelson_status code = store->store->status(store->instance, &call, &status);
    return code == KEELSON_OK ? status.revision : -(int64_t)code;
}

static char *bytes_copy(struct keelson_bytes bytes)
{
    char *copy = malloc(bytes.size + 1);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = '\0';
    return copy;
}

static int list_put(const struct keelson_kv_sink *sink, const struct keelson_kv *kv)
{
    struct fixture_list *list = sink->context;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 16;
        list->items = realloc(list->items, list->capacity * sizeof(*list->items));
    }
    list->items[list->count++] = (struct fixture_kv){.key = bytes_copy(kv->key),
                                                     .key_size = kv->key.size,
                                                     .value = bytes_copy(kv->value),
                                                     .value_size = kv->value.size,
                                                     .create_revision = kv->create_revision,
                                                     .mod_revision = kv->mod_revision,
                                                     .version = kv->version,
                                                     .lease_ttl_s = kv->lease_ttl_s};
    return list->stop_after && list->count >= list->stop_after;
}

enum keelson_status fixture_range(struct fixture_store *store, struct keelson_bytes from,
                                  struct keelson_bytes to, int64_t revision, int64_t limit, uint32_t flags,
                                  struct fixture_list *ret)
{
    struct keelson_call call = fixture_call(30000);
    const struct keelson_range range = {
        .size = sizeof(range), .flags = flags, .from = from, .to = to, .revision = revision, .limit = limit};
    const struct keelson_kv_sink sink = {.size = sizeof(sink), .put = list_put, .context = ret};
    ret->result.size = sizeof(ret->result);
    return store->store->range(store->instance, &call, &range, &sink, &ret->result);
}

bool fixture_get(struct fixture_store *store, const char *key, int64_t revision, struct fixture_list *ret)
{
    return fixture_range(store, text(key), (struct keelson_bytes){NULL, 0}, revision, 0, 0, ret) ==
               KEELSON_OK &&
           ret->count == 1;
}

void fixture_list_done(struct fixture_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].key);
        free(list->items[i].value);
    }
    free(list->items);
    memset(list, 0, sizeof(*list));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    return remove(path);
}

bool fixture_remove(const char *dir)
{
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
}
