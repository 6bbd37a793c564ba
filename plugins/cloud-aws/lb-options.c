/* SPDX-License-Identifier: Apache-2.0 */
/* See lb-options.h. */
#include <ctype.h>
#include <stddef.h>
#include <strings.h>

#include "plugins/cloud-aws/lb-options.h"
#include "plugins/cloud-aws/ranges.h"

#define PREFIX "service.beta.kubernetes.io/"
#define OURS   PREFIX "aws-load-balancer-"

enum kind {
    LIST,    /* a,b,c → struct texts */
    TEXT,    /* → char * */
    CHOICE,  /* one of choices → char *, as it is spelled there */
    NUMBER,  /* min to max → int64_t */
    PAIRS,   /* a=b,c=d → struct pairs */
    SET,     /* one of choices, or any text with NULL → the attribute called key, in struct pairs */
    SETS_NO, /* min to max → the same */
};

static const struct row {
    const char *name; /* behind PREFIX */
    enum kind kind;
    size_t offset;
    const char *choices; /* "a|b" */
    int64_t min, max;
    const char *key;
} rows[] = {
#define AT(member) offsetof(struct lb_options, member)
    {"aws-load-balancer-type", CHOICE, AT(type), "nlb|nlb-ip|nlb-instance|external"},
    {"aws-load-balancer-nlb-target-type", CHOICE, AT(target_type), "instance|ip"},
    {"aws-load-balancer-internal", CHOICE, AT(internal), "true|false|0.0.0.0/0"},
    {"aws-load-balancer-scheme", CHOICE, AT(scheme), "internal|internet-facing"},
    {"aws-load-balancer-ip-address-type", CHOICE, AT(ip_address_type), "ipv4|dualstack"},
    {"aws-load-balancer-subnets", LIST, AT(subnets)},
    {"aws-load-balancer-eip-allocations", LIST, AT(eip_allocations)},
    {"aws-load-balancer-private-ipv4-addresses", LIST, AT(private_addresses)},
    {"aws-load-balancer-security-groups", LIST, AT(security_groups)},
    {"aws-load-balancer-extra-security-groups", LIST, AT(extra_security_groups)},
    {"aws-load-balancer-manage-backend-security-group-rules", CHOICE, AT(manage_backend_rules), "true|false"},
    {"aws-load-balancer-ssl-cert", LIST, AT(certificates)},
    {"aws-load-balancer-ssl-ports", LIST, AT(ssl_ports)},
    {"aws-load-balancer-ssl-negotiation-policy", TEXT, AT(ssl_policy)},
    {"aws-load-balancer-alpn-policy", CHOICE, AT(alpn_policy),
     "HTTP1Only|HTTP2Only|HTTP2Optional|HTTP2Preferred|None"},
    {"aws-load-balancer-backend-protocol", CHOICE, AT(backend_protocol), "tcp|ssl"},
    {"aws-load-balancer-proxy-protocol", CHOICE, AT(proxy_protocol), "*"},
    {"aws-load-balancer-healthcheck-protocol", CHOICE, AT(health_protocol), "TCP|HTTP|HTTPS"},
    {"aws-load-balancer-healthcheck-port", TEXT, AT(health_port)},
    {"aws-load-balancer-healthcheck-path", TEXT, AT(health_path)},
    {"aws-load-balancer-healthcheck-success-codes", TEXT, AT(health_codes)},
    {"aws-load-balancer-healthcheck-interval", NUMBER, AT(health_interval_s), NULL, 5, 300},
    {"aws-load-balancer-healthcheck-timeout", NUMBER, AT(health_timeout_s), NULL, 2, 120},
    {"aws-load-balancer-healthcheck-healthy-threshold", NUMBER, AT(healthy_threshold), NULL, 2, 10},
    {"aws-load-balancer-healthcheck-unhealthy-threshold", NUMBER, AT(unhealthy_threshold), NULL, 2, 10},
    {"aws-load-balancer-cross-zone-load-balancing-enabled", SET, AT(attributes), "true|false", 0, 0,
     "load_balancing.cross_zone.enabled"},
    {"aws-load-balancer-access-log-enabled", SET, AT(attributes), "true|false", 0, 0,
     "access_logs.s3.enabled"},
    {"aws-load-balancer-access-log-s3-bucket-name", SET, AT(attributes), NULL, 0, 0, "access_logs.s3.bucket"},
    {"aws-load-balancer-access-log-s3-bucket-prefix", SET, AT(attributes), NULL, 0, 0,
     "access_logs.s3.prefix"},
    {"aws-load-balancer-connection-idle-timeout", SETS_NO, AT(listener_attributes), NULL, 60, 6000,
     "tcp.idle_timeout.seconds"},
    {"aws-load-balancer-connection-draining-timeout", SETS_NO, AT(target_group_attributes), NULL, 0, 3600,
     "deregistration_delay.timeout_seconds"},
    {"aws-load-balancer-attributes", PAIRS, AT(attributes)},
    {"aws-load-balancer-target-group-attributes", PAIRS, AT(target_group_attributes)},
    {"aws-load-balancer-additional-resource-tags", PAIRS, AT(tags)},
    {"load-balancer-source-ranges", LIST, AT(source_ranges)},
};

void pairs_add(struct pairs *p, const char *key, const char *value)
{
    for (size_t i = 0; i < p->keys.count; i++)
        if (strcmp(p->keys.items[i], key) == 0) {
            free(p->values.items[i]);
            p->values.items[i] = mem_str(value);
            return;
        }
    texts_add(&p->keys, key);
    texts_add(&p->values, value);
}

const char *pairs_get(const struct pairs *p, const char *key)
{
    for (size_t i = 0; i < p->keys.count; i++)
        if (strcmp(p->keys.items[i], key) == 0)
            return p->values.items[i];
    return NULL;
}

void pairs_done(struct pairs *p)
{
    texts_done(&p->keys);
    texts_done(&p->values);
}

static void set_text(void *member, const char *value, size_t size)
{
    char *copy = mem_strn(value, size);
    free(*(char **)member);
    *(char **)member = copy;
}

/* The choice as the table spells it. */
static const char *chosen(const char *choices, const char *value, size_t *ret_size)
{
    for (const char *at = choices; *at; at += strcspn(at, "|"), at += *at == '|') {
        *ret_size = strcspn(at, "|");
        if (strlen(value) == *ret_size && strncasecmp(at, value, *ret_size) == 0)
            return at;
    }
    return NULL;
}

/* Spaces around the equals sign are none of the key's or the value's: AWS's answers are read without, and
 * what was asked for would never be there. */
static bool take_pairs(struct pairs *to, const char *value)
{
    struct texts parts = {0};
    bool right = true;
    texts_split(&parts, value);
    for (size_t i = 0; right && i < parts.count; i++) {
        char *key = parts.items[i], *equals = strchr(key, '=');
        size_t size = equals ? (size_t)(equals - key) : 0;
        while (size && isspace((unsigned char)key[size - 1]))
            size--;
        right = size > 0;
        if (right) {
            key[size] = 0;
            pairs_add(to, key, equals + 1 + strspn(equals + 1, " \t\r\n"));
        }
    }
    texts_done(&parts);
    return right;
}

/* As AWS writes them: what is spelled otherwise would differ from what is there for ever. */
static void set_attribute(struct pairs *to, const char *key, const char *value, size_t size)
{
    _cleanup_str_ char *text = mem_strn(value, size);
    pairs_add(to, key, text);
}

static void set_number(struct pairs *to, const char *key, int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)number);
    pairs_add(to, key, text);
}

/* False: the value is not one that the row takes. */
static bool take(const struct row *row, const char *value, struct lb_options *o)
{
    void *member = (char *)o + row->offset;
    const char *choice = value;
    size_t size = strlen(value);
    int64_t number;
    switch (row->kind) {
    case LIST:
        texts_split(member, value);
        return true;
    case TEXT:
        set_text(member, value, size);
        return *value != 0;
    case CHOICE:
        choice = chosen(row->choices, value, &size);
        if (choice)
            set_text(member, choice, size);
        return choice != NULL;
    case NUMBER:
        return number_of(value, row->min, row->max, member);
    case PAIRS:
        return take_pairs(member, value);
    case SET:
        choice = row->choices ? chosen(row->choices, value, &size) : value;
        if (choice)
            set_attribute(member, row->key, choice, size);
        return choice != NULL;
    case SETS_NO:
        if (!number_of(value, row->min, row->max, &number))
            return false;
        set_number(member, row->key, number);
        return true;
    }
    return false;
}

static enum keelson_status take_annotation(const struct keelson_call *call, const char *key,
                                           const char *value, struct lb_options *o)
{
    if (strncmp(key, PREFIX, strlen(PREFIX)) != 0)
        return KEELSON_OK;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        if (strcmp(key + strlen(PREFIX), row->name) != 0)
            continue;
        if (take(row, value, o))
            return KEELSON_OK;
        if (row->choices)
            return FAIL(call, KEELSON_INVALID, "annotation %s: \"%s\" is none of %s", key, value,
                        row->choices);
        if (row->max)
            return FAIL(call, KEELSON_INVALID, "annotation %s: \"%s\" is no number from %lld to %lld", key,
                        value, (long long)row->min, (long long)row->max);
        return FAIL(call, KEELSON_INVALID, "annotation %s: \"%s\" cannot be used", key, value);
    }
    if (strncmp(key, OURS, strlen(OURS)) == 0)
        aws_host->event(call, KEELSON_LOG_WARNING, "UnknownAnnotation", "annotation %s is ignored", key);
    return KEELSON_OK;
}

/* spec.loadBalancerSourceRanges goes before the annotation. */
static enum keelson_status read_ranges(const struct keelson_call *call, const struct keelson_object *service,
                                       struct lb_options *o)
{
    uint32_t count = 0;
    aws_host->object_length(service, "spec.loadBalancerSourceRanges", &count);
    if (count)
        texts_done(&o->source_ranges);
    for (uint32_t i = 0; i < count; i++) {
        struct keelson_bytes text = {"", 0};
        char path[64];
        snprintf(path, sizeof(path), "spec.loadBalancerSourceRanges[%u]", i);
        aws_host->object_string(service, path, &text);
        _cleanup_str_ char *range = mem_strn(text.data, text.size);
        texts_add(&o->source_ranges, range);
    }
    size_t bad;
    return ranges_merge(&o->source_ranges, &bad)
               ? KEELSON_OK
               : FAIL(call, KEELSON_INVALID, "source range \"%s\" is no CIDR", o->source_ranges.items[bad]);
}

static enum keelson_status check(const struct keelson_call *call, const struct lb_options *o)
{
    int64_t port;
    if (o->health_port && strcmp(o->health_port, "traffic-port") != 0 &&
        !number_of(o->health_port, 1, 65535, &port))
        return FAIL(call, KEELSON_INVALID, "annotation " OURS "healthcheck-port: \"%s\" is no port",
                    o->health_port);
    if (o->health_path && o->health_path[0] != '/')
        return FAIL(call, KEELSON_INVALID, "annotation " OURS "healthcheck-path: \"%s\" is no path",
                    o->health_path);
    if (o->ssl_ports.count && !o->certificates.count)
        return FAIL(call, KEELSON_INVALID, "annotation " OURS "ssl-ports needs " OURS "ssl-cert");
    return KEELSON_OK;
}

/* AWS chooses; what can be asked for stands in annotations. */
static enum keelson_status refuse_address(const struct keelson_call *call,
                                          const struct keelson_object *service)
{
    struct keelson_bytes address = {"", 0};
    aws_host->object_string(service, "spec.loadBalancerIP", &address);
    if (address.size == 0)
        return KEELSON_OK;
    return FAIL(call, KEELSON_INVALID,
                "spec.loadBalancerIP: addresses are asked for by annotation " OURS "eip-allocations or " OURS
                "private-ipv4-addresses");
}

enum keelson_status lb_options_read(const struct keelson_call *call, const struct keelson_object *service,
                                    struct lb_options *ret)
{
    struct lb_options o = {
        .health_interval_s = -1, .health_timeout_s = -1, .healthy_threshold = -1, .unhealthy_threshold = -1};
    struct keelson_bytes key, value;
    enum keelson_status status = KEELSON_OK;
    for (uint32_t i = 0; status == KEELSON_OK && aws_host->object_member(service, "metadata.annotations", i,
                                                                         &key, &value) == KEELSON_OK;
         i++) {
        _cleanup_str_ char *name = mem_strn(key.data, key.size), *text = mem_strn(value.data, value.size);
        status = take_annotation(call, name, text, &o);
    }
    if (status == KEELSON_OK)
        status = read_ranges(call, service, &o);
    if (status == KEELSON_OK)
        status = refuse_address(call, service);
    if (status == KEELSON_OK)
        status = check(call, &o);
    if (status == KEELSON_OK)
        *ret = o;
    else
        lb_options_done(&o);
    return status;
}

void lb_options_done(struct lb_options *o)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *member = (char *)o + rows[i].offset;
        if (rows[i].kind == LIST)
            texts_done(member);
        else if (rows[i].kind == TEXT || rows[i].kind == CHOICE)
            free(*(char **)member);
        else if (rows[i].kind != NUMBER)
            pairs_done(member);
    }
    *o = (struct lb_options){0};
}
