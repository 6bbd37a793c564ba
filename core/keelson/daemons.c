/* SPDX-License-Identifier: Apache-2.0 */
/* The daemons of a one-node cluster and their command lines: a row each. Flags are upstream's. */
#include <stdarg.h>
#include <stdio.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/keelson/keelson.h"

struct arguments {
    char **items;
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void add(struct arguments *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    a->items = xrealloc(a->items, (a->count + 2) * sizeof(*a->items));
    a->items[a->count++] = xvasprintf(fmt, ap);
    a->items[a->count] = NULL;
    va_end(ap);
}

static void add_program(const struct settings *s, struct arguments *a, const char *name)
{
    _cleanup_free_ char *path = settings_program(s, name);
    add(a, "%s", path);
}

/* config/NAME, or config/NAME.local when somebody made one. */
static void add_config(const struct settings *s, struct arguments *a, const char *flag, const char *name)
{
    _cleanup_free_ char *local = xasprintf("%s/config/%s.local", s->data_dir, name);
    add(a, "--%s=%s/config/%s%s", flag, s->data_dir, name, file_exists(local) ? ".local" : "");
}

static char **argv_containerd(const struct settings *s)
{
    struct arguments a = {0};
    add(&a, "%s", s->containerd);
    add_config(s, &a, "config", "containerd.toml");
    return a.items;
}

static char **argv_apiserver(const struct settings *s)
{
    struct arguments a = {0};
    const char *d = s->data_dir;
    add_program(s, &a, "kube-apiserver");
    add(&a, "--bind-address=%s", settings_is_ipv6(s) ? "::" : "0.0.0.0");
    add(&a, "--secure-port=%lld", (long long)s->apiserver_port);
    add(&a, "--advertise-address=%s", s->node_ip);
    add_config(s, &a, "storage-config", "apiserver.conf");
    add(&a, "--tls-cert-file=%s/pki/apiserver.crt", d);
    add(&a, "--tls-private-key-file=%s/pki/apiserver.key", d);
    add(&a, "--client-ca-file=%s/pki/ca.crt", d);
    add(&a, "--service-account-key-file=%s/pki/sa.pub", d);
    add(&a, "--service-account-signing-key-file=%s/pki/sa.key", d);
    add(&a, "--service-account-issuer=https://kubernetes.default.svc.%s", s->dns_domain);
    add(&a, "--kubelet-client-certificate=%s/pki/apiserver-kubelet-client.crt", d);
    add(&a, "--kubelet-client-key=%s/pki/apiserver-kubelet-client.key", d);
    add(&a, "--kubelet-certificate-authority=%s/pki/ca.crt", d);
    add(&a, "--kubelet-preferred-address-types=InternalIP,Hostname");
    add(&a, "--authorization-mode=Node,RBAC");
    add(&a, "--enable-bootstrap-token-auth=true");
    add(&a, "--allow-privileged=true");
    add(&a, "--service-cluster-ip-range=%s", s->service_cidr);
    return a.items;
}

static void add_kubeconfig(const struct settings *s, struct arguments *a, const char *name)
{
    add(a, "--kubeconfig=%s/kubeconfig/%s.conf", s->data_dir, name);
}

/* The supervisor runs one of each, so nobody has to wait for a lease to run out after a crash. */
static void add_alone(struct arguments *a)
{
    add(a, "--leader-elect=false");
}

static char **argv_controller_manager(const struct settings *s)
{
    struct arguments a = {0};
    add_program(s, &a, "kube-controller-manager");
    add_kubeconfig(s, &a, "controller-manager");
    add(&a, "--bind-address=127.0.0.1");
    add_alone(&a);
    add(&a, "--allocate-node-cidrs=true");
    add(&a, "--cluster-cidr=%s", s->cluster_cidr);
    add(&a, "--service-cluster-ip-range=%s", s->service_cidr);
    add(&a, "--service-account-private-key-file=%s/pki/sa.key", s->data_dir);
    add(&a, "--root-ca-file=%s/pki/ca.crt", s->data_dir);
    add(&a, "--cluster-signing-cert-file=%s/pki/ca.crt", s->data_dir);
    add(&a, "--cluster-signing-key-file=%s/pki/ca.key", s->data_dir);
    add(&a, "--use-service-account-credentials=true");
    return a.items;
}

static char **argv_scheduler(const struct settings *s)
{
    struct arguments a = {0};
    add_program(s, &a, "kube-scheduler");
    add_kubeconfig(s, &a, "scheduler");
    add(&a, "--bind-address=127.0.0.1");
    add_alone(&a);
    return a.items;
}

static char **argv_cloud(const struct settings *s)
{
    struct arguments a = {0};
    add_program(s, &a, "cloud-controller-manager");
    add_kubeconfig(s, &a, "cloud-controller-manager");
    add_config(s, &a, "cloud-config", "cloud.conf");
    add(&a, "--bind-address=127.0.0.1");
    add_alone(&a);
    add(&a, "--cluster-name=keelson");
    return a.items;
}

static char **argv_kubelet(const struct settings *s)
{
    struct arguments a = {0};
    add_program(s, &a, "kubelet");
    add_kubeconfig(s, &a, "kubelet");
    add_config(s, &a, "config", "kubelet.yaml");
    add_config(s, &a, "plugins", "kubelet-plugins.conf");
    add(&a, "--hostname-override=%s", s->node_name);
    add(&a, "--node-ip=%s", s->node_ip);
    add(&a, "--root-dir=%s/kubelet", s->data_dir);
    add(&a, "--node-labels=node-role.kubernetes.io/control-plane=");
    return a.items;
}

static char **argv_proxy(const struct settings *s)
{
    struct arguments a = {0};
    add_program(s, &a, "kube-proxy");
    add_kubeconfig(s, &a, "proxy");
    add(&a, "--hostname-override=%s", s->node_name);
    add(&a, "--cluster-cidr=%s", s->cluster_cidr);
    if (strchr(s->node_ip, ':')) /* where clouds ask it; its default is all of IPv4 */
        add(&a, "--healthz-bind-address=[::]:10256");
    add(&a, "--metrics-bind-address=127.0.0.1:10249");
    return a.items;
}

static char **argv_announce(const struct settings *s)
{
    struct arguments a = {0};
    add_program(s, &a, "keelson-announce");
    add_kubeconfig(s, &a, "announce");
    add(&a, "--hostname-override=%s", s->node_name);
    add(&a, "--addresses=%s", s->load_balancer_addresses);
    return a.items;
}

static bool wants_announce(const struct settings *s)
{
    return *s->load_balancer_addresses != '\0';
}

static bool wants_containerd(const struct settings *s)
{
    return *s->container_runtime_endpoint == '\0';
}

static bool always(const struct settings *s)
{
    return true;
}

const struct daemon_row daemon_rows[] = {
    {"containerd", NULL, 0, wants_containerd, argv_containerd},
    {"kube-apiserver", "https:/readyz", 0, always, argv_apiserver},
    {"kube-controller-manager", "http:/healthz", 10257, always, argv_controller_manager},
    {"kube-scheduler", "http:/healthz", 10259, always, argv_scheduler},
    {"cloud-controller-manager", "http:/healthz", 10258, always, argv_cloud},
    {"kubelet", "http:/healthz", 10248, always, argv_kubelet},
    {"kube-proxy", "http:/livez", 10256, always, argv_proxy},
    {"keelson-announce", "http:/healthz", 10246, wants_announce, argv_announce},
};
const unsigned daemon_rows_count = ARRAY_SIZE(daemon_rows);
