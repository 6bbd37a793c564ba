/* SPDX-License-Identifier: Apache-2.0 */
/* AWS as a cloud: the plugin's table, and the life of an instance of it and of its configurations.
 * docs/cloud-aws.md is for those who configure it. */
#include <ctype.h>

#include "plugins/cloud-aws/api.h"
#include "plugins/cloud-aws/machines.h"
#include "plugins/cloud-aws/route-names.h"

#define USER_AGENT  "keelson-cloud-aws/" PACKAGE_VERSION
#define TAG_PREFIX  "kubernetes.io/cluster/"
#define CLUSTER_MAX ((int)(128 - (sizeof(TAG_PREFIX) - 1))) /* of a tag's key */

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-aws", PACKAGE_VERSION);

const struct keelson_host *aws_host;

static const char *scheme(void *instance)
{
    return "aws";
}

/* What the host's instance is: one configuration after the other. */
struct instance {
    struct route_names *route_names; /* whatever the configuration */
    pthread_mutex_t lock;            /* protects now */
    struct aws *now;
};

struct aws *aws_ref(void *instance)
{
    struct instance *i = instance;
    pthread_mutex_lock(&i->lock);
    struct aws *aws = i->now;
    atomic_fetch_add(&aws->refs, 1);
    pthread_mutex_unlock(&i->lock);
    return aws;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    _cleanup_aws_ struct aws *aws = aws_ref(instance);
    char account[16];
    enum keelson_status status = zones_read(aws, call);
    return status == KEELSON_OK && aws->settings.account ? account_get(aws, call, account) : status;
}

static const struct keelson_cloud_v1 cloud = {
    .size = sizeof(cloud), .scheme = scheme, .owns = aws_owns, .healthy = healthy};

void aws_unref(struct aws *aws)
{
    if (atomic_fetch_sub(&aws->refs, 1) > 1)
        return;
    machines_unref(aws->machines);
    answers_done(&aws->answers);
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
    free(aws->account_key);
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

static enum keelson_status aws_new(const struct keelson_call *call, const struct settings *settings,
                                   const char *cluster, struct route_names *route_names, struct aws **ret)
{
    struct aws *aws = mem_alloc(1, sizeof(*aws));
    struct text tag = {0};
    atomic_init(&aws->refs, 1);
    aws->settings = *settings;
    aws->cluster = mem_str(cluster);
    text_printf(&tag, TAG_PREFIX "%s", cluster);
    aws->cluster_tag = tag.data;
    pthread_mutex_init(&aws->lock, NULL);
    aws->route_names = route_names;
    credentials_init(&aws->credentials);
    for (int i = 0; i < SERVICES; i++)
        pace_init(&aws->paces[i], settings->requests_per_second);
    if (!open_http(aws)) {
        aws_unref(aws);
        return FAIL(call, KEELSON_EXHAUSTED, "libcurl cannot be set up");
    }
    *ret = aws;
    return KEELSON_OK;
}

static void close_aws(void *instance)
{
    struct instance *i = instance;
    aws_unref(i->now);
    route_names_free(i->route_names);
    pthread_mutex_destroy(&i->lock);
    free(i);
}

/* As the key of a tag; what AWS refuses there would be told of each change, in words about the change. */
static enum keelson_status check_cluster(const struct keelson_call *call, const char *cluster)
{
    size_t size = strlen(cluster);
    bool good = size > 0 && size <= (size_t)CLUSTER_MAX;
    for (const char *c = cluster; *c; c++)
        good = good && (isalnum((unsigned char)*c) || strchr(" _.:/=+-@", *c));
    return good ? KEELSON_OK
                : FAIL(call, KEELSON_INVALID,
                       "the cluster's name \"%.200s\" is to stand in a tag of AWS's: 1 to %d letters, "
                       "digits and spaces, and any of _.:/=+-@",
                       cluster, CLUSTER_MAX);
}

static enum keelson_status open_aws(const struct keelson_call *call, const struct keelson_instance *given,
                                    void **ret)
{
    struct settings settings;
    struct aws *aws;
    struct route_names *route_names = route_names_new();
    enum keelson_status status = check_cluster(call, given->cluster);
    if (status == KEELSON_OK)
        status = settings_read(aws_host, call, given->config, &settings);
    if (status == KEELSON_OK)
        status = aws_new(call, &settings, given->cluster, route_names, &aws);
    if (status != KEELSON_OK) {
        route_names_free(route_names);
        return status;
    }
    struct instance *i = mem_alloc(1, sizeof(*i));
    i->route_names = route_names;
    pthread_mutex_init(&i->lock, NULL);
    i->now = aws;
    *ret = i;
    return KEELSON_OK;
}

/* The region, and which names nodes have, do not come from the configuration alone. */
static void hand_over(struct aws *from, struct aws *to)
{
    pthread_mutex_lock(&from->lock);
    to->region = mem_str(from->region);
    to->machines = from->machines;
    if (to->machines)
        atomic_fetch_add(&to->machines->refs, 1);
    pthread_mutex_unlock(&from->lock);
}

/* Calls that go on keep the former one until they are through. */
static enum keelson_status reconfigure(void *instance, const struct keelson_call *call,
                                       const struct keelson_config *config)
{
    struct instance *i = instance;
    _cleanup_aws_ struct aws *before = aws_ref(i);
    struct settings settings;
    struct aws *next;
    pthread_mutex_lock(&before->lock);
    _cleanup_str_ char *region = mem_str(before->region ? before->region : "");
    pthread_mutex_unlock(&before->lock);
    enum keelson_status status =
        settings_read_next(aws_host, call, config, &before->settings, region, &settings);
    if (status == KEELSON_OK)
        status = aws_new(call, &settings, before->cluster, i->route_names, &next);
    if (status != KEELSON_OK)
        return status;
    hand_over(before, next);
    pthread_mutex_lock(&i->lock);
    struct aws *replaced = i->now;
    i->now = next;
    pthread_mutex_unlock(&i->lock);
    aws_unref(replaced);
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
    .reconfigure = reconfigure,
};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    aws_host = given;
    return &plugin;
}
