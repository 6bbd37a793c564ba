/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of AWS as trees, and what is no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/cloud-aws/text.h"
#include "plugins/cloud-aws/xml.h"

static const char answer[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<R xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n  <set>\n"
    "    <item><id> i-1 </id><n>a &amp; b</n></item>\n    <item><id>i-2</id></item>\n"
    "  </set><empty/><more><![CDATA[<x>]]></more>\n</R>\n";

static void test_tree(void **state)
{
    char problem[128], ids[64] = "";
    struct xml_document *d = xml_parse(answer, sizeof(answer) - 1, problem, sizeof(problem));
    assert_non_null(d);
    const struct xml *root = xml_root(d);
    assert_string_equal(root->name, "R");
    assert_int_equal(xml_count(root, "set"), 2);
    xml_for_each (item, root, "set")
        snprintf(ids + strlen(ids), sizeof(ids) - strlen(ids), "%s ", xml_text(item, "id"));
    assert_string_equal(ids, "i-1 i-2 ");
    assert_string_equal(xml_text(root, "set/item/n"), "a & b");
    assert_string_equal(xml_text(root, "set"), "");
    assert_string_equal(xml_text(root, "empty"), "");
    assert_string_equal(xml_text(root, "more"), "<x>");
    assert_string_equal(xml_text(root, "se"), "");
    assert_null(xml_at(root, "set/item/none"));
    assert_null(xml_at(NULL, "set"));
    xml_free(d);
}

/* Every prefix of an answer is an error: what was cut is never taken for what there is. */
static void test_truncated(void **state)
{
    char problem[128];
    for (size_t size = 0; size < sizeof(answer) - 2; size++) {
        problem[0] = 0;
        assert_null(xml_parse(answer, size, problem, sizeof(problem)));
        assert_true(problem[0]);
    }
}

static void test_malformed(void **state)
{
    static const char *const bad[] = {
        "{\"a\":1}",        "<a><b></a></b>", "<a/><b/>",
        "<a>&unknown;</a>", "<a>\xff</a>",    "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
    };
    char problem[128];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(xml_parse(bad[i], strlen(bad[i]), problem, sizeof(problem)));
}

static void test_limits(void **state)
{
    char problem[128];
    _cleanup_text_ struct text deep = {0};
    for (int i = 0; i < 32; i++)
        text_add_str(&deep, "<a>");
    for (int i = 0; i < 32; i++)
        text_add_str(&deep, "</a>");
    struct xml_document *d = xml_parse(deep.data, deep.size, problem, sizeof(problem));
    assert_non_null(d);
    xml_free(d);
    _cleanup_text_ struct text deeper = {0};
    text_printf(&deeper, "<a>%s</a>", deep.data);
    assert_null(xml_parse(deeper.data, deeper.size, problem, sizeof(problem)));
    assert_non_null(strstr(problem, "nested too deeply"));
    _cleanup_text_ struct text many = {0};
    text_add_str(&many, "<a>");
    for (int i = 0; i < 400001; i++)
        text_add_str(&many, "<b/>");
    text_add_str(&many, "</a>");
    assert_null(xml_parse(many.data, many.size, problem, sizeof(problem)));
    assert_non_null(strstr(problem, "too many elements"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
