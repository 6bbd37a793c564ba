/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: the words and numbers that clients see, ownership, and upstream's texts for Invalid. */
#include "core/base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/base/memory.h"

static void test_set(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;

    assert_int_equal(error_set(&err, ERR_NOT_FOUND, "nodes \"%s\" not found", "n1"), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.message, "nodes \"n1\" not found");
    assert_int_equal(error_set(&err, ERR_INTERNAL, "again: %s", err.message), -1);
    assert_string_equal(err.message, "again: nodes \"n1\" not found");
    assert_int_equal(error_prefix(&err, "sync %d", 3), -1);
    assert_string_equal(err.message, "sync 3: again: nodes \"n1\" not found");
    assert_int_equal(err.code, ERR_INTERNAL);
}

static void test_set_forgets_details(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;

    error_set_details(&err, "apps", "Deployment", "web");
    error_add_cause(&err, "FieldValueRequired", "spec", "Required value");
    err.retry_after_s = 4;
    error_set(&err, ERR_CONFLICT, "other");
    assert_null(err.kind);
    assert_int_equal(err.causes_count, 0);
    assert_int_equal(err.retry_after_s, 0);
}

static void test_nobody_asks(void **state)
{
    assert_int_equal(error_set(NULL, ERR_INTERNAL, "x"), -1);
    assert_int_equal(error_set_errno(NULL, EIO, "x"), -1);
    assert_int_equal(error_prefix(NULL, "x"), -1);
    assert_int_equal(error_set_invalid(NULL, "", "Pod", "x"), -1);
    error_set_details(NULL, "", "Pod", "x");
    error_add_cause(NULL, "FieldValueInvalid", "a", "b");
    error_done(NULL);
}

static void test_errno(void **state)
{
    static const struct {
        int number;
        enum error_code code;
    } cases[] = {
        {ENOENT, ERR_NOT_FOUND}, {ENOSPC, ERR_STORAGE_FULL}, {EDQUOT, ERR_STORAGE_FULL},
        {EACCES, ERR_FORBIDDEN}, {EPERM, ERR_FORBIDDEN},     {ETIMEDOUT, ERR_TIMEOUT},
        {EIO, ERR_INTERNAL},     {ENOTDIR, ERR_INTERNAL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;

        assert_int_equal(error_set_errno(&err, cases[i].number, "open %s", "/x"), -1);
        assert_int_equal(err.code, cases[i].code);
        if (cases[i].number == ENOENT)
            assert_string_equal(err.message, "open /x: No such file or directory");
    }
}

static void test_codes(void **state)
{
    static const struct {
        enum error_code code;
        const char *reason;
        int http_status;
    } cases[] = {
        {ERR_BAD_REQUEST, "BadRequest", 400},
        {ERR_UNAUTHORIZED, "Unauthorized", 401},
        {ERR_FORBIDDEN, "Forbidden", 403},
        {ERR_NOT_FOUND, "NotFound", 404},
        {ERR_METHOD_NOT_ALLOWED, "MethodNotAllowed", 405},
        {ERR_NOT_ACCEPTABLE, "NotAcceptable", 406},
        {ERR_ALREADY_EXISTS, "AlreadyExists", 409},
        {ERR_CONFLICT, "Conflict", 409},
        {ERR_GONE, "Gone", 410},
        {ERR_EXPIRED, "Expired", 410},
        {ERR_TOO_LARGE, "RequestEntityTooLarge", 413},
        {ERR_UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", 415},
        {ERR_INVALID, "Invalid", 422},
        {ERR_TOO_MANY_REQUESTS, "TooManyRequests", 429},
        {ERR_INTERNAL, "InternalError", 500},
        {ERR_SERVER_TIMEOUT, "ServerTimeout", 500},
        {ERR_UNAVAILABLE, "ServiceUnavailable", 503},
        {ERR_TIMEOUT, "Timeout", 504},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_string_equal(error_reason(cases[i].code), cases[i].reason);
        assert_int_equal(error_http_status(cases[i].code), cases[i].http_status);
        assert_int_equal(error_from_reason(cases[i].reason, 999), cases[i].code);
    }
    for (int code = 0; code < ERR_CODES; code++)
        assert_non_null(error_reason(code));
    assert_string_equal(error_reason(ERR_NONE), "");
    assert_string_equal(error_reason(ERR_STORAGE_FULL), "InternalError");
    assert_int_equal(error_http_status(ERR_STORAGE_FULL), 500);
}

static void test_from_status_alone(void **state)
{
    static const struct {
        int http_status;
        enum error_code code;
    } cases[] = {
        {400, ERR_BAD_REQUEST}, {404, ERR_NOT_FOUND},   {409, ERR_CONFLICT}, {418, ERR_BAD_REQUEST},
        {500, ERR_INTERNAL},    {503, ERR_UNAVAILABLE}, {504, ERR_TIMEOUT},  {599, ERR_INTERNAL},
        {200, ERR_NONE},        {0, ERR_INTERNAL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(error_from_reason(NULL, cases[i].http_status), cases[i].code);
        assert_int_equal(error_from_reason("", cases[i].http_status), cases[i].code);
        assert_int_equal(error_from_reason("NeverHeardOf", cases[i].http_status), cases[i].code);
    }
}

static void test_invalid(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;

    error_set_invalid(&err, "", "Pod", "x");
    assert_string_equal(err.message, "Pod \"x\" is invalid");
    error_add_cause(&err, "FieldValueRequired", "spec.containers", "Required value");
    assert_int_equal(error_set_invalid(&err, "", "Pod", "x"), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.message, "Pod \"x\" is invalid: spec.containers: Required value");
    error_add_cause(&err, "FieldValueInvalid", "metadata.name", "Invalid value: %d", 3);
    error_add_cause(&err, "FieldValueRequired", "spec.containers", "Required value");
    error_set_invalid(&err, "apps", "Deployment", "a\"b\\\n");
    assert_string_equal(err.message,
                        "Deployment.apps \"a\\\"b\\\\\\n\" is invalid: [spec.containers: Required value, "
                        "metadata.name: Invalid value: 3]");
    assert_int_equal(err.causes_count, 3);
    assert_string_equal(err.causes[1].reason, "FieldValueInvalid");
    assert_string_equal(err.causes[1].field, "metadata.name");
    assert_string_equal(err.causes[1].message, "Invalid value: 3");
    assert_string_equal(err.group, "apps");
    assert_string_equal(err.kind, "Deployment");
}

static void test_causes_are_limited(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;

    for (int i = 0; i < 112; i++)
        error_add_cause(&err, "FieldValueInvalid", "spec", "cause (number) %d", i);
    assert_int_equal(err.causes_count, 100);
    assert_string_equal(err.causes[98].message, "cause (number) 98");
    assert_string_equal(err.causes[99].message, "cause (number) 99 (and 12 more)");
}

static void test_move_and_copy(void **state)
{
    _cleanup_(error_done) struct error a = ERROR_INIT, b = ERROR_INIT, c = ERROR_INIT;

    error_set(&b, ERR_GONE, "old");
    error_add_cause(&a, "FieldValueInvalid", "f", "m");
    error_set_invalid(&a, "g", "K", "n");
    a.retry_after_s = 2;
    error_move(&b, &a);
    assert_int_equal(a.code, ERR_NONE);
    assert_null(a.message);
    assert_int_equal(b.code, ERR_INVALID);
    error_copy(&c, &b);
    error_copy(&c, &c);
    assert_string_equal(c.message, b.message);
    assert_ptr_not_equal(c.message, b.message);
    assert_string_equal(c.causes[0].message, "m");
    assert_string_equal(c.name, "n");
    assert_int_equal(c.retry_after_s, 2);
    error_move(NULL, &c);
    assert_null(c.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),           cmocka_unit_test(test_set_forgets_details),
        cmocka_unit_test(test_nobody_asks),   cmocka_unit_test(test_errno),
        cmocka_unit_test(test_codes),         cmocka_unit_test(test_from_status_alone),
        cmocka_unit_test(test_invalid),       cmocka_unit_test(test_causes_are_limited),
        cmocka_unit_test(test_move_and_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
