/* SPDX-License-Identifier: Apache-2.0 */
/* What `keelson status` tells, as one document: the daemons with their memory and health, the plugins, the
 * nodes, the clouds (status-clouds.c), and what is wrong with what to do about it. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/client/client.h"
#include "core/daemon/daemon.h"
#include "core/keelson/gathering.h"
#include "core/plugin/host.h"

#define RECENT_S         300
#define LAST_WORDS_MAX   1000
#define DISK_PERCENT_MIN 5

void add_problem(const struct gathering *g, const char *what, const char *advice)
{
    struct json *problem = json_append(g->arena, g->problems, json_new_object(g->arena));
    json_set_string(g->arena, problem, "message", what);
    json_set_string(g->arena, problem, "advice", advice);
}

const char *see_log(const struct gathering *g, const char *name)
{
    return arena_printf(g->arena, "see %s/%s.log", g->settings->log_dir, name);
}

/* What a daemon said last: it mostly says why it ended. "" when there is nothing. */
static const char *last_words(const struct gathering *g, const char *name)
{
    char tail[LAST_WORDS_MAX + 1], *end = tail;
    _cleanup_free_ char *path = xasprintf("%s/%s.log", g->settings->log_dir, name);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    off_t from = size > LAST_WORDS_MAX ? size - LAST_WORDS_MAX : 0;
    ssize_t got = size > 0 ? pread(fd, tail, LAST_WORDS_MAX, from) : 0;
    for (end += got > 0 ? got : 0; end > tail && end[-1] == '\n';)
        end--;
    *end = '\0';
    const char *line = strrchr(tail, '\n');
    return arena_strdup(g->arena, line ? line + 1 : tail);
}

/* Proportional set size; 0 when it cannot be read. */
static int64_t memory_bytes(int pid)
{
    struct buffer text = BUFFER_INIT;
    int64_t kib = 0;
    _cleanup_free_ char *path = xasprintf("/proc/%d/smaps_rollup", pid);
    if (file_read(path, 65536, &text, NULL) == 0) {
        const char *pss = strstr(text.data, "\nPss:");
        kib = pss ? strtoll(pss + 5, NULL, 10) : 0;
    }
    buffer_done(&text);
    return kib * 1024;
}

static const char *check_health(const struct gathering *g, const struct daemon_row *row)
{
    int status = 0;
    struct buffer body = BUFFER_INIT;
    if (!row->health)
        return "-";
    const char *path = strchr(row->health, '/');
    bool tls = strncmp(row->health, "https", 5) == 0;
    probe_http(g->settings, tls, row->port ? row->port : (int)g->settings->apiserver_port, path,
               HEALTH_TIMEOUT_MS, &status, &body);
    if (status != 200)
        add_problem(g,
                    arena_printf(g->arena, "%s is not healthy: %.300s", row->name,
                                 !status     ? "it does not answer"
                                 : body.data ? body.data
                                             : ""),
                    see_log(g, row->name));
    buffer_done(&body);
    return status == 200 ? "ok" : status ? "failing" : "no answer";
}

static void gather_running(const struct gathering *g, const struct daemon_row *row,
                           const struct daemon_state *state, struct json *daemon)
{
    char age[TIME_TEXT_MAX];
    int64_t age_s = (int64_t)time(NULL) - state->since_s;
    json_set_int(g->arena, daemon, "pid", state->pid);
    json_set_int(g->arena, daemon, "memoryBytes", memory_bytes(state->pid));
    json_set_string(g->arena, daemon, "health", check_health(g, row));
    if (state->restarts == 0 || age_s >= RECENT_S)
        return;
    time_format_age(age_s * NS_PER_S, age);
    add_problem(g,
                arena_printf(g->arena, "%s was started again %u times, last %s ago: it %s", row->name,
                             state->restarts, age, state->ended),
                see_log(g, row->name));
}

static void gather_daemon(const struct gathering *g, const struct daemon_row *row, struct json *daemons)
{
    struct daemon_state state;
    char since[TIME_TEXT_MAX];
    struct json *daemon = json_append(g->arena, daemons, json_new_object(g->arena));
    daemon_state_read(g->settings, row->name, &state);
    json_set_string(g->arena, daemon, "name", row->name);
    json_set_string(g->arena, daemon, "state", state.pid ? "running" : "stopped");
    json_set_int(g->arena, daemon, "restarts", state.restarts);
    if (state.known) {
        time_format(state.since_s * NS_PER_S, since);
        json_set_string(g->arena, daemon, "since", since);
    }
    if (state.pid)
        gather_running(g, row, &state, daemon);
    else
        add_problem(g,
                    arena_printf(g->arena, "%s does not run%s%s", row->name, state.known ? ": it " : "",
                                 state.known ? state.ended : ""),
                    arena_printf(g->arena, "see the end of %s/%s.log: %s", g->settings->log_dir, row->name,
                                 last_words(g, row->name)));
}

static void gather_daemons(const struct gathering *g)
{
    int64_t together = 0;
    struct json *daemons = json_set_array(g->arena, g->document, "daemons");
    for (unsigned i = 0; i < daemon_rows_count; i++)
        if (daemon_rows[i].wanted(g->settings))
            gather_daemon(g, &daemon_rows[i], daemons);
    json_for_each (d, daemons)
        together += strcmp(json_string_or(json_get(d, "name"), ""), "containerd") == 0
                        ? 0
                        : json_integer_at(d, "memoryBytes", 0);
    json_set_int(g->arena, g->document, "memoryBytes", together);
}

static void gather_plugin(const struct gathering *g, const char *file, struct json *plugins)
{
    struct plugin_note note;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (plugin_note_read(file, &note, &err) < 0) {
        add_problem(g, arena_printf(g->arena, "plugin %s cannot be loaded: %s", file, err.message),
                    "install it again, or take it away");
        return;
    }
    struct json *plugin = json_append(g->arena, plugins, json_new_object(g->arena));
    json_set_string(g->arena, plugin, "name", note.name);
    json_set_string(g->arena, plugin, "kind", plugin_kind_name(note.kind));
    json_set_string(g->arena, plugin, "version", note.version);
    json_set_string(g->arena, plugin, "abi", arena_printf(g->arena, "%u.%u", note.abi_major, note.abi_minor));
    json_set_string(g->arena, plugin, "file", file);
}

static void gather_plugins(const struct gathering *g)
{
    struct json *plugins = json_set_array(g->arena, g->document, "plugins");
    for (struct slice rest = slice_of(g->settings->plugin_dir); rest.data;) {
        struct slice folder = slice_cut(&rest, ':');
        _cleanup_free_ char *path = xstrndup(folder.data, folder.size);
        DIR *d = opendir(path);
        for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
            if (slice_ends(slice_of(e->d_name), ".so"))
                gather_plugin(g, arena_printf(g->arena, "%s/%s", path, e->d_name), plugins);
        if (d)
            closedir(d);
    }
}

static void gather_node(const struct gathering *g, const struct json *node, struct json *nodes)
{
    const struct json *condition = object_condition(node, "Ready");
    const char *ready = json_string_or(json_get(condition, "status"), "Unknown"),
               *version = json_string_at(node, "status.nodeInfo.kubeletVersion");
    struct json *row = json_append(g->arena, nodes, json_new_object(g->arena));
    json_set_string(g->arena, row, "name", object_name(node));
    json_set_string(g->arena, row, "ready", ready);
    json_set_string(g->arena, row, "version", version ? version : "");
    if (strcmp(ready, "True") != 0)
        add_problem(g,
                    arena_printf(g->arena, "node %s is not ready: %s", object_name(node),
                                 json_string_or(json_get(condition, "message"), "no status was told")),
                    see_log(g, "kubelet"));
}

static void gather_nodes(const struct gathering *g)
{
    _cleanup_free_ char *kubeconfig = settings_path(g->settings, "kubeconfig/admin.conf");
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct client_config config = {.kubeconfig = kubeconfig, .user_agent = "keelson-status"};
    struct client *client = NULL;
    struct json *list = NULL, *nodes = json_set_array(g->arena, g->document, "nodes");
    if (client_new(&config, &client, &err) == 0 &&
        client_list(client, RESOURCE("", "v1", "nodes"), NULL, NULL, g->arena, &list, &err) == 0)
        json_for_each (node, json_get(list, "items"))
            gather_node(g, node, nodes);
    else
        add_problem(g, arena_printf(g->arena, "the nodes cannot be listed: %s", err.message),
                    see_log(g, "kube-apiserver"));
    client_free(client);
}

/* What runs may no longer be what would be started: the machine got another address, programs were upgraded.
 */
static void gather_machine(const struct gathering *g)
{
    struct statvfs fs;
    _cleanup_free_ char *what = NULL;
    if (running_differs(g->settings, &what))
        add_problem(g, arena_printf(g->arena, "what runs was started with another %s", what),
                    "run `keelson up`, which starts the daemons again; containers go on");
    if (statvfs(g->settings->data_dir, &fs) == 0 && fs.f_bavail < fs.f_blocks / 100 * DISK_PERCENT_MIN)
        add_problem(g,
                    arena_printf(g->arena, "the disk of %s is nearly full: %llu MiB are free",
                                 g->settings->data_dir,
                                 (unsigned long long)fs.f_bavail * fs.f_frsize / (1024 * 1024)),
                    "make room: below 2% the node evicts pods");
}

struct json *status_gather(const struct settings *s, struct arena *arena)
{
    struct gathering g = {s, arena, json_new_object(arena), json_new_array(arena)};
    bool running = supervisor_pid(s) != 0;
    json_set_string(arena, g.document, "version", PACKAGE_VERSION);
    json_set_string(arena, g.document, "kubernetesVersion", daemon_git_version());
    json_set_string(arena, g.document, "dataDir", s->data_dir);
    json_set_bool(arena, g.document, "running", running);
    if (running) {
        gather_daemons(&g);
        gather_plugins(&g);
        gather_nodes(&g);
        gather_clouds(&g);
        gather_machine(&g);
    } else {
        add_problem(&g, "keelson does not run here", "start it with `keelson up`");
    }
    json_set(arena, g.document, "problems", g.problems);
    return g.document;
}
