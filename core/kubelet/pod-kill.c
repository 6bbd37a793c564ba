/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ending containers gracefully. All regular ones at the same time, each on a thread of the killers' pool;
 * sidecars after them, the last one first, within what is left of the same grace. When the pod's grace
 * becomes shorter the wait is cut and done again with the new one; the descriptor that tells so stays
 * readable meanwhile, since several threads look at it.
 */
#include <poll.h>
#include <sys/eventfd.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/kubelet/handler.h"
#include "core/kubelet/pod-worker.h"

#define GRACE_LEAST_S 2 /* of a container whose hook used the grace up */

/* Containers that are being stopped at the same time, and the wait for all of them. */
struct batch {
    struct pod_run *run;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    unsigned left;
};
struct batch_item {
    struct batch *batch;
    struct kill_wanted wanted;
};

static void run_hook(struct pod_run *r, const struct kill_wanted *w, const struct json *container)
{
    const struct json *hook = json_at(container, "lifecycle.preStop");
    struct buffer output = BUFFER_INIT;
    struct handler_input in = {
        .handler = hook,
        .hook = true,
        .container = container,
        .container_id = w->container->id,
        .pod_ip = r->runtime.sandboxes_count && r->runtime.sandboxes[0].ips_count
                      ? r->runtime.sandboxes[0].ips[0]
                  : r->k->addresses[0] ? r->k->addresses[0]
                                       : "",
        .timeout_ms = w->grace_s * 1000,
        .cancel_fd = r->pod->interrupt_fd,
    };
    if (json_is_absent(hook))
        return;
    if (handler_run(r->k, &in, &output) > HANDLER_WARNING)
        pod_run_event(r, w->container->name, "Warning", "FailedPreStopHook", "PreStopHook failed: %s",
                      output.data ? output.data : "");
    buffer_done(&output);
}

/* How long there is now, in case somebody shortened it meanwhile. */
static int64_t remaining_s(struct pod_run *r, int64_t wanted_s, int64_t begin_ns)
{
    pthread_mutex_lock(&r->pods->lock);
    int64_t now_s = r->pod->grace_s;
    pthread_mutex_unlock(&r->pods->lock);
    int64_t grace = now_s >= 0 ? MIN(wanted_s, now_s) : wanted_s;
    int64_t used = (clock_monotonic_ns() - begin_ns) / NS_PER_S;
    return MAX(grace - used, (int64_t)0);
}

static void drain(struct pod *pod)
{
    eventfd_t value;
    (void)!eventfd_read(pod->interrupt_fd, &value);
}

void pod_kill_container(struct pod_run *r, const struct kill_wanted *w)
{
    enum container_kind kind;
    const struct json *container =
        r->document ? container_find(r->document, w->container->name, &kind) : NULL;
    int64_t begin_ns = clock_monotonic_ns();
    pod_run_event(r, w->container->name, "Normal", "Killing", "%s", w->message);
    if (w->hook && w->grace_s > 0 && container)
        run_hook(r, w, container);
    for (unsigned attempt = 0; attempt < 4 && !r->k->stopping; attempt++) {
        struct error err = ERROR_INIT;
        int64_t left = remaining_s(r, w->grace_s, begin_ns);
        if (left < GRACE_LEAST_S && w->grace_s >= GRACE_LEAST_S && attempt == 0)
            left = GRACE_LEAST_S;
        int rc = runtime_container_stop(&r->k->runtime, w->container->id, left,
                                        attempt == 0 ? r->pod->interrupt_fd : 0, &err);
        bool again = rc < 0 && (err.code == ERR_CANCELLED || err.code == ERR_TIMEOUT);
        if (rc < 0 && !again && err.code != ERR_NOT_FOUND)
            log_warning("pod %s: stopping container %s: %s", r->pod->key, w->container->name, err.message);
        error_done(&err);
        if (!again)
            break;
    }
    runtime_state_mark(r->k->state, r->pod->uid);
}

static void batch_run(void *arg)
{
    struct batch_item *item = arg;
    struct batch *b = item->batch;
    pod_kill_container(b->run, &item->wanted);
    pthread_mutex_lock(&b->lock);
    b->left--;
    pthread_cond_signal(&b->ended);
    pthread_mutex_unlock(&b->lock);
}

static void kill_together(struct pod_run *r, struct kill_wanted *wanted, size_t count)
{
    struct batch b = {.run = r, .left = (unsigned)count};
    if (count == 1) {
        pod_kill_container(r, &wanted[0]);
        return;
    }
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.ended, NULL);
    struct batch_item *items = arena_alloc0(&r->arena, count * sizeof(*items));
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct batch_item){&b, wanted[i]};
        if (!workers_submit(r->k->killers, batch_run, &items[i]))
            batch_run(&items[i]);
    }
    pthread_mutex_lock(&b.lock);
    while (b.left)
        pthread_cond_wait(&b.ended, &b.lock);
    pthread_mutex_unlock(&b.lock);
    pthread_cond_destroy(&b.ended);
    pthread_mutex_destroy(&b.lock);
}

static bool is_sidecar(struct pod_run *r, const char *name)
{
    enum container_kind kind = CONTAINER_REGULAR;
    return r->document && container_find(r->document, name, &kind) && kind == CONTAINER_SIDECAR;
}

static bool still_runs(const struct runtime_container *c)
{
    return c->state == KEELSON_CONTAINER_RUNNING || c->state == KEELSON_CONTAINER_UNKNOWN;
}

static void kill_sidecars(struct pod_run *r, int64_t until_ns, const char *message)
{
    const struct json *list = json_at(r->document, "spec.initContainers");
    for (uint32_t i = json_count(list); i > 0; i--) {
        const char *name = json_string_or(json_get(json_element(list, i - 1), "name"), "");
        const struct runtime_container *c = pod_runtime_container(&r->runtime, name);
        int64_t left = (until_ns - clock_monotonic_ns()) / NS_PER_S;
        if (!is_sidecar(r, name) || !c || !still_runs(c))
            continue;
        struct kill_wanted w = {c, arena_printf(&r->arena, "%s %s", message, name),
                                MAX(left, (int64_t)GRACE_LEAST_S), true};
        pod_kill_container(r, &w);
    }
}

int pod_kill(struct pod_run *r, int64_t grace_s, const char *message, struct error *err)
{
    struct kill_wanted *wanted = arena_alloc0(&r->arena, (r->runtime.containers_count + 1) * sizeof(*wanted));
    size_t count = 0;
    int64_t until_ns = clock_monotonic_ns() + grace_s * NS_PER_S;
    drain(r->pod);
    for (size_t i = 0; i < r->runtime.containers_count; i++) {
        const struct runtime_container *c = &r->runtime.containers[i];
        if (still_runs(c) && !is_sidecar(r, c->name))
            wanted[count++] =
                (struct kill_wanted){c, arena_printf(&r->arena, "%s %s", message, c->name), grace_s, true};
    }
    if (count)
        kill_together(r, wanted, count);
    kill_sidecars(r, until_ns, message);
    for (size_t i = 0; i < r->runtime.sandboxes_count && !r->k->stopping; i++) {
        if (runtime_sandbox_stop(&r->k->runtime, r->runtime.sandboxes[i].id, err) < 0)
            return -1;
    }
    runtime_state_mark(r->k->state, r->pod->uid);
    return r->k->stopping ? error_set(err, ERR_CANCELLED, "the kubelet stops") : 0;
}
