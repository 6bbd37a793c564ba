/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration says; texts belong to the host and live as long as the instance. */
#ifndef KEELSON_CLOUD_GCP_SETTINGS_H
#define KEELSON_CLOUD_GCP_SETTINGS_H

#include <keelson/cloud.h>
#include <stdbool.h>

#define ZONES_MAX 64
#define TAGS_MAX  64

struct settings {
    const char *project;
    const char *region;  /* of load balancers, and of the nodes that are ours; NULL: nodes of all regions, no
                            load balancers */
    const char *network; /* a name, or a link where the network is another project's */
    const char *subnetwork; /* of internal load balancers; the same */
    const char *endpoint, *metadata_endpoint;
    const char *ca_file;          /* NULL: the system's */
    const char *credentials_file; /* NULL: $GOOGLE_APPLICATION_CREDENTIALS, else the metadata server */
    const char *token_file;       /* holds an access token, which somebody else keeps fresh; NULL: none */
    const char *zones[ZONES_MAX], *node_tags[TAGS_MAX];
    uint32_t zones_count, node_tags_count;
    int64_t requests_per_second, request_timeout_seconds;
    int allow_plain; /* http:// */
};
/* What is wrong is said through host->fail. */
enum keelson_status settings_read(const struct keelson_host *host, const struct keelson_call *call,
                                  const struct keelson_config *config, struct settings *ret);

/* May the second follow the first while it runs? Not what would leave behind what was made, or whose a node
 * is: KEELSON_INVALID, naming the setting. config is the second's. */
enum keelson_status settings_check_change(const struct keelson_host *host, const struct keelson_call *call,
                                          const struct keelson_config *config, const struct settings *now,
                                          const struct settings *next);

/* "projects/P/global/networks/N". */
#define SETTINGS_LINK_SIZE 400
void settings_network_link(const struct settings *s, char ret[SETTINGS_LINK_SIZE]);
/* Of an endpoint without a slash at its end. */
int settings_base_size(const char *url);
/* Is the network another project's? */
bool settings_network_is_foreign(const struct settings *s);
/* Are nodes of this zone ours? */
bool settings_has_zone(const struct settings *s, const char *zone);

#endif
