/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags: the cluster's and the Service's, which say whose a thing is, and those of the Service's annotation.
 * Which those were stands in a tag of its own, so that only what was put here is taken away again: others tag
 * for their bills.
 */
#include "plugins/cloud-aws/lb.h"

#define TAG_RECORD      "aws.keelson.io/tags" /* keys, with = between them: it is in no key */
#define RECORD_SIZE_MAX 256                   /* of a tag's value */

enum keelson_status lb_plan_tags(struct lb *lb)
{
    const struct pairs *further = &lb->options.tags;
    _cleanup_text_ struct text record = {0};
    for (size_t i = 0; i < further->keys.count; i++) {
        pairs_add(&lb->tags, further->keys.items[i], further->values.items[i]);
        text_printf(&record, "%s%s", i ? "=" : "", further->keys.items[i]);
    }
    if (record.size > RECORD_SIZE_MAX)
        return FAIL(
            lb->call, KEELSON_INVALID,
            "annotation service.beta.kubernetes.io/aws-load-balancer-additional-resource-tags: the keys are "
            "longer than %d characters together",
            RECORD_SIZE_MAX);
    if (record.size)
        pairs_add(&lb->tags, TAG_RECORD, record.data);
    pairs_add(&lb->tags, lb->aws->cluster_tag, "owned");
    pairs_add(&lb->tags, TAG_SERVICE, lb->service_name);
    return KEELSON_OK;
}

static void params_tags(struct text *params, const struct pairs *tags)
{
    for (size_t i = 0; i < tags->keys.count; i++) {
        params_add(params, tags->keys.items[i], "Tags.member.%zu.Key", i + 1);
        params_add(params, tags->values.items[i], "Tags.member.%zu.Value", i + 1);
    }
}

void lb_params_tags(const struct lb *lb, struct text *params)
{
    params_tags(params, &lb->tags);
}

bool lb_tags_are_ours(const struct lb *lb, const struct pairs *tags)
{
    const char *service = pairs_get(tags, TAG_SERVICE);
    return pairs_get(tags, lb->aws->cluster_tag) && service && strcmp(service, lb->service_name) == 0;
}

void lb_tags_difference(const struct pairs *now, const struct pairs *wanted, struct pairs *missing,
                        struct texts *extra)
{
    const char *record = pairs_get(now, TAG_RECORD);
    for (size_t i = 0; i < wanted->keys.count; i++) {
        const char *value = pairs_get(now, wanted->keys.items[i]);
        if (!value || strcmp(value, wanted->values.items[i]) != 0)
            pairs_add(missing, wanted->keys.items[i], wanted->values.items[i]);
    }
    for (const char *at = record ? record : ""; *at; at += strcspn(at, "="), at += *at == '=') {
        _cleanup_str_ char *key = mem_strn(at, strcspn(at, "="));
        if (*key && pairs_get(now, key) && !pairs_get(wanted, key))
            texts_add(extra, key);
    }
    if (record && !pairs_get(wanted, TAG_RECORD))
        texts_add(extra, TAG_RECORD);
}

enum keelson_status lb_add_tags(struct lb *lb, const char *arn, const struct pairs *tags)
{
    _cleanup_text_ struct text params = {0};
    if (!tags->keys.count)
        return KEELSON_OK;
    params_add(&params, arn, "ResourceArns.member.1");
    params_tags(&params, tags);
    return api_change(lb->aws, lb->call, SERVICE_ELB, "AddTags", &params);
}

enum keelson_status lb_remove_tags(struct lb *lb, const char *arn, const struct texts *keys)
{
    _cleanup_text_ struct text params = {0};
    if (!keys->count)
        return KEELSON_OK;
    params_add(&params, arn, "ResourceArns.member.1");
    for (size_t i = 0; i < keys->count; i++)
        params_add(&params, keys->items[i], "TagKeys.member.%zu", i + 1);
    return api_change(lb->aws, lb->call, SERVICE_ELB, "RemoveTags", &params);
}

/* Those that go, first: until then the record names them. */
static enum keelson_status sync(struct lb *lb, const char *arn, const struct pairs *now)
{
    struct pairs missing = {0};
    struct texts extra = {0};
    lb_tags_difference(now, &lb->tags, &missing, &extra);
    enum keelson_status status = lb_remove_tags(lb, arn, &extra);
    if (status == KEELSON_OK)
        status = lb_add_tags(lb, arn, &missing);
    pairs_done(&missing);
    texts_done(&extra);
    return status;
}

enum keelson_status lb_sync_tags(struct lb *lb)
{
    enum keelson_status status = lb->found.made ? KEELSON_OK : sync(lb, lb->found.arn, &lb->found.tags);
    for (size_t i = 0; status == KEELSON_OK && i < lb->groups_count; i++)
        if (lb_group_is_planned(lb, lb->groups[i].name))
            status = sync(lb, lb->groups[i].arn, &lb->groups[i].tags);
    return status;
}
