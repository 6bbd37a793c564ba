/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source ranges of a Service, as few of them as let in the same addresses: what another one holds is left
 * out, and two halves become their whole. A security group takes few rules, and each range is a rule for
 * each port. Bits behind a prefix are dropped, as AWS does, and addresses are spelled as AWS spells them.
 */
#ifndef CLOUD_AWS_RANGES_H
#define CLOUD_AWS_RANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "plugins/cloud-aws/text.h"

/* False: one of them is no CIDR, its place in *ret_bad, and all are as they were. */
bool ranges_merge(struct texts *ranges, size_t *ret_bad);
/* Is it an address of the range? */
bool range_has(const char *range, const char *address);

#endif
