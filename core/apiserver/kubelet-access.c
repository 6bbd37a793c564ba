/* SPDX-License-Identifier: Apache-2.0 */
/* Reaching kubelets. */
#include "core/apiserver/kubelet-access.h"

#include "core/api/object.h"
#include "core/apiserver/registry.h"
#include "core/apiserver/server.h"
#include "core/base/memory.h"

enum { KUBELET_PORT = 10250 };

struct kubelet_access {
    struct tls_settings *tls, *plain;
};

struct kubelet_access *kubelet_access_new(const struct apiserver_options *o, struct error *err)
{
    struct kubelet_access *k = new0(struct kubelet_access);
    struct tls_client_config config = {
        .ca_file = o->kubelet_certificate_authority,
        .cert_file = o->kubelet_client_certificate,
        .key_file = o->kubelet_client_key,
        .insecure = !o->kubelet_certificate_authority || !*o->kubelet_certificate_authority,
    };
    struct tls_client_config plain = {.insecure = true};
    k->tls = tls_client_new(&config, err);
    k->plain = k->tls ? tls_client_new(&plain, err) : NULL;
    if (k->plain)
        return k;
    kubelet_access_free(k);
    return NULL;
}

void kubelet_access_free(struct kubelet_access *k)
{
    if (!k)
        return;
    if (k->tls)
        tls_settings_unref(k->tls);
    if (k->plain)
        tls_settings_unref(k->plain);
    free(k);
}

struct tls_settings *kubelet_tls(struct kubelet_access *k)
{
    return k->tls;
}

struct tls_settings *kubelet_plain_tls(struct kubelet_access *k)
{
    return k->plain;
}

int kubelet_address(struct api_request *r, const char *node, const char **ret_host, uint16_t *ret_port,
                    struct error *err)
{
    struct json *object;
    const struct flag_list *types = &r->server->options->kubelet_preferred_address_types;
    if (registry_get(r->server->registry, RESOURCE("", "v1", "nodes"), "", node, &r->arena, &object, err) < 0)
        return -1;
    *ret_port =
        (uint16_t)json_integer_at(object, "status.daemonEndpoints.kubeletEndpoint.Port", KUBELET_PORT);
    for (size_t i = 0; i < types->count; i++) {
        json_for_each (address, json_at(object, "status.addresses")) {
            const char *text = json_string_or(json_get(address, "address"), "");
            if (slice_is(json_slice(json_get(address, "type")), types->items[i]) && *text) {
                *ret_host = text;
                return 0;
            }
        }
    }
    return error_set(err, ERR_UNAVAILABLE,
                     "no preferred addresses found for node \"%s\"; known addresses: %u", node,
                     json_count(json_at(object, "status.addresses")));
}
