/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: what each gets when it is made, and how it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/controller-manager/harness.h"

#define NS "/api/v1/namespaces/x"
#define NEW_NS                                                                                               \
    "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'x'},'spec':{'finalizers':['kubernetes']},'"   \
    "status':{'phase':'Active'}}"
#define ACCOUNT "/api/v1/namespaces/x/serviceaccounts/default"
#define CA_MAP  "/api/v1/namespaces/x/configmaps/kube-root-ca.crt"
#define SECRET  "/api/v1/namespaces/x/secrets/tok"

static char folder[] = "/tmp/namespace_test.XXXXXX";

static int setup(void **state)
{
    static const struct controller *const rows[] = {&controller_service_account_token,
                                                    &controller_service_account,
                                                    &controller_root_ca,
                                                    &controller_namespace,
                                                    &controller_pod_garbage,
                                                    NULL};
    struct harness *h = harness_new(state);
    h->options.root_ca_file = xasprintf("%s/ca", folder);
    h->options.service_account_private_key_file = xasprintf("%s/key", folder);
    fake_api_create(h->api, &h->arena, NEW_NS);
    harness_start(h, rows);
    return 0;
}

static void every_namespace_has_account_and_authority(void **state)
{
    struct harness *h = *state;
    HARNESS_WAIT(h, harness_get(h, ACCOUNT) && harness_get(h, CA_MAP));
    assert_string_equal(json_string(json_get(json_get(harness_get(h, CA_MAP), "data"), "ca.crt")),
                        "the authority");
    fake_api_delete(h->api, ACCOUNT, NULL);
    fake_api_delete(h->api, CA_MAP, NULL);
    HARNESS_WAIT(h, harness_get(h, ACCOUNT) && harness_get(h, CA_MAP));
    fake_api_patch(h->api, CA_MAP, "{'data':{'ca.crt':'forged'}}");
    HARNESS_WAIT(h, !strcmp(json_string(json_get(json_get(harness_get(h, CA_MAP), "data"), "ca.crt")),
                            "the authority"));
}

static void token_secrets_are_filled_and_go_with_the_account(void **state)
{
    struct harness *h = *state;
    HARNESS_WAIT(h, harness_get(h, ACCOUNT));
    fake_api_create(
        h->api, &h->arena,
        "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'tok','namespace':'x','annotations':{"
        "'kubernetes.io/service-account.name':'default'}},'type':'kubernetes.io/service-account-token'}");
    HARNESS_WAIT(h, json_string_at(harness_get(h, SECRET), "data.token"));
    struct json *secret = harness_get(h, SECRET);
    struct buffer token = BUFFER_INIT, claims = BUFFER_INIT;
    assert_true(base64_decode(&token, json_slice(json_at(secret, "data.token")), BASE64_STANDARD));
    struct slice rest = {token.data, token.size};
    slice_cut(&rest, '.');
    assert_true(base64_decode(&claims, slice_cut(&rest, '.'), BASE64_URL));
    assert_non_null(strstr(claims.data, "\"sub\":\"system:serviceaccount:x:default\""));
    assert_non_null(strstr(claims.data, "\"kubernetes.io/serviceaccount/secret.name\":\"tok\""));
    assert_string_equal(json_string_at(secret, "data.namespace"), "eA==");
    assert_string_equal(object_annotation(secret, "kubernetes.io/service-account.uid"),
                        object_uid(harness_get(h, ACCOUNT)));
    buffer_done(&token);
    buffer_done(&claims);
    fake_api_delete(h->api, ACCOUNT, NULL);
    HARNESS_WAIT(h, !harness_get(h, SECRET));
}

static void a_deleted_namespace_is_emptied(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'x','finalizers':['a/"
                    "b']},'spec':{'nodeName':'n'}}");
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d','namespace':'x'}}");
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'other','namespace':'y'}}");
    fake_api_delete(h->api, NS, NULL);
    HARNESS_WAIT(h, object_condition_is(harness_get(h, NS), "NamespaceFinalizersRemaining", "True"));
    struct json *ns = harness_get(h, NS);
    assert_string_equal(json_string_at(object_condition(ns, "NamespaceContentRemaining"), "message"),
                        "Some resources are remaining: pods. has 1 resource instances");
    assert_string_equal(
        json_string_at(object_condition(ns, "NamespaceFinalizersRemaining"), "message"),
        "Some content in the namespace has finalizers remaining: a/b in 1 resource instances");
    /* pods first: until the last is gone nothing else goes */
    assert_non_null(harness_get(h, "/apis/apps/v1/namespaces/x/deployments/d"));
    fake_api_patch(h->api, "/api/v1/namespaces/x/pods/p", "{'metadata':{'finalizers':null}}");
    HARNESS_WAIT(h, !harness_get(h, NS));
    assert_null(harness_get(h, "/apis/apps/v1/namespaces/x/deployments/d"));
    assert_non_null(harness_get(h, "/api/v1/namespaces/y/configmaps/other"));
}

static void one_that_stays_keeps_none_of_the_others(void **state)
{
    struct harness *h = *state;
    fake_api_create(
        h->api, &h->arena,
        "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'m','namespace':'x','finalizers':["
        "'a/b']}}");
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d','namespace':'x'}}");
    fake_api_delete(h->api, NS, NULL);
    HARNESS_WAIT(h, !harness_get(h, "/apis/apps/v1/namespaces/x/deployments/d"));
    HARNESS_WAIT(h, object_condition_is(harness_get(h, NS), "NamespaceContentRemaining", "True"));
    assert_non_null(harness_get(h, NS));
    fake_api_patch(h->api, "/api/v1/namespaces/x/configmaps/m", "{'metadata':{'finalizers':null}}");
    HARNESS_WAIT(h, !harness_get(h, NS));
}

static void what_cannot_be_read_keeps_the_namespace(void **state)
{
    struct harness *h = *state;
    fake_api_fail(h->api, "GET /apis/batch/v1/namespaces/x/jobs", 500, "InternalError");
    fake_api_delete(h->api, NS, NULL);
    HARNESS_WAIT(h, object_condition_is(harness_get(h, NS), "NamespaceDeletionContentFailure", "True"));
    for (int i = 0; i < 30; i++)
        harness_pause(h);
    assert_non_null(harness_get(h, NS));
    fake_api_fail(h->api, "GET /apis/batch/v1", 503, "ServiceUnavailable");
    HARNESS_WAIT(h, object_condition_is(harness_get(h, NS), "NamespaceDeletionDiscoveryFailure", "True"));
    assert_non_null(harness_get(h, NS));
    fake_api_fail(h->api, NULL, 0, NULL);
    HARNESS_WAIT(h, !harness_get(h, NS));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void)
{
    require(mkdtemp(folder));
    _cleanup_free_ char *ca = xasprintf("%s/ca", folder), *key = xasprintf("%s/key", folder);
    _cleanup_free_ char *command = xasprintf("openssl ecparam -genkey -name prime256v1 -noout -out %s", key);
    require(file_write(ca, SLICE("the authority"), NULL) == 0 ||
            file_write_atomic(ca, SLICE("the authority"), 0600, NULL) == 0);
    require(system(command) == 0);
    const struct CMUnitTest tests[] = {
        TEST(every_namespace_has_account_and_authority),
        TEST(token_secrets_are_filled_and_go_with_the_account),
        TEST(a_deleted_namespace_is_emptied),
        TEST(one_that_stays_keeps_none_of_the_others),
        TEST(what_cannot_be_read_keeps_the_namespace),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    directory_remove(folder, NULL);
    return failed;
}
