/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a cloud after its calls came back or failed, minute by minute. */
#include "core/cloud-controller-manager/provider-health.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"

static int64_t now_ns;

static int64_t now(void)
{
    return now_ns;
}

/* The host's: its circuit is closed. */
bool plugin_instance_healthy(struct plugin_instance *instance, char **ret_why)
{
    return true;
}

struct called {
    int at_min;
    const char *operation; /* NULL: the last one was before */
    enum error_code code;
};

static void call(struct provider_health *h, const struct called *c)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (c->code)
        error_set(&err, c->code, "said so");
    now_ns = c->at_min * 60 * NS_PER_S;
    provider_health_note(h, c->operation, &err, NS_PER_MS);
}

static void test_outages(void **state)
{
    static const struct {
        struct called calls[4];
        int at_min;
        bool ill;
        const char *told;
    } cases[] = {
        {{{0}}, 1, false, "ok"},
        {{{1, "owns", ERR_NONE}}, 1, false, "ok"},
        {{{1, "owns", ERR_UNAVAILABLE}}, 3, true, "fails since 2m (said so)"},
        {{{1, "owns", ERR_NOT_FOUND}}, 3, false, "ok"},
        {{{1, "owns", ERR_UNAVAILABLE}, {2, "owns", ERR_CANCELLED}}, 3, true, "fails since 2m (said so)"},
        {{{1, "owns", ERR_UNAVAILABLE}, {2, "owns", ERR_NONE}}, 3, false, "ok"},
        {{{1, "owns", ERR_UNAVAILABLE}, {2, "instances.describe", ERR_NONE}},
         3,
         true,
         "fails since 2m (said so)"},
        {{{1, "loadbalancers.ensure", ERR_FORBIDDEN}}, 3, false, "fails since 2m (said so)"},
        {{{1, "loadbalancers.ensure", ERR_FORBIDDEN}}, 11, false, "fails since 10m (said so)"},
        /* Nobody tries any more. */
        {{{1, "loadbalancers.ensure", ERR_FORBIDDEN}, {2, "loadbalancers.remove", ERR_NONE}},
         12,
         false,
         "ok"},
        {{{1, "owns", ERR_TIMEOUT}}, 12, false, "ok"},
        {{{1, "healthy", ERR_NOT_FOUND}}, 3, false, "fails since 2m (said so)"},
        {{{1, "healthy", ERR_CANCELLED}}, 3, false, "ok"},
        {{{1, "owns", ERR_TIMEOUT}, {20, "owns", ERR_TIMEOUT}}, 21, true, "fails since 60s (said so)"},
        {{{1, "owns", ERR_TIMEOUT}, {9, "owns", ERR_TIMEOUT}}, 18, true, "fails since 17m (said so)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buffer what = BUFFER_INIT, todo = BUFFER_INIT;
        struct provider_health *h = provider_health_new("x", NULL);
        for (size_t n = 0; cases[i].calls[n].operation; n++)
            call(h, &cases[i].calls[n]);
        now_ns = cases[i].at_min * 60 * NS_PER_S;
        bool ok = provider_health_tell(h, &what, &todo);
        if (strcmp(what.data, cases[i].told) != 0)
            fail_msg("case %zu: \"%s\"", i, what.data);
        assert_int_equal(ok, strcmp(cases[i].told, "ok") == 0);
        assert_int_equal(ok, todo.size == 0);
        assert_int_equal(provider_health_is_ill(h), cases[i].ill);
        provider_health_free(h);
        buffer_done(&what);
        buffer_done(&todo);
    }
}

static void test_questions(void **state)
{
    static const struct {
        struct called calls[3];
        int at_min;
        bool wants;
    } cases[] = {
        {{{0}}, 1, true},
        {{{1, "owns", ERR_NONE}}, 10, false},
        {{{1, "owns", ERR_NONE}}, 11, true},
        {{{1, "owns", ERR_NONE}, {6, "instances.describe", ERR_NONE}}, 15, false},
        {{{1, "owns", ERR_UNAVAILABLE}}, 2, false},
        {{{1, "healthy", ERR_UNAVAILABLE}}, 2, true},
        {{{1, "healthy", ERR_UNAVAILABLE}, {2, "healthy", ERR_NONE}}, 3, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct provider_health *h = provider_health_new("x", NULL);
        for (size_t n = 0; cases[i].calls[n].operation; n++)
            call(h, &cases[i].calls[n]);
        now_ns = cases[i].at_min * 60 * NS_PER_S;
        if (provider_health_wants_question(h) != cases[i].wants)
            fail_msg("case %zu", i);
        provider_health_free(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outages), cmocka_unit_test(test_questions)};
    clock_set_source(&(struct clock_source){.realtime_ns = now, .monotonic_ns = now});
    return cmocka_run_group_tests(tests, NULL, NULL);
}
