/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a Service; see request.h. */
#include "plugins/cloud-onprem/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX  65536
#define PREFIX     "onprem.keelson.io/"
#define ANNOTATION "metadata.annotations[" PREFIX

struct reader {
    const struct keelson_host *host;
    const struct keelson_call *call;
    const struct keelson_object *service;
};

static struct keelson_bytes text_at(const struct reader *r, const char *path)
{
    struct keelson_bytes text = {"", 0};
    r->host->object_string(r->service, path, &text);
    return text;
}

static char *copy_at(const struct reader *r, const char *path)
{
    struct keelson_bytes text = text_at(r, path);
    return strndup(text.size ? text.data : "", text.size);
}

static bool is_at(const struct reader *r, const char *path, const char *wanted)
{
    struct keelson_bytes text = text_at(r, path);
    return text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0;
}

static uint32_t length_at(const struct reader *r, const char *path, uint32_t most)
{
    uint32_t length = 0;
    r->host->object_length(r->service, path, &length);
    return length < most ? length : most;
}

/* Services that share an address must be served by the same nodes: with Local those that their pods run on.
 */
static char *policy_of(const struct reader *r)
{
    struct keelson_bytes selector = {"", 0};
    char *policy = NULL;
    if (!is_at(r, "spec.externalTrafficPolicy", "Local"))
        return strdup("Cluster");
    r->host->object_json(r->service, "spec.selector", &selector);
    return asprintf(&policy, "Local %.*s", (int)selector.size, selector.data) < 0 ? NULL : policy;
}

static bool read_ports(const struct reader *r, struct claim *claim)
{
    uint32_t count = length_at(r, "spec.ports", PORTS_MAX);
    struct claim_port *ports = calloc(count + 1, sizeof(*ports));
    for (uint32_t i = 0; ports && i < count; i++) {
        char path[64];
        int64_t port = 0;
        snprintf(path, sizeof(path), "spec.ports[%u].port", i);
        r->host->object_integer(r->service, path, &port);
        snprintf(path, sizeof(path), "spec.ports[%u].protocol", i);
        struct keelson_bytes protocol = text_at(r, path);
        ports[i] = (struct claim_port){protocol.size ? protocol.data[0] : 'T', (uint16_t)port};
    }
    claim->ports = ports;
    claim->ports_count = count;
    return ports != NULL;
}

static bool read_claim(const struct reader *r, struct claim *claim)
{
    struct keelson_bytes space = text_at(r, "metadata.namespace"), name = text_at(r, "metadata.name");
    char *full = NULL, *key = copy_at(r, ANNOTATION "sharing-key]");
    if (asprintf(&full, "%.*s/%.*s", (int)space.size, space.data, (int)name.size, name.data) < 0)
        full = NULL;
    claim->uid = copy_at(r, "metadata.uid");
    claim->name = full;
    claim->policy = policy_of(r);
    claim->sharing_key = key;
    bool read = read_ports(r, claim) && key && full && claim->uid && claim->policy;
    if (key && !*key) {
        free(key);
        claim->sharing_key = NULL;
    }
    return read;
}

/* A Service that does not say its families (it was written before there were any) has the one of its cluster
 * IP. */
static void read_families(const struct reader *r, struct request *q)
{
    uint32_t count = length_at(r, "spec.ipFamilies", 2);
    for (uint32_t i = 0; i < count; i++) {
        char path[32];
        snprintf(path, sizeof(path), "spec.ipFamilies[%u]", i);
        q->families[q->families_count++] = is_at(r, path, "IPv6") ? 6 : 4;
    }
    if (count == 0) {
        struct keelson_bytes ip = text_at(r, "spec.clusterIP");
        q->families[q->families_count++] = ip.size && memchr(ip.data, ':', ip.size) ? 6 : 4;
    }
    q->all_families = !is_at(r, "spec.ipFamilyPolicy", "PreferDualStack");
}

static void read_current(const struct reader *r, struct request *q)
{
    uint32_t count = length_at(r, "status.loadBalancer.ingress", REQUEST_CURRENT_MAX);
    for (uint32_t i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof(path), "status.loadBalancer.ingress[%u].ip", i);
        struct keelson_bytes ip = text_at(r, path);
        q->current_count += address_parse(ip.data, ip.size, &q->current[q->current_count]);
    }
}

static bool of_family(const struct request *q, uint8_t family)
{
    for (uint32_t i = 0; i < q->families_count; i++)
        if (q->families[i] == family)
            return true;
    return false;
}

static enum keelson_status add_requested(const struct reader *r, const char *field, const char *text,
                                         size_t size, struct request *q)
{
    struct address a;
    if (!address_parse(text, size, &a))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: \"%.*s\" is no IP address", field, (int)size,
                             text);
    if (!of_family(q, a.family))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: the Service has no IPv%u, as %.*s is", field,
                             a.family, (int)size, text);
    if (q->requested_count == 2 || (q->requested_count && q->requested[0].family == a.family))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: more than one IPv%u address", field, a.family);
    q->requested[q->requested_count++] = a;
    return KEELSON_OK;
}

static enum keelson_status read_requested(const struct reader *r, struct request *q)
{
    const char *field = "annotation onprem.keelson.io/addresses";
    struct keelson_bytes text = text_at(r, ANNOTATION "addresses]");
    if (text.size == 0) {
        field = "spec.loadBalancerIP";
        text = text_at(r, "spec.loadBalancerIP");
    }
    enum keelson_status status = KEELSON_OK;
    const char *at = text.data, *end = text.data + text.size;
    while (status == KEELSON_OK && at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at)), *last = comma ? comma : end;
        const char *next = comma ? comma + 1 : end;
        while (at < last && *at == ' ')
            at++;
        while (at < last && last[-1] == ' ')
            last--;
        status = add_requested(r, field, at, (size_t)(last - at), q);
        at = next;
    }
    return status;
}

enum keelson_status request_read(const struct keelson_host *host, const struct keelson_call *call,
                                 const struct keelson_object *service, struct request *ret)
{
    const struct reader r = {host, call, service};
    struct request q = {.class_ = copy_at(&r, "spec.loadBalancerClass"),
                        .pool = copy_at(&r, ANNOTATION "pool]")};
    enum keelson_status status = KEELSON_OK;
    if (!read_claim(&r, &q.claim) || !q.class_ || !q.pool)
        status = host->fail(call, KEELSON_EXHAUSTED, "no memory");
    read_families(&r, &q);
    read_current(&r, &q);
    if (status == KEELSON_OK)
        status = read_requested(&r, &q);
    if (status != KEELSON_OK) {
        request_done(&q);
        return status;
    }
    *ret = q;
    return KEELSON_OK;
}

void request_done(struct request *q)
{
    free((void *)(uintptr_t)q->claim.uid);
    free((void *)(uintptr_t)q->claim.name);
    free((void *)(uintptr_t)q->claim.sharing_key);
    free((void *)(uintptr_t)q->claim.policy);
    free((void *)(uintptr_t)q->claim.ports);
    free(q->class_);
    free(q->pool);
    *q = (struct request){0};
}

static bool is_known(struct keelson_bytes key)
{
    static const char *const known[] = {PREFIX "addresses", PREFIX "pool", PREFIX "sharing-key"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (key.size == strlen(known[i]) && memcmp(key.data, known[i], key.size) == 0)
            return true;
    return key.size < strlen(PREFIX) || memcmp(key.data, PREFIX, strlen(PREFIX)) != 0;
}

void request_tell_unknown(const struct keelson_host *host, const struct keelson_call *call,
                          const struct keelson_object *service)
{
    struct keelson_bytes key, value;
    for (uint32_t i = 0; host->object_member(service, "metadata.annotations", i, &key, &value) == KEELSON_OK;
         i++)
        if (!is_known(key))
            host->event(call, KEELSON_LOG_WARNING, "UnknownAnnotation",
                        "annotation %.*s is ignored: " PREFIX " has addresses, pool and sharing-key",
                        (int)key.size, key.data);
}
