/* SPDX-License-Identifier: Apache-2.0 */
/* Events: core/v1 and events.k8s.io/v1 hold the same under other names. */
#include "core/api/convert.h"

#include "core/base/memory.h"

static const struct {
    const char *core, *events;
} names[] = {
    {"involvedObject", "regarding"},
    {"message", "note"},
    {"source", "deprecatedSource"},
    {"firstTimestamp", "deprecatedFirstTimestamp"},
    {"lastTimestamp", "deprecatedLastTimestamp"},
    {"count", "deprecatedCount"},
    {"reportingComponent", "reportingController"},
};

static void rename_member(struct json *object, const char *from, const char *to)
{
    struct json *member = json_get(object, from);

    if (!member)
        return;
    json_remove(object, to);
    member->key = to;
    member->key_size = (uint32_t)strlen(to) & 0xffffff;
}

void convert_event_to_core(struct arena *arena, struct json *object)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        rename_member(object, names[i].events, names[i].core);
}

void convert_event_from_core(struct arena *arena, struct json *object)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        rename_member(object, names[i].core, names[i].events);
}
