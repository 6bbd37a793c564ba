/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting one container: image, configuration, create, start, postStart hook. Each step that can fail has
 * its waiting reason and its event, as upstream's.
 */
#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/kubelet/handler.h"
#include "core/kubelet/images.h"
#include "core/kubelet/log-links.h"
#include "core/kubelet/pod-config.h"
#include "core/kubelet/pod-worker.h"

#define CONFIG_RETRY_NS (10 * NS_PER_S)

struct starting {
    struct pod_run *run;
    const struct container_start *what;
    const struct runtime_sandbox *sandbox;
    const struct keelson_sandbox_config *sandbox_config;
    const char *name, *image_ref, *id;
    struct runtime_image *image;
};

static void note_backoff(void *context, struct container_memory *m)
{
    const struct starting *s = context;
    int64_t now = clock_realtime_ns();
    const char *hash = container_hash(&s->run->arena, s->what->container);
    bool same = m->backoff_hash && strcmp(m->backoff_hash, hash) == 0;
    m->backoff_ns =
        backoff_next(same ? m->backoff_ns : 0, m->backoff_set_ns, now, s->run->k->config->backoff_max_ns);
    m->backoff_set_ns = now;
    free(m->backoff_hash);
    m->backoff_hash = xstrdup(hash);
    m->unhealthy = false;
    m->ready = m->started = false;
    free(TAKE_PTR(m->probed_id));
}

static int get_image(struct starting *s)
{
    struct pod_run *r = s->run;
    struct error err = ERROR_INIT;
    const char *reason = NULL;
    struct image_wanted wanted = {
        .pod = r->pod,
        .document = r->document,
        .container = s->what->container,
        .sandbox = s->sandbox_config,
        .cancel_fd = r->pod->interrupt_fd,
    };
    int rc = images_ensure(r->k->images, &wanted, &r->arena, &s->image, &s->image_ref, &reason, &err);
    if (rc < 0) {
        pod_run_set_waiting(r, s->name, reason, err.message);
        pod_run_wake_at(r, clock_realtime_ns() + CONFIG_RETRY_NS);
    }
    error_done(&err);
    return rc;
}

static int configure(struct starting *s, struct keelson_container_config *config)
{
    struct pod_run *r = s->run;
    struct error err = ERROR_INIT;
    const char *target = json_string(json_get(s->what->container, "targetContainerName"));
    const struct runtime_container *target_container =
        target ? pod_runtime_container(&r->runtime, target) : NULL;
    struct pod_config_container input = {
        .pod = r->document,
        .container = s->what->container,
        .sandbox = s->sandbox,
        .image = s->image,
        .image_ref = s->image_ref,
        .target_id = target_container ? target_container->id : NULL,
        .restart_count = s->what->restart_count,
    };
    int rc = pod_config_container(r->k, &r->arena, &input, config, &err);
    if (rc < 0) {
        pod_run_event(r, s->name, "Warning", "Failed", "Error: %s", err.message);
        pod_run_set_waiting(r, s->name, "CreateContainerConfigError", err.message);
        pod_run_wake_at(r, clock_realtime_ns() + CONFIG_RETRY_NS);
    }
    error_done(&err);
    return rc;
}

static int create(struct starting *s, const struct keelson_container_config *config)
{
    struct pod_run *r = s->run;
    struct error err = ERROR_INIT;
    int rc = runtime_container_create(&r->k->runtime, s->sandbox->id, config, s->sandbox_config, &r->arena,
                                      &s->id, &err);
    if (rc < 0) {
        pod_run_event(r, s->name, "Warning", "Failed", "Error: %s", err.message);
        pod_run_set_waiting(r, s->name, "CreateContainerError", err.message);
        pod_run_wake_at(r, clock_realtime_ns() + CONFIG_RETRY_NS);
    } else {
        pod_run_event(r, s->name, "Normal", "Created", "Container created");
    }
    error_done(&err);
    return rc;
}

static int start(struct starting *s)
{
    struct pod_run *r = s->run;
    struct error err = ERROR_INIT;
    int rc = runtime_container_start(&r->k->runtime, s->id, &err);
    runtime_state_added(r->k->state, r->pod->uid, s->sandbox->id, s->id, s->name);
    if (rc < 0) {
        pod_run_event(r, s->name, "Warning", "Failed", "Error: %s", err.message);
        pod_run_set_waiting(r, s->name, "RunContainerError", err.message);
        pod_run_wake_at(r, clock_realtime_ns() + CONFIG_RETRY_NS);
    } else {
        pod_run_event(r, s->name, "Normal", "Started", "Container started");
    }
    error_done(&err);
    return rc;
}

static void note_hook_failed(void *context, struct container_memory *m)
{
    free(m->post_start_failed_id);
    m->post_start_failed_id = xstrdup(context);
}

static void run_post_start(struct starting *s)
{
    struct pod_run *r = s->run;
    const struct json *hook = json_at(s->what->container, "lifecycle.postStart");
    struct buffer output = BUFFER_INIT;
    struct handler_input in = {.handler = hook,
                               .hook = true,
                               .container = s->what->container,
                               .container_id = s->id,
                               .pod_ip = s->sandbox->ips_count ? s->sandbox->ips[0] : r->k->addresses[0],
                               .cancel_fd = r->pod->interrupt_fd};
    if (json_is_absent(hook))
        return;
    if (handler_run(r->k, &in, &output) > HANDLER_WARNING) {
        pod_run_event(r, s->name, "Warning", "FailedPostStartHook", "PostStartHook failed: %s",
                      output.data ? output.data : "");
        pod_remember(r->pods, r->pod, s->name, note_hook_failed, (void *)s->id);
        pod_run_wake_at(r, clock_realtime_ns());
    }
    buffer_done(&output);
}

void pod_start_container(struct pod_run *r, const struct container_start *what,
                         const struct runtime_sandbox *sandbox, const struct keelson_sandbox_config *config)
{
    struct starting s = {.run = r,
                         .what = what,
                         .sandbox = sandbox,
                         .sandbox_config = config,
                         .name = json_string_or(json_get(what->container, "name"), "")};
    struct keelson_container_config container_config;
    if (get_image(&s) < 0 || configure(&s, &container_config) < 0)
        return;
    if (what->previous)
        pod_remember(r->pods, r->pod, s.name, note_backoff, &s);
    if (create(&s, &container_config) < 0)
        return;
    if (start(&s) < 0) {
        pod_remember(r->pods, r->pod, s.name, note_backoff, &s);
        return;
    }
    pod_run_set_waiting(r, s.name, NULL, NULL);
    log_link_add(r->k, r->document, s.name, s.id,
                 arena_printf(&r->arena, "%s/%s", config->log_directory, container_config.log_path));
    run_post_start(&s);
}
