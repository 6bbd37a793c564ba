/* SPDX-License-Identifier: Apache-2.0 */
/* From a Service to names, listeners and target groups. */
#include <openssl/evp.h>

#include "plugins/cloud-aws/lb.h"

#define PROXY_HEALTH_PORT "10256" /* kube-proxy's, on every node */

/* So many hexadecimal digits of a digest. */
static void add_digest(char *to, size_t size, const char *text)
{
    unsigned char digest[32];
    EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i + 1 < size; i++)
        to[i] = "0123456789abcdef"[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    to[size - 1] = 0;
}

static struct keelson_bytes text_at(const struct lb *lb, const char *path)
{
    struct keelson_bytes text = {"", 0};
    aws_host->object_string(lb->service, path, &text);
    return text;
}

enum keelson_status lb_begin(struct lb *lb, void *instance, const struct keelson_call *call,
                             const struct keelson_object *service)
{
    char digest[11];
    size_t at = 1;
    *lb = (struct lb){.aws = aws_ref(instance), .call = call, .service = service};
    struct keelson_bytes uid = text_at(lb, "metadata.uid"), name = text_at(lb, "metadata.name");
    struct keelson_bytes namespace = text_at(lb, "metadata.namespace");
    _cleanup_text_ struct text identity = {0};
    if (uid.size == 0)
        return FAIL(call, KEELSON_INVALID, "the Service has no UID");
    lb->name[0] = 'a';
    for (size_t i = 0; i < uid.size && at < sizeof(lb->name) - 1; i++)
        if (uid.data[i] != '-')
            lb->name[at++] = uid.data[i];
    snprintf(lb->service_name, sizeof(lb->service_name), "%.*s/%.*s", (int)namespace.size, namespace.data,
             (int)name.size, name.data);
    text_printf(&identity, "%s %.*s", lb->aws->cluster, (int)uid.size, uid.data);
    add_digest(digest, sizeof(digest), identity.data);
    snprintf(lb->group_prefix, sizeof(lb->group_prefix), GROUP_PREFIX "%s-", digest);
    return KEELSON_OK;
}

void lb_places_done(struct lb_places *places)
{
    for (size_t i = 0; i < places->count; i++) {
        free(places->items[i].subnet);
        free(places->items[i].zone);
        free(places->items[i].allocation);
        free(places->items[i].address);
    }
    free(places->items);
    *places = (struct lb_places){0};
}

void lb_found_done(struct lb_found *f)
{
    char *const texts[] = {f->arn, f->dns_name, f->scheme, f->state, f->vpc, f->ip_address_type};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(texts[i]);
    lb_places_done(&f->places);
    texts_done(&f->security_groups);
    pairs_done(&f->tags);
    *f = (struct lb_found){0};
}

void lb_forget(struct lb *lb)
{
    lb_found_done(&lb->found);
    lb->name_taken = false;
    for (size_t i = 0; i < lb->groups_count; i++) {
        struct target_group *g = &lb->groups[i];
        char *const fields[] = {g->name,
                                g->arn,
                                g->health_protocol,
                                g->health_port,
                                g->health_path,
                                g->health_codes,
                                g->health_interval_s,
                                g->health_timeout_s,
                                g->healthy_threshold,
                                g->unhealthy_threshold};
        pairs_done(&g->tags);
        for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
            free(fields[k]);
    }
    free(lb->groups);
    lb->groups = NULL;
    lb->groups_count = 0;
}

void lb_done(struct lb *lb)
{
    free(lb->vpc);
    lb_forget(lb);
    lb_places_done(&lb->places);
    for (uint32_t i = 0; i < lb->ports_count; i++)
        free(lb->ports[i].group_arn);
    machines_unref(lb->machines);
    lb_options_done(&lb->options);
    pairs_done(&lb->tags);
    aws_unref(lb->aws);
}

/* --- ports --- */

static bool is_ssl_port(const struct lb *lb, uint16_t port, const char *name)
{
    const struct texts *ports = &lb->options.ssl_ports;
    char number[8];
    snprintf(number, sizeof(number), "%u", port);
    return lb->options.certificates.count && (ports->count == 0 || texts_has(ports, "*") ||
                                              texts_has(ports, number) || (*name && texts_has(ports, name)));
}

static bool text_is(struct keelson_bytes text, const char *wanted)
{
    return text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0;
}

/* TCP and UDP on one port are one listener, if they go to one port of the nodes. */
static enum keelson_status merge(struct lb *lb, struct lb_port *same, uint16_t node_port,
                                 const char *protocol)
{
    if (strcmp(same->protocol, protocol) == 0 || strcmp(same->protocol, "TLS") == 0)
        return FAIL(lb->call, KEELSON_INVALID, "port %u stands twice in the Service", same->port);
    if (same->node_port != node_port)
        return FAIL(lb->call, KEELSON_INVALID,
                    "port %u: TCP and UDP on one port of a Network Load Balancer need the same nodePort",
                    same->port);
    same->protocol = same->target_protocol = "TCP_UDP";
    return KEELSON_OK;
}

static enum keelson_status plan_port(struct lb *lb, uint32_t index)
{
    char path[64], name[64];
    int64_t port = 0, node_port = 0;
    snprintf(path, sizeof(path), "spec.ports[%u].port", index);
    aws_host->object_integer(lb->service, path, &port);
    snprintf(path, sizeof(path), "spec.ports[%u].nodePort", index);
    aws_host->object_integer(lb->service, path, &node_port);
    snprintf(path, sizeof(path), "spec.ports[%u].name", index);
    struct keelson_bytes text = text_at(lb, path);
    snprintf(name, sizeof(name), "%.*s", (int)text.size, text.data);
    snprintf(path, sizeof(path), "spec.ports[%u].protocol", index);
    struct keelson_bytes said = text_at(lb, path);
    const char *protocol = said.size == 0 || text_is(said, "TCP") ? "TCP"
                           : text_is(said, "UDP")                 ? "UDP"
                                                                  : NULL;
    if (!protocol)
        return FAIL(lb->call, KEELSON_UNSUPPORTED, "port %lld: a Network Load Balancer does not carry %.*s",
                    (long long)port, (int)said.size, said.data);
    if (port < 1 || port > 65535 || node_port < 1 || node_port > 65535)
        return FAIL(lb->call, KEELSON_INVALID, "port %lld has no nodePort", (long long)port);
    for (uint32_t i = 0; i < lb->ports_count; i++)
        if (lb->ports[i].port == port)
            return merge(lb, &lb->ports[i], (uint16_t)node_port, protocol);
    bool ssl = strcmp(protocol, "TCP") == 0 && is_ssl_port(lb, (uint16_t)port, name);
    bool backend_ssl =
        ssl && lb->options.backend_protocol && strcmp(lb->options.backend_protocol, "ssl") == 0;
    lb->ports[lb->ports_count++] = (struct lb_port){
        .port = (uint16_t)port,
        .node_port = (uint16_t)node_port,
        .protocol = ssl ? "TLS" : protocol,
        .target_protocol = backend_ssl ? "TLS" : protocol,
    };
    return KEELSON_OK;
}

static bool names_a_port(const struct lb *lb, const char *said)
{
    uint32_t count = 0;
    char path[64], number[24];
    aws_host->object_length(lb->service, "spec.ports", &count);
    for (uint32_t i = 0; i < count; i++) {
        int64_t port = 0;
        snprintf(path, sizeof(path), "spec.ports[%u].port", i);
        aws_host->object_integer(lb->service, path, &port);
        snprintf(number, sizeof(number), "%lld", (long long)port);
        snprintf(path, sizeof(path), "spec.ports[%u].name", i);
        if (strcmp(number, said) == 0 || text_is(text_at(lb, path), said))
            return true;
    }
    return false;
}

/* A slip of the pen would serve without TLS. */
static enum keelson_status check_ssl_ports(const struct lb *lb)
{
    const struct texts *ports = &lb->options.ssl_ports;
    for (size_t i = 0; i < ports->count; i++)
        if (strcmp(ports->items[i], "*") != 0 && !names_a_port(lb, ports->items[i]))
            return FAIL(
                lb->call, KEELSON_INVALID,
                "annotation service.beta.kubernetes.io/aws-load-balancer-ssl-ports: the Service has no "
                "port \"%s\"",
                ports->items[i]);
    return KEELSON_OK;
}

/* externalTrafficPolicy Local: only nodes with a pod of the Service are healthy, as its health check port
 * says. UDP cannot be checked, so the node's proxy is. */
static enum keelson_status plan_health(struct lb *lb, struct lb_port *p)
{
    const struct lb_options *o = &lb->options;
    int64_t node_port = 0;
    bool local = text_is(text_at(lb, "spec.externalTrafficPolicy"), "Local");
    aws_host->object_integer(lb->service, "spec.healthCheckNodePort", &node_port);
    local = local && node_port > 0;
    bool by_proxy = !local && strcmp(p->target_protocol, "UDP") == 0;
    p->health_protocol = local || by_proxy ? "HTTP" : "TCP";
    snprintf(p->health_port, sizeof(p->health_port), "%s", by_proxy ? PROXY_HEALTH_PORT : "traffic-port");
    if (local)
        snprintf(p->health_port, sizeof(p->health_port), "%d", (int)node_port);
    if (o->health_port)
        snprintf(p->health_port, sizeof(p->health_port), "%s", o->health_port);
    if (o->health_protocol)
        p->health_protocol = o->health_protocol;
    if (strcmp(p->health_protocol, "TCP") != 0) {
        p->health_path = o->health_path ? o->health_path : local || by_proxy ? "/healthz" : "/";
        p->health_codes = o->health_codes ? o->health_codes : "200-399";
    }
    p->health_interval_s = o->health_interval_s > 0 ? o->health_interval_s : local ? 10 : 30;
    int64_t timeout_s = strcmp(p->health_protocol, "HTTP") == 0 ? 6 : 10; /* AWS's defaults */
    timeout_s = timeout_s < p->health_interval_s ? timeout_s : p->health_interval_s - 1;
    p->health_timeout_s = o->health_timeout_s > 0 ? o->health_timeout_s : timeout_s;
    p->healthy_threshold = o->healthy_threshold > 0 ? o->healthy_threshold : local ? 2 : 3;
    p->unhealthy_threshold = o->unhealthy_threshold > 0 ? o->unhealthy_threshold : local ? 2 : 3;
    if (p->health_timeout_s >= p->health_interval_s)
        return FAIL(
            lb->call, KEELSON_INVALID,
            "annotation service.beta.kubernetes.io/aws-load-balancer-healthcheck-timeout: %d s are not "
            "less than the interval of %d s",
            (int)p->health_timeout_s, (int)p->health_interval_s);
    return KEELSON_OK;
}

/* What cannot be changed in a target group is in its name. */
static void name_group(struct lb *lb, struct lb_port *p)
{
    _cleanup_text_ struct text identity = {0};
    char digest[13];
    text_printf(&identity, "%u %s %u %s%s", p->port, p->target_protocol, p->node_port,
                lb->by_ip ? "ip" : "instance", lb->v6 ? " ipv6" : "");
    add_digest(digest, sizeof(digest), identity.data);
    snprintf(p->group, sizeof(p->group), "%s%s", lb->group_prefix, digest);
}

static bool is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

/* A target group is of one family: the Service's first. A load balancer of both serves either. */
static enum keelson_status plan_families(struct lb *lb)
{
    const char *type = lb->options.ip_address_type;
    lb->v6 = text_is(text_at(lb, "spec.ipFamilies[0]"), "IPv6");
    lb->dualstack = type ? is(type, "dualstack")
                         : lb->v6 || text_is(text_at(lb, "spec.ipFamilyPolicy"), "RequireDualStack");
    if (lb->v6 && !lb->dualstack)
        return FAIL(
            lb->call, KEELSON_INVALID,
            "annotation service.beta.kubernetes.io/aws-load-balancer-ip-address-type: a Service whose "
            "first IP family is IPv6 needs dualstack");
    return KEELSON_OK;
}

enum keelson_status lb_plan(struct lb *lb)
{
    const struct lb_options *o = &lb->options;
    uint32_t count = 0;
    enum keelson_status status = lb_options_read(lb->call, lb->service, &lb->options);
    if (status != KEELSON_OK)
        return status;
    lb->internal = o->scheme ? is(o->scheme, "internal") : o->internal && !is(o->internal, "false");
    lb->by_ip = o->target_type ? is(o->target_type, "ip") : is(o->type, "nlb-ip");
    if (is(o->proxy_protocol, "*"))
        pairs_add(&lb->options.target_group_attributes, "proxy_protocol_v2.enabled", "true");
    status = plan_families(lb);
    if (status != KEELSON_OK)
        return status;
    aws_host->object_length(lb->service, "spec.ports", &count);
    if (count == 0 || count > LB_PORTS_MAX)
        return FAIL(lb->call, KEELSON_INVALID, "%u ports; a Network Load Balancer has 1 to %d", count,
                    LB_PORTS_MAX);
    status = check_ssl_ports(lb);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++)
        status = plan_port(lb, i);
    for (uint32_t i = 0; status == KEELSON_OK && i < lb->ports_count; i++) {
        status = plan_health(lb, &lb->ports[i]);
        name_group(lb, &lb->ports[i]);
    }
    return status == KEELSON_OK ? lb_plan_tags(lb) : status;
}
