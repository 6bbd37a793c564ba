/* SPDX-License-Identifier: Apache-2.0 */
/* A volume's life with a storage system: made, grown, published and taken away again, each twice; and a
 * volume that nobody made. Only what the first driver that is ready says that it can do is asked of it. */
#include <keelson/storage.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/plugin/check-rules.h"

#define NAME       "keelson-check"
#define UNKNOWN_ID "keelson-check-unknown"
#define BYTES      (INT64_C(1) << 30)

struct volume_check {
    const struct keelson_storage_node_v1 *node;
    const struct keelson_storage_controller_v1 *controller;
    bool ready;
    uint64_t capabilities;
    char driver[128], id[256], target[256], staging[256];
    int64_t capacity;
};

static int take_driver(const struct keelson_storage_driver_sink *sink,
                       const struct keelson_storage_driver *driver)
{
    struct volume_check *v = sink->context;
    if (!driver->ready || !driver->name)
        return 0;
    v->ready = true;
    v->capabilities = driver->capabilities;
    snprintf(v->driver, sizeof(v->driver), "%s", driver->name);
    return 1;
}

static enum keelson_status ask_drivers(void *handle, const struct keelson_call *call, void *arguments)
{
    struct volume_check *v = arguments;
    const struct keelson_storage_driver_sink sink = {.size = sizeof(sink), .put = take_driver, .context = v};
    return v->controller ? v->controller->drivers(handle, call, &sink)
                         : v->node->drivers(handle, call, &sink);
}

/* NULL: nothing can be asked of it now, as the detail says. */
static struct volume_check *volume_new(struct check *c, uint64_t capabilities)
{
    struct volume_check *v = new0(struct volume_check);
    enum error_code code;
    v->node = check_table_of(c, KEELSON_STORAGE_NODE_1);
    v->controller = check_table_of(c, KEELSON_STORAGE_CONTROLLER_1);
    snprintf(v->target, sizeof(v->target), "%s/target", c->state_dir);
    snprintf(v->staging, sizeof(v->staging), "%s/staging", c->state_dir);
    snprintf(v->id, sizeof(v->id), UNKNOWN_ID);
    if (check_call(c, ask_drivers, v, &code) && v->ready && (v->capabilities & capabilities) == capabilities)
        return v;
    if (!c->detail[0])
        snprintf(c->detail, sizeof(c->detail), "no driver that is ready does that");
    free(v);
    return NULL;
}

static struct keelson_volume volume_of(const struct volume_check *v)
{
    return (struct keelson_volume){.size = sizeof(struct keelson_volume),
                                   .access_mode = KEELSON_ACCESS_SINGLE_NODE_WRITER,
                                   .driver = v->driver,
                                   .id = v->id,
                                   .fs_group = -1};
}

/* ---- The calls ---- */

static int take_made(const struct keelson_volume_sink *sink, const struct keelson_volume_made *made)
{
    struct volume_check *v = sink->context;
    snprintf(v->id, sizeof(v->id), "%s", made->id ? made->id : "");
    v->capacity = made->capacity_bytes;
    return 0;
}

static enum keelson_status ask_create(void *handle, const struct keelson_call *call, void *arguments)
{
    struct volume_check *v = arguments;
    const struct keelson_volume capability = volume_of(v);
    const struct keelson_volume_sink sink = {.size = sizeof(sink), .put = take_made, .context = v};
    const struct keelson_provision wanted = {
        .size = sizeof(wanted), .name = NAME, .capability = &capability, .required_bytes = BYTES};
    return v->controller->create(handle, call, &wanted, &sink);
}

static enum keelson_status ask_remove(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct volume_check *v = arguments;
    const struct keelson_volume volume = volume_of(v);
    return v->controller->remove(handle, call, &volume);
}

static enum keelson_status ask_expand(void *handle, const struct keelson_call *call, void *arguments)
{
    struct volume_check *v = arguments;
    const struct keelson_volume volume = volume_of(v);
    int node_expansion = 0;
    return v->controller->expand(handle, call, &volume, 2 * BYTES, 0, &v->capacity, &node_expansion);
}

static enum keelson_status ask_stage(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct volume_check *v = arguments;
    const struct keelson_volume volume = volume_of(v);
    return v->node->stage(handle, call, &volume, v->staging);
}

static enum keelson_status ask_unstage(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct volume_check *v = arguments;
    const struct keelson_volume volume = volume_of(v);
    return v->node->unstage(handle, call, &volume, v->staging);
}

static enum keelson_status ask_publish(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct volume_check *v = arguments;
    const struct keelson_volume volume = volume_of(v);
    const char *staging = v->capabilities & KEELSON_STORAGE_STAGE ? v->staging : NULL;
    return v->node->publish(handle, call, &volume, staging, v->target);
}

static enum keelson_status ask_unpublish(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct volume_check *v = arguments;
    const struct keelson_volume volume = volume_of(v);
    return v->node->unpublish(handle, call, &volume, v->target);
}

static enum keelson_status ask_stats(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct volume_check *v = arguments;
    const struct keelson_volume volume = volume_of(v);
    struct keelson_volume_stats stats = {.size = sizeof(stats)};
    return v->node->stats(handle, call, &volume, v->target, &stats);
}

/* ---- The cluster's side ---- */

/* OK each time; a second time after a crash is the same as a first. */
static bool twice(struct check *c, plugin_function *function, struct volume_check *v)
{
    enum error_code code;
    for (int n = 0; n < 2; n++)
        if (!check_through(c, function, v, &code) || (code != ERR_NONE && !check_is_away(code)))
            return false;
    return true;
}

static bool removes_unknown(struct check *c)
{
    struct volume_check *v = volume_new(c, KEELSON_STORAGE_CREATE);
    return !v || twice(c, ask_remove, v);
}

static bool creates_one(struct check *c)
{
    enum error_code code;
    char first[256];
    struct volume_check *v = volume_new(c, KEELSON_STORAGE_CREATE);
    if (!v)
        return true;
    if (!check_through(c, ask_create, v, &code) || code != ERR_NONE)
        return false;
    snprintf(first, sizeof(first), "%s", v->id);
    if (!check_through(c, ask_create, v, &code) || code != ERR_NONE)
        return false;
    snprintf(c->detail, sizeof(c->detail), "\"%.60s\", then \"%.60s\", %lld bytes", first, v->id,
             (long long)v->capacity);
    return first[0] && strcmp(first, v->id) == 0 && (v->capacity == 0 || v->capacity >= BYTES);
}

/* The volume that creates_one() made, found by its name. */
static struct volume_check *volume_made(struct check *c, uint64_t capabilities)
{
    enum error_code code;
    struct volume_check *v = volume_new(c, KEELSON_STORAGE_CREATE | capabilities);
    if (!v || (check_through(c, ask_create, v, &code) && code == ERR_NONE))
        return v;
    free(v);
    return NULL;
}

static bool grows_twice(struct check *c)
{
    struct volume_check *v = volume_made(c, KEELSON_STORAGE_EXPAND);
    if (!v)
        return true;
    bool kept = twice(c, ask_expand, v);
    if (kept && v->capacity < 2 * BYTES)
        snprintf(c->detail, sizeof(c->detail), "it has %lld bytes, not %lld", (long long)v->capacity,
                 (long long)(2 * BYTES));
    return kept && v->capacity >= 2 * BYTES;
}

static bool removes_twice(struct check *c)
{
    struct volume_check *v = volume_made(c, 0);
    return !v || twice(c, ask_remove, v);
}

const struct rule check_volume_rules[] = {
    {"a volume that nobody made may be removed, twice", removes_unknown, "absent is KEELSON_OK"},
    {"a volume that is created twice is one", creates_one,
     "look for the name before you make it: the same name is the same volume, after a crash, too", true},
    {"a volume may be grown twice", grows_twice,
     "required_bytes is what it shall have, not what is added; what is large enough is KEELSON_OK", true},
    {"a volume may be removed twice", removes_twice, "absent is KEELSON_OK", true},
    {0},
};

/* ---- A node's side ---- */

static bool unpublishes_unknown(struct check *c)
{
    struct volume_check *v = volume_new(c, 0);
    return !v || twice(c, ask_unpublish, v);
}

static bool knows_no_volume(struct check *c)
{
    struct volume_check *v = volume_new(c, 0);
    enum error_code code;
    if (!v)
        return true;
    bool staged = v->capabilities & KEELSON_STORAGE_STAGE;
    if (!check_call(c, staged ? ask_stage : ask_publish, v, &code))
        return false;
    if (code == ERR_NONE)
        snprintf(c->detail, sizeof(c->detail), "it says that all is well");
    return code == ERR_NOT_FOUND || check_is_away(code);
}

static bool is_there(struct check *c, const struct volume_check *v)
{
    struct stat st;
    bool there = stat(v->target, &st) == 0;
    if (!there)
        snprintf(c->detail, sizeof(c->detail), "there is nothing at the target path");
    return there;
}

static bool is_gone(struct check *c, const struct volume_check *v)
{
    bool gone = access(v->target, F_OK) < 0;
    if (!gone)
        snprintf(c->detail, sizeof(c->detail), "the target path is there still");
    return gone;
}

static bool lives_on_node(struct check *c, struct volume_check *v)
{
    bool staged = v->capabilities & KEELSON_STORAGE_STAGE, counted = v->capabilities & KEELSON_STORAGE_STATS;
    return (!staged || twice(c, ask_stage, v)) && twice(c, ask_publish, v) && is_there(c, v) &&
           (!counted || twice(c, ask_stats, v)) && twice(c, ask_unpublish, v) && is_gone(c, v) &&
           (!staged || twice(c, ask_unstage, v));
}

/* Of a driver that attaches a volume must be attached to this node before, which nobody here can wish. */
static bool publishes_twice(struct check *c)
{
    enum error_code code;
    struct volume_check *v = check_table_of(c, KEELSON_STORAGE_CONTROLLER_1) ? volume_made(c, 0) : NULL;
    if (!v || v->capabilities & KEELSON_STORAGE_ATTACH)
        return true;
    mkdir(v->staging, 0700);
    bool kept = lives_on_node(c, v);
    umount2(v->target, MNT_DETACH | UMOUNT_NOFOLLOW);
    umount2(v->staging, MNT_DETACH | UMOUNT_NOFOLLOW);
    return check_through(c, ask_remove, v, &code) && kept;
}

const struct rule check_publish_rules[] = {
    {"what is not published may be unpublished, twice", unpublishes_unknown,
     "what is not mounted, or not there, is KEELSON_OK; the volume itself may be gone by then"},
    {"a volume that nobody made is not published", knows_no_volume,
     "answer KEELSON_NOT_FOUND: an empty folder in its place would look like lost data"},
    {"a volume may be published twice, and unpublished twice", publishes_twice,
     "look at what is mounted; unpublish() takes the target path away, too", true},
    {0},
};
