/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elastic IPs, before anything is changed for them: one that is not there or that something else has would
 * be found out only after a zone was taken out of service, or the load balancer was deleted to make room.
 */
#include "plugins/cloud-aws/lb.h"

#define ANNOTATION "annotation service.beta.kubernetes.io/aws-load-balancer-eip-allocations"

struct addresses {
    struct lb *lb;
    struct texts wanted, known;
};

static bool has(const struct lb_places *places, const char *allocation)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->items[i].allocation && strcmp(places->items[i].allocation, allocation) == 0)
            return true;
    return false;
}

static enum keelson_status take_address(void *context, const struct xml *e)
{
    struct addresses *a = context;
    const char *id = xml_text(e, "allocationId"), *holder = xml_text(e, "instanceId");
    holder = *holder ? holder : xml_text(e, "networkInterfaceId");
    texts_add(&a->known, id);
    return *xml_text(e, "associationId")
               ? FAIL(a->lb->call, KEELSON_CONFLICT, ANNOTATION ": %s (%s) is in use%s%s", id,
                      xml_text(e, "publicIp"), *holder ? " by " : "", holder)
               : KEELSON_OK;
}

enum keelson_status lb_check_allocations(struct lb *lb)
{
    const struct lb_places *wanted = &lb->places;
    struct addresses a = {.lb = lb};
    enum keelson_status status = KEELSON_OK;
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->items[i].allocation && !has(&lb->found.places, wanted->items[i].allocation))
            texts_add(&a.wanted, wanted->items[i].allocation);
    if (a.wanted.count) { /* a filter, since an ID that is not known would fail a request by IDs */
        _cleanup_text_ struct text params = {0};
        params_filter(&params, 1, "allocation-id", (const char *const *)a.wanted.items, a.wanted.count);
        status = api_list(lb->aws, lb->call, SERVICE_EC2, "DescribeAddresses", &params, "addressesSet",
                          take_address, &a);
    }
    for (size_t i = 0; status == KEELSON_OK && i < a.wanted.count; i++)
        if (!texts_has(&a.known, a.wanted.items[i]))
            status = FAIL(lb->call, KEELSON_INVALID,
                          ANNOTATION ": this account has no Elastic IP %s in this region", a.wanted.items[i]);
    texts_done(&a.wanted);
    texts_done(&a.known);
    return status;
}
