/* SPDX-License-Identifier: Apache-2.0 */
/*
 * securityContext into the runtime's words. What a container does not say its pod says; what neither says the
 * image says.
 */
#include "core/kubelet/pod-security.h"

#include "core/api/object.h"
#include "core/base/memory.h"

/* What procMount: Default hides and protects. */
static const char *const masked_paths[] = {
    "/proc/asound",      "/proc/acpi",          "/proc/interrupts", "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap"};
static const char *const readonly_paths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                             "/proc/sysrq-trigger"};

static const struct json *effective(const struct security_input *in, const char *key)
{
    const struct json *own = json_get(json_get(in->container, "securityContext"), key);
    return json_is_absent(own) ? json_get(json_at(in->pod, "spec.securityContext"), key) : own;
}

static const char **texts_of(struct arena *arena, const struct json *list, uint32_t *ret_count)
{
    const char **out = arena_alloc0(arena, (json_count(list) + 1) * sizeof(*out));
    *ret_count = 0;
    json_for_each (item, list)
        out[(*ret_count)++] = json_string_or(item, "");
    return out;
}

static void set_namespaces(const struct security_input *in, struct keelson_security *s)
{
    const struct json *spec = json_get(in->pod, "spec");
    bool host_pid = json_boolean_or(json_get(spec, "hostPID"), false);
    bool shared = json_boolean_or(json_get(spec, "shareProcessNamespace"), false);
    s->network = json_boolean_or(json_get(spec, "hostNetwork"), false) ? KEELSON_NS_NODE : KEELSON_NS_POD;
    s->ipc = json_boolean_or(json_get(spec, "hostIPC"), false) ? KEELSON_NS_NODE : KEELSON_NS_POD;
    s->pid = host_pid ? KEELSON_NS_NODE : shared ? KEELSON_NS_POD : KEELSON_NS_CONTAINER;
    s->user = KEELSON_NS_NODE;
    if (in->target_id && !host_pid && !shared) {
        s->pid = KEELSON_NS_TARGET;
        s->pid_target_id = in->target_id;
    }
}

static enum keelson_profile profile_of(const char *type, enum keelson_profile fallback)
{
    if (!type)
        return fallback;
    if (strcmp(type, "Unconfined") == 0)
        return KEELSON_PROFILE_UNCONFINED;
    return strcmp(type, "Localhost") == 0 ? KEELSON_PROFILE_LOCALHOST : KEELSON_PROFILE_RUNTIME_DEFAULT;
}

static void set_profiles(struct arena *arena, const struct security_input *in, struct keelson_security *s)
{
    const struct json *seccomp = effective(in, "seccompProfile"),
                      *apparmor = effective(in, "appArmorProfile");
    s->seccomp =
        profile_of(json_string(json_get(seccomp, "type")),
                   in->seccomp_default ? KEELSON_PROFILE_RUNTIME_DEFAULT : KEELSON_PROFILE_UNCONFINED);
    if (s->seccomp == KEELSON_PROFILE_LOCALHOST)
        s->seccomp_path = arena_printf(arena, "%s/%s", in->seccomp_root,
                                       json_string_or(json_get(seccomp, "localhostProfile"), ""));
    s->apparmor = profile_of(json_string(json_get(apparmor, "type")), KEELSON_PROFILE_RUNTIME_DEFAULT);
    if (s->apparmor == KEELSON_PROFILE_LOCALHOST)
        s->apparmor_name = json_string_or(json_get(apparmor, "localhostProfile"), "");
    const struct json *selinux = effective(in, "seLinuxOptions");
    s->selinux_user = json_string(json_get(selinux, "user"));
    s->selinux_role = json_string(json_get(selinux, "role"));
    s->selinux_type = json_string(json_get(selinux, "type"));
    s->selinux_level = json_string(json_get(selinux, "level"));
}

static void set_groups(struct arena *arena, const struct security_input *in, struct keelson_security *s)
{
    const struct json *context = json_at(in->pod, "spec.securityContext");
    const struct json *groups = json_get(context, "supplementalGroups");
    const struct json *fs_group = json_get(context, "fsGroup");
    int64_t *out = arena_alloc0(arena, (json_count(groups) + 1) * sizeof(*out));
    json_for_each (group, groups)
        out[s->supplemental_groups_count++] = json_integer_or(group, 0);
    if (!json_is_absent(fs_group))
        out[s->supplemental_groups_count++] = json_integer_or(fs_group, 0);
    s->supplemental_groups = out;
}

static int check_non_root(const struct security_input *in, const struct keelson_security *s,
                          struct error *err)
{
    const char *pod = object_name(in->pod), *name = json_string_or(json_get(in->container, "name"), "");
    if (!json_boolean_or(effective(in, "runAsNonRoot"), false))
        return 0;
    if (s->run_as_user == 0 && !json_is_absent(effective(in, "runAsUser")))
        return error_set(err, ERR_BAD_REQUEST,
                         "container's runAsUser breaks non-root policy (pod: \"%s_%s(%s)\", container: %s)",
                         pod, object_namespace(in->pod), object_uid(in->pod), name);
    if (!json_is_absent(effective(in, "runAsUser")) || !in->image)
        return 0;
    if (in->image->user_id == 0 || (in->image->user_id < 0 && !in->image->username[0]))
        return error_set(
            err, ERR_BAD_REQUEST,
            "container has runAsNonRoot and image will run as root (pod: \"%s_%s(%s)\", container: %s)", pod,
            object_namespace(in->pod), object_uid(in->pod), name);
    if (in->image->user_id < 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "container has runAsNonRoot and image has non-numeric user (%s), cannot verify user "
                         "is non-root (pod: \"%s_%s(%s)\", container: %s)",
                         in->image->username, pod, object_namespace(in->pod), object_uid(in->pod), name);
    return 0;
}

static void set_user(const struct security_input *in, struct keelson_security *s)
{
    s->run_as_user = json_integer_or(effective(in, "runAsUser"), -1);
    s->run_as_group = json_integer_or(effective(in, "runAsGroup"), -1);
    if (s->run_as_user >= 0 || !in->image)
        return;
    if (in->image->user_id >= 0)
        s->run_as_user = in->image->user_id;
    else if (in->image->username[0])
        s->run_as_username = in->image->username;
    else
        s->run_as_user = 0;
}

static bool pod_has_privileged(const struct json *pod)
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (c, json_get(json_get(pod, "spec"), lists[i])) {
            if (json_boolean_at(c, "securityContext.privileged", false))
                return true;
        }
    return false;
}

int security_make(struct arena *arena, const struct security_input *in, struct keelson_security *ret,
                  struct error *err)
{
    static const char *const none[] = {NULL};
    const struct json *own = json_get(in->container, "securityContext");
    struct keelson_security s = {.size = sizeof(s), .run_as_user = -1, .run_as_group = -1};
    if (!json_boolean_at(in->pod, "spec.hostUsers", true))
        return error_set(err, ERR_BAD_REQUEST, "runtime does not support user namespaces");
    set_namespaces(in, &s);
    set_profiles(arena, in, &s);
    set_groups(arena, in, &s);
    if (!in->container) {
        s.privileged = pod_has_privileged(in->pod);
        s.run_as_user = json_integer_or(effective(in, "runAsUser"), -1);
        s.run_as_group = json_integer_or(effective(in, "runAsGroup"), -1);
        *ret = s;
        return 0;
    }
    set_user(in, &s);
    s.privileged = json_boolean_or(json_get(own, "privileged"), false);
    s.read_only_rootfs = json_boolean_or(json_get(own, "readOnlyRootFilesystem"), false);
    s.no_new_privileges = !json_boolean_or(json_get(own, "allowPrivilegeEscalation"), true);
    s.capabilities_add = texts_of(arena, json_at(own, "capabilities.add"), &s.capabilities_add_count);
    s.capabilities_drop = texts_of(arena, json_at(own, "capabilities.drop"), &s.capabilities_drop_count);
    bool unmasked =
        s.privileged || strcmp(json_string_or(json_get(own, "procMount"), "Default"), "Unmasked") == 0;
    s.masked_paths = unmasked ? none : masked_paths;
    s.masked_paths_count = unmasked ? 0 : ARRAY_SIZE(masked_paths);
    s.readonly_paths = unmasked ? none : readonly_paths;
    s.readonly_paths_count = unmasked ? 0 : ARRAY_SIZE(readonly_paths);
    if (check_non_root(in, &s, err) < 0)
        return -1;
    *ret = s;
    return 0;
}
