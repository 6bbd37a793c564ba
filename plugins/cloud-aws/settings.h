/* SPDX-License-Identifier: Apache-2.0 */
/* The instance's configuration; docs/cloud-aws.md says what each setting means. Texts are the host's and live
 * as long as the instance. */
#ifndef CLOUD_AWS_SETTINGS_H
#define CLOUD_AWS_SETTINGS_H

#include <keelson/plugin.h>
#include <stdbool.h>

struct settings {
    const char *region, *account, *vpc, *ca_file, *proxy;
    const char *access_key_id, *secret_access_key, *session_token;
    const char *profile, *credentials_file, *config_file;
    const char *role_arn, *role_session_name, *web_identity_token_file;
    const char *ec2_url, *elb_url, *sts_url, *imds_url;
    double requests_per_second;
    int64_t stall_timeout_ms, cache_s;
    int use_imds, allow_plain_http;
};
/* What is wrong is said through host->fail. */
enum keelson_status settings_read(const struct keelson_host *host, const struct keelson_call *call,
                                  const struct keelson_config *config, struct settings *ret);
/* The same for a configuration that is to follow on another one: `region` is in use, "" for none so far. What
 * cannot change while an instance runs is refused, by name. */
enum keelson_status settings_read_next(const struct keelson_host *host, const struct keelson_call *call,
                                       const struct keelson_config *config, const struct settings *before,
                                       const char *region, struct settings *ret);
/* Could it be the name of one? */
bool settings_is_region(const char *region);

#endif
