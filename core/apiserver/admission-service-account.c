/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ServiceAccount: every pod runs as an account that exists, and finds its token, the CA and its namespace
 * mounted in each container ("Service account admission controller"; bound tokens by KEP-1205).
 */
#include "core/api/object.h"
#include "core/apiserver/admission-steps.h"
#include "core/base/memory.h"
#include "core/base/random.h"

#define MOUNT_PATH    "/var/run/secrets/kubernetes.io/serviceaccount"
#define VOLUME_PREFIX "kube-api-access-"
#define MIRROR_POD    "kubernetes.io/config.mirror"

static int find_account(struct admission_attributes *a, const char *name, struct arena *arena,
                        struct json **ret, struct error *err)
{
    _cleanup_(error_done) struct error why = ERROR_INIT;
    if (registry_get(a->registry, RESOURCE("", "v1", "serviceaccounts"), a->namespace_, name, arena, ret,
                     &why) == 0)
        return 0;
    return admission_forbid(a, err, "error looking up service account %s/%s: serviceaccount \"%s\" not found",
                            a->namespace_, name, name);
}

static bool wants_token(const struct json *account, const struct json *spec)
{
    const struct json *own = json_get(spec, "automountServiceAccountToken");
    return json_is_absent(own) ? json_boolean_at(account, "automountServiceAccountToken", true)
                               : json_boolean_or(own, true);
}

static bool has_mount(const struct json *container)
{
    json_for_each (mount, json_get(container, "volumeMounts")) {
        if (strcmp(json_string_or(json_get(mount, "mountPath"), ""), MOUNT_PATH) == 0)
            return true;
    }
    return false;
}

static bool add_mounts(struct arena *arena, struct json *containers, const char *volume)
{
    bool added = false;
    json_for_each (container, containers) {
        if (has_mount(container))
            continue;
        struct json *mounts = json_ensure(arena, container, "volumeMounts", JSON_ARRAY);
        struct json *mount = json_append(arena, mounts, json_new_object(arena));
        json_set_string(arena, mount, "name", volume);
        json_set_bool(arena, mount, "readOnly", true);
        json_set_string(arena, mount, "mountPath", MOUNT_PATH);
        added = true;
    }
    return added;
}

static void add_token(struct arena *arena, struct json *sources)
{
    struct json *token =
        json_set_object(arena, json_append(arena, sources, json_new_object(arena)), "serviceAccountToken");
    json_set_int(arena, token, "expirationSeconds", 3607);
    json_set_string(arena, token, "path", "token");
}

static void add_root_ca(struct arena *arena, struct json *sources)
{
    struct json *map =
        json_set_object(arena, json_append(arena, sources, json_new_object(arena)), "configMap");
    json_set_string(arena, map, "name", "kube-root-ca.crt");
    struct json *item = json_append(arena, json_set_array(arena, map, "items"), json_new_object(arena));
    json_set_string(arena, item, "key", "ca.crt");
    json_set_string(arena, item, "path", "ca.crt");
}

static void add_namespace(struct arena *arena, struct json *sources)
{
    struct json *downward =
        json_set_object(arena, json_append(arena, sources, json_new_object(arena)), "downwardAPI");
    struct json *item = json_append(arena, json_set_array(arena, downward, "items"), json_new_object(arena));
    json_set_string(arena, item, "path", "namespace");
    struct json *field = json_set_object(arena, item, "fieldRef");
    json_set_string(arena, field, "apiVersion", "v1");
    json_set_string(arena, field, "fieldPath", "metadata.namespace");
}

static void add_volume(struct arena *arena, struct json *spec, const char *name)
{
    struct json *volume =
        json_append(arena, json_ensure(arena, spec, "volumes", JSON_ARRAY), json_new_object(arena));
    json_set_string(arena, volume, "name", name);
    struct json *projected = json_set_object(arena, volume, "projected");
    struct json *sources = json_set_array(arena, projected, "sources");
    add_token(arena, sources);
    add_root_ca(arena, sources);
    add_namespace(arena, sources);
    json_set_int(arena, projected, "defaultMode", 0644);
}

static void mount_token(struct arena *arena, struct json *spec)
{
    char name[sizeof(VOLUME_PREFIX) + 6] = VOLUME_PREFIX;
    random_name_suffix(name + strlen(VOLUME_PREFIX), 5);
    bool used = add_mounts(arena, json_get(spec, "initContainers"), name);
    used |= add_mounts(arena, json_get(spec, "containers"), name);
    if (used)
        add_volume(arena, spec, name);
}

static void copy_pull_secrets(struct arena *arena, struct json *spec, const struct json *account)
{
    const struct json *secrets = json_get(account, "imagePullSecrets");
    if (json_count(json_get(spec, "imagePullSecrets")) == 0 && json_count(secrets) > 0)
        json_set(arena, spec, "imagePullSecrets", json_copy(arena, secrets));
}

static bool uses_secrets_in_env(const struct json *containers)
{
    json_for_each (container, containers) {
        json_for_each (env, json_get(container, "env"))
            if (json_at(env, "valueFrom.secretKeyRef"))
                return true;
        json_for_each (from, json_get(container, "envFrom"))
            if (json_get(from, "secretRef"))
                return true;
    }
    return false;
}

/* A source of volumes, in a projected one too. */
static bool uses_volume(const struct json *spec, const char *source)
{
    json_for_each (volume, json_get(spec, "volumes")) {
        if (json_get(volume, source))
            return true;
        json_for_each (projected, json_at(volume, "projected.sources"))
            if (json_get(projected, source))
                return true;
    }
    return false;
}

/* A static pod stands for what a node does by itself: it can have no rights of the cluster's. */
static int check_mirror_pod(struct admission_attributes *a, const char *account, struct error *err)
{
    const struct json *spec = json_get(a->object, "spec");
    if (*account)
        return admission_forbid(a, err, "a mirror pod may not reference service accounts");
    if (uses_secrets_in_env(json_get(spec, "containers")) ||
        uses_secrets_in_env(json_get(spec, "initContainers")) || uses_volume(spec, "secret") ||
        json_count(json_get(spec, "imagePullSecrets")) > 0)
        return admission_forbid(a, err, "a mirror pod may not reference secrets");
    if (uses_volume(spec, "serviceAccountToken"))
        return admission_forbid(a, err, "a mirror pod may not use ServiceAccountToken volume projections");
    return 0;
}

static int mutate(struct admission_attributes *a, struct error *err)
{
    if (!admission_is(a, "", "pods"))
        return 0;
    struct arena *arena = &a->request->arena;
    struct json *spec = json_get(a->object, "spec"), *account = NULL;
    const char *name = json_string_or(json_get(spec, "serviceAccountName"), "");
    if (!*name)
        name = json_string_or(json_get(spec, "serviceAccount"), "");
    if (object_annotation(a->object, MIRROR_POD))
        return check_mirror_pod(a, name, err);
    if (!spec)
        return 0;
    if (!*name)
        name = "default";
    json_set_string(arena, spec, "serviceAccountName", name);
    json_set_string(arena, spec, "serviceAccount", name);
    if (find_account(a, name, arena, &account, err) < 0)
        return -1;
    if (wants_token(account, spec))
        mount_token(arena, spec);
    copy_pull_secrets(arena, spec, account);
    return 0;
}

const struct admission_step admission_service_account = {
    .name = "ServiceAccount",
    .operations = ADMIT_CREATE,
    .mutate = mutate,
};
