/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of custom resources: columns as their definition has them, cells by JSON path. What is not there, or
 * is of another type than the column says, is null. */
#include <stdlib.h>

#include "core/api/jsonpath.h"
#include "core/api/print-columns.h"

struct custom_column {
    char *name, *type, *format, *description;
    int64_t priority;
    struct jsonpath *path;
};

struct print_custom {
    unsigned count;
    struct custom_column columns[];
};

static void set_column(struct custom_column *column, const struct json *from)
{
    column->name = xstrdup(json_string_or(json_get(from, "name"), ""));
    column->type = xstrdup(json_string_or(json_get(from, "type"), "string"));
    column->format = xstrdup(json_string_or(json_get(from, "format"), ""));
    column->description = xstrdup(json_string_or(json_get(from, "description"), ""));
    column->priority = json_integer_or(json_get(from, "priority"), 0);
}

static int parse_column(struct custom_column *column, const struct json *from, unsigned index,
                        struct error *err)
{
    _cleanup_(error_done) struct error why = ERROR_INIT;
    set_column(column, from);
    if (!jsonpath_parse(json_slice(json_get(from, "jsonPath")), &column->path, &why))
        return 0;
    return error_set(err, ERR_INVALID, "additionalPrinterColumns[%u].jsonPath: %s", index, why.message);
}

static struct print_custom *new_age_column(void)
{
    struct print_custom *custom = xcalloc(1, sizeof(*custom) + sizeof(custom->columns[0]));
    custom->count = 1;
    set_column(&custom->columns[0], NULL);
    free(custom->columns[0].name);
    free(custom->columns[0].type);
    custom->columns[0].name = xstrdup("Age");
    custom->columns[0].type = xstrdup("date");
    require(!jsonpath_parse(SLICE(".metadata.creationTimestamp"), &custom->columns[0].path, NULL));
    return custom;
}

int print_custom_new(const struct json *columns, struct print_custom **ret, struct error *err)
{
    unsigned count = json_is(columns, JSON_ARRAY) ? json_count(columns) : 0;
    if (!count) {
        *ret = new_age_column();
        return 0;
    }
    struct print_custom *custom = xcalloc(1, sizeof(*custom) + count * sizeof(custom->columns[0]));
    json_for_each (it, columns) {
        unsigned index = custom->count++;
        if (parse_column(&custom->columns[index], it, index, err)) {
            print_custom_free(custom);
            return -1;
        }
    }
    *ret = custom;
    return 0;
}

static void write_member(struct buffer *out, const char *key, const char *value)
{
    buffer_printf(out, "\"%s\":", key);
    json_write_string(out, slice_of(value));
    buffer_append_char(out, ',');
}

void print_custom_columns(const struct print_custom *custom, struct buffer *out)
{
    buffer_append_str(out, "[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\",\"description\":"
                           "\"metadata.name\",\"priority\":0}");
    for (unsigned i = 0; i < custom->count; i++) {
        const struct custom_column *column = &custom->columns[i];
        buffer_append_str(out, ",{");
        write_member(out, "name", column->name);
        write_member(out, "type", column->type);
        write_member(out, "format", column->format);
        write_member(out, "description", column->description);
        buffer_printf(out, "\"priority\":%lld}", (long long)column->priority);
    }
    buffer_append_char(out, ']');
}

static bool is_type(const struct custom_column *column, const char *type)
{
    return !strcmp(column->type, type);
}

/* Text of anything: a string without quotes, the rest as JSON. */
static void print_as_text(struct print_row *row, const struct json *value)
{
    if (json_is(value, JSON_STRING)) {
        print_slice(row, json_slice(value));
        return;
    }
    json_write(&row->text, value);
    print_gathered(row, "");
}

static void print_date(struct print_row *row, const struct json *value)
{
    int64_t ns;
    if (print_time(value, &ns))
        print_age(row, value);
    else
        print_text(row, "<invalid>");
}

static void print_null(struct print_row *row)
{
    if (row->cells++)
        buffer_append_char(row->out, ',');
    buffer_append_str(row->out, "null");
}

static void print_number(struct print_row *row, const struct json *value)
{
    if (row->cells++)
        buffer_append_char(row->out, ',');
    json_write(row->out, value);
}

/* A number that JSON wrote with a fraction loses it. */
static int64_t whole(const struct json *number)
{
    if (json_is(number, JSON_INT))
        return number->integer;
    if (number->number >= 0x1p63)
        return INT64_MAX;
    return number->number < -0x1p63 ? INT64_MIN : (int64_t)number->number;
}

static void print_found(struct print_row *row, const struct custom_column *column, const struct json *value)
{
    bool number = json_is(value, JSON_INT) || json_is(value, JSON_DOUBLE);
    if (value && is_type(column, "string"))
        print_as_text(row, value);
    else if (json_is(value, JSON_STRING) && is_type(column, "date"))
        print_date(row, value);
    else if (json_is(value, JSON_BOOL) && is_type(column, "boolean"))
        print_boolean(row, value->boolean);
    else if (number && is_type(column, "integer"))
        print_integer(row, whole(value));
    else if (number && is_type(column, "number"))
        print_number(row, value);
    else
        print_null(row);
}

void print_custom_cells(const struct print_custom *custom, const struct json *object, int64_t now_ns,
                        struct buffer *out)
{
    struct print_row row = {.out = out, .now_ns = now_ns};
    buffer_append_char(out, '[');
    print_text(&row, object_name(object));
    for (unsigned i = 0; i < custom->count; i++)
        print_found(&row, &custom->columns[i], jsonpath_first(custom->columns[i].path, object));
    buffer_append_char(out, ']');
    buffer_done(&row.text);
}

void print_custom_free(struct print_custom *custom)
{
    for (unsigned i = 0; custom && i < custom->count; i++) {
        struct custom_column *column = &custom->columns[i];
        free(column->name);
        free(column->type);
        free(column->format);
        free(column->description);
        jsonpath_free(column->path);
    }
    free(custom);
}
