/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of security groups: those that are missing let in by one request, those that are too many taken away
 * by another. */
#include "plugins/cloud-aws/lb.h"

void lb_add_rule(struct texts *rules, const char *protocol, const char *from, const char *to,
                 const char *source)
{
    _cleanup_text_ struct text rule = {0};
    text_printf(&rule, "%s %s %s %s", protocol, from, to, source);
    if (!texts_has(rules, rule.data))
        texts_add(rules, rule.data);
}

static void params_rule(struct text *params, size_t n, const char *rule)
{
    char protocol[16], from[16], to[16], source[64];
    if (sscanf(rule, "%15s %15s %15s %63s", protocol, from, to, source) != 4)
        return;
    const char *member = strncmp(source, "sg-", 3) == 0 ? "Groups.1.GroupId"
                         : strchr(source, ':')          ? "Ipv6Ranges.1.CidrIpv6"
                                                        : "IpRanges.1.CidrIp";
    params_add(params, protocol, "IpPermissions.%zu.IpProtocol", n);
    params_add(params, from, "IpPermissions.%zu.FromPort", n);
    params_add(params, to, "IpPermissions.%zu.ToPort", n);
    params_add(params, source, "IpPermissions.%zu.%s", n, member);
}

static enum keelson_status change_some(struct lb *lb, const char *action, const char *group,
                                       char *const *rules, size_t count)
{
    _cleanup_text_ struct text params = {0};
    params_add(&params, group, "GroupId");
    for (size_t i = 0; i < count; i++)
        params_rule(&params, i + 1, rules[i]);
    return api_change(lb->aws, lb->call, SERVICE_EC2, action, &params);
}

static bool is_so_already(enum keelson_status status)
{
    return status == KEELSON_ALREADY_EXISTS || status == KEELSON_NOT_FOUND;
}

/* One rule that is there (or gone) already fails the request for all: then each goes by itself. */
static enum keelson_status change(struct lb *lb, const char *action, const char *group,
                                  const struct texts *rules)
{
    if (!rules->count)
        return KEELSON_OK;
    enum keelson_status status = change_some(lb, action, group, rules->items, rules->count);
    if (!is_so_already(status))
        return status;
    status = KEELSON_OK;
    for (size_t i = 0; status == KEELSON_OK && rules->count > 1 && i < rules->count; i++) {
        status = change_some(lb, action, group, &rules->items[i], 1);
        if (is_so_already(status))
            status = KEELSON_OK;
    }
    return status;
}

static void without(const struct texts *from, const struct texts *others, struct texts *ret)
{
    for (size_t i = 0; i < from->count; i++)
        if (!texts_has(others, from->items[i]))
            texts_add(ret, from->items[i]);
}

enum keelson_status lb_sync_rules(struct lb *lb, const char *group, const struct texts *now,
                                  const struct texts *wanted, const char *remedy)
{
    static const char let_in[] = "AuthorizeSecurityGroupIngress", take_away[] = "RevokeSecurityGroupIngress";
    struct texts missing = {0}, extra = {0};
    without(wanted, now, &missing);
    without(now, wanted, &extra);
    enum keelson_status status = change(lb, let_in, group, &missing);
    bool full = status == KEELSON_EXHAUSTED;
    if (status == KEELSON_OK || full) { /* room is made first only where there is none */
        enum keelson_status taken = change(lb, take_away, group, &extra);
        status = taken != KEELSON_OK ? taken : status;
    }
    if (full && status == KEELSON_EXHAUSTED && extra.count)
        status = change(lb, let_in, group, &missing);
    if (status == KEELSON_EXHAUSTED)
        status = FAIL(lb->call, KEELSON_EXHAUSTED,
                      "security group %s has no room for %zu more rules: %s, or have the quota \"Inbound or "
                      "outbound rules per security group\" raised",
                      group, missing.count, remedy);
    texts_done(&missing);
    texts_done(&extra);
    return status;
}
