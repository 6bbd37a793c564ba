/* SPDX-License-Identifier: Apache-2.0 */
/* The harness of the controllers' tests. */
#include "core/controller-manager/harness.h"

#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller-manager.h"

struct harness *harness_new(void **state)
{
    static char name[] = "test";
    static char *argv[] = {name, NULL};
    int leave = 0;
    struct harness *h = new0(struct harness);
    const struct daemon *daemon = &controller_manager_daemon;
    int rc = flags_parse(daemon->flags, daemon->flags_count, &h->options, 1, argv, "", &leave, NULL);
    require(rc == 0);
    h->loop = loop_new();
    rc = loop_start_thread(h->loop, "loop");
    require(rc == 0);
    h->api = fake_api_new(h->loop);
    struct client_config config = {.loop = h->loop, .transport = fake_api_transport(h->api)};
    rc = client_new(&config, &h->client, NULL);
    require(rc == 0);
    *state = h;
    return h;
}

int harness_setup(void **state)
{
    harness_new(state);
    return 0;
}

void harness_start(struct harness *h, const struct controller *const *rows)
{
    h->manager = manager_start(h->client, &h->options, rows);
    for (unsigned running = 1, begun = 0; running != begun;) {
        harness_pause(h);
        manager_progress(h->manager, &running, &begun);
    }
}

int harness_teardown(void **state)
{
    struct harness *h = *state;
    client_stop(h->client);
    manager_stop(h->manager);
    client_free(h->client);
    loop_stop(h->loop);
    loop_free(h->loop);
    flags_free(controller_manager_daemon.flags, controller_manager_daemon.flags_count, &h->options);
    arena_done(&h->arena);
    free(h);
    return 0;
}

void harness_pause(struct harness *h)
{
    struct timespec while_ = {.tv_nsec = 3000000};
    nanosleep(&while_, NULL);
    arena_reset(&h->arena);
}

void harness_settle(struct harness *h)
{
    for (int i = 0; i < 30; i++)
        harness_pause(h);
}

struct json *harness_get(struct harness *h, const char *path)
{
    return fake_api_get(h->api, &h->arena, path);
}

int64_t harness_integer(struct harness *h, const char *path, const char *at)
{
    return json_integer_at(harness_get(h, path), at, 0);
}

uint32_t harness_count(struct harness *h, const char *path)
{
    return json_count(fake_api_list(h->api, &h->arena, path));
}

void harness_run_pods(struct harness *h)
{
    struct arena arena = ARENA_INIT;
    char now[TIME_TEXT_MAX];
    time_format(clock_realtime_ns(), now);
    json_for_each (pod, fake_api_list(h->api, &arena, "/api/v1/pods")) {
        if (pod_is_ready(pod) || object_is_deleted(pod))
            continue;
        char *path = arena_printf(&arena, "/api/v1/namespaces/%s/pods/%s/status", object_namespace(pod),
                                  object_name(pod));
        struct transport *t = fake_api_transport(h->api);
        char *body = arena_printf(
            &arena,
            "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\","
            "\"lastTransitionTime\":\"%s\"}]}}",
            now);
        struct transport_request request = {.method = "PATCH", .target = path, .body = slice_of(body)};
        struct http_client_response response;
        if (t->request(t, &request, &response, NULL) == 0)
            buffer_done(&response.body); /* the pod may be gone meanwhile */
    }
    arena_done(&arena);
}
