/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of a one-machine cluster: defaults, then keelson.conf, then what `up` was told before, then flags.
 * What is left open is found out here (addresses, folders), so that every step sees plain values. */
#include <glob.h>
#include <ifaddrs.h>
#include <libconfig.h>
#include <limits.h>
#include <netdb.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/api/names.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/daemon/daemon.h"
#include "core/keelson/keelson.h"
#include "lib/addresses/addresses.h"

#define DATA_DIR   "/var/lib/keelson"
#define AT(member) offsetof(struct settings, member)
static const struct flag flags[] = {
    {"data-dir", FLAG_STRING, AT(data_dir), DATA_DIR, "folder of everything that must be kept"},
    {"run-dir", FLAG_STRING, AT(run_dir), "/run/keelson", "folder of sockets and the pid file"},
    {"log-dir", FLAG_STRING, AT(log_dir), "/var/log/keelson", "folder of the daemons' logs"},
    {"bin-dir", FLAG_STRING, AT(bin_dir), "", "folder of the daemons (default: that of this program)"},
    {"plugin-dir", FLAG_STRING, AT(plugin_dir), "",
     "folders of the plugins, with colons (default: the installed one, or the build's)"},
    {"node-name", FLAG_STRING, AT(node_name), "", "name of the node (default: the host name)"},
    {"node-ip", FLAG_STRING, AT(node_ip), "", "address of the node (default: that of the default route)"},
    {"cluster-cidr", FLAG_STRING, AT(cluster_cidr), "",
     "range of the pods' addresses (default 10.244.0.0/16; "
     "on a machine without IPv4 fd00:10:244::/56)"},
    {"service-cidr", FLAG_STRING, AT(service_cidr), "",
     "range of the Services' addresses (default 10.96.0.0/12; "
     "on a machine without IPv4 fd00:10:96::/112)"},
    {"dns-domain", FLAG_STRING, AT(dns_domain), "cluster.local", "the cluster's DNS domain"},
    {"container-runtime-endpoint", FLAG_STRING, AT(container_runtime_endpoint), "",
     "socket of a containerd that runs already (default: one of keelson's own is run)"},
    {"containerd", FLAG_STRING, AT(containerd), "containerd", "the containerd program to run"},
    {"cni-conf-dir", FLAG_STRING, AT(cni_conf_dir), "",
     "folder of the pod network's configuration (default: one in the data folder; /etc/cni/net.d for a "
     "containerd that "
     "runs already)"},
    {"cni-bin-dir", FLAG_STRING, AT(cni_bin_dir), "/usr/lib/cni", "folder of the CNI programs"},
    {"load-balancer-addresses", FLAG_STRING, AT(load_balancer_addresses), "",
     "addresses on this machine's LAN that nobody else uses, for Services of type LoadBalancer: networks or "
     "ranges, with commas (10.0.0.200-10.0.0.250,fd00::200/120); they are announced from here"},
    {"kubeconfig", FLAG_STRING, AT(kubeconfig_copy), "",
     "also write the administrator's kubeconfig here (default: ~/.kube/config if there is none)"},
    {"config", FLAG_STRING, AT(config), KEELSON_SYSCONF_DIR "/keelson.conf", "settings file; may be absent"},
    {"apiserver-port", FLAG_INTEGER, AT(apiserver_port), "6443", "port of the API server"},
    {"kubelet-port", FLAG_INTEGER, AT(kubelet_port), "10250", "port of the kubelet"},
    {"wait", FLAG_DURATION, AT(wait_ns), "2m", "how long to wait for the node to be ready"},
};

static char *flag_name_of(const char *setting)
{
    char *name = xstrdup(setting);
    for (char *p = name; *p; p++)
        if (*p == '_')
            *p = '-';
    return name;
}

static bool is_flag(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        if (strcmp(flags[i].name, name) == 0)
            return true;
    return false;
}

/* "--name=value" for a setting; NULL: it has no value that a flag could have. */
static char *argument_of(const config_setting_t *s, const char *name)
{
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_STRING:
        return xasprintf("--%s=%s", name, config_setting_get_string(s));
    case CONFIG_TYPE_INT:
        return xasprintf("--%s=%d", name, config_setting_get_int(s));
    case CONFIG_TYPE_INT64:
        return xasprintf("--%s=%lld", name, config_setting_get_int64(s));
    default:
        return NULL;
    }
}

/* keelson.conf as further arguments in front of the command line's, so that one parser reads both. */
static int file_arguments(const char *path, char ***ret, int *ret_count, struct error *err)
{
    config_t file;
    config_init(&file);
    int result = 0, n = 0;
    char **arguments = NULL;
    if (file_exists(path) && config_read_file(&file, path) != CONFIG_TRUE)
        result = error_set(err, ERR_BAD_REQUEST, "%s:%d: %s", path, config_error_line(&file),
                           config_error_text(&file));
    const config_setting_t *root = config_root_setting(&file);
    for (int i = 0; result == 0 && i < config_setting_length(root); i++) {
        const config_setting_t *s = config_setting_get_elem(root, (unsigned)i);
        _cleanup_free_ char *name = flag_name_of(config_setting_name(s));
        if (config_setting_is_aggregate(s) && !is_flag(name))
            continue; /* groups belong to the daemons */
        char *argument = argument_of(s, name);
        if (argument) {
            arguments = xrealloc(arguments, (size_t)(n + 1) * sizeof(*arguments));
            arguments[n++] = argument;
        } else {
            result = error_set(err, ERR_BAD_REQUEST, "%s:%u: %s is neither a text nor a whole number", path,
                               config_setting_source_line(s), config_setting_name(s));
        }
    }
    config_destroy(&file);
    *ret = arguments;
    *ret_count = n;
    return result;
}

/* "--name=value" or "-name value" at arguments[i]: the value of that flag, else NULL. */
static const char *value_at(int count, char *const *arguments, int i, const char *name)
{
    const char *text = arguments[i];
    if (*text != '-')
        return NULL;
    text += text[1] == '-' ? 2 : 1;
    size_t size = strlen(name);
    if (strncmp(text, name, size) != 0 || (text[size] != '=' && text[size]))
        return NULL;
    return text[size] ? text + size + 1 : i + 1 < count ? arguments[i + 1] : NULL;
}

/* The last value that is given for the flag; NULL: none. */
static const char *given(int count, char *const *arguments, const char *name)
{
    const char *value = NULL;
    for (int i = 0; i < count; i++) {
        const char *here = value_at(count, arguments, i, name);
        value = here ? here : value;
    }
    return value;
}

static void set_if_empty(char **place, char *value)
{
    if (**place) {
        free(value);
        return;
    }
    free(*place);
    *place = value;
}

static char *own_folder(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    path[MAX(n, 0)] = '\0';
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    /* libtool keeps the real program in .libs while it stands in the build folder */
    size_t size = strlen(path);
    if (size > 6 && strcmp(path + size - 6, "/.libs") == 0)
        path[size - 6] = '\0';
    return xstrdup(path);
}

/* Beside this program, as in a build folder, or where an installation puts daemons. */
static char *daemons_folder(void)
{
    char *own = own_folder();
    _cleanup_free_ char *beside = xasprintf("%s/kube-apiserver", own),
                        *installed = xasprintf("%s/../sbin", own);
    _cleanup_free_ char *there = xasprintf("%s/kube-apiserver", installed);
    if (file_exists(beside) || !file_exists(there))
        return own;
    free(own);
    return TAKE_PTR(installed);
}

/* In a build folder each plugin lies in its own. */
static char *plugin_folders(const char *bin_dir)
{
    _cleanup_free_ char *pattern = xasprintf("%s/plugins/*/.libs", bin_dir);
    struct buffer list = BUFFER_INIT;
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        return xstrdup(KEELSON_PLUGIN_DIR);
    for (size_t i = 0; i < found.gl_pathc; i++)
        buffer_printf(&list, "%s%s", i ? ":" : "", found.gl_pathv[i]);
    globfree(&found);
    return buffer_take(&list);
}

/* The host's name as a node can bear it: small letters, digits, '-' and '.', none of the last two at an end.
 */
static char *node_name_of(const char *host)
{
    char *name = xstrdup(host);
    size_t size = 0;
    for (const char *c = host; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        char plain = letter ? (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c) : *c == '.' ? '.' : '-';
        bool after_mark = size == 0 || name[size - 1] == '.' || (name[size - 1] == '-' && plain == '.');
        if (letter || !after_mark)
            name[size++] = plain;
    }
    while (size && (name[size - 1] == '-' || name[size - 1] == '.'))
        size--;
    name[size] = '\0';
    if (size)
        return name;
    free(name);
    return xstrdup("node");
}

static char *host_name(void)
{
    char name[256] = "";
    gethostname(name, sizeof(name) - 1);
    return node_name_of(name);
}

static char *text_of(const struct sockaddr *address, socklen_t size)
{
    char text[NI_MAXHOST];
    if (getnameinfo(address, size, text, sizeof(text), NULL, 0, NI_NUMERICHOST) != 0)
        return NULL;
    return xstrdup(text);
}

/* The source address of a packet to the outside, by the default route; nothing is sent. */
static char *routed_address(int family)
{
    struct sockaddr_in away4 = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201)};
    struct sockaddr_in6 away6 = {.sin6_family = AF_INET6,
                                 .sin6_port = htons(9),
                                 .sin6_addr.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
    struct sockaddr_storage own;
    socklen_t size = sizeof(own);
    bool ipv4 = family == AF_INET;
    _cleanup_close_ int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        connect(fd, ipv4 ? (struct sockaddr *)&away4 : (struct sockaddr *)&away6,
                ipv4 ? sizeof(away4) : sizeof(away6)) < 0 ||
        getsockname(fd, (struct sockaddr *)&own, &size) < 0)
        return NULL;
    return text_of((struct sockaddr *)&own, size);
}

static bool is_usable(const struct ifaddrs *i, int family)
{
    return i->ifa_addr && i->ifa_addr->sa_family == family && (i->ifa_flags & IFF_UP) &&
           !(i->ifa_flags & IFF_LOOPBACK) &&
           !(family == AF_INET6 &&
             IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)i->ifa_addr)->sin6_addr));
}

/* The first address that is up and reaches beyond this machine. */
static char *first_address(int family)
{
    struct ifaddrs *all = NULL;
    char *found = NULL;
    if (getifaddrs(&all) < 0)
        return NULL;
    for (struct ifaddrs *i = all; i && !found; i = i->ifa_next)
        if (is_usable(i, family))
            found = text_of(i->ifa_addr,
                            family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    freeifaddrs(all);
    return found;
}

static char *default_address(void)
{
    static const int families[] = {AF_INET, AF_INET6};
    char *(*const ways[])(int family) = {routed_address, first_address};
    for (size_t w = 0; w < ARRAY_SIZE(ways); w++)
        for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
            char *address = ways[w](families[f]);
            if (address)
                return address;
        }
    return NULL;
}

bool settings_is_ipv6(const struct settings *s)
{
    return strchr(s->node_ip, ':') != NULL;
}

static int check_load_balancer_addresses(const struct settings *s, struct error *err)
{
    struct slice rest = slice_of(s->load_balancer_addresses);
    while (rest.size) {
        struct slice one = slice_cut(&rest, ',');
        struct address_range range;
        const char *why = address_range_parse(one.data, one.size, &range);
        if (!why && !(address_is_usable(&range.first) && address_is_usable(&range.last)))
            why = "has addresses that are no machine's on a network";
        if (why)
            return error_set(err, ERR_BAD_REQUEST, "--load-balancer-addresses: \"%.*s\" %s", SLICE_ARG(one),
                             why);
    }
    return 0;
}

static bool overlaps(struct slice cidr, const char *list)
{
    for (struct slice rest = slice_of(list); rest.size;) {
        struct slice other = slice_cut(&rest, ',');
        if (slice_equal(cidr, other) || cidr_is_within(cidr, other) || cidr_is_within(other, cidr))
            return true;
    }
    return false;
}

/* Daemons would end, or do nothing, each with a word of its own and somewhere in its log. */
static int check_cidrs(const char *flag, const char *list, const char *others, struct error *err)
{
    for (struct slice rest = slice_of(list); rest.size;) {
        struct slice cidr = slice_cut(&rest, ',');
        if (name_check_cidr(cidr))
            return error_set(err, ERR_BAD_REQUEST, "--%s: \"%.*s\" is no range such as 10.1.0.0/16", flag,
                             SLICE_ARG(cidr));
        if (overlaps(cidr, others))
            return error_set(err, ERR_BAD_REQUEST, "--%s: %.*s overlaps the Services' range %s", flag,
                             SLICE_ARG(cidr), others);
    }
    return 0;
}

static int find_out(struct settings *s, struct error *err)
{
    set_if_empty(&s->bin_dir, daemons_folder());
    set_if_empty(&s->plugin_dir, plugin_folders(s->bin_dir));
    set_if_empty(&s->node_name, host_name());
    if (!*s->node_ip) {
        char *address = default_address();
        if (!address)
            return error_set(err, ERR_NOT_FOUND,
                             "this machine has no address besides loopback; give one with --node-ip");
        set_if_empty(&s->node_ip, address);
    }
    bool ipv6 = settings_is_ipv6(s);
    set_if_empty(&s->cluster_cidr, xstrdup(ipv6 ? "fd00:10:244::/56" : "10.244.0.0/16"));
    set_if_empty(&s->service_cidr, xstrdup(ipv6 ? "fd00:10:96::/112" : "10.96.0.0/12"));
    set_if_empty(&s->cni_conf_dir,
                 *s->container_runtime_endpoint ? xstrdup("/etc/cni/net.d") : settings_path(s, "cni"));
    if (strncmp(s->container_runtime_endpoint, "unix://", 7) == 0) /* a plain path from here on */
        memmove(s->container_runtime_endpoint, s->container_runtime_endpoint + 7,
                strlen(s->container_runtime_endpoint + 7) + 1);
    if (s->apiserver_port < 1 || s->apiserver_port > 65535 || s->kubelet_port < 1 || s->kubelet_port > 65535)
        return error_set(err, ERR_BAD_REQUEST,
                         "--apiserver-port and --kubelet-port must be between 1 and 65535");
    if (check_cidrs("service-cidr", s->service_cidr, "", err) < 0 ||
        check_cidrs("cluster-cidr", s->cluster_cidr, s->service_cidr, err) < 0)
        return -1;
    return check_load_balancer_addresses(s, err);
}

/* What an earlier `up` was told. */
static char *remembered_path(const char *data_dir)
{
    return xasprintf("%s/config/settings.conf", data_dir);
}

static void add_arguments(char ***list, int *count, char *const *more, int more_count)
{
    *list = xrealloc(*list, (size_t)(*count + more_count + 1) * sizeof(**list));
    for (int i = 0; i < more_count; i++)
        (*list)[(*count)++] = more[i];
    (*list)[*count] = NULL;
}

static void free_arguments(char **list, int count)
{
    for (int i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

/* The settings of keelson.conf, then those that an earlier `up` was told, then the command line's: the last
 * one holds. */
struct layers {
    char **file, **remembered, **all;
    int file_count, remembered_count, all_count;
};

/* Whose slip of the pen it is, the message should say. */
static int check_file(const char *path, char *const *arguments, int count, char *program, struct error *err)
{
    struct settings scratch = {0};
    char **all = NULL;
    int all_count = 0, leave = 0;
    add_arguments(&all, &all_count, &program, 1);
    add_arguments(&all, &all_count, arguments, count);
    int result = flags_parse(flags, ARRAY_SIZE(flags), &scratch, all_count, all, "", &leave, err);
    flags_free(flags, ARRAY_SIZE(flags), &scratch);
    free(all);
    return result < 0 ? error_prefix(err, "%s", path) : 0;
}

static int read_layers(struct layers *l, int argc, char **argv, struct error *err)
{
    const char *config = given(argc, argv, "config"), *data_dir;
    const char *path = config ? config : KEELSON_SYSCONF_DIR "/keelson.conf";
    if (file_arguments(path, &l->file, &l->file_count, err) < 0 ||
        check_file(path, l->file, l->file_count, argv[0], err) < 0)
        return -1;
    data_dir = given(argc, argv, "data-dir");
    data_dir = data_dir ? data_dir : given(l->file_count, l->file, "data-dir");
    _cleanup_free_ char *remembered = remembered_path(data_dir ? data_dir : DATA_DIR);
    if (file_arguments(remembered, &l->remembered, &l->remembered_count, err) < 0)
        return -1;
    add_arguments(&l->all, &l->all_count, argv, 1);
    add_arguments(&l->all, &l->all_count, l->file, l->file_count);
    add_arguments(&l->all, &l->all_count, l->remembered, l->remembered_count);
    add_arguments(&l->all, &l->all_count, argv + 1, argc - 1);
    return 0;
}

int settings_parse(struct settings *s, const char *usage, int argc, char **argv, int *ret_leave,
                   struct error *err)
{
    struct layers l = {0};
    *s = (struct settings){0};
    int result = read_layers(&l, argc, argv, err);
    if (result == 0)
        result = flags_parse(flags, ARRAY_SIZE(flags), s, l.all_count, l.all, usage, ret_leave, err);
    free_arguments(l.file, l.file_count);
    free_arguments(l.remembered, l.remembered_count);
    free(l.all);
    return result < 0 || *ret_leave ? result : find_out(s, err);
}

/* What is not the cluster's, but the command's or the programs'. */
static bool is_remembered(const struct flag *flag)
{
    static const char *const names[] = {"wait", "kubeconfig", "config", "data-dir", "bin-dir", "plugin-dir"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(flag->name, names[i]) == 0)
            return false;
    return true;
}

static void remember(const struct flag *flag, const char *value, struct buffer *out)
{
    for (const char *c = flag->name; *c; c++)
        buffer_append_char(out, *c == '-' ? '_' : *c);
    buffer_append_str(out, " = \"");
    for (const char *c = value; *c; c++) {
        if (*c == '"' || *c == '\\')
            buffer_append_char(out, '\\');
        buffer_append_char(out, *c);
    }
    buffer_append_str(out, "\";\n");
}

int settings_remember(const struct settings *s, int argc, char **argv, struct error *err)
{
    char **before = NULL;
    int before_count = 0;
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = remembered_path(s->data_dir);
    if (file_arguments(path, &before, &before_count, err) < 0)
        return -1;
    buffer_append_str(&text, "# What `keelson up` was told, and holds until it is told otherwise.\n");
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        const char *value = given(argc, argv, flags[i].name);
        value = value ? value : given(before_count, before, flags[i].name);
        if (value && is_remembered(&flags[i]))
            remember(&flags[i], value, &text);
    }
    int result = file_write_atomic(path, (struct slice){text.data, text.size}, 0644, err);
    free_arguments(before, before_count);
    buffer_done(&text);
    return result;
}

void settings_done(struct settings *s)
{
    flags_free(flags, ARRAY_SIZE(flags), s);
}

char *settings_path(const struct settings *s, const char *below)
{
    return xasprintf("%s/%s", s->data_dir, below);
}

char *settings_program(const struct settings *s, const char *name)
{
    return xasprintf("%s/%s", s->bin_dir, name);
}

char *settings_self(void)
{
    _cleanup_free_ char *folder = own_folder();
    return xasprintf("%s/keelson", folder);
}

char *settings_part(const char *installed, const char *in_tree)
{
    _cleanup_free_ char *own = own_folder();
    char *path = xasprintf("%s/../libexec/keelson/%s", own, installed);
    if (file_exists(path))
        return path;
    free(path);
    path = xasprintf("%s/%s", own, in_tree);
    if (file_exists(path))
        return path;
    free(path);
    return xasprintf("%s/../%s", own, in_tree);
}

/* What does not change what runs. */
static bool concerns_command(const struct flag *flag)
{
    static const char *const names[] = {"wait", "kubeconfig", "config"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(flag->name, names[i]) == 0)
            return true;
    return false;
}

void settings_print(const struct settings *s, struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        const void *place = (const char *)s + flags[i].offset;
        if (concerns_command(&flags[i]))
            continue;
        buffer_printf(out, "setting %s=", flags[i].name);
        if (flags[i].type == FLAG_STRING)
            buffer_append_str(out, *(char *const *)place);
        else
            buffer_append_i64(out, *(const int64_t *)place);
        buffer_append_char(out, '\n');
    }
}
