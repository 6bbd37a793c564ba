/* SPDX-License-Identifier: Apache-2.0 */
/* Security contexts in CRI's words: one struct of the host's for sandboxes and containers, two messages of
 * CRI's. */
#include "plugins/cri/convert.h"

static Runtime__V1__Int64Value *convert_id(struct scratch *scratch, int64_t id)
{
    if (id < 0)
        return NULL;
    Runtime__V1__Int64Value *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__int64_value__init(out);
    out->value = id;
    return out;
}

static Runtime__V1__SecurityProfile *convert_profile(struct scratch *scratch, enum keelson_profile profile,
                                                     const char *name)
{
    Runtime__V1__SecurityProfile *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__security_profile__init(out);
    out->profile_type = (Runtime__V1__ProfileType)profile;
    if (profile == KEELSON_PROFILE_LOCALHOST)
        out->localhost_ref = convert_text(name);
    return out;
}

/* The runtime's default is what no profile means, and asking for it by name fails where the runtime has
 * AppArmor switched off. */
static Runtime__V1__SecurityProfile *convert_apparmor(struct scratch *scratch,
                                                      const struct keelson_security *security)
{
    if (security->apparmor == KEELSON_PROFILE_RUNTIME_DEFAULT)
        return NULL;
    return convert_profile(scratch, security->apparmor, security->apparmor_name);
}

static Runtime__V1__SELinuxOption *convert_selinux(struct scratch *scratch,
                                                   const struct keelson_security *security)
{
    if (!security->selinux_user && !security->selinux_role && !security->selinux_type &&
        !security->selinux_level)
        return NULL;
    Runtime__V1__SELinuxOption *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__selinux_option__init(out);
    out->user = convert_text(security->selinux_user);
    out->role = convert_text(security->selinux_role);
    out->type = convert_text(security->selinux_type);
    out->level = convert_text(security->selinux_level);
    return out;
}

static void convert_mapping(struct scratch *scratch, const struct keelson_id_mapping *from,
                            Runtime__V1__IDMapping **ret)
{
    *ret = scratch_alloc(scratch, sizeof(**ret));
    runtime__v1__idmapping__init(*ret);
    (*ret)->host_id = from->host_id;
    (*ret)->container_id = from->container_id;
    (*ret)->length = from->length;
}

/* A user namespace of the pod's own is one that has mappings. */
static Runtime__V1__UserNamespace *convert_user_namespace(struct scratch *scratch,
                                                          const struct keelson_security *security)
{
    if (security->user != KEELSON_NS_POD || !security->user_mappings_count)
        return NULL;
    Runtime__V1__UserNamespace *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__user_namespace__init(out);
    out->mode = RUNTIME__V1__NAMESPACE_MODE__POD;
    out->uids = scratch_alloc(scratch, security->user_mappings_count * sizeof(*out->uids));
    out->gids = scratch_alloc(scratch, security->user_mappings_count * sizeof(*out->gids));
    for (uint32_t i = 0; i < security->user_mappings_count; i++) {
        const struct keelson_id_mapping *mapping =
            KEELSON_AT(security->user_mappings, security->user_mapping_size, i);
        convert_mapping(scratch, mapping,
                        mapping->is_gid ? &out->gids[out->n_gids++] : &out->uids[out->n_uids++]);
    }
    return out;
}

static Runtime__V1__NamespaceOption *convert_namespaces(struct scratch *scratch,
                                                        const struct keelson_security *security)
{
    Runtime__V1__NamespaceOption *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__namespace_option__init(out);
    out->network = (Runtime__V1__NamespaceMode)security->network;
    out->pid = (Runtime__V1__NamespaceMode)security->pid;
    out->ipc = (Runtime__V1__NamespaceMode)security->ipc;
    out->target_id = convert_text(security->pid_target_id);
    out->userns_options = convert_user_namespace(scratch, security);
    return out;
}

static Runtime__V1__Capability *convert_capabilities(struct scratch *scratch,
                                                     const struct keelson_security *security)
{
    Runtime__V1__Capability *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__capability__init(out);
    out->n_add_capabilities = security->capabilities_add_count;
    out->add_capabilities = convert_texts(security->capabilities_add);
    out->n_drop_capabilities = security->capabilities_drop_count;
    out->drop_capabilities = convert_texts(security->capabilities_drop);
    return out;
}

Runtime__V1__LinuxSandboxSecurityContext *convert_sandbox_security(struct scratch *scratch,
                                                                   const struct keelson_security *security)
{
    Runtime__V1__LinuxSandboxSecurityContext *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__linux_sandbox_security_context__init(out);
    out->namespace_options = convert_namespaces(scratch, security);
    out->selinux_options = convert_selinux(scratch, security);
    out->run_as_user = convert_id(scratch, security->run_as_user);
    out->run_as_group = convert_id(scratch, security->run_as_group);
    out->readonly_rootfs = security->read_only_rootfs;
    out->n_supplemental_groups = security->supplemental_groups_count;
    out->supplemental_groups = (int64_t *)(uintptr_t)security->supplemental_groups;
    out->privileged = security->privileged;
    out->seccomp = convert_profile(scratch, security->seccomp, security->seccomp_path);
    out->apparmor = convert_apparmor(scratch, security);
    return out;
}

Runtime__V1__LinuxContainerSecurityContext *
convert_container_security(struct scratch *scratch, const struct keelson_security *security)
{
    Runtime__V1__LinuxContainerSecurityContext *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__linux_container_security_context__init(out);
    out->capabilities = convert_capabilities(scratch, security);
    out->privileged = security->privileged;
    out->namespace_options = convert_namespaces(scratch, security);
    out->selinux_options = convert_selinux(scratch, security);
    out->run_as_user = convert_id(scratch, security->run_as_user);
    out->run_as_group = convert_id(scratch, security->run_as_group);
    out->run_as_username = convert_text(security->run_as_username);
    out->readonly_rootfs = security->read_only_rootfs;
    out->n_supplemental_groups = security->supplemental_groups_count;
    out->supplemental_groups = (int64_t *)(uintptr_t)security->supplemental_groups;
    out->no_new_privs = security->no_new_privileges;
    out->n_masked_paths = security->masked_paths_count;
    out->masked_paths = convert_texts(security->masked_paths);
    out->n_readonly_paths = security->readonly_paths_count;
    out->readonly_paths = convert_texts(security->readonly_paths);
    out->seccomp = convert_profile(scratch, security->seccomp, security->seccomp_path);
    out->apparmor = convert_apparmor(scratch, security);
    return out;
}
