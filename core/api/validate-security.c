/* SPDX-License-Identifier: Apache-2.0 */
/* Security contexts of pods and containers, and the profiles that they name. */
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

#define SYSCTL_NAME_MAX 253

void validate_security_context(struct validation *v, const struct json *object)
{
    const struct json *escalation = json_get(object, "allowPrivilegeEscalation");

    if (!json_is(escalation, JSON_BOOL) || escalation->boolean)
        return;
    if (json_boolean_at(object, "privileged", false))
        validation_invalid(v, "", object,
                           "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    json_for_each (it, json_at(object, "capabilities.add"))
        if (slice_is(json_slice(it), "CAP_SYS_ADMIN"))
            validation_invalid(
                v, "", object,
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_between(char c)
{
    return c == '.' || c == '/';
}

/* Segments of letters and digits, with '-' or '_' inside, and '.' or '/' between them. */
static bool is_sysctl(struct slice name)
{
    if (name.size == 0 || name.size > SYSCTL_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (is_alnum(c))
            continue;
        if (i == 0 || i + 1 == name.size || (!is_between(c) && c != '-' && c != '_'))
            return false;
        char before = name.data[i - 1], after = name.data[i + 1];
        if (is_between(c) ? !is_alnum(before) || !is_alnum(after) : is_between(before) || is_between(after))
            return false;
    }
    return true;
}

void validate_pod_security_context(struct validation *v, const struct json *object)
{
    uint32_t index = 0;

    validate_unique(v, object, "sysctls", "name");
    json_for_each (it, json_get(object, "sysctls")) {
        struct validation_place here;
        const struct json *name = json_get(it, "name");
        validation_enter(v, &here, "sysctls", index++);
        if (member_has(it, "name") && !is_sysctl(json_slice(name)))
            validation_invalid(v, "name", name,
                               "must have at most 253 characters and match regex "
                               "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
        validation_leave(v);
    }
}

/* A profile by name belongs to one of the types alone. */
static void validate_localhost_profile(struct validation *v, const struct json *object, const char *what)
{
    const struct json *profile = json_get(object, "localhostProfile");
    bool local = member_is(object, "type", "Localhost");
    _cleanup_free_ char *needed = xasprintf("must be set when %s type is Localhost", what);

    if (local && json_slice(profile).size == 0)
        validation_required(v, "localhostProfile", needed);
    else if (!local && !json_is_absent(profile))
        validation_invalid(v, "localhostProfile", profile, "can only be set when %s type is Localhost", what);
}

void validate_seccomp_profile(struct validation *v, const struct json *object)
{
    validate_localhost_profile(v, object, "seccomp");
    validate_relative_path(v, object, "localhostProfile");
}

void validate_app_armor_profile(struct validation *v, const struct json *object)
{
    const struct json *profile = json_get(object, "localhostProfile");

    validate_localhost_profile(v, object, "AppArmor");
    if (slice_trim(json_slice(profile)).size != json_slice(profile).size)
        validation_invalid(v, "localhostProfile", profile, "must not be padded with whitespace");
}
