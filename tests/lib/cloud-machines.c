/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud for tests whose machines are lines of a file, read at every call, so that a test changes the cloud
 * by writing a file, and the cloud outlives the daemon:
 *
 *     machine NODE-NAME ID running|stopped|gone|unknown ZONE TYPE ADDRESS
 *     fail owns|describe STATUS       answers with that keelson_status
 *     hang owns|describe              answers when it is cancelled
 *
 * It is strict about what it is asked, and notes every call in a log ("owns 3", "describe 2 300"); a question
 * that a cloud must never be asked is noted as a VIOLATION and refused. Configuration: file, log, scheme,
 * latency_ms.
 */
#include <keelson/cloud.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MACHINES_MAX 4096
#define WORD         128

static const struct keelson_host *host;

struct machine {
    char node[WORD], id[WORD], state[16], zone[32], type[32], address[64];
};
struct cloud {
    const char *file, *log, *scheme;
    int64_t latency_ms;
};
/* The file as it is at one call. */
struct world {
    struct machine *machines;
    unsigned count;
    int fails; /* a keelson_status */
    int hangs;
};

__attribute__((format(printf, 2, 3))) static void note(const struct cloud *c, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    va_start(ap, fmt);
    int size = vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    FILE *f = fopen(c->log, "ae");
    if (!f)
        return;
    fwrite(line, 1, (size_t)size < sizeof(line) ? (size_t)size : sizeof(line) - 1, f);
    fclose(f);
}

static void read_line(const char *line, const char *operation, struct world *w)
{
    char asked[16];
    int status;
    struct machine *m = &w->machines[w->count];
    if (sscanf(line, "fail %15s %d", asked, &status) == 2)
        w->fails = strcmp(asked, operation) == 0 ? status : w->fails;
    else if (sscanf(line, "hang %15s", asked) == 1)
        w->hangs = strcmp(asked, operation) == 0 || w->hangs;
    else if (w->count < MACHINES_MAX && sscanf(line, "machine %127s %127s %15s %31s %31s %63s", m->node,
                                               m->id, m->state, m->zone, m->type, m->address) == 6)
        w->count++;
}

static void wait_ms(const struct keelson_call *call, int64_t ms)
{
    struct pollfd p = {.fd = call->cancel_fd, .events = POLLIN};
    poll(&p, 1, (int)ms);
}

/* What the cloud would do before it answers. KEELSON_OK: w is to be released. */
static enum keelson_status look(const struct cloud *c, const struct keelson_call *call, const char *operation,
                                struct world *w)
{
    char line[1024];
    *w = (struct world){.machines = calloc(MACHINES_MAX + 1, sizeof(struct machine))};
    FILE *f = w->machines ? fopen(c->file, "re") : NULL;
    while (f && fgets(line, sizeof(line), f))
        read_line(line, operation, w);
    if (f)
        fclose(f);
    wait_ms(call, w->hangs ? 600000 : c->latency_ms);
    enum keelson_status status = w->hangs ? KEELSON_CANCELLED
                                 : !f     ? KEELSON_UNAVAILABLE
                                          : (enum keelson_status)w->fails;
    if (status != KEELSON_OK) {
        free(w->machines);
        host->fail(call, status, "the cloud was told to fail");
    }
    return status;
}

/* The node's text at path, cut to fit; "" when absent. */
static const char *text_of(const struct keelson_object *node, const char *path, char out[WORD])
{
    struct keelson_bytes text = {0};
    out[0] = '\0';
    if (host->object_string(node, path, &text) == KEELSON_OK)
        snprintf(out, WORD, "%.*s", (int)text.size, text.data);
    return out;
}

static int has_scheme(const struct cloud *c, const char *id)
{
    size_t size = strlen(c->scheme);
    return strncmp(id, c->scheme, size) == 0 && strncmp(id + size, "://", 3) == 0;
}

/* By provider ID; without one by name. */
static const struct machine *find(const struct cloud *c, const struct world *w,
                                  const struct keelson_object *node)
{
    char id[WORD], name[WORD];
    text_of(node, "spec.providerID", id);
    text_of(node, "metadata.name", name);
    const char *own = has_scheme(c, id) ? id + strlen(c->scheme) + 3 : NULL;
    for (unsigned i = 0; i < w->count && (own || !*id); i++)
        if (strcmp(own ? own : name, own ? w->machines[i].id : w->machines[i].node) == 0)
            return &w->machines[i];
    return NULL;
}

static enum keelson_status refuse(const struct cloud *c, const struct keelson_call *call, const char *why)
{
    note(c, "VIOLATION %s\n", why);
    return host->fail(call, KEELSON_INVALID, "%s", why);
}

static const char *scheme(void *instance)
{
    return ((const struct cloud *)instance)->scheme;
}

static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                const struct keelson_object *const *nodes, uint32_t count,
                                enum keelson_owns *ret)
{
    const struct cloud *c = instance;
    struct world w;
    char id[WORD];
    note(c, "owns %u\n", count);
    if (count == 0 || count > KEELSON_CLOUD_NODES_MAX)
        return refuse(c, call, "a count that is not allowed");
    for (uint32_t i = 0; i < count; i++)
        if (*text_of(nodes[i], "spec.providerID", id) && !has_scheme(c, id))
            return refuse(c, call, "asked whose a node of another scheme is");
    enum keelson_status status = look(c, call, "owns", &w);
    if (status != KEELSON_OK)
        return status;
    for (uint32_t i = 0; i < count; i++)
        ret[i] = find(c, &w, nodes[i]) ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
    free(w.machines);
    return KEELSON_OK;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    return KEELSON_OK;
}

static const struct keelson_cloud_v1 cloud_table = {sizeof(cloud_table), 0, scheme, owns, healthy};

static enum keelson_instance_state state_of(const struct machine *m)
{
    return !m || strcmp(m->state, "gone") == 0 ? KEELSON_INSTANCE_GONE
           : strcmp(m->state, "running") == 0  ? KEELSON_INSTANCE_RUNNING
           : strcmp(m->state, "stopped") == 0  ? KEELSON_INSTANCE_SHUT_DOWN
                                               : KEELSON_INSTANCE_UNKNOWN;
}

static int report(const struct cloud *c, const struct machine *m, uint32_t node,
                  const struct keelson_instance_sink *sink)
{
    char id[WORD * 2] = "";
    enum keelson_instance_state state = state_of(m);
    const struct keelson_node_address address = {KEELSON_ADDRESS_INTERNAL_IP, 0, m ? m->address : NULL};
    struct keelson_instance_report r = {.size = sizeof(r),
                                        .node = node,
                                        .state = state,
                                        .address_size = sizeof(address),
                                        .evidence = m ? m->state : "no such machine"};
    if (m && state != KEELSON_INSTANCE_GONE) {
        snprintf(id, sizeof(id), "%s://%s", c->scheme, m->id);
        r.provider_id = id;
        r.instance_type = m->type;
        r.zone = m->zone;
        r.region = c->scheme;
        r.addresses = &address;
        r.addresses_count = 1;
    }
    return sink->put(sink, &r);
}

static enum keelson_status describe(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t count, uint32_t want,
                                    const struct keelson_instance_sink *sink)
{
    const struct cloud *c = instance;
    struct world w;
    char id[WORD];
    note(c, "describe %u %u\n", want, count);
    if (count == 0 || count > KEELSON_CLOUD_NODES_MAX || want == 0 || want > 3)
        return refuse(c, call, "a count or a wish that is not allowed");
    for (uint32_t i = 0; i < count; i++)
        if (*text_of(nodes[i], "spec.providerID", id) && !has_scheme(c, id))
            return refuse(c, call, "asked about a node of another cloud");
    enum keelson_status status = look(c, call, "describe", &w);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        const struct machine *m = find(c, &w, nodes[i]);
        if ((m || *text_of(nodes[i], "spec.providerID", id)) && report(c, m, i, sink) != 0)
            break;
    }
    if (status == KEELSON_OK)
        free(w.machines);
    return status;
}

static const struct keelson_cloud_instances_v1 instances_table = {sizeof(instances_table), 0, describe};

static enum keelson_status open_it(const struct keelson_call *call, const struct keelson_instance *instance,
                                   void **ret)
{
    struct cloud c = {0};
    struct cloud *kept = malloc(sizeof(*kept));
    host->config_integer(call, instance->config, "latency_ms", &c.latency_ms);
    if (!kept || host->config_string(call, instance->config, "file", &c.file) != KEELSON_OK ||
        host->config_string(call, instance->config, "log", &c.log) != KEELSON_OK ||
        host->config_string(call, instance->config, "scheme", &c.scheme) != KEELSON_OK) {
        free(kept);
        return host->fail(call, KEELSON_INVALID, "file, log and scheme are needed");
    }
    *kept = c;
    *ret = kept;
    return KEELSON_OK;
}

static void close_it(void *instance)
{
    free(instance);
}

static const void *interface_of(void *instance, const char *name)
{
    return strcmp(name, KEELSON_CLOUD_1) == 0             ? (const void *)&cloud_table
           : strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0 ? (const void *)&instances_table
                                                          : NULL;
}

static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                             .threading = KEELSON_THREADS_PARALLEL,
                                             .description = "machines that are lines of a file",
                                             .open = open_it,
                                             .close = close_it,
                                             .interface = interface_of};

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-machines", "1.0");

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *h)
{
    host = h;
    return &plugin;
}
