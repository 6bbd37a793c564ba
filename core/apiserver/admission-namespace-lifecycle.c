/* SPDX-License-Identifier: Apache-2.0 */
/* NamespaceLifecycle: nothing is made in a namespace that is not there or is going away, and the system's own
 * namespaces stay. */
#include "core/api/object.h"
#include "core/apiserver/admission-steps.h"
#include "core/base/memory.h"

static int check_delete(struct admission_attributes *a, struct error *err)
{
    static const char *const immortal[] = {"default", "kube-system", "kube-public"};
    if (!admission_is(a, "", "namespaces"))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(immortal); i++)
        if (strcmp(a->name, immortal[i]) == 0)
            return admission_forbid(a, err, "this namespace may not be deleted");
    return 0;
}

static bool is_terminating(const struct json *namespace_)
{
    const char *phase = json_string_at(namespace_, "status.phase");
    return object_is_deleted(namespace_) || (phase && strcmp(phase, "Terminating") == 0);
}

/* Reviews are questions, not content: they may be asked about any namespace. */
static bool is_review(const struct admission_attributes *a)
{
    return strcmp(a->resource->group, "authorization.k8s.io") == 0;
}

static int mutate(struct admission_attributes *a, struct error *err)
{
    if (a->operation == ADMIT_DELETE)
        return check_delete(a, err);
    /* What was left behind in a namespace may still be changed, so that it can be cleaned up: only new things
     * need it. */
    if (a->operation != ADMIT_CREATE || !a->namespace_ || !*a->namespace_ ||
        admission_is(a, "", "namespaces") || is_review(a))
        return 0;
    struct arena arena = ARENA_INIT;
    struct json *namespace_ = NULL;
    int result = registry_get(a->registry, RESOURCE("", "v1", "namespaces"), NULL, a->namespace_, &arena,
                              &namespace_, err);
    if (result == 0 && is_terminating(namespace_)) {
        result = admission_forbid(
            a, err, "unable to create new content in namespace %s because it is being terminated",
            a->namespace_);
        error_add_cause(err, "NamespaceTerminating", "metadata.namespace", "namespace %s is being terminated",
                        a->namespace_);
    }
    arena_done(&arena);
    return result;
}

const struct admission_step admission_namespace_lifecycle = {
    .name = "NamespaceLifecycle",
    .operations = ADMIT_CREATE | ADMIT_DELETE,
    .mutate = mutate,
};
