/* SPDX-License-Identifier: Apache-2.0 */
/* Phases, readiness and conditions over tables of containers; and what the patch of a changed status says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/kubelet/pod-status.h"

struct row {
    const char *what, *policy,
        *containers;                    /* "c:running d:exited=1"; a trailing ! means terminated for good */
    const char *phase, *ready, *reason; /* of the pod; of the Ready condition */
    bool terminated;
};
static const struct row rows[] = {
    {"nothing made yet", "Always", "", "Pending", "False", "ContainersNotReady", false},
    {"all run", "Always", "c:running d:running", "Running", "True", "", false},
    {"one is missing", "Always", "c:running", "Pending", "False", "ContainersNotReady", false},
    {"one ended and comes back", "Always", "c:running d:exited=1", "Running", "False", "ContainersNotReady",
     false},
    {"all ended well", "OnFailure", "c:exited=0 d:exited=0", "Succeeded", "False", "PodCompleted", false},
    {"one failed and is not tried again", "Never", "c:exited=0 d:exited=2", "Failed", "False", "PodFailed",
     false},
    {"one failed and is tried again", "OnFailure", "c:exited=0 d:exited=2", "Running", "False",
     "ContainersNotReady", false},
    {"stopped for good, all well", "Always", "c:exited=0 d:exited=0", "Succeeded", "False", "PodCompleted",
     true},
    {"stopped for good, one killed", "Always", "c:exited=0 d:exited=137", "Failed", "False", "PodFailed",
     true},
    {"never began and never will", "Always", "", "Failed", "False", "PodFailed", true},
};

static struct json *pod_of(struct arena *arena, const char *policy, const char *more)
{
    char *text = arena_printf(arena,
                              "{'metadata':{'name':'p','uid':'u','generation':3},'spec':{'restartPolicy':'%s'"
                              ",'containers':[{'name':'c','image':'x:1'},{'name':'d','image':'y:1'}]%s},"
                              "'status':{'conditions':[{'type':'PodScheduled','status':'True','"
                              "lastTransitionTime':'2026-01-01T00:00:00Z'}]}}",
                              policy, more);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    struct json *pod;
    assert_int_equal(json_parse(arena, slice_of(text), &pod, NULL), 0);
    return pod;
}

static void fill(struct arena *arena, const char *containers, struct pod_runtime *r)
{
    static const char *ips[] = {"10.0.0.1", NULL};
    struct slice rest = slice_of(containers);
    *r = (struct pod_runtime){.sandboxes = arena_new(arena, struct runtime_sandbox),
                              .sandboxes_count = 1,
                              .containers = arena_alloc0(arena, 8 * sizeof(struct runtime_container))};
    r->sandboxes[0] = (struct runtime_sandbox){.id = "s", .ready = true, .ips = ips, .ips_count = 1};
    while (rest.data && rest.size) {
        struct slice state = slice_cut(&rest, ' ');
        struct slice name = slice_cut(&state, ':'), code = state;
        state = slice_cut(&code, '=');
        r->containers[r->containers_count++] = (struct runtime_container){
            .id = arena_printf(arena, "id-%.*s", SLICE_ARG(name)),
            .sandbox_id = "s",
            .name = arena_strndup(arena, name.data, name.size),
            .image = "x:1",
            .image_id = "sha256:1",
            .reason = "",
            .message = "",
            .state = slice_is(state, "running") ? KEELSON_CONTAINER_RUNNING : KEELSON_CONTAINER_EXITED,
            .exit_code = code.data ? (int32_t)strtol(code.data, NULL, 10) : 0,
            .started_ns = 5 * NS_PER_S,
            .finished_ns = 9 * NS_PER_S};
    }
}

static struct json *status_of(struct arena *arena, const struct json *pod, const struct pod_runtime *runtime,
                              bool terminated, struct container_memory *memories, size_t count)
{
    static const char *const host[] = {"192.0.2.1", NULL};
    struct pod_status_input in = {.pod = pod,
                                  .runtime = runtime,
                                  .runtime_name = "containerd",
                                  .host_ips = host,
                                  .started_ns = NS_PER_S,
                                  .terminating = terminated,
                                  .terminated = terminated,
                                  .memories = memories,
                                  .memories_count = count};
    return pod_status_make(arena, &in);
}

static const struct json *condition(struct arena *arena, struct json *status, const char *type)
{
    struct json *holder = json_new_object(arena);
    json_set(arena, holder, "status", status);
    const struct json *found = object_condition(holder, type);
    assert_non_null(found);
    return found;
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct arena arena = ARENA_INIT;
        struct pod_runtime runtime;
        fill(&arena, rows[i].containers, &runtime);
        struct json *status =
            status_of(&arena, pod_of(&arena, rows[i].policy, ""), &runtime, rows[i].terminated, NULL, 0);
        const struct json *ready = condition(&arena, status, "Ready");
        const char *phase = json_string_at(status, "phase"), *is = json_string(json_get(ready, "status")),
                   *reason = json_string_or(json_get(ready, "reason"), "");
        if (strcmp(phase, rows[i].phase) != 0 || strcmp(is, rows[i].ready) != 0 ||
            strcmp(reason, rows[i].reason) != 0)
            fail_msg("%s: %s, Ready %s (%s)", rows[i].what, phase, is, reason);
        assert_int_equal(json_integer_at(ready, "observedGeneration", 0), 3);
        assert_string_equal(json_string_at(condition(&arena, status, "PodScheduled"), "lastTransitionTime"),
                            "2026-01-01T00:00:00Z");
        arena_done(&arena);
    }
}

static void test_containers(void **state)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime runtime;
    struct container_memory m = {.name = (char *)"d",
                                 .waiting_reason = (char *)"CrashLoopBackOff",
                                 .waiting_message = (char *)"back-off"};
    fill(&arena, "c:running d:exited=3", &runtime);
    runtime.containers[1].restart_count = 4;
    struct json *status = status_of(&arena, pod_of(&arena, "Always", ""), &runtime, false, &m, 1);
    const struct json *c = json_at(status, "containerStatuses[0]"),
                      *d = json_at(status, "containerStatuses[1]");
    assert_string_equal(json_string_at(c, "containerID"), "containerd://id-c");
    assert_true(json_boolean_at(c, "ready", false));
    assert_string_equal(json_string_at(c, "state.running.startedAt"), "1970-01-01T00:00:05Z");
    assert_string_equal(json_string_at(d, "state.waiting.reason"), "CrashLoopBackOff");
    assert_int_equal(json_integer_at(d, "lastState.terminated.exitCode", 0), 3);
    assert_string_equal(json_string_at(d, "lastState.terminated.reason"), "Error");
    assert_int_equal(json_integer_at(d, "restartCount", 0), 4);
    assert_string_equal(json_string_at(condition(&arena, status, "Ready"), "message"),
                        "containers with unready status: [d]");
    assert_string_equal(json_string_at(status, "podIPs[0].ip"), "10.0.0.1");
    assert_string_equal(json_string_at(status, "hostIP"), "192.0.2.1");
    assert_string_equal(json_string_at(status, "qosClass"), "BestEffort");
    arena_done(&arena);
}

static void test_readiness_gate(void **state)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime runtime;
    fill(&arena, "c:running d:running", &runtime);
    struct json *status =
        status_of(&arena, pod_of(&arena, "Always", ",'readinessGates':[{'conditionType':'a/b'}]"), &runtime,
                  false, NULL, 0);
    const struct json *ready = condition(&arena, status, "Ready");
    assert_string_equal(json_string_at(ready, "reason"), "ReadinessGatesNotReady");
    assert_string_equal(json_string_at(ready, "message"),
                        "corresponding condition of pod readiness gate \"a/b\" does not exist.");
    assert_string_equal(json_string_at(condition(&arena, status, "ContainersReady"), "status"), "True");
    arena_done(&arena);
}

static void test_probe_of_another_container(void **state)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime runtime;
    struct json *pod = pod_of(&arena, "Always", "");
    struct container_memory m = {
        .name = (char *)"c", .probed_id = (char *)"id-older", .ready = true, .started = true};
    fill(&arena, "c:running d:running", &runtime);
    json_set_object(&arena, json_at(pod, "spec.containers[0]"), "readinessProbe");
    assert_false(
        json_boolean_at(status_of(&arena, pod, &runtime, false, &m, 1), "containerStatuses[0].ready", true));
    m.probed_id = (char *)"id-c";
    assert_true(
        json_boolean_at(status_of(&arena, pod, &runtime, false, &m, 1), "containerStatuses[0].ready", false));
    arena_done(&arena);
}

static void test_patch(void **state)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime runtime;
    struct json *pod = pod_of(&arena, "Always", "");
    fill(&arena, "c:running", &runtime);
    struct json *before = status_of(&arena, pod, &runtime, false, NULL, 0);
    assert_null(pod_status_patch(&arena, "u", before, before));
    json_set(&arena, pod, "status", json_copy(&arena, before));
    fill(&arena, "c:running d:running", &runtime);
    struct json *after = status_of(&arena, pod, &runtime, false, NULL, 0);
    struct json *patch = pod_status_patch(&arena, "u", before, after);
    assert_string_equal(json_string_at(patch, "metadata.uid"), "u");
    assert_string_equal(json_string_at(patch, "status.phase"), "Running");
    assert_null(json_at(patch, "status.podIP"));
    bool taken_away = false;
    json_for_each (c, json_at(patch, "status.conditions")) {
        assert_string_not_equal(json_string_at(c, "type"), "PodScheduled");
        taken_away = taken_away || json_is(json_get(c, "message"), JSON_NULL);
    }
    assert_true(taken_away);
    arena_done(&arena);
}

static void test_rejected(void **state)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime runtime = {0};
    struct pod_status_input in = {.pod = pod_of(&arena, "Always", ""),
                                  .runtime = &runtime,
                                  .runtime_name = "containerd",
                                  .fail_reason = "OutOfcpu",
                                  .fail_message = "too much",
                                  .terminating = true};
    struct json *status = pod_status_make(&arena, &in);
    assert_string_equal(json_string_at(status, "phase"), "Failed");
    assert_string_equal(json_string_at(status, "reason"), "OutOfcpu");
    assert_null(json_get(status, "containerStatuses"));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_containers),
        cmocka_unit_test(test_readiness_gate), cmocka_unit_test(test_probe_of_another_container),
        cmocka_unit_test(test_patch),          cmocka_unit_test(test_rejected)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
