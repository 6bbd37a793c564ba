/* SPDX-License-Identifier: Apache-2.0 */
/* cloud-onprem's inventory, through the real host: what each node is said to be, by name and by pattern, and
 * which settings are refused. */
#include <keelson/cloud.h>
#include <libgen.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/api/json.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"

static const char inventory[] =
    "adopt_unlisted = false; region = \"home\";\n"
    "nodes = ( { name = \"rack1-07\"; addresses = [ \"10.9.9.9\" ]; zone = \"other\"; },\n"
    "{ name = \"rack[1-2]-[01-40]\"; addresses = [ \"10.0.{1}.{2n}\", \"fd00::{1}:{2n}\" ]; external = [ "
    "\"203.0.113.{1}\" ];\n"
    "  zone = \"rack{1}\"; labels = { slot = \"u{2}\"; host = \"{name}\"; }; },\n"
    "{ name = \"edge-*\"; addresses = [ \"{1}\" ]; region = \"far\"; },\n"
    "{ name = \"odd*\"; addresses = [ \"10.0.0.9\" ]; zone = \"z{1}\"; labels = { a = \"b{1}\"; c = \"d\"; "
    "}; } );";
static char *file;
static char state_dir[] = "/tmp/onprem-inventory.XXXXXX";

struct question {
    const struct keelson_cloud_instances_v1 *table;
    struct keelson_object *node;
    char said[512];
};

static int put(const struct keelson_instance_sink *sink, const struct keelson_instance_report *r)
{
    static const char *const states[] = {"unknown", "running", "off", "gone"};
    struct question *q = sink->context;
    struct buffer text = BUFFER_INIT;
    buffer_printf(&text, "%s", states[r->state]);
    if (r->provider_id)
        buffer_printf(&text, " %s zone=%s region=%s", r->provider_id, r->zone ? r->zone : "",
                      r->region ? r->region : "");
    for (uint32_t i = 0; i < r->addresses_count; i++) {
        const struct keelson_node_address *a = KEELSON_AT(r->addresses, r->address_size, i);
        buffer_printf(&text, " %s%s", a->type == KEELSON_ADDRESS_EXTERNAL_IP ? "+" : "", a->address);
    }
    for (uint32_t i = 0; i < r->labels.count; i++)
        buffer_printf(&text, " %s=%s", r->labels.items[i].key, r->labels.items[i].value);
    snprintf(q->said, sizeof(q->said), "%s", text.data);
    buffer_done(&text);
    return 0;
}

static enum keelson_status run(void *handle, const struct keelson_call *call, void *arguments)
{
    struct question *q = arguments;
    const struct keelson_object *nodes[] = {q->node};
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = put, .context = q};
    return q->table->describe(handle, call, nodes, 1, KEELSON_WANT_STATE | KEELSON_WANT_METADATA, &sink);
}

static void test_nodes(void **state)
{
    static const struct {
        const char *node, *wanted;
    } cases[] = {
        {"{\"metadata\":{\"name\":\"rack1-07\"},\"spec\":{}}",
         "running onprem://rack1-07 zone=other region=home 10.9.9.9"},
        {"{\"metadata\":{\"name\":\"rack2-40\"},\"spec\":{}}",
         "running onprem://rack2-40 zone=rack2 region=home 10.0.2.40 fd00::2:40 +203.0.113.2 slot=u40 "
         "host=rack2-40"},
        {"{\"metadata\":{\"name\":\"renamed\"},\"spec\":{\"providerID\":\"onprem://rack2-39\"}}",
         "running onprem://rack2-39 zone=rack2 region=home 10.0.2.39 fd00::2:39 +203.0.113.2 slot=u39 "
         "host=rack2-39"},
        {"{\"metadata\":{\"name\":\"rack2-41\"},\"spec\":{}}", "gone"},
        {"{\"metadata\":{\"name\":\"rack3-01\"},\"spec\":{}}", "gone"},
        {"{\"metadata\":{\"name\":\"edge-10.1.1.1\"},\"spec\":{}}",
         "running onprem://edge-10.1.1.1 zone= region=far 10.1.1.1"},
        {"{\"metadata\":{\"name\":\"edge-x\"},\"spec\":{}}", "running onprem://edge-x zone= region=far"},
        {"{\"metadata\":{\"name\":\"odd\"},\"spec\":{}}",
         "running onprem://odd zone=z region=home 10.0.0.9 a=b c=d"},
        {"{\"metadata\":{\"name\":\"odd-\"},\"spec\":{}}",
         "running onprem://odd- zone= region=home 10.0.0.9 c=d"},
        {"{\"metadata\":{\"name\":\"evil\"},\"spec\":{\"providerID\":\"onprem://edge-/../../etc\"}}",
         "running onprem://edge-/../../etc zone= region="},
        {"{\"metadata\":{\"name\":\"rack1-01\"},\"spec\":{\"providerID\":\"gce://x\"}}", ""},
    };
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = NULL;
    if (plugin_host_load(*state, "onprem", file, inventory, KEELSON_KIND_CLOUD, &i, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        struct arena arena = ARENA_INIT;
        struct json *document = NULL;
        struct question q = {.table = plugin_instance_interface(i, KEELSON_CLOUD_INSTANCES_1)};
        assert_int_equal(json_parse(&arena, slice_of(cases[n].node), &document, NULL), 0);
        q.node = plugin_object_new(document);
        if (plugin_call(i, &(struct plugin_call_options){.operation = "test"}, run, &q, NULL, &err) < 0)
            fail_msg("%s", err.message);
        assert_string_equal(q.said, cases[n].wanted);
        plugin_object_free(q.node);
        arena_done(&arena);
    }
}

static void test_general_settings(void **state)
{
    static const char all[] =
        "adopt_unlisted = true; zone = \"z\"; region = \"r\"; instance_type = \"t\"; nodes = (); pools = ();"
        "power_url = \"https://bmc-{name}.example.com/redfish/v1/Systems/1\"; power_credentials = "
        "\"/etc/bmc\";"
        "power_ca_file = \"/etc/ssl/certs/ca-certificates.crt\";";
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = NULL;
    if (plugin_host_load(*state, "onprem", file, all, KEELSON_KIND_CLOUD, &i, &err) < 0)
        fail_msg("%s", err.message);
}

static void test_refused_settings(void **state)
{
    static const struct {
        const char *config, *message;
    } cases[] = {
        {"nodes = ( { name = \"a[1-300]\"; addresses = [ \"10.0.0.{n}\" ]; } );",
         "addresses: \"10.0.0.256\" is no IP address"},
        {"nodes = ( { name = \"a[1-\"; } );", "\"a[1-\" has a range that does not end behind its beginning"},
        {"nodes = ( { name = \"a\"; zone = \"{n}\"; } );",
         "zone: asks for the number of a bracket that the name's pattern does not have"},
        {"nodes = ( { name = \"a[1-9]\"; labels = { x = \"{2}\"; }; } );",
         "labels: names a bracket or wildcard that the name's pattern does not have"},
        {"nodes = ( { name = \"a[1-9]\"; addresses = [ \"{\" ]; } );", "has a brace that does not end"},
        {"nodes = ( { name = \"a*\"; addresses = [ \"{n}\" ]; } );",
         "asks for the number of a bracket that the name's pattern does not have"},
        {"nodes = ( { name = \"a[1-999999]\"; } );", "stands for more than 100000 names"},
        {"nodes = ( { name = \"a\"; zone = \"rack 1\"; } );",
         "node \"a\": zone: \"rack 1\" is no value of a label"},
        {"nodes = ( { name = \"a*\"; instance_type = \"r630-\"; } );",
         "instance_type: \"r630-\" is no value"},
        {"nodes = ( { name = \"a\"; labels = { x = \"a b\"; }; } );",
         "labels: \"a b\" is no value of a label"},
        {"nodes = ( { name = \"a\"; labels = { x- = \"y\"; }; } );", "\"x-\" is no name of a label"},
        {"nodes = ( { name = \"a*\"; addresses = [ \"10.0.0.x\" ]; } );", "\"10.0.0.x\" is no IP address"},
        {"region = \"my home\";", "region: \"my home\" is no value of a label"},
        {"power_url = \"bmc.example.com\";", "power_url: \"bmc.example.com\" does not begin with https://"},
        {"nodes = ( { name = \"a[1-2]\"; power_url = \"http://bmc{n}\"; } );",
         "power_url: \"http://bmc1\" does not begin"},
        {"power_ca_file = \"/nowhere/ca.crt\";", "power_ca_file: \"/nowhere/ca.crt\" cannot be read"},
        {"nodes = ( { name = \"a\"; addresses = [ 5 ]; } );", "setting \"addresses[0]\" is not a string"},
        {"power_ca_file = 5;", "setting \"power_ca_file\" is not a string"},
        {"nodes = ( { name = \"a[1-9]\"; }, { name = \"a[1-9]\"; } );", "node \"a[1-9]\" is listed twice"},
    };
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct plugin_instance *instance = NULL;
        assert_int_equal(
            plugin_host_load(*state, "x", file, cases[n].config, KEELSON_KIND_CLOUD, &instance, &err), -1);
        if (!strstr(err.message, cases[n].message))
            fail_msg("\"%s\" is not \"%s\"", err.message, cases[n].message);
    }
}

static int setup(void **state)
{
    *state = plugin_host_new(
        &(struct plugin_host_config){.daemon = "test", .state_dir = state_dir, .allow_unowned_files = true});
    return 0;
}

static int teardown(void **state)
{
    assert_true(plugin_host_free(*state));
    return 0;
}

static int start(void **state)
{
    char self[4096] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    file = xasprintf("%s/../../plugins/cloud-onprem/.libs/cloud-onprem.so", dirname(self));
    assert_non_null(mkdtemp(state_dir));
    return 0;
}

static int end(void **state)
{
    free(file);
    return directory_remove(state_dir, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nodes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_general_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_settings, setup, teardown),
    };
    return cmocka_run_group_tests(tests, start, end);
}
