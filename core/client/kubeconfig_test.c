/* SPDX-License-Identifier: Apache-2.0 */
/* kubeconfig files as kubectl, kubeadm and we ourselves write them, and what is said about broken ones. */
#include "core/client/kubeconfig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/memory.h"

static const char *const full =
    "apiVersion: v1\n"
    "kind: Config\n"
    "preferences: {}\n"
    "current-context: one\n"
    "clusters:\n"
    "- cluster:\n"
    "    certificate-authority-data: Y2EgcGVt\n"
    "    server: https://10.0.0.1:6443\n"
    "  name: c1\n"
    "- cluster:\n"
    "    certificate-authority: pki/ca.crt\n"
    "    server: https://[fd00::1]/k8s/x/\n"
    "    tls-server-name: api.example.com\n"
    "  name: c2\n"
    "- {name: c3, cluster: {server: 'http://localhost:8080'}}\n"
    "- {name: c4, cluster: {server: https://example.com, insecure-skip-tls-verify: true}}\n"
    "users:\n"
    "- name: u1\n"
    "  user:\n"
    "    client-certificate-data: Y2VydA==\n"
    "    client-key-data: a2V5\n"
    "- name: u2\n"
    "  user: {client-certificate: /abs/cert, client-key: key, token: t, tokenFile: token}\n"
    "contexts:\n"
    "- {name: one, context: {cluster: c1, user: u1, namespace: ns}}\n"
    "- {name: two, context: {cluster: c2, user: u2}}\n"
    "- {name: three, context: {cluster: c3}}\n"
    "- {name: four, context: {cluster: c4, user: \"\"}}\n";

static void current_context(void **state)
{
    struct kubeconfig k;
    assert_int_equal(kubeconfig_parse(slice_of(full), "/etc/kube.conf", NULL, &k, NULL), 0);
    assert_string_equal(k.context_name, "one");
    assert_string_equal(k.cluster_name, "c1");
    assert_string_equal(k.user_name, "u1");
    assert_string_equal(k.namespace_, "ns");
    assert_string_equal(k.server, "https://10.0.0.1:6443");
    assert_true(k.https);
    assert_string_equal(k.server_host, "10.0.0.1");
    assert_int_equal(k.server_port, 6443);
    assert_string_equal(k.server_path, "");
    assert_string_equal(k.ca_data.data, "ca pem");
    assert_string_equal(k.cert_data.data, "cert");
    assert_string_equal(k.key_data.data, "key");
    assert_null(k.token);
    assert_false(k.insecure_skip_tls_verify);
    kubeconfig_done(&k);
}

static void named_contexts(void **state)
{
    struct kubeconfig k;
    assert_int_equal(kubeconfig_parse(slice_of(full), "/etc/kube.conf", "two", &k, NULL), 0);
    assert_string_equal(k.server_host, "fd00::1");
    assert_int_equal(k.server_port, 443);
    assert_string_equal(k.server_path, "/k8s/x");
    assert_string_equal(k.tls_server_name, "api.example.com");
    assert_string_equal(k.ca_file, "/etc/pki/ca.crt");
    assert_string_equal(k.cert_file, "/abs/cert");
    assert_string_equal(k.key_file, "/etc/key");
    assert_string_equal(k.token_file, "/etc/token");
    assert_string_equal(k.token, "t");
    kubeconfig_done(&k);

    assert_int_equal(kubeconfig_parse(slice_of(full), "/etc/kube.conf", "three", &k, NULL), 0);
    assert_false(k.https);
    assert_int_equal(k.server_port, 8080);
    assert_null(k.user_name);
    kubeconfig_done(&k);

    assert_int_equal(kubeconfig_parse(slice_of(full), "/etc/kube.conf", "four", &k, NULL), 0);
    assert_true(k.insecure_skip_tls_verify);
    kubeconfig_done(&k);
}

#define CONTEXT "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
#define CLUSTER "clusters: [{name: c, cluster: {server: https://a}}]\n"

static void refusals(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "f: is not a kubeconfig file"},
        {"[]", "f: is not a kubeconfig file"},
        {"{", "f: "},
        {"kind: Pod", "f: kind: must be Config, not Pod"},
        {"apiVersion: v2", "f: apiVersion: must be v1, not v2"},
        {"{}", "f: current-context: is missing"},
        {"current-context: x", "f: contexts: there is no context \"x\""},
        {"current-context: x\ncontexts: [{name: x, context: {}}]",
         "f: contexts[0].context.cluster: is missing"},
        {CONTEXT, "f: clusters: there is no cluster \"c\""},
        {CONTEXT CLUSTER, "f: users: there is no user \"u\""},
        {CONTEXT "clusters: [{name: b}, {name: c, cluster: {}}]",
         "f: clusters[1].cluster.server: is missing"},
        {CONTEXT "clusters: [{name: c, cluster: {server: a}}]",
         "clusters[0].cluster.server: \"a\" must begin with https://"},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://'}}]", "must name a host"},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://u@a'}}]", "must name a host, and no user"},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://a:0'}}]", "has a port that is none"},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://a:65536'}}]", "has a port that is none"},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://[::1'}}]", "has a broken address"},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://a?b=c'}}]", "and nothing else"},
        {CONTEXT "clusters: [{name: c, cluster: {server: 7}}]",
         "f: clusters[0].cluster.server: must be a string"},
        {CONTEXT "clusters: [{name: c, cluster: {server: https://a, proxy-url: b}}]",
         "proxies are not supported"},
        {CONTEXT "clusters: [{name: c, cluster: {server: https://a, certificate-authority-data: '!'}}]",
         "f: clusters[0].cluster.certificate-authority-data: is not base64"},
        {CONTEXT "clusters: [{name: c, cluster: {server: https://a, insecure-skip-tls-verify: 'yes'}}]",
         "must be true or false"},
        {CONTEXT "clusters: [{name: c, cluster: {server: https://a, insecure-skip-tls-verify: true, "
                 "certificate-authority: x}}]",
         "one of the two has to go"},
        {CONTEXT CLUSTER "users: [{name: u, user: {username: a, password: b}}]",
         "f: users[0].user.username: user names and passwords are not"},
        {CONTEXT CLUSTER "users: [{name: u, user: {exec: {}}}]",
         "users[0].user.exec: credential programs are not supported"},
        {CONTEXT CLUSTER "users: [{name: u, user: {as: b}}]",
         "users[0].user.as: impersonation is not supported"},
        {CONTEXT CLUSTER "users: [{name: u, user: {client-certificate: a}}]",
         "has a client-certificate but no client-key"},
        {CONTEXT CLUSTER "users: [{name: u, user: {client-key-data: YQ==}}]",
         "has a client-key but no client-certificate"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct kubeconfig k;
        if (!kubeconfig_parse(slice_of(cases[i].text), "f", NULL, &k, &err))
            fail_msg("%s should be refused", cases[i].text);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: %s", cases[i].text, err.message);
    }
}

static void written_and_read(void **state)
{
    char folder[] = "/tmp/kubeconfig_test.XXXXXX";
    assert_non_null(mkdtemp(folder));
    _cleanup_free_ char *path = xasprintf("%s/admin.conf", folder),
                        *token_file = xasprintf("%s/token", folder);
    struct kubeconfig out = KUBECONFIG_INIT, in;
    _cleanup_(buffer_done) struct buffer token = BUFFER_INIT;
    struct stat st;

    assert_int_equal(kubeconfig_set_server(&out, "https://api.example.com:6443", NULL), 0);
    buffer_append_str(&out.ca_data, "-----BEGIN\n");
    out.user_name = xstrdup("a \"quoted\": user #1");
    out.cert_file = xstrdup("/pki/cert.pem");
    out.key_file = xstrdup("/pki/key.pem");
    out.token_file = xstrdup(token_file);
    out.namespace_ = xstrdup("kube-system");
    assert_int_equal(kubeconfig_write(&out, path, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    assert_int_equal(kubeconfig_load(path, NULL, &in, NULL), 0);
    assert_string_equal(in.server, out.server);
    assert_string_equal(in.user_name, out.user_name);
    assert_string_equal(in.ca_data.data, "-----BEGIN\n");
    assert_string_equal(in.cert_file, "/pki/cert.pem");
    assert_string_equal(in.namespace_, "kube-system");
    assert_string_equal(in.context_name, "default");

    _cleanup_(error_done) struct error err = ERROR_INIT;
    assert_int_equal(kubeconfig_token(&in, &token, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(file_write_atomic(token_file, SLICE(" abc.def\n"), 0600, NULL), 0);
    assert_int_equal(kubeconfig_token(&in, &token, NULL), 0);
    assert_string_equal(token.data, "abc.def");
    assert_int_equal(file_write_atomic(token_file, SLICE("a\r\nb"), 0600, NULL), 0);
    assert_int_equal(kubeconfig_token(&in, &token, NULL), -1);
    kubeconfig_done(&in);
    kubeconfig_done(&out);
    assert_int_equal(directory_remove(folder, NULL), 0);

    assert_int_equal(kubeconfig_load(path, NULL, &in, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, path));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(current_context),
        cmocka_unit_test(named_contexts),
        cmocka_unit_test(refusals),
        cmocka_unit_test(written_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
