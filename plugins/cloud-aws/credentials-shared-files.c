/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that AWS's tools share: ~/.aws/credentials and ~/.aws/config, and in them the profile that is
 * configured, or AWS_PROFILE's, or "default". A profile may name a role and whose keys may assume it: another
 * profile's (once: no chains), the environment's, the container's or the instance's.
 */
#include <errno.h>
#include <unistd.h>

#include "plugins/cloud-aws/assume-role.h"
#include "plugins/cloud-aws/ini.h"

static char *file_path(const char *setting, const char *variable, const char *in_home)
{
    const char *path = setting_or_environment(setting, variable), *home = getenv("HOME");
    struct text t = {0};
    if (path)
        text_add_str(&t, path);
    else if (home && *home)
        text_printf(&t, "%s/.aws/%s", home, in_home);
    return t.data;
}

static const char *profile_of(const struct aws *aws)
{
    const char *profile = setting_or_environment(aws->settings.profile, "AWS_PROFILE");
    return profile ? profile : "default";
}

static char *value_of(struct aws *aws, const char *profile, const char *key)
{
    const struct settings *s = &aws->settings;
    _cleanup_str_ char *first = file_path(s->credentials_file, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    _cleanup_str_ char *second = file_path(s->config_file, "AWS_CONFIG_FILE", "config");
    _cleanup_str_ char *credentials = first ? file_text(first) : NULL;
    char *value = credentials ? ini_value(credentials, profile, key) : NULL;
    if (value)
        return value;
    _cleanup_str_ char *config = second ? file_text(second) : NULL;
    return config ? ini_value(config, profile, key) : NULL;
}

char *shared_file_value(struct aws *aws, const char *key)
{
    return value_of(aws, profile_of(aws), key);
}

static bool read_keys(struct aws *aws, const char *profile, struct keys *ret)
{
    struct keys k = {value_of(aws, profile, "aws_access_key_id"),
                     value_of(aws, profile, "aws_secret_access_key"),
                     value_of(aws, profile, "aws_session_token"), INT64_MAX};
    if (k.access_key_id && k.secret_access_key) {
        *ret = k;
        return true;
    }
    keys_done(&k);
    return false;
}

/* A file that the configuration names has to be there; other sources are not what was meant. */
static enum keelson_status check_file(const struct keelson_call *call, const char *setting)
{
    if (!setting || !*setting || access(setting, R_OK) == 0)
        return KEELSON_OK;
    return FAIL(call, KEELSON_DENIED, "%s: %s", setting, strerror(errno));
}

struct role {
    const char *profile, *arn, *external_id; /* external_id NULL: none */
};

/* role_arn with source_profile; a role of the plugin's own configuration is assumed by the profile's keys. */
static enum keelson_status fetch_role(struct aws *aws, const struct keelson_call *call,
                                      const struct role *role, const char *source, struct keys *ret)
{
    struct keys by = {0};
    if (!read_keys(aws, source, &by))
        return FAIL(call, KEELSON_DENIED, "profile \"%s\" has no keys, which are to assume the role %s",
                    source, role->arn);
    enum keelson_status status = assume_role(aws, call, role->arn, role->external_id, &by, ret);
    keys_done(&by);
    return status;
}

/* role_arn with credential_source. Without it there are no keys that were meant: the instance's own role may
 * be another account's. */
static enum keelson_status fetch_role_by(struct aws *aws, const struct keelson_call *call,
                                         const struct role *role, struct keys *ret)
{
    static const struct credential_source *const sources[] = {&credentials_environment,
                                                              &credentials_container, &credentials_imds};
    _cleanup_str_ char *called = value_of(aws, role->profile, "credential_source");
    size_t i = 0;
    while (called && i < sizeof(sources) / sizeof(sources[0]) && strcmp(sources[i]->called, called) != 0)
        i++;
    if (!called || i == sizeof(sources) / sizeof(sources[0]))
        return FAIL(call, KEELSON_DENIED,
                    "profile \"%s\" does not say whose keys are to assume the role %s: source_profile, or "
                    "credential_source with Environment, EcsContainer or Ec2InstanceMetadata",
                    role->profile, role->arn);
    struct keys by = {.expires_s = INT64_MAX};
    enum keelson_status status = sources[i]->fetch(aws, call, &by);
    if (status == KEELSON_OK)
        status = assume_role(aws, call, role->arn, role->external_id, &by, ret);
    else if (status == KEELSON_NOT_FOUND)
        status = FAIL(call, KEELSON_DENIED, "profile \"%s\": %s has no keys, which are to assume the role %s",
                      role->profile, sources[i]->name, role->arn);
    keys_done(&by);
    return status;
}

static enum keelson_status fetch(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    const char *profile = profile_of(aws);
    enum keelson_status status = check_file(call, aws->settings.credentials_file);
    if (status == KEELSON_OK)
        status = check_file(call, aws->settings.config_file);
    if (status != KEELSON_OK)
        return status;
    bool own = !aws->settings.role_arn;
    _cleanup_str_ char *arn = own ? value_of(aws, profile, "role_arn") : mem_str(aws->settings.role_arn);
    _cleanup_str_ char *external_id = own ? value_of(aws, profile, "external_id") : NULL;
    const struct role role = {profile, arn, external_id};
    _cleanup_str_ char *source = value_of(aws, profile, "source_profile");
    if (arn && (source || !own))
        return fetch_role(aws, call, &role, source ? source : profile, ret);
    if (read_keys(aws, profile, ret))
        return KEELSON_OK;
    if (arn)
        return fetch_role_by(aws, call, &role, ret);
    return aws->settings.profile ? FAIL(call, KEELSON_DENIED, "profile \"%s\" has no keys", profile)
                                 : KEELSON_NOT_FOUND;
}

const struct credential_source credentials_shared_files = {"the files of ~/.aws", NULL, fetch};
