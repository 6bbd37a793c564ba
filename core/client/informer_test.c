/* SPDX-License-Identifier: Apache-2.0 */
/* The informer against a server that the test plays: what it asks for, and what it tells, whatever the server
 * does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "core/base/memory.h"
#include "core/client/fake-transport.h"
#include "core/client/informer.h"

static const struct resource pods = {.group = "",
                                     .version = "v1",
                                     .plural = "pods",
                                     .kind = "Pod",
                                     .list_kind = "PodList",
                                     .namespaced = true};

struct fixture {
    struct loop *loop;
    struct fake_transport *fake;
    struct client *client;
    struct informer *informer;
    struct buffer told; /* "+ns/a@1 ~ns/a@1>2 -ns/a@2 S" */
    pthread_mutex_t lock;
};

static void on_changed(void *context, struct cached *old, struct cached *new_, const struct json *document)
{
    struct fixture *f = context;
    assert_string_equal(object_kind(document), "Pod");
    pthread_mutex_lock(&f->lock);
    struct cached *c = new_ ? new_ : old;
    buffer_printf(&f->told, "%c%s@%llu ",
                  !old   ? '+'
                  : new_ ? '~'
                         : '-',
                  cached_key(c), (unsigned long long)c->revision);
    pthread_mutex_unlock(&f->lock);
}

static void on_synced(void *context)
{
    struct fixture *f = context;
    pthread_mutex_lock(&f->lock);
    buffer_append_str(&f->told, "S ");
    pthread_mutex_unlock(&f->lock);
}

static void expect_told(struct fixture *f, const char *text)
{
    pthread_mutex_lock(&f->lock);
    assert_string_equal(f->told.data ? f->told.data : "", text);
    buffer_clear(&f->told);
    pthread_mutex_unlock(&f->lock);
}

static int no_requests(void *context, const struct transport_request *request, int *status,
                       struct buffer *body, struct error *err)
{
    return error_set(err, ERR_UNAVAILABLE, "not in this test");
}

static bool by_node(const struct json *document, struct buffer *out)
{
    const char *node = json_string_at(document, "spec.nodeName");
    const char *app = object_label(document, "app");
    if (node)
        buffer_append_str(out, node);
    if (app) {
        buffer_append_char(out, 0);
        buffer_append_str(out, app);
    }
    return out->size > 0;
}

enum kept { WHOLE, METADATA, KEYS };

static struct fixture *start(enum kept kept)
{
    struct fixture *f = new0(struct fixture);
    pthread_mutex_init(&f->lock, NULL);
    f->loop = loop_new();
    assert_int_equal(loop_start_thread(f->loop, "loop"), 0);
    f->fake = fake_transport_new(f->loop, no_requests, NULL);
    struct client_config config = {.loop = f->loop, .transport = fake_transport_base(f->fake)};
    assert_int_equal(client_new(&config, &f->client, NULL), 0);
    struct informer_config informer = {.client = f->client,
                                       .resource = &pods,
                                       .label_selector = "a=b",
                                       .index = by_node,
                                       .metadata_only = kept == METADATA,
                                       .keys_only = kept == KEYS};
    f->informer = informer_new(&informer);
    struct informer_handler handler = {on_changed, on_synced, f};
    informer_add_handler(f->informer, &handler);
    informer_start(f->informer);
    return f;
}

static void stop(struct fixture *f)
{
    informer_free(f->informer);
    client_free(f->client);
    loop_stop(f->loop);
    loop_free(f->loop);
    buffer_done(&f->told);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

#define POD(name, uid, revision, more)                                                                       \
    "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"" name "\",\"uid\":\"" uid                               \
    "\",\"resourceVersion\":\"" revision "\"" more "}}"
#define LIST(revision, continue_, items)                                                                     \
    "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"" revision              \
    "\"" continue_ "},\"items\":[" items "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"

static void send_text(struct fake_stream *s, const char *text)
{
    fake_stream_data(s, text, strlen(text));
}

/* Answers the list that the informer must be asking for. */
static void answer_list(struct fixture *f, const char *text)
{
    struct fake_stream *s = fake_stream_next(f->fake);
    assert_non_null(s);
    assert_null(strstr(fake_stream_target(s), "watch="));
    fake_stream_answer(s, 200, text);
}

static struct fake_stream *expect_watch(struct fixture *f, const char *revision)
{
    struct fake_stream *s = fake_stream_next(f->fake);
    assert_non_null(s);
    _cleanup_free_ char *part = xasprintf("resourceVersion=%s&", revision);
    assert_non_null(strstr(fake_stream_target(s), "watch=true"));
    assert_non_null(strstr(fake_stream_target(s), "allowWatchBookmarks=true"));
    assert_non_null(strstr(fake_stream_target(s), part));
    return s;
}

static struct fake_stream *open_watch(struct fixture *f, const char *revision)
{
    struct fake_stream *s = expect_watch(f, revision);
    fake_stream_headers(s, 200);
    return s;
}

static void lists_in_pages_then_watches(void **state)
{
    struct fixture *f = start(WHOLE);
    struct fake_stream *s = fake_stream_next(f->fake);
    assert_string_equal(fake_stream_target(s), "/api/v1/pods?labelSelector=a%3Db&limit=500");
    fake_stream_answer(s, 200, LIST("10", ",\"continue\":\"more/x\"", POD("a", "u1", "3", "")));
    assert_false(informer_synced(f->informer));
    s = fake_stream_next(f->fake);
    assert_non_null(strstr(fake_stream_target(s), "continue=more%2Fx"));
    fake_stream_answer(s, 200, LIST("10", "", POD("b", "u2", "9", ",\"managedFields\":[{}]")));
    s = open_watch(f, "10");
    assert_true(informer_wait_synced(f->informer, 1000));
    expect_told(f, "+ns/a@3 +ns/b@9 S ");
    send_text(s, EVENT("MODIFIED", POD("a", "u1", "11", "")) EVENT("DELETED", POD("b", "u2", "12", ""))
                     EVENT("ADDED", POD("c", "u3", "13", "")));
    expect_told(f, "~ns/a@11 -ns/b@9 +ns/c@13 ");
    assert_int_equal(informer_count(f->informer), 2);
    _cleanup_(cleanup_cached_unref) struct cached *a = informer_get(f->informer, "ns/a");
    assert_string_equal(cached_text(a).data,
                        "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"a\",\"uid\":\"u1\","
                        "\"resourceVersion\":\"11\"},\"kind\":\"Pod\",\"apiVersion\":\"v1\"}");
    assert_string_equal(a->uid, "u1");
    assert_null(informer_get(f->informer, "ns/b"));
    stop(f);
}

static void split_data_is_put_together(void **state)
{
    struct fixture *f = start(WHOLE);
    struct fake_stream *s = fake_stream_next(f->fake);
    const char *list =
        LIST("5", "", POD("a\\\"],{", "u1", "3", "") " , " POD("b", "u2", "4", ",\"x\":[[],[1,2]]"));
    fake_stream_headers(s, 200);
    for (const char *p = list; *p; p++)
        fake_stream_data(s, p, 1);
    fake_stream_end(s, ERR_NONE);
    expect_told(f, "+ns/a\"],{@3 +ns/b@4 S ");
    s = open_watch(f, "5");
    const char *events = EVENT("MODIFIED", POD("b", "u2", "6", "")) EVENT("DELETED", POD("b", "u2", "7", ""));
    for (const char *p = events; *p; p++)
        fake_stream_data(s, p, 1);
    expect_told(f, "~ns/b@6 -ns/b@6 ");
    stop(f);
}

static void a_broken_watch_resumes(void **state)
{
    struct fixture *f = start(WHOLE);
    answer_list(f, LIST("5", "", POD("a", "u1", "3", "")));
    struct fake_stream *s = open_watch(f, "5");
    send_text(s, EVENT("MODIFIED", POD("a", "u1", "6", "")));
    fake_stream_end(s, ERR_UNAVAILABLE);
    s = open_watch(f, "6");
    send_text(s, EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"99\"}}"));
    fake_stream_end(s, ERR_NONE);
    s = expect_watch(f, "99");
    fake_stream_end(s, ERR_UNAVAILABLE); /* refused: again, no list */
    s = expect_watch(f, "99");
    fake_stream_answer(s, 503, "busy");
    s = open_watch(f, "99");
    send_text(s, EVENT("MODIFIED", POD("a", "u1", "6", ""))); /* known already: not told */
    expect_told(f, "+ns/a@3 S ~ns/a@6 ");
    stop(f);
}

static void gone_lists_again_and_tells_the_difference(void **state)
{
    static const char *const ways[] = {"event", "status"};
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct fixture *f = start(WHOLE);
        answer_list(f, LIST("5", "",
                            POD("a", "u1", "1", "") "," POD("b", "u2", "2", "") "," POD(
                                "c", "u3", "3", "") "," POD("d", "u4", "4", "")));
        struct fake_stream *s = expect_watch(f, "5");
        const char *gone =
            "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}";
        expect_told(f, "+ns/a@1 +ns/b@2 +ns/c@3 +ns/d@4 S ");
        if (i == 0) {
            fake_stream_headers(s, 200);
            _cleanup_free_ char *event = xasprintf("{\"type\":\"ERROR\",\"object\":%s}\n", gone);
            send_text(s, event);
            assert_true(fake_stream_cancelled(s));
        } else {
            fake_stream_answer(s, 410, gone);
        }
        /* a the same, b changed, c gone, d replaced by another of its name, e new */
        answer_list(f, LIST("50", "",
                            POD("a", "u1", "1", "") "," POD("b", "u2", "20", "") "," POD(
                                "d", "u5", "40", "") "," POD("e", "u6", "45", "")));
        expect_watch(f, "50");
        expect_told(f, "~ns/b@20 -ns/d@4 +ns/d@40 +ns/e@45 -ns/c@3 ");
        stop(f);
    }
}

static void garbage_lists_again(void **state)
{
    static const char *const garbage[] = {
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"}}}\n",
        "{\"type\":\"ADDED\"}\n",
        "{\"type\":\"FANCY\",\"object\":{\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"7\"}}}\n",
        "<html>\n",
        "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
        struct fixture *f = start(WHOLE);
        answer_list(f, LIST("5", "", POD("a", "u1", "3", "")));
        struct fake_stream *s = open_watch(f, "5");
        send_text(s, garbage[i]);
        assert_true(fake_stream_cancelled(s));
        answer_list(f, LIST("8", "", POD("a", "u1", "3", "")));
        expect_watch(f, "8");
        expect_told(f, "+ns/a@3 S ");
        stop(f);
    }
}

static void a_bad_list_deletes_nothing(void **state)
{
    static const struct {
        int status;
        const char *text;
        enum error_code end;
    } cases[] = {
        {200, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[", ERR_NONE},
        {200, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[]}",
         ERR_UNAVAILABLE},
        {200, "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[]}", ERR_NONE},
        {200, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\"}}", ERR_NONE},
        {200, "[]", ERR_NONE},
        {200, "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[{]}", ERR_NONE},
        {200, "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[{\"metadata\":{}}]}", ERR_NONE},
        {500, "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[]}", ERR_NONE},
        {403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"no\"}", ERR_NONE},
        {200, "", ERR_TIMEOUT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture *f = start(WHOLE);
        answer_list(f, LIST("5", "", POD("a", "u1", "3", "")));
        struct fake_stream *s = expect_watch(f, "5");
        fake_stream_answer(s, 410, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Gone\"}");
        s = fake_stream_next(f->fake);
        fake_stream_headers(s, cases[i].status);
        send_text(s, cases[i].text);
        fake_stream_end(s, cases[i].end);
        assert_int_equal(informer_count(f->informer), 1);
        answer_list(f, LIST("9", "", POD("a", "u1", "3", "")));
        expect_watch(f, "9");
        expect_told(f, "+ns/a@3 S ");
        stop(f);
    }
}

static void indexes_and_namespaces(void **state)
{
    struct fixture *f = start(WHOLE);
    answer_list(f, "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":["
                   "{\"metadata\":{\"name\":\"a\",\"namespace\":\"x\",\"resourceVersion\":\"1\",\"labels\":{"
                   "\"app\":\"web\"}},\"spec\":{\"nodeName\":\"n1\"}},"
                   "{\"metadata\":{\"name\":\"b\",\"namespace\":\"y\",\"resourceVersion\":\"2\",\"labels\":{"
                   "\"app\":\"web\"}},\"spec\":{\"nodeName\":\"n1\"}},"
                   "{\"metadata\":{\"name\":\"c\",\"namespace\":\"y\",\"resourceVersion\":\"3\"},\"spec\":{"
                   "\"nodeName\":\"n2\"}}]}");
    struct fake_stream *s = open_watch(f, "5");
    static const struct {
        const char *value;
        size_t before, after;
    } cases[] = {{"n1", 2, 1}, {"n2", 1, 2}, {"web", 2, 1}, {"n3", 0, 0}, {"", 0, 0}};
    for (int after = 0; after < 2; after++) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            struct cached **list;
            size_t count = informer_list_index(f->informer, cases[i].value, &list);
            assert_int_equal(count, after ? cases[i].after : cases[i].before);
            cached_list_free(list, count);
        }
        send_text(s, EVENT("MODIFIED", "{\"metadata\":{\"name\":\"a\",\"namespace\":\"x\","
                                       "\"resourceVersion\":\"6\"},\"spec\":{\"nodeName\":\"n2\"}}"));
    }
    struct cached **list;
    assert_int_equal(informer_list(f->informer, "y", &list), 2);
    cached_list_free(list, 2);
    assert_int_equal(informer_list(f->informer, NULL, &list), 3);
    cached_list_free(list, 3);
    assert_int_equal(informer_list(f->informer, "z", &list), 0);
    cached_list_free(list, 0);
    stop(f);
}

static void metadata_only_keeps_metadata(void **state)
{
    struct fixture *f = start(METADATA);
    struct fake_stream *s = fake_stream_next(f->fake);
    assert_non_null(strstr(fake_stream_accept(s), "as=PartialObjectMetadataList"));
    fake_stream_answer(s, 200,
                       "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[{\"kind\":"
                       "\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                       "\"metadata\":{\"name\":\"a\",\"namespace\":\"x\",\"resourceVersion\":\"1\"},\"spec\":"
                       "{\"nodeName\":\"n\"},\"status\":{}}]}");
    open_watch(f, "5");
    _cleanup_(cleanup_cached_unref) struct cached *a = informer_get(f->informer, "x/a");
    assert_string_equal(cached_text(a).data, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
                                             "\"a\",\"namespace\":\"x\",\"resourceVersion\":\"1\"}}");
    stop(f);
}

static void keys_only_tells_all_and_keeps_no_text(void **state)
{
    struct fixture *f = start(KEYS);
    answer_list(f, LIST("5", "", POD("a", "u1", "4", "")));
    struct fake_stream *s = open_watch(f, "5");
    send_text(s, EVENT("MODIFIED", POD("a", "u1", "6", "")) EVENT("ADDED", POD("b", "u2", "7", "")));
    send_text(s, EVENT("DELETED", POD("a", "u1", "8", "")));
    expect_told(f, "+ns/a@4 S ~ns/a@6 +ns/b@7 -ns/a@6 ");
    _cleanup_(cleanup_cached_unref) struct cached *b = informer_get(f->informer, "ns/b");
    assert_string_equal(cached_text(b).data, "{}");
    assert_string_equal(b->uid, "u2");
    stop(f);
}

static void many_objects_come_and_go(void **state)
{
    struct fixture *f = start(WHOLE);
    struct buffer text = BUFFER_INIT;
    buffer_append_str(&text, "{\"metadata\":{\"resourceVersion\":\"5000\"},\"items\":[");
    for (int i = 0; i < 2000; i++)
        buffer_printf(&text,
                      "%s{\"metadata\":{\"name\":\"p%d\",\"namespace\":\"n%d\",\"resourceVersion\":\"%d\"},"
                      "\"spec\":{\"nodeName\":\"k%d\"}}",
                      i ? "," : "", i, i % 3, i + 1, i % 50);
    buffer_append_str(&text, "]}");
    answer_list(f, text.data);
    struct fake_stream *s = open_watch(f, "5000");
    for (int i = 0; i < 2000; i += 2) {
        buffer_clear(&text);
        buffer_printf(&text,
                      "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"p%d\",\"namespace\":\"n%"
                      "d\",\"resourceVersion\":\"%d\"}}}\n",
                      i, i % 3, 6000 + i);
        send_text(s, text.data);
    }
    assert_int_equal(informer_count(f->informer), 1000);
    for (int i = 0; i < 50; i++) {
        struct cached **list;
        _cleanup_free_ char *node = xasprintf("k%d", i);
        size_t count = informer_list_index(f->informer, node, &list);
        assert_int_equal(count, i % 2 ? 40 : 0);
        cached_list_free(list, count);
    }
    buffer_done(&text);
    stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_in_pages_then_watches),
        cmocka_unit_test(split_data_is_put_together),
        cmocka_unit_test(a_broken_watch_resumes),
        cmocka_unit_test(gone_lists_again_and_tells_the_difference),
        cmocka_unit_test(garbage_lists_again),
        cmocka_unit_test(a_bad_list_deletes_nothing),
        cmocka_unit_test(indexes_and_namespaces),
        cmocka_unit_test(metadata_only_keeps_metadata),
        cmocka_unit_test(keys_only_tells_all_and_keeps_no_text),
        cmocka_unit_test(many_objects_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
