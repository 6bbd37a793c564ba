/* SPDX-License-Identifier: Apache-2.0 */
/* The zones of the region, by name and by ID (names differ between accounts, IDs do not). */
#include "plugins/cloud-aws/api.h"

struct zones {
    struct zone *items;
    size_t count;
};

static enum keelson_status take_zone(void *context, const struct xml *e)
{
    struct zones *z = context;
    z->items = mem_grow(z->items, z->count + 1, sizeof(*z->items));
    z->items[z->count++] = (struct zone){mem_str(xml_text(e, "zoneName")), mem_str(xml_text(e, "zoneId"))};
    return KEELSON_OK;
}

static void zones_free(struct zones *z)
{
    for (size_t i = 0; i < z->count; i++) {
        free(z->items[i].name);
        free(z->items[i].id);
    }
    free(z->items);
}

enum keelson_status zones_read(struct aws *aws, const struct keelson_call *call)
{
    struct zones z = {0};
    enum keelson_status status = api_list(aws, call, SERVICE_EC2, "DescribeAvailabilityZones", NULL,
                                          "availabilityZoneInfo", take_zone, &z);
    pthread_mutex_lock(&aws->lock);
    if (status == KEELSON_OK && z.count && !aws->zones) {
        aws->zones = z.items;
        aws->zones_count = z.count;
        z = (struct zones){0};
    }
    pthread_mutex_unlock(&aws->lock);
    zones_free(&z);
    return status;
}

bool zones_known(struct aws *aws)
{
    pthread_mutex_lock(&aws->lock);
    bool known = aws->zones != NULL;
    pthread_mutex_unlock(&aws->lock);
    return known;
}

const char *zone_id(struct aws *aws, const char *name)
{
    const char *id = NULL;
    pthread_mutex_lock(&aws->lock);
    for (size_t i = 0; i < aws->zones_count; i++)
        if (strcmp(aws->zones[i].name, name) == 0 && *aws->zones[i].id)
            id = aws->zones[i].id;
    pthread_mutex_unlock(&aws->lock);
    return id;
}
