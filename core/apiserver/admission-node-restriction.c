/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NodeRestriction: what a kubelet writes is about itself ("Using Node Authorization"). Whose objects it may
 * touch the Node authorizer says by their names; this step looks into what is written: static pods are its
 * own mirror pods, its Node is not another's, and labels and taints that keep workloads away are not the
 * node's to change.
 */
#include "core/api/object.h"
#include "core/apiserver/admission-steps.h"
#include "core/apiserver/authz-node.h"
#include "core/base/memory.h"

#define MIRROR_POD       "kubernetes.io/config.mirror"
#define RESTRICTED_LABEL "node-restriction.kubernetes.io"

static int check_pod(struct admission_attributes *a, const char *node, struct error *err)
{
    if (a->operation != ADMIT_CREATE)
        return 0;
    if (!object_annotation(a->object, MIRROR_POD))
        return admission_forbid(
            a, err,
            "pod does not have \"" MIRROR_POD "\" annotation, node \"%s\" can only create mirror pods", node);
    if (strcmp(json_string_or(json_at(a->object, "spec.nodeName"), ""), node) != 0)
        return admission_forbid(a, err, "node \"%s\" can only create pods with spec.nodeName set to itself",
                                node);
    return 0;
}

/* "node-restriction.kubernetes.io/x" and "sub.node-restriction.kubernetes.io/x". */
static bool is_restricted(const char *key)
{
    const char *slash = strchr(key, '/');
    struct slice domain = {key, slash ? (size_t)(slash - key) : 0};
    return slice_is(domain, RESTRICTED_LABEL) || slice_ends(domain, "." RESTRICTED_LABEL);
}

/* A label that is restricted and not as it was; NULL: none. */
static const char *changed_label(const struct json *object, const struct json *old)
{
    json_for_each (label, json_at(object, "metadata.labels")) {
        const char *was = old ? object_label(old, label->key) : NULL;
        if (is_restricted(label->key) && (!was || strcmp(was, json_string_or(label, "")) != 0))
            return label->key;
    }
    json_for_each (label, old ? json_at(old, "metadata.labels") : NULL) {
        if (is_restricted(label->key) && !object_label(object, label->key))
            return label->key;
    }
    return NULL;
}

static int check_node(struct admission_attributes *a, const char *node, struct error *err)
{
    const char *name = *a->name ? a->name : object_name(a->object);
    if (strcmp(name, node) != 0)
        return admission_forbid(a, err, "node \"%s\" is not allowed to modify node \"%s\"", node, name);
    const char *label = changed_label(a->object, a->old_object);
    if (label)
        return admission_forbid(a, err, "node \"%s\" is not allowed to modify labels: %s", node, label);
    if (a->operation == ADMIT_UPDATE &&
        !json_equal_semantic(json_at(a->object, "spec.taints"), json_at(a->old_object, "spec.taints")))
        return admission_forbid(a, err, "node \"%s\" is not allowed to modify taints", node);
    return 0;
}

static int validate(struct admission_attributes *a, struct error *err)
{
    const char *node = node_authz_node_of(&a->request->user);
    if (!node)
        return 0;
    if (admission_is(a, "", "pods"))
        return check_pod(a, node, err);
    if (!*a->resource->group && strcmp(a->resource->plural, "nodes") == 0 && a->object)
        return check_node(a, node, err);
    return 0;
}

const struct admission_step admission_node_restriction = {
    .name = "NodeRestriction",
    .operations = ADMIT_CREATE | ADMIT_UPDATE,
    .validate = validate,
};
