/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin "cni" by its interface, in a network namespace made for it: what configure() leaves behind, that
 * a second one leaves it alone, what changes change, and that teardown() takes it all away. Without the right
 * to make a namespace it is skipped.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <keelson/network.h>

#include "tests/lib/plugin-host.h"

static char folder[] = "/tmp/cni-test-XXXXXX";
static char conf_dir[64], bin_dir[64], data_dir[64], conflist[96];

static struct test_setting settings[] = {
    {"conf_dir", conf_dir}, {"bin_dir", bin_dir}, {"data_dir", data_dir}, {"bridge", "kt0"}, {NULL, NULL},
};

struct fixture {
    const struct keelson_plugin *plugin;
    const struct keelson_network_v1 *network;
    void *instance;
};

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *fmt, ...)
{
    char command[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(command, sizeof(command), fmt, args);
    va_end(args);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

/* The first line that a command prints. */
static const char *output(const char *command)
{
    static char line[1024];
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    line[0] = '\0';
    size_t size = fread(line, 1, sizeof(line) - 1, pipe);
    line[size] = '\0';
    pclose(pipe);
    return line;
}

static struct fixture open_plugin(const struct test_setting *with)
{
    struct fixture fixture = {.plugin = keelson_plugin_entry(test_host())};
    struct keelson_instance instance = {.size = sizeof(instance), .name = "cni", .config = test_config(with)};
    struct keelson_call call = test_call(10000);
    assert_int_equal(fixture.plugin->open(&call, &instance, &fixture.instance), KEELSON_OK);
    fixture.network = fixture.plugin->interface(fixture.instance, KEELSON_NETWORK_1);
    assert_non_null(fixture.network);
    assert_null(fixture.plugin->interface(fixture.instance, "keelson.network/2"));
    return fixture;
}

static const char *const one_cidr[] = {"10.244.1.0/24"}, *const two_cidrs[] = {"10.244.1.0/24",
                                                                               "fd00:1::/64"};
static const char *const cluster[] = {"10.244.0.0/16", "fd00::/16"}, *const address[] = {"192.0.2.1"};
static const char *const near[] = {"192.0.2.2"}, *const far[] = {"198.51.100.9"},
                         *const nearer[] = {"192.0.2.7"};
static const char *const cidr_b[] = {"10.244.2.0/24"}, *const cidr_c[] = {"10.244.3.0/24"};

static struct keelson_network_node node_of(const char *const *cidrs, uint32_t count)
{
    return (struct keelson_network_node){
        .size = sizeof(struct keelson_network_node),
        .node_name = "a",
        .pod_cidrs = cidrs,
        .pod_cidrs_count = count,
        .cluster_cidrs = cluster,
        .cluster_cidrs_count = 2,
        .addresses = address,
        .addresses_count = 1,
    };
}

static struct keelson_network_peer peer_of(const char *name, const char *const *addresses,
                                           const char *const *cidrs)
{
    return (struct keelson_network_peer){.node_name = name,
                                         .addresses = addresses,
                                         .addresses_count = 1,
                                         .pod_cidrs = cidrs,
                                         .pod_cidrs_count = 1};
}

static const char *status_of(struct fixture *fixture, uint32_t *ret_ready)
{
    static struct keelson_network_status status;
    struct keelson_call call = test_call(10000);
    status = (struct keelson_network_status){.size = sizeof(status)};
    assert_int_equal(fixture->network->status(fixture->instance, &call, &status), KEELSON_OK);
    *ret_ready = status.ready;
    return status.message;
}

static void assert_json(struct json_object *list, const char *pointer, const char *expected)
{
    struct json_object *found = NULL;
    if (json_pointer_get(list, pointer, &found) < 0)
        fail_msg("%s is missing", pointer);
    assert_string_equal(json_object_get_string(found), expected);
}

static void check_conflist(const char *first, const char *second)
{
    struct json_object *list = json_object_from_file(conflist);
    assert_non_null(list);
    assert_json(list, "/cniVersion", "1.0.0");
    assert_json(list, "/name", "keelson");
    assert_json(list, "/plugins/0/type", "bridge");
    assert_json(list, "/plugins/0/bridge", "kt0");
    assert_json(list, "/plugins/0/isGateway", "true");
    assert_json(list, "/plugins/0/ipMasq", "false");
    assert_json(list, "/plugins/0/hairpinMode", "true");
    assert_json(list, "/plugins/0/mtu", "1400");
    assert_json(list, "/plugins/0/ipam/type", "host-local");
    assert_json(list, "/plugins/0/ipam/ranges/0/0/subnet", first);
    if (second)
        assert_json(list, "/plugins/0/ipam/ranges/1/0/subnet", second);
    assert_json(list, "/plugins/1/type", "portmap");
    assert_json(list, "/plugins/1/capabilities/portMappings", "true");
    json_object_put(list);
}

static void test_life(void **state)
{
    struct fixture fixture = open_plugin(settings);
    struct keelson_call call = test_call(10000);
    struct keelson_network_node node = node_of(one_cidr, 1);
    struct stat before, after;
    uint32_t ready;

    assert_string_equal(status_of(&fixture, &ready), "the node has no pod CIDR yet");
    assert_false(ready);
    assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), KEELSON_OK);
    assert_string_equal(status_of(&fixture, &ready), "");
    assert_true(ready);
    check_conflist("10.244.1.0/24", NULL);
    assert_int_equal(stat(conflist, &before), 0);
    assert_string_equal(output("cat /proc/sys/net/ipv4/ip_forward"), "1\n");
    assert_non_null(strstr(output("nft list table inet keelson-cni"),
                           "ip saddr 10.244.1.0/24 ip daddr 10.244.0.0/16 accept"));
    assert_non_null(strstr(output("nft list table inet keelson-cni"), "ip saddr 10.244.1.0/24 masquerade"));

    /* nothing changed: nothing is written */
    char handle[1024];
    snprintf(handle, sizeof(handle), "%s", output("nft -a list table inet keelson-cni"));
    assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), KEELSON_OK);
    assert_int_equal(stat(conflist, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_string_equal(output("nft -a list table inet keelson-cni"), handle);

    /* somebody flushed the ruleset: it comes back */
    shell("nft flush ruleset");
    assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), KEELSON_OK);
    assert_non_null(strstr(output("nft list table inet keelson-cni"), "masquerade"));

    /* a second family */
    node = node_of(two_cidrs, 2);
    assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), KEELSON_OK);
    check_conflist("10.244.1.0/24", "fd00:1::/64");
    assert_non_null(strstr(output("nft list table inet keelson-cni"), "ip6 saddr fd00:1::/64 masquerade"));
    assert_string_equal(output("cat /proc/sys/net/ipv6/conf/all/forwarding"), "1\n");

    /* what would keep the runtime from using it makes the node not ready */
    shell("touch %s/05-other.conf", conf_dir);
    assert_non_null(strstr(status_of(&fixture, &ready), "05-other.conf comes before"));
    assert_false(ready);
    shell("rm %s/05-other.conf; echo 0 >/proc/sys/net/ipv4/ip_forward", conf_dir);
    assert_non_null(strstr(status_of(&fixture, &ready), "IPv4 forwarding is off"));

    assert_int_equal(fixture.network->teardown(fixture.instance, &call), KEELSON_OK);
    assert_int_not_equal(access(conflist, F_OK), 0);
    assert_string_equal(output("nft list tables"), "");
    assert_int_equal(fixture.network->teardown(fixture.instance, &call), KEELSON_OK);
    fixture.plugin->close(fixture.instance);
}

static void assert_routes(const char *expected)
{
    char got[1024] = "";
    /* "10.244.2.0/24 via 192.0.2.2 dev up0 proto 75" */
    snprintf(got, sizeof(got), "%s",
             output("ip -4 route show proto 75 | sed 's/ via / /; s/ dev.*//' | tr '\\n' ';'"));
    assert_string_equal(got, expected);
}

static void test_routes(void **state)
{
    struct fixture fixture = open_plugin(settings);
    struct keelson_call call = test_call(10000);
    struct keelson_network_node node = node_of(one_cidr, 1);
    struct keelson_network_peer peers[] = {peer_of("b", near, cidr_b), peer_of("c", far, cidr_c)};
    node.peers = peers;
    node.peers_count = 2;
    node.peer_size = sizeof(peers[0]);
    unsigned warnings = test_host_logs(KEELSON_LOG_WARNING);
    assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), KEELSON_OK);
    assert_routes("10.244.2.0/24 192.0.2.2;");
    assert_int_equal(test_host_logs(KEELSON_LOG_WARNING), warnings + 1); /* c is out of reach */
    assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), KEELSON_OK);
    assert_int_equal(test_host_logs(KEELSON_LOG_WARNING), warnings + 1); /* said once */

    /* another address of b, and c moves near; routes of others stay */
    shell("ip route add 203.0.113.0/24 via 192.0.2.3 proto static");
    peers[0].addresses = nearer;
    peers[1].addresses = near;
    assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), KEELSON_OK);
    assert_routes("10.244.2.0/24 192.0.2.7;10.244.3.0/24 192.0.2.2;");
    node.peers_count = 1;
    assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), KEELSON_OK);
    assert_routes("10.244.2.0/24 192.0.2.7;");
    shell("ip link add kt0 type bridge");
    assert_int_equal(fixture.network->teardown(fixture.instance, &call), KEELSON_OK);
    assert_routes("");
    assert_non_null(strstr(output("ip route"), "203.0.113.0/24"));
    assert_string_equal(output("ip -o link show kt0 2>/dev/null"), "");
    fixture.plugin->close(fixture.instance);
}

static void test_bad_input(void **state)
{
    static const char *const none[] = {"10.244.1.0"}, *const both[] = {"10.1.0.0/24", "10.2.0.0/24"},
                             *const tiny[] = {"10.1.0.0/31"};
    static const struct {
        const char *const *cidrs;
        uint32_t count;
        enum keelson_status status;
        const char *message;
    } cases[] = {
        {none, 1, KEELSON_INVALID, "\"10.244.1.0\" is not understood"},
        {both, 2, KEELSON_INVALID, "two of one family"},
        {tiny, 1, KEELSON_INVALID, "no room"},
        {NULL, 0, KEELSON_UNAVAILABLE, "no pod CIDR yet"},
    };
    struct fixture fixture = open_plugin(settings);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct keelson_call call = test_call(10000);
        struct keelson_network_node node = node_of(cases[i].cidrs, cases[i].count);
        assert_int_equal(fixture.network->configure(fixture.instance, &call, &node), cases[i].status);
        assert_non_null(strstr(test_host_error(), cases[i].message));
        assert_int_not_equal(access(conflist, F_OK), 0);
    }
    fixture.plugin->close(fixture.instance);
}

static void test_programs_missing(void **state)
{
    const struct test_setting with[] = {{"conf_dir", conf_dir}, {"bin_dir", "/nowhere"}, {NULL, NULL}};
    struct fixture fixture = open_plugin(with);
    uint32_t ready;
    assert_non_null(strstr(status_of(&fixture, &ready), "/nowhere/bridge: No such file"));
    assert_false(ready);
    fixture.plugin->close(fixture.instance);
}

static void test_settings(void **state)
{
    static const struct test_setting cases[] = {
        {"conf_dir", "relative"},
        {"conf_file", "a/b.conflist"},
        {"conf_file", "a.conflist.old"},
        {"bridge", "a-name-too-long-for-it"},
        {"bridge", "a/b"},
        {"mtu", "-1"},
        {"mtu", "many"},
        {"masquerade", "yes"},
        {"mode", "vxlan"},
        {"hairpin", "2"},
        {"route_protocol", "4"},
        {"nft_table", "a; drop"},
        {"network", "../x"},
        {"bin_dir", ""},
        {"bin_dirs", "/usr/lib/cni"},
    };
    const struct keelson_plugin *plugin = keelson_plugin_entry(test_host());
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct test_setting with[] = {cases[i], {NULL, NULL}};
        struct keelson_instance instance = {
            .size = sizeof(instance), .name = "cni", .config = test_config(with)};
        struct keelson_call call = test_call(10000);
        void *opened = NULL;
        if (plugin->open(&call, &instance, &opened) != KEELSON_INVALID || opened)
            fail_msg("%s = %s was taken", cases[i].name, cases[i].value);
        assert_non_null(strstr(test_host_error(), cases[i].name));
    }
}

static int setup(void **state)
{
    assert_non_null(mkdtemp(folder));
    snprintf(conf_dir, sizeof(conf_dir), "%s/etc/net.d", folder);
    snprintf(bin_dir, sizeof(bin_dir), "%s/bin", folder);
    snprintf(data_dir, sizeof(data_dir), "%s/data", folder);
    snprintf(conflist, sizeof(conflist), "%s/10-keelson.conflist", conf_dir);
    shell("mkdir %s && cd %s && touch bridge host-local loopback portmap && chmod 755 *", bin_dir, bin_dir);
    shell("ip link set lo up && ip link add up0 mtu 1400 type veth peer name up1 && ip addr add 192.0.2.1/24 "
          "dev up0 && ip link set up0 up");
    return 0;
}

static int cleanup(void **state)
{
    shell("rm -rf %s", folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings), cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_life),     cmocka_unit_test(test_programs_missing),
        cmocka_unit_test(test_routes),
    };
    if (unshare(CLONE_NEWNET) < 0 || system("command -v ip nft >/dev/null") != 0) {
        fputs("needs the right to make a network namespace, and ip and nft: skipped\n", stderr);
        return 77;
    }
    return cmocka_run_group_tests(tests, setup, cleanup);
}
