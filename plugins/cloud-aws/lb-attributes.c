/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes, which load balancers, target groups and listeners have alike: read, compared, and only the
 * difference is set. What an attribute was before a Service asked for another value stands in a tag, so that
 * it is put back once nobody asks any more; what the account's owner set is never touched. Where nothing is
 * asked for and nothing is to be put back, AWS is not asked, either.
 */
#include "plugins/cloud-aws/lb.h"

#define TAG_WAS          "aws.keelson.io/was/" /* and the attribute's key; its value is what was there */
#define TAG_WAS_LISTENER TAG_WAS "listener/"   /* on the load balancer, for all of its listeners */

struct sync {
    struct lb *lb;
    const struct lb_bearer *bearer;
    const struct pairs *wanted;
    const char *prefix;    /* of the tags */
    struct pairs was, new; /* by key: of the tags, and to be written there */
};

static const char *value_of(const struct xml *list, const char *key)
{
    for (const struct xml *attribute = list; attribute; attribute = attribute->next)
        if (strcmp(xml_text(attribute, "Key"), key) == 0)
            return xml_text(attribute, "Value");
    return NULL;
}

static void read_was(struct sync *s)
{
    const struct pairs *tags = s->bearer->tags;
    size_t size = strlen(s->prefix);
    bool listener = strcmp(s->prefix, TAG_WAS_LISTENER) == 0;
    for (size_t i = 0; tags && i < tags->keys.count; i++) {
        const char *key = tags->keys.items[i];
        if (strncmp(key, s->prefix, size) == 0 && (listener || !strchr(key + size, '/')))
            pairs_add(&s->was, key + size, tags->values.items[i]);
    }
}

static void add_change(struct text *params, size_t *count, const char *key, const char *value)
{
    ++*count;
    params_add(params, key, "Attributes.member.%zu.Key", *count);
    params_add(params, value, "Attributes.member.%zu.Value", *count);
}

static size_t compare(struct sync *s, const struct xml *list, struct text *params)
{
    size_t changes = 0;
    for (size_t i = 0; i < s->wanted->keys.count; i++) {
        const char *key = s->wanted->keys.items[i], *value = s->wanted->values.items[i];
        const char *now = value_of(list, key);
        if (now && strcmp(now, value) == 0)
            continue;
        add_change(params, &changes, key, value);
        if (now && !pairs_get(&s->was, key))
            pairs_add(&s->new, key, now);
    }
    for (size_t i = 0; i < s->was.keys.count; i++) { /* what was empty (a bucket's name) cannot be put back */
        const char *key = s->was.keys.items[i], *value = s->was.values.items[i];
        const char *now = value_of(list, key);
        if (!pairs_get(s->wanted, key) && *value && now && strcmp(now, value) != 0)
            add_change(params, &changes, key, value);
    }
    return changes;
}

/* Ahead of the change: a call that is cut short behind it does not lose what was there. */
static enum keelson_status remember(struct sync *s)
{
    struct pairs tags = {0};
    for (size_t i = 0; i < s->new.keys.count; i++) {
        _cleanup_text_ struct text key = {0};
        text_printf(&key, "%s%s", s->prefix, s->new.keys.items[i]);
        pairs_add(&tags, key.data, s->new.values.items[i]);
        pairs_add(&s->was, s->new.keys.items[i], s->new.values.items[i]);
    }
    enum keelson_status status = lb_add_tags(s->lb, s->bearer->tagged, &tags);
    pairs_done(&tags);
    pairs_done(&s->new);
    return status;
}

static enum keelson_status forget(struct sync *s)
{
    struct texts tags = {0};
    for (size_t i = 0; i < s->was.keys.count; i++) {
        _cleanup_text_ struct text key = {0};
        text_printf(&key, "%s%s", s->prefix, s->was.keys.items[i]);
        if (!pairs_get(s->wanted, s->was.keys.items[i]))
            texts_add(&tags, key.data);
    }
    enum keelson_status status = lb_remove_tags(s->lb, s->bearer->tagged, &tags);
    texts_done(&tags);
    return status;
}

static enum keelson_status sync_one(struct sync *s, const char *arn)
{
    const char *whose = s->bearer->whose;
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    char action[64], path[96];
    params_add(&params, arn, "%sArn", whose);
    snprintf(action, sizeof(action), "Describe%sAttributes", whose);
    snprintf(path, sizeof(path), "%sResult/Attributes", action);
    enum keelson_status status = api_call(s->lb->aws, s->lb->call, SERVICE_ELB, action, &params, &reply);
    if (status != KEELSON_OK)
        return status;
    size_t changes = compare(s, xml_first(reply.root, path), &params);
    status = remember(s);
    snprintf(action, sizeof(action), "Modify%sAttributes", whose);
    return status == KEELSON_OK && changes ? api_change(s->lb->aws, s->lb->call, SERVICE_ELB, action, &params)
                                           : status;
}

enum keelson_status lb_sync_attributes(struct lb *lb, const struct lb_bearer *bearer,
                                       const struct pairs *wanted)
{
    struct sync s = {.lb = lb, .bearer = bearer, .wanted = wanted};
    enum keelson_status status = KEELSON_OK;
    s.prefix = strcmp(bearer->whose, "Listener") == 0 ? TAG_WAS_LISTENER : TAG_WAS;
    read_was(&s);
    if (wanted->keys.count || s.was.keys.count)
        for (size_t i = 0; status == KEELSON_OK && i < bearer->count; i++)
            status = sync_one(&s, bearer->arns[i]);
    if (status == KEELSON_OK)
        status = forget(&s);
    pairs_done(&s.was);
    return status;
}
