/* SPDX-License-Identifier: Apache-2.0 */
/* From the host's structs over the wire to CRI's messages: packed, unpacked and looked at. And the memory of
 * owners. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/cri/convert.h"
#include "plugins/cri/cri.h"

static void *over_the_wire(const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(size + 1);
    assert_int_equal(protobuf_c_message_pack(message, bytes), size);
    ProtobufCMessage *copy = protobuf_c_message_unpack(message->descriptor, NULL, size, bytes);
    free(bytes);
    assert_non_null(copy);
    return copy;
}

static const struct keelson_security plain = {.size = sizeof(plain), .run_as_user = -1, .run_as_group = -1};

static void test_sandbox(void **state)
{
    static const char *const servers[] = {"10.96.0.10", "fd00::a"}, *const searches[] = {
                                                                        "default.svc.cluster.local"};
    static const struct keelson_port_mapping ports[] = {{KEELSON_UDP, 53, 5353, 0, "127.0.0.1"},
                                                        {KEELSON_TCP, 80, 8080, 0, NULL}};
    static const struct keelson_resources resources = {.size = sizeof(resources), .cpu_shares = 2};
    static const struct keelson_pair sysctls[] = {{"net.ipv4.ip_unprivileged_port_start", "0"}};
    const struct keelson_sandbox_config config = {
        .size = sizeof(config),
        .attempt = 3,
        .name = "p",
        .namespace_ = "ns",
        .uid = "u",
        .hostname = "h",
        .log_directory = "/l",
        .dns_servers = servers,
        .dns_servers_count = 2,
        .dns_searches = searches,
        .dns_searches_count = 1,
        .ports = ports,
        .ports_count = 2,
        .port_size = sizeof(ports[0]),
        .sysctls = {sysctls, 1},
        .cgroup_parent = "/kubepods/pod1",
        .security = &plain,
        .resources = &resources,
    };
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__PodSandboxConfig *out =
        over_the_wire(&convert_sandbox(&scratch, &config)->base);
    assert_string_equal(out->metadata->name, "p");
    assert_string_equal(out->metadata->namespace_, "ns");
    assert_string_equal(out->metadata->uid, "u");
    assert_int_equal(out->metadata->attempt, 3);
    assert_int_equal(out->dns_config->n_servers, 2);
    assert_string_equal(out->dns_config->servers[1], "fd00::a");
    assert_int_equal(out->n_port_mappings, 2);
    assert_int_equal(out->port_mappings[0]->protocol, RUNTIME__V1__PROTOCOL__UDP);
    assert_string_equal(out->port_mappings[0]->host_ip, "127.0.0.1");
    assert_string_equal(out->port_mappings[1]->host_ip, "");
    assert_int_equal(out->port_mappings[1]->host_port, 8080);
    assert_string_equal(out->linux_config->cgroup_parent, "/kubepods/pod1");
    assert_string_equal(out->linux_config->sysctls[0]->value, "0");
    assert_null(out->linux_config->overhead);
    assert_int_equal(out->linux_config->resources->cpu_shares, 2);
    assert_null(out->linux_config->security_context->run_as_user);
    assert_null(out->linux_config->security_context->apparmor);
}

static void test_container(void **state)
{
    static const char *const command[] = {"sh", "-c"}, *const args[] = {"exit 1"};
    static const struct keelson_pair env[] = {{"A", "b=c"}, {"EMPTY", ""}}, huge[] = {{"2MB", "4194304"}};
    static const struct keelson_mount mounts[] = {
        {"/data", "/host/data", 1, 0, 0, KEELSON_PROPAGATE_TO_CONTAINER}};
    static const struct keelson_device devices[] = {{"/dev/fuse", "/dev/fuse", "rwm"}};
    const struct keelson_resources resources = {.size = sizeof(resources),
                                                .oom_score_adj = -997,
                                                .cpu_quota_us = 50000,
                                                .memory_limit_bytes = INT64_C(1) << 33,
                                                .hugepages = {huge, 1}};
    const struct keelson_container_config config = {
        .size = sizeof(config),
        .attempt = 1,
        .name = "c",
        .image = "sha256:1",
        .image_spec = "img:1",
        .command = command,
        .command_count = 2,
        .args = args,
        .args_count = 1,
        .env = {env, 2},
        .mounts = mounts,
        .mounts_count = 1,
        .mount_size = sizeof(mounts[0]),
        .devices = devices,
        .devices_count = 1,
        .device_size = sizeof(devices[0]),
        .log_path = "c/1.log",
        .stdin_ = 1,
        .tty = 1,
        .stop_signal = "SIGRTMIN+3",
        .security = &plain,
        .resources = &resources,
    };
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__ContainerConfig *out =
        over_the_wire(&convert_container(&scratch, &config)->base);
    assert_string_equal(out->image->image, "sha256:1");
    assert_string_equal(out->image->user_specified_image, "img:1");
    assert_string_equal(out->command[1], "-c");
    assert_string_equal(out->args[0], "exit 1");
    assert_string_equal(out->working_dir, "");
    assert_int_equal(out->n_envs, 2);
    assert_memory_equal(out->envs[0]->value.data, "b=c", 3);
    assert_int_equal(out->envs[1]->value.len, 0);
    assert_true(out->mounts[0]->readonly);
    assert_int_equal(out->mounts[0]->propagation,
                     RUNTIME__V1__MOUNT_PROPAGATION__PROPAGATION_HOST_TO_CONTAINER);
    assert_string_equal(out->devices[0]->permissions, "rwm");
    assert_true(out->with_stdin && out->tty && !out->stdin_once);
    assert_int_equal(out->stop_signal, RUNTIME__V1__SIGNAL__SIGRTMINPLUS3);
    assert_int_equal(out->linux_config->resources->oom_score_adj, -997);
    assert_int_equal(out->linux_config->resources->memory_limit_in_bytes, INT64_C(1) << 33);
    assert_int_equal(out->linux_config->resources->hugepage_limits[0]->limit, 4194304);
}

static void test_security(void **state)
{
    static const char *const add[] = {"NET_ADMIN"}, *const drop[] = {"ALL"},
                             *const masked[] = {"/proc/kcore"};
    static const int64_t groups[] = {10, INT64_C(4294967295)};
    static const struct keelson_id_mapping mappings[] = {{100000, 0, 65536, 0}, {200000, 0, 65536, 1}};
    const struct keelson_security security = {
        .size = sizeof(security),
        .privileged = 1,
        .read_only_rootfs = 1,
        .no_new_privileges = 1,
        .network = KEELSON_NS_NODE,
        .pid = KEELSON_NS_TARGET,
        .pid_target_id = "t",
        .run_as_user = 0,
        .run_as_group = 5,
        .supplemental_groups = groups,
        .supplemental_groups_count = 2,
        .user_mappings = mappings,
        .user_mappings_count = 2,
        .user_mapping_size = sizeof(mappings[0]),
        .capabilities_add = add,
        .capabilities_add_count = 1,
        .capabilities_drop = drop,
        .capabilities_drop_count = 1,
        .seccomp = KEELSON_PROFILE_LOCALHOST,
        .seccomp_path = "/p.json",
        .apparmor = KEELSON_PROFILE_UNCONFINED,
        .selinux_level = "s0",
        .masked_paths = masked,
        .masked_paths_count = 1,
    };
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__LinuxContainerSecurityContext *out =
        over_the_wire(&convert_container_security(&scratch, &security)->base);
    assert_true(out->privileged && out->readonly_rootfs && out->no_new_privs);
    assert_int_equal(out->namespace_options->network, RUNTIME__V1__NAMESPACE_MODE__NODE);
    assert_int_equal(out->namespace_options->pid, RUNTIME__V1__NAMESPACE_MODE__TARGET);
    assert_string_equal(out->namespace_options->target_id, "t");
    assert_int_equal(out->namespace_options->userns_options->uids[0]->host_id, 100000);
    assert_int_equal(out->namespace_options->userns_options->gids[0]->host_id, 200000);
    assert_int_equal(out->run_as_user->value, 0); /* root is said, not left out */
    assert_int_equal(out->run_as_group->value, 5);
    assert_int_equal(out->supplemental_groups[1], INT64_C(4294967295));
    assert_string_equal(out->capabilities->add_capabilities[0], "NET_ADMIN");
    assert_string_equal(out->capabilities->drop_capabilities[0], "ALL");
    assert_int_equal(out->seccomp->profile_type, RUNTIME__V1__PROFILE_TYPE__Localhost);
    assert_string_equal(out->seccomp->localhost_ref, "/p.json");
    assert_int_equal(out->apparmor->profile_type, RUNTIME__V1__PROFILE_TYPE__Unconfined);
    assert_string_equal(out->selinux_options->level, "s0");
    assert_string_equal(out->masked_paths[0], "/proc/kcore");
}

/* Each gRPC code has a status, and a new one is a failure. */
static void test_status(void **state)
{
    assert_int_equal(cri_status_of(GRPC_OK), KEELSON_OK);
    assert_int_equal(cri_status_of(GRPC_NOT_FOUND), KEELSON_NOT_FOUND);
    assert_int_equal(cri_status_of(GRPC_UNAVAILABLE), KEELSON_UNAVAILABLE);
    assert_int_equal(cri_status_of(GRPC_UNIMPLEMENTED), KEELSON_UNSUPPORTED);
    assert_int_equal(cri_status_of((enum grpc_code)99), KEELSON_FAILED);
    for (int code = 1; code <= GRPC_UNAUTHENTICATED; code++)
        assert_int_not_equal(cri_status_of((enum grpc_code)code), KEELSON_OK);
}

static void test_owners(void **state)
{
    struct owners *owners = owners_new();
    char id[32], sandbox[80];
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        owners_add(owners, id, i % 2 ? "odd" : "even");
    }
    owners_remove(owners, "c7");
    owners_remove(owners, "c7");
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        bool found = owners_find(owners, id, sandbox, sizeof(sandbox));
        assert_int_equal(found, i != 7);
        if (found)
            assert_string_equal(sandbox, i % 2 ? "odd" : "even");
    }
    assert_false(owners_find(owners, "", sandbox, sizeof(sandbox)));
    owners_free(owners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sandbox), cmocka_unit_test(test_container), cmocka_unit_test(test_security),
        cmocka_unit_test(test_status),  cmocka_unit_test(test_owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
