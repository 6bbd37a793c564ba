/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud for tests, as strict as a real one and with a longer memory: what it holds stands in files, so that
 * it outlives a daemon that is killed. Settings: dir (its folder), scheme, account, routes, reach_all. In
 * dir:
 *
 *   lb/UID       a load balancer, as JSON; one that begins with "foreign" is somebody else's
 *   routes       NAME CIDR NODE a line; NODE "-": a blackhole
 *   calls        OPERATION SUBJECT RESULT a line, as they were answered
 *   requests     one byte for each of the requests that the calls are made of
 *   violations   what a host must never do, a line each; empty in a test that passes
 *   script       OPERATION SUBJECT RESULT COUNT RETRY_MS a line: how the next COUNT calls go. "*": any
 *                subject. RESULT: a word of `results` below, or hangs, unknown (of owns)
 *   kill         a number: the process is killed at that request from now on
 *
 * An account owns the nodes whose provider ID is SCHEME://ACCOUNT/….
 */
#include <errno.h>
#include <fcntl.h>
#include <keelson/cloud.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-fake", "1.0");

#define PATH_BYTES    512
#define SUBJECT_BYTES 300
#define BUSY_MAX      64
#define FINALIZER     "service.kubernetes.io/load-balancer-cleanup"
#define HOLDER        "metadata.annotations[keelson.io/load-balancer-provider]"

static const struct keelson_host *host;

struct cloud {
    char dir[PATH_BYTES], prefix[PATH_BYTES];
    const char *name, *scheme;
    int has_routes, reach_all, forgetful;
    pthread_mutex_t lock;               /* the files, and below */
    char busy[BUSY_MAX][SUBJECT_BYTES]; /* Services that a call is about */
    char *told; /* "NAMESPACE/NAME\n" of each Service that a forgetful cloud was told of since its start */
};

static const struct {
    const char *word;
    enum keelson_status status;
} results[] = {
    {"ok", KEELSON_OK},
    {"failed", KEELSON_FAILED},
    {"invalid", KEELSON_INVALID},
    {"throttled", KEELSON_THROTTLED},
    {"unavailable", KEELSON_UNAVAILABLE},
    {"pending", KEELSON_PENDING},
    {"conflict", KEELSON_CONFLICT},
    {"not-found", KEELSON_NOT_FOUND},
};
#define RESULTS (sizeof(results) / sizeof(results[0]))

/* ---- Files; under the lock ---- */

static void path_of(const struct cloud *c, char out[PATH_BYTES], const char *folder, const char *name)
{
    if (snprintf(out, PATH_BYTES, "%s/%s%s", c->dir, folder, name) >= PATH_BYTES)
        abort();
}

__attribute__((format(printf, 3, 4))) static void append(struct cloud *c, const char *file, const char *fmt,
                                                         ...)
{
    char path[PATH_BYTES], line[4096];
    va_list ap;
    va_start(ap, fmt);
    int size = vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    path_of(c, path, "", file);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)size) != size)
        abort();
    close(fd);
}

/* The whole file, NUL-terminated; the caller's. Empty when there is none. */
static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0, room = 0;
    FILE *f = fopen(path, "re");
    do {
        room += 65536;
        text = realloc(text, room);
        if (!text)
            abort();
        size += f ? fread(text + size, 1, room - size - 1, f) : 0;
    } while (f && !feof(f));
    text[size] = '\0';
    if (f)
        fclose(f);
    return text;
}

static void write_file(const char *path, const char *text, size_t size)
{
    char temporary[PATH_BYTES + 8];
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    FILE *f = fopen(temporary, "we");
    if (!f || fwrite(text, 1, size, f) != size || fclose(f) != 0 || rename(temporary, path) != 0)
        abort();
}

/* One request to the cloud's API: what a call is made of, and between which the daemon may die. */
static void request(struct cloud *c)
{
    char path[PATH_BYTES], number[24];
    append(c, "requests", ".");
    path_of(c, path, "", "kill");
    char *text = read_file(path);
    long left = strtol(text, NULL, 10);
    free(text);
    if (left <= 0)
        return;
    snprintf(number, sizeof(number), "%ld", left - 1);
    write_file(path, number, strlen(number));
    if (left == 1)
        kill(getpid(), SIGKILL);
}

/* ---- The script; under the lock ---- */

struct step {
    char operation[32], subject[SUBJECT_BYTES], result[16];
    unsigned count, retry_ms;
};

static bool parse_step(const char *line, struct step *s)
{
    return sscanf(line, "%31s %299s %15s %u %u", s->operation, s->subject, s->result, &s->count,
                  &s->retry_ms) == 5;
}

static bool step_matches(const struct step *s, const char *operation, const char *subject)
{
    return s->count > 0 && strcmp(s->operation, operation) == 0 &&
           (strcmp(s->subject, "*") == 0 || strcmp(s->subject, subject) == 0);
}

/* Takes one off the first line that matches. */
static bool next_step(struct cloud *c, const char *operation, const char *subject, struct step *ret)
{
    char path[PATH_BYTES];
    path_of(c, path, "", "script");
    char *text = read_file(path), *rest = text, *line, *out = NULL;
    size_t out_size;
    bool found = false;
    FILE *f = open_memstream(&out, &out_size);
    while ((line = strsep(&rest, "\n"))) {
        struct step s;
        if (!parse_step(line, &s))
            continue;
        if (!found && step_matches(&s, operation, subject)) {
            found = true;
            s.count--;
            *ret = s;
        }
        fprintf(f, "%s %s %s %u %u\n", s.operation, s.subject, s.result, s.count, s.retry_ms);
    }
    fclose(f);
    if (found)
        write_file(path, out, out_size);
    free(out);
    free(text);
    return found;
}

static void unlock_and_hang(struct cloud *c)
{
    char path[PATH_BYTES];
    path_of(c, path, "", "release");
    pthread_mutex_unlock(&c->lock);
    while (access(path, F_OK) != 0) /* against the rules: not even a cancelled call comes back */
        usleep(10000);
    pthread_mutex_lock(&c->lock);
}

/* What the script says of this call: KEELSON_OK lets it go on. */
static enum keelson_status scripted(struct cloud *c, const struct keelson_call *call, const char *operation,
                                    const char *subject)
{
    struct step s;
    if (!next_step(c, operation, subject, &s))
        return KEELSON_OK;
    if (strcmp(s.result, "hangs") == 0) {
        append(c, "calls", "%s %s hangs\n", operation, subject);
        unlock_and_hang(c);
        return KEELSON_OK;
    }
    for (size_t i = 0; i < RESULTS; i++)
        if (strcmp(results[i].word, s.result) == 0 && results[i].status != KEELSON_OK) {
            if (s.retry_ms)
                host->retry_after(call, s.retry_ms);
            return host->fail(call, results[i].status, "scripted: %s", s.result);
        }
    return KEELSON_OK;
}

static enum keelson_status answered(struct cloud *c, const char *operation, const char *subject,
                                    enum keelson_status status)
{
    const char *word = "failed";
    for (size_t i = 0; i < RESULTS; i++)
        if (results[i].status == status)
            word = results[i].word;
    append(c, "calls", "%s %s %s\n", operation, subject, word);
    return status;
}

/* ---- Objects ---- */

static const char *text_at(const struct keelson_object *o, const char *path, char *out, size_t size)
{
    struct keelson_bytes b = {"", 0};
    host->object_string(o, path, &b);
    snprintf(out, size, "%.*s", (int)b.size, b.data);
    return out;
}

static bool has(const struct keelson_object *o, const char *path)
{
    struct keelson_bytes b;
    return host->object_json(o, path, &b) == KEELSON_OK;
}

static void subject_of(const struct keelson_object *service, char out[SUBJECT_BYTES])
{
    char space[100], name[100];
    snprintf(out, SUBJECT_BYTES, "%s/%s", text_at(service, "metadata.namespace", space, sizeof(space)),
             text_at(service, "metadata.name", name, sizeof(name)));
}

/* ---- Whose nodes ---- */

static bool is_own(const struct cloud *c, const struct keelson_object *node)
{
    char id[SUBJECT_BYTES];
    return strncmp(text_at(node, "spec.providerID", id, sizeof(id)), c->prefix, strlen(c->prefix)) == 0;
}

static const char *scheme(void *instance)
{
    return ((struct cloud *)instance)->scheme;
}

static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                const struct keelson_object *const *nodes, uint32_t nodes_count,
                                enum keelson_owns *ret)
{
    struct cloud *c = instance;
    pthread_mutex_lock(&c->lock);
    request(c);
    struct step s = {.result = ""};
    next_step(c, "owns", "nodes", &s);
    bool unknown = strcmp(s.result, "unknown") == 0;
    enum keelson_status status = KEELSON_OK;
    if (*s.result && !unknown)
        status = host->fail(call, KEELSON_UNAVAILABLE, "scripted: %s", s.result);
    for (uint32_t i = 0; !*s.result && i < nodes_count; i++)
        ret[i] = is_own(c, nodes[i]) ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
    pthread_mutex_unlock(&c->lock);
    return status;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    return KEELSON_OK;
}

static enum keelson_status describe(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    uint32_t want, const struct keelson_instance_sink *sink)
{
    char id[SUBJECT_BYTES];
    for (uint32_t i = 0; i < nodes_count; i++)
        if (is_own(instance, nodes[i]))
            sink->put(sink, &(struct keelson_instance_report){
                                .size = sizeof(struct keelson_instance_report),
                                .node = i,
                                .state = KEELSON_INSTANCE_RUNNING,
                                .provider_id = text_at(nodes[i], "spec.providerID", id, sizeof(id))});
    return KEELSON_OK;
}

/* ---- Load balancers ---- */

static void violation(struct cloud *c, const char *operation, const char *subject, const char *what)
{
    append(c, "violations", "%s %s: %s\n", operation, subject, what);
}

static bool has_finalizer(const struct keelson_object *service)
{
    struct keelson_bytes b = {"", 0};
    host->object_json(service, "metadata.finalizers", &b);
    return b.size && memmem(b.data, b.size, FINALIZER, strlen(FINALIZER));
}

static void check_service(struct cloud *c, const char *operation, const char *subject,
                          const struct keelson_object *service)
{
    char text[SUBJECT_BYTES];
    if (!has_finalizer(service))
        violation(c, operation, subject, "no finalizer");
    if (strcmp(text_at(service, HOLDER, text, sizeof(text)), c->name) != 0)
        violation(c, operation, subject, "not claimed for this cloud");
    if (strcmp(operation, "remove") != 0 && has(service, "metadata.deletionTimestamp"))
        violation(c, operation, subject, "it is being deleted");
}

static void check_nodes(struct cloud *c, const char *operation, const char *subject,
                        const struct keelson_object *const *nodes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!c->reach_all && !is_own(c, nodes[i]))
            violation(c, operation, subject, "a node of another cloud");
        if (has(nodes[i], "metadata.labels[node.kubernetes.io/exclude-from-external-load-balancers]"))
            violation(c, operation, subject, "an excluded node");
    }
}

/* One call at a time about a Service. */
static void enter(struct cloud *c, const char *operation, const char *subject)
{
    int place = -1;
    for (int i = 0; i < BUSY_MAX; i++) {
        if (strcmp(c->busy[i], subject) == 0)
            violation(c, operation, subject, "while another call is about it");
        if (!c->busy[i][0])
            place = i;
    }
    if (place >= 0)
        snprintf(c->busy[place], SUBJECT_BYTES, "%s", subject);
}

static void leave(struct cloud *c, const char *subject)
{
    for (int i = 0; i < BUSY_MAX; i++)
        if (strcmp(c->busy[i], subject) == 0)
            c->busy[i][0] = '\0';
}

static void balancer_path(const struct cloud *c, const struct keelson_object *service, char out[PATH_BYTES])
{
    char uid[100];
    path_of(c, out, "lb/", text_at(service, "metadata.uid", uid, sizeof(uid)));
}

/* An address that stays the same for the same Service. */
static void address_of(const struct cloud *c, const struct keelson_object *service, char out[32])
{
    char uid[100];
    unsigned hash = 5381;
    for (const char *p = text_at(service, "metadata.uid", uid, sizeof(uid)); *p; p++)
        hash = hash * 33 + (unsigned char)*p;
    snprintf(out, 32, "198.%u.%u.%u", 18 + hash / 65536 % 2, hash / 256 % 256, hash % 256);
}

static void write_balancer(const struct cloud *c, const struct keelson_object *service, const char *subject,
                           const struct keelson_object *const *nodes, uint32_t count, const char *state)
{
    char path[PATH_BYTES], text[SUBJECT_BYTES], *out = NULL;
    size_t size;
    struct keelson_bytes spec = {"{}", 2};
    FILE *f = open_memstream(&out, &size);
    host->object_json(service, "spec", &spec);
    address_of(c, service, text);
    fprintf(f, "{\"service\":\"%s\",\"state\":\"%s\",\"ip\":\"%s\",\"spec\":%.*s,\"nodes\":[", subject, state,
            text, (int)spec.size, spec.data);
    for (uint32_t i = 0; i < count; i++)
        fprintf(f, "%s\"%s\"", i ? "," : "", text_at(nodes[i], "metadata.name", text, sizeof(text)));
    fprintf(f, "]}");
    fclose(f);
    balancer_path(c, service, path);
    write_file(path, out, size);
    free(out);
}

/* A port that nothing can be sent to is refused, as a cloud without another way to the pods does. */
static enum keelson_status check_ports(const struct keelson_call *call, const struct keelson_object *service)
{
    uint32_t count = 0;
    char path[64];
    host->object_length(service, "spec.ports", &count);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "spec.ports[%u].nodePort", i);
        if (!has(service, path))
            return host->fail(call, KEELSON_INVALID, "%s: this cloud needs node ports", path);
    }
    return KEELSON_OK;
}

static enum keelson_status make(struct cloud *c, const struct keelson_call *call,
                                const struct keelson_object *service, const char *subject,
                                const struct keelson_object *const *nodes, uint32_t count,
                                const struct keelson_load_balancer_sink *sink)
{
    static const char *const states[] = {"created", "listening", "ready"};
    char ip[32];
    enum keelson_status status = check_ports(call, service);
    if (status != KEELSON_OK)
        return status;
    for (unsigned i = 0; i < 3; i++) {
        request(c);
        write_balancer(c, service, subject, nodes, i == 2 ? count : 0, states[i]);
        request(c);
    }
    address_of(c, service, ip);
    const struct keelson_ingress ingress = {.ip = ip, .ip_mode = "VIP"};
    sink->put(sink, &(struct keelson_load_balancer){.size = sizeof(struct keelson_load_balancer),
                                                    .ingress_count = 1,
                                                    .ingress_size = sizeof(ingress),
                                                    .ingress = &ingress});
    return KEELSON_OK;
}

static bool was_told(const struct cloud *c, const char *subject)
{
    char line[SUBJECT_BYTES + 1];
    snprintf(line, sizeof(line), "%s\n", subject);
    return c->told && strstr(c->told, line);
}

static void be_told(struct cloud *c, const char *subject)
{
    size_t size = c->told ? strlen(c->told) : 0, more = strlen(subject) + 2;
    c->told = realloc(c->told, size + more);
    if (!c->told)
        abort();
    snprintf(c->told + size, more, "%s\n", subject);
}

static enum keelson_status ensure(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count,
                                  const struct keelson_load_balancer_sink *sink)
{
    struct cloud *c = instance;
    char subject[SUBJECT_BYTES];
    subject_of(service, subject);
    pthread_mutex_lock(&c->lock);
    enter(c, "ensure", subject);
    check_service(c, "ensure", subject, service);
    check_nodes(c, "ensure", subject, nodes, nodes_count);
    if (c->forgetful && has(service, "status.loadBalancer.ingress[0].ip") && !was_told(c, subject))
        violation(c, "ensure", subject, "what it has was not told before");
    enum keelson_status status = scripted(c, call, "ensure", subject);
    if (status == KEELSON_OK)
        status = make(c, call, service, subject, nodes, nodes_count, sink);
    if (status == KEELSON_OK)
        be_told(c, subject);
    leave(c, subject);
    status = answered(c, "ensure", subject, status);
    pthread_mutex_unlock(&c->lock);
    return status;
}

static enum keelson_status get(void *instance, const struct keelson_call *call,
                               const struct keelson_object *service,
                               const struct keelson_load_balancer_sink *sink)
{
    struct cloud *c = instance;
    char path[PATH_BYTES], subject[SUBJECT_BYTES];
    subject_of(service, subject);
    balancer_path(c, service, path);
    pthread_mutex_lock(&c->lock);
    enum keelson_status status = scripted(c, call, "get", subject);
    if (status == KEELSON_OK) {
        be_told(c, subject);
        status = access(path, F_OK) == 0 ? KEELSON_OK : KEELSON_NOT_FOUND;
    }
    if (status == KEELSON_OK)
        sink->put(sink, &(struct keelson_load_balancer){.size = sizeof(struct keelson_load_balancer)});
    answered(c, "get", subject, status);
    pthread_mutex_unlock(&c->lock);
    return status;
}

static enum keelson_status update(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    struct cloud *c = instance;
    char subject[SUBJECT_BYTES], path[PATH_BYTES];
    subject_of(service, subject);
    balancer_path(c, service, path);
    pthread_mutex_lock(&c->lock);
    enter(c, "update", subject);
    check_service(c, "update", subject, service);
    check_nodes(c, "update", subject, nodes, nodes_count);
    enum keelson_status status = scripted(c, call, "update", subject);
    request(c);
    if (status == KEELSON_OK && access(path, F_OK) != 0)
        status = host->fail(call, KEELSON_NOT_FOUND, "there is none");
    else if (status == KEELSON_OK)
        write_balancer(c, service, subject, nodes, nodes_count, "ready");
    request(c);
    leave(c, subject);
    status = answered(c, "update", subject, status);
    pthread_mutex_unlock(&c->lock);
    return status;
}

static enum keelson_status remove_it(void *instance, const struct keelson_call *call,
                                     const struct keelson_object *service)
{
    struct cloud *c = instance;
    char subject[SUBJECT_BYTES], path[PATH_BYTES];
    subject_of(service, subject);
    balancer_path(c, service, path);
    pthread_mutex_lock(&c->lock);
    enter(c, "remove", subject);
    check_service(c, "remove", subject, service);
    enum keelson_status status = scripted(c, call, "remove", subject);
    request(c);
    if (status == KEELSON_OK && access(path, F_OK) == 0) {
        write_balancer(c, service, subject, NULL, 0, "going");
        request(c);
        unlink(path);
        request(c);
    }
    leave(c, subject);
    status = answered(c, "remove", subject, status);
    pthread_mutex_unlock(&c->lock);
    return status;
}

/* ---- Routes ---- */

struct row {
    char name[100], cidr[64], node[100];
};

static bool parse_row(const char *line, struct row *r)
{
    return sscanf(line, "%99s %63s %99s", r->name, r->cidr, r->node) == 3;
}

typedef bool row_function(void *context, const struct row *r); /* whether it stays */

/* Reads all rows; with `more` one is added, and all that stay are written. */
static void each_row(struct cloud *c, row_function *function, void *context, const char *more)
{
    char path[PATH_BYTES], *out = NULL, *line;
    size_t size;
    path_of(c, path, "", "routes");
    char *text = read_file(path), *rest = text;
    FILE *f = open_memstream(&out, &size);
    while ((line = strsep(&rest, "\n"))) {
        struct row r;
        if (parse_row(line, &r) && function(context, &r))
            fprintf(f, "%s %s %s\n", r.name, r.cidr, r.node);
    }
    fputs(more, f);
    fclose(f);
    if (strcmp(out, "") != 0 || access(path, F_OK) == 0)
        write_file(path, out, size);
    free(out);
    free(text);
}

static bool put_row(void *context, const struct row *r)
{
    const struct keelson_route_sink *sink = context;
    bool blackhole = strcmp(r->node, "-") == 0;
    sink->put(sink, &(struct keelson_route){.size = sizeof(struct keelson_route),
                                            .blackhole = blackhole,
                                            .name = r->name,
                                            .node_name = blackhole ? NULL : r->node,
                                            .destination_cidr = r->cidr});
    return true;
}

static enum keelson_status list_routes(void *instance, const struct keelson_call *call,
                                       const struct keelson_route_sink *sink)
{
    struct cloud *c = instance;
    pthread_mutex_lock(&c->lock);
    request(c);
    enum keelson_status status = scripted(c, call, "routes.list", "routes");
    if (status == KEELSON_OK ||
        status == KEELSON_UNAVAILABLE) /* what was put before a failure must not count */
        each_row(c, put_row, (void *)(uintptr_t)sink, "");
    status = answered(c, "routes.list", "routes", status);
    pthread_mutex_unlock(&c->lock);
    return status;
}

struct wanted {
    const struct keelson_route *route;
    bool same, other; /* found: to the same node, to another */
};

static bool look_for(void *context, const struct row *r)
{
    struct wanted *w = context;
    if (strcmp(r->cidr, w->route->destination_cidr) == 0)
        *(strcmp(r->node, w->route->node_name) == 0 ? &w->same : &w->other) = true;
    return true;
}

static enum keelson_status create_route(struct cloud *c, const struct keelson_call *call,
                                        const struct keelson_route *r)
{
    struct wanted w = {.route = r};
    char line[300] = "", dashed[64];
    if (!r->node || !is_own(c, r->node))
        violation(c, "routes.create", r->node_name, "to a node of another cloud");
    enum keelson_status status = scripted(c, call, "routes.create", r->node_name);
    if (status != KEELSON_OK)
        return status;
    each_row(c, look_for, &w, "");
    if (w.other)
        return KEELSON_CONFLICT;
    request(c);
    snprintf(dashed, sizeof(dashed), "%s", r->destination_cidr);
    for (char *p = dashed; *p; p++)
        if (*p == '.' || *p == '/' || *p == ':')
            *p = '-';
    if (!w.same)
        snprintf(line, sizeof(line), "r-%s %s %s\n", dashed, r->destination_cidr, r->node_name);
    each_row(c, look_for, &w, line);
    request(c);
    return KEELSON_OK;
}

static bool is_another(void *context, const struct row *r)
{
    return strcmp(r->name, context) != 0;
}

static enum keelson_status create_routes(void *instance, const struct keelson_call *call,
                                         const struct keelson_route *const *routes, uint32_t count,
                                         enum keelson_status *ret)
{
    struct cloud *c = instance;
    pthread_mutex_lock(&c->lock);
    for (uint32_t i = 0; i < count; i++) {
        ret[i] = create_route(c, call, routes[i]);
        answered(c, "routes.create", routes[i]->node_name, ret[i]);
    }
    pthread_mutex_unlock(&c->lock);
    return KEELSON_OK;
}

static enum keelson_status remove_routes(void *instance, const struct keelson_call *call,
                                         const struct keelson_route *const *routes, uint32_t count,
                                         enum keelson_status *ret)
{
    struct cloud *c = instance;
    pthread_mutex_lock(&c->lock);
    for (uint32_t i = 0; i < count; i++) {
        if (!routes[i]->name)
            violation(c, "routes.remove", routes[i]->destination_cidr, "without its name");
        request(c);
        each_row(c, is_another, (void *)(uintptr_t)routes[i]->name, "");
        request(c);
        ret[i] = answered(c, "routes.remove", routes[i]->name, KEELSON_OK);
    }
    pthread_mutex_unlock(&c->lock);
    return KEELSON_OK;
}

/* ---- The plugin ---- */

static const struct keelson_cloud_v1 cloud = {
    .size = sizeof(cloud), .scheme = scheme, .owns = owns, .healthy = healthy};
static const struct keelson_cloud_instances_v1 instances = {.size = sizeof(instances), .describe = describe};
#define BALANCERS(flags_)                                                                                    \
    {                                                                                                        \
        .size = sizeof(struct keelson_cloud_loadbalancers_v1), .flags = (flags_), .get = get,                \
        .ensure = ensure, .update = update, .remove = remove_it                                              \
    }
static const struct keelson_cloud_loadbalancers_v1 balancers[] = {
    BALANCERS(0), BALANCERS(KEELSON_LOADBALANCERS_REACH_ALL_NODES),
    BALANCERS(KEELSON_LOADBALANCERS_RECORD_IS_STATUS),
    BALANCERS(KEELSON_LOADBALANCERS_REACH_ALL_NODES | KEELSON_LOADBALANCERS_RECORD_IS_STATUS)};
static const struct keelson_cloud_routes_v1 routes = {
    .size = sizeof(routes), .list = list_routes, .create = create_routes, .remove = remove_routes};

static const void *interface(void *instance, const char *name)
{
    const struct cloud *c = instance;
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    if (strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0)
        return &instances;
    if (strcmp(name, KEELSON_CLOUD_LOADBALANCERS_1) == 0)
        return &balancers[!!c->reach_all + 2 * !!c->forgetful];
    return strcmp(name, KEELSON_CLOUD_ROUTES_1) == 0 && c->has_routes ? &routes : NULL;
}

static enum keelson_status open_cloud(const struct keelson_call *call, const struct keelson_instance *given,
                                      void **ret)
{
    const char *dir = NULL, *account = given->name;
    struct cloud *c = calloc(1, sizeof(*c));
    if (!c || host->config_string(call, given->config, "dir", &dir) != KEELSON_OK) {
        free(c);
        return host->fail(call, KEELSON_INVALID, "dir is missing");
    }
    c->name = given->name;
    c->scheme = "fake";
    host->config_string(call, given->config, "scheme", &c->scheme);
    host->config_string(call, given->config, "account", &account);
    host->config_boolean(call, given->config, "routes", &c->has_routes);
    host->config_boolean(call, given->config, "reach_all", &c->reach_all);
    host->config_boolean(call, given->config, "forgetful", &c->forgetful);
    snprintf(c->dir, sizeof(c->dir), "%s", dir);
    snprintf(c->prefix, sizeof(c->prefix), "%s://%s/", c->scheme, account);
    pthread_mutex_init(&c->lock, NULL);
    *ret = c;
    return KEELSON_OK;
}

static void close_cloud(void *instance)
{
    struct cloud *c = instance;
    pthread_mutex_destroy(&c->lock);
    free(c->told);
    free(c);
}

static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                             .threading = KEELSON_THREADS_PARALLEL,
                                             .description = "a strict cloud whose world is a folder",
                                             .open = open_cloud,
                                             .close = close_cloud,
                                             .interface = interface};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    host = given;
    return &plugin;
}
