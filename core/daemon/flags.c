/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command-line flags from a table, in the form that upstream's daemons take: --name=value or --name value,
 * booleans without a value. A row says where in the options struct its value lands, so reading a flag is a
 * plain member access.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/daemon/daemon.h"

static void *flag_place(const struct flag *flag, void *options)
{
    return (char *)options + flag->offset;
}

static void flag_list_clear(struct flag_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct flag_list){0};
}

static void flag_list_add(struct flag_list *list, struct slice text)
{
    struct slice rest = text;
    while (rest.data) {
        struct slice item = slice_trim(slice_cut(&rest, ','));
        if (item.size == 0)
            continue;
        list->items = xrealloc(list->items, (list->count + 1) * sizeof(*list->items));
        list->items[list->count++] = xstrndup(item.data, item.size);
    }
}

/* replace: the first mention of a list on the command line takes the place of its default. */
static int flag_set(const struct flag *flag, void *options, const char *value, bool replace,
                    struct error *err)
{
    void *place = flag_place(flag, options);
    struct slice text = slice_of(value);
    bool ok = true;
    switch (flag->type) {
    case FLAG_STRING:
        free(*(char **)place);
        *(char **)place = xstrdup(value);
        break;
    case FLAG_LIST:
    case FLAG_MAP:
        if (replace)
            flag_list_clear(place);
        flag_list_add(place, text);
        break;
    case FLAG_INTEGER:
        ok = parse_i64(text, INT64_MIN, INT64_MAX, place);
        break;
    case FLAG_BOOL:
        ok = parse_bool(text, place);
        break;
    case FLAG_DURATION:
        ok = parse_duration_ns(text, place);
        break;
    }
    if (!ok)
        return error_set(err, ERR_BAD_REQUEST, "invalid argument \"%s\" for \"--%s\" flag: not a %s", value,
                         flag->name,
                         flag->type == FLAG_INTEGER ? "number"
                         : flag->type == FLAG_BOOL  ? "boolean"
                                                    : "duration such as 30s");
    return 0;
}

static const struct flag *flag_find(const struct flag *flags, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(name, flags[i].name))
            return &flags[i];
    return NULL;
}

/* Levenshtein's distance, for the hint behind an unknown flag. Both names are short. */
static unsigned distance(struct slice a, struct slice b)
{
    unsigned row[65];
    if (a.size > 64 || b.size > 64)
        return 64;
    for (size_t j = 0; j <= b.size; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.size; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.size; j++) {
            unsigned replace = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            row[j] = MIN(replace, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.size];
}

static int unknown_flag(const struct flag *flags, size_t count, struct slice name, struct error *err)
{
    const struct flag *best = NULL;
    unsigned best_distance = 6;
    for (size_t i = 0; i < count; i++) {
        unsigned d = distance(name, slice_of(flags[i].name));
        if (d < best_distance) {
            best_distance = d;
            best = &flags[i];
        }
    }
    if (best)
        return error_set(err, ERR_BAD_REQUEST, "unknown flag: --%.*s (did you mean --%s?)", SLICE_ARG(name),
                         best->name);
    return error_set(err, ERR_BAD_REQUEST, "unknown flag: --%.*s (see --help)", SLICE_ARG(name));
}

static int parse_one(const struct flag *flags, size_t count, void *options, bool *seen, int argc, char **argv,
                     int *index, struct error *err)
{
    const char *argument = argv[*index];
    if (argument[0] != '-')
        return error_set(err, ERR_BAD_REQUEST, "unexpected argument \"%s\": this program takes flags only",
                         argument);
    struct slice rest = slice_of(argument + (argument[1] == '-' ? 2 : 1));
    struct slice name = slice_cut(&rest, '=');
    const struct flag *flag = flag_find(flags, count, name);
    if (!flag)
        return unknown_flag(flags, count, name, err);
    const char *value = rest.data;
    if (!value && flag->type == FLAG_BOOL)
        value = "true";
    if (!value) {
        if (*index + 1 >= argc)
            return error_set(err, ERR_BAD_REQUEST, "flag needs an argument: --%s", flag->name);
        value = argv[++*index];
    }
    bool first = !seen[flag - flags];
    seen[flag - flags] = true;
    return flag_set(flag, options, value, first, err);
}

int flags_parse(const struct flag *flags, size_t count, void *options, int argc, char **argv,
                const char *usage, int *ret_exit, struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (flags[i].default_ && flag_set(&flags[i], options, flags[i].default_, true, err) < 0)
            return -1;
    _cleanup_free_ bool *seen = newa0(bool, count + 1);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            struct buffer text = BUFFER_INIT;
            flags_help(flags, count, usage, &text);
            fputs(text.data, stdout);
            buffer_done(&text);
            *ret_exit = 1;
            return 0;
        }
        if (parse_one(flags, count, options, seen, argc, argv, &i, err) < 0)
            return -1;
    }
    return 0;
}

void flags_free(const struct flag *flags, size_t count, void *options)
{
    for (size_t i = 0; i < count; i++) {
        void *place = flag_place(&flags[i], options);
        if (flags[i].type == FLAG_STRING) {
            free(*(char **)place);
            *(char **)place = NULL;
        } else if (flags[i].type == FLAG_LIST || flags[i].type == FLAG_MAP) {
            flag_list_clear(place);
        }
    }
}

static const char *const type_names[] = {
    [FLAG_STRING] = "string", [FLAG_LIST] = "strings",      [FLAG_INTEGER] = "int",
    [FLAG_BOOL] = "",         [FLAG_DURATION] = "duration", [FLAG_MAP] = "key=value,…",
};

void flags_help(const struct flag *flags, size_t count, const char *usage, struct buffer *out)
{
    buffer_printf(out, "%s\n\nFlags:\n", usage);
    for (size_t i = 0; i < count; i++) {
        if (!flags[i].help || !*flags[i].help)
            continue;
        buffer_printf(out, "  --%s %s\n        %s", flags[i].name, type_names[flags[i].type], flags[i].help);
        if (flags[i].default_ && *flags[i].default_)
            buffer_printf(out, " (default %s)", flags[i].default_);
        buffer_append_char(out, '\n');
    }
}
