/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemons' and plugins' configuration files below <data_dir>/config, written from templates on every
 * start. A file that somebody wants to keep as his own is put beside it as NAME.local, which then is used
 * instead.
 */
#include <stdio.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/keelson/keelson.h"

static void write_apiserver(const struct settings *s, struct buffer *out)
{
    buffer_printf(out,
                  "# The state store of kube-apiserver.\n"
                  "plugins = ( {\n  name = \"store\";\n  kind = \"store\";\n  file = \"store-sqlite.so\";\n  "
                  "config = { path = \"%s/store/state.db\"; };\n} );\n",
                  s->data_dir);
}

static const char *socket_of(const struct settings *s, char **own)
{
    *own = xasprintf("%s/containerd.sock", s->run_dir);
    return *s->container_runtime_endpoint ? s->container_runtime_endpoint : *own;
}

static void write_kubelet_plugins(const struct settings *s, struct buffer *out)
{
    _cleanup_free_ char *own = NULL;
    const char *socket = socket_of(s, &own);
    buffer_printf(out,
                  "# The container runtime and the pod network of kubelet.\n"
                  "plugins = (\n  { name = \"cri\"; kind = \"runtime\"; file = \"cri.so\"; config = { socket "
                  "= \"unix://%s\"; }; },\n"
                  "  { name = \"cni\"; kind = \"network\"; file = \"cni.so\"; config = { conf_dir = "
                  "\"%s\"; bin_dir = \"%s\"; data_dir = \"%s/cni-addresses\"; }; }\n);\n",
                  socket, s->cni_conf_dir, s->cni_bin_dir, s->data_dir);
}

static void write_kubelet(const struct settings *s, struct buffer *out)
{
    buffer_printf(
        out,
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\naddress: \"%s\"\nport: "
        "%lld\nclusterDomain: %s\n"
        "cgroupDriver: cgroupfs\ncgroupRoot: /\nstaticPodPath: %s/kubelet/manifests\nfailSwapOn: false\n"
        "authentication:\n  anonymous:\n    enabled: false\n  webhook:\n    enabled: true\n  x509:\n    "
        "clientCAFile: %s/pki/ca.crt\n"
        "authorization:\n  mode: Webhook\ntlsCertFile: %s/pki/kubelet.crt\ntlsPrivateKeyFile: "
        "%s/pki/kubelet.key\n"
        /* The disk is shared with whatever else the machine does: only a nearly full one is an emergency. */
        "evictionHard:\n  memory.available: 100Mi\n  nodefs.available: 2%%\n  imagefs.available: 2%%\n"
        "imageGCHighThresholdPercent: 97\nimageGCLowThresholdPercent: 95\n",
        settings_is_ipv6(s) ? "::" : "0.0.0.0", (long long)s->kubelet_port, s->dns_domain, s->data_dir,
        s->data_dir, s->data_dir, s->data_dir);
}

static void write_cloud(const struct settings *s, struct buffer *out)
{
    struct slice rest = slice_of(s->load_balancer_addresses);
    buffer_printf(
        out, "# The clouds of cloud-controller-manager. Nodes that no other cloud owns are the inventory's.\n"
             "plugins = ( {\n  name = \"onprem\";\n  kind = \"cloud\";\n  file = \"cloud-onprem.so\";\n  "
             "config = {\n    nodes = ( );\n    pools = (");
    if (rest.size)
        buffer_append_str(out, " { name = \"lan\"; addresses = [");
    for (const char *before = " "; rest.size; before = ", ") {
        struct slice one = slice_cut(&rest, ',');
        buffer_printf(out, "%s\"%.*s\"", before, SLICE_ARG(one));
    }
    buffer_printf(out, "%s );\n  };\n} );\n", *s->load_balancer_addresses ? " ]; }" : "");
}

static void write_containerd(const struct settings *s, struct buffer *out)
{
    buffer_printf(
        out,
        "# containerd of keelson's own: folders and socket apart from any other on this machine.\n"
        "version = 2\nroot = \"%s/containerd\"\nstate = \"%s/containerd\"\noom_score = 0\n"
        "[grpc]\n  address = \"%s/containerd.sock\"\n[ttrpc]\n  address = \"%s/containerd.sock.ttrpc\"\n"
        "[plugins.\"io.containerd.grpc.v1.cri\"]\n  sandbox_image = \"keelson.local/pause:1\"\n  "
        "disable_apparmor = true\n  restrict_oom_score_adj = true\n"
        "  stream_server_address = \"127.0.0.1\"\n  stream_server_port = \"0\"\n"
        /* all that a reset must take away lies in our own folders */
        "  netns_mounts_under_state_dir = true\n"
        "[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  bin_dir = \"%s\"\n  conf_dir = \"%s\"\n"
        "[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n  snapshotter = \"overlayfs\"\n  "
        "default_runtime_name = \"runc\"\n"
        "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n  runtime_type = "
        "\"io.containerd.runc.v2\"\n"
        "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n  SystemdCgroup = false\n",
        s->data_dir, s->run_dir, s->run_dir, s->run_dir, s->cni_bin_dir, s->cni_conf_dir);
}

static const struct {
    const char *name;
    void (*write)(const struct settings *s, struct buffer *out);
} files[] = {
    {"apiserver.conf", write_apiserver},   {"kubelet-plugins.conf", write_kubelet_plugins},
    {"kubelet.yaml", write_kubelet},       {"cloud.conf", write_cloud},
    {"containerd.toml", write_containerd},
};

int step_configuration(const struct settings *s, struct error *err)
{
    if (directory_make(s->cni_conf_dir, 0755, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        struct buffer text = BUFFER_INIT;
        _cleanup_free_ char *below = xasprintf("config/%s", files[i].name);
        _cleanup_free_ char *path = settings_path(s, below);
        files[i].write(s, &text);
        int result = file_write_atomic(path, (struct slice){text.data, text.size}, 0644, err);
        buffer_done(&text);
        if (result < 0)
            return -1;
    }
    return 0;
}

int step_prepare(const struct settings *s, bool *ret_renewed, struct error *err)
{
    if (step_folders(s, err) < 0 || step_certificates(s, ret_renewed, err) < 0 ||
        step_kubeconfigs(s, err) < 0)
        return -1;
    return step_configuration(s, err);
}
