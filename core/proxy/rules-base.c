/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a family's table: sets, maps, hooks. Base chains have the names, hooks and priorities of
 * upstream's, on which other programs rely. Text with %A for the family's word in expressions ("ip"), %T for
 * its address type, %L for its loopback addresses, %M for the bit that asks for masquerading and %U for all
 * other bits. */
#include "core/proxy/rules.h"

#include "core/base/memory.h"

static const char *const lines[] = {
    "add table %N",
    "add set %N cluster-ips { type %T; }",
    "add set %N node-addresses { type %T; flags interval; }",
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
    "add rule %N dispatch %A daddr != %L fib daddr type local %A daddr @node-addresses meta l4proto . th "
    "dport vmap @nodeports",
    "add chain %N nat-prerouting { type nat hook prerouting priority -100; }",
    "add rule %N nat-prerouting jump dispatch",
    "add chain %N nat-output { type nat hook output priority -100; }",
    "add rule %N nat-output jump dispatch",
    /* answers that must come back through us */
    "add chain %N nat-postrouting { type nat hook postrouting priority 100; }",
    "add rule %N nat-postrouting meta mark & %M != 0 meta mark set meta mark & %U masquerade fully-random",
    "add rule %N nat-postrouting ct status dnat %A saddr . %A daddr @hairpin masquerade fully-random",
    /* before a load balancer's address is served: may this client use it? */
    "add chain %N check-source",
    "add rule %N check-source ct state new %A daddr . meta l4proto . th dport @restricted "
    "%A daddr . meta l4proto . th dport . %A saddr != @sources drop",
    "add chain %N filter-prerouting-pre-dnat { type filter hook prerouting priority -110; }",
    "add rule %N filter-prerouting-pre-dnat jump check-source",
    "add chain %N filter-output-pre-dnat { type filter hook output priority -110; }",
    "add rule %N filter-output-pre-dnat jump check-source",
    /* what nobody serves; a cluster IP may be a local address (of a DNS cache, say), hence not in input */
    "add chain %N refuse",
    "add rule %N refuse meta l4proto tcp reject with tcp reset",
    "add rule %N refuse reject",
    "add chain %N check",
    "add rule %N check ct status dnat return",
    "add rule %N check %A daddr . meta l4proto . th dport vmap @unserved",
    "add rule %N check fib daddr type local %A daddr @node-addresses meta l4proto . th dport vmap "
    "@unserved-nodeports",
    "add chain %N filter-input { type filter hook input priority 0; }",
    "add rule %N filter-input ct state new jump check",
    "add chain %N filter-forward { type filter hook forward priority 0; }",
    "add rule %N filter-forward ct state new jump check",
    "add rule %N filter-forward ct state new %A daddr @cluster-ips goto refuse",
    "add chain %N filter-output { type filter hook output priority 0; }",
    "add rule %N filter-output ct state new jump check",
    "add rule %N filter-output ct state new %A daddr @cluster-ips goto refuse",
};

/* What comes to cluster IPs from outside of the pods, or all of it. It stands before the choice of an
 * endpoint, not in a chain behind it: the kernel walks the chains of all frontends whenever one of them
 * changes. */
static void masquerade_cluster(const struct rules_options *options, enum proxy_family family,
                               const char *table, struct buffer *out)
{
    const char *not_local = options->not_local[family];
    if (!options->masquerade_all && !not_local)
        return;
    buffer_printf(out, "add rule %s masquerade-cluster %s meta mark set meta mark | %#x\n", table,
                  options->masquerade_all ? "" : not_local, options->masquerade_mark);
}

/* What stands for the letter. */
static void expand(const struct rules_options *options, enum proxy_family family, const char *table,
                   char letter, struct buffer *out)
{
    bool ipv4 = family == PROXY_IPV4;
    switch (letter) {
    case 'N':
        buffer_append_str(out, table);
        break;
    case 'A':
        buffer_append_str(out, ipv4 ? "ip" : "ip6");
        break;
    case 'T':
        buffer_append_str(out, ipv4 ? "ipv4_addr" : "ipv6_addr");
        break;
    case 'L':
        buffer_append_str(out, ipv4 ? "127.0.0.0/8" : "::1");
        break;
    case 'M':
        buffer_printf(out, "%#x", options->masquerade_mark);
        break;
    default:
        require(letter == 'U');
        buffer_printf(out, "%#x", ~options->masquerade_mark);
    }
}

void rules_base(const struct rules_options *options, enum proxy_family family, const char *table,
                struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        for (const char *c = lines[i]; *c; c++) {
            if (*c == '%')
                expand(options, family, table, *++c, out);
            else
                buffer_append_char(out, *c);
        }
        buffer_append_char(out, '\n');
    }
    masquerade_cluster(options, family, table, out);
}
