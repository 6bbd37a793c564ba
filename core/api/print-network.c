/* SPDX-License-Identifier: Apache-2.0 */
/* networking.k8s.io: ingresses, policies, and the address book of Services. */
#include <ctype.h>

#include "core/api/print-columns.h"

#define HOSTS_MAX   3
#define INGRESS_MAX 64

static void print_hosts(struct print_row *row, const struct json *ingress)
{
    const struct json *rules = json_at(ingress, "spec.rules");
    unsigned shown = 0;
    bool more = false;
    json_for_each (it, rules) {
        struct slice host = json_slice(json_get(it, "host"));
        more |= shown == HOSTS_MAX;
        if (more || !host.size)
            continue;
        print_gather(row, ",", host);
        shown++;
    }
    if (more)
        buffer_printf(&row->text, " + %u more...", json_count(rules) - HOSTS_MAX);
    print_gathered(row, "*");
}

static void print_addresses(struct print_row *row, const struct json *ingress)
{
    struct slice addresses[INGRESS_MAX];
    size_t count = 0;
    json_for_each (it, json_at(ingress, "status.loadBalancer.ingress")) {
        struct slice ip = json_slice(json_get(it, "ip")), name = json_slice(json_get(it, "hostname"));
        if (count < INGRESS_MAX && (ip.size || name.size))
            addresses[count++] = ip.size ? ip : name;
    }
    print_gather_set(row, addresses, count);
    print_gathered(row, "");
}

static void print_ports(struct print_row *row, const struct json *ingress)
{
    print_text(row, json_count(json_at(ingress, "spec.tls")) ? "80, 443" : "80");
}

static void print_parameters(struct print_row *row, const struct json *class)
{
    const struct json *parameters = json_at(class, "spec.parameters");
    const char *group = json_string(json_get(parameters, "apiGroup"));
    if (json_is_absent(parameters))
        print_text(row, "<none>");
    else
        print_textf(row, "%s%s%s/%s", json_string_or(json_get(parameters, "kind"), ""), group ? "." : "",
                    group ? group : "", json_string_or(json_get(parameters, "name"), ""));
}

static void gather_lower(struct print_row *row, const struct json *text)
{
    struct slice s = json_slice(text);
    for (size_t i = 0; i < s.size; i++)
        buffer_append_char(&row->text, (char)tolower((unsigned char)s.data[i]));
}

/* "services/default/kubernetes" */
static void print_parent(struct print_row *row, const struct json *address)
{
    const struct json *parent = json_at(address, "spec.parentRef");
    const struct json *group = json_get(parent, "group"), *namespace_ = json_get(parent, "namespace");
    if (!json_is_absent(parent)) {
        gather_lower(row, json_get(parent, "resource"));
        if (json_slice(group).size)
            buffer_append_char(&row->text, '.');
        gather_lower(row, group);
        if (json_slice(namespace_).size)
            buffer_printf(&row->text, "/%s", json_string(namespace_));
        buffer_printf(&row->text, "/%s", json_string_or(json_get(parent, "name"), ""));
    }
    print_gathered(row, "<none>");
}

static const struct print_column ingress_columns[] = {
    PRINT_COLUMN_NAME,
    {"Class", "spec.ingressClassName", "<none>"},
    {"Hosts", .cell = print_hosts},
    {"Address", .cell = print_addresses},
    {"Ports", .cell = print_ports},
    PRINT_COLUMN_AGE,
};

static const struct print_column class_columns[] = {
    PRINT_COLUMN_NAME,
    {"Controller", "spec.controller"},
    {"Parameters", .cell = print_parameters},
    PRINT_COLUMN_AGE,
};

static const struct print_column policy_columns[] = {
    PRINT_COLUMN_NAME,
    {"Pod-Selector", "spec.podSelector", .how = PRINT_SELECTOR},
    PRINT_COLUMN_AGE,
};

static const struct print_column address_columns[] = {
    PRINT_COLUMN_NAME,
    {"ParentRef", .cell = print_parent},
};

static const struct print_column cidr_columns[] = {
    PRINT_COLUMN_NAME,
    {"CIDRs", "spec.cidrs", .how = PRINT_JOINED},
    PRINT_COLUMN_AGE,
};

const struct print_kind print_network_kinds[] = {
    PRINT_KIND("networking.k8s.io", "Ingress", ingress_columns),
    PRINT_KIND("networking.k8s.io", "IngressClass", class_columns),
    PRINT_KIND("networking.k8s.io", "NetworkPolicy", policy_columns),
    PRINT_KIND("networking.k8s.io", "IPAddress", address_columns),
    PRINT_KIND("networking.k8s.io", "ServiceCIDR", cidr_columns),
    {NULL},
};
