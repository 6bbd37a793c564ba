/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KubeletConfiguration, by a table: a row says which key of the file (and which flag) lands in which member,
 * so that precedence and type errors are handled in one place. Keys that upstream knows and that mean nothing
 * here are accepted; others are refused, since a misspelt setting that does nothing is worse.
 */
#include "core/kubelet/config.h"

#include <netdb.h>
#include <unistd.h>

#include "core/api/names.h"
#include "core/api/quantity.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"

enum setting_type { SET_STRING, SET_INTEGER, SET_BOOL, SET_DURATION, SET_DOCUMENT };
struct setting {
    const char *path; /* in the file; NULL: a flag only */
    enum setting_type type;
    size_t offset;
    size_t flag_offset; /* a char * of the options; NO_FLAG: none */
};
#define NO_FLAG         ((size_t)-1)
#define AT(member)      offsetof(struct kubelet_config, member)
#define FLAG_AT(member) offsetof(struct kubelet_options, member)

static const struct setting settings[] = {
    {"address", SET_STRING, AT(address), FLAG_AT(address)},
    {"staticPodPath", SET_STRING, AT(static_pod_path), FLAG_AT(static_pod_path)},
    {"clusterDomain", SET_STRING, AT(cluster_domain), FLAG_AT(cluster_domain)},
    {"cgroupDriver", SET_STRING, AT(cgroup_driver), FLAG_AT(cgroup_driver)},
    {"cgroupRoot", SET_STRING, AT(cgroup_root), FLAG_AT(cgroup_root)},
    {"tlsCertFile", SET_STRING, AT(tls_cert_file), FLAG_AT(tls_cert_file)},
    {"tlsPrivateKeyFile", SET_STRING, AT(tls_private_key_file), FLAG_AT(tls_private_key_file)},
    {"authentication.x509.clientCAFile", SET_STRING, AT(client_ca_file), FLAG_AT(client_ca_file)},
    {"authorization.mode", SET_STRING, AT(authorization_mode), FLAG_AT(authorization_mode)},
    {"containerRuntimeEndpoint", SET_STRING, AT(runtime_endpoint), FLAG_AT(runtime_endpoint)},
    {"resolvConf", SET_STRING, AT(resolv_conf), FLAG_AT(resolv_conf)},
    {"providerID", SET_STRING, AT(provider_id), FLAG_AT(provider_id)},
    {"podLogsDir", SET_STRING, AT(pod_logs_dir), FLAG_AT(logs_dir)},
    {"podCIDR", SET_STRING, AT(pod_cidr), FLAG_AT(pod_cidr)},
    {"containerLogMaxSize", SET_STRING, AT(log_max_size), NO_FLAG},
    {NULL, SET_STRING, AT(sandbox_image), FLAG_AT(pod_infra_image)},
    {NULL, SET_STRING, AT(kubeconfig), FLAG_AT(kubeconfig)},
    {NULL, SET_STRING, AT(plugins_file), FLAG_AT(plugins)},
    {NULL, SET_STRING, AT(plugin_dir), FLAG_AT(plugin_dir)},
    {NULL, SET_STRING, AT(node_name), FLAG_AT(hostname_override)},
    {NULL, SET_STRING, AT(node_ip), FLAG_AT(node_ip)},
    {NULL, SET_STRING, AT(root_dir), FLAG_AT(root_dir)},
    {NULL, SET_STRING, AT(cert_dir), FLAG_AT(cert_dir)},
    {NULL, SET_STRING, AT(cloud_provider), FLAG_AT(cloud_provider)},
    {"port", SET_INTEGER, AT(port), NO_FLAG},
    {"readOnlyPort", SET_INTEGER, AT(read_only_port), NO_FLAG},
    {"healthzPort", SET_INTEGER, AT(healthz_port), NO_FLAG},
    {"maxPods", SET_INTEGER, AT(max_pods), NO_FLAG},
    {"podsPerCore", SET_INTEGER, AT(pods_per_core), NO_FLAG},
    {"podPidsLimit", SET_INTEGER, AT(pod_pids_limit), NO_FLAG},
    {"imageGCHighThresholdPercent", SET_INTEGER, AT(image_gc_high), NO_FLAG},
    {"imageGCLowThresholdPercent", SET_INTEGER, AT(image_gc_low), NO_FLAG},
    {"nodeLeaseDurationSeconds", SET_INTEGER, AT(lease_duration_s), NO_FLAG},
    {"containerLogMaxFiles", SET_INTEGER, AT(log_max_files), NO_FLAG},
    {"maxParallelImagePulls", SET_INTEGER, AT(max_parallel_pulls), NO_FLAG},
    {"syncFrequency", SET_DURATION, AT(sync_frequency_ns), NO_FLAG},
    {"nodeStatusUpdateFrequency", SET_DURATION, AT(status_frequency_ns), NO_FLAG},
    {"nodeStatusReportFrequency", SET_DURATION, AT(report_frequency_ns), NO_FLAG},
    {"imageMinimumGCAge", SET_DURATION, AT(image_minimum_age_ns), NO_FLAG},
    {"evictionPressureTransitionPeriod", SET_DURATION, AT(pressure_transition_ns), NO_FLAG},
    {"cpuCFSQuotaPeriod", SET_DURATION, AT(cpu_cfs_period_ns), NO_FLAG},
    {"shutdownGracePeriod", SET_DURATION, AT(shutdown_grace_ns), NO_FLAG},
    {"runtimeRequestTimeout", SET_DURATION, AT(runtime_timeout_ns), NO_FLAG},
    {"crashLoopBackOff.maxContainerRestartPeriod", SET_DURATION, AT(backoff_max_ns), NO_FLAG},
    {"authentication.anonymous.enabled", SET_BOOL, AT(anonymous), FLAG_AT(anonymous_auth)},
    {"authentication.webhook.enabled", SET_BOOL, AT(webhook_authentication), FLAG_AT(webhook_auth)},
    {"failSwapOn", SET_BOOL, AT(fail_swap_on), FLAG_AT(fail_swap_on)},
    {"cgroupsPerQOS", SET_BOOL, AT(cgroups_per_qos), FLAG_AT(cgroups_per_qos)},
    {"serializeImagePulls", SET_BOOL, AT(serialize_pulls), NO_FLAG},
    {"registerNode", SET_BOOL, AT(register_node), NO_FLAG},
    {"cpuCFSQuota", SET_BOOL, AT(cpu_cfs_quota), NO_FLAG},
    {"seccompDefault", SET_BOOL, AT(seccomp_default), NO_FLAG},
    {"enableServer", SET_BOOL, AT(enable_server), NO_FLAG},
    {"clusterDNS", SET_DOCUMENT, AT(cluster_dns), NO_FLAG},
    {"registerWithTaints", SET_DOCUMENT, AT(register_with_taints), NO_FLAG},
    {"kubeReserved", SET_DOCUMENT, AT(kube_reserved), NO_FLAG},
    {"systemReserved", SET_DOCUMENT, AT(system_reserved), NO_FLAG},
    {"evictionHard", SET_DOCUMENT, AT(eviction_hard), NO_FLAG},
    {"allowedUnsafeSysctls", SET_DOCUMENT, AT(allowed_unsafe_sysctls), NO_FLAG},
};

/* Settings of upstream's that this kubelet has no use for. */
static const char *const accepted[] = {
    "apiVersion",
    "kind",
    "authentication",
    "authorization",
    "crashLoopBackOff",
    "healthzBindAddress",
    "fileCheckFrequency",
    "httpCheckFrequency",
    "staticPodURL",
    "staticPodURLHeader",
    "tlsCipherSuites",
    "tlsMinVersion",
    "tlsCurvePreferences",
    "rotateCertificates",
    "serverTLSBootstrap",
    "registryPullQPS",
    "registryBurst",
    "imagePullCredentialsVerificationPolicy",
    "preloadedImagesVerificationAllowlist",
    "eventRecordQPS",
    "eventBurst",
    "enableDebuggingHandlers",
    "oomScoreAdj",
    "streamingConnectionIdleTimeout",
    "imageMaximumGCAge",
    "volumeStatsAggPeriod",
    "kubeletCgroups",
    "systemCgroups",
    "cpuManagerPolicy",
    "singleProcessOOMKill",
    "cpuManagerPolicyOptions",
    "cpuManagerReconcilePeriod",
    "memoryManagerPolicy",
    "topologyManagerPolicy",
    "topologyManagerScope",
    "topologyManagerPolicyOptions",
    "qosReserved",
    "hairpinMode",
    "maxOpenFiles",
    "nodeStatusMaxImages",
    "contentType",
    "kubeAPIQPS",
    "kubeAPIBurst",
    "evictionSoft",
    "evictionSoftGracePeriod",
    "evictionMaxPodGracePeriod",
    "evictionMinimumReclaim",
    "mergeDefaultEvictionSettings",
    "enableControllerAttachDetach",
    "protectKernelDefaults",
    "makeIPTablesUtilChains",
    "iptablesMasqueradeBit",
    "iptablesDropBit",
    "featureGates",
    "memorySwap",
    "containerLogMaxWorkers",
    "containerLogMonitorInterval",
    "configMapAndSecretChangeDetectionStrategy",
    "reservedSystemCPUs",
    "showHiddenMetricsForVersion",
    "systemReservedCgroup",
    "kubeReservedCgroup",
    "enforceNodeAllocatable",
    "volumePluginDir",
    "kernelMemcgNotification",
    "logging",
    "enableSystemLogHandler",
    "enableSystemLogQuery",
    "shutdownGracePeriodCriticalPods",
    "shutdownGracePeriodByPodPriority",
    "reservedMemory",
    "enableProfilingHandler",
    "enableDebugFlagsHandler",
    "memoryThrottlingFactor",
    "registerWithTaint",
    "tracing",
    "localStorageCapacityIsolation",
    "imageServiceEndpoint",
    "failCgroupV1",
    "userNamespaces",
};

static bool is_known(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(accepted); i++)
        if (strcmp(key, accepted[i]) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
        if (settings[i].path && strcmp(key, settings[i].path) == 0)
            return true;
    return false;
}

static int wrong_type(const struct setting *s, const char *wanted, struct error *err)
{
    return error_set(err, ERR_BAD_REQUEST, "%s: must be %s", s->path, wanted);
}

static int set_from_file(struct kubelet_config *c, const struct setting *s, const struct json *value,
                         struct error *err)
{
    char *place = (char *)c + s->offset;
    if (s->type == SET_STRING) {
        if (!json_is(value, JSON_STRING))
            return wrong_type(s, "a string", err);
        *(const char **)(void *)place = value->string;
    } else if (s->type == SET_INTEGER) {
        if (!json_is(value, JSON_INT))
            return wrong_type(s, "an integer", err);
        *(int64_t *)(void *)place = value->integer;
    } else if (s->type == SET_BOOL) {
        if (!json_is(value, JSON_BOOL))
            return wrong_type(s, "true or false", err);
        *(bool *)place = value->boolean;
    } else if (s->type == SET_DURATION) {
        if (!json_is(value, JSON_STRING) || !parse_duration_ns(json_slice(value), (int64_t *)(void *)place))
            return wrong_type(s, "a duration such as 1m30s", err);
    } else {
        *(const struct json **)(void *)place = value;
    }
    return 0;
}

static int read_file(struct kubelet_config *c, const char *path, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    struct json *document = NULL;
    int rc = file_read(path, 1 << 20, &text, err);
    if (rc == 0)
        rc = json_parse_yaml(&c->arena, (struct slice){text.data, text.size}, &document, err);
    buffer_done(&text);
    if (rc < 0)
        return error_prefix(err, "%s", path);
    if (strcmp(json_string_or(json_get(document, "kind"), ""), "KubeletConfiguration") != 0 ||
        strcmp(json_string_or(json_get(document, "apiVersion"), ""), "kubelet.config.k8s.io/v1beta1") != 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "%s: is not a KubeletConfiguration of kubelet.config.k8s.io/v1beta1", path);
    json_for_each (member, document) {
        if (!is_known(member->key))
            return error_set(err, ERR_BAD_REQUEST, "%s: unknown field \"%s\"", path, member->key);
    }
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        const struct json *value = settings[i].path ? json_at(document, settings[i].path) : NULL;
        if (!json_is_absent(value) && set_from_file(c, &settings[i], value, err) < 0)
            return error_prefix(err, "%s", path);
    }
    return 0;
}

static int take_text_flags(struct kubelet_config *c, const struct kubelet_options *options, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        const struct setting *s = &settings[i];
        const char *text = s->flag_offset == NO_FLAG
                               ? NULL
                               : *(char *const *)(const void *)((const char *)options + s->flag_offset);
        if (!text || !text[0])
            continue;
        char *place = (char *)c + s->offset;
        if (s->type == SET_STRING)
            *(const char **)(void *)place = arena_strdup(&c->arena, text);
        else if (!parse_bool(slice_of(text), (bool *)place))
            return error_set(err, ERR_BAD_REQUEST, "flag for %s: \"%s\" is neither true nor false", s->path,
                             text);
    }
    return 0;
}

static void take_number_flags(struct kubelet_config *c, const struct kubelet_options *o)
{
    const struct {
        int64_t given, *place;
    } rows[] = {{o->port, &c->port},
                {o->healthz_port, &c->healthz_port},
                {o->read_only_port, &c->read_only_port},
                {o->max_pods, &c->max_pods},
                {o->image_gc_high, &c->image_gc_high},
                {o->image_gc_low, &c->image_gc_low}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].given >= 0)
            *rows[i].place = rows[i].given;
    c->register_node = c->register_node && o->register_node;
    c->unowned_plugins = o->unowned_plugins;
}

/* key=value:effect, key:effect */
static int add_taint(struct kubelet_config *c, struct json *taints, const char *text, struct error *err)
{
    struct slice rest = slice_of(text);
    struct slice pair = slice_cut(&rest, ':');
    struct slice value = pair;
    struct slice key = slice_cut(&value, '=');
    if (!rest.data || key.size == 0)
        return error_set(err, ERR_BAD_REQUEST, "--register-with-taints: \"%s\" is not key=value:effect",
                         text);
    struct json *taint = json_append(&c->arena, taints, json_new_object(&c->arena));
    json_set(&c->arena, taint, "key", json_new_slice(&c->arena, key));
    if (value.data && value.size)
        json_set(&c->arena, taint, "value", json_new_slice(&c->arena, value));
    json_set(&c->arena, taint, "effect", json_new_slice(&c->arena, rest));
    return 0;
}

static int take_list_flags(struct kubelet_config *c, const struct kubelet_options *o, struct error *err)
{
    struct json *labels = json_new_object(&c->arena);
    for (size_t i = 0; i < o->node_labels.count; i++) {
        struct slice value = slice_of(o->node_labels.items[i]);
        struct slice key = slice_cut(&value, '=');
        const char *wrong = name_check_qualified(key);
        if (!wrong && value.data)
            wrong = name_check_label_value(value);
        if (wrong)
            return error_set(err, ERR_BAD_REQUEST, "--node-labels: \"%s\": %s", o->node_labels.items[i],
                             wrong);
        json_set_slice(&c->arena, labels, key, json_new_slice(&c->arena, value.data ? value : SLICE("")));
    }
    c->node_labels = labels;
    if (o->register_with_taints.count) {
        struct json *taints = json_new_array(&c->arena);
        for (size_t i = 0; i < o->register_with_taints.count; i++)
            if (add_taint(c, taints, o->register_with_taints.items[i], err) < 0)
                return -1;
        c->register_with_taints = taints;
    }
    if (o->cluster_dns.count) {
        struct json *dns = json_new_array(&c->arena);
        for (size_t i = 0; i < o->cluster_dns.count; i++)
            json_append_string(&c->arena, dns, o->cluster_dns.items[i]);
        c->cluster_dns = dns;
    }
    if (o->eviction_hard.count) {
        struct json *hard = json_new_object(&c->arena);
        for (size_t i = 0; i < o->eviction_hard.count; i++) {
            struct slice value = slice_of(o->eviction_hard.items[i]);
            struct slice key = slice_cut(&value, '<');
            json_set_slice(&c->arena, hard, key, json_new_slice(&c->arena, value.data ? value : SLICE("")));
        }
        c->eviction_hard = hard;
    }
    return 0;
}

static int make_thresholds(struct kubelet_config *c, struct error *err)
{
    static const char *const signals[] = {"memory.available",  "nodefs.available",   "nodefs.inodesFree",
                                          "imagefs.available", "imagefs.inodesFree", "pid.available"};
    static const char *const usual[] = {"100Mi", "10%", "5%", "15%", "5%", NULL};
    c->thresholds = arena_alloc0(&c->arena, ARRAY_SIZE(signals) * sizeof(*c->thresholds));
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        const char *text = c->eviction_hard ? json_string(json_get(c->eviction_hard, signals[i])) : usual[i];
        if (!text)
            continue;
        struct eviction_threshold *t = &c->thresholds[c->thresholds_count];
        struct slice number = slice_of(text);
        struct quantity q;
        bool percent = slice_ends(number, "%");
        number.size -= percent ? 1 : 0;
        if (!quantity_parse(number, &q) || q.nano < 0)
            return error_set(err, ERR_BAD_REQUEST,
                             "evictionHard.%s: \"%s\" is neither a quantity nor a percentage", signals[i],
                             text);
        t->signal = arena_strdup(&c->arena, signals[i]);
        t->percent = percent ? (double)quantity_milli_value(&q) / 1000 : 0;
        t->quantity = percent ? 0 : quantity_value(&q);
        c->thresholds_count += t->percent > 0 || t->quantity > 0;
    }
    json_for_each (given, c->eviction_hard) {
        bool known = false;
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
            known = known || strcmp(signals[i], given->key) == 0;
        if (!known)
            return error_set(err, ERR_BAD_REQUEST, "evictionHard: unknown signal \"%s\"", given->key);
    }
    return 0;
}

static int check(struct kubelet_config *c, struct error *err)
{
    const char *wrong = name_check_dns1123_subdomain(slice_of(c->node_name));
    struct quantity q;
    if (wrong)
        return error_set(err, ERR_BAD_REQUEST, "node name \"%s\": %s", c->node_name, wrong);
    if (c->port < 1 || c->port > 65535)
        return error_set(err, ERR_BAD_REQUEST, "port: %lld is not between 1 and 65535", (long long)c->port);
    if (c->image_gc_high > 100 || c->image_gc_low < 0 || c->image_gc_low > c->image_gc_high)
        return error_set(err, ERR_BAD_REQUEST,
                         "imageGCLowThresholdPercent %lld and imageGCHighThresholdPercent %lld do not fit",
                         (long long)c->image_gc_low, (long long)c->image_gc_high);
    if (strcmp(c->cgroup_driver, "cgroupfs") != 0 && strcmp(c->cgroup_driver, "systemd") != 0)
        return error_set(err, ERR_BAD_REQUEST, "cgroupDriver: \"%s\" is neither cgroupfs nor systemd",
                         c->cgroup_driver);
    if (!quantity_parse(slice_of(c->log_max_size), &q))
        return error_set(err, ERR_BAD_REQUEST, "containerLogMaxSize: \"%s\" is not a quantity",
                         c->log_max_size);
    c->log_max_size_bytes = quantity_value(&q);
    if (c->log_max_files < 2)
        return error_set(err, ERR_BAD_REQUEST, "containerLogMaxFiles: must be greater than 1");
    if (c->lease_duration_s <= 0)
        return error_set(err, ERR_BAD_REQUEST, "nodeLeaseDurationSeconds: must be greater than 0");
    return make_thresholds(c, err);
}

static void take_defaults(struct kubelet_config *c)
{
    *c = (struct kubelet_config){.root_dir = "/var/lib/kubelet",
                                 .cert_dir = "/var/lib/kubelet/pki",
                                 .static_pod_path = "",
                                 .address = "0.0.0.0",
                                 .cluster_domain = "",
                                 .cgroup_driver = "cgroupfs",
                                 .cgroup_root = "/",
                                 .resolv_conf = "/etc/resolv.conf",
                                 .pod_logs_dir = "/var/log/pods",
                                 .authorization_mode = "Webhook",
                                 .log_max_size = "10Mi",
                                 .kubeconfig = "",
                                 .plugins_file = "",
                                 .sandbox_image = "",
                                 .plugin_dir = "",
                                 .node_name = "",
                                 .node_ip = "",
                                 .runtime_endpoint = "",
                                 .client_ca_file = "",
                                 .tls_cert_file = "",
                                 .tls_private_key_file = "",
                                 .provider_id = "",
                                 .pod_cidr = "",
                                 .cloud_provider = "",
                                 .port = 10250,
                                 .healthz_port = 10248,
                                 .max_pods = 110,
                                 .pod_pids_limit = -1,
                                 .image_gc_high = 85,
                                 .image_gc_low = 80,
                                 .lease_duration_s = 40,
                                 .log_max_files = 5,
                                 .sync_frequency_ns = 60000000000,
                                 .status_frequency_ns = 10000000000,
                                 .report_frequency_ns = 300000000000,
                                 .image_minimum_age_ns = 120000000000,
                                 .pressure_transition_ns = 300000000000,
                                 .cpu_cfs_period_ns = 100000000,
                                 .runtime_timeout_ns = 120000000000,
                                 .backoff_max_ns = 300000000000,
                                 .webhook_authentication = true,
                                 .fail_swap_on = true,
                                 .cgroups_per_qos = true,
                                 .serialize_pulls = true,
                                 .register_node = true,
                                 .cpu_cfs_quota = true,
                                 .enable_server = true};
}

static void name_node(struct kubelet_config *c)
{
    char name[256] = "";
    if (c->node_name[0])
        return;
    gethostname(name, sizeof(name) - 1);
    for (char *p = name; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    c->node_name = arena_strdup(&c->arena, name);
}

int kubelet_config_make(const struct kubelet_options *options, struct kubelet_config **ret, struct error *err)
{
    struct kubelet_config *c = new0(struct kubelet_config);
    take_defaults(c);
    int rc = options->config && options->config[0] ? read_file(c, options->config, err) : 0;
    if (rc == 0)
        rc = take_text_flags(c, options, err);
    if (rc == 0)
        rc = take_list_flags(c, options, err);
    if (rc == 0) {
        take_number_flags(c, options);
        name_node(c);
        rc = check(c, err);
    }
    if (rc < 0) {
        kubelet_config_free(c);
        return -1;
    }
    *ret = c;
    return 0;
}

void kubelet_config_free(struct kubelet_config *config)
{
    if (!config)
        return;
    arena_done(&config->arena);
    free(config);
}
