/* SPDX-License-Identifier: Apache-2.0 */
/* How a container runtime and its images must behave. The ids are of nothing that there is, so all of it may
 * be tried on a node that is at work. */
#include <keelson/runtime.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/plugin/check-rules.h"

#define UNKNOWN_ID    "6b65656c736f6e2d636865636b2d756e6b6e6f776e0000000000000000000000"
#define UNKNOWN_IMAGE "keelson.invalid/check/unknown:1"

static int ignore_sandbox(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *sandbox)
{
    return 0;
}

static int ignore_container(const struct keelson_container_sink *sink,
                            const struct keelson_container *container)
{
    return 0;
}

static int ignore_image(const struct keelson_image_sink *sink, const struct keelson_image *image)
{
    return 0;
}

static int ignore_event(const struct keelson_runtime_event_sink *sink,
                        const struct keelson_runtime_event *event)
{
    return 0;
}

static const struct keelson_sandbox_sink sandboxes = {.size = sizeof(sandboxes), .put = ignore_sandbox};
static const struct keelson_container_sink containers = {.size = sizeof(containers), .put = ignore_container};
static const struct keelson_image_sink images = {.size = sizeof(images), .put = ignore_image};
static const struct keelson_runtime_event_sink events = {.size = sizeof(events), .event = ignore_event};

static int ignore_text(const struct keelson_text_sink *sink, int fd, const char *data, size_t size_bytes)
{
    return 0;
}

static const struct keelson_text_sink ids = {.size = sizeof(ids), .put = ignore_text};
static const struct keelson_security nothing_special = {.size = sizeof(nothing_special),
                                                        .network = KEELSON_NS_NODE,
                                                        .run_as_user = -1,
                                                        .run_as_group = -1,
                                                        .user_mapping_size =
                                                            sizeof(struct keelson_id_mapping)};
static const struct keelson_sandbox_config check_sandbox = {.size = sizeof(check_sandbox),
                                                            .name = "keelson-check",
                                                            .namespace_ = "keelson-check",
                                                            .uid = "6b65656c-736f-4e2d-8368-65636b000002",
                                                            .hostname = "",
                                                            .log_directory = "/tmp",
                                                            .cgroup_parent = "/keelson-check",
                                                            .runtime_handler = "",
                                                            .port_size = sizeof(struct keelson_port_mapping),
                                                            .security = &nothing_special};

/* ---- The calls: arguments are the interface's table ---- */

static enum keelson_status ask_info(void *handle, const struct keelson_call *call, void *table)
{
    struct keelson_runtime_info info = {.size = sizeof(info)};
    return ((const struct keelson_runtime_v1 *)table)->info(handle, call, &info);
}

static enum keelson_status ask_sandbox_status(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->sandbox_status(handle, call, UNKNOWN_ID, &sandboxes);
}

static enum keelson_status ask_sandbox_list(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->sandbox_list(handle, call, &sandboxes);
}

static enum keelson_status ask_sandbox_stop(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->sandbox_stop(handle, call, UNKNOWN_ID);
}

static enum keelson_status ask_sandbox_remove(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->sandbox_remove(handle, call, UNKNOWN_ID);
}

static enum keelson_status ask_container_status(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)
        ->container_status(handle, call, UNKNOWN_ID, &containers);
}

static enum keelson_status ask_container_list(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->container_list(handle, call, &containers);
}

static enum keelson_status ask_container_start(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->container_start(handle, call, UNKNOWN_ID);
}

static enum keelson_status ask_container_stop(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->container_stop(handle, call, UNKNOWN_ID, 1);
}

static enum keelson_status ask_container_remove(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->container_remove(handle, call, UNKNOWN_ID);
}

static enum keelson_status ask_container_create(void *handle, const struct keelson_call *call, void *table)
{
    static const struct keelson_container_config container = {.size = sizeof(container),
                                                              .name = "keelson-check",
                                                              .image = UNKNOWN_IMAGE,
                                                              .image_spec = UNKNOWN_IMAGE,
                                                              .log_path = "keelson-check.log",
                                                              .mount_size = sizeof(struct keelson_mount),
                                                              .device_size = sizeof(struct keelson_device),
                                                              .security = &nothing_special};
    return ((const struct keelson_runtime_v1 *)table)
        ->container_create(handle, call, UNKNOWN_ID, &container, &check_sandbox, &ids);
}

static enum keelson_status ask_exec_sync(void *handle, const struct keelson_call *call, void *table)
{
    static const char *const command[] = {"true", NULL};
    int32_t code = 0;
    return ((const struct keelson_runtime_v1 *)table)
        ->exec_sync(handle, call, UNKNOWN_ID, command, 1, 1, &ids, &code);
}

static enum keelson_status ask_events(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_runtime_v1 *)table)->events(handle, call, &events);
}

static enum keelson_status ask_image_status(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_images_v1 *)table)->status(handle, call, UNKNOWN_IMAGE, &images);
}

static enum keelson_status ask_image_list(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_images_v1 *)table)->list(handle, call, &images);
}

static enum keelson_status ask_image_remove(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_images_v1 *)table)->remove(handle, call, UNKNOWN_IMAGE);
}

/* ---- The rules ---- */

static void *runtime_of(const struct check *c)
{
    return (void *)(uintptr_t)check_table_of(c, KEELSON_RUNTIME_1);
}

static void *images_of(const struct check *c)
{
    return (void *)(uintptr_t)check_table_of(c, KEELSON_IMAGES_1);
}

/* Each of them: OK where that is right, or NOT_FOUND where that is, or a back end that cannot be asked. */
static bool all_answer(struct check *c, plugin_function *const *functions, size_t count, void *table,
                       bool ok_is_right, bool not_found_is_right)
{
    for (size_t n = 0; n < count; n++) {
        enum error_code code;
        if (!check_call(c, functions[n], table, &code))
            return false;
        if ((code == ERR_NONE && ok_is_right) || (code == ERR_NOT_FOUND && not_found_is_right) ||
            check_is_away(code))
            continue;
        if (code == ERR_NONE)
            snprintf(c->detail, sizeof(c->detail), "the %zu. of these calls said that all is well", n + 1);
        return false;
    }
    return true;
}

static bool answers(struct check *c)
{
    static plugin_function *const functions[] = {ask_info, ask_sandbox_list, ask_container_list};
    return all_answer(c, functions, ARRAY_SIZE(functions), runtime_of(c), true, false);
}

static bool unknown_is_not_found(struct check *c)
{
    static plugin_function *const functions[] = {ask_sandbox_status, ask_container_status,
                                                 ask_container_start, ask_exec_sync};
    return all_answer(c, functions, ARRAY_SIZE(functions), runtime_of(c), false, true);
}

static bool unknown_sandbox_takes_no_container(struct check *c)
{
    static plugin_function *const functions[] = {ask_container_create};
    return all_answer(c, functions, ARRAY_SIZE(functions), runtime_of(c), false, true);
}

static bool unknown_sandbox_is_gone(struct check *c)
{
    static plugin_function *const functions[] = {ask_sandbox_stop, ask_sandbox_stop, ask_sandbox_remove,
                                                 ask_sandbox_remove};
    return all_answer(c, functions, ARRAY_SIZE(functions), runtime_of(c), true, false);
}

static bool unknown_container_is_gone(struct check *c)
{
    static plugin_function *const functions[] = {ask_container_stop, ask_container_stop, ask_container_remove,
                                                 ask_container_remove};
    return all_answer(c, functions, ARRAY_SIZE(functions), runtime_of(c), true, true);
}

static bool ends_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_container_list, runtime_of(c)) &&
           check_long_cancelled(c, ask_events, runtime_of(c));
}

static bool takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_container_list, runtime_of(c));
}

static bool ends_at_its_deadline(struct check *c)
{
    return check_deadline(c, ask_container_list, runtime_of(c));
}

/* A sandbox's life, without a container, since no image is sure to be there. */
struct life {
    const struct keelson_runtime_v1 *table;
    char id[256];
    bool listed, ready;
};

static int take_id(const struct keelson_text_sink *sink, int fd, const char *data, size_t size_bytes)
{
    struct life *l = sink->context;
    snprintf(l->id, sizeof(l->id), "%.*s", (int)MIN(size_bytes, sizeof(l->id) - 1), data);
    return 0;
}

static int look_for(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *sandbox)
{
    struct life *l = sink->context;
    if (strcmp(sandbox->id, l->id) != 0)
        return 0;
    l->listed = true;
    l->ready = sandbox->state == KEELSON_SANDBOX_READY;
    return 1;
}

static enum keelson_status life_run(void *handle, const struct keelson_call *call, void *arguments)
{
    struct life *l = arguments;
    const struct keelson_text_sink sink = {.size = sizeof(sink), .put = take_id, .context = l};
    return l->table->sandbox_run(handle, call, &check_sandbox, &sink);
}

static enum keelson_status life_look(void *handle, const struct keelson_call *call, void *arguments)
{
    struct life *l = arguments;
    const struct keelson_sandbox_sink sink = {.size = sizeof(sink), .put = look_for, .context = l};
    l->listed = l->ready = false;
    return l->table->sandbox_list(handle, call, &sink);
}

static enum keelson_status life_stop(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct life *l = arguments;
    return l->table->sandbox_stop(handle, call, l->id);
}

static enum keelson_status life_remove(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct life *l = arguments;
    return l->table->sandbox_remove(handle, call, l->id);
}

static bool is_listed(struct check *c, struct life *l, bool listed, bool ready)
{
    enum error_code code;
    if (!check_call(c, life_look, l, &code) || code != ERR_NONE)
        return false;
    if (l->listed != listed || l->ready != ready)
        snprintf(c->detail, sizeof(c->detail), "its sandbox is %s",
                 !l->listed ? "not listed"
                 : l->ready ? "listed as ready"
                            : "listed as not ready");
    return l->listed == listed && l->ready == ready;
}

static bool ends_twice(struct check *c, plugin_function *function, struct life *l)
{
    enum error_code code;
    for (int n = 0; n < 2; n++)
        if (!check_call(c, function, l, &code) || code != ERR_NONE)
            return false;
    return true;
}

static bool sandbox_lives(struct check *c)
{
    enum error_code code;
    struct life *l = new0(struct life);
    l->table = check_table_of(c, KEELSON_RUNTIME_1);
    if (!check_call(c, life_run, l, &code) || code != ERR_NONE)
        return check_is_away(code);
    return is_listed(c, l, true, true) && ends_twice(c, life_stop, l) && is_listed(c, l, true, false) &&
           ends_twice(c, life_remove, l) && is_listed(c, l, false, false);
}

const struct rule check_runtime_rules[] = {
    {"it says what it is and lists what it runs", answers,
     "a runtime that cannot be reached is KEELSON_UNAVAILABLE; an empty list is KEELSON_OK"},
    {"of a container that nobody made there is no status", unknown_is_not_found,
     "answer KEELSON_NOT_FOUND: the kubelet makes anew what it is told to be absent"},
    {"in a sandbox that nobody ran no container is created", unknown_sandbox_takes_no_container,
     "answer KEELSON_NOT_FOUND: the kubelet runs a sandbox first"},
    {"a sandbox is ready until it is stopped, and there until it is removed, each twice", sandbox_lives,
     "list what there is at once; what is stopped is KEELSON_SANDBOX_NOT_READY and stays listed", true},
    {"a sandbox that is unknown may be stopped and removed, twice", unknown_sandbox_is_gone,
     "unknown is KEELSON_OK: the kubelet repeats itself after a crash"},
    {"a container that is unknown may be stopped and removed, twice", unknown_container_is_gone,
     "answer KEELSON_OK or KEELSON_NOT_FOUND"},
    {"list and events end when they are cancelled", ends_when_cancelled, CHECK_CANCEL_ADVICE},
    {"it takes many callers at once", takes_many_callers, CHECK_CROWD_ADVICE},
    {"it ends at its deadline", ends_at_its_deadline, CHECK_DEADLINE_ADVICE},
    {0},
};

static bool lists_images(struct check *c)
{
    static plugin_function *const functions[] = {ask_image_list};
    return all_answer(c, functions, ARRAY_SIZE(functions), images_of(c), true, false);
}

static bool unknown_image_is_not_found(struct check *c)
{
    static plugin_function *const functions[] = {ask_image_status};
    return all_answer(c, functions, ARRAY_SIZE(functions), images_of(c), false, true);
}

static bool unknown_image_is_gone(struct check *c)
{
    static plugin_function *const functions[] = {ask_image_remove, ask_image_remove};
    return all_answer(c, functions, ARRAY_SIZE(functions), images_of(c), true, true);
}

struct few_images {
    const struct keelson_images_v1 *table;
    unsigned puts;
};

static int take_one_image(const struct keelson_image_sink *sink, const struct keelson_image *image)
{
    ((struct few_images *)sink->context)->puts++;
    return 1;
}

static enum keelson_status ask_one_image(void *handle, const struct keelson_call *call, void *arguments)
{
    struct few_images *f = arguments;
    const struct keelson_image_sink sink = {.size = sizeof(sink), .put = take_one_image, .context = f};
    return f->table->list(handle, call, &sink);
}

static bool images_end_with_their_sink(struct check *c)
{
    enum error_code code;
    struct few_images *f = new0(struct few_images);
    f->table = check_table_of(c, KEELSON_IMAGES_1);
    if (!check_call(c, ask_one_image, f, &code))
        return false;
    if (f->puts > 1)
        snprintf(c->detail, sizeof(c->detail), "it put %u", f->puts);
    return f->puts <= 1 && (code == ERR_NONE || check_is_away(code));
}

static bool images_end_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_image_list, images_of(c));
}

static bool images_take_many_callers(struct check *c)
{
    return check_crowd(c, ask_image_list, images_of(c));
}

static bool images_end_at_their_deadline(struct check *c)
{
    return check_deadline(c, ask_image_list, images_of(c));
}

const struct rule check_images_rules[] = {
    {"it lists its images", lists_images, "a runtime that cannot be reached is KEELSON_UNAVAILABLE"},
    {"the list of images ends when its sink wants no more", images_end_with_their_sink, CHECK_SINK_ADVICE},
    {"the list of images ends when it is cancelled", images_end_when_cancelled, CHECK_CANCEL_ADVICE},
    {"the list of images takes many callers at once", images_take_many_callers, CHECK_CROWD_ADVICE},
    {"the list of images ends at its deadline", images_end_at_their_deadline, CHECK_DEADLINE_ADVICE},
    {"an image that was not pulled is not present", unknown_image_is_not_found,
     "answer KEELSON_NOT_FOUND: the kubelet pulls what is not there"},
    {"an image that is unknown may be removed, twice", unknown_image_is_gone,
     "answer KEELSON_OK or KEELSON_NOT_FOUND"},
    {0},
};
