/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin with etcd servers that are not as they should be: dead, full, behind TLS, silent. The promises
 * of every store are the contract test's affair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "tests/lib/etcd-server.h"
#include "tests/lib/store-fixture.h"
#include "tests/lib/store-watcher.h"

#define PLUGIN "plugins/store-etcd/.libs/store-etcd.so"

static struct etcd_server server;
static char dir[64], setting[8][300];
static struct fixture_settings settings;

static int folder_make(void **state)
{
    snprintf(dir, sizeof(dir), "/var/tmp/store-etcd.XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    memset(&server, 0, sizeof(server));
    server.program = "etcd";
    snprintf(server.dir, sizeof(server.dir), "%s", dir);
    settings.count = 0;
    return 0;
}

static int folder_remove(void **state)
{
    etcd_server_kill(&server);
    return fixture_remove(dir) ? 0 : -1;
}

static void set(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void set(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(setting[settings.count], sizeof(setting[0]), fmt, args);
    va_end(args);
    settings.items[settings.count] = setting[settings.count];
    settings.count++;
}

/* A port of 127.0.0.1: bound, and so nobody else's, but without anybody who answers. */
static int port_silent(int *ret_fd, bool listening)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*ret_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&address, &size), 0);
    if (listening)
        assert_int_equal(listen(*ret_fd, 4), 0);
    return ntohs(address.sin_port);
}

static void a_dead_endpoint_is_passed_over(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    int fd, port = port_silent(&fd, false);
    assert_true(etcd_server_start(&server));
    set("endpoints=http://127.0.0.1:%d,http://127.0.0.1:%d", port, server.port);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    /* The very first write: refused connections are known not to have arrived. */
    assert_int_equal(fixture_put_text(&store, "/a", "1"), 2);
    assert_true(fixture_get(&store, "/a", 0, &list));
    fixture_list_done(&list);
    fixture_close(&store);
    close(fd);
}

static void a_silent_endpoint_is_passed_over_by_reads(void **state)
{
    struct fixture_store store;
    int fd, port = port_silent(&fd, true);
    assert_true(etcd_server_start(&server));
    set("endpoints=http://127.0.0.1:%d,http://127.0.0.1:%d", port, server.port);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    struct keelson_call call = fixture_call(4000);
    struct keelson_store_status status = {.size = sizeof(status)};
    assert_int_equal(store.store->status(store.instance, &call, &status), KEELSON_OK);
    assert_int_equal(status.revision, 1);
    assert_int_equal(strncmp(status.version, "etcd 3.", 7), 0);
    fixture_close(&store);
    close(fd);
}

static void no_server_is_unavailable(void **state)
{
    struct fixture_store store;
    int fd, port = port_silent(&fd, false);
    set("endpoints=http://127.0.0.1:%d", port);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK); /* connects lazily */
    assert_int_equal(fixture_put_text(&store, "/a", "1"), -KEELSON_UNAVAILABLE);
    assert_non_null(strstr(fixture_error(), "refused"));
    assert_int_equal(fixture_revision(&store), -KEELSON_UNAVAILABLE);
    struct watcher watcher;
    watcher_start(&watcher, &store, text("/"), text("0"), 1);
    assert_int_equal(watcher_join(&watcher), KEELSON_UNAVAILABLE);
    watcher_done(&watcher);
    fixture_close(&store);
    close(fd);
}

static void a_stopped_server_is_a_timeout(void **state)
{
    struct fixture_store store;
    int fd, port = port_silent(&fd, true);
    set("endpoints=http://127.0.0.1:%d", port);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    struct keelson_call call = fixture_call(200);
    const struct keelson_op op = {.type = KEELSON_OP_PUT, .key = text("/a"), .value = text("v")};
    const struct keelson_txn txn = {.size = sizeof(txn), .ops = &op, .op_size = sizeof(op), .ops_count = 1};
    struct keelson_txn_result result = {.size = sizeof(result)};
    assert_int_equal(store.store->txn(store.instance, &call, &txn, &result), KEELSON_TIMEOUT);
    fixture_close(&store);
    close(fd);
}

static void a_full_server_refuses_writes_only(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    struct watcher watcher;
    static char value[100000];
    char key[32];
    int64_t revision;
    int keys = 0;
    server.options[0] = "--quota-backend-bytes=2000000";
    assert_true(etcd_server_start(&server));
    set("endpoints=http://127.0.0.1:%d", server.port);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    watcher_start(&watcher, &store, text("/"), text("0"), 1);
    for (revision = 1; revision != -KEELSON_EXHAUSTED && keys < 1000;) {
        snprintf(key, sizeof(key), "/%d", keys);
        revision = fixture_put(&store, key, (struct keelson_bytes){value, sizeof(value)}, -1);
        /* The one that reaches the limit may happen, and is then not called refused. */
        assert_true(revision > 0 || revision == -KEELSON_EXHAUSTED || revision == -KEELSON_UNAVAILABLE);
        bool there = fixture_get(&store, key, 0, &list);
        fixture_list_done(&list);
        assert_true(there || revision < 0);
        assert_true(!there || revision != -KEELSON_EXHAUSTED);
        keys += there;
    }
    assert_int_equal(revision, -KEELSON_EXHAUSTED);
    assert_non_null(strstr(fixture_error(), "space exceeded"));
    assert_int_equal(fixture_revision(&store), keys + 1);
    assert_int_equal(fixture_range(&store, text("/"), text("0"), 0, 0, 0, &list), KEELSON_OK);
    assert_int_equal(list.count, keys);
    assert_true(watcher_wait_count(&watcher, (size_t)keys));
    fixture_list_done(&list);
    watcher_stop(&watcher);
    watcher_done(&watcher);
    fixture_close(&store);
}

/* More than one page, and pages larger than one message of a small client would be. */
static void long_ranges_come_in_pages(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    static char value[60000];
    char key[32];
    assert_true(etcd_server_start(&server));
    set("endpoints=http://127.0.0.1:%d", server.port);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    for (int i = 0; i < 700; i++) {
        snprintf(key, sizeof(key), "/%04d", i);
        assert_true(fixture_put(&store, key, (struct keelson_bytes){value, i % 5 ? 100 : sizeof(value)}, -1) >
                    0);
    }
    assert_int_equal(fixture_range(&store, text("/"), text("0"), 0, 0, 0, &list), KEELSON_OK);
    assert_int_equal(list.count, 700);
    assert_int_equal(list.result.count, 700);
    assert_int_equal(list.result.more, 0);
    for (int i = 0; i < 700; i++) {
        snprintf(key, sizeof(key), "/%04d", i);
        assert_string_equal(list.items[i].key, key);
        assert_int_equal(list.items[i].value_size, i % 5 ? 100 : sizeof(value));
    }
    fixture_list_done(&list);
    assert_int_equal(fixture_range(&store, text("/"), text("0"), 0, 500, 0, &list), KEELSON_OK);
    assert_int_equal(list.count, 500);
    assert_int_equal(list.result.count, 700);
    assert_int_equal(list.result.more, 1);
    fixture_list_done(&list);
    fixture_close(&store);
}

/* The hub's stream breaks, the server is gone for a while, and compaction takes what the watch has not seen.
 */
static void a_watch_that_missed_changes_ends(void **state)
{
    struct fixture_store store, other;
    struct watcher watcher;
    assert_true(etcd_server_start(&server));
    set("endpoints=http://127.0.0.1:%d", server.port);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    assert_int_equal(fixture_open(&other, PLUGIN, dir, &settings), KEELSON_OK);
    int64_t revision = fixture_put_text(&store, "/a", "1");
    watcher_start(&watcher, &store, text("/"), text("0"), revision);
    assert_int_equal(fixture_put_text(&store, "/a", "2"), revision + 1);
    assert_true(watcher_wait_progress(&watcher, revision + 1));
    /* Over a restart a watch goes on. */
    etcd_server_kill(&server);
    assert_true(etcd_server_start(&server));
    int64_t again;
    while ((again = fixture_put_text(&store, "/b", "3")) < 0)
        fixture_sleep_ms(20);
    assert_true(watcher_wait_progress(&watcher, again));
    assert_string_equal(watcher.events[watcher.count - 1].key, "/b");
    assert_int_equal(watcher_stop(&watcher), KEELSON_CANCELLED);
    watcher_done(&watcher);

    struct keelson_call call = fixture_call(10000);
    assert_int_equal(store.store->compact(store.instance, &call, again), KEELSON_OK);
    watcher_start(&watcher, &other, text("/"), text("0"), revision);
    assert_int_equal(watcher_join(&watcher), KEELSON_COMPACTED);
    watcher_done(&watcher);
    fixture_close(&other);
    fixture_close(&store);
}

static bool certificates_make(void)
{
    char command[1200];
    snprintf(command, sizeof(command),
             "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca "
             "-days 2 2>/dev/null && "
             "for n in server client; do openssl req -newkey rsa:2048 -nodes -keyout $n.key -out $n.csr "
             "-subj /CN=$n "
             "2>/dev/null && printf "
             "'subjectAltName=IP:127.0.0.1\\nextendedKeyUsage=serverAuth,clientAuth\\n' >ext && "
             "openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $n.pem -days 2 "
             "-extfile ext "
             "2>/dev/null || exit 1; done",
             dir);
    return system(command) == 0;
}

static void servers_behind_tls(void **state)
{
    struct fixture_store store;
    static char options[4][320];
    if (!certificates_make())
        skip();
    snprintf(options[0], sizeof(options[0]), "--cert-file=%s/server.pem", dir);
    snprintf(options[1], sizeof(options[1]), "--key-file=%s/server.key", dir);
    snprintf(options[2], sizeof(options[2]), "--trusted-ca-file=%s/ca.pem", dir);
    server.scheme = "https";
    for (int i = 0; i < 3; i++)
        server.options[i] = options[i];
    server.options[3] = "--client-cert-auth";
    assert_true(etcd_server_start(&server));
    set("endpoints=https://127.0.0.1:%d", server.port);
    set("ca_file=%s/ca.pem", dir);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    assert_true(fixture_put_text(&store, "/a", "1") < 0); /* without a certificate of ours */
    fixture_close(&store);
    set("cert_file=%s/client.pem", dir);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_INVALID);
    assert_non_null(strstr(fixture_error(), "go together"));
    set("key_file=%s/client.key", dir);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    assert_int_equal(fixture_put_text(&store, "/a", "1"), 2);
    fixture_close(&store);
}

/* A request to etcd's JSON gateway, as root if it has a password already. */
static void gateway(const char *path, const char *body, bool as_root)
{
    char command[1000], url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/v3/auth", server.port);
    snprintf(command, sizeof(command),
             "token=; if %s; then token=$(curl -sf %s/authenticate -d "
             "'{\"name\":\"root\",\"password\":\"right\"}' "
             "| sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/'); fi; "
             "curl -sf -o /dev/null -H \"Authorization: $token\" %s/%s -d '%s'",
             as_root ? "true" : "false", url, url, path, body);
    assert_int_equal(system(command), 0);
}

static void password_write(const char *password)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/password", dir);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fprintf(file, "%s\n", password);
    fclose(file);
}

/* Users and passwords; tokens that end under us, by time and by a change of the users. */
static void servers_that_ask_who_we_are(void **state)
{
    struct fixture_store store, stranger;
    struct watcher watcher;
    server.options[0] = "--auth-token-ttl=1";
    assert_true(etcd_server_start(&server));
    gateway("user/add", "{\"name\":\"root\",\"password\":\"right\"}", false);
    gateway("role/add", "{\"name\":\"root\"}", false);
    gateway("user/grant", "{\"user\":\"root\",\"role\":\"root\"}", false);
    gateway("enable", "{}", false);
    set("endpoints=http://127.0.0.1:%d", server.port);
    assert_int_equal(fixture_open(&stranger, PLUGIN, dir, &settings), KEELSON_OK);
    assert_int_equal(fixture_put_text(&stranger, "/a", "1"), -KEELSON_DENIED);
    fixture_close(&stranger);
    set("username=root");
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_INVALID);
    set("password_file=%s/password", dir);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    assert_int_equal(fixture_put_text(&store, "/a", "1"), -KEELSON_DENIED); /* no such file */
    password_write("wrong");
    assert_int_equal(fixture_put_text(&store, "/a", "1"), -KEELSON_DENIED);
    assert_non_null(strstr(fixture_error(), "authentication failed"));
    password_write("right");
    assert_int_equal(fixture_put_text(&store, "/a", "1"), 2);
    watcher_start(&watcher, &store, text("/"), text("0"), 1);
    assert_true(watcher_wait_count(&watcher, 1));
    fixture_sleep_ms(3000); /* the token's time is over */
    assert_int_equal(fixture_put_text(&store, "/a", "2"), 3);
    gateway("user/add", "{\"name\":\"other\",\"password\":\"word\"}", true);
    assert_int_equal(fixture_put_text(&store, "/a", "3"), 4);
    etcd_server_kill(&server); /* which knows none of the old tokens when it comes back */
    assert_true(etcd_server_start(&server));
    int64_t revision;
    while ((revision = fixture_put_text(&store, "/a", "4")) < 0)
        fixture_sleep_ms(20);
    assert_true(watcher_wait_progress(&watcher, revision));
    assert_int_equal(watcher_stop(&watcher), KEELSON_CANCELLED);
    assert_int_equal(watcher.fault[0], '\0');
    watcher_done(&watcher);
    fixture_close(&store);
}

/* etcd's own limits are 1.5 MiB for a request, and half a MiB more for the message around it. */
static void too_large_a_value_is_refused(void **state)
{
    struct fixture_store store;
    static char value[3 << 20];
    assert_true(etcd_server_start(&server));
    set("endpoints=http://127.0.0.1:%d", server.port);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    assert_int_equal(fixture_put(&store, "/a", (struct keelson_bytes){value, 1400000}, -1), 2);
    assert_int_equal(fixture_put(&store, "/a", (struct keelson_bytes){value, 1700000}, -1), -KEELSON_INVALID);
    assert_non_null(strstr(fixture_error(), "request is too large"));
    assert_int_equal(fixture_put(&store, "/a", (struct keelson_bytes){value, sizeof(value)}, -1),
                     -KEELSON_INVALID);
    assert_non_null(strstr(fixture_error(), "larger than max"));
    assert_int_equal(fixture_revision(&store), 2);
    fixture_close(&store);
}

static void settings_are_checked(void **state)
{
    static const struct {
        const char *setting, *words;
    } rows[] = {{"endpoints=localhost", "neither http:// nor https://"},
                {"endpoints=http://", "http://"},
                {"connect_timeout_ms=-1", "connect_timeout_ms is -1"},
                {"keepalive_s=x", "keepalive_s"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct fixture_settings one = {.items = {rows[i].setting}, .count = 1};
        struct fixture_store store;
        assert_int_equal(fixture_open(&store, PLUGIN, dir, &one), KEELSON_INVALID);
        assert_non_null(strstr(fixture_error(), rows[i].words));
    }
}

int main(void)
{
    if (access("/usr/bin/etcd", X_OK) != 0) {
        printf("no /usr/bin/etcd (etcd-server)\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(settings_are_checked, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_dead_endpoint_is_passed_over, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_silent_endpoint_is_passed_over_by_reads, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(no_server_is_unavailable, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_stopped_server_is_a_timeout, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_full_server_refuses_writes_only, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(long_ranges_come_in_pages, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_watch_that_missed_changes_ends, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(servers_behind_tls, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(servers_that_ask_who_we_are, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(too_large_a_value_is_refused, folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
