/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners: one for each port. Between TCP and TLS one is changed in place; to anything else it is made
 * anew. */
#include "plugins/cloud-aws/lb.h"

#define POLICY_DEFAULT "ELBSecurityPolicy-2016-08" /* AWS's, where none is asked for */
#define ALPN_DEFAULT   "None"
#define PAGE_ALL       "400" /* AWS's largest page: more than a load balancer has of either */

static bool is_secure(const char *protocol)
{
    return strcmp(protocol, "TLS") == 0;
}

static bool changes_in_place(const char *now, const char *wanted)
{
    return strcmp(now, wanted) == 0 ||
           ((is_secure(now) || strcmp(now, "TCP") == 0) && (is_secure(wanted) || strcmp(wanted, "TCP") == 0));
}

static void params_listener(struct text *params, const struct lb *lb, const struct lb_port *p)
{
    const struct lb_options *o = &lb->options;
    char port[8];
    snprintf(port, sizeof(port), "%u", p->port);
    params_add(params, p->protocol, "Protocol");
    params_add(params, port, "Port");
    params_add(params, "forward", "DefaultActions.member.1.Type");
    params_add(params, p->group_arn, "DefaultActions.member.1.TargetGroupArn");
    if (!is_secure(p->protocol))
        return;
    params_add(params, o->certificates.items[0], "Certificates.member.1.CertificateArn");
    params_add(params, o->ssl_policy ? o->ssl_policy : POLICY_DEFAULT, "SslPolicy");
    params_add(params, o->alpn_policy ? o->alpn_policy : ALPN_DEFAULT, "AlpnPolicy.member.1");
}

static bool is_or_default(const char *wanted, const char *now, const char *by_default)
{
    return strcmp(wanted ? wanted : by_default, *now ? now : by_default) == 0;
}

static bool is_right(const struct xml *e, const struct lb *lb, const struct lb_port *p)
{
    const struct xml *action = xml_first(e, "DefaultActions"), *alpn = xml_first(e, "AlpnPolicy");
    const struct lb_options *o = &lb->options;
    const char *group = xml_text(action, "TargetGroupArn");
    if (!*group)
        group = xml_text(xml_first(action, "ForwardConfig/TargetGroups"), "TargetGroupArn");
    if (strcmp(xml_text(e, "Protocol"), p->protocol) != 0 || strcmp(group, p->group_arn) != 0)
        return false;
    return !is_secure(p->protocol) ||
           (strcmp(xml_text(xml_first(e, "Certificates"), "CertificateArn"), o->certificates.items[0]) == 0 &&
            is_or_default(o->ssl_policy, xml_text(e, "SslPolicy"), POLICY_DEFAULT) &&
            is_or_default(o->alpn_policy, alpn ? alpn->text : "", ALPN_DEFAULT));
}

static enum keelson_status change_certificates(struct lb *lb, const char *action, const char *listener,
                                               const struct texts *certificates)
{
    _cleanup_text_ struct text params = {0};
    if (!certificates->count)
        return KEELSON_OK;
    params_add(&params, listener, "ListenerArn");
    for (size_t i = 0; i < certificates->count; i++)
        params_add(&params, certificates->items[i], "Certificates.member.%zu.CertificateArn", i + 1);
    return api_change(lb->aws, lb->call, SERVICE_ELB, action, &params);
}

/* Those behind the first one, for names that it does not cover. */
static enum keelson_status sync_certificates(struct lb *lb, const char *arn)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    const struct texts *wanted = &lb->options.certificates;
    struct texts now = {0}, missing = {0}, extra = {0};
    params_add(&params, arn, "ListenerArn");
    params_add(&params, PAGE_ALL, "PageSize");
    enum keelson_status status =
        api_call(lb->aws, lb->call, SERVICE_ELB, "DescribeListenerCertificates", &params, &reply);
    xml_for_each (c, reply.root, "DescribeListenerCertificatesResult/Certificates") {
        const char *certificate = xml_text(c, "CertificateArn");
        texts_add(&now, certificate);
        if (!texts_has(wanted, certificate) && strcmp(xml_text(c, "IsDefault"), "true") != 0)
            texts_add(&extra, certificate);
    }
    for (size_t i = 1; i < wanted->count; i++)
        if (!texts_has(&now, wanted->items[i]))
            texts_add(&missing, wanted->items[i]);
    if (status == KEELSON_OK)
        status = change_certificates(lb, "AddListenerCertificates", arn, &missing);
    if (status == KEELSON_OK)
        status = change_certificates(lb, "RemoveListenerCertificates", arn, &extra);
    texts_done(&now);
    texts_done(&missing);
    texts_done(&extra);
    return status;
}

static const struct xml *find(const struct xml *root, const struct lb_port *p)
{
    xml_for_each (e, root, "DescribeListenersResult/Listeners") {
        int64_t port;
        if (number_of(xml_text(e, "Port"), 1, 65535, &port) && port == p->port &&
            changes_in_place(xml_text(e, "Protocol"), p->protocol))
            return e;
    }
    return NULL;
}

/* The ARN of a TCP listener is added to those that have attributes. */
static enum keelson_status ensure(struct lb *lb, const struct xml *root, const struct lb_port *p,
                                  struct texts *with_attributes)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    const struct xml *e = find(root, p);
    const char *arn = xml_text(e, "ListenerArn");
    enum keelson_status status = KEELSON_OK;
    if (!e) {
        params_add(&params, lb->found.arn, "LoadBalancerArn");
        params_listener(&params, lb, p);
        status = api_call(lb->aws, lb->call, SERVICE_ELB, "CreateListener", &params, &reply);
        arn = xml_text(xml_first(reply.root, "CreateListenerResult/Listeners"), "ListenerArn");
    } else if (!is_right(e, lb, p)) {
        params_add(&params, arn, "ListenerArn");
        params_listener(&params, lb, p);
        status = api_change(lb->aws, lb->call, SERVICE_ELB, "ModifyListener", &params);
    }
    if (status == KEELSON_OK && is_secure(p->protocol))
        status = sync_certificates(lb, arn);
    if (status == KEELSON_OK && strcmp(p->protocol, "TCP") == 0)
        texts_add(with_attributes, arn);
    return status;
}

static bool is_wanted(const struct lb *lb, const struct xml *root, const struct xml *e)
{
    for (uint32_t i = 0; i < lb->ports_count; i++)
        if (find(root, &lb->ports[i]) == e)
            return true;
    return false;
}

enum keelson_status lb_sync_listeners(struct lb *lb)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    struct texts tcp = {0};
    params_add(&params, lb->found.arn, "LoadBalancerArn");
    params_add(&params, PAGE_ALL, "PageSize");
    enum keelson_status status =
        lb->found.made ? KEELSON_OK /* without any */
                       : api_call(lb->aws, lb->call, SERVICE_ELB, "DescribeListeners", &params, &reply);
    if (status != KEELSON_OK)
        return status;
    xml_for_each (e, reply.root, "DescribeListenersResult/Listeners") {
        _cleanup_text_ struct text one = {0};
        if (is_wanted(lb, reply.root, e))
            continue;
        params_add(&one, xml_text(e, "ListenerArn"), "ListenerArn");
        status = api_change(lb->aws, lb->call, SERVICE_ELB, "DeleteListener", &one);
        if (status != KEELSON_OK && status != KEELSON_NOT_FOUND)
            return status;
    }
    status = KEELSON_OK;
    for (uint32_t i = 0; status == KEELSON_OK && i < lb->ports_count; i++)
        status = ensure(lb, reply.root, &lb->ports[i], &tcp);
    const struct lb_bearer bearer = {"Listener", (const char *const *)tcp.items, tcp.count, lb->found.arn,
                                     lb->found.made ? NULL : &lb->found.tags};
    if (status == KEELSON_OK)
        status = lb_sync_attributes(lb, &bearer, &lb->options.listener_attributes);
    texts_done(&tcp);
    return status;
}
