/* SPDX-License-Identifier: Apache-2.0 */
/* See reading.h. */
#include "plugins/cloud-onprem/reading.h"

enum keelson_status reading_optional(const struct reading *r, const struct keelson_config *group,
                                     const char *name, const char **ret)
{
    enum keelson_status status = r->host->config_string(r->call, group, name, ret);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

enum keelson_status reading_optional_boolean(const struct reading *r, const struct keelson_config *group,
                                             const char *name, int *ret)
{
    enum keelson_status status = r->host->config_boolean(r->call, group, name, ret);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

enum keelson_status reading_length(const struct reading *r, const struct keelson_config *group,
                                   const char *name, uint32_t most, uint32_t *ret)
{
    *ret = 0;
    enum keelson_status status = r->host->config_length(r->call, group, name, ret);
    if (status == KEELSON_NOT_FOUND)
        return KEELSON_OK;
    if (status == KEELSON_OK && *ret > most)
        return r->host->fail(r->call, KEELSON_INVALID, "%s: more than %u entries in \"%s\"",
                             r->host->config_where(group, name), most, name);
    return status;
}

enum keelson_status reading_text(const struct reading *r, const struct keelson_config *group,
                                 const char *list, uint32_t index, const char **ret, const char **ret_where)
{
    const struct keelson_config *element;
    enum keelson_status status = r->host->config_element(r->call, group, list, index, &element);
    if (status != KEELSON_OK)
        return status;
    *ret_where = r->host->config_where(element, "");
    return r->host->config_string(r->call, element, "", ret);
}

enum keelson_status reading_no_memory(const struct reading *r)
{
    return r->host->fail(r->call, KEELSON_EXHAUSTED, "no memory");
}
