/* SPDX-License-Identifier: Apache-2.0 */
/* Which cloud makes a load balancer, and what is done about it. */
#include "core/cloud-controller-manager/service-choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/api/object.h"
#include "core/base/memory.h"

static struct arena arena;

static struct json *parse(const char *text)
{
    struct json *value = NULL;
    char *copy = arena_strdup(&arena, text);
    for (char *c = copy; *c; c++)
        *c = (char)(*c == '\'' ? '"' : *c);
    assert_int_equal(json_parse(&arena, slice_of(copy), &value, NULL), 0);
    return value;
}

enum { DUMB, EAST, WEST };
static char *west_classes[] = {(char *)"example.com/fast"};
static struct service_cloud list[] = {
    [DUMB] = {.name = "dumb"},
    [EAST] = {.name = "east", .balances = true},
    [WEST] = {.name = "west", .balances = true, .classes = west_classes, .classes_count = 1},
};
static const struct service_clouds clouds = {list, 3, EAST};
static const struct service_clouds no_default = {list, 3, SERVICE_NO_CLOUD};

#define F       "'finalizers':['service.kubernetes.io/load-balancer-cleanup']"
#define BY(who) "'annotations':{'keelson.io/load-balancer-provider':'" who "'}"
#define LB      "'spec':{'type':'LoadBalancer'}"
#define DELETED "'deletionTimestamp':'2026-01-01T00:00:00Z'"
#define NONE    SERVICE_NO_CLOUD

static void test_plan(void **state)
{
    static const struct {
        const char *service;
        enum service_task task;
        int cloud;
        int known;
    } cases[] = {
        /* what was not made yet */
        {"{" LB "}", SERVICE_ENSURE, EAST, NONE},
        {"{'spec':{'type':'ClusterIP'}}", SERVICE_LEAVE, NONE, NONE},
        {"{'metadata':{" DELETED "}," LB "}", SERVICE_LEAVE, NONE, NONE},
        {"{'spec':{'type':'LoadBalancer','loadBalancerClass':'keelson.io/west'}}", SERVICE_ENSURE, WEST,
         NONE},
        {"{'spec':{'type':'LoadBalancer','loadBalancerClass':'example.com/fast'}}", SERVICE_ENSURE, WEST,
         NONE},
        {"{'spec':{'type':'LoadBalancer','loadBalancerClass':'keelson.io/dumb'}}", SERVICE_REFUSE, NONE,
         NONE},
        {"{'spec':{'type':'LoadBalancer','loadBalancerClass':'keelson.io/mars'}}", SERVICE_LEAVE, NONE, NONE},
        {"{'spec':{'type':'LoadBalancer','loadBalancerClass':'east'}}", SERVICE_LEAVE, NONE, NONE},
        {"{'metadata':{'annotations':{'keelson.io/cloud':'west'}}," LB "}", SERVICE_ENSURE, WEST, NONE},
        {"{'metadata':{'annotations':{'keelson.io/cloud':'mars'}}," LB "}", SERVICE_REFUSE, NONE, NONE},
        {"{'metadata':{'annotations':{'keelson.io/cloud':'west'}},'spec':{'type':'LoadBalancer',"
         "'loadBalancerClass':'keelson.io/east'}}",
         SERVICE_ENSURE, EAST, NONE},
        /* what stands */
        {"{'metadata':{" F "," BY("east") "}," LB "}", SERVICE_ENSURE, EAST, NONE},
        {"{'metadata':{" F "," BY("west") "," DELETED "}," LB "}", SERVICE_REMOVE, WEST, NONE},
        {"{'metadata':{" F "," BY("west") "},'spec':{'type':'NodePort'}}", SERVICE_REMOVE, WEST, NONE},
        /* a default is for those that nobody serves */
        {"{'metadata':{" F "," BY("west") "}," LB "}", SERVICE_ENSURE, WEST, NONE},
        /* another is chosen: the old one goes first */
        {"{'metadata':{" F ",'annotations':{'keelson.io/cloud':'east','keelson.io/load-balancer-provider':"
         "'west'}}," LB "}",
         SERVICE_REMOVE, WEST, NONE},
        {"{'metadata':{" F
         "," BY("west") "},'spec':{'type':'LoadBalancer','loadBalancerClass':'keelson.io/mars'}}",
         SERVICE_REMOVE, WEST, NONE},
        {"{'metadata':{" F ",'annotations':{'keelson.io/cloud':'mars','keelson.io/load-balancer-provider':"
         "'west'}}," LB "}",
         SERVICE_REFUSE, NONE, NONE},
        /* its cloud is not there (any more): whatever is wanted, nothing is forgotten */
        {"{'metadata':{" F "," BY("mars") "}," LB "}", SERVICE_REFUSE, NONE, NONE},
        {"{'metadata':{" F "," BY("mars") "," DELETED "}," LB "}", SERVICE_REFUSE, NONE, NONE},
        /* an annotation that was copied from another cluster, and says nothing here */
        {"{'metadata':{" BY("mars") "}," LB "}", SERVICE_ENSURE, EAST, NONE},
        /* claimed by a manager that knew one cloud only */
        {"{'metadata':{" F "}," LB "}", SERVICE_ENSURE, EAST, NONE},
        {"{'metadata':{" F "},'spec':{'type':'ClusterIP'}}", SERVICE_REMOVE, EAST, NONE},
        {"{'metadata':{" F "," DELETED "}," LB "}", SERVICE_REMOVE, EAST, NONE},
        {"{'metadata':{" F "," DELETED "},'spec':{'type':'LoadBalancer','loadBalancerClass':'x.y/z'}}",
         SERVICE_LEAVE, NONE, NONE},
        /* finalizer and annotation were taken away, and we know who made it */
        {"{'spec':{'type':'ClusterIP'}}", SERVICE_REMOVE, WEST, WEST},
        {"{'spec':{'type':'LoadBalancer','loadBalancerClass':'keelson.io/east'}}", SERVICE_REMOVE, WEST,
         WEST},
        {"{" LB "}", SERVICE_ENSURE, WEST, WEST},
        {"{" LB "}", SERVICE_ENSURE, EAST, EAST},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct service_plan plan = service_plan(&clouds, parse(cases[i].service), cases[i].known, &arena);
        if (plan.task != cases[i].task || plan.cloud != cases[i].cloud)
            fail_msg("%s: task %d of cloud %d", cases[i].service, plan.task, plan.cloud);
        assert_int_equal(plan.why != NULL, plan.task == SERVICE_REFUSE);
    }
    assert_int_equal(service_plan(&no_default, parse("{" LB "}"), NONE, &arena).task, SERVICE_LEAVE);
}

static void test_patches(void **state)
{
    struct json *service =
        parse("{'metadata':{'uid':'u','resourceVersion':'7','finalizers':['mine']}," LB "}");
    assert_true(json_equal(
        service_claim_patch(&arena, service, "east"),
        parse("{'metadata':{'uid':'u','resourceVersion':'7','finalizers':['mine','" SERVICE_FINALIZER
              "']," BY("east") "}}")));
    struct json *claimed =
        parse("{'metadata':{'uid':'u','resourceVersion':'8','finalizers':['" SERVICE_FINALIZER
              "','mine']," BY("east") "}}");
    assert_true(service_is_claimed(claimed, "east"));
    assert_false(service_is_claimed(claimed, "west"));
    assert_false(service_is_claimed(service, "east"));
    assert_true(json_equal(service_release_patch(&arena, claimed),
                           parse("{'metadata':{'uid':'u','resourceVersion':'8','finalizers':['mine'],"
                                 "'annotations':{'keelson.io/load-balancer-provider':null}}}")));
}

static void test_default(void **state)
{
    struct service_clouds c = clouds;
    static const struct {
        const char *name;
        int wanted; /* -2: an error */
    } cases[] = {{"", EAST}, {"west", WEST}, {"none", NONE}, {"dumb", -2}, {"mars", -2}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = ERROR_INIT;
        int result = service_clouds_set_default(&c, cases[i].name, &err);
        assert_int_equal(result < 0 ? -2 : c.fallback, cases[i].wanted);
        error_done(&err);
    }
    struct service_clouds without = {list, 1, 0};
    assert_int_equal(service_clouds_set_default(&without, "", NULL), 0);
    assert_int_equal(without.fallback, NONE);
}

/* Reads the text as a configuration of the clouds "a" and "b"; the classes of a, or the error. */
static char *read_classes(const char *text)
{
    char path[] = "/tmp/service-choice-XXXXXX";
    struct error err = ERROR_INIT;
    struct buffer out = BUFFER_INIT;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    struct service_clouds c = {newa0(struct service_cloud, 2), 2, NONE};
    c.list[0].name = "a";
    c.list[1].name = "b";
    if (service_clouds_read_classes(&c, path, &err) < 0)
        buffer_append_str(&out, err.message + strlen(path));
    for (unsigned i = 0; !err.message && i < c.list[0].classes_count; i++)
        buffer_printf(&out, "%s ", c.list[0].classes[i]);
    unlink(path);
    error_done(&err);
    service_clouds_done(&c);
    return buffer_take(&out);
}

static void test_classes(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"plugins = ( { name = \"a\"; load_balancer_classes = ( \"x.y/1\", \"x.y/2\", \"x.y/1\" ); } );",
         "x.y/1 x.y/2 "},
        {"plugins = ( { name = \"a\"; load_balancer_classes = [ \"keelson.io/a\" ]; } );", ""},
        {"plugins = ( { name = \"other\"; load_balancer_classes = ( \"x\" ); } );", ""},
        {"plugins = ( { name = \"a\"; load_balancer_classes = \"x\"; } );",
         ":1: load_balancer_classes is no list of names"},
        {"plugins = ( { name = \"a\"; load_balancer_classes = ( 5 ); } );",
         ":1: load_balancer_classes: \"\" is no class: \"example.com/name\" is one"},
        {"plugins = ( { name = \"b\"; load_balancer_classes = ( \"x\" ); },\n"
         "{ name = \"a\"; load_balancer_classes = ( \"x\" ); } );",
         ":2: load_balancer_classes: \"x\" is a class of \"b\" already"},
        {"plugins = ( { name = \"a\"; load_balancer_classes = ( \"keelson.io/b\" ); } );",
         ":1: load_balancer_classes: \"keelson.io/b\" is a class of \"b\" already"},
        {"plugins = (", ":1: syntax error"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_free_ char *said = read_classes(cases[i].text);
        assert_string_equal(said, cases[i].wanted);
    }
}

static int done(void **state)
{
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plan), cmocka_unit_test(test_patches),
                                       cmocka_unit_test(test_default), cmocka_unit_test(test_classes)};
    return cmocka_run_group_tests(tests, NULL, done);
}
