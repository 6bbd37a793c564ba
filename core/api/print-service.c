/* SPDX-License-Identifier: Apache-2.0 */
/* Services and what stands behind them. */
#include "core/api/print-columns.h"

#define INGRESS_MAX 64
#define SHOWN_MAX   3 /* endpoints in a cell; the rest is counted */

/* The addresses that load balancers answer at, sorted. */
static void gather_load_balancers(struct print_row *row, const struct json *service)
{
    struct slice addresses[INGRESS_MAX];
    size_t count = 0;
    json_for_each (it, json_at(service, "status.loadBalancer.ingress")) {
        struct slice ip = json_slice(json_get(it, "ip")), name = json_slice(json_get(it, "hostname"));
        if (count < INGRESS_MAX && (ip.size || name.size))
            addresses[count++] = ip.size ? ip : name;
    }
    print_gather_set(row, addresses, count);
}

static void print_external_ip(struct print_row *row, const struct json *service)
{
    const char *type = json_string_or(json_at(service, "spec.type"), "");
    if (!strcmp(type, "ExternalName")) {
        print_text(row, json_string_at(service, "spec.externalName"));
        return;
    }
    bool balanced = !strcmp(type, "LoadBalancer"),
         known = balanced || !strcmp(type, "ClusterIP") || !strcmp(type, "NodePort");
    if (balanced)
        gather_load_balancers(row, service);
    json_for_each (it, known ? json_at(service, "spec.externalIPs") : NULL)
        print_gather(row, ",", json_slice(it));
    print_gathered(row, balanced ? "<pending>" : known ? "<none>" : "<unknown>");
}

static void print_ports(struct print_row *row, const struct json *service)
{
    json_for_each (it, json_at(service, "spec.ports")) {
        long long node_port = json_integer_or(json_get(it, "nodePort"), 0);
        if (row->text.size)
            buffer_append_char(&row->text, ',');
        buffer_append_i64(&row->text, json_integer_or(json_get(it, "port"), 0));
        if (node_port > 0)
            buffer_printf(&row->text, ":%lld", node_port);
        buffer_printf(&row->text, "/%s", json_string_or(json_get(it, "protocol"), ""));
    }
    print_gathered(row, "<none>");
}

static void print_cluster_ip(struct print_row *row, const struct json *service)
{
    const char *ip = json_string_at(service, "spec.clusterIPs[0]");
    if (!ip)
        ip = json_string_at(service, "spec.clusterIP");
    print_text(row, ip && *ip ? ip : "<none>");
}

static const struct print_column service_columns[] = {
    PRINT_COLUMN_NAME,
    {"Type", "spec.type"},
    {"Cluster-IP", .cell = print_cluster_ip},
    {"External-IP", .cell = print_external_ip},
    {"Port(s)", .cell = print_ports},
    PRINT_COLUMN_AGE,
    {"Selector", "spec.selector", .how = PRINT_LABELS, .wide = true},
};

/* Ends a list of which at most SHOWN_MAX were gathered. */
static void print_shortened(struct print_row *row, unsigned count, const char *missing)
{
    if (count > SHOWN_MAX)
        buffer_printf(&row->text, " + %u more...", count - SHOWN_MAX);
    print_gathered(row, missing);
}

static void gather_endpoint(struct print_row *row, struct slice ip, const struct json *port)
{
    if (row->text.size)
        buffer_append_char(&row->text, ',');
    bool brackets = port && ip.size && memchr(ip.data, ':', ip.size);
    buffer_printf(&row->text, brackets ? "[%.*s]" : "%.*s", SLICE_ARG(ip));
    if (port)
        buffer_printf(&row->text, ":%lld", (long long)json_integer_or(json_get(port, "port"), 0));
}

static void print_endpoints(struct print_row *row, const struct json *endpoints)
{
    const struct json *subsets = json_get(endpoints, "subsets");
    unsigned count = 0;
    json_for_each (subset, subsets) {
        const struct json *addresses = json_get(subset, "addresses"), *ports = json_get(subset, "ports");
        const struct json *port = json_count(ports) ? ports->first : NULL;
        do {
            json_for_each (it, addresses)
                if (count++ < SHOWN_MAX)
                    gather_endpoint(row, json_slice(json_get(it, "ip")), port);
            port = port ? port->next : NULL;
        } while (port);
    }
    print_shortened(row, count, json_count(subsets) ? "" : "<none>");
}

static const struct print_column endpoints_columns[] = {
    PRINT_COLUMN_NAME,
    {"Endpoints", .cell = print_endpoints},
    PRINT_COLUMN_AGE,
};

static void print_slice_ports(struct print_row *row, const struct json *slice)
{
    unsigned count = 0;
    json_for_each (it, json_get(slice, "ports")) {
        const struct json *port = json_get(it, "port"), *name = json_get(it, "name");
        if (count++ >= SHOWN_MAX)
            continue;
        if (row->text.size)
            buffer_append_char(&row->text, ',');
        if (!json_is_absent(port))
            buffer_append_i64(&row->text, json_integer_or(port, 0));
        else
            buffer_append_str(&row->text, json_string_or(name, "*"));
    }
    print_shortened(row, count, "<unset>");
}

static void print_slice_endpoints(struct print_row *row, const struct json *slice)
{
    unsigned count = 0;
    json_for_each (endpoint, json_get(slice, "endpoints"))
        json_for_each (it, json_get(endpoint, "addresses"))
            if (count++ < SHOWN_MAX)
                print_gather(row, ",", json_slice(it));
    print_shortened(row, count, "<unset>");
}

static const struct print_column endpoint_slice_columns[] = {
    PRINT_COLUMN_NAME,
    {"AddressType", "addressType"},
    {"Ports", .cell = print_slice_ports},
    {"Endpoints", .cell = print_slice_endpoints},
    PRINT_COLUMN_AGE,
};

const struct print_kind print_service_kinds[] = {
    PRINT_KIND("", "Service", service_columns),
    PRINT_KIND("", "Endpoints", endpoints_columns),
    PRINT_KIND("discovery.k8s.io", "EndpointSlice", endpoint_slice_columns),
    {NULL},
};
