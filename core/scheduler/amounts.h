/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pod takes of a node, as numbers: cpu in thousandths, everything else in units or bytes.
 */
#ifndef KEELSON_SCHEDULER_AMOUNTS_H
#define KEELSON_SCHEDULER_AMOUNTS_H

#include <stdint.h>

#include "core/base/buffer.h"

enum { AMOUNT_CPU, AMOUNT_MEMORY, AMOUNT_STORAGE, AMOUNT_PODS, AMOUNTS };
struct extended_amount {
    const char *name; /* interned, so that names are compared by their address */
    int64_t amount;
};
struct host_port {
    const char *ip; /* interned; "0.0.0.0": all */
    uint16_t port;
    uint8_t protocol; /* 'T', 'U', 'S' */
};
struct demand {
    int64_t amounts[AMOUNTS];
    /* with upstream's defaults for containers that request nothing: 100m, 200Mi */
    int64_t scored_cpu, scored_memory;
    uint16_t extended_count, ports_count;
    const struct extended_amount *extended;
    const struct host_port *ports;
};

/* One copy of each text, for ever: for names of extended resources and for addresses, which are few and
 * repeat on every node. Any thread. */
const char *intern(struct slice text);

#endif
