/* SPDX-License-Identifier: Apache-2.0 */
/* The forms in which the node's picture goes out. */
#include <inttypes.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/api/json.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/kubelet/stats.h"

/* --- /stats/summary --- */

static void set_time(struct arena *arena, struct json *object, const char *key, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    time_format(ns, text);
    json_set_string(arena, object, key, text);
}

static void set_cpu(struct arena *arena, struct json *object, int64_t sampled_ns, uint64_t cpu_ns,
                    int64_t nano_cores)
{
    struct json *cpu = json_set_object(arena, object, "cpu");
    set_time(arena, cpu, "time", sampled_ns);
    if (nano_cores >= 0)
        json_set_int(arena, cpu, "usageNanoCores", nano_cores);
    json_set_int(arena, cpu, "usageCoreNanoSeconds", (int64_t)cpu_ns);
}

static struct json *set_memory(struct arena *arena, struct json *object, int64_t sampled_ns,
                               uint64_t usage_bytes, uint64_t working_set_bytes)
{
    struct json *memory = json_set_object(arena, object, "memory");
    set_time(arena, memory, "time", sampled_ns);
    json_set_int(arena, memory, "usageBytes", (int64_t)usage_bytes);
    json_set_int(arena, memory, "workingSetBytes", (int64_t)working_set_bytes);
    return memory;
}

static void set_disk(struct arena *arena, struct json *object, const char *folder, int64_t sampled_ns)
{
    struct statvfs fs;
    if (!folder || statvfs(folder, &fs) < 0)
        return;
    struct json *disk = json_set_object(arena, object, "fs");
    set_time(arena, disk, "time", sampled_ns);
    json_set_int(arena, disk, "availableBytes", (int64_t)(fs.f_bavail * fs.f_frsize));
    json_set_int(arena, disk, "capacityBytes", (int64_t)(fs.f_blocks * fs.f_frsize));
    json_set_int(arena, disk, "usedBytes", (int64_t)((fs.f_blocks - fs.f_bfree) * fs.f_frsize));
    json_set_int(arena, disk, "inodesFree", (int64_t)fs.f_favail);
    json_set_int(arena, disk, "inodes", (int64_t)fs.f_files);
    json_set_int(arena, disk, "inodesUsed", (int64_t)(fs.f_files - fs.f_ffree));
}

static void add_container(struct arena *arena, struct json *list, const struct stats_container *c)
{
    struct json *out = json_append(arena, list, json_new_object(arena));
    json_set_string(arena, out, "name", c->name);
    set_time(arena, out, "startTime", c->created_ns);
    if (!c->sampled_ns)
        return;
    set_cpu(arena, out, c->sampled_ns, c->cpu_ns, c->nano_cores);
    struct json *memory =
        set_memory(arena, out, c->sampled_ns, c->memory_usage_bytes, c->memory_working_set_bytes);
    json_set_int(arena, memory, "rssBytes", (int64_t)c->memory_rss_bytes);
    json_set_int(arena, memory, "pageFaults", (int64_t)c->page_faults);
    json_set_int(arena, memory, "majorPageFaults", (int64_t)c->major_page_faults);
    struct json *root = json_set_object(arena, out, "rootfs");
    set_time(arena, root, "time", c->sampled_ns);
    json_set_int(arena, root, "usedBytes", (int64_t)c->writable_bytes);
    json_set_int(arena, root, "inodesUsed", (int64_t)c->writable_inodes);
}

/* The containers of one pod stand together: from i to the one returned, which is another's. */
static size_t pod_end(const struct stats *stats, size_t i)
{
    const char *uid = stats->containers[i].uid;
    while (i < stats->count && strcmp(stats->containers[i].uid, uid) == 0)
        i++;
    return i;
}

static struct stats_container sum_of(const struct stats *stats, size_t from, size_t to)
{
    struct stats_container sum = stats->containers[from];
    for (size_t i = from + 1; i < to; i++) {
        const struct stats_container *c = &stats->containers[i];
        sum.cpu_ns += c->cpu_ns;
        sum.nano_cores = sum.nano_cores < 0 || c->nano_cores < 0 ? -1 : sum.nano_cores + c->nano_cores;
        sum.memory_usage_bytes += c->memory_usage_bytes;
        sum.memory_working_set_bytes += c->memory_working_set_bytes;
        sum.created_ns = MIN(sum.created_ns, c->created_ns);
        sum.sampled_ns = MAX(sum.sampled_ns, c->sampled_ns);
    }
    return sum;
}

static void add_pod(struct arena *arena, struct json *list, const struct stats *stats, size_t from, size_t to)
{
    struct stats_container sum = sum_of(stats, from, to);
    struct json *out = json_append(arena, list, json_new_object(arena));
    struct json *reference = json_set_object(arena, out, "podRef");
    json_set_string(arena, reference, "name", sum.pod);
    json_set_string(arena, reference, "namespace", sum.namespace_);
    json_set_string(arena, reference, "uid", sum.uid);
    set_time(arena, out, "startTime", sum.created_ns);
    struct json *containers = json_set_array(arena, out, "containers");
    for (size_t i = from; i < to; i++)
        add_container(arena, containers, &stats->containers[i]);
    if (!sum.sampled_ns)
        return;
    set_cpu(arena, out, sum.sampled_ns, sum.cpu_ns, sum.nano_cores);
    set_memory(arena, out, sum.sampled_ns, sum.memory_usage_bytes, sum.memory_working_set_bytes);
}

void stats_write_summary(const struct stats *stats, const char *node_name, const char *disk_folder,
                         struct buffer *out)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *summary = json_new_object(&arena), *node = json_set_object(&arena, summary, "node");
    json_set_string(&arena, node, "nodeName", node_name);
    set_time(&arena, node, "startTime", stats->started_ns);
    set_cpu(&arena, node, stats->sampled_ns, stats->cpu_ns, stats->nano_cores);
    struct json *memory = set_memory(&arena, node, stats->sampled_ns, stats->memory_usage_bytes,
                                     stats->memory_working_set_bytes);
    json_set_int(&arena, memory, "availableBytes", (int64_t)stats->memory_available_bytes);
    set_disk(&arena, node, disk_folder, stats->sampled_ns);
    struct json *pods = json_set_array(&arena, summary, "pods");
    for (size_t i = 0; i < stats->count; i = pod_end(stats, i))
        add_pod(&arena, pods, stats, i, pod_end(stats, i));
    json_write(out, summary);
}

/* --- /metrics/resource --- */

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP %s [STABLE] %s\n# TYPE %s %s\n", name, help, name, type);
}

static void seconds(struct buffer *out, uint64_t ns)
{
    buffer_printf(out, "%" PRIu64 ".%09" PRIu64, ns / (uint64_t)NS_PER_S, ns % (uint64_t)NS_PER_S);
}

static const struct metric {
    const char *name, *type, *help;
    bool is_pod;
    enum { CPU, MEMORY, START } what;
} metrics[] = {
    {"container_cpu_usage_seconds_total", "counter",
     "Cumulative cpu time consumed by the container in core-seconds", false, CPU},
    {"container_memory_working_set_bytes", "gauge", "Current working set of the container in bytes", false,
     MEMORY},
    {"container_start_time_seconds", "gauge", "Start time of the container since unix epoch in seconds",
     false, START},
    {"pod_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed by the pod in core-seconds",
     true, CPU},
    {"pod_memory_working_set_bytes", "gauge", "Current working set of the pod in bytes", true, MEMORY},
};

static void write_sample(struct buffer *out, const struct metric *m, const struct stats_container *c)
{
    if (!c->sampled_ns && m->what != START)
        return;
    buffer_printf(out, "%s{", m->name);
    if (!m->is_pod)
        buffer_printf(out, "container=\"%s\",", c->name);
    buffer_printf(out, "namespace=\"%s\",pod=\"%s\"} ", c->namespace_, c->pod);
    if (m->what == MEMORY)
        buffer_append_u64(out, c->memory_working_set_bytes);
    else
        seconds(out, m->what == CPU ? c->cpu_ns : (uint64_t)MAX(c->created_ns, 0));
    if (m->what != START)
        buffer_printf(out, " %" PRId64, c->sampled_ns / NS_PER_MS);
    buffer_append_char(out, '\n');
}

static void write_metric(struct buffer *out, const struct metric *m, const struct stats *stats)
{
    head(out, m->name, m->type, m->help);
    for (size_t i = 0; i < stats->count; i = m->is_pod ? pod_end(stats, i) : i + 1) {
        struct stats_container sample =
            m->is_pod ? sum_of(stats, i, pod_end(stats, i)) : stats->containers[i];
        write_sample(out, m, &sample);
    }
}

void stats_write_metrics(const struct stats *stats, struct buffer *out)
{
    head(out, "node_cpu_usage_seconds_total", "counter",
         "Cumulative cpu time consumed by the node in core-seconds");
    buffer_append_str(out, "node_cpu_usage_seconds_total ");
    seconds(out, stats->cpu_ns);
    buffer_printf(out, " %" PRId64 "\n", stats->sampled_ns / NS_PER_MS);
    head(out, "node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes");
    buffer_printf(out, "node_memory_working_set_bytes %" PRIu64 " %" PRId64 "\n",
                  stats->memory_working_set_bytes, stats->sampled_ns / NS_PER_MS);
    for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
        write_metric(out, &metrics[i], stats);
    head(out, "resource_scrape_error", "gauge",
         "1 if there was an error while getting container metrics, 0 otherwise");
    buffer_append_str(out, "resource_scrape_error 0\n");
}

/* --- /metrics/cadvisor --- */

/* The part of cAdvisor's figures that dashboards and autoscalers read, under its names and labels. */
static const struct cadvisor_metric {
    const char *name, *type, *help;
    size_t offset; /* of a uint64_t in struct stats_container */
    bool is_seconds;
} cadvisor_metrics[] = {
    {"container_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed in seconds.",
     offsetof(struct stats_container, cpu_ns), true},
    {"container_memory_usage_bytes", "gauge", "Current memory usage in bytes, including all memory.",
     offsetof(struct stats_container, memory_usage_bytes), false},
    {"container_memory_working_set_bytes", "gauge", "Current working set in bytes.",
     offsetof(struct stats_container, memory_working_set_bytes), false},
    {"container_memory_rss", "gauge", "Size of RSS in bytes.",
     offsetof(struct stats_container, memory_rss_bytes), false},
    {"container_fs_usage_bytes", "gauge", "Number of bytes that are consumed by the container.",
     offsetof(struct stats_container, writable_bytes), false},
};

static void write_cadvisor_sample(struct buffer *out, const struct cadvisor_metric *m,
                                  const struct stats_container *c)
{
    uint64_t value;
    memcpy(&value, (const char *)c + m->offset, sizeof(value));
    buffer_printf(out, "%s{container=\"%s\",id=\"%s\",image=\"%s\",name=\"%s\",namespace=\"%s\",pod=\"%s\"} ",
                  m->name, c->name, c->id, c->image, c->id, c->namespace_, c->pod);
    if (m->is_seconds)
        seconds(out, value);
    else
        buffer_append_u64(out, value);
    buffer_printf(out, " %" PRId64 "\n", c->sampled_ns / NS_PER_MS);
}

void stats_write_cadvisor(const struct stats *stats, struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(cadvisor_metrics); i++) {
        const struct cadvisor_metric *m = &cadvisor_metrics[i];
        buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->type);
        for (size_t c = 0; c < stats->count; c++)
            if (stats->containers[c].sampled_ns)
                write_cadvisor_sample(out, m, &stats->containers[c]);
    }
    buffer_printf(out,
                  "# HELP machine_cpu_cores Number of logical CPU cores.\n# TYPE machine_cpu_cores gauge\n"
                  "machine_cpu_cores %ld\n",
                  sysconf(_SC_NPROCESSORS_ONLN));
    buffer_printf(out,
                  "# HELP machine_memory_bytes Amount of memory installed on the machine.\n"
                  "# TYPE machine_memory_bytes gauge\nmachine_memory_bytes %" PRIu64 "\n",
                  stats->memory_available_bytes + stats->memory_working_set_bytes);
}

/* --- /runningpods --- */

void stats_write_pods(const struct stats *stats, struct buffer *out)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *list = json_new_object(&arena);
    json_set_string(&arena, list, "kind", "PodList");
    json_set_string(&arena, list, "apiVersion", "v1");
    json_set_object(&arena, list, "metadata");
    struct json *items = json_set_array(&arena, list, "items");
    for (size_t i = 0; i < stats->count; i = pod_end(stats, i)) {
        const struct stats_container *first = &stats->containers[i];
        struct json *pod = json_append(&arena, items, json_new_object(&arena));
        struct json *metadata = json_set_object(&arena, pod, "metadata");
        json_set_string(&arena, metadata, "name", first->pod);
        json_set_string(&arena, metadata, "namespace", first->namespace_);
        json_set_string(&arena, metadata, "uid", first->uid);
        struct json *containers = json_ensure(&arena, pod, "spec.containers", JSON_ARRAY);
        for (size_t c = i; c < pod_end(stats, i); c++) {
            struct json *container = json_append(&arena, containers, json_new_object(&arena));
            json_set_string(&arena, container, "name", stats->containers[c].name);
            json_set_string(&arena, container, "image", stats->containers[c].image);
        }
        json_set_object(&arena, pod, "status");
    }
    json_write(out, list);
}
