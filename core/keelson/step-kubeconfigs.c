/* SPDX-License-Identifier: Apache-2.0 */
/* A kubeconfig for each client of the API server, and the administrator's copy for kubectl. */
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/client/kubeconfig.h"
#include "core/keelson/keelson.h"

static const struct row {
    const char *file, *certificate, *user;
    bool embedded; /* the administrator's may be carried to another machine, so it holds everything */
} rows[] = {
    {"admin", "admin", "kubernetes-admin", true},
    {"controller-manager", "controller-manager", "system:kube-controller-manager", false},
    {"scheduler", "scheduler", "system:kube-scheduler", false},
    {"cloud-controller-manager", "cloud-controller-manager", "system:cloud-controller-manager", false},
    {"announce", "announce", "keelson:announcer", false},
    {"proxy", "proxy", "system:kube-proxy", false},
    {"kubelet", "kubelet-client", "system:node", false},
};

static int embed(struct kubeconfig *k, struct error *err)
{
    if (file_read(k->ca_file, 65536, &k->ca_data, err) < 0 ||
        file_read(k->cert_file, 65536, &k->cert_data, err) < 0 ||
        file_read(k->key_file, 65536, &k->key_data, err) < 0)
        return -1;
    free(TAKE_PTR(k->ca_file));
    free(TAKE_PTR(k->cert_file));
    free(TAKE_PTR(k->key_file));
    return 0;
}

static int write_one(const struct settings *s, const struct row *row, struct error *err)
{
    struct kubeconfig k = KUBECONFIG_INIT;
    _cleanup_free_ char *below = xasprintf("kubeconfig/%s.conf", row->file),
                        *server = xasprintf(settings_is_ipv6(s) ? "https://[%s]:%lld" : "https://%s:%lld",
                                            s->node_ip, (long long)s->apiserver_port);
    _cleanup_free_ char *path = settings_path(s, below);
    _cleanup_free_ char *crt = xasprintf("pki/%s.crt", row->certificate),
                        *key = xasprintf("pki/%s.key", row->certificate);
    k.cluster_name = xstrdup("keelson");
    k.user_name = xstrdup(row->user);
    k.context_name = xasprintf("%s@keelson", row->user);
    k.ca_file = settings_path(s, "pki/ca.crt");
    k.cert_file = settings_path(s, crt);
    k.key_file = settings_path(s, key);
    int result = kubeconfig_set_server(&k, server, err);
    if (result == 0 && row->embedded)
        result = embed(&k, err);
    if (result == 0)
        result = kubeconfig_write(&k, path, err);
    kubeconfig_done(&k);
    return result;
}

int step_kubeconfigs(const struct settings *s, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (write_one(s, &rows[i], err) < 0)
            return -1;
    return 0;
}

/* Who called: the user behind sudo, else root. */
static const struct passwd *caller(void)
{
    const char *name = getenv("SUDO_USER");
    const struct passwd *user = name && *name ? getpwnam(name) : NULL;
    return user ? user : getpwuid(getuid());
}

char *settings_kubeconfig(const struct settings *s)
{
    const struct passwd *user = caller();
    if (*s->kubeconfig_copy)
        return xstrdup(s->kubeconfig_copy);
    return user ? xasprintf("%s/.kube/config", user->pw_dir) : NULL;
}

/* Is the file there already ours, from an earlier `up`? Then it is brought up to date; somebody else's is
 * left alone. */
static bool may_replace(const char *path)
{
    struct buffer text = BUFFER_INIT;
    bool ours = !file_exists(path) || (file_read(path, 1024 * 1024, &text, NULL) == 0 &&
                                       strstr(text.data ? text.data : "", "kubernetes-admin@keelson"));
    buffer_done(&text);
    return ours;
}

int step_admin_kubeconfig(const struct settings *s, char **ret_path, struct error *err)
{
    const struct passwd *user = caller();
    bool asked = *s->kubeconfig_copy != '\0';
    _cleanup_free_ char *admin = settings_path(s, "kubeconfig/admin.conf");
    _cleanup_free_ char *path = settings_kubeconfig(s);
    struct buffer text = BUFFER_INIT;
    *ret_path = NULL;
    if (!path || (!asked && !may_replace(path)))
        return 0;
    _cleanup_free_ char *folder = xstrdup(path);
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder) {
        *slash = '\0';
        if (directory_make(folder, 0700, err) < 0)
            return -1;
    }
    int result = file_read(admin, 1024 * 1024, &text, err);
    if (result == 0)
        result = file_write_atomic(path, (struct slice){text.data, text.size}, 0600, err);
    buffer_done(&text);
    if (result == 0 && user && !asked &&
        (chown(path, user->pw_uid, user->pw_gid) < 0 || chown(folder, user->pw_uid, user->pw_gid) < 0))
        result = error_set(err, ERR_FORBIDDEN, "%s could not be given to %s", path, user->pw_name);
    if (result == 0)
        *ret_path = TAKE_PTR(path);
    return result;
}
