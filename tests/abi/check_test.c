/* SPDX-License-Identifier: Apache-2.0 */
/* `plugin check` sees each misbehaviour that can be seen, names the rule, and nothing but that rule; and
 * takes no harm from it. */
#include <libgen.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/plugin/check.h"

static char *folder; /* of this program */
static bool destructive;

struct report {
    unsigned rules, broken;
    struct buffer text; /* of what is broken */
};

static void told(void *context, const char *rule, enum plugin_rule came_to, const char *detail,
                 const char *advice)
{
    struct report *r = context;
    assert_true(*rule && strlen(detail) < 1024);
    r->rules++;
    if (came_to != PLUGIN_RULE_BROKEN)
        return;
    r->broken++;
    assert_true(*advice);
    buffer_printf(&r->text, "%s: %s\n", rule, detail);
}

static int check(const char *file, const char *config, struct report *ret, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    *ret = (struct report){.text = BUFFER_INIT};
    int result =
        plugin_check(path, &(struct plugin_check_options){.config_text = config, .destructive = destructive},
                     told, ret, err);
    buffer_append_char(&ret->text, '\0');
    return result;
}

static void test_good_ones(void **state)
{
    static const struct {
        const char *file, *config;
    } cases[] = {
        {".libs/misbehaves.so", NULL},
        {"../../plugins/cloud-onprem/.libs/cloud-onprem.so", "nodes = ( { name = \"a\"; } );"},
        {"../../plugins/cni/.libs/cni.so", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct report r;
        if (check(cases[i].file, cases[i].config, &r, &err) < 0)
            fail_msg("%s: %s", cases[i].file, err.message);
        if (r.broken)
            fail_msg("%s: %s", cases[i].file, r.text.data);
        assert_true(r.rules >= 18);
        buffer_done(&r.text);
    }
}

/* A store of its own in the folder for this check's state: all of it may be tried. */
static void test_whole_store(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct report r;
    destructive = true;
    if (check("../../plugins/store-sqlite/.libs/store-sqlite.so", NULL, &r, &err) < 0)
        fail_msg("%s", err.message);
    if (r.broken)
        fail_msg("%s", r.text.data);
    buffer_done(&r.text);
    destructive = false;
}

static void test_broken_rules(void **state)
{
    static const struct {
        const char *does, *wanted;
    } cases[] = {
        {"takes-signal", "it leaves signal handlers alone: signal 28"},
        {"unblocks-signals", "all signals are blocked in threads that call it and in its own: signal 1"},
        {"changes-umask", "it leaves the umask alone: it was"},
        {"changes-folder", "it leaves the working folder alone: it is now /"},
        {"changes-locale", "it leaves the locale alone: it is now C.UTF-8"},
        {"changes-environment", "it leaves the environment alone"},
        {"prints", "it prints nothing: \"I am here"},
        {"opens-inheritable", "its descriptors close on exec: descriptor"},
        {"leaks-descriptor", "its descriptors are closed when it is: descriptor"},
        {"crashes", "it leaves the process alive: signal "},
        {"crashes-in-open", "it leaves the process alive: signal "},
        {"exits",
         "it leaves the process alive: it ended the process with exit status 0 after \"loading it\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_free_ char *config = xasprintf("does = \"%s\";", cases[i].does);
        struct report r;
        assert_int_equal(check(".libs/misbehaves.so", config, &r, NULL), 0);
        if (r.broken != 1 || strncmp(r.text.data, cases[i].wanted, strlen(cases[i].wanted)) != 0)
            fail_msg("%s: %u broken: %s", cases[i].does, r.broken, r.text.data);
        buffer_done(&r.text);
    }
}

/* One misbehaviour, several rules. */
static void test_hanging_ones(void **state)
{
    static const struct {
        const char *config, *wanted;
    } cases[] = {
        {"does = \"hangs-in-close\"; seconds = 8;", "it closes and unloads"},
        {"does = \"forgets-thread\"; seconds = 3;", "its threads are gone when it is closed"},
        {"does = \"hangs\"; seconds = 5;", "it ends when it is cancelled"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct report r;
        assert_int_equal(check(".libs/misbehaves.so", cases[i].config, &r, NULL), 0);
        if (!r.broken || !strstr(r.text.data, cases[i].wanted))
            fail_msg("%s: %s", cases[i].config, r.text.data);
        buffer_done(&r.text);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *file, *config, *wanted;
    } cases[] = {
        {".libs/misbehaves.so", "does = \"fails-open\";", "the key was not accepted"},
        {".libs/misbehaves.so", "does = 5;", "is not a string"},
        {".libs/trap.so", NULL, "another major cannot be loaded"},
        {"check_test.c", NULL, "check_test.c"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct report r;
        assert_int_equal(check(cases[i].file, cases[i].config, &r, &err), -1);
        assert_non_null(strstr(err.message, cases[i].wanted));
        buffer_done(&r.text);
    }
}

static int start(void **state)
{
    char self[4096] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    folder = xstrdup(dirname(self));
    return 0;
}

static int end(void **state)
{
    free(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones),    cmocka_unit_test(test_whole_store),
        cmocka_unit_test(test_broken_rules), cmocka_unit_test(test_hanging_ones),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, start, end);
}
