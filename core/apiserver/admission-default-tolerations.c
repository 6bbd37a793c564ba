/* SPDX-License-Identifier: Apache-2.0 */
/* DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or cannot be reached, unless
 * it says otherwise. */
#include "core/apiserver/admission-steps.h"
#include "core/base/memory.h"

#define SECONDS 300

static bool tolerates(const struct json *tolerations, const char *key)
{
    json_for_each (t, tolerations) {
        const char *own = json_string_or(json_get(t, "key"), ""),
                   *effect = json_string_or(json_get(t, "effect"), "");
        if ((!*own || strcmp(own, key) == 0) && (!*effect || strcmp(effect, "NoExecute") == 0))
            return true;
    }
    return false;
}

static int mutate(struct admission_attributes *a, struct error *err)
{
    static const char *const keys[] = {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"};
    struct arena *arena = &a->request->arena;
    struct json *spec = json_get(a->object, "spec");
    if (!admission_is(a, "", "pods") || !spec)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (tolerates(json_get(spec, "tolerations"), keys[i]))
            continue;
        struct json *t =
            json_append(arena, json_ensure(arena, spec, "tolerations", JSON_ARRAY), json_new_object(arena));
        json_set_string(arena, t, "key", keys[i]);
        json_set_string(arena, t, "operator", "Exists");
        json_set_string(arena, t, "effect", "NoExecute");
        json_set_int(arena, t, "tolerationSeconds", SECONDS);
    }
    return 0;
}

const struct admission_step admission_default_tolerations = {
    .name = "DefaultTolerationSeconds",
    .operations = ADMIT_CREATE | ADMIT_UPDATE,
    .mutate = mutate,
};
