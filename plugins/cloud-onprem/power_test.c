/* SPDX-License-Identifier: Apache-2.0 */
/* What a management controller's answer means: On and Off are knowledge, anything else is not. */
#include "plugins/cloud-onprem/power.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/cloud-http/cloud-http.h"
#include "plugins/cloud-onprem/test-redfish.h"

struct fixture {
    struct test_redfish *bmc;
    struct cloud_http *http;
    char folder[64];
};

static void write_file(const struct fixture *f, const char *name, const char *text, mode_t mode,
                       char path[128])
{
    snprintf(path, 128, "%s/%s", f->folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    snprintf(f->folder, sizeof(f->folder), "/tmp/onprem-power.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->bmc = test_redfish_start();
    f->http =
        cloud_http_new(&(struct cloud_http_config){.user_agent = "test", .allow_plain = true, .proxy = ""});
    assert_non_null(f->http);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const files[] = {"good", "open", "odd", "wrong"};
    char path[128];
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", f->folder, files[i]);
        unlink(path);
    }
    rmdir(f->folder);
    cloud_http_free(f->http);
    test_redfish_stop(f->bmc);
    free(f);
    return 0;
}

static struct keelson_call call_of(int64_t seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (struct keelson_call){.size = sizeof(struct keelson_call),
                                 .cancel_fd = -1,
                                 .deadline_ns = (now.tv_sec + seconds) * INT64_C(1000000000)};
}

static void test_answers(void **state)
{
    static const struct {
        const char *path, *credentials;
        enum keelson_instance_state wanted;
        const char *evidence;
    } cases[] = {
        {"/on/1", "good", KEELSON_INSTANCE_RUNNING, "Redfish PowerState: On"},
        {"/off/1", "good", KEELSON_INSTANCE_SHUT_DOWN, "Redfish PowerState: Off"},
        {"/one", "good", KEELSON_INSTANCE_SHUT_DOWN, "Redfish PowerState: Off"},
        {"/turning/1", "good", KEELSON_INSTANCE_UNKNOWN, "Redfish PowerState: PoweringOff"},
        {"/silent/1", "good", KEELSON_INSTANCE_UNKNOWN, "says no PowerState"},
        {"/number/1", "good", KEELSON_INSTANCE_UNKNOWN, "says no PowerState"},
        {"/two", "good", KEELSON_INSTANCE_UNKNOWN, "has not exactly one member"},
        {"/elsewhere", "good", KEELSON_INSTANCE_UNKNOWN, "has not exactly one member"},
        {"/array", "good", KEELSON_INSTANCE_UNKNOWN, "no JSON object"},
        {"/text", "good", KEELSON_INSTANCE_UNKNOWN, "no JSON object"},
        {"/broken", "good", KEELSON_INSTANCE_UNKNOWN, "answered 500"},
        {"/nothing", "good", KEELSON_INSTANCE_UNKNOWN, "answered 404"},
        {"/gone", "good", KEELSON_INSTANCE_UNKNOWN, ""},
        {"/off/1", "wrong", KEELSON_INSTANCE_UNKNOWN, "answered 401"},
        {"/off/1", NULL, KEELSON_INSTANCE_UNKNOWN, "answered 401"},
        {"/off/1", "open", KEELSON_INSTANCE_UNKNOWN, "may be read by others (mode 0640)"},
        {"/off/1", "odd", KEELSON_INSTANCE_UNKNOWN, "holds no \"user:password\""},
        {"/off/1", "missing", KEELSON_INSTANCE_UNKNOWN, "cannot be read"},
    };
    struct fixture *f = *state;
    const struct keelson_call call = call_of(60);
    atomic_uint first = 0;
    char path[128];
    write_file(f, "good", "admin:secret\n", 0600, path);
    write_file(f, "wrong", "admin:guess", 0400, path);
    write_file(f, "open", "admin:secret\n", 0640, path);
    write_file(f, "odd", "admin\n", 0600, path);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char url[128], credentials[128];
        snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", test_redfish_port(f->bmc), cases[i].path);
        snprintf(credentials, sizeof(credentials), "%s/%s", f->folder,
                 cases[i].credentials ? cases[i].credentials : "");
        struct power_question q = {.url = url, .credentials = cases[i].credentials ? credentials : NULL};
        power_ask(f->http, &call, &q, 1, &first);
        if (q.state != cases[i].wanted || !strstr(q.evidence, cases[i].evidence))
            fail_msg("%s: %u, \"%s\"", cases[i].path, q.state, q.evidence);
        assert_null(strstr(q.evidence, "secret"));
    }
}

/* Many are asked at once; who has no controller runs, and one that is out of reach is nothing to the others.
 */
static void test_many(void **state)
{
    struct fixture *f = *state;
    const struct keelson_call call = call_of(60);
    char path[128], on[128], off[128];
    atomic_uint first = 7;
    struct power_question q[40] = {0};
    write_file(f, "good", "admin:secret", 0600, path);
    snprintf(on, sizeof(on), "http://127.0.0.1:%d/on/1", test_redfish_port(f->bmc));
    snprintf(off, sizeof(off), "http://127.0.0.1:%d/off/1", test_redfish_port(f->bmc));
    for (unsigned i = 0; i < 40; i++)
        q[i] = (struct power_question){.url = i % 4 == 0   ? NULL
                                              : i % 4 == 1 ? on
                                              : i % 4 == 2 ? off
                                                           : "http://127.0.0.1:1/",
                                       .credentials = path};
    power_ask(f->http, &call, q, 40, &first);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(q[i].state, i % 4 < 2    ? KEELSON_INSTANCE_RUNNING
                                     : i % 4 == 2 ? KEELSON_INSTANCE_SHUT_DOWN
                                                  : KEELSON_INSTANCE_UNKNOWN);
    assert_true(test_redfish_most_at_once(f->bmc) > 1);
    power_ask(f->http, &call, q, 0, &first);
}

/* A call that is over asks nobody for long. */
static void test_deadline(void **state)
{
    struct fixture *f = *state;
    const struct keelson_call over = call_of(-1);
    char url[128];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/off/1", test_redfish_port(f->bmc));
    struct power_question q = {.url = url};
    atomic_uint first = 0;
    power_ask(f->http, &over, &q, 1, &first);
    assert_int_equal(q.state, KEELSON_INSTANCE_UNKNOWN);
    assert_non_null(strstr(q.evidence, "no time to ask"));
}

/* Controllers that answer too late for the call leave time for others in the next one. */
static void test_slow(void **state)
{
    struct fixture *f = *state;
    char path[128], slow[128], off[128];
    struct power_question q[18] = {0};
    atomic_uint first = 0;
    write_file(f, "good", "admin:secret", 0600, path);
    snprintf(slow, sizeof(slow), "http://127.0.0.1:%d/slow/1", test_redfish_port(f->bmc));
    snprintf(off, sizeof(off), "http://127.0.0.1:%d/off/1", test_redfish_port(f->bmc));
    for (unsigned i = 0; i < 18; i++)
        q[i] = (struct power_question){.url = i < 16 ? slow : off, .credentials = path};
    unsigned calls = 0;
    do {
        const struct keelson_call call = call_of(1);
        power_ask(f->http, &call, q, 18, &first);
        for (unsigned i = 0; i < 16; i++)
            assert_int_equal(q[i].state, KEELSON_INSTANCE_UNKNOWN);
    } while (q[17].state != KEELSON_INSTANCE_SHUT_DOWN && ++calls < 10);
    assert_int_equal(q[16].state, KEELSON_INSTANCE_SHUT_DOWN);
    assert_int_equal(q[17].state, KEELSON_INSTANCE_SHUT_DOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
