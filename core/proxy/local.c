/* SPDX-License-Identifier: Apache-2.0 */
/* Detection of local traffic; see local.h. The modes and their meaning are upstream's. */
#include "core/proxy/local.h"

#include <net/if.h>

#include "core/base/memory.h"

static int check_cidrs(const char *text, struct error *err)
{
    bool have[PROXY_FAMILIES] = {false};
    for (struct slice rest = slice_of(text); rest.data && rest.size;) {
        struct slice one = slice_trim(slice_cut(&rest, ','));
        _cleanup_free_ char *cidr = xstrndup(one.data, one.size);
        enum proxy_family family = cidr_family(cidr);
        if (family == PROXY_FAMILIES)
            return error_set(err, ERR_BAD_REQUEST, "--cluster-cidr: \"%s\" is no CIDR", cidr);
        if (have[family])
            return error_set(err, ERR_BAD_REQUEST, "--cluster-cidr: \"%s\" is the second one of its family",
                             cidr);
        have[family] = true;
    }
    return 0;
}

/* What goes into an nft command must be a plain name. */
static int check_interface(const char *flag, const char *name, struct error *err)
{
    if (!name || !*name)
        return error_set(err, ERR_BAD_REQUEST, "--%s must be given with this --detect-local-mode", flag);
    for (const char *c = name; *c; c++)
        if (*c <= ' ' || *c == '"' || *c == '*' || *c == '/' || (unsigned char)*c >= 0x7f)
            return error_set(err, ERR_BAD_REQUEST, "--%s: \"%s\" is no name of an interface", flag, name);
    if (strlen(name) >= IFNAMSIZ)
        return error_set(err, ERR_BAD_REQUEST, "--%s: \"%s\" is too long", flag, name);
    return 0;
}

static void set(struct local *l, enum proxy_family family, const char *what, const char *value)
{
    l->is[family] = xasprintf("%s %s", what, value);
    l->is_not[family] = xasprintf("%s != %s", what, value);
}

static void set_cidr(struct local *l, const char *cidr)
{
    enum proxy_family family = cidr_family(cidr);
    if (family != PROXY_FAMILIES && !l->is[family])
        set(l, family, family == PROXY_IPV4 ? "ip saddr" : "ip6 saddr", cidr);
}

static void by_cluster(const struct proxy_options *options, const struct json *node, struct local *ret)
{
    for (struct slice rest = slice_of(options->cluster_cidr); rest.data && rest.size;) {
        struct slice one = slice_trim(slice_cut(&rest, ','));
        _cleanup_free_ char *cidr = xstrndup(one.data, one.size);
        set_cidr(ret, cidr);
    }
}

static void by_node(const struct proxy_options *options, const struct json *node, struct local *ret)
{
    json_for_each (it, json_at(node, "spec.podCIDRs"))
        set_cidr(ret, json_string_or(it, ""));
    set_cidr(ret, json_string_or(json_at(node, "spec.podCIDR"), ""));
}

static void by_interface(const char *name, const char *any, struct local *ret)
{
    _cleanup_free_ char *quoted = xasprintf("\"%s%s\"", name, any);
    for (int f = 0; f < PROXY_FAMILIES; f++)
        set(ret, (enum proxy_family)f, "meta iifname", quoted);
}

static void by_bridge(const struct proxy_options *options, const struct json *node, struct local *ret)
{
    by_interface(options->bridge, "", ret);
}

static void by_prefix(const struct proxy_options *options, const struct json *node, struct local *ret)
{
    by_interface(options->interface_prefix, "*", ret);
}

static const struct mode {
    const char *name;
    void (*detect)(const struct proxy_options *options, const struct json *node, struct local *ret);
} modes[] = {{"ClusterCIDR", by_cluster},
             {"NodeCIDR", by_node},
             {"BridgeInterface", by_bridge},
             {"InterfaceNamePrefix", by_prefix}};

static const struct mode *mode_of(const struct proxy_options *options)
{
    const char *name =
        options->detect_local && *options->detect_local ? options->detect_local : modes[0].name;
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    return NULL;
}

int local_check(const struct proxy_options *options, struct error *err)
{
    const struct mode *mode = mode_of(options);
    if (!mode)
        return error_set(err, ERR_BAD_REQUEST,
                         "--detect-local-mode: \"%s\" is none of ClusterCIDR, NodeCIDR, BridgeInterface, "
                         "InterfaceNamePrefix",
                         options->detect_local);
    if (check_cidrs(options->cluster_cidr, err) < 0)
        return -1;
    if (mode->detect == by_bridge)
        return check_interface("pod-bridge-interface", options->bridge, err);
    if (mode->detect == by_prefix)
        return check_interface("pod-interface-name-prefix", options->interface_prefix, err);
    return 0;
}

void local_of(const struct proxy_options *options, const struct json *node, struct local *ret)
{
    *ret = (struct local){0};
    mode_of(options)->detect(options, node, ret);
}

bool local_equal(const struct local *a, const struct local *b)
{
    for (int f = 0; f < PROXY_FAMILIES; f++) {
        if (!a->is[f] != !b->is[f] || (a->is[f] && strcmp(a->is[f], b->is[f]) != 0))
            return false;
    }
    return true;
}

void local_done(struct local *l)
{
    for (int f = 0; f < PROXY_FAMILIES; f++) {
        free(l->is[f]);
        free(l->is_not[f]);
    }
    *l = (struct local){0};
}
