/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime-acme: a keelson container runtime to start from. A container is a process in a copy of its image's
 * folder, with the mounts, the environment, the user and the group that the kubelet wants; all pods share the
 * node's network, and nothing else of what a pod says of security and resources is kept. For images that are
 * trusted. It needs sh, cp, env, mount, setsid, unshare and nsenter. Settings:
 *
 *   images    the folder of images, absolute path, required: a folder each, named after the image's reference
 *             with % for /. A container without a command runs the image's /entrypoint
 *   folder    where sandboxes and containers are kept; default "/run/runtime-acme". It must not outlast a
 *             reboot, since processes do not
 *   address   what pods are told to be their address; default "127.0.0.1"
 *
 * FOLDER/ID/meta says what an id is (it is written last, so what has none was never made), FOLDER/ID/stopped
 * that a sandbox was stopped. Of a container argv is what is to be run, shim who looks after it, pid the
 * leader of its processes, exit its exit code. All state is there, so pods go on while the kubelet is away.
 *
 * Threads: KEELSON_THREADS_PARALLEL, since the kubelet makes one call at a time for one pod. It compiles as
 * C11 and as C++20.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <keelson/runtime.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

KEELSON_PLUGIN(KEELSON_KIND_RUNTIME, "runtime-acme", "1.0.0");

#define NS_PER_S INT64_C(1000000000)
#define ENV      "/usr/bin/env"
#define UNSHARE  "/usr/bin/unshare"
#define KILLED   137 /* the exit code where there is none */

static const struct keelson_host *host;
extern char **environ;

struct runtime {
    const char *images, *folder, *address;
};

/* ---- Small things. ---- */

static enum keelson_status failed(const struct keelson_call *call, const char *what)
{
    const int error = errno;
    return host->fail(call, error == ENOSPC ? KEELSON_EXHAUSTED : KEELSON_FAILED, "%s: %s", what,
                      strerror(error));
}

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void join(char ret[PATH_MAX], const char *folder, const char *leaf)
{
    if (snprintf(ret, PATH_MAX, "%s/%s", folder, leaf) >= PATH_MAX)
        ret[0] = '\0'; /* no such file */
}

static int64_t changed_ns(const char *folder, const char *leaf)
{
    char path[PATH_MAX];
    struct stat st;
    join(path, folder, leaf);
    return stat(path, &st) == 0 ? st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec : 0;
}

/* FOLDER/ID. Ids are ours, so anything else is unknown. */
static void folder_of(const struct runtime *r, const char *id, char ret[PATH_MAX])
{
    const int ours = strspn(id, "0123456789abcdef") == strlen(id) && *id;
    join(ret, r->folder, ours ? id : "unknown");
}

/* A whole file, with a NUL behind it; NULL: errno says why. */
static char *file_read(const char *folder, const char *leaf, size_t *ret_size)
{
    char path[PATH_MAX];
    struct stat st;
    char *bytes = NULL;
    join(path, folder, leaf);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && (bytes = (char *)calloc(1, (size_t)st.st_size + 1)) != NULL &&
        read(fd, bytes, (size_t)st.st_size) != (ssize_t)st.st_size) {
        free(bytes);
        bytes = NULL;
    }
    close(fd);
    *ret_size = bytes ? (size_t)st.st_size : 0;
    return bytes;
}

static int file_write(const char *folder, const char *leaf, const char *bytes, size_t size)
{
    char path[PATH_MAX], fresh[PATH_MAX + 8];
    join(path, folder, leaf);
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    const int whole = write(fd, bytes, size) == (ssize_t)size;
    return close(fd) == 0 && whole && rename(fresh, path) == 0 ? 0 : -1;
}

static int64_t number_in(const char *folder, const char *leaf)
{
    size_t size;
    char *text = file_read(folder, leaf, &size);
    const int64_t number = text && *text ? strtol(text, NULL, 10) : -1;
    free(text);
    return number;
}

/* Texts, one behind the other, each with its NUL: how meta and argv stand in their files, and how commands
 * are put together. */
struct texts {
    char *bytes;
    size_t size;
    int broken; /* no memory */
};

static void add(struct texts *t, const char *text)
{
    const size_t size = strlen(text ? text : "") + 1;
    char *bytes = t->broken ? NULL : (char *)realloc(t->bytes, t->size + size);
    if (!bytes) {
        t->broken = 1;
        return;
    }
    memcpy(bytes + t->size, text ? text : "", size);
    t->bytes = bytes;
    t->size += size;
}

static void add_joined(struct texts *t, const char *a, const char *b, const char *c)
{
    add(t, a);
    t->size -= !t->broken;
    add(t, b);
    t->size -= !t->broken;
    add(t, c);
}

static void add_number(struct texts *t, uint32_t number)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", number);
    add(t, text);
}

/* Pointers to each, NULL behind the last; NULL: no memory. */
static const char **split(const struct texts *t, size_t *ret_count)
{
    size_t count = 0;
    for (size_t i = 0; i < t->size; i++)
        count += t->bytes[i] == '\0';
    const char **out = (const char **)calloc(count + 1, sizeof(*out));
    const char *at = t->bytes;
    for (size_t i = 0; out && i < count; i++, at += strlen(at) + 1)
        out[i] = at;
    *ret_count = count;
    return out;
}

/* ---- The backend: processes. Replace this part. ---- */

/* Starts a program as daemons must: no signal is blocked or ignored in it. */
static int run(char *const *argv, int output_fd, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t how;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output_fd, 1);
    posix_spawn_file_actions_adddup2(&actions, output_fd, 2);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int error = posix_spawnp(ret, argv[0], &actions, &how, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&how);
    errno = error;
    return error ? -1 : 0;
}

static int exit_code(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Gives a program's output to a sink until it ends, is killed at `until_ns`, or is not wanted any more. */
static enum keelson_status run_to_end(const struct keelson_call *call, char *const *argv, int64_t until_ns,
                                      const struct keelson_text_sink *sink, int32_t *ret_code)
{
    int fds[2], status = 0, late = 0, wanted = 1;
    char bytes[4096];
    pid_t pid;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return failed(call, "a pipe");
    if (run(argv, fds[1], &pid) < 0) {
        close(fds[0]);
        close(fds[1]);
        return failed(call, argv[0]);
    }
    close(fds[1]);
    for (ssize_t n = 1; n > 0 && !late;) {
        struct pollfd waiting[] = {{fds[0], POLLIN, 0}, {call->cancel_fd, POLLIN, 0}};
        poll(waiting, 2, 100);
        late = waiting[1].revents || now_ns(CLOCK_MONOTONIC) >= until_ns;
        if (waiting[0].revents && (n = read(fds[0], bytes, sizeof(bytes))) > 0 && wanted && sink)
            wanted = sink->put(sink, 1, bytes, (size_t)n) == 0;
    }
    if (late)
        kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    close(fds[0]);
    *ret_code = exit_code(status);
    return late ? host->fail(call, KEELSON_TIMEOUT, "%s did not end in time", argv[0]) : KEELSON_OK;
}

/* Runs in a mount namespace of the container's own: FOLDER LOG WORKING-DIRECTORY MOUNTS (FROM TO MODE)...
 * COMMAND... */
static const char script[] =
    "set -e\n"
    "folder=$1 log=$2 cwd=$3 mounts=$4 root=$1/root\n"
    "shift 4\n"
    "echo $$ >\"$folder/shim\"\n"
    "trap '[ -e \"$folder/exit\" ] || echo 128 >\"$folder/exit\"' EXIT\n"
    "mkdir -p \"$root/proc\" \"$root/dev\"\n"
    "mount -t proc proc \"$root/proc\"\n"
    "mount --rbind /dev \"$root/dev\"\n"
    "while [ \"$mounts\" -gt 0 ]; do\n"
    "    if [ -d \"$1\" ]; then mkdir -p \"$root$2\"; else mkdir -p \"$(dirname \"$root$2\")\"; : "
    ">>\"$root$2\"; fi\n"
    "    mount --rbind \"$1\" \"$root$2\"\n"
    "    [ \"$3\" = rw ] || mount -o remount,bind,ro \"$root$2\"\n"
    "    shift 3; mounts=$((mounts - 1))\n"
    "done\n"
    "mkdir -p \"$root$cwd\"\n"
    "{\n"
    "    code=0\n"
    "    setsid -w sh -c 'echo $$ >\"$0/pid.new\"; mv \"$0/pid.new\" \"$0/pid\"; exec \"$@\"' \"$folder\" "
    "\"$@\" 2>&1 || code=$?\n"
    "    echo $code >\"$folder/exit.new\"\n"
    "} | while IFS= read -r line; do\n"
    "    printf '%s stdout F %s\\n' \"$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)\" \"$line\" >>\"$log\"\n"
    "done\n"
    "mv \"$folder/exit.new\" \"$folder/exit\"\n";

/* The script writes shim, then pid, and exit last. If it was killed, nobody knows the exit code. */
static enum keelson_container_state state_of(const char *folder)
{
    const int64_t shim = number_in(folder, "shim");
    if (shim <= 0)
        return KEELSON_CONTAINER_CREATED;
    if (number_in(folder, "exit") >= 0 || kill((pid_t)shim, 0) < 0)
        return KEELSON_CONTAINER_EXITED;
    return number_in(folder, "pid") > 0 ? KEELSON_CONTAINER_RUNNING : KEELSON_CONTAINER_CREATED;
}

/* Looks every 20 ms; the rest is for the call's own end. */
static int wait_while(const struct keelson_call *call, const char *folder, enum keelson_container_state state,
                      int64_t until_ns)
{
    struct pollfd cancelled = {call->cancel_fd, POLLIN, 0};
    while (state_of(folder) == state)
        if (now_ns(CLOCK_MONOTONIC) >= until_ns || host->cancelled(call) || poll(&cancelled, 1, 20) > 0)
            return -1;
    return 0;
}

static enum keelson_status container_end(const struct keelson_call *call, const char *folder, int64_t grace_s)
{
    const int64_t pid = number_in(folder, "pid"), now = now_ns(CLOCK_MONOTONIC);
    if (pid <= 0 || state_of(folder) != KEELSON_CONTAINER_RUNNING)
        return KEELSON_OK;
    if (grace_s > 0)
        kill((pid_t)-pid, SIGTERM);
    if (wait_while(call, folder, KEELSON_CONTAINER_RUNNING, now + grace_s * NS_PER_S) == 0)
        return KEELSON_OK;
    if (host->cancelled(call))
        return host->fail(call, KEELSON_CANCELLED, "it still runs");
    kill((pid_t)-pid, SIGKILL);
    return wait_while(call, folder, KEELSON_CONTAINER_RUNNING, INT64_MAX) == 0
               ? KEELSON_OK
               : host->fail(call, KEELSON_TIMEOUT, "it was killed, and is not gone");
}

static enum keelson_status folder_remove(const struct keelson_call *call, char *folder)
{
    char *const paths[] = {folder, NULL};
    enum keelson_status status = KEELSON_OK;
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (const FTSENT *entry; tree && (entry = fts_read(tree));)
        if (entry->fts_info != FTS_D && remove(entry->fts_path) < 0 && errno != ENOENT)
            status = failed(call, entry->fts_path);
    if (tree)
        fts_close(tree);
    return tree ? status : failed(call, folder);
}

/* ---- What is kept of sandboxes and containers. ---- */

struct meta {
    struct texts texts;
    const char **fields;
    struct keelson_pair *pairs;
    uint32_t labels_count, annotations_count;
};
/* fields: what is the same for both, then labels, then annotations. Of a sandbox, owner and image are its
 * namespace and uid. */
enum { KIND, NAME, OWNER, IMAGE, ATTEMPT, LOG, LABELS, FIELDS };

static void meta_done(struct meta *m)
{
    free(m->texts.bytes);
    free(m->fields);
    free(m->pairs);
}

/* Returns 0; -1: there is no such thing, or it is of the other kind. */
static int meta_read(const char *folder, const char *kind, struct meta *ret)
{
    size_t count = 0;
    memset(ret, 0, sizeof(*ret));
    ret->texts.bytes = file_read(folder, "meta", &ret->texts.size);
    if (ret->texts.bytes)
        ret->fields = split(&ret->texts, &count);
    if (ret->fields && count >= FIELDS && strcmp(ret->fields[KIND], kind) == 0)
        ret->pairs = (struct keelson_pair *)calloc(count, sizeof(*ret->pairs));
    if (!ret->pairs) {
        meta_done(ret);
        return -1;
    }
    for (size_t i = FIELDS; i + 1 < count; i += 2) {
        ret->pairs[(i - FIELDS) / 2].key = ret->fields[i];
        ret->pairs[(i - FIELDS) / 2].value = ret->fields[i + 1];
    }
    ret->labels_count = (uint32_t)strtoul(ret->fields[LABELS], NULL, 10);
    ret->annotations_count = (uint32_t)((count - FIELDS) / 2) - ret->labels_count;
    return 0;
}

static void add_pairs(struct texts *t, const struct keelson_pairs *pairs)
{
    for (uint32_t i = 0; i < pairs->count; i++) {
        add(t, pairs->items[i].key);
        add(t, pairs->items[i].value);
    }
}

static void add_meta(struct texts *t, const char *const fields[ATTEMPT], uint32_t attempt, const char *log,
                     const struct keelson_pairs *labels, const struct keelson_pairs *annotations)
{
    for (int i = 0; i < ATTEMPT; i++)
        add(t, fields[i]);
    add_number(t, attempt);
    add(t, log);
    add_number(t, labels->count);
    add_pairs(t, labels);
    add_pairs(t, annotations);
}

typedef int visitor(const struct runtime *r, const char *id, const char *folder, const struct meta *m,
                    void *context);

/* Calls visit() for each folder that is of that kind, until it says no. */
static enum keelson_status each(const struct runtime *r, const struct keelson_call *call, const char *kind,
                                visitor *visit, void *context)
{
    DIR *all = opendir(r->folder);
    int more = 1;
    if (!all)
        return errno == ENOENT ? KEELSON_OK : failed(call, r->folder);
    for (const struct dirent *entry; more && (entry = readdir(all));) {
        char folder[PATH_MAX];
        struct meta m;
        folder_of(r, entry->d_name, folder);
        if (meta_read(folder, kind, &m) < 0)
            continue;
        more = visit(r, entry->d_name, folder, &m, context);
        meta_done(&m);
    }
    closedir(all);
    return KEELSON_OK;
}

/* A folder with a new id. */
static enum keelson_status make(const struct runtime *r, const struct keelson_call *call, char id[33],
                                char folder[PATH_MAX])
{
    unsigned char random[16];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return failed(call, "random numbers");
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    folder_of(r, id, folder);
    mkdir(r->folder, 0700);
    return mkdir(folder, 0700) == 0 ? KEELSON_OK : failed(call, folder);
}

/* ---- keelson.runtime/1: sandboxes. ---- */

static int put_sandbox(const struct runtime *r, const char *id, const char *folder, const struct meta *m,
                       void *context)
{
    const struct keelson_sandbox_sink *sink = (const struct keelson_sandbox_sink *)context;
    const char *const ips[] = {r->address};
    const struct keelson_sandbox sandbox = {
        .size = sizeof(sandbox),
        .state = changed_ns(folder, "stopped") ? KEELSON_SANDBOX_NOT_READY : KEELSON_SANDBOX_READY,
        .id = id,
        .name = m->fields[NAME],
        .namespace_ = m->fields[OWNER],
        .uid = m->fields[IMAGE],
        .runtime_handler = "",
        .attempt = (uint32_t)strtoul(m->fields[ATTEMPT], NULL, 10),
        .ips_count = 1,
        .ips = ips,
        .created_at_ns = changed_ns(folder, "meta"),
        .labels = {m->pairs, m->labels_count, 0},
        .annotations = {m->pairs + m->labels_count, m->annotations_count, 0},
    };
    return sink->put(sink, &sandbox) == 0;
}

static enum keelson_status acme_sandbox_run(void *instance, const struct keelson_call *call,
                                            const struct keelson_sandbox_config *config,
                                            const struct keelson_text_sink *id)
{
    const struct runtime *r = (const struct runtime *)instance;
    char fresh[33], folder[PATH_MAX];
    const char *const fields[] = {"sandbox", config->name, config->namespace_, config->uid};
    struct texts meta = {NULL, 0, 0};
    enum keelson_status status = make(r, call, fresh, folder);
    if (status != KEELSON_OK)
        return status;
    add_meta(&meta, fields, config->attempt, config->log_directory, &config->labels, &config->annotations);
    if (meta.broken || file_write(folder, "meta", meta.bytes, meta.size) < 0)
        status = failed(call, folder);
    else
        id->put(id, 0, fresh, strlen(fresh));
    free(meta.bytes);
    return status;
}

struct ending {
    const struct keelson_call *call;
    const char *sandbox;
    int remove;
    enum keelson_status status;
};

static int end_one(const struct runtime *r, const char *id, const char *folder, const struct meta *m,
                   void *context)
{
    struct ending *e = (struct ending *)context;
    char path[PATH_MAX];
    if (strcmp(m->fields[OWNER], e->sandbox) != 0)
        return 1;
    folder_of(r, id, path);
    e->status = container_end(e->call, folder, 0);
    if (e->status == KEELSON_OK && e->remove)
        e->status = folder_remove(e->call, path);
    return e->status == KEELSON_OK;
}

/* Unknown is OK, as it is for each that ends something: the kubelet repeats itself after a crash. */
static enum keelson_status end_sandbox(const struct runtime *r, const struct keelson_call *call,
                                       const char *id, int gone)
{
    char folder[PATH_MAX];
    struct meta m;
    struct ending e = {call, id, gone, KEELSON_OK};
    folder_of(r, id, folder);
    if (meta_read(folder, "sandbox", &m) < 0)
        return KEELSON_OK;
    meta_done(&m);
    enum keelson_status status = each(r, call, "container", end_one, &e);
    status = status == KEELSON_OK ? e.status : status;
    if (status != KEELSON_OK)
        return status;
    if (gone)
        return folder_remove(call, folder);
    return file_write(folder, "stopped", "1\n", 2) == 0 ? KEELSON_OK : failed(call, folder);
}

static enum keelson_status acme_sandbox_stop(void *instance, const struct keelson_call *call,
                                             const char *sandbox_id)
{
    return end_sandbox((const struct runtime *)instance, call, sandbox_id, 0);
}

static enum keelson_status acme_sandbox_remove(void *instance, const struct keelson_call *call,
                                               const char *sandbox_id)
{
    return end_sandbox((const struct runtime *)instance, call, sandbox_id, 1);
}

static enum keelson_status find(const struct runtime *r, const struct keelson_call *call, const char *kind,
                                const char *id, char folder[PATH_MAX], struct meta *ret)
{
    folder_of(r, id, folder);
    return meta_read(folder, kind, ret) == 0
               ? KEELSON_OK
               : host->fail(call, KEELSON_NOT_FOUND, "%s \"%.80s\" is unknown", kind, id);
}

/* The same for the one of that id, which has to be there. */
static enum keelson_status visit_one(const struct runtime *r, const struct keelson_call *call,
                                     const char *kind, const char *id, visitor *visit, void *context)
{
    char folder[PATH_MAX];
    struct meta m;
    enum keelson_status status = find(r, call, kind, id, folder, &m);
    if (status != KEELSON_OK)
        return status;
    visit(r, id, folder, &m, context);
    meta_done(&m);
    return KEELSON_OK;
}

static enum keelson_status acme_sandbox_status(void *instance, const struct keelson_call *call,
                                               const char *sandbox_id,
                                               const struct keelson_sandbox_sink *sink)
{
    return visit_one((const struct runtime *)instance, call, "sandbox", sandbox_id, put_sandbox,
                     (void *)(uintptr_t)sink);
}

static enum keelson_status acme_sandbox_list(void *instance, const struct keelson_call *call,
                                             const struct keelson_sandbox_sink *sink)
{
    return each((const struct runtime *)instance, call, "sandbox", put_sandbox, (void *)(uintptr_t)sink);
}

/* ---- keelson.runtime/1: containers. ---- */

static int put_container(const struct runtime *r, const char *id, const char *folder, const struct meta *m,
                         void *context)
{
    const struct keelson_container_sink *sink = (const struct keelson_container_sink *)context;
    const enum keelson_container_state state = state_of(folder);
    const int64_t known = number_in(folder, "exit"), code = known < 0 ? KILLED : known;
    const struct keelson_container container = {
        .size = sizeof(container),
        .state = state,
        .id = id,
        .sandbox_id = m->fields[OWNER],
        .name = m->fields[NAME],
        .image = m->fields[IMAGE],
        .image_id = m->fields[IMAGE],
        .attempt = (uint32_t)strtoul(m->fields[ATTEMPT], NULL, 10),
        .exit_code = state == KEELSON_CONTAINER_EXITED ? (int32_t)code : 0,
        .created_at_ns = changed_ns(folder, "meta"),
        .started_at_ns = changed_ns(folder, "pid"),
        .finished_at_ns = changed_ns(folder, "exit"),
        .reason = code < 0    ? ""
                  : code == 0 ? "Completed"
                              : "Error",
        .message = "",
        .log_path = m->fields[LOG],
        .labels = {m->pairs, m->labels_count, 0},
        .annotations = {m->pairs + m->labels_count, m->annotations_count, 0},
    };
    return sink->put(sink, &container) == 0;
}

/* IMAGES/REFERENCE, with % for each slash. */
static void image_folder(const struct runtime *r, const char *image, char ret[PATH_MAX])
{
    size_t at = (size_t)snprintf(ret, PATH_MAX, "%s/", r->images);
    for (const char *p = *image == '.' ? "" : image; *p && at + 1 < PATH_MAX; p++)
        ret[at++] = *p == '/' ? '%' : *p;
    ret[at < PATH_MAX ? at : PATH_MAX - 1] = '\0';
}

static int is_image(const struct runtime *r, const char *image, char folder[PATH_MAX])
{
    struct stat st;
    image_folder(r, image, folder);
    return *image && stat(folder, &st) == 0 && S_ISDIR(st.st_mode);
}

static void add_id(struct texts *t, const char *option, int64_t id)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)id);
    if (id >= 0)
        add_joined(t, option, text, "");
}

/* The command line that start() will run. */
static void add_argv(struct texts *t, const char *folder, const char *log,
                     const struct keelson_container_config *c)
{
    static const char *const before[] = {"setsid", "--fork", "unshare", "--mount",
                                         "sh",     "-c",     script,    "runtime-acme"};
    const char *cwd = c->working_dir ? c->working_dir : "/";
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
        add(t, before[i]);
    add(t, folder);
    add(t, log);
    add(t, cwd);
    add_number(t, c->mounts_count);
    for (uint32_t i = 0; i < c->mounts_count; i++) {
        const struct keelson_mount *mount = KEELSON_AT(c->mounts, c->mount_size, i);
        add(t, mount->host_path);
        add(t, mount->container_path);
        add(t, mount->read_only ? "ro" : "rw");
    }
    add(t, ENV);
    add(t, "-i");
    add(t, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"); /* the container's own comes
                                                                                    later */
    for (uint32_t i = 0; i < c->env.count; i++)
        add_joined(t, c->env.items[i].key, "=", c->env.items[i].value);
    add(t, UNSHARE);
    add_joined(t, "--root=", folder, "/root");
    add_joined(t, "--wd=", cwd, "");
    add_id(t, "--setgid=", c->security->run_as_group);
    add_id(t, "--setuid=", c->security->run_as_user);
    add(t, "--");
    for (uint32_t i = 0; i < c->command_count; i++)
        add(t, c->command[i]);
    if (c->command_count == 0)
        add(t, "/entrypoint");
    for (uint32_t i = 0; i < c->args_count; i++)
        add(t, c->args[i]);
}

static enum keelson_status copy_image(const struct runtime *r, const struct keelson_call *call,
                                      const char *image, const char *folder)
{
    char from[PATH_MAX], to[PATH_MAX];
    int32_t code = 0;
    if (!is_image(r, image, from))
        return host->fail(call, KEELSON_NOT_FOUND, "image \"%.200s\" is not below %s", image, r->images);
    join(to, folder, "root");
    const char *const argv[] = {"cp", "-a", "--reflink=auto", from, to, NULL};
    enum keelson_status status =
        run_to_end(call, (char *const *)(uintptr_t)argv, call->deadline_ns, NULL, &code);
    return status == KEELSON_OK && code != 0
               ? host->fail(call, KEELSON_FAILED, "cp of %s to %s: exit code %d", from, to, code)
               : status;
}

/* The folder gets its meta last: what a crash left without one is no container, and is swept up by nobody's
 * call; a tidy runtime does so in open(). */
static enum keelson_status acme_container_create(void *instance, const struct keelson_call *call,
                                                 const char *sandbox_id,
                                                 const struct keelson_container_config *config,
                                                 const struct keelson_sandbox_config *sandbox,
                                                 const struct keelson_text_sink *id)
{
    const struct runtime *r = (const struct runtime *)instance;
    char fresh[33], folder[PATH_MAX], log[PATH_MAX];
    const char *const fields[] = {"container", config->name, sandbox_id, config->image};
    struct texts meta = {NULL, 0, 0}, argv = {NULL, 0, 0};
    struct meta found;
    enum keelson_status status = find(r, call, "sandbox", sandbox_id, folder, &found);
    if (status != KEELSON_OK)
        return status;
    meta_done(&found);
    status = make(r, call, fresh, folder);
    if (status == KEELSON_OK)
        status = copy_image(r, call, config->image, folder);
    join(log, sandbox->log_directory, config->log_path);
    add_argv(&argv, folder, log, config);
    add_meta(&meta, fields, config->attempt, log, &config->labels, &config->annotations);
    if (status == KEELSON_OK &&
        (argv.broken || meta.broken || file_write(folder, "argv", argv.bytes, argv.size) < 0 ||
         file_write(folder, "meta", meta.bytes, meta.size) < 0))
        status = failed(call, folder);
    free(argv.bytes);
    free(meta.bytes);
    if (status == KEELSON_OK)
        id->put(id, 0, fresh, strlen(fresh));
    else
        folder_remove(call, folder);
    return status;
}

static enum keelson_status spawn(const struct keelson_call *call, const char *folder)
{
    char path[PATH_MAX];
    struct texts texts = {NULL, 0, 0};
    size_t count = 0;
    int status = 0;
    pid_t pid;
    join(path, folder, "error");
    const int errors = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    texts.bytes = file_read(folder, "argv", &texts.size);
    const char **argv = texts.bytes ? split(&texts, &count) : NULL;
    const int started = errors >= 0 && argv && run((char *const *)(uintptr_t)argv, errors, &pid) == 0;
    enum keelson_status result = started ? KEELSON_OK : failed(call, folder);
    if (started)
        waitpid(pid, &status, 0); /* setsid --fork ends at once; what it began is a child of init's */
    if (errors >= 0)
        close(errors);
    free(argv);
    free(texts.bytes);
    return result;
}

/* Started twice it runs once. It is started when its process is there, or has been. */
static enum keelson_status acme_container_start(void *instance, const struct keelson_call *call,
                                                const char *container_id)
{
    const struct runtime *r = (const struct runtime *)instance;
    char folder[PATH_MAX];
    struct meta m;
    enum keelson_status status = find(r, call, "container", container_id, folder, &m);
    if (status != KEELSON_OK)
        return status;
    meta_done(&m);
    if (state_of(folder) == KEELSON_CONTAINER_CREATED)
        status = spawn(call, folder);
    if (status == KEELSON_OK && wait_while(call, folder, KEELSON_CONTAINER_CREATED, call->deadline_ns) < 0)
        return host->fail(call, KEELSON_TIMEOUT, "it did not start in time");
    if (status == KEELSON_OK && number_in(folder, "pid") < 0) {
        size_t size = 0;
        char *why = file_read(folder, "error", &size);
        status = host->fail(call, KEELSON_FAILED, "it did not start: %s", why ? why : "");
        free(why);
    }
    return status;
}

static enum keelson_status acme_container_stop(void *instance, const struct keelson_call *call,
                                               const char *container_id, int64_t grace_s)
{
    char folder[PATH_MAX];
    folder_of((const struct runtime *)instance, container_id, folder);
    return container_end(call, folder, grace_s);
}

static enum keelson_status acme_container_remove(void *instance, const struct keelson_call *call,
                                                 const char *container_id)
{
    const struct runtime *r = (const struct runtime *)instance;
    char folder[PATH_MAX];
    struct meta m;
    folder_of(r, container_id, folder);
    if (meta_read(folder, "container", &m) < 0)
        return KEELSON_OK;
    meta_done(&m);
    enum keelson_status status = container_end(call, folder, 0);
    return status == KEELSON_OK ? folder_remove(call, folder) : status;
}

static enum keelson_status acme_container_status(void *instance, const struct keelson_call *call,
                                                 const char *container_id,
                                                 const struct keelson_container_sink *sink)
{
    return visit_one((const struct runtime *)instance, call, "container", container_id, put_container,
                     (void *)(uintptr_t)sink);
}

static enum keelson_status acme_container_list(void *instance, const struct keelson_call *call,
                                               const struct keelson_container_sink *sink)
{
    return each((const struct runtime *)instance, call, "container", put_container, (void *)(uintptr_t)sink);
}

/* Adds a process of the container's session to its usage. */
static void add_process(const char *pid, int64_t leader, struct keelson_usage *usage)
{
    char path[64], line[1024];
    long group;
    unsigned long long user, system, pages;
    snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "re");
    const char *rest = file && fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
    if (rest &&
        sscanf(rest,
               ") %*c %*d %ld %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %*u %*u %llu",
               &group, &user, &system, &pages) == 4 &&
        group == leader) {
        usage->cpu_nanoseconds += (user + system) * (uint64_t)(NS_PER_S / sysconf(_SC_CLK_TCK));
        usage->memory_rss_bytes += pages * (uint64_t)sysconf(_SC_PAGESIZE);
    }
    if (file)
        fclose(file);
}

static int put_usage(const struct runtime *r, const char *id, const char *folder, const struct meta *m,
                     void *context)
{
    const struct keelson_usage_sink *sink = (const struct keelson_usage_sink *)context;
    const int64_t leader = number_in(folder, "pid");
    struct keelson_usage usage = {
        .size = sizeof(usage), .container_id = id, .timestamp_ns = now_ns(CLOCK_REALTIME)};
    DIR *all = state_of(folder) == KEELSON_CONTAINER_RUNNING ? opendir("/proc") : NULL;
    if (!all)
        return 1;
    for (const struct dirent *entry; (entry = readdir(all));)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            add_process(entry->d_name, leader, &usage);
    closedir(all);
    usage.memory_usage_bytes = usage.memory_working_set_bytes = usage.memory_rss_bytes;
    return sink->put(sink, &usage) == 0;
}

static enum keelson_status acme_container_usage(void *instance, const struct keelson_call *call,
                                                const struct keelson_usage_sink *sink)
{
    return each((const struct runtime *)instance, call, "container", put_usage, (void *)(uintptr_t)sink);
}

/* Each line opens the log anew, so a log that was moved away is left at once. */
static enum keelson_status acme_container_reopen_log(void *instance, const struct keelson_call *call,
                                                     const char *container_id)
{
    char folder[PATH_MAX];
    struct meta m;
    enum keelson_status status =
        find((const struct runtime *)instance, call, "container", container_id, folder, &m);
    if (status == KEELSON_OK)
        meta_done(&m);
    return status;
}

/* A command in a container: with its environment (what stands in argv from env to unshare), its user and
 * group, in its mounts, below its root. */
static enum keelson_status add_exec(struct texts *t, const struct keelson_call *call, const char *folder,
                                    const char *const *command, uint32_t command_count)
{
    const int64_t pid = number_in(folder, "pid");
    char process[32];
    struct stat st;
    struct texts argv = {NULL, 0, 0};
    size_t count = 0, i = 0;
    snprintf(process, sizeof(process), "/proc/%lld", (long long)pid);
    argv.bytes = file_read(folder, "argv", &argv.size);
    const char **words = argv.bytes ? split(&argv, &count) : NULL;
    if (!words || stat(process, &st) < 0) {
        free(words);
        free(argv.bytes);
        return failed(call, process);
    }
    while (i < count && strcmp(words[i], ENV) != 0)
        i++;
    for (; i < count && strcmp(words[i], UNSHARE) != 0; i++)
        add(t, words[i]);
    add(t, "/usr/bin/nsenter");
    add(t, "--mount");
    add(t, "--root");
    add(t, "--wd=/");
    add_id(t, "--setgid=", st.st_gid);
    add_id(t, "--setuid=", st.st_uid);
    add_id(t, "--target=", pid);
    add(t, "--");
    for (i = 0; i < command_count; i++)
        add(t, command[i]);
    free(words);
    free(argv.bytes);
    return t->broken ? host->fail(call, KEELSON_EXHAUSTED, "no memory") : KEELSON_OK;
}

static enum keelson_status acme_exec_sync(void *instance, const struct keelson_call *call,
                                          const char *container_id, const char *const *command,
                                          uint32_t command_count, int64_t timeout_s,
                                          const struct keelson_text_sink *output, int32_t *ret_exit_code)
{
    const struct runtime *r = (const struct runtime *)instance;
    char folder[PATH_MAX];
    struct meta m;
    struct texts texts = {NULL, 0, 0};
    size_t count = 0;
    int64_t until_ns = timeout_s > 0 ? now_ns(CLOCK_MONOTONIC) + timeout_s * NS_PER_S : INT64_MAX;
    if (until_ns > call->deadline_ns)
        until_ns = call->deadline_ns;
    enum keelson_status status = find(r, call, "container", container_id, folder, &m);
    if (status != KEELSON_OK)
        return status;
    meta_done(&m);
    if (state_of(folder) != KEELSON_CONTAINER_RUNNING)
        return host->fail(call, KEELSON_FAILED, "container \"%.80s\" does not run", container_id);
    status = add_exec(&texts, call, folder, command, command_count);
    const char **argv = status == KEELSON_OK ? split(&texts, &count) : NULL;
    if (argv)
        status = run_to_end(call, (char *const *)(uintptr_t)argv, until_ns, output, ret_exit_code);
    else if (status == KEELSON_OK)
        status = host->fail(call, KEELSON_EXHAUSTED, "no memory");
    free(argv);
    free(texts.bytes);
    return status;
}

/* ---- keelson.runtime/1: what this runtime does not do. The table has every function all the same. ---- */

static enum keelson_status unsupported(const struct keelson_call *call)
{
    return host->fail(call, KEELSON_UNSUPPORTED, "runtime-acme does not do that");
}

static enum keelson_status acme_container_update(void *instance, const struct keelson_call *call,
                                                 const char *container_id,
                                                 const struct keelson_resources *resources)
{
    return unsupported(call);
}

static enum keelson_status acme_exec(void *instance, const struct keelson_call *call,
                                     const char *container_id, const char *const *command,
                                     uint32_t command_count, int tty, int stdin_, int stdout_, int stderr_,
                                     const struct keelson_text_sink *url)
{
    return unsupported(call);
}

static enum keelson_status acme_attach(void *instance, const struct keelson_call *call,
                                       const char *container_id, int tty, int stdin_, int stdout_,
                                       int stderr_, const struct keelson_text_sink *url)
{
    return unsupported(call);
}

static enum keelson_status acme_port_forward(void *instance, const struct keelson_call *call,
                                             const char *sandbox_id, const int32_t *ports,
                                             uint32_t ports_count, const struct keelson_text_sink *url)
{
    return unsupported(call);
}

static enum keelson_status acme_set_pod_cidr(void *instance, const struct keelson_call *call,
                                             const char *pod_cidr)
{
    return unsupported(call);
}

/* The kubelet looks every second instead. */
static enum keelson_status acme_events(void *instance, const struct keelson_call *call,
                                       const struct keelson_runtime_event_sink *sink)
{
    return unsupported(call);
}

static enum keelson_status acme_info(void *instance, const struct keelson_call *call,
                                     struct keelson_runtime_info *ret)
{
    const struct runtime *r = (const struct runtime *)instance;
    ret->runtime_ready = access(r->images, X_OK) == 0;
    ret->network_ready = 1;
    snprintf(ret->name, sizeof(ret->name), "acme");
    snprintf(ret->version, sizeof(ret->version), "1.0.0");
    snprintf(ret->api_version, sizeof(ret->api_version), "v1");
    if (!ret->runtime_ready)
        snprintf(ret->runtime_message, sizeof(ret->runtime_message), "%s: %s", r->images, strerror(errno));
    return KEELSON_OK;
}

/* ---- keelson.runtime.images/1: folders that the node's owner puts there. ---- */

static int put_image(const char *image, const struct keelson_image_sink *sink)
{
    const char *const tags[] = {image};
    const struct keelson_image found = {.size = sizeof(found),
                                        .pinned = 1,
                                        .id = image,
                                        .tags = tags,
                                        .tags_count = 1,
                                        .user_id = -1,
                                        .username = ""};
    return sink->put(sink, &found) == 0;
}

static enum keelson_status acme_images_list(void *instance, const struct keelson_call *call,
                                            const struct keelson_image_sink *sink)
{
    const struct runtime *r = (const struct runtime *)instance;
    DIR *all = opendir(r->images);
    int more = 1;
    if (!all)
        return host->fail(call, KEELSON_UNAVAILABLE, "%s: %s", r->images, strerror(errno));
    for (struct dirent *entry; more && (entry = readdir(all));) {
        for (char *p = entry->d_name; *p; p++)
            *p = *p == '%' ? '/' : *p;
        if (entry->d_name[0] != '.')
            more = put_image(entry->d_name, sink);
    }
    closedir(all);
    return KEELSON_OK;
}

static enum keelson_status acme_images_status(void *instance, const struct keelson_call *call,
                                              const char *image, const struct keelson_image_sink *sink)
{
    char folder[PATH_MAX];
    if (!is_image((const struct runtime *)instance, image, folder))
        return host->fail(call, KEELSON_NOT_FOUND, "%s: no such folder", folder);
    put_image(image, sink);
    return KEELSON_OK;
}

static enum keelson_status acme_images_pull(void *instance, const struct keelson_call *call,
                                            const char *image, const struct keelson_image_auth *auth,
                                            const struct keelson_sandbox_config *sandbox,
                                            const struct keelson_text_sink *image_ref)
{
    char folder[PATH_MAX];
    if (!is_image((const struct runtime *)instance, image, folder))
        return host->fail(call, KEELSON_NOT_FOUND, "%s: no such folder, and there is no registry", folder);
    image_ref->put(image_ref, 0, image, strlen(image));
    return KEELSON_OK;
}

static enum keelson_status acme_images_remove(void *instance, const struct keelson_call *call,
                                              const char *image)
{
    char folder[PATH_MAX];
    return is_image((const struct runtime *)instance, image, folder)
               ? host->fail(call, KEELSON_DENIED, "%s is the node owner's", folder)
               : KEELSON_OK;
}

static enum keelson_status acme_images_usage(void *instance, const struct keelson_call *call,
                                             uint64_t *ret_used_bytes, uint64_t *ret_used_inodes,
                                             const struct keelson_text_sink *folder)
{
    const struct runtime *r = (const struct runtime *)instance;
    char *const paths[] = {(char *)(uintptr_t)r->images, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    *ret_used_bytes = *ret_used_inodes = 0;
    for (const FTSENT *entry; tree && (entry = fts_read(tree));)
        if (entry->fts_info == FTS_F) {
            *ret_used_bytes += (uint64_t)entry->fts_statp->st_blocks * 512;
            (*ret_used_inodes)++;
        }
    if (tree)
        fts_close(tree);
    folder->put(folder, 0, r->images, strlen(r->images));
    return tree ? KEELSON_OK : failed(call, r->images);
}

/* ---- The plugin. ---- */

static enum keelson_status read_settings(const struct keelson_call *call, const struct keelson_config *config,
                                         struct runtime *r)
{
    static const char *const known[] = {"images", "folder", "address", NULL};
    if (host->config_refuse_unknown(call, config, known) != KEELSON_OK ||
        host->config_string(call, config, "images", &r->images) == KEELSON_INVALID ||
        host->config_string(call, config, "folder", &r->folder) == KEELSON_INVALID ||
        host->config_string(call, config, "address", &r->address) == KEELSON_INVALID)
        return KEELSON_INVALID; /* the host has said why */
    if (r->images[0] != '/' || r->folder[0] != '/' || strlen(r->images) + strlen(r->folder) > PATH_MAX / 2)
        return host->fail(call, KEELSON_INVALID, "images and folder are to be absolute paths");
    return KEELSON_OK;
}

static enum keelson_status acme_open(const struct keelson_call *call, const struct keelson_instance *instance,
                                     void **ret)
{
    struct runtime *r = (struct runtime *)calloc(1, sizeof(*r));
    if (!r)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    r->images = "";
    r->folder = "/run/runtime-acme";
    r->address = "127.0.0.1";
    enum keelson_status status = read_settings(call, instance->config, r);
    if (status == KEELSON_OK)
        *ret = r;
    else
        free(r);
    return status;
}

static void acme_close(void *instance)
{
    free(instance);
}

static const void *acme_interface(void *instance, const char *name)
{
    static const struct keelson_runtime_v1 runtime = {
        .size = sizeof(runtime),
        .info = acme_info,
        .sandbox_run = acme_sandbox_run,
        .sandbox_stop = acme_sandbox_stop,
        .sandbox_remove = acme_sandbox_remove,
        .sandbox_status = acme_sandbox_status,
        .sandbox_list = acme_sandbox_list,
        .container_create = acme_container_create,
        .container_start = acme_container_start,
        .container_stop = acme_container_stop,
        .container_remove = acme_container_remove,
        .container_status = acme_container_status,
        .container_list = acme_container_list,
        .container_update = acme_container_update,
        .container_reopen_log = acme_container_reopen_log,
        .container_usage = acme_container_usage,
        .exec_sync = acme_exec_sync,
        .exec = acme_exec,
        .attach = acme_attach,
        .port_forward = acme_port_forward,
        .set_pod_cidr = acme_set_pod_cidr,
        .events = acme_events,
    };
    static const struct keelson_images_v1 images = {
        .size = sizeof(images),
        .list = acme_images_list,
        .status = acme_images_status,
        .pull = acme_images_pull,
        .remove = acme_images_remove,
        .usage = acme_images_usage,
    };
    if (strcmp(name, KEELSON_RUNTIME_1) == 0)
        return &runtime;
    return strcmp(name, KEELSON_IMAGES_1) == 0 ? &images : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {
        .size = sizeof(plugin),
        .threading = KEELSON_THREADS_PARALLEL,
        .description = "processes in folders",
        .open = acme_open,
        .close = acme_close,
        .interface = acme_interface,
    };
    host = given;
    return &plugin;
}
