/* SPDX-License-Identifier: Apache-2.0 */
/* A member of a stateful set: who it is does not change when its pod does. */
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/controller-manager/statefulset.h"

#define LABEL_POD_NAME  "statefulset.kubernetes.io/pod-name"
#define LABEL_POD_INDEX "apps.kubernetes.io/pod-index"

bool member_ordinal(const struct json *set, const struct json *pod, int64_t *ret)
{
    const char *name = object_name(pod);
    size_t prefix = strlen(object_name(set));
    return !strncmp(name, object_name(set), prefix) && name[prefix] == '-' &&
           parse_i64(slice_of(name + prefix + 1), 0, INT32_MAX, ret);
}

bool member_has_revision(const struct json *pod, const struct json *revision)
{
    const char *hash = object_label(pod, LABEL_REVISION_HASH);
    return hash && !strcmp(hash, object_name(revision));
}

/* The claims take the place of volumes of their names. */
static void set_volumes(struct stateful_sync *s, struct json *spec, int64_t ordinal)
{
    struct arena *a = &s->arena;
    const struct json *templates = json_at(s->set, "spec.volumeClaimTemplates");
    if (json_count(templates) == 0)
        return;
    struct json *volumes = json_ensure(a, spec, "volumes", JSON_ARRAY);
    json_for_each (template_, templates) {
        for (struct json *v = volumes->first, *next; v; v = next) {
            next = v->next;
            if (slice_is(json_slice(json_get(v, "name")), object_name(template_)))
                json_remove_node(volumes, v);
        }
        struct json *volume = json_append(a, volumes, json_new_object(a));
        json_set_string(a, volume, "name", object_name(template_));
        json_set_string(a, json_set_object(a, volume, "persistentVolumeClaim"), "claimName",
                        member_claim_name(s, template_, ordinal));
    }
}

/* Members below the partition keep the revision that is rolled out fully. */
static const struct json *revision_for(const struct stateful_sync *s, int64_t ordinal)
{
    int64_t partition = json_integer_at(s->set, "spec.updateStrategy.rollingUpdate.partition", 0);
    return ordinal < s->first + partition ? s->current : s->update;
}

struct json *member_pod(struct stateful_sync *s, int64_t ordinal)
{
    struct arena *a = &s->arena;
    const struct json *revision = revision_for(s, ordinal);
    struct json *template_ = revision_template(revision);
    struct json *pod = pod_from_template(&s->c->control, a, s->set,
                                         template_ ? template_ : json_at(s->set, "spec.template"));
    struct json *metadata = json_get(pod, "metadata"), *spec = json_ensure(a, pod, "spec", JSON_OBJECT);
    char *name = arena_printf(a, "%s-%lld", object_name(s->set), (long long)ordinal);
    json_remove(metadata, "generateName");
    json_set_string(a, metadata, "name", name);
    object_set_label(a, pod, LABEL_POD_NAME, name);
    object_set_label(a, pod, LABEL_POD_INDEX, arena_printf(a, "%lld", (long long)ordinal));
    object_set_label(a, pod, LABEL_REVISION_HASH, object_name(revision));
    json_set_string(a, spec, "hostname", name);
    const char *service = json_string_at(s->set, "spec.serviceName");
    json_set_string(a, spec, "subdomain", service && service[0] ? service : NULL);
    set_volumes(s, spec, ordinal);
    return pod;
}
