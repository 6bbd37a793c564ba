/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a over the address' text and the name, then a mixer: FNV alone differs little between "node-1" and
 * "node-2" in its high bits. */
#include "core/announce/elect.h"

#include <stdio.h>

#include "core/base/map.h"

uint64_t elect_weight(const struct address *a, const char *node)
{
    char address[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 256];
    address_format(a, address);
    int size = snprintf(text, sizeof(text), "%s %s", address, node);
    uint64_t h = hash_fnv64a(text, size < (int)sizeof(text) ? (size_t)size : sizeof(text) - 1);
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}
