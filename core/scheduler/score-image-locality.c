/* SPDX-License-Identifier: Apache-2.0 */
/* ImageLocality: nodes that have the pod's images, by size, and less so for images that few nodes have, lest
 * all pods go there. */
#include "core/base/memory.h"
#include "core/scheduler/score.h"

#define LEAST_BYTES (INT64_C(23) * 1024 * 1024)
#define MOST_BYTES  (INT64_C(1000) * 1024 * 1024) /* a container */

static int64_t image_bytes(const struct cluster *c, const struct node *n, const char *image)
{
    for (unsigned i = 0; i < n->images_count; i++) {
        if (n->images[i].name != image)
            continue;
        double spread = (double)(intptr_t)map_get(c->images, image) / (double)MAX(c->nodes_count, 1u);
        return (int64_t)((double)n->images[i].size_bytes * spread);
    }
    return 0;
}

static int64_t score(const struct cluster *c, const struct pod_request *r, const struct node *n)
{
    int64_t sum = 0, most = MOST_BYTES * (int64_t)MAX(r->containers_count, 1u);
    for (unsigned i = 0; i < r->images_count; i++)
        sum += image_bytes(c, n, r->images[i]);
    sum = MIN(MAX(sum, LEAST_BYTES), most);
    return (sum - LEAST_BYTES) * SCORE_MAX / (most - LEAST_BYTES);
}

static bool applies(const struct pod_request *r)
{
    return r->images_count > 0;
}

const struct score score_image_locality = {
    .name = "ImageLocality", .weight = 1, .applies = applies, .score = score};
