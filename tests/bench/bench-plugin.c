/* SPDX-License-Identifier: Apache-2.0 */
/* bench-plugin PLUGIN.so: what the host adds to a call of a cloud plugin, in the caller's thread, on the
 * instance's pool, and to a process of its own (with $KEELSON_PLUGIN_HOST in a build tree). */
#include <keelson/cloud.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"

static enum keelson_status ask(void *handle, const struct keelson_call *call, void *arguments)
{
    return ((const struct keelson_cloud_v1 *)arguments)->owns(handle, call, NULL, 0, NULL);
}

/* Of the thread's own CPU where it does all the work, so that a busy machine does not count. */
static int64_t now_ns(bool own_cpu)
{
    struct timespec now;
    clock_gettime(own_cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static double run(struct plugin_instance *i, const void *cloud, unsigned count, bool here)
{
    struct plugin_call_options options = {.operation = "owns"};
    int64_t began = now_ns(here);
    for (unsigned n = 0; n < count; n++) {
        int result = here ? plugin_call_here(i, &options, ask, (void *)(uintptr_t)cloud, NULL)
                          : plugin_call(i, &options, ask, (void *)(uintptr_t)cloud, NULL, NULL);
        require(result == 0);
    }
    return (double)(now_ns(here) - began) / count;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The median, so that the machine's other work does not count. */
static double run_isolated(struct plugin_instance *i, const void *cloud, unsigned count)
{
    struct plugin_call_options options = {.operation = "owns"};
    _cleanup_free_ int64_t *took = newa0(int64_t, count);
    for (unsigned n = 0; n < count; n++) {
        int64_t began = now_ns(false);
        require(plugin_call_here(i, &options, ask, (void *)(uintptr_t)cloud, NULL) == 0);
        took[n] = now_ns(false) - began;
    }
    qsort(took, count, sizeof(*took), by_size);
    return (double)took[count / 2];
}

int main(int argc, char **argv)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    char folder[] = "/tmp/bench-plugin.XXXXXX";
    struct plugin_instance *i = NULL;
    if (argc != 2 || !mkdtemp(folder)) {
        fprintf(stderr, "usage: bench-plugin CLOUD_PLUGIN.so\n");
        return 2;
    }
    struct plugin_host *host = plugin_host_new(
        &(struct plugin_host_config){.daemon = "bench", .state_dir = folder, .allow_unowned_files = true});
    if (plugin_host_load(host, "bench", argv[1], NULL, KEELSON_KIND_CLOUD, &i, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    const void *cloud = plugin_instance_interface(i, KEELSON_CLOUD_1);
    run(i, cloud, 10000, true);
    printf("in the caller's thread: %.0f ns of CPU a call\n", run(i, cloud, 1000000, true));
    printf("on the instance's pool: %.0f ns a call\n", run(i, cloud, 20000, false));
    if (plugin_host_load_isolated(host, "isolated", argv[1], NULL, KEELSON_KIND_CLOUD, &i, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    cloud = plugin_instance_interface(i, KEELSON_CLOUD_1);
    run_isolated(i, cloud, 1000);
    printf("to a process of its own: %.1f us a call at the median\n", run_isolated(i, cloud, 20000) / 1000.0);
    plugin_host_free(host);
    directory_remove(folder, NULL);
    return 0;
}
