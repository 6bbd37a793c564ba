/* SPDX-License-Identifier: Apache-2.0 */
/* What is written of connection tracking's settings, and what is left. */
#include "core/proxy/conntrack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"

static char root[] = "/tmp/conntrack-test-XXXXXX";

static void put(const char *name, const char *value)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", root, name);
    assert_int_equal(file_write(path, slice_of(value), NULL), 0);
}

static void assert_is(const char *name, const char *value)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = xasprintf("%s/%s", root, name);
    assert_int_equal(file_read(path, 64, &text, NULL), 0);
    assert_string_equal(text.data, value);
    buffer_done(&text);
}

static void test_apply(void **state)
{
    struct conntrack_options o = {.max_per_core = 1,
                                  .min = 1000,
                                  .tcp_established_ns = 86400 * NS_PER_S,
                                  .udp_ns = 0,
                                  .tcp_be_liberal = true};
    put("nf_conntrack_max", "500\n");
    put("nf_conntrack_tcp_timeout_established", "432000\n");
    put("nf_conntrack_udp_timeout", "30\n");
    put("nf_conntrack_tcp_be_liberal", "0\n");
    conntrack_apply(&o, root); /* close_wait is not there: nothing happens */
    assert_is("nf_conntrack_max", "1000\n");
    assert_is("nf_conntrack_tcp_timeout_established", "86400\n");
    assert_is("nf_conntrack_udp_timeout", "30\n");
    assert_is("nf_conntrack_tcp_be_liberal", "1\n");
    put("nf_conntrack_max", "5000\n");
    conntrack_apply(&o, root);
    assert_is("nf_conntrack_max", "5000\n");
    o.max_per_core = 0;
    put("nf_conntrack_max", "5\n");
    conntrack_apply(&o, root);
    assert_is("nf_conntrack_max", "5\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_apply)};
    require(mkdtemp(root) != NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    directory_remove(root, NULL);
    return failed;
}
