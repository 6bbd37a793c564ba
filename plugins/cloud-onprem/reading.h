/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of the configuration's parts share: who is asked, and settings that may be absent. In the
 * thread of the call. */
#ifndef KEELSON_CLOUD_ONPREM_READING_H
#define KEELSON_CLOUD_ONPREM_READING_H

#include <keelson/plugin.h>

struct reading {
    const struct keelson_host *host;
    const struct keelson_call *call;
    const struct keelson_config *config; /* the whole */
};
/* Absent is fine: *ret stays as it is. */
enum keelson_status reading_optional(const struct reading *r, const struct keelson_config *group,
                                     const char *name, const char **ret);
enum keelson_status reading_optional_boolean(const struct reading *r, const struct keelson_config *group,
                                             const char *name, int *ret);
/* The length of a list that may be absent (0); more than most is refused. */
enum keelson_status reading_length(const struct reading *r, const struct keelson_config *group,
                                   const char *name, uint32_t most, uint32_t *ret);
/* The index-th text of a list; *ret_where is for messages about it. */
enum keelson_status reading_text(const struct reading *r, const struct keelson_config *group,
                                 const char *list, uint32_t index, const char **ret, const char **ret_where);
enum keelson_status reading_no_memory(const struct reading *r);

#endif
