/* SPDX-License-Identifier: Apache-2.0 */
/* Types: events/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(events_v1_Event) = {
    ROW( 0, "kind",                     OPTIONAL, STRING),
    ROW( 0, "apiVersion",               OPTIONAL, STRING),
    ROW( 1, "metadata",                 OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "eventTime",                REQUIRED, MICRO_TIME),
    ROW( 3, "series",                   OPTIONAL, OBJECT(events_v1_EventSeries)),
    ROW( 4, "reportingController",      OPTIONAL, STRING),
    ROW( 5, "reportingInstance",        OPTIONAL, STRING),
    ROW( 6, "action",                   OPTIONAL, STRING),
    ROW( 7, "reason",                   OPTIONAL, STRING),
    ROW( 8, "regarding",                OPTIONAL, OBJECT(core_v1_ObjectReference)),
    ROW( 9, "related",                  OPTIONAL, OBJECT(core_v1_ObjectReference)),
    ROW(10, "note",                     OPTIONAL, STRING),
    ROW(11, "type",                     OPTIONAL, STRING),
    ROW(12, "deprecatedSource",         OPTIONAL, OBJECT(core_v1_EventSource)),
    ROW(13, "deprecatedFirstTimestamp", OPTIONAL, TIME),
    ROW(14, "deprecatedLastTimestamp",  OPTIONAL, TIME),
    ROW(15, "deprecatedCount",          OPTIONAL, INT32),
};
TOP_TYPE(events_v1_Event, "io.k8s.api.events.v1.Event", "events.k8s.io", "v1", "Event");

ROWS(events_v1_EventList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(events_v1_Event))),
};
TOP_TYPE(events_v1_EventList, "io.k8s.api.events.v1.EventList", "events.k8s.io", "v1", "EventList");

ROWS(events_v1_EventSeries) = {
    ROW( 1, "count",            REQUIRED, INT32),
    ROW( 2, "lastObservedTime", REQUIRED, MICRO_TIME),
};
TYPE(events_v1_EventSeries, "io.k8s.api.events.v1.EventSeries");
