/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap: each object is created if it is not there; whatever an administrator changed stays. Tried again
 * until all of it is there. */
#include "core/apiserver/bootstrap.h"

#include <unistd.h>

#include "core/api/object.h"
#include "core/apiserver/authentication-trust.h"
#include "core/apiserver/kubernetes-service.h"
#include "core/base/log.h"
#include "core/base/memory.h"

enum { TRIES_MAX = 60 };

static int create_if_absent(struct registry *g, const struct resource *r, const char *namespace_,
                            struct api_request *by, struct json *object, struct error *err)
{
    struct object *there = registry_lookup(g, r, namespace_, object_name(object));
    if (there) {
        object_unref(there);
        return 0;
    }
    if (registry_create(g, by, r, namespace_, object, NULL, err) == 0 || err->code == ERR_ALREADY_EXISTS)
        return 0;
    return error_prefix(err, "creating %s \"%s\"", r->plural, object_name(object));
}

static int make_namespaces(struct registry *g, struct error *err)
{
    static const char *const names[] = {"kube-system", "kube-public", "kube-node-lease", "default"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct api_request by;
        registry_self(&by);
        int status = create_if_absent(g, RESOURCE("", "v1", "namespaces"), "", &by,
                                      object_new(&by.arena, "v1", "Namespace", NULL, names[i]), err);
        registry_self_done(&by);
        if (status < 0)
            return -1;
    }
    return 0;
}

static int make_priority_classes(struct registry *g, struct error *err)
{
    static const struct {
        const char *name, *description;
        int64_t value;
    } rows[] = {
        {"system-node-critical",
         "Used for system critical pods that must not be moved from their current node.", 2000001000},
        {"system-cluster-critical",
         "Used for system critical pods that must run in the cluster, but can be moved to another node if "
         "necessary.",
         2000000000},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct api_request by;
        registry_self(&by);
        struct json *object =
            object_new(&by.arena, "scheduling.k8s.io/v1", "PriorityClass", NULL, rows[i].name);
        json_set_int(&by.arena, object, "value", rows[i].value);
        json_set_string(&by.arena, object, "description", rows[i].description);
        int status =
            create_if_absent(g, RESOURCE("scheduling.k8s.io", "v1", "priorityclasses"), "", &by, object, err);
        registry_self_done(&by);
        if (status < 0)
            return -1;
    }
    return 0;
}

static int make_service_cidr(struct server *server, struct error *err)
{
    struct api_request by;
    registry_self(&by);
    struct json *object = object_new(&by.arena, "networking.k8s.io/v1", "ServiceCIDR", NULL, "kubernetes");
    struct json *cidrs = json_ensure(&by.arena, object, "spec.cidrs", JSON_ARRAY);
    struct slice rest = slice_of(server->options->service_cluster_ip_range);
    while (rest.data)
        json_append(&by.arena, cidrs, json_new_slice(&by.arena, slice_trim(slice_cut(&rest, ','))));
    int status = create_if_absent(server->registry, RESOURCE("networking.k8s.io", "v1", "servicecidrs"), "",
                                  &by, object, err);
    registry_self_done(&by);
    return status;
}

void bootstrap_run(struct server *server)
{
    for (unsigned tried = 0; tried < TRIES_MAX && !atomic_load(&server->stopping); tried++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct registry *g = server->registry;
        if (make_namespaces(g, &err) == 0 && make_priority_classes(g, &err) == 0 &&
            make_service_cidr(server, &err) == 0 && kubernetes_service_reconcile(server, &err) == 0 &&
            authentication_trust_reconcile(server, &err) == 0 && authz_bootstrap(g, &err) == 0) {
            atomic_store(&server->bootstrapped, true);
            return;
        }
        log_error("bootstrap: %s", err.message);
        sleep(1);
    }
}

void bootstrap_refresh(struct server *server)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (!atomic_load(&server->bootstrapped) || atomic_load(&server->stopping))
        return;
    if (make_namespaces(server->registry, &err) < 0 || kubernetes_service_reconcile(server, &err) < 0 ||
        authentication_trust_reconcile(server, &err) < 0)
        log_warning("what a cluster must have: %s", err.message);
}
