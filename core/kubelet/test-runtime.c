/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runtime plugin for the server's tests: two running containers, and sessions whose URL says what was asked
 * for, on the streaming server that the configuration names.
 */
#include <keelson/runtime.h>
#include <stdio.h>
#include <string.h>

struct instance {
    const char *base; /* "http://127.0.0.1:4000" */
};
static const struct keelson_host *host;

static enum keelson_status give_url(struct instance *i, const struct keelson_text_sink *url, const char *path)
{
    char text[512];
    int size = snprintf(text, sizeof(text), "%s/%s", i->base, path);
    url->put(url, 0, text, (size_t)size);
    return KEELSON_OK;
}

static enum keelson_status test_exec(void *instance, const struct keelson_call *call, const char *id,
                                     const char *const *command, uint32_t count, int tty, int in, int out,
                                     int err, const struct keelson_text_sink *url)
{
    char path[256];
    if (strcmp(command[0], "fail") == 0)
        return host->fail(call, KEELSON_FAILED, "the runtime says no");
    snprintf(path, sizeof(path), "exec/%s/%s/%u/%d%d%d%d", id, command[0], count, tty, in, out, err);
    return give_url(instance, url, path);
}

static enum keelson_status test_attach(void *instance, const struct keelson_call *call, const char *id,
                                       int tty, int in, int out, int err, const struct keelson_text_sink *url)
{
    char path[256];
    snprintf(path, sizeof(path), "attach/%s/%d%d%d%d", id, tty, in, out, err);
    return give_url(instance, url, path);
}

static enum keelson_status test_port_forward(void *instance, const struct keelson_call *call, const char *id,
                                             const int32_t *ports, uint32_t count,
                                             const struct keelson_text_sink *url)
{
    char path[256];
    snprintf(path, sizeof(path), "portforward/%s/%u/%d", id, count, count ? ports[0] : 0);
    return give_url(instance, url, path);
}

static const struct keelson_pair labels[] = {{"io.kubernetes.container.name", "app"},
                                             {"io.kubernetes.pod.name", "web"},
                                             {"io.kubernetes.pod.namespace", "shop"},
                                             {"io.kubernetes.pod.uid", "u1"}};
static const struct keelson_pair other_labels[] = {{"io.kubernetes.container.name", "side"},
                                                   {"io.kubernetes.pod.name", "web"},
                                                   {"io.kubernetes.pod.namespace", "shop"},
                                                   {"io.kubernetes.pod.uid", "u1"}};

static enum keelson_status test_list(void *instance, const struct keelson_call *call,
                                     const struct keelson_container_sink *sink)
{
    struct keelson_container c = {.size = sizeof(c), .state = KEELSON_CONTAINER_RUNNING, .sandbox_id = "s1"};
    c.created_at_ns = 1000000000;
    c.id = "c1";
    c.image = "nginx";
    c.labels = (struct keelson_pairs){labels, 4};
    sink->put(sink, &c);
    c.id = "c2";
    c.labels = (struct keelson_pairs){other_labels, 4};
    sink->put(sink, &c);
    c.id = "c3";
    c.state = KEELSON_CONTAINER_EXITED;
    sink->put(sink, &c);
    return KEELSON_OK;
}

static enum keelson_status test_usage(void *instance, const struct keelson_call *call,
                                      const struct keelson_usage_sink *sink)
{
    struct keelson_usage u = {.size = sizeof(u), .container_id = "c1", .timestamp_ns = 2000000000};
    u.cpu_nanoseconds = 1500000000;
    u.memory_working_set_bytes = 100;
    sink->put(sink, &u);
    u.container_id = "c2";
    u.memory_working_set_bytes = 23;
    sink->put(sink, &u);
    u.container_id = "unknown";
    sink->put(sink, &u);
    return KEELSON_OK;
}

static enum keelson_status test_nothing(void *instance, const struct keelson_call *call)
{
    return KEELSON_UNSUPPORTED;
}

static struct keelson_runtime_v1 runtime = {
    .size = sizeof(runtime),
    .container_list = test_list,
    .container_usage = test_usage,
    .exec = test_exec,
    .attach = test_attach,
    .port_forward = test_port_forward,
};

static enum keelson_status test_open(const struct keelson_call *call, const struct keelson_instance *instance,
                                     void **ret)
{
    static struct instance only;
    enum keelson_status status = host->config_string(call, instance->config, "base", &only.base);
    *ret = &only;
    return status;
}

static void test_close(void *instance)
{
}

static const void *test_interface(void *instance, const char *name)
{
    void **functions = (void **)&runtime.info; /* a table must be whole; these are not called here */
    for (size_t i = 0; i < (sizeof(runtime) - offsetof(struct keelson_runtime_v1, info)) / sizeof(*functions);
         i++)
        if (!functions[i])
            functions[i] = (void *)test_nothing;
    return strcmp(name, KEELSON_RUNTIME_1) == 0 ? &runtime : NULL;
}

static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                             .threading = KEELSON_THREADS_PARALLEL,
                                             .description = "a runtime for tests",
                                             .open = test_open,
                                             .close = test_close,
                                             .interface = test_interface};

KEELSON_PLUGIN(KEELSON_KIND_RUNTIME, "test-runtime", "1.0.0");

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    host = given;
    return &plugin;
}
