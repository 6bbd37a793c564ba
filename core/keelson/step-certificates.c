/* SPDX-License-Identifier: Apache-2.0 */
/* The folders, the authority and every certificate of the cluster: a row each. Authority 10 years, the others
 * one, renewed by `up` and by the supervisor
 * once a third of it is left. */
#include <pthread.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/keelson/keelson.h"
#include "core/keelson/pki.h"

static const struct row {
    const char *file;        /* below pki/ */
    const char *common_name; /* the node's name follows a colon at the end */
    const char *organization;
    bool client, server;
    bool named_as_apiserver, named_as_node;
} rows[] = {
    {"apiserver", "kube-apiserver", NULL, false, true, true, false},
    {"apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters", true, false, false,
     false},
    {"admin", "kubernetes-admin", "system:masters", true, false, false, false},
    {"controller-manager", "system:kube-controller-manager", NULL, true, false, false, false},
    {"scheduler", "system:kube-scheduler", NULL, true, false, false, false},
    {"cloud-controller-manager", "system:cloud-controller-manager", NULL, true, false, false, false},
    {"announce", "keelson:announcer:", "keelson:announcers", true, false, false, false},
    {"proxy", "system:kube-proxy", NULL, true, false, false, false},
    {"kubelet-client", "system:node:", "system:nodes", true, false, false, false},
    {"kubelet", "system:node:", "system:nodes", false, true, false, true},
};

int step_folders(const struct settings *s, struct error *err)
{
    static const struct {
        const char *name;
        mode_t mode;
    } folders[] = {{"", 0711},      {"pki", 0700},     {"kubeconfig", 0700},       {"config", 0755},
                   {"store", 0700}, {"kubelet", 0711}, {"kubelet/manifests", 0700}};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        _cleanup_free_ char *path = settings_path(s, folders[i].name);
        if (directory_make(path, folders[i].mode, err) < 0)
            return -1;
    }
    return directory_make(s->run_dir, 0711, err) < 0 ? -1 : directory_make(s->log_dir, 0755, err);
}

/* The first address of the Service range, which is the API server's own Service. */
static char *first_service_address(const char *cidr)
{
    struct slice rest = slice_of(cidr);
    struct slice first = slice_cut(&rest, '/');
    const char *dot = memrchr(first.data, '.', first.size);
    if (!dot)
        return xasprintf("%.*s1", SLICE_ARG(first));
    unsigned long last = strtoul(dot + 1, NULL, 10);
    return xasprintf("%.*s.%lu", (int)(dot - first.data), first.data, last + 1);
}

static int issue(const struct settings *s, const char *ca, const struct row *row, const char *service_address,
                 bool *changed, struct error *err)
{
    _cleanup_free_ char *below = xasprintf("pki/%s", row->file);
    _cleanup_free_ char *path = settings_path(s, below);
    bool of_node = slice_ends(slice_of(row->common_name), ":");
    _cleanup_free_ char *user = xasprintf("%s%s", row->common_name, of_node ? s->node_name : "");
    _cleanup_free_ char *internal = xasprintf("kubernetes.default.svc.%s", s->dns_domain);
    const char *const organizations[] = {row->organization, NULL};
    const char *const apiserver_names[] = {"kubernetes",
                                           "kubernetes.default",
                                           "kubernetes.default.svc",
                                           internal,
                                           "localhost",
                                           s->node_name,
                                           s->node_ip,
                                           "127.0.0.1",
                                           "::1",
                                           service_address,
                                           NULL};
    const char *const node_names[] = {s->node_name, s->node_ip, "127.0.0.1", NULL};
    struct certificate_request request = {
        .common_name = user,
        .organizations = row->organization ? organizations : NULL,
        .names = row->named_as_apiserver ? apiserver_names
                 : row->named_as_node    ? node_names
                                         : NULL,
        .client = row->client,
        .server = row->server,
        .days = 365,
    };
    if (pki_is_good(path, ca, &request))
        return 0;
    *changed = true;
    return pki_issue(path, ca, &request, err);
}

/* The key for tokens is RSA, which every client can verify; to find one takes longer than all the rest, so it
 * is done beside. */
struct signing {
    char *path;
    int result;
    struct error err;
    pthread_t thread;
};

static void *make_signing_key(void *argument)
{
    struct signing *g = argument;
    g->result = pki_signing_key(g->path, &g->err);
    return NULL;
}

static int issue_all(const struct settings *s, const char *ca, bool *changed, struct error *err)
{
    _cleanup_free_ char *service_address = first_service_address(s->service_cidr);
    _cleanup_free_ char *ca_file = xasprintf("%s.crt", ca);
    struct certificate_request request = {.common_name = "keelson-ca", .days = 3650};
    if (!pki_is_good(ca, NULL, &request)) {
        if (file_exists(ca_file))
            log_warning("the authority %s is broken or near its end: a new one is made, and every "
                        "certificate with it",
                        ca_file);
        *changed = true;
        if (pki_issue(ca, NULL, &request, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (issue(s, ca, &rows[i], service_address, changed, err) < 0)
            return -1;
    return 0;
}

int step_certificates(const struct settings *s, bool *ret_changed, struct error *err)
{
    _cleanup_free_ char *ca = settings_path(s, "pki/ca");
    struct signing signing = {.path = settings_path(s, "pki/sa"), .err = ERROR_INIT};
    bool changed = false;
    int failed = pthread_create(&signing.thread, NULL, make_signing_key, &signing);
    if (failed) {
        free(signing.path);
        return error_set_errno(err, failed, "starting a thread");
    }
    int result = issue_all(s, ca, &changed, err);
    pthread_join(signing.thread, NULL);
    free(signing.path);
    if (result == 0 && signing.result < 0) {
        error_move(err, &signing.err);
        result = -1;
    }
    error_done(&signing.err);
    if (result == 0)
        *ret_changed = changed;
    return result;
}
