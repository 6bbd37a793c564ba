/* SPDX-License-Identifier: Apache-2.0 */
/* Which upgrades go through, and where a runtime's URL leads. */
#include "core/kubelet/stream-protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/kubelet/stream-session.h"

static const struct {
    enum stream_kind kind;
    const char *upgrade, *protocols;
    bool served;
} cases[] = {
    {STREAM_EXEC, "SPDY/3.1", NULL, true},
    {STREAM_EXEC, "spdy/3.1", NULL, true},
    {STREAM_PORT_FORWARD, "SPDY/3.1", NULL, true},
    {STREAM_EXEC, NULL, NULL, false},
    {STREAM_EXEC, "h2c", NULL, false},
    {STREAM_EXEC, "websocket", NULL, true},
    {STREAM_EXEC, "WebSocket", "v4.channel.k8s.io", true},
    {STREAM_EXEC, "websocket", "v5.channel.k8s.io", false},
    {STREAM_EXEC, "websocket", "v5.channel.k8s.io,v4.channel.k8s.io", true},
    {STREAM_ATTACH, "websocket", "x, base64.channel.k8s.io", true},
    {STREAM_ATTACH, "websocket", "v5.channel.k8s.io", false},
    {STREAM_PORT_FORWARD, "websocket", "SPDY/3.1+portforward.k8s.io", false},
    {STREAM_PORT_FORWARD, "websocket", "v4.channel.k8s.io", true},
    {STREAM_PORT_FORWARD, "websocket", "channel.k8s.io", false},
};

static void test_protocols(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(stream_protocol_refuse(cases[i].kind, slice_of(cases[i].upgrade),
                                                slice_of(cases[i].protocols)) == NULL,
                         cases[i].served);
}

static const struct {
    const char *url, *host, *path; /* host NULL: refused */
    unsigned port;
} urls[] = {
    {"http://127.0.0.1:45123/exec/abc", "127.0.0.1", "/exec/abc", 45123},
    {"http://[::1]:80/x?y", "::1", "/x?y", 80},
    {"http://[::1]/x", "::1", "/x", 80},
    {"http://localhost", "localhost", "/", 80},
    {"https://127.0.0.1:1/x", NULL, NULL, 0},
    {"http://:1/x", NULL, NULL, 0},
    {"http://a:b/x", NULL, NULL, 0},
    {"http://a:70000/", NULL, NULL, 0},
    {"http://a:/", NULL, NULL, 0},
    {"http://", NULL, NULL, 0},
    {"", NULL, NULL, 0},
};

static void test_urls(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        struct stream_target target = {0};
        assert_int_equal(stream_target_parse(urls[i].url, &target, NULL), urls[i].host ? 0 : -1);
        if (!urls[i].host)
            continue;
        assert_string_equal(target.host, urls[i].host);
        assert_string_equal(target.path, urls[i].path);
        assert_int_equal(target.port, urls[i].port);
        stream_target_done(&target);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_protocols), cmocka_unit_test(test_urls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
