/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table engine: finds a kind's columns and writes definitions and cells as JSON text. All columns are
 * always sent, those for wide output with priority 1; kubectl picks.
 */
#include "core/api/print.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/api/print-columns.h"
#include "core/api/selector.h"
#include "core/base/clock.h"

static const struct print_kind *const lists[] = {
    print_pod_kinds,          print_node_kinds,    print_workload_kinds,    print_event_kinds,
    print_config_kinds,       print_service_kinds, print_network_kinds,     print_batch_kinds,
    print_rbac_kinds,         print_storage_kinds, print_scheduling_kinds,  print_admission_kinds,
    print_coordination_kinds, print_device_kinds,  print_certificate_kinds, print_autoscaling_kinds,
    print_extension_kinds,
};

/* Kinds that upstream has no printer for. */
static const struct print_column other_columns[] = {
    PRINT_COLUMN_NAME,
    {"Created At", "metadata.creationTimestamp", .type = PRINT_DATE},
};
static const struct print_kind other_kind = PRINT_KIND("", "", other_columns);

static const struct print_kind *find_kind(const char *group, const char *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        for (const struct print_kind *it = lists[i]; it->kind; it++)
            if (!strcmp(it->kind, kind) && !strcmp(it->group, group))
                return it;
    return &other_kind;
}

static void begin_cell(struct print_row *row)
{
    if (row->cells++)
        buffer_append_char(row->out, ',');
}

void print_slice(struct print_row *row, struct slice text)
{
    begin_cell(row);
    json_write_string(row->out, text);
}

void print_text(struct print_row *row, const char *text)
{
    print_slice(row, slice_of(text ? text : ""));
}

void print_textf(struct print_row *row, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    _cleanup_free_ char *text = xvasprintf(fmt, ap);
    va_end(ap);
    print_text(row, text);
}

void print_integer(struct print_row *row, int64_t value)
{
    begin_cell(row);
    buffer_append_i64(row->out, value);
}

void print_boolean(struct print_row *row, bool value)
{
    begin_cell(row);
    buffer_append_str(row->out, value ? "true" : "false");
}

bool print_time(const struct json *time, int64_t *ret_ns)
{
    return json_is(time, JSON_STRING) && time_parse(json_slice(time), ret_ns);
}

void print_age(struct print_row *row, const struct json *time)
{
    char age[TIME_TEXT_MAX];
    int64_t ns;
    if (!print_time(time, &ns)) {
        print_text(row, "<unknown>");
        return;
    }
    time_format_age(row->now_ns - ns, age);
    print_text(row, age);
}

void print_gather(struct print_row *row, const char *separator, struct slice text)
{
    if (row->text.size)
        buffer_append_str(&row->text, separator);
    buffer_append_slice(&row->text, text);
}

void print_gathered(struct print_row *row, const char *missing)
{
    if (row->text.size)
        print_slice(row, (struct slice){row->text.data, row->text.size});
    else
        print_text(row, missing);
    buffer_clear(&row->text);
}

static int compare_slices(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    size_t size = MIN(x->size, y->size);
    int order = size ? memcmp(x->data, y->data, size) : 0;
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

void print_gather_set(struct print_row *row, struct slice *texts, size_t count)
{
    if (count > 1)
        qsort(texts, count, sizeof(*texts), compare_slices);
    for (size_t i = 0; i < count; i++)
        if (!i || !slice_equal(texts[i - 1], texts[i]))
            print_gather(row, ",", texts[i]);
}

static void print_selector_text(struct print_row *row, struct selector *selector, const char *missing)
{
    _cleanup_free_ char *text = selector_text(selector);
    print_text(row, *text ? text : missing);
    selector_free(selector);
}

void print_selector(struct print_row *row, const struct json *label_selector, const char *missing,
                    const char *broken)
{
    struct selector *selector;
    if (selector_from_json(label_selector, &selector, NULL))
        print_text(row, broken);
    else
        print_selector_text(row, selector, missing);
}

static void print_list(struct print_row *row, const struct json *list, const char *member,
                       const char *missing)
{
    json_for_each (it, list)
        print_gather(row, ",", json_slice(member ? json_get(it, member) : it));
    print_gathered(row, missing);
}

static void print_value(struct print_row *row, const struct print_column *column, const struct json *value)
{
    if (column->missing && (json_is_absent(value) || (json_is(value, JSON_STRING) && !value->size)))
        print_text(row, column->missing);
    else if (column->type == PRINT_INTEGER)
        print_integer(row, json_integer_or(value, 0));
    else if (column->type == PRINT_BOOLEAN)
        print_boolean(row, json_boolean_or(value, false));
    else if (json_is(value, JSON_INT))
        print_textf(row, "%lld", (long long)value->integer);
    else
        print_slice(row, json_slice(value));
}

static void print_cell(struct print_row *row, const struct print_column *column, const struct json *object)
{
    if (column->cell) {
        column->cell(row, object);
        return;
    }
    const struct json *value = json_at(object, column->path);
    switch ((enum print_how)column->how) {
    case PRINT_VALUE:
        print_value(row, column, value);
        break;
    case PRINT_NUMBER:
        if (column->missing && json_is_absent(value))
            print_text(row, column->missing);
        else
            print_integer(row, json_integer_or(value, 0));
        break;
    case PRINT_AGE:
        if (column->missing && json_is_absent(value))
            print_text(row, column->missing);
        else
            print_age(row, value);
        break;
    case PRINT_COUNT:
        print_integer(row, json_count(value));
        break;
    case PRINT_JOINED:
        print_list(row, value, NULL, column->missing);
        break;
    case PRINT_NAMES:
        print_list(row, value, "name", NULL);
        break;
    case PRINT_IMAGES:
        print_list(row, value, "image", NULL);
        break;
    case PRINT_LABELS:
        print_selector_text(row, selector_from_map(value), "<none>");
        break;
    case PRINT_SELECTOR:
        print_selector(row, value, "<none>", "<error>");
        break;
    }
}

static void write_definition(const struct print_column *column, struct buffer *out)
{
    static const char *const types[] = {[PRINT_STRING] = "string",
                                        [PRINT_INTEGER] = "integer",
                                        [PRINT_BOOLEAN] = "boolean",
                                        [PRINT_DATE] = "date"};
    buffer_append_str(out, "{\"name\":");
    json_write_string(out, slice_of(column->name));
    buffer_printf(out, ",\"type\":\"%s\",\"format\":\"%s\",\"description\":", types[column->type],
                  strcmp(column->name, "Name") || column->wide ? "" : "name");
    json_write_string(out, slice_of(column->path ? column->path : column->name));
    buffer_printf(out, ",\"priority\":%d}", column->wide);
}

void print_columns_of(const char *group, const char *kind, struct buffer *out)
{
    const struct print_kind *k = find_kind(group, kind);
    buffer_append_char(out, '[');
    for (size_t i = 0; i < k->count; i++) {
        if (i)
            buffer_append_char(out, ',');
        write_definition(&k->columns[i], out);
    }
    buffer_append_char(out, ']');
}

void print_cells_of(const char *group, const char *kind, const struct json *object, int64_t now_ns,
                    struct buffer *out)
{
    const struct print_kind *k = find_kind(group, kind);
    struct print_row row = {.out = out, .now_ns = now_ns};
    buffer_append_char(out, '[');
    if (k->cells)
        k->cells(&row, object);
    for (size_t i = 0; !k->cells && i < k->count; i++)
        print_cell(&row, &k->columns[i], object);
    buffer_append_char(out, ']');
    require(row.cells == k->count);
    buffer_done(&row.text);
}

void print_columns(const struct resource *resource, struct buffer *out)
{
    print_columns_of(resource->group, resource->kind, out);
}

void print_cells(const struct resource *resource, const struct json *object, int64_t now_ns,
                 struct buffer *out)
{
    print_cells_of(resource->group, resource->kind, object, now_ns, out);
}
