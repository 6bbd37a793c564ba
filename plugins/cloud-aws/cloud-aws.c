/* SPDX-License-Identifier: Apache-2.0 */
/* AWS as a cloud: the plugin's table, and the life of an instance of it. docs/cloud-aws.md is for those who
 * configure it. */
#include "plugins/cloud-aws/api.h"
#include "plugins/cloud-aws/machines.h"

#define USER_AGENT "keelson-cloud-aws/" PACKAGE_VERSION

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-aws", PACKAGE_VERSION);

const struct keelson_host *aws_host;

static const char *scheme(void *instance)
{
    return "aws";
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    return zones_read(instance, call);
}

static const struct keelson_cloud_v1 cloud = {
    .size = sizeof(cloud), .scheme = scheme, .owns = aws_owns, .healthy = healthy};

static void close_aws(void *instance)
{
    struct aws *aws = instance;
    machines_unref(aws->machines);
    for (size_t i = 0; i < aws->zones_count; i++) {
        free(aws->zones[i].name);
        free(aws->zones[i].id);
    }
    free(aws->zones);
    for (int i = 0; i < SERVICES; i++)
        pace_done(&aws->paces[i]);
    credentials_done(&aws->credentials);
    cloud_http_free(aws->http);
    cloud_http_free(aws->metadata);
    pthread_mutex_destroy(&aws->lock);
    free(aws->region);
    free(aws->account);
    free(aws->cluster);
    free(aws->cluster_tag);
    free(aws);
}

static bool open_http(struct aws *aws)
{
    const struct settings *s = &aws->settings;
    struct cloud_http_config config = {.user_agent = USER_AGENT,
                                       .ca_file = s->ca_file,
                                       .proxy = s->proxy,
                                       .stall_timeout_ms = (uint32_t)s->stall_timeout_ms,
                                       .allow_plain = s->allow_plain_http};
    aws->http = cloud_http_new(&config);
    config.proxy = "";
    config.ca_file = NULL;
    config.connect_timeout_ms = 1000;
    config.body_bytes_max = 65536;
    config.allow_plain = true;
    aws->metadata = cloud_http_new(&config);
    return aws->http && aws->metadata;
}

static enum keelson_status open_aws(const struct keelson_call *call, const struct keelson_instance *given,
                                    void **ret)
{
    struct settings settings;
    enum keelson_status status = settings_read(aws_host, call, given->config, &settings);
    if (status != KEELSON_OK)
        return status;
    struct aws *aws = mem_alloc(1, sizeof(*aws));
    struct text tag = {0};
    aws->settings = settings;
    aws->cluster = mem_str(given->cluster);
    text_printf(&tag, "kubernetes.io/cluster/%s", given->cluster);
    aws->cluster_tag = tag.data;
    pthread_mutex_init(&aws->lock, NULL);
    credentials_init(&aws->credentials);
    for (int i = 0; i < SERVICES; i++)
        pace_init(&aws->paces[i], settings.requests_per_second);
    if (!open_http(aws)) {
        close_aws(aws);
        return FAIL(call, KEELSON_EXHAUSTED, "libcurl cannot be set up");
    }
    *ret = aws;
    return KEELSON_OK;
}

static const void *interface(void *instance, const char *name)
{
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    if (strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0)
        return &aws_instances;
    if (strcmp(name, KEELSON_CLOUD_LOADBALANCERS_1) == 0)
        return &aws_load_balancers;
    if (strcmp(name, KEELSON_CLOUD_ROUTES_1) == 0)
        return &aws_routes;
    return NULL;
}

static const struct keelson_plugin plugin = {
    .size = sizeof(plugin),
    .threading = KEELSON_THREADS_PARALLEL,
    .description = "Amazon Web Services: EC2 instances, Network Load Balancers, VPC routes",
    .open = open_aws,
    .close = close_aws,
    .interface = interface,
};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    aws_host = given;
    return &plugin;
}
