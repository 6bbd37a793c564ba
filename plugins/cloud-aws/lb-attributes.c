/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes, which load balancers, target groups and listeners have alike: read, compared, and only the
 * difference is set. What nobody asks for stays, but for those that have annotations of their own: without
 * one they are as AWS makes them. */
#include "plugins/cloud-aws/lb.h"

static const struct {
    const char *whose, *key, *value;
} defaults[] = {
    {"LoadBalancer", "load_balancing.cross_zone.enabled", "false"},
    {"LoadBalancer", "access_logs.s3.enabled", "false"},
    {"TargetGroup", "proxy_protocol_v2.enabled", "false"},
    {"TargetGroup", "deregistration_delay.timeout_seconds", "300"},
};

static const char *value_of(const struct xml *list, const char *key)
{
    for (const struct xml *attribute = list; attribute; attribute = attribute->next)
        if (strcmp(xml_text(attribute, "Key"), key) == 0)
            return xml_text(attribute, "Value");
    return NULL;
}

static void add_change(struct text *params, size_t *count, const char *key, const char *value)
{
    ++*count;
    params_add(params, key, "Attributes.member.%zu.Key", *count);
    params_add(params, value, "Attributes.member.%zu.Value", *count);
}

/* An attribute that is not told is at its default. */
static void add_defaults(struct text *params, size_t *count, const char *whose, const struct pairs *wanted,
                         const struct xml *list)
{
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        const char *now = strcmp(defaults[i].whose, whose) == 0 ? value_of(list, defaults[i].key) : NULL;
        if (now && strcmp(now, defaults[i].value) != 0 && !pairs_get(wanted, defaults[i].key))
            add_change(params, count, defaults[i].key, defaults[i].value);
    }
}

enum keelson_status lb_sync_attributes(struct lb *lb, const char *whose, const char *arn,
                                       const struct pairs *wanted)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    char action[64], path[96];
    size_t changes = 0;
    if (!wanted->keys.count && strcmp(whose, "Listener") == 0) /* nothing by default */
        return KEELSON_OK;
    params_add(&params, arn, "%sArn", whose);
    snprintf(action, sizeof(action), "Describe%sAttributes", whose);
    snprintf(path, sizeof(path), "%sResult/Attributes", action);
    enum keelson_status status = api_call(lb->aws, lb->call, SERVICE_ELB, action, &params, &reply);
    if (status != KEELSON_OK)
        return status;
    const struct xml *list = xml_first(reply.root, path);
    for (size_t i = 0; i < wanted->keys.count; i++) {
        const char *now = value_of(list, wanted->keys.items[i]);
        if (!now || strcmp(now, wanted->values.items[i]) != 0)
            add_change(&params, &changes, wanted->keys.items[i], wanted->values.items[i]);
    }
    add_defaults(&params, &changes, whose, wanted, list);
    snprintf(action, sizeof(action), "Modify%sAttributes", whose);
    return changes ? api_change(lb->aws, lb->call, SERVICE_ELB, action, &params) : KEELSON_OK;
}
