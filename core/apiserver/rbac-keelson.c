/* SPDX-License-Identifier: Apache-2.0 */
/* The roles of daemons that upstream's clusters get by a manifest, or do not have: rows only. For an API
 * server that is not keelson's the same stand in etc/rbac. */
#include "core/apiserver/rbac-defaults.h"

/* clang-format off */
static const struct rbac_default_rule rules_cloud_controller_manager[] = {
    {"delete,get,list,patch,update,watch", "", "nodes", NULL, NULL},
    {"patch,update", "", "nodes/status", NULL, NULL},
    {"get,list,patch,watch", "", "services", NULL, NULL},
    {"patch", "", "services/status", NULL, NULL},
    {"create,patch", "", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_leader_locking_cloud_controller_manager[] = {
    {"create", "coordination.k8s.io", "leases", NULL, NULL},
    {"get,update", "coordination.k8s.io", "leases", "cloud-controller-manager", NULL},
};
static const struct rbac_default_rule rules_announce[] = {
    {"list,watch", "", "nodes,services", NULL, NULL},
    {"list,watch", "discovery.k8s.io", "endpointslices", NULL, NULL},
};
static const struct rbac_default_rule rules_kube_system_announce[] = {
    {"create,delete,list,patch,watch", "coordination.k8s.io", "leases", NULL, NULL},
};

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static const struct rbac_default_role roles[] = {
    {NULL, "system:cloud-controller-manager", NULL, NULL, rules_cloud_controller_manager, ROWS(rules_cloud_controller_manager)},
    {"kube-system", "system::leader-locking-cloud-controller-manager", NULL, NULL, rules_leader_locking_cloud_controller_manager, ROWS(rules_leader_locking_cloud_controller_manager)},
    {NULL, "keelson:announce", NULL, NULL, rules_announce, ROWS(rules_announce)},
    {"kube-system", "keelson:announce", NULL, NULL, rules_kube_system_announce, ROWS(rules_kube_system_announce)},
};
static const struct rbac_default_binding bindings[] = {
    {NULL, "system:cloud-controller-manager", "ClusterRole", "system:cloud-controller-manager", {"User:system:cloud-controller-manager", "ServiceAccount:kube-system:cloud-controller-manager", NULL}},
    {"kube-system", "system::leader-locking-cloud-controller-manager", "Role", "system::leader-locking-cloud-controller-manager", {"User:system:cloud-controller-manager", "ServiceAccount:kube-system:cloud-controller-manager", NULL}},
    {NULL, "keelson:announce", "ClusterRole", "keelson:announce", {"Group:keelson:announcers", NULL}},
    {"kube-system", "keelson:announce", "Role", "keelson:announce", {"Group:keelson:announcers", NULL}},
};

const struct rbac_default_set rbac_defaults_keelson = {roles, ROWS(roles), bindings, ROWS(bindings)};
/* clang-format on */
