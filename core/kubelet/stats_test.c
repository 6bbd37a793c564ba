/* SPDX-License-Identifier: Apache-2.0 */
/* CPU use from samples, and what is made of a picture of the node. */
#include "core/kubelet/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

static struct stats_container containers[] = {
    {.id = "1", .name = "a", .pod = "p", .namespace_ = "n", .uid = "u", .image = "i", .sampled_ns = NS_PER_S},
    {.id = "2", .name = "b", .pod = "p", .namespace_ = "n", .uid = "u", .image = "i", .sampled_ns = NS_PER_S},
    {.id = "3", .name = "c", .pod = "q", .namespace_ = "n", .uid = "v", .image = "i"},
};

static const struct {
    int64_t at_s;
    uint64_t cpu_ms;
    int64_t nano_cores;
} samples[] = {
    {100, 1000, -1},                               /* the first */
    {100, 1000, -1},                               /* too soon after it */
    {105, 2000, 200000000},                        /* 1 s in 5 s */
    {120, 3000, 100000000},                        /* 2 s in 20 s, and the new base */
    {120, 3000, 100000000},                        /* the last figure */
    {130, 8000, 500000000}, {140, 100, 500000000}, /* a counter that went back is not believed */
};

static void test_rates(void **state)
{
    struct stats_rates *rates = stats_rates_new();
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        struct stats_container c = {
            .id = "1", .sampled_ns = samples[i].at_s * NS_PER_S, .cpu_ns = samples[i].cpu_ms * 1000000};
        struct stats stats = {.containers = &c, .count = 1, .sampled_ns = c.sampled_ns, .cpu_ns = c.cpu_ns};
        stats_rates_fill(rates, &stats);
        assert_int_equal(c.nano_cores, samples[i].nano_cores);
        assert_int_equal(stats.nano_cores, samples[i].nano_cores);
    }
    stats_rates_free(rates);
}

static void test_forgotten(void **state)
{
    struct stats_rates *rates = stats_rates_new();
    struct stats_container c = {.id = "1", .sampled_ns = 100 * NS_PER_S};
    struct stats with = {.containers = &c, .count = 1}, without = {0};
    stats_rates_fill(rates, &with);
    stats_rates_fill(rates, &without);
    c.sampled_ns += 100 * NS_PER_S;
    stats_rates_fill(rates, &with);
    assert_int_equal(c.nano_cores, -1);
    stats_rates_free(rates);
}

static void test_forms(void **state)
{
    struct stats stats = {.containers = containers, .count = 3, .nano_cores = 7};
    struct buffer out = BUFFER_INIT;
    containers[0].nano_cores = 2;
    containers[1].nano_cores = 3;
    containers[2].nano_cores = -1;
    stats_write_summary(&stats, "node", NULL, &out);
    assert_non_null(strstr(out.data, "\"nodeName\":\"node\""));
    assert_non_null(strstr(out.data, "\"usageNanoCores\":5")); /* of the pod */
    assert_null(strstr(out.data, "\"usageNanoCores\":-1"));
    buffer_clear(&out);
    stats_write_metrics(&stats, &out);
    assert_non_null(
        strstr(out.data, "\ncontainer_cpu_usage_seconds_total{container=\"b\",namespace=\"n\",pod=\"p\"} "));
    assert_null(
        strstr(out.data, "container_cpu_usage_seconds_total{container=\"c\"")); /* no usage is known */
    assert_non_null(strstr(out.data, "\nresource_scrape_error 0\n"));
    buffer_clear(&out);
    stats_write_cadvisor(&stats, &out);
    assert_non_null(strstr(out.data, "\ncontainer_memory_rss{container=\"b\",id=\"2\",image=\"i\",name=\"2\","
                                     "namespace=\"n\",pod=\"p\"} 0 1000\n"));
    assert_null(strstr(out.data, "container=\"c\""));
    buffer_clear(&out);
    stats_write_pods(&stats, &out);
    assert_non_null(strstr(out.data,
                           "{\"metadata\":{\"name\":\"q\",\"namespace\":\"n\",\"uid\":\"v\"},\"spec\":"
                           "{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}"));
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rates), cmocka_unit_test(test_forgotten),
                                       cmocka_unit_test(test_forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
