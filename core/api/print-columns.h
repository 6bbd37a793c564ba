/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a kind's table is described: a row a column, most of them a name, a type and the path of what is shown;
 * a function where upstream's printer thinks. For print*.c only.
 */
#ifndef KEELSON_API_PRINT_COLUMNS_H
#define KEELSON_API_PRINT_COLUMNS_H

#include "core/api/object.h"
#include "core/api/print.h"
#include "core/base/memory.h"

/* What is being written: one object's cells. */
struct print_row {
    struct buffer *out;
    struct buffer text; /* a cell's text while it is put together */
    int64_t now_ns;
    unsigned cells;
};

enum print_type { PRINT_STRING, PRINT_INTEGER, PRINT_BOOLEAN, PRINT_DATE };

/* What becomes of the value at path. */
enum print_how {
    PRINT_VALUE,
    PRINT_NUMBER, /* a number in a column that says string, as upstream has it; 0, or missing, when absent */
    PRINT_AGE,    /* since the time there; "<unknown>" without one */
    PRINT_COUNT,  /* of elements or members */
    PRINT_JOINED, /* strings, with commas */
    PRINT_NAMES,  /* of a list of containers */
    PRINT_IMAGES,
    PRINT_LABELS,  /* a map as a=b,c=d; "<none>" when empty */
    PRINT_SELECTOR /* a LabelSelector as query text; "<none>" when empty */
};

struct print_column {
    const char *name;
    const char *path;    /* NULL: cell says */
    const char *missing; /* shown when there is nothing, or an empty string; NULL: "", 0 or false */
    uint8_t type;        /* enum print_type */
    uint8_t how;         /* enum print_how */
    bool wide;           /* only in wide output */
    void (*cell)(struct print_row *row, const struct json *object); /* writes exactly one cell */
};

struct print_kind {
    const char *group, *kind;
    const struct print_column *columns;
    size_t count;
    void (*cells)(struct print_row *row,
                  const struct json *object); /* all cells at once; NULL: each column for itself */
};
#define PRINT_KIND(group_, kind_, columns_)                                                                  \
    {                                                                                                        \
        (group_), (kind_), (columns_), ARRAY_SIZE(columns_), NULL                                            \
    }

#define PRINT_COLUMN_NAME                                                                                    \
    {                                                                                                        \
        "Name", "metadata.name"                                                                              \
    }
#define PRINT_COLUMN_AGE                                                                                     \
    {                                                                                                        \
        "Age", "metadata.creationTimestamp", .how = PRINT_AGE                                                \
    }
/* Of what is made from a pod template at `template`. */
#define PRINT_COLUMNS_CONTAINERS(template)                                                                   \
    {"Containers", template ".spec.containers", .how = PRINT_NAMES, .wide = true},                           \
    {                                                                                                        \
        "Images", template ".spec.containers", .how = PRINT_IMAGES, .wide = true                             \
    }

/* Lists of kinds, ended by one without a name; a file each. */
extern const struct print_kind print_admission_kinds[], print_autoscaling_kinds[], print_batch_kinds[],
    print_certificate_kinds[], print_config_kinds[], print_coordination_kinds[], print_device_kinds[],
    print_event_kinds[], print_extension_kinds[], print_network_kinds[], print_node_kinds[],
    print_pod_kinds[], print_rbac_kinds[], print_scheduling_kinds[], print_service_kinds[],
    print_storage_kinds[], print_workload_kinds[];

/* One cell each. */
void print_text(struct print_row *row, const char *text); /* NULL: "" */
void print_slice(struct print_row *row, struct slice text);
__attribute__((format(printf, 2, 3))) void print_textf(struct print_row *row, const char *fmt, ...);
void print_integer(struct print_row *row, int64_t value);
void print_boolean(struct print_row *row, bool value);
void print_age(struct print_row *row, const struct json *time); /* of a time's text */
void print_selector(struct print_row *row, const struct json *label_selector, const char *missing,
                    const char *broken);
/* What was put together in row->text; `missing` when that is empty. */
void print_gathered(struct print_row *row, const char *missing);

/* Puts the row's text together: a separator first, unless it is empty. */
void print_gather(struct print_row *row, const char *separator, struct slice text);
/* Sorted, each once, with commas. */
void print_gather_set(struct print_row *row, struct slice *texts, size_t count);
/* false when it is absent or not a time. */
bool print_time(const struct json *time, int64_t *ret_ns);

#endif
