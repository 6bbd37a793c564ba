/* SPDX-License-Identifier: Apache-2.0 */
/* The interfaces of <keelson/…>, and how large the table of each was when it first came out: what every
 * plugin that offers it has. Any thread. */
#ifndef KEELSON_PLUGIN_INTERFACE_H
#define KEELSON_PLUGIN_INTERFACE_H

#include <keelson/plugin.h>
#include <stdbool.h>
#include <stddef.h>

struct interface {
    enum keelson_kind kind;
    const char *name;
    uint32_t size_first; /* bytes of the first release */
    bool required;       /* a plugin of that kind offers it */
    bool may_lack;       /* functions may be NULL, as its header says */
};
extern const struct interface interfaces[];               /* ends with a NULL name */
const struct interface *interface_find(const char *name); /* NULL: none of ours */

/* Is this table what the interface promises: of a size that can be, and with every function? 0, or -1 with
 * the reason in `why`. */
int interface_check(const char *name, const void *table, char *why, size_t why_size);

#endif
