/* SPDX-License-Identifier: Apache-2.0 */
/* Events, of both groups: events.k8s.io names the same things differently. Newer reporters fill in eventTime
 * and series, older ones the two timestamps and a count. */
#include <ctype.h>

#include "core/api/print-columns.h"

/* The first of the two that holds anything. */
static const struct json *either(const struct json *event, const char *path, const char *other)
{
    const struct json *value = json_at(event, path);
    bool empty = json_is_absent(value) || (json_is(value, JSON_STRING) && !value->size);
    return empty ? json_at(event, other) : value;
}

static const struct json *first_seen(const struct json *event)
{
    const struct json *time = either(event, "firstTimestamp", "deprecatedFirstTimestamp");
    return json_is_absent(time) ? json_get(event, "eventTime") : time;
}

static void print_first_seen(struct print_row *row, const struct json *event)
{
    print_age(row, first_seen(event));
}

static void print_last_seen(struct print_row *row, const struct json *event)
{
    const struct json *time = either(event, "lastTimestamp", "deprecatedLastTimestamp");
    if (!json_is_absent(json_get(event, "series")))
        time = json_at(event, "series.lastObservedTime");
    else if (json_is_absent(time))
        time = first_seen(event);
    print_age(row, time);
}

static void print_count(struct print_row *row, const struct json *event)
{
    int64_t count = json_integer_or(either(event, "count", "deprecatedCount"), 0);
    if (!json_is_absent(json_get(event, "series")))
        count = json_integer_at(event, "series.count", 0);
    else if (!count)
        count = 1;
    print_integer(row, count);
}

static void print_object(struct print_row *row, const struct json *event)
{
    struct slice kind = json_slice(either(event, "involvedObject.kind", "regarding.kind"));
    struct slice name = json_slice(either(event, "involvedObject.name", "regarding.name"));
    for (size_t i = 0; i < kind.size; i++)
        buffer_append_char(&row->text, (char)tolower((unsigned char)kind.data[i]));
    if (name.size)
        buffer_printf(&row->text, "/%.*s", SLICE_ARG(name));
    print_gathered(row, "");
}

static void print_part(struct print_row *row, const struct json *event)
{
    print_slice(row, json_slice(either(event, "involvedObject.fieldPath", "regarding.fieldPath")));
}

static void print_source(struct print_row *row, const struct json *event)
{
    bool old = json_is_absent(json_get(event, "deprecatedSource"));
    struct slice component =
        json_slice(either(event, old ? "source.component" : "deprecatedSource.component",
                          json_is_absent(json_get(event, "reportingComponent")) ? "reportingController"
                                                                                : "reportingComponent"));
    struct slice host =
        json_slice(either(event, old ? "source.host" : "deprecatedSource.host", "reportingInstance"));
    buffer_append_slice(&row->text, component);
    if (host.size)
        buffer_printf(&row->text, ", %.*s", SLICE_ARG(host));
    print_gathered(row, "");
}

static void print_message(struct print_row *row, const struct json *event)
{
    print_slice(row, slice_trim(json_slice(either(event, "message", "note"))));
}

static const struct print_column columns[] = {
    {"Last Seen", .cell = print_last_seen},
    {"Type", "type"},
    {"Reason", "reason"},
    {"Object", .cell = print_object},
    {"Subobject", .cell = print_part, .wide = true},
    {"Source", .cell = print_source, .wide = true},
    {"Message", .cell = print_message},
    {"First Seen", .cell = print_first_seen, .wide = true},
    {"Count", .cell = print_count, .wide = true},
    {"Name", "metadata.name", .wide = true},
};

const struct print_kind print_event_kinds[] = {
    PRINT_KIND("", "Event", columns),
    PRINT_KIND("events.k8s.io", "Event", columns),
    {NULL},
};
