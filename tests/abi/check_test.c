/* SPDX-License-Identifier: Apache-2.0 */
/* `plugin check` sees each misbehaviour that can be seen, names the rule, and nothing but that rule; and
 * takes no harm from it. */
#include <libgen.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/buffer.h"
#include "core/base/file.h"
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

/* What each kind's template needs to be held to all rules: settings that are paths in a folder of its own. */
static const struct {
    const char *kind, *settings[2][2];
    bool root; /* it changes the node, and does so in a network namespace of this process's own */
} kinds[] = {
    {"cloud", {{"inventory", "../../dev/null"}}, false},
    {"network", {{"conflist", "acme.conflist"}}, true},
    {"runtime", {{"images", ""}, {"folder", "run"}}, false},
    {"storage", {{"folder", ""}}, true},
    {"store", {{NULL}}, false},
};
static const struct {
    const char *kind, *breaks, *rule;
} breakages[] = {
    {"cloud", "has-odd-scheme", "it says the scheme of its provider IDs"},
    {"cloud", "owns-every-node", "it does not own nodes of another cloud"},
    {"cloud", "fails-for-others", "it does not own nodes of another cloud"},
    {"cloud", "takes-few-nodes", "it may be asked about many nodes at once"},
    {"cloud", "gives-no-reason", "it says why a call fails"},
    {"cloud", "says-all-gone", "it does not say that nodes of another cloud are gone"},
    {"cloud", "has-no-evidence", "an instance that is gone or off comes with evidence"},
    {"cloud", "reports-others", "it reports nodes that it was asked about"},
    {"cloud", "ignores-its-sink", "describe() ends when its sink wants no more"},
    {"cloud", "takes-any-setting", "it takes over its own settings while it runs, and refuses others"},
    {"cloud", "takes-no-setting", "it takes over its own settings while it runs, and refuses others"},
    {"cloud", "invents", "a load balancer that nobody made is absent"},
    {"cloud", "never-finds", "get() finds what was ensured"},
    {"cloud", "ensures-another", "a load balancer that is ensured twice is one"},
    {"cloud", "update-makes-one", "update() makes no load balancer"},
    {"cloud", "removes-once", "a load balancer may be removed twice"},
    {"cloud", "removes-nothing", "a load balancer may be removed twice"},
    {"cloud", "fails-to-list", "it lists its routes, or says that it cannot ask"},
    {"cloud", "misses-routes", "a route that is absent may be removed"},
    {"network", "fails-status", "it says its status"},
    {"network", "is-never-ready", "the node may be configured twice, and is ready then"},
    {"network", "configures-once", "the node may be configured twice, and is ready then"},
    {"network", "tears-down-once", "the node may be torn down twice"},
    {"runtime", "ignores-its-sink", "the list of images ends when its sink wants no more"},
    {"runtime", "starts-unknown", "of a container that nobody made there is no status"},
    {"runtime", "creates-in-unknown", "in a sandbox that nobody ran no container is created"},
    {"runtime", "removes-what-is-there", "a sandbox that is unknown may be stopped and removed, twice"},
    {"runtime", "removes-no-container", "a container that is unknown may be stopped and removed, twice"},
    {"runtime", "stays-ready", "a sandbox is ready until it is stopped"},
    {"runtime", "stays-listed", "a sandbox is ready until it is stopped"},
    {"runtime", "forgets-when-stopped", "a sandbox is ready until it is stopped"},
    {"runtime", "invents-images", "an image that was not pulled is not present"},
    {"runtime", "removes-no-image", "an image that is unknown may be removed, twice"},
    {"storage", "removes-what-is-there", "a volume that nobody made may be removed, twice"},
    {"storage", "creates-another", "a volume that is created twice is one"},
    {"storage", "expands-once", "a volume may be grown twice"},
    {"storage", "expands-too-little", "a volume may be grown twice"},
    {"storage", "publishes-unknown", "a volume that nobody made is not published"},
    {"storage", "publishes-nothing", "a volume may be published twice, and unpublished twice"},
    {"storage", "unpublishes-what-is-there", "what is not published may be unpublished, twice"},
    {"storage", "unpublishes-half", "a volume may be published twice, and unpublished twice"},
    {"store", "reads-the-future", "it does not read the future"},
    {"store", "reads-the-past-as-now", "what was is read at its revision"},
    {"store", "ignores-its-sink", "a range ends at its limit, and when its sink wants no more"},
    {"store", "ignores-limits", "a range ends at its limit, and when its sink wants no more"},
    {"store", "ignores-compares", "a write happens when its compares hold, and only then"},
    {"store", "takes-the-first", "a transaction with two operations on one key is refused"},
    {"store", "compacts-nothing", "what was compacted is forgotten, for watches too"},
    {"store", "watches-later", "what was compacted is forgotten, for watches too"},
    {"store", "tells-twice", "a watch tells every change in order, once"},
};

static void check_kind(size_t kind, const char *breaks, struct report *ret)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    char place[] = "/tmp/check_test.XXXXXX";
    _cleanup_free_ char *file = xasprintf(".libs/breaks-%s.so", kinds[kind].kind);
    assert_non_null(mkdtemp(place));
    _cleanup_free_ char *volumes = xasprintf("%s/kubernetes", place); /* see storage-acme.c */
    assert_int_equal(mkdir(volumes, 0700), 0);
    struct buffer config = BUFFER_INIT;
    for (size_t i = 0; i < 2 && kinds[kind].settings[i][0]; i++)
        buffer_printf(&config, "%s = \"%s/%s\";", kinds[kind].settings[i][0], place,
                      kinds[kind].settings[i][1]);
    buffer_append_char(&config, '\0');
    setenv("BREAKS", breaks, 1);
    destructive = true;
    if (check(file, config.data, ret, &err) < 0)
        fail_msg("%s: %s", file, err.message);
    destructive = false;
    buffer_done(&config);
    unsetenv("BREAKS");
    directory_remove(place, NULL);
}

static bool may_check(size_t kind)
{
    static int own_network = -1;
    if (own_network < 0)
        own_network = geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
    return !kinds[kind].root || own_network;
}

/* The templates keep all rules of their kind, and each breakage is seen by its rule. */
static void test_broken_kinds(void **state)
{
    struct report r;
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        if (!may_check(k))
            continue;
        check_kind(k, "nothing", &r);
        if (r.broken)
            fail_msg("%s: %s", kinds[k].kind, r.text.data);
        buffer_done(&r.text);
        for (size_t i = 0; i < ARRAY_SIZE(breakages); i++) {
            if (strcmp(breakages[i].kind, kinds[k].kind) != 0)
                continue;
            check_kind(k, breakages[i].breaks, &r);
            if (!r.broken || !strstr(r.text.data, breakages[i].rule))
                fail_msg("%s %s: %u broken: %s", breakages[i].kind, breakages[i].breaks, r.broken,
                         r.text.data);
            buffer_done(&r.text);
        }
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
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_broken_kinds),
    };
    return cmocka_run_group_tests(tests, start, end);
}
