/* SPDX-License-Identifier: Apache-2.0 */
/* What the host does with a backend that is away: calls are refused at once, and one after a pause looks
 * whether it is back. The pauses pass on a clock that is put forward. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/memory.h"
#include "core/plugin/test-host.h"

static void assert_refused(struct plugin_instance *i, uint32_t retry_after_s)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    assert_int_equal(test_ask(i, KEELSON_OK, 0, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.message, "its backend is away"));
    assert_int_equal(err.retry_after_s, retry_after_s);
}

static void test_circuit_closes(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    test_open_circuit(i);
    assert_refused(i, 1);
    test_clock_forward(1001);
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0);
    assert_true(test_is_healthy(i, "ok"));
    for (int n = 0; n < 4; n++) /* and counts from the beginning */
        assert_int_equal(test_ask(i, KEELSON_UNAVAILABLE, 0, NULL), -1);
    assert_int_equal(test_ask(i, KEELSON_NOT_FOUND, 0, NULL), -1); /* an answer */
    assert_int_equal(test_ask(i, KEELSON_UNAVAILABLE, 0, NULL), -1);
    assert_true(test_is_healthy(i, "ok"));
}

static void test_failed_probes(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    static const uint32_t pauses_s[] = {1, 2, 4, 8, 16, 32, 60, 60};
    test_open_circuit(i);
    for (size_t n = 0; n < ARRAY_SIZE(pauses_s); n++) {
        assert_refused(i, pauses_s[n]);
        test_clock_forward(pauses_s[n] * 1000 + 1);
        assert_int_equal(test_ask(i, KEELSON_UNAVAILABLE, 0, NULL), -1);
    }
    test_clock_forward(60001);
    _cleanup_(error_done) struct error err = ERROR_INIT;
    assert_int_equal(test_ask(i, KEELSON_CANCELLED, 0, &err), -1); /* says nothing about the backend */
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_false(plugin_instance_healthy(i, NULL));
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0);
    assert_true(plugin_instance_healthy(i, NULL));
}

static enum keelson_status probe(void *handle, const struct keelson_call *call, void *arguments)
{
    return test_ask(arguments, KEELSON_OK, 0, NULL) < 0 ? KEELSON_OK : KEELSON_CORRUPT;
}

static void test_one_probe_at_a_time(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    struct plugin_call_options options = {.operation = "probe"};
    test_open_circuit(i);
    test_clock_forward(1001);
    assert_int_equal(plugin_call(i, &options, probe, i, NULL, NULL), 0);
    assert_true(test_is_healthy(i, "ok"));
}

static void test_throttled(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    assert_int_equal(test_ask(i, KEELSON_THROTTLED, 2500, &err), -1);
    assert_int_equal(err.code, ERR_TOO_MANY_REQUESTS);
    assert_int_equal(err.retry_after_s, 3);
    assert_refused(i, 3);
    test_clock_forward(2501);
    assert_int_equal(test_ask(i, KEELSON_UNAVAILABLE, 0, NULL), -1); /* one failure: not enough to open it */
    assert_true(test_is_healthy(i, "ok"));
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_circuit_closes),
        CASE(test_failed_probes),
        CASE(test_one_probe_at_a_time),
        CASE(test_throttled),
    };
    return cmocka_run_group_tests(tests, test_group_start, test_group_end);
}
