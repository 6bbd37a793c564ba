/* SPDX-License-Identifier: Apache-2.0 */
/* The smaller rules: admission, resolver configuration, image names, probe thresholds, CPU and memory
 * figures, security contexts, static pods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <unistd.h>

#include "core/api/object.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/kubelet/admission.h"
#include "core/kubelet/cgroup.h"
#include "core/kubelet/config.h"
#include "core/kubelet/eviction.h"
#include "core/kubelet/handler.h"
#include "core/kubelet/images.h"
#include "core/kubelet/pod-dns.h"
#include "core/kubelet/pod-security.h"
#include "core/kubelet/probe-url.h"
#include "core/kubelet/probes.h"
#include "core/kubelet/static-pods.h"

static struct json *document(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    struct json *out;
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    assert_int_equal(json_parse(arena, slice_of(copy), &out, NULL), 0);
    return out;
}

static void test_admission(void **state)
{
    static const char node[] = "{'metadata':{'name':'n','labels':{'disk':'ssd','cores':'8'}},'status':{'"
                               "allocatable':{'cpu':'2','memory':'1Gi'}}}";
    static const struct {
        const char *pod, *reason; /* NULL: admitted */
    } cases[] = {
        {"{'spec':{'containers':[{'name':'c','resources':{'requests':{'cpu':'1'}}}]}}", NULL},
        {"{'spec':{'containers':[{'name':'c','resources':{'requests':{'cpu':'1500m'}}}]}}", "OutOfcpu"},
        {"{'spec':{'containers':[{'name':'c','resources':{'requests':{'memory':'2Gi'}}}]}}", "OutOfmemory"},
        {"{'spec':{'containers':[{'name':'c','resources':{'requests':{'example.com/gpu':'1'}}}]}}",
         "OutOfexample.com/gpu"},
        {"{'spec':{'nodeSelector':{'disk':'ssd'},'containers':[{'name':'c'}]}}", NULL},
        {"{'spec':{'nodeSelector':{'disk':'hdd'},'containers':[{'name':'c'}]}}", "NodeAffinity"},
        {"{'spec':{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'"
         "nodeSelectorTerms':[{'matchExpressions':[{'key':'cores','operator':'Gt','values':['4']}]}]}}},"
         "'containers':[{'name':'c'}]}}",
         NULL},
        {"{'spec':{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'"
         "nodeSelectorTerms':[{'matchFields':[{'key':'metadata.name','operator':'In','values':['m']}]}]}}},"
         "'containers':[{'name':'c'}]}}",
         "NodeAffinity"},
        {"{'spec':{'os':{'name':'windows'},'containers':[{'name':'c'}]}}", "PodOSNotSupported"},
        {"{'spec':{'securityContext':{'sysctls':[{'name':'net.ipv4.tcp_syncookies','value':'1'}]},'"
         "containers':[{'name':'c'}]}}",
         NULL},
        {"{'spec':{'securityContext':{'sysctls':[{'name':'kernel.msgmax','value':'1'}]},'containers':[{'name'"
         ":'c'}]}}",
         "SysctlForbidden"},
        {"{'spec':{'containers':[{'name':'c','ports':[{'hostPort':80}]}]}}", "NodePorts"},
        {"{'spec':{'containers':[{'name':'c','ports':[{'hostPort':80,'protocol':'UDP'}]}]}}", NULL},
        {"{'spec':{'containers':[{'name':'c','ports':[{'hostPort':81,'hostIP':'192.0.2.2'}]}]}}", NULL},
        {"{'spec':{'containers':[{'name':'c','ports':[{'hostPort':81,'hostIP':'0.0.0.0'}]}]}}", "NodePorts"},
        {"{'spec':{'securityContext':{'supplementalGroupsPolicy':'Strict'},'containers':[{'name':'c'}]}}",
         "SupplementalGroupsPolicyNotSupported"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        const char *reason = NULL, *message = NULL;
        const struct json *others[] = {
            document(&arena, "{'spec':{'containers':[{'name':'o','ports':[{'hostPort':80},{'hostPort':81,'"
                             "hostIP':'192.0.2.1'}],'resources':{'requests':{'cpu':'1'}}}]}}")};
        struct admission_input in = {.pod = document(&arena, cases[i].pod),
                                     .node = document(&arena, node),
                                     .others = others,
                                     .others_count = 1,
                                     .pods_max = 10};
        bool admitted = admission_check(&arena, &in, &reason, &message);
        assert_int_equal(admitted, cases[i].reason == NULL);
        if (!admitted)
            assert_string_equal(reason, cases[i].reason);
        in.pods_max = 1;
        assert_false(admission_check(&arena, &in, &reason, &message));
        assert_string_equal(reason, "OutOfpods");
        arena_done(&arena);
    }
}

static void test_admission_of_taints(void **state)
{
    static const struct {
        const char *tolerations;
        bool admitted;
    } cases[] = {{"[]", false},
                 {"[{'operator':'Exists'}]", true},
                 {"[{'key':'k','operator':'Exists','effect':'NoExecute'}]", true},
                 {"[{'key':'k','operator':'Exists','effect':'NoSchedule'}]", false},
                 {"[{'key':'k','value':'v'}]", true},
                 {"[{'key':'k','value':'w'}]", false},
                 {"[{'key':'other','operator':'Exists'}]", false}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        const char *reason = "", *message;
        struct admission_input in = {
            .pod = document(&arena,
                            arena_printf(&arena, "{'spec':{'tolerations':%s,'containers':[{'name':'c'}]}}",
                                         cases[i].tolerations)),
            .node = document(&arena, "{'spec':{'taints':[{'key':'k','value':'v','effect':'NoExecute'},{'key':"
                                     "'l','effect':'NoSchedule'}]}}"),
            .pods_max = 10};
        assert_int_equal(admission_check(&arena, &in, &reason, &message), cases[i].admitted);
        assert_true(cases[i].admitted || strcmp(reason, "TaintToleration") == 0);
        arena_done(&arena);
    }
}

static void test_redirects(void **state)
{
    static const struct probe_url base = {false, 8080, "10.0.0.1", "/a/b?c=d"};
    static const struct {
        const char *location, *expected; /* NULL: leads nowhere */
    } cases[] = {{"/x?y", "http 10.0.0.1 8080 /x?y"},
                 {"x", "http 10.0.0.1 8080 /a/x"},
                 {"?q", "http 10.0.0.1 8080 /a/b?q"},
                 {"#part", "http 10.0.0.1 8080 /a/b?c=d"},
                 {"/x#part", "http 10.0.0.1 8080 /x"},
                 {"https://other.example/z", "https other.example 443 /z"},
                 {"HTTP://10.0.0.1", "http 10.0.0.1 80 /"},
                 {"http://[::1]:90?q", "http ::1 90 /?q"},
                 {"//10.0.0.2:1/z", "http 10.0.0.2 1 /z"},
                 {"http://:80/", NULL},
                 {"http://a:70000/", NULL},
                 {"http://[::1/", NULL},
                 {"/a b", NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct probe_url url;
        bool good = probe_url_follow(&arena, &base, slice_of(cases[i].location), &url);
        if (good != (cases[i].expected != NULL))
            fail_msg("%s", cases[i].location);
        if (good)
            assert_string_equal(arena_printf(&arena, "%s %s %u %s", url.https ? "https" : "http", url.host,
                                             url.port, url.target),
                                cases[i].expected);
        arena_done(&arena);
    }
}

/* What uses more than it asked for, then what counts less, then what uses more. */
static void test_eviction_order(void **state)
{
    static const struct eviction_candidate order[] = {{0, 0, 50},   {0, 10, 50},  {9, 10, 100},
                                                      {0, 100, 50}, {5, 100, 99}, {5, 100, 0}};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        for (size_t j = 0; j < ARRAY_SIZE(order); j++) {
            int got = eviction_compare(&order[i], &order[j]);
            assert_true(i < j ? got < 0 : i > j ? got > 0 : got == 0);
        }
}

static void check_dns(const char *pod, const struct json *cluster, const char *expected)
{
    struct arena arena = ARENA_INIT;
    char path[] = "/tmp/resolv-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(
        file_write(path, SLICE("nameserver 192.0.2.53\nsearch corp.example\noptions timeout:1\n"), NULL), 0);
    struct pod_dns_config config = {cluster, "cluster.local", path};
    struct pod_dns dns;
    struct buffer text = BUFFER_INIT;
    bool missing;
    assert_int_equal(pod_dns_make(&arena, document(&arena, pod), &config, &dns, &missing, NULL), 0);
    for (uint32_t i = 0; i < dns.servers_count; i++)
        buffer_printf(&text, "%s ", dns.servers[i]);
    buffer_append_str(&text, "| ");
    for (uint32_t i = 0; i < dns.searches_count; i++)
        buffer_printf(&text, "%s ", dns.searches[i]);
    buffer_append_str(&text, "|");
    for (uint32_t i = 0; i < dns.options_count; i++)
        buffer_printf(&text, " %s", dns.options[i]);
    assert_string_equal(text.data, expected);
    buffer_done(&text);
    unlink(path);
    close(fd);
    arena_done(&arena);
}

static void test_dns(void **state)
{
    struct arena arena = ARENA_INIT;
    const struct json *cluster = document(&arena, "['10.96.0.10']");
    check_dns("{'metadata':{'namespace':'a'},'spec':{'dnsPolicy':'ClusterFirst'}}", cluster,
              "10.96.0.10 | a.svc.cluster.local svc.cluster.local cluster.local corp.example | ndots:5");
    check_dns("{'metadata':{'namespace':'a'},'spec':{'dnsPolicy':'Default'}}", cluster,
              "192.0.2.53 | corp.example | timeout:1");
    check_dns("{'metadata':{'namespace':'a'},'spec':{'dnsPolicy':'ClusterFirst','hostNetwork':true}}",
              cluster, "192.0.2.53 | corp.example | timeout:1");
    check_dns("{'metadata':{'namespace':'a'},'spec':{'dnsPolicy':'ClusterFirst'}}", NULL,
              "192.0.2.53 | corp.example | timeout:1");
    check_dns("{'metadata':{'namespace':'a'},'spec':{'dnsPolicy':'None','dnsConfig':{'nameservers':['1.1.1.1'"
              "],'searches':['x'],'options':[{'name':'ndots','value':'2'}]}}}",
              cluster, "1.1.1.1 | x | ndots:2");
    check_dns(
        "{'metadata':{'namespace':'a'},'spec':{'dnsPolicy':'ClusterFirst','dnsConfig':{'options':[{'name':'"
        "ndots','value':'2'},{'name':'edns0'}]}}}",
        cluster,
        "10.96.0.10 | a.svc.cluster.local svc.cluster.local cluster.local corp.example | ndots:2 edns0");
    arena_done(&arena);
}

static void test_image_names(void **state)
{
    static const char *const good[] = {"nginx", "nginx:1.2", "docker.io/library/nginx:latest",
                                       "localhost:5000/a/b@sha256:0123", "a__b/c-d:T"};
    static const char *const bad[] = {"", "Nginx", "a//b", "a:b:c", "a@md5:1", "-a", "a b", "a:.x"};
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_null(image_name_wrong(good[i]));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_non_null(image_name_wrong(bad[i]));
    assert_string_equal(image_registry(&arena, "nginx"), "docker.io");
    assert_string_equal(image_registry(&arena, "user/nginx"), "docker.io");
    assert_string_equal(image_registry(&arena, "quay.io/a/b"), "quay.io");
    assert_string_equal(image_registry(&arena, "localhost/a"), "localhost");
    arena_done(&arena);
}

static void test_probe_thresholds(void **state)
{
    struct probe_count c = {0};
    assert_int_equal(probe_count_add(&c, false, 1, 3), PROBE_UNDECIDED);
    assert_int_equal(probe_count_add(&c, false, 1, 3), PROBE_UNDECIDED);
    assert_int_equal(probe_count_add(&c, true, 2, 3), PROBE_UNDECIDED);
    assert_int_equal(probe_count_add(&c, true, 2, 3), PROBE_PASSED);
    assert_int_equal(probe_count_add(&c, false, 1, 2), PROBE_UNDECIDED);
    assert_int_equal(probe_count_add(&c, false, 1, 2), PROBE_FAILED);
    assert_int_equal(probe_count_add(&c, false, 1, 2), PROBE_FAILED);
}

static void test_figures(void **state)
{
    struct arena arena = ARENA_INIT;
    const struct json *burst = document(
        &arena, "{'spec':{'containers':[{'name':'c','resources':{'requests':{'memory':'500Mi'}}}]}}");
    const struct json *best = document(&arena, "{'spec':{'containers':[{'name':'c'}]}}");
    const struct json *sure =
        document(&arena, "{'spec':{'containers':[{'name':'c','resources':{'requests':{'cpu':'1','memory':'"
                         "1Gi'},'limits':{'cpu':'1','memory':'1Gi'}}}]}}");
    assert_int_equal(cpu_shares(0), 2);
    assert_int_equal(cpu_shares(1000), 1024);
    assert_int_equal(cpu_shares(1000000000), 262144);
    assert_int_equal(cpu_quota_us(0, 100000), 0);
    assert_int_equal(cpu_quota_us(500, 100000), 50000);
    assert_int_equal(cpu_quota_us(1, 100000), 1000);
    assert_int_equal(oom_score_adjust(best, json_at(best, "spec.containers[0]"), 1 << 30), 1000);
    assert_int_equal(oom_score_adjust(sure, json_at(sure, "spec.containers[0]"), 1 << 30), -997);
    assert_int_equal(oom_score_adjust(burst, json_at(burst, "spec.containers[0]"), INT64_C(1000) << 20), 500);
    arena_done(&arena);
}

static void test_non_root(void **state)
{
    struct arena arena = ARENA_INIT;
    struct keelson_security s;
    struct error err = ERROR_INIT;
    struct runtime_image root = {.username = "", .user_id = 0}, named = {.username = "web", .user_id = -1},
                         plain = {.username = "", .user_id = 1000};
    struct json *pod =
        document(&arena, "{'metadata':{'name':'p','namespace':'n','uid':'u'},'spec':{'securityContext':{'"
                         "runAsNonRoot':true,'fsGroup':7},'containers':[{'name':'c'}]}}");
    struct security_input in = {
        .pod = pod, .container = json_at(pod, "spec.containers[0]"), .image = &root, .seccomp_root = "/s"};
    assert_int_equal(security_make(&arena, &in, &s, &err), -1);
    assert_string_equal(
        err.message, "container has runAsNonRoot and image will run as root (pod: \"p_n(u)\", container: c)");
    in.image = &named;
    assert_int_equal(security_make(&arena, &in, &s, &err), -1);
    in.image = &plain;
    assert_int_equal(security_make(&arena, &in, &s, &err), 0);
    assert_int_equal(s.run_as_user, 1000);
    assert_int_equal(s.supplemental_groups_count, 1);
    assert_int_equal(s.supplemental_groups[0], 7);
    assert_true(s.masked_paths_count > 5);
    assert_int_equal(s.pid, KEELSON_NS_CONTAINER);
    error_done(&err);
    arena_done(&arena);
}

static void test_ports(void **state)
{
    struct arena arena = ARENA_INIT;
    const struct json *c = document(&arena, "{'ports':[{'name':'http','containerPort':8080}]}");
    assert_int_equal(handler_port(document(&arena, "80"), c), 80);
    assert_int_equal(handler_port(document(&arena, "'http'"), c), 8080);
    assert_int_equal(handler_port(document(&arena, "'443'"), c), 443);
    assert_int_equal(handler_port(document(&arena, "'grpc'"), c), 0);
    assert_int_equal(handler_port(document(&arena, "70000"), c), 0);
    arena_done(&arena);
}

static void test_static_pods(void **state)
{
    static const char text[] =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: c, image: x}\n";
    struct arena arena = ARENA_INIT;
    struct json *pod, *again, *elsewhere;
    struct error err = ERROR_INIT;
    assert_int_equal(static_pod_parse(&arena, slice_of(text), "n1", &pod, &err), 0);
    assert_int_equal(static_pod_parse(&arena, slice_of(text), "n1", &again, &err), 0);
    assert_int_equal(static_pod_parse(&arena, slice_of(text), "n2", &elsewhere, &err), 0);
    assert_string_equal(object_name(pod), "web-n1");
    assert_string_equal(object_namespace(pod), "default");
    assert_string_equal(object_uid(pod), object_uid(again));
    assert_string_not_equal(object_uid(pod), object_uid(elsewhere));
    assert_string_equal(json_string_at(pod, "spec.nodeName"), "n1");
    assert_int_equal(static_pod_parse(&arena, SLICE("kind: Service\napiVersion: v1\n"), "n1", &pod, &err),
                     -1);
    assert_int_equal(
        static_pod_parse(
            &arena,
            SLICE("kind: Pod\napiVersion: v1\nmetadata: {name: 'A B'}\nspec: {containers: [{name: c}]}\n"),
            "n1", &pod, &err),
        -1);
    assert_int_equal(static_pod_parse(&arena, SLICE("kind: [\n"), "n1", &pod, &err), -1);
    error_done(&err);
    arena_done(&arena);
}

static void check_config(const char *text, const char *wrong)
{
    char path[] = "/tmp/kubelet-config-XXXXXX";
    int fd = mkstemp(path);
    char *yaml = xasprintf("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n%s", text);
    struct kubelet_options options = {.config = path,
                                      .hostname_override = (char *)"n",
                                      .port = 10255,
                                      .healthz_port = -1,
                                      .read_only_port = -1,
                                      .max_pods = -1,
                                      .image_gc_high = -1,
                                      .image_gc_low = -1,
                                      .register_node = true};
    struct kubelet_config *config = NULL;
    struct error err = ERROR_INIT;
    assert_true(fd >= 0);
    assert_int_equal(file_write(path, slice_of(yaml), NULL), 0);
    int rc = kubelet_config_make(&options, &config, &err);
    assert_int_equal(rc, wrong ? -1 : 0);
    if (wrong && !strstr(err.message, wrong))
        fail_msg("\"%s\" does not say \"%s\"", err.message, wrong);
    if (!wrong) {
        assert_int_equal(config->max_pods, 5);
        assert_int_equal(config->port, 10255);
        assert_string_equal(config->node_name, "n");
        assert_int_equal(config->status_frequency_ns, 7000000000);
    }
    kubelet_config_free(config);
    error_done(&err);
    free(yaml);
    unlink(path);
    close(fd);
}

static void test_config(void **state)
{
    check_config("maxPods: 5\nport: 1\nnodeStatusUpdateFrequency: 7s\nfailSwapOn: false\n", NULL);
    check_config("maxPodz: 5\n", "unknown field \"maxPodz\"");
    check_config("maxPods: five\n", "maxPods: must be an integer");
    check_config("syncFrequency: often\n", "syncFrequency: must be a duration");
    check_config("cgroupDriver: other\n", "cgroupDriver");
    check_config("evictionHard: {memory.available: much}\n", "evictionHard.memory.available");
    check_config("evictionHard: {memory.avail: 1Gi}\n", "unknown signal");
    check_config("imageGCHighThresholdPercent: 50\n", "imageGCLowThresholdPercent");
    check_config("containerLogMaxFiles: 1\n", "containerLogMaxFiles");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admission),   cmocka_unit_test(test_dns),
        cmocka_unit_test(test_image_names), cmocka_unit_test(test_probe_thresholds),
        cmocka_unit_test(test_figures),     cmocka_unit_test(test_non_root),
        cmocka_unit_test(test_ports),       cmocka_unit_test(test_static_pods),
        cmocka_unit_test(test_config),      cmocka_unit_test(test_admission_of_taints),
        cmocka_unit_test(test_redirects),   cmocka_unit_test(test_eviction_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
