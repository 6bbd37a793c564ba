/* SPDX-License-Identifier: Apache-2.0 */
/* keelson status: the daemons with their memory and health, the plugins, the node; then what is wrong, and
 * what to do about it. */
#include <dirent.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/client/client.h"
#include "core/daemon/daemon.h"
#include "core/keelson/keelson.h"
#include "core/plugin/host.h"

struct daemon_state {
    int pid;
    unsigned restarts;
    int64_t since_s;
    char ended[128];
    bool known;
};

static struct slice next_word(struct slice *rest)
{
    return slice_cut(rest, ' ');
}

/* One line of the supervisor's status file. */
static void read_line(struct slice line, const char *name, struct daemon_state *state)
{
    uint64_t pid = 0, restarts = 0;
    if (!slice_is(next_word(&line), name) || !parse_u64(next_word(&line), INT32_MAX, &pid) ||
        !parse_u64(next_word(&line), UINT32_MAX, &restarts) ||
        !parse_i64(next_word(&line), 0, INT64_MAX, &state->since_s))
        return;
    state->pid = (int)pid;
    state->restarts = (unsigned)restarts;
    state->known = true;
    snprintf(state->ended, sizeof(state->ended), "%.*s", SLICE_ARG(line));
}

static void read_state(const struct settings *s, const char *name, struct daemon_state *state)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = xasprintf("%s/status", s->run_dir);
    *state = (struct daemon_state){0};
    if (file_read(path, 65536, &text, NULL) == 0) {
        struct slice rest = {text.data, text.size};
        while (rest.data)
            read_line(slice_cut(&rest, '\n'), name, state);
    }
    buffer_done(&text);
}

/* Proportional set size, in KiB; 0 when it cannot be read. */
static uint64_t memory_kib(int pid)
{
    struct buffer text = BUFFER_INIT;
    uint64_t kib = 0;
    _cleanup_free_ char *path = xasprintf("/proc/%d/smaps_rollup", pid);
    if (file_read(path, 65536, &text, NULL) == 0) {
        const char *pss = strstr(text.data, "\nPss:");
        if (pss)
            kib = strtoull(pss + 5, NULL, 10);
    }
    buffer_done(&text);
    return kib;
}

struct report {
    const struct settings *settings;
    struct buffer trouble; /* what is wrong, and what to do */
    uint64_t memory_kib;
};

static const char *check_health(struct report *r, const struct daemon_row *row)
{
    int status = 0;
    struct buffer body = BUFFER_INIT;
    if (!row->health)
        return "-";
    const char *path = strchr(row->health, '/');
    bool tls = strncmp(row->health, "https", 5) == 0;
    probe_http(r->settings, tls, row->port ? row->port : (int)r->settings->apiserver_port, path, 2000,
               &status, &body);
    if (status != 200)
        buffer_printf(&r->trouble, "- %s is not healthy: %.300s\n  see %s/%s.log\n", row->name,
                      status ? body.data ? body.data : "" : "it does not answer", r->settings->log_dir,
                      row->name);
    buffer_done(&body);
    return status == 200 ? "ok" : status ? "failing" : "no answer";
}

static void report_daemon(struct report *r, const struct daemon_row *row)
{
    struct daemon_state state;
    char age[TIME_TEXT_MAX] = "-";
    if (!row->wanted(r->settings))
        return;
    read_state(r->settings, row->name, &state);
    if (state.known)
        time_format_age(((int64_t)time(NULL) - state.since_s) * NS_PER_S, age);
    if (state.pid == 0) {
        printf("%-26s %-9s %7s %10s %9u %-8s %s\n", row->name, "stopped", "-", "-", state.restarts, age, "-");
        buffer_printf(&r->trouble, "- %s does not run%s%s\n  see the end of %s/%s.log\n", row->name,
                      state.known ? ": it " : "", state.known ? state.ended : "", r->settings->log_dir,
                      row->name);
        return;
    }
    uint64_t kib = memory_kib(state.pid);
    r->memory_kib += strcmp(row->name, "containerd") ? kib : 0;
    printf("%-26s %-9s %7d %6.1f MiB %9u %-8s %s\n", row->name, "running", state.pid, (double)kib / 1024,
           state.restarts, age, check_health(r, row));
    if (state.restarts > 0 && (int64_t)time(NULL) - state.since_s < 300)
        buffer_printf(&r->trouble, "- %s was started again %u times, last %s ago: it %s\n  see %s/%s.log\n",
                      row->name, state.restarts, age, state.ended, r->settings->log_dir, row->name);
}

static void report_plugin(struct report *r, const char *folder, const char *file)
{
    struct plugin_note note;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    if (plugin_note_read(path, &note, &err) == 0)
        printf("%-26s %-9s %-8s ABI %u.%u  %s\n", note.name, plugin_kind_name(note.kind), note.version,
               note.abi_major, note.abi_minor, path);
    else
        buffer_printf(&r->trouble, "- plugin %s cannot be loaded: %s\n", path, err.message);
}

static void report_plugins(struct report *r)
{
    struct slice rest = slice_of(r->settings->plugin_dir);
    printf("\nPLUGIN                     KIND      VERSION\n");
    while (rest.data) {
        struct slice folder = slice_cut(&rest, ':');
        _cleanup_free_ char *path = xstrndup(folder.data, folder.size);
        DIR *d = opendir(path);
        for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
            if (slice_ends(slice_of(e->d_name), ".so"))
                report_plugin(r, path, e->d_name);
        if (d)
            closedir(d);
    }
}

static void report_nodes(struct report *r, const struct json *nodes)
{
    printf("\nNODE                       READY     VERSION\n");
    json_for_each (node, json_get(nodes, "items")) {
        const struct json *ready = object_condition(node, "Ready");
        const char *status = json_string_or(json_get(ready, "status"), "Unknown"),
                   *version = json_string_at(node, "status.nodeInfo.kubeletVersion");
        printf("%-26s %-9s %s\n", object_name(node), status, version ? version : "-");
        if (strcmp(status, "True") != 0)
            buffer_printf(&r->trouble, "- node %s is not ready: %s\n  see %s/kubelet.log\n",
                          object_name(node), json_string_or(json_get(ready, "message"), "no status was told"),
                          r->settings->log_dir);
    }
}

static void report_cluster(struct report *r)
{
    _cleanup_free_ char *kubeconfig = settings_path(r->settings, "kubeconfig/admin.conf");
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct client_config config = {.kubeconfig = kubeconfig, .user_agent = "keelson-status"};
    struct client *client = NULL;
    struct arena arena = ARENA_INIT;
    struct json *nodes = NULL;
    if (client_new(&config, &client, &err) == 0 &&
        client_list(client, RESOURCE("", "v1", "nodes"), NULL, NULL, &arena, &nodes, &err) == 0)
        report_nodes(r, nodes);
    else
        buffer_printf(&r->trouble, "- the nodes cannot be listed: %s\n", err.message);
    client_free(client);
    arena_done(&arena);
}

static int report(const struct settings *s)
{
    struct report r = {.settings = s};
    if (supervisor_pid(s) == 0) {
        printf("keelson does not run here (data folder %s). Start it with `keelson up`.\n", s->data_dir);
        return 3;
    }
    printf("keelson %s, Kubernetes %s\n\n%-26s %-9s %7s %10s %9s %-8s %s\n", PACKAGE_VERSION,
           daemon_git_version(), "DAEMON", "STATE", "PID", "MEMORY", "RESTARTS", "SINCE", "HEALTH");
    for (unsigned i = 0; i < daemon_rows_count; i++)
        report_daemon(&r, &daemon_rows[i]);
    printf("%-26s %-9s %7s %6.1f MiB  (PSS, without containerd)\n", "together", "", "",
           (double)r.memory_kib / 1024);
    report_plugins(&r);
    report_cluster(&r);
    int status = r.trouble.size ? 1 : 0;
    printf("\n%s%s", r.trouble.size ? "What is wrong:\n" : "Nothing is wrong.\n",
           r.trouble.size ? r.trouble.data : "");
    buffer_done(&r.trouble);
    return status;
}

int command_status(int argc, char **argv)
{
    struct settings s;
    int leave = 0, status = 1;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int result = settings_parse(
        &s, "keelson status: exits 0 when all is well, 1 when something is wrong, 3 when nothing runs", argc,
        argv, &leave, &err);
    if (result < 0)
        fprintf(stderr, "keelson status: %s\n", err.message);
    else
        status = leave ? 0 : report(&s);
    settings_done(&s);
    return status;
}
