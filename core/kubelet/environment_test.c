/* SPDX-License-Identifier: Apache-2.0 */
/* Environments as containers see them. */
#include "core/kubelet/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/kubelet/test-source.h"

static struct arena arena;
static struct test_source source;

static int setup(void **state)
{
    arena = ARENA_INIT;
    test_source_init(&source);
    source.config_map_name = "settings";
    source.config_map = "{\"data\":{\"COLOR\":\"red\",\"BAD=KEY\":\"x\",\"SIZE\":\"9\"}}";
    source.secret_name = "keys";
    source.secret = "{\"data\":{\"password\":\"czNjcjN0\",\"binary\":\"AAE=\"}}";
    return 0;
}

static int teardown(void **state)
{
    arena_done(&arena);
    return 0;
}

static struct json *parse(const char *text)
{
    struct json *ret;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (json_parse(&arena, slice_of(text), &ret, &err) < 0)
        fail_msg("%s", err.message);
    return ret;
}

static const char pod_text[] =
    "{\"metadata\":{\"name\":\"p\",\"namespace\":\"shop\"},\"spec\":{\"containers\":"
    "[{\"name\":\"other\",\"resources\":{\"limits\":{\"cpu\":\"2\"}}}]}}";

/* "NAME=value" lines of the whole environment, or the error's text. */
static const char *made(const char *pod, const char *container, struct json *const *services, size_t count)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct environment_variable *variables = NULL;
    size_t variables_count = 0;
    struct environment_input input = {.pod = parse(pod),
                                      .container = parse(container),
                                      .source = &source.source,
                                      .services = services,
                                      .services_count = count,
                                      .node_cpu_milli = 4000,
                                      .node_memory_bytes = 1 << 30,
                                      .pod_ip = "10.0.0.9",
                                      .host_ip = "192.0.2.9"};
    if (environment_make(&arena, &input, &variables, &variables_count, &err) < 0)
        return arena_printf(&arena, "! %s", err.message);
    struct buffer out = BUFFER_INIT;
    for (size_t i = 0; i < variables_count; i++)
        buffer_printf(&out, "%s=%s\n", variables[i].name, variables[i].value);
    const char *text = arena_strndup(&arena, out.size ? out.data : "", out.size);
    buffer_done(&out);
    return text;
}

static const struct {
    const char *container, *expected;
} cases[] = {
    {"{}", ""},
    {"{\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"$(A)-$(C)-$$(A)-$\"},"
     "{\"name\":\"C\",\"value\":\"$(B)$(\"}]}",
     "A=1\nB=1-$(C)-$(A)-$\nC=1-$(C)-$(A)-$$(\n"},
    {"{\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"A\",\"value\":\"$(A)2\"}]}", "A=12\n"},
    {"{\"envFrom\":[{\"prefix\":\"X_\",\"configMapRef\":{\"name\":\"settings\"}}],"
     "\"env\":[{\"name\":\"X_SIZE\",\"value\":\"1$(X_COLOR)\"}]}",
     "X_COLOR=red\nX_SIZE=1red\n"},
    {"{\"envFrom\":[{\"secretRef\":{\"name\":\"keys\"}}]}", "password=s3cr3t\n"},
    {"{\"envFrom\":[{\"secretRef\":{\"name\":\"none\",\"optional\":true}}]}", ""},
    {"{\"envFrom\":[{\"secretRef\":{\"name\":\"none\"}}]}", "! secret \"none\" not found"},
    {"{\"envFrom\":[{\"configMapRef\":{\"name\":\"none\"}}]}", "! configmap \"none\" not found"},
    {"{\"env\":[{\"name\":\"P\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"keys\",\"key\":\"password\"}}}]}",
     "P=s3cr3t\n"},
    {"{\"env\":[{\"name\":\"P\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"settings\",\"key\":\"k\"}}}]}",
     "! couldn't find key k in ConfigMap shop/settings"},
    {"{\"env\":[{\"name\":\"P\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"keys\",\"key\":\"k\"}}}]}",
     "! couldn't find key k in Secret shop/keys"},
    {"{\"env\":[{\"name\":\"P\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"keys\",\"key\":\"k\","
     "\"optional\":true}}}]}",
     ""},
    {"{\"env\":[{\"name\":\"IP\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"status.podIP\"}}},"
     "{\"name\":\"IPS\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"status.podIPs\"}}},"
     "{\"name\":\"HOST\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"status.hostIP\"}}}]}",
     "IP=10.0.0.9\nIPS=10.0.0.9\nHOST=192.0.2.9\n"},
    {"{\"env\":[{\"name\":\"CPU\",\"valueFrom\":{\"resourceFieldRef\":{\"containerName\":\"other\","
     "\"resource\":\"limits.cpu\"}}},"
     "{\"name\":\"OWN\",\"valueFrom\":{\"resourceFieldRef\":{\"resource\":\"limits.cpu\"}}}]}",
     "CPU=2\nOWN=4\n"},
    {"{\"env\":[{\"name\":\"F\",\"valueFrom\":{\"fileKeyRef\":{\"key\":\"k\"}}}]}",
     "! valueFrom.fileKeyRef is not supported"},
};

static void test_cases(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(made(pod_text, cases[i].container, NULL, 0), cases[i].expected);
}

static const char api_service[] =
    "{\"metadata\":{\"name\":\"kubernetes\",\"namespace\":\"default\"},\"spec\":"
    "{\"clusterIP\":\"10.96.0.1\",\"ports\":[{\"name\":\"https\",\"port\":443}]}}";
static const char own_service[] =
    "{\"metadata\":{\"name\":\"my-db\",\"namespace\":\"shop\"},\"spec\":{\"clusterIP\":\"fd00::5\",\"ports\":"
    "[{\"port\":5432,\"protocol\":\"TCP\"},{\"name\":\"q-port\",\"port\":53,\"protocol\":\"UDP\"}]}}";
static const char headless[] = "{\"metadata\":{\"name\":\"peers\",\"namespace\":\"shop\"},\"spec\":"
                               "{\"clusterIP\":\"None\",\"ports\":[{\"port\":1}]}}";

#define API_VARIABLES                                                                                        \
    "KUBERNETES_SERVICE_HOST=10.96.0.1\nKUBERNETES_SERVICE_PORT=443\n"                                       \
    "KUBERNETES_PORT=tcp://10.96.0.1:443\nKUBERNETES_SERVICE_PORT_HTTPS=443\n"                               \
    "KUBERNETES_PORT_443_TCP=tcp://10.96.0.1:443\nKUBERNETES_PORT_443_TCP_PROTO=tcp\n"                       \
    "KUBERNETES_PORT_443_TCP_PORT=443\nKUBERNETES_PORT_443_TCP_ADDR=10.96.0.1\n"

static void test_services(void **state)
{
    struct json *services[] = {parse(own_service), parse(headless), parse(api_service)};
    assert_string_equal(
        made("{\"metadata\":{\"namespace\":\"shop\"},\"spec\":{\"enableServiceLinks\":false}}",
             "{\"env\":[{\"name\":\"URL\",\"value\":\"https://$(KUBERNETES_SERVICE_HOST)\"}]}", services, 3),
        API_VARIABLES "URL=https://10.96.0.1\n");
    assert_string_equal(
        made(pod_text, "{\"env\":[{\"name\":\"MY_DB_PORT\",\"value\":\"mine\"}]}", services, 3), API_VARIABLES
        "MY_DB_SERVICE_HOST=fd00::5\nMY_DB_SERVICE_PORT=5432\nMY_DB_PORT=mine\n"
        "MY_DB_PORT_5432_TCP=tcp://[fd00::5]:5432\nMY_DB_PORT_5432_TCP_PROTO=tcp\n"
        "MY_DB_PORT_5432_TCP_PORT=5432\nMY_DB_PORT_5432_TCP_ADDR=fd00::5\n"
        "MY_DB_SERVICE_PORT_Q_PORT=53\nMY_DB_PORT_53_UDP=udp://[fd00::5]:53\n"
        "MY_DB_PORT_53_UDP_PROTO=udp\nMY_DB_PORT_53_UDP_PORT=53\nMY_DB_PORT_53_UDP_ADDR=fd00::5\n");
}

static void test_expand(void **state)
{
    static const struct environment_variable variables[] = {{"A", "1"}, {"EMPTY", ""}};
    assert_string_equal(environment_expand(&arena, "x$(A)$(EMPTY)$(B)$$$(A)", variables, 2), "x1$(B)$1");
    assert_string_equal(environment_expand(&arena, "plain", variables, 2), "plain");
}

static void test_unknown(void **state)
{
    static const struct environment_variable known[] = {{"A", "1"}};
    static const struct {
        const char *text, *unknown;
    } texts[] = {{"plain", NULL}, {"$(A)/x", NULL}, {"$(A)$(B)", "B"},
                 {"$$(B)", NULL}, {"$(B", NULL},    {"$()", ""}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        const char *found = environment_unknown(&arena, texts[i].text, known, 1);
        assert_int_equal(found != NULL, texts[i].unknown != NULL);
        if (found)
            assert_string_equal(found, texts[i].unknown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_services, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
