/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a family's table: sets, maps, hooks. Text with %A for the family's word in expressions ("ip"),
 * %T for its address type and %L for its loopback addresses. */
#include "core/proxy/rules.h"

static const char *const lines[] = {
    "add table %N",
    "add set %N cluster-ips { type %T; }",
    "add set %N nodeport-ips { type %T; flags interval; }",
    "add set %N hairpin { typeof %A saddr . %A daddr; }",
    "add set %N restricted { typeof %A daddr . meta l4proto . th dport; }",
    "add set %N sources { typeof %A daddr . meta l4proto . th dport . %A saddr; flags interval; }",
    "add map %N services { typeof %A daddr . meta l4proto . th dport : verdict; }",
    "add map %N nodeports { typeof meta l4proto . th dport : verdict; }",
    "add map %N unserved { typeof %A daddr . meta l4proto . th dport : verdict; }",
    "add map %N unserved-nodeports { typeof meta l4proto . th dport : verdict; }",
    "add map %N endpoints { typeof %A daddr . meta l4proto . th dport . numgen random mod 2 : %A daddr . th "
    "dport; }",
    "add map %N nodeport-endpoints { typeof meta l4proto . th dport . numgen random mod 2 : %A daddr . th "
    "dport; }",
    /* new connections: who serves them */
    "add chain %N masquerade-cluster",
    "add chain %N dispatch",
    "add rule %N dispatch %A daddr @cluster-ips jump masquerade-cluster",
    "add rule %N dispatch %A daddr . meta l4proto . th dport vmap @services",
    "add rule %N dispatch %A daddr != %L fib daddr type local %A daddr @nodeport-ips meta l4proto . th dport "
    "vmap "
    "@nodeports",
    "add chain %N nat-prerouting { type nat hook prerouting priority -100; }",
    "add rule %N nat-prerouting jump dispatch",
    "add chain %N nat-output { type nat hook output priority -100; }",
    "add rule %N nat-output jump dispatch",
    /* answers that must come back through us */
    "add chain %N nat-postrouting { type nat hook postrouting priority 100; }",
    "add rule %N nat-postrouting meta mark & 0x4000 != 0 meta mark set meta mark & 0xffffbfff masquerade "
    "fully-random",
    "add rule %N nat-postrouting ct status dnat %A saddr . %A daddr @hairpin masquerade fully-random",
    /* before a load balancer's address is served: may this client use it? */
    "add chain %N check-source { type filter hook prerouting priority -110; }",
    "add rule %N check-source ct state new %A daddr . meta l4proto . th dport @restricted "
    "%A daddr . meta l4proto . th dport . %A saddr != @sources drop",
    /* after that: what nobody serves; in output behind the address translation, so that all is as in forward
     */
    "add chain %N refuse",
    "add rule %N refuse meta l4proto tcp reject with tcp reset",
    "add rule %N refuse reject",
    "add chain %N check",
    "add rule %N check ct status dnat return",
    "add rule %N check %A daddr . meta l4proto . th dport vmap @unserved",
    "add rule %N check %A daddr @cluster-ips goto refuse",
    "add rule %N check fib daddr type local %A daddr @nodeport-ips meta l4proto . th dport vmap "
    "@unserved-nodeports",
    "add chain %N check-input { type filter hook input priority -110; }",
    "add rule %N check-input ct state new jump check",
    "add chain %N check-forward { type filter hook forward priority -110; }",
    "add rule %N check-forward ct state new jump check",
    "add chain %N check-output { type filter hook output priority -90; }",
    "add rule %N check-output ct state new jump check",
};

/* What comes to cluster IPs from outside of the pods, or all of it. It stands before the choice of an
 * endpoint, not in a chain behind it: the kernel walks the chains of all frontends whenever one of them
 * changes. */
static void masquerade_cluster(const struct rules_options *options, enum proxy_family family,
                               const char *table, struct buffer *out)
{
    const char *cidr = options->cluster_cidr[family];
    if (!options->masquerade_all && !cidr)
        return;
    buffer_printf(out, "add rule %s masquerade-cluster ", table);
    if (!options->masquerade_all)
        buffer_printf(out, "%s saddr != %s ", family == PROXY_IPV4 ? "ip" : "ip6", cidr);
    buffer_append_str(out, "meta mark set meta mark | " PROXY_MASQUERADE_MARK "\n");
}

void rules_base(const struct rules_options *options, enum proxy_family family, const char *table,
                struct buffer *out)
{
    bool ipv4 = family == PROXY_IPV4;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        for (const char *c = lines[i]; *c; c++) {
            if (*c != '%') {
                buffer_append_char(out, *c);
                continue;
            }
            c++;
            buffer_append_str(out, *c == 'N'   ? table
                                   : *c == 'A' ? (ipv4 ? "ip" : "ip6")
                                   : *c == 'T' ? (ipv4 ? "ipv4_addr" : "ipv6_addr")
                                               : (ipv4 ? "127.0.0.0/8" : "::1"));
        }
        buffer_append_char(out, '\n');
    }
    masquerade_cluster(options, family, table, out);
}
