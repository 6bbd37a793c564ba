/* SPDX-License-Identifier: Apache-2.0 */
/* Which region, and what it is called in addresses: of the configuration, the environment, the files of
 * ~/.aws, or of the machine that this runs on. */
#include "plugins/cloud-aws/aws.h"

#define METADATA "/latest/meta-data/placement/region"

static const struct {
    const char *prefix;
    struct partition partition;
} partitions[] = {
    {"cn-", {"aws-cn", "amazonaws.com.cn"}},       {"us-gov-", {"aws-us-gov", "amazonaws.com"}},
    {"us-iso-", {"aws-iso", "c2s.ic.gov"}},        {"us-isob-", {"aws-iso-b", "sc2s.sgov.gov"}},
    {"us-isof-", {"aws-iso-f", "csp.hci.ic.gov"}}, {"eu-isoe-", {"aws-iso-e", "cloud.adc-e.uk"}},
    {"eusc-", {"aws-eusc", "amazonaws.eu"}},       {"", {"aws", "amazonaws.com"}},
};

struct partition partition_of(const char *region)
{
    size_t i = 0;
    while (strncmp(region, partitions[i].prefix, strlen(partitions[i].prefix)) != 0)
        i++;
    return partitions[i].partition;
}

static enum keelson_status find(struct aws *aws, const struct keelson_call *call, char **ret)
{
    const char *said = setting_or_environment(aws->settings.region, "AWS_REGION");
    said = said ? said : setting_or_environment(NULL, "AWS_DEFAULT_REGION");
    *ret = said ? mem_str(said) : shared_file_value(aws, "region");
    if (*ret && **ret)
        return settings_is_region(*ret)
                   ? KEELSON_OK
                   : FAIL(call, KEELSON_INVALID,
                          "no region: \"%s\" of the environment or the profile is no name of one", *ret);
    free(*ret);
    *ret = NULL;
    enum keelson_status status = imds_get(aws, call, METADATA, ret);
    return status == KEELSON_NOT_FOUND
               ? FAIL(call, KEELSON_INVALID, "no region: set `region` in the configuration")
               : status;
}

enum keelson_status region_get(struct aws *aws, const struct keelson_call *call, const char **ret)
{
    _cleanup_str_ char *found = NULL;
    pthread_mutex_lock(&aws->lock);
    *ret = aws->region;
    pthread_mutex_unlock(&aws->lock);
    if (*ret)
        return KEELSON_OK;
    enum keelson_status status = find(aws, call, &found);
    if (status != KEELSON_OK)
        return status;
    pthread_mutex_lock(&aws->lock);
    if (!aws->region) {
        aws->region = found;
        found = NULL;
    }
    *ret = aws->region;
    pthread_mutex_unlock(&aws->lock);
    return KEELSON_OK;
}
