/* SPDX-License-Identifier: Apache-2.0 */
/* ImageLocality: nodes that have the pod's images, by size, and less so for images that few nodes have, lest
 * all pods go there. */
#include "core/base/memory.h"
#include "core/scheduler/score.h"

#define LEAST_BYTES (INT64_C(23) * 1024 * 1024)
#define MOST_BYTES  (INT64_C(1000) * 1024 * 1024) /* a container */

/* How many bytes an image counts for, by the share of nodes that have it. */
static double image_spread(const struct cycle *c, uint64_t image)
{
    return (double)cluster_image_nodes(c->cluster, image) / (double)MAX(c->cluster->nodes_count, 1u);
}

static int64_t image_bytes(const struct node *n, uint64_t image, double spread)
{
    for (unsigned i = 0; i < n->facts.images_count; i++)
        if (n->facts.images[i].hash == image)
            return (int64_t)((double)n->facts.images[i].size_bytes * spread);
    return 0;
}

static bool score(const struct cycle *c, struct node *const *nodes, unsigned count, int64_t *out)
{
    unsigned images = c->class->images_count;
    int64_t most = MOST_BYTES * (int64_t)MAX(images, 1u), any = 0;
    memset(out, 0, count * sizeof(*out));
    for (unsigned image = 0; image < images; image++) {
        double spread = image_spread(c, c->class->images[image]);
        for (unsigned i = 0; spread > 0 && i < count; i++)
            any |= out[i] += image_bytes(nodes[i], c->class->images[image], spread);
    }
    for (unsigned i = 0; i < count; i++)
        out[i] = (MIN(MAX(out[i], LEAST_BYTES), most) - LEAST_BYTES) * SCORE_MAX / (most - LEAST_BYTES);
    return any != 0;
}

const struct score score_image_locality = {.name = "ImageLocality", .weight = 1, .score = score};
