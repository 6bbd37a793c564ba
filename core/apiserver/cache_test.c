/* SPDX-License-Identifier: Apache-2.0 */
/* The watch cache on made-up data: routing of keys, revisions, the ring, snapshots for paging, subscribers,
 * selectors on the index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/apiserver/cache.h"
#include "core/apiserver/stored.h"
#include "core/apiserver/watch-private.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

static const char *const pod_fields[] = {"spec.nodeName", "status.count=status.n|0", NULL};

struct fixture {
    struct caches *all;
    struct cache *pods, *maps;
    unsigned woken;
};

static void wake(void *context, struct cache *cache)
{
    ((struct fixture *)context)->woken++;
}

static int setup(void **state)
{
    struct fixture *f = new0(struct fixture);
    struct caches_config config = {.wake = wake, .context = f};
    f->all = caches_new(&config);
    f->pods = caches_add(f->all, RESOURCE("", "v1", "pods"), pod_fields);
    f->maps = caches_add(f->all, RESOURCE("", "v1", "configmaps"), NULL);
    caches_add(f->all, RESOURCE("", "v1", "services"), NULL);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    caches_free(f->all);
    free(f);
    return 0;
}

static struct object *object_of(const char *key, const char *text, uint64_t revision)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *document;
    assert_int_equal(json_parse(&arena, slice_of(text), &document, NULL), 0);
    struct object *o = stored_new(slice_of(key), document, pod_fields);
    o->revision = revision;
    return o;
}

static void put(struct cache *c, const char *key, const char *labels, const char *node, uint64_t revision)
{
    char text[300];
    snprintf(
        text, sizeof(text),
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\",\"resourceVersion\":\"9\","
        "\"labels\":{%s}},\"spec\":{\"nodeName\":\"%s\"}}",
        strchr(key, '/') + 1, labels, node);
    cache_apply_put(c, object_of(key, text, revision));
    caches_progress(c->all, revision);
}

static void test_route(void **state)
{
    struct fixture *f = *state;
    struct slice key;
    assert_ptr_equal(caches_route(f->all, SLICE("/registry/pods/a/b"), &key), f->pods);
    assert_true(slice_is(key, "a/b"));
    struct cache *services = caches_find(f->all, RESOURCE("", "v1", "services"));
    assert_ptr_equal(caches_route(f->all, SLICE("/registry/services/specs/default/x"), &key), services);
    assert_true(slice_is(key, "default/x"));
    static const char *const prefixes[] = {"other/place", "/other/place/"};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        struct caches *elsewhere = caches_new(&(struct caches_config){.prefix = prefixes[i]});
        struct cache *pods = caches_add(elsewhere, f->pods->resource, NULL);
        assert_string_equal(caches_root(elsewhere), "/other/place/");
        assert_ptr_equal(caches_route(elsewhere, SLICE("/other/place/pods/a/b"), &key), pods);
        assert_true(slice_is(key, "a/b"));
        assert_null(caches_route(elsewhere, SLICE("/registry/pods/a/b"), &key));
        caches_free(elsewhere);
    }
    assert_null(caches_route(f->all, SLICE("/registry/unknown/a/b"), &key));
    assert_null(caches_route(f->all, SLICE("/registry/pods"), &key));
    assert_null(caches_route(f->all, SLICE("/elsewhere/pods/a/b"), &key));
}

static void test_stored_text(void **state)
{
    struct object *o = object_of("a/b",
                                 "{\"apiVersion\":\"v1\",\"spec\":{\"nodeName\":\"n\"},\"metadata\":{\"uid\":"
                                 "\"u\",\"resourceVersion\":\"3\",\"name\":\"b\"},\"kind\":\"Pod\"}",
                                 42);
    struct buffer out = BUFFER_INIT;
    stored_write(&out, SLICE("{\"metadata\":{"), o, o->revision);
    assert_string_equal(out.data, "{\"metadata\":{\"resourceVersion\":\"42\",\"uid\":\"u\",\"name\":\"b\"},"
                                  "\"spec\":{\"nodeName\":\"n\"}}");
    buffer_clear(&out);
    stored_write_partial(&out, SLICE("{\"metadata\":{"), o, 43);
    assert_string_equal(out.data, "{\"metadata\":{\"resourceVersion\":\"43\",\"uid\":\"u\",\"name\":\"b\"}}");
    assert_true(slice_is(stored_namespace(o), "a"));
    assert_true(slice_is(stored_name(o), "b"));
    assert_true(slice_is(stored_field(o, 0), "n"));
    assert_true(slice_is(stored_field(o, 1), "0"));
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *parsed = object_parse(o, RESOURCE("", "v1", "pods"), &arena);
    assert_string_equal(json_string_at(parsed, "kind"), "Pod");
    assert_string_equal(json_string_at(parsed, "metadata.resourceVersion"), "42");
    buffer_done(&out);
    object_unref(o);
}

static void test_match(void **state)
{
    struct object *o = object_of("a/b",
                                 "{\"metadata\":{\"name\":\"b\",\"labels\":{\"x\":\"1\",\"y\":\"\"}},"
                                 "\"spec\":{\"nodeName\":\"n\"},\"status\":{\"n\":7}}",
                                 1);
    static const struct {
        const char *labels, *fields;
        int expected; /* -1: refused */
    } cases[] = {
        {"", "", 1},
        {"x=1", "", 1},
        {"x=1,y", "", 1},
        {"x=2", "", 0},
        {"!x", "", 0},
        {"z!=1", "", 1},
        {"x in (1,2)", "spec.nodeName=n", 1},
        {"", "spec.nodeName!=n", 0},
        {"", "metadata.name=b,metadata.namespace=a", 1},
        {"", "metadata.namespace=c", 0},
        {"", "status.count=7", 1},
        {"", "spec.unknown=1", -1},
        {"a==b==c", "", -1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct match m;
        _cleanup_(error_done) struct error err = ERROR_INIT;
        int parsed =
            match_parse(&m, RESOURCE("", "v1", "pods"), pod_fields, cases[i].labels, cases[i].fields, &err);
        assert_int_equal(parsed < 0 ? -1 : match_object(&m, o), cases[i].expected);
        if (parsed < 0)
            assert_int_equal(err.code, ERR_BAD_REQUEST);
        match_done(&m);
    }
    object_unref(o);
}

static void test_changes_and_revisions(void **state)
{
    struct fixture *f = *state;
    struct change *changes;
    size_t count;
    bool more;
    put(f->pods, "a/x", "", "", 5);
    put(f->pods, "a/x", "\"l\":\"1\"", "", 6);
    cache_apply_delete(f->pods, SLICE("a/x"), 7);
    caches_progress(f->all, 9); /* something else happened */
    assert_int_equal(cache_revision(f->pods), 9);
    uint64_t revision = 5;
    assert_true(cache_changes(f->pods, &revision, 10, &changes, &count, &more));
    assert_int_equal(count, 2);
    assert_int_equal(revision, 9);
    assert_false(more);
    assert_non_null(changes[0].old);
    assert_int_equal(changes[0].new_->revision, 6);
    assert_null(changes[1].new_);
    assert_int_equal(changes[1].revision, 7);
    for (size_t i = 0; i < count; i++)
        change_done(&changes[i]);
    free(changes);
    revision = 0;
    assert_true(cache_changes(f->pods, &revision, 2, &changes, &count, &more));
    assert_true(more);
    assert_int_equal(revision, 6);
    for (size_t i = 0; i < count; i++)
        change_done(&changes[i]);
    free(changes);
    cache_apply_delete(f->pods, SLICE("a/absent"), 10);
    assert_int_equal(f->pods->changed, 7);
}

static void test_ring_forgets(void **state)
{
    struct fixture *f = *state;
    struct change *changes;
    size_t count;
    bool more;
    char *big = xmalloc(200001);
    memset(big, 'x', 200000);
    big[200000] = '\0';
    for (uint64_t i = 1; i <= 300; i++) {
        char *text =
            xasprintf("{\"metadata\":{\"name\":\"x\"},\"data\":\"%s%llu\"}", big, (unsigned long long)i);
        cache_apply_put(f->pods, object_of("a/x", text, i));
        free(text);
    }
    caches_progress(f->all, 300);
    assert_true(f->pods->ring.bytes <= RING_BYTES_MAX || f->pods->ring.count == RING_COUNT_MIN);
    uint64_t revision = 1, floor = cache_floor(f->pods);
    assert_true(floor > 1);
    assert_false(cache_changes(f->pods, &revision, 10, &changes, &count, &more));
    revision = floor;
    assert_true(cache_changes(f->pods, &revision, 1000, &changes, &count, &more));
    assert_int_equal(changes[0].revision, floor + 1);
    for (size_t i = 0; i < count; i++)
        change_done(&changes[i]);
    free(changes);
    caches_age(f->all, clock_monotonic_ms() + RING_AGE_MS + 1000);
    assert_int_equal(f->pods->ring.count, 0);
    assert_int_equal(cache_floor(f->pods), 300);
    free(big);
}

static void test_snapshots(void **state)
{
    struct fixture *f = *state;
    uint64_t revision;
    struct tree *old;
    put(f->pods, "a/x", "", "", 5);
    _cleanup_(cleanup_tree_unref) struct tree *root = cache_snapshot(f->pods, &revision);
    assert_int_equal(revision, 5);
    cache_keep_snapshot(f->pods, root, revision);
    put(f->pods, "a/y", "", "", 6);
    assert_int_equal(tree_count(root), 1);
    assert_true(cache_snapshot_at(f->pods, 5, &old));
    assert_int_equal(tree_count(old), 1);
    tree_unref(old);
    assert_true(cache_snapshot_at(f->pods, 6, &old));
    assert_int_equal(tree_count(old), 2);
    tree_unref(old);
    assert_false(cache_snapshot_at(f->pods, 4, &old));
    assert_false(cache_snapshot_at(f->pods, 7, &old));
    caches_age(f->all, clock_monotonic_ms() + CACHE_SNAPSHOT_AGE_MS + 1000);
    assert_false(cache_snapshot_at(f->pods, 5, &old));
}

static void note(void *context, const struct object *old, const struct object *new_)
{
    struct buffer *out = context;
    buffer_printf(out, "%s%.*s ", !old ? "+" : !new_ ? "-" : "~", SLICE_ARG(stored_key(new_ ? new_ : old)));
}

static void test_subscribers(void **state)
{
    struct fixture *f = *state;
    struct buffer told = BUFFER_INIT;
    put(f->pods, "a/x", "", "", 1);
    cache_subscribe(f->pods, note, &told);
    put(f->pods, "a/y", "", "", 2);
    put(f->pods, "a/y", "", "n", 3);
    cache_apply_delete(f->pods, SLICE("a/x"), 4);
    assert_string_equal(told.data, "+a/x +a/y ~a/y -a/x ");
    buffer_clear(&told);
    struct tree *again = NULL; /* after a gap: y changed, z is new */
    tree_put(&again, object_of("a/y", "{\"metadata\":{\"name\":\"y\"}}", 8));
    tree_put(&again, object_of("a/z", "{\"metadata\":{\"name\":\"z\"}}", 9));
    cache_replace(f->pods, again, 10);
    assert_string_equal(told.data, "~a/y +a/z ");
    assert_int_equal(cache_floor(f->pods), 10);
    buffer_done(&told);
}

/* What a watch with a selector is told when objects come into it and leave it. */
static void test_watch_translation(void **state)
{
    struct object *in = object_of("a/x", "{\"metadata\":{\"name\":\"x\",\"labels\":{\"l\":\"1\"}}}", 1);
    struct object *out = object_of("a/x", "{\"metadata\":{\"name\":\"x\"}}", 2);
    struct watch_kind kind = {.prefix = (char[]){""}};
    char elsewhere[] = "b/";
    const struct {
        struct object *old, *new_;
        enum watch_type expected;
        const struct object *shown;
    } cases[] = {
        {NULL, in, WATCH_ADDED, in},   {in, in, WATCH_MODIFIED, in},  {out, in, WATCH_ADDED, in},
        {in, out, WATCH_DELETED, in},  {in, NULL, WATCH_DELETED, in}, {NULL, out, WATCH_NONE, NULL},
        {out, NULL, WATCH_NONE, NULL},
    };
    assert_int_equal(match_parse(&kind.match, RESOURCE("", "v1", "pods"), pod_fields, "l=1", NULL, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct object *shown;
        struct change change = {3, cases[i].old, cases[i].new_, 0};
        assert_int_equal(watch_translate(&kind, &change, &shown), cases[i].expected);
        if (cases[i].shown)
            assert_ptr_equal(shown, cases[i].shown);
        kind.prefix = elsewhere;
        kind.prefix_size = 2;
        assert_int_equal(watch_translate(&kind, &change, &shown), WATCH_NONE);
        kind.prefix_size = 0;
    }
    match_done(&kind.match);
    object_unref(in);
    object_unref(out);
}

static void test_wait(void **state)
{
    struct fixture *f = *state;
    caches_progress(f->all, 5);
    assert_true(caches_wait(f->all, 5, 1));
    assert_false(caches_wait(f->all, 6, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_route, setup, teardown),
        cmocka_unit_test(test_stored_text),
        cmocka_unit_test(test_match),
        cmocka_unit_test_setup_teardown(test_changes_and_revisions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ring_forgets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_snapshots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_subscribers, setup, teardown),
        cmocka_unit_test(test_watch_translation),
        cmocka_unit_test_setup_teardown(test_wait, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
