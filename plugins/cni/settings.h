/* SPDX-License-Identifier: Apache-2.0 */
/* What can be set, see settings.c. Strings live as long as the instance. */
#ifndef CNI_SETTINGS_H
#define CNI_SETTINGS_H

#include <keelson/network.h>

enum masquerade_mode { MASQUERADE_NFTABLES, MASQUERADE_CNI, MASQUERADE_NONE };
enum route_mode { ROUTES_DIRECT, ROUTES_NONE };

struct settings {
    const char *conf_dir, *conf_file, *bin_dir, *data_dir, *cni_version, *network, *bridge, *nft_table;
    int64_t mtu, route_protocol;
    int is_gateway, hairpin, portmap, forwarding;
    enum masquerade_mode masquerade;
    enum route_mode routes;
};

/* Fails with a message that says where. */
enum keelson_status settings_read(const struct keelson_host *host, const struct keelson_call *call,
                                  const struct keelson_config *config, struct settings *ret);

#endif
