/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of pods, of what the runtime holds, and of what is to be done. A row's runtime is text: "name state
 * code sandbox age" per container, the newest first; the sandbox is "ready", "noip" or "gone".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/kubelet/decide.h"

#define NOW (1000 * NS_PER_S)

struct row {
    const char *what, *spec; /* spec: of the pod, without the containers' images */
    const char *sandbox;     /* "ready", "noip", "dead", "" */
    const char *containers;  /* "c:running c:exited=1@60 …": seconds since it ended */
    const char *backoff;     /* "c=10": seconds */
    const char *unhealthy;   /* a container whose liveness probe failed */
    const char *expected;    /* "sandbox0 start:c kill:c wait:c killpod finished", in this order */
};

static const struct row rows[] = {
    {"a new pod gets a sandbox", "{'containers':[{'name':'c'}]}", "", "", "", "", "sandbox0"},
    {"then its containers, all at once", "{'containers':[{'name':'c'},{'name':'d'}]}", "ready", "", "", "",
     "start:c start:d"},
    {"what runs stays", "{'containers':[{'name':'c'}]}", "ready", "c:running", "", "", ""},
    {"a sandbox without an address is made anew", "{'containers':[{'name':'c'}]}", "noip", "", "", "",
     "killpod sandbox1"},
    {"not on the host's network", "{'hostNetwork':true,'containers':[{'name':'c'}]}", "noip", "", "", "",
     "start:c"},
    {"a dead sandbox is replaced", "{'containers':[{'name':'c'}]}", "dead", "c:exited=137@1", "", "",
     "killpod sandbox1"},
    {"but not for what is done", "{'restartPolicy':'Never','containers':[{'name':'c'}]}", "dead",
     "c:exited=0@1", "", "", "killpod finished"},
    {"Always restarts a success", "{'restartPolicy':'Always','containers':[{'name':'c'}]}", "ready",
     "c:exited=0@1", "", "", "start:c"},
    {"OnFailure does not", "{'restartPolicy':'OnFailure','containers':[{'name':'c'}]}", "ready",
     "c:exited=0@1", "", "", "killpod finished"},
    {"but a failure", "{'restartPolicy':'OnFailure','containers':[{'name':'c'}]}", "ready", "c:exited=2@1",
     "", "", "start:c"},
    {"Never restarts nothing", "{'restartPolicy':'Never','containers':[{'name':'c'}]}", "ready",
     "c:exited=2@1", "", "", "killpod finished"},
    {"the pod goes on while one runs", "{'restartPolicy':'Never','containers':[{'name':'c'},{'name':'d'}]}",
     "ready", "c:exited=2@1 d:running", "", "", ""},
    {"a container's own policy wins",
     "{'restartPolicy':'Never','containers':[{'name':'c','restartPolicy':'Always'}]}", "ready",
     "c:exited=0@1", "", "", "start:c"},
    {"a rule for exit codes",
     "{'restartPolicy':'Never','containers':[{'name':'c','restartPolicyRules':[{'action':'Restart','"
     "exitCodes':{'operator':'In','values':[42]}}]}]}",
     "ready", "c:exited=42@1", "", "", "start:c"},
    {"a rule that does not fit",
     "{'restartPolicy':'Never','containers':[{'name':'c','restartPolicyRules':[{'action':'Restart','"
     "exitCodes':{'operator':'In','values':[42]}}]}]}",
     "ready", "c:exited=41@1", "", "", "killpod finished"},
    {"within the back-off it waits", "{'containers':[{'name':'c'}]}", "ready", "c:exited=1@5", "c=10", "",
     "wait:c"},
    {"after it starts", "{'containers':[{'name':'c'}]}", "ready", "c:exited=1@11", "c=10", "", "start:c"},
    {"an unhealthy one is killed first", "{'containers':[{'name':'c'}]}", "ready", "c:running", "", "c",
     "kill:c"},
    {"init containers go first", "{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'c'}]}",
     "ready", "", "", "", "start:i"},
    {"one after the other", "{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'c'}]}",
     "ready", "i:exited=0@1", "", "", "start:j"},
    {"and wait for each", "{'initContainers':[{'name':'i'},{'name':'j'}],'containers':[{'name':'c'}]}",
     "ready", "j:running i:exited=0@1", "", "", ""},
    {"before the others", "{'initContainers':[{'name':'i'}],'containers':[{'name':'c'}]}", "ready",
     "i:exited=0@1", "", "", "start:c"},
    {"a failed one is tried again", "{'initContainers':[{'name':'i'}],'containers':[{'name':'c'}]}", "ready",
     "i:exited=1@1", "", "", "start:i"},
    {"unless the policy is Never",
     "{'restartPolicy':'Never','initContainers':[{'name':'i'}],'containers':[{'name':'c'}]}", "ready",
     "i:exited=1@1", "", "", "killpod finished"},
    {"init does not run again once the pod began",
     "{'initContainers':[{'name':'i'}],'containers':[{'name':'c'}]}", "ready", "c:exited=1@1", "", "",
     "start:c"},
    {"a sidecar starts before what follows",
     "{'initContainers':[{'name':'s','restartPolicy':'Always'},{'name':'i'}],'containers':[{'name':'c'}]}",
     "ready", "", "", "", "start:s"},
    {"and lets it go on once it runs",
     "{'initContainers':[{'name':'s','restartPolicy':'Always'},{'name':'i'}],'containers':[{'name':'c'}]}",
     "ready", "s:running", "", "", "start:i"},
    {"not before its startup probe passed",
     "{'initContainers':[{'name':'s','restartPolicy':'Always','startupProbe':{}},{'name':'i'}],'containers':["
     "{'name':'c'}]}",
     "ready", "s:running", "", "", ""},
    {"a sidecar that ended comes back",
     "{'initContainers':[{'name':'s','restartPolicy':'Always'}],'containers':[{'name':'c'}]}", "ready",
     "c:running s:exited=0@1", "", "", "start:s"},
    {"but does not keep a pod that is done",
     "{'restartPolicy':'Never','initContainers':[{'name':'s','restartPolicy':'Always'}],'containers':[{'name'"
     ":'c'}]}",
     "ready", "c:exited=0@1 s:running", "", "", "killpod finished"},
    {"ephemeral containers start once", "{'containers':[{'name':'c'}],'ephemeralContainers':[{'name':'e'}]}",
     "ready", "c:running", "", "", "start:e"},
    {"and never again", "{'containers':[{'name':'c'}],'ephemeralContainers':[{'name':'e'}]}", "ready",
     "e:exited=0@1 c:running", "", "", ""},
};

static struct json *pod_of(struct arena *arena, const char *spec)
{
    char *text = arena_printf(arena, "{\"metadata\":{\"name\":\"p\",\"uid\":\"u\"},\"spec\":%s}", spec);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    struct json *pod;
    assert_int_equal(json_parse(arena, slice_of(text), &pod, NULL), 0);
    return pod;
}

static void add_container(struct arena *arena, struct pod_runtime *r, struct slice text,
                          const struct json *pod)
{
    struct runtime_container *c = &r->containers[r->containers_count++];
    struct slice state = text, code, age;
    struct slice name = slice_cut(&state, ':');
    code = state;
    state = slice_cut(&code, '=');
    age = code;
    code = slice_cut(&age, '@');
    *c = (struct runtime_container){.id = arena_printf(arena, "id-%.*s", SLICE_ARG(name)),
                                    .sandbox_id = "s",
                                    .name = arena_strndup(arena, name.data, name.size),
                                    .image = "",
                                    .image_id = "",
                                    .reason = "",
                                    .message = "",
                                    .log_path = "",
                                    .hash = "",
                                    .termination_path = "",
                                    .termination_policy = "",
                                    .resize_hash = ""};
    c->hash = container_hash(arena, container_find(pod, c->name, NULL));
    c->state = slice_is(state, "running") ? KEELSON_CONTAINER_RUNNING : KEELSON_CONTAINER_EXITED;
    c->exit_code = code.data ? (int32_t)strtol(code.data, NULL, 10) : 0;
    c->finished_ns = NOW - (age.data ? strtol(age.data, NULL, 10) : 0) * NS_PER_S;
}

static void fill_runtime(struct arena *arena, const struct row *row, const struct json *pod,
                         struct pod_runtime *r)
{
    static const char *ips[] = {"10.0.0.1", NULL};
    struct slice rest = slice_of(row->containers);
    *r = (struct pod_runtime){.sandboxes = arena_new(arena, struct runtime_sandbox),
                              .containers = arena_alloc0(arena, 8 * sizeof(struct runtime_container))};
    r->sandboxes_count = row->sandbox[0] != 0;
    r->sandboxes[0] = (struct runtime_sandbox){.id = "s",
                                               .ready = strcmp(row->sandbox, "dead") != 0,
                                               .ips = ips,
                                               .ips_count = strcmp(row->sandbox, "ready") == 0};
    while (rest.data && rest.size)
        add_container(arena, r, slice_cut(&rest, ' '), pod);
}

static void write_actions(const struct pod_actions *a, struct buffer *out)
{
    if (a->kill_pod)
        buffer_append_str(out, "killpod ");
    if (a->create_sandbox)
        buffer_printf(out, "sandbox%u ", a->attempt);
    for (size_t i = 0; i < a->kills_count; i++)
        buffer_printf(out, "kill:%s ", a->kills[i].container->name);
    for (size_t i = 0; i < a->starts_count; i++)
        buffer_printf(out, "start:%s ", json_string_or(json_get(a->starts[i].container, "name"), ""));
    for (size_t i = 0; i < a->waits_count; i++)
        buffer_printf(out, "wait:%s ", a->waits[i].name);
    if (a->finished)
        buffer_append_str(out, "finished ");
    buffer_append_char(out, 0);
    if (out->size > 1 && out->data[out->size - 2] == ' ')
        out->data[out->size - 2] = 0;
}

static size_t fill_memories(struct arena *arena, const struct row *row, struct container_memory *m)
{
    size_t count = 0;
    if (row->backoff[0]) {
        struct slice value = slice_of(row->backoff);
        struct slice name = slice_cut(&value, '=');
        m[count++] = (struct container_memory){.name = arena_strndup(arena, name.data, name.size),
                                               .backoff_ns = strtol(value.data, NULL, 10) * NS_PER_S,
                                               .backoff_set_ns = NOW - 20 * NS_PER_S};
    }
    if (row->unhealthy[0])
        m[count++] = (struct container_memory){.name = arena_strdup(arena, row->unhealthy),
                                               .unhealthy = true,
                                               .probed_id = arena_printf(arena, "id-%s", row->unhealthy),
                                               .unhealthy_grace_s = -1};
    return count;
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer text = BUFFER_INIT;
        struct container_memory memories[2];
        struct pod_runtime runtime;
        struct pod_actions actions;
        struct json *pod = pod_of(&arena, rows[i].spec);
        fill_runtime(&arena, &rows[i], pod, &runtime);
        struct decide_input in = {.pod = pod,
                                  .runtime = &runtime,
                                  .memories = memories,
                                  .memories_count = fill_memories(&arena, &rows[i], memories),
                                  .now_ns = NOW,
                                  .backoff_max_ns = 300 * NS_PER_S};
        decide(&arena, &in, &actions);
        write_actions(&actions, &text);
        if (strcmp(text.data, rows[i].expected) != 0)
            fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].what, text.data, rows[i].expected);
        buffer_done(&text);
        arena_done(&arena);
    }
}

static void test_changed_image(void **state)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime runtime;
    struct pod_actions actions;
    struct json *pod = pod_of(&arena, "{'restartPolicy':'Never','containers':[{'name':'c','image':'a:1'}]}");
    struct row row = {.sandbox = "ready", .containers = "c:running", .backoff = "", .unhealthy = ""};
    fill_runtime(&arena, &row, pod, &runtime);
    runtime.containers[0].hash = "other";
    struct decide_input in = {
        .pod = pod, .runtime = &runtime, .now_ns = NOW, .backoff_max_ns = 300 * NS_PER_S};
    decide(&arena, &in, &actions);
    assert_int_equal(actions.kills_count, 1);
    assert_true(actions.kills[0].restart);
    assert_string_equal(actions.kills[0].message, "Container c definition changed, will be restarted");
    arena_done(&arena);
}

static void test_restart_count(void **state)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime runtime;
    struct pod_actions actions;
    struct json *pod = pod_of(&arena, "{'containers':[{'name':'c'}]}");
    struct row row = {.sandbox = "ready", .containers = "c:exited=1@1", .backoff = "", .unhealthy = ""};
    fill_runtime(&arena, &row, pod, &runtime);
    runtime.containers[0].restart_count = 7;
    struct decide_input in = {
        .pod = pod, .runtime = &runtime, .now_ns = NOW, .backoff_max_ns = 300 * NS_PER_S};
    decide(&arena, &in, &actions);
    assert_int_equal(actions.starts_count, 1);
    assert_int_equal(actions.starts[0].restart_count, 8);
    arena_done(&arena);
}

static void test_backoff(void **state)
{
    static const int64_t expected_s[] = {10, 20, 40, 80, 160, 300, 300};
    int64_t current = 0, now = NOW, max = 300 * NS_PER_S;
    for (size_t i = 0; i < ARRAY_SIZE(expected_s); i++) {
        int64_t set = now;
        now += current;
        current = backoff_next(current, set, now, max);
        assert_int_equal(current / NS_PER_S, expected_s[i]);
    }
    assert_int_equal(backoff_next(300 * NS_PER_S, NOW, NOW + 601 * NS_PER_S, max) / NS_PER_S, 10);
    assert_int_equal(backoff_next(0, 0, NOW, NS_PER_S) / NS_PER_S, 1);
}

/* What it earned is of its image and of its last ten minutes. */
static void test_backoff_is_lost(void **state)
{
    static const struct {
        int64_t set_s;    /* ago */
        const char *hash; /* of what earned it; NULL: the same */
        size_t starts;
    } cases[] = {{20, NULL, 0}, {20, "other", 1}, {700, NULL, 1}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct pod_runtime runtime;
        struct pod_actions actions;
        struct json *pod = pod_of(&arena, "{'containers':[{'name':'c','image':'a:1'}]}");
        struct row row = {.sandbox = "ready", .containers = "c:exited=1@1", .backoff = "", .unhealthy = ""};
        fill_runtime(&arena, &row, pod, &runtime);
        const char *hash = container_hash(&arena, container_find(pod, "c", NULL));
        struct container_memory m = {.name = (char *)"c",
                                     .backoff_ns = 300 * NS_PER_S,
                                     .backoff_set_ns = NOW - cases[i].set_s * NS_PER_S,
                                     .backoff_hash = (char *)(cases[i].hash ? cases[i].hash : hash)};
        struct decide_input in = {.pod = pod,
                                  .runtime = &runtime,
                                  .memories = &m,
                                  .memories_count = 1,
                                  .now_ns = NOW,
                                  .backoff_max_ns = 300 * NS_PER_S};
        decide(&arena, &in, &actions);
        assert_int_equal(actions.starts_count, cases[i].starts);
        assert_int_equal(actions.waits_count, 1 - cases[i].starts);
        arena_done(&arena);
    }
}

/* A pull is put off for the image that could not be pulled, not for another. */
static void test_pull_backoff(void **state)
{
    static const char *const failed[] = {"a:1", "a:2"};
    for (size_t i = 0; i < ARRAY_SIZE(failed); i++) {
        struct arena arena = ARENA_INIT;
        struct pod_runtime runtime;
        struct pod_actions actions;
        struct json *pod = pod_of(&arena, "{'containers':[{'name':'c','image':'a:1'}]}");
        struct row row = {.sandbox = "ready", .containers = "", .backoff = "", .unhealthy = ""};
        fill_runtime(&arena, &row, pod, &runtime);
        struct container_memory m = {
            .name = (char *)"c", .pull_image = (char *)failed[i], .pull_until_ns = NOW + NS_PER_S};
        struct decide_input in = {.pod = pod,
                                  .runtime = &runtime,
                                  .memories = &m,
                                  .memories_count = 1,
                                  .now_ns = NOW,
                                  .backoff_max_ns = 300 * NS_PER_S};
        decide(&arena, &in, &actions);
        assert_int_equal(actions.starts_count, i);
        arena_done(&arena);
    }
}

static void test_resize_policy(void **state)
{
    static const char *const policies[] = {"NotRequired", "RestartContainer"};
    for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
        struct arena arena = ARENA_INIT;
        struct pod_runtime runtime;
        struct pod_actions actions;
        struct json *pod =
            pod_of(&arena, arena_printf(&arena,
                                        "{'restartPolicy':'Never','containers':[{'name':'c','resources':{'"
                                        "requests':{'memory':'1Mi'}},'resizePolicy':[{'resourceName':'memory'"
                                        ",'restartPolicy':'%s'}]}]}",
                                        policies[i]));
        struct row row = {.sandbox = "ready", .containers = "c:running", .backoff = "", .unhealthy = ""};
        fill_runtime(&arena, &row, pod, &runtime);
        runtime.containers[0].resize_hash = "of other resources";
        struct decide_input in = {
            .pod = pod, .runtime = &runtime, .now_ns = NOW, .backoff_max_ns = 300 * NS_PER_S};
        decide(&arena, &in, &actions);
        assert_int_equal(actions.kills_count, i);
        assert_true(i == 0 || actions.kills[0].restart);
        runtime.containers[0].resize_hash = container_resize_hash(&arena, container_find(pod, "c", NULL));
        decide(&arena, &in, &actions);
        assert_int_equal(actions.kills_count, 0);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_changed_image),
                                       cmocka_unit_test(test_restart_count),
                                       cmocka_unit_test(test_backoff),
                                       cmocka_unit_test(test_backoff_is_lost),
                                       cmocka_unit_test(test_pull_backoff),
                                       cmocka_unit_test(test_resize_policy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
