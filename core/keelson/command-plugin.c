/* SPDX-License-Identifier: Apache-2.0 */
/* keelson plugin info FILE.so, keelson plugin check FILE.so. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "core/api/json.h"
#include "core/base/memory.h"
#include "core/keelson/keelson.h"
#include "core/plugin/check.h"
#include "core/plugin/host.h"

static int info(const char *path, struct error *err)
{
    struct plugin_note note;
    if (plugin_note_read(path, &note, err) < 0)
        return -1;
    bool loads = note.abi_major == KEELSON_ABI_MAJOR && note.needs_minor <= KEELSON_ABI_MINOR;
    printf("file:     %s\nname:     %s\nversion:  %s\nkind:     %s\nABI:      built for %u.%u, needs %u.%u "
           "(this "
           "keelson has %u.%u: %s)\n",
           path, note.name, note.version, plugin_kind_name(note.kind), note.abi_major, note.abi_minor,
           note.abi_major, note.needs_minor, KEELSON_ABI_MAJOR, KEELSON_ABI_MINOR,
           loads ? "it can be loaded" : "it cannot be loaded");
    return 0;
}

/* ---- check ---- */

struct report {
    unsigned kept, broken, left_out;
    struct arena arena;
    struct json *rules; /* NULL: printed as they come */
};

static const char *const result_words[] = {
    [PLUGIN_RULE_KEPT] = "kept", [PLUGIN_RULE_BROKEN] = "broken", [PLUGIN_RULE_LEFT_OUT] = "leftOut"};

static void keep_result(struct report *r, const char *rule, enum plugin_rule came_to, const char *detail,
                        const char *advice)
{
    struct json *row = json_append(&r->arena, r->rules, json_new_object(&r->arena));
    json_set_string(&r->arena, row, "rule", rule);
    json_set_string(&r->arena, row, "result", result_words[came_to]);
    json_set_string(&r->arena, row, "detail", *detail ? detail : NULL);
    json_set_string(&r->arena, row, "advice", came_to == PLUGIN_RULE_BROKEN ? advice : NULL);
}

static void print_result(const char *rule, enum plugin_rule came_to, const char *detail, const char *advice)
{
    static const char *const words[] = {"ok", "BROKEN", "-"};
    printf("%-6s %s%s%s\n", words[came_to], rule, *detail ? ": " : "", detail);
    if (came_to == PLUGIN_RULE_BROKEN && *advice)
        printf("       what to do: %s\n", advice);
}

static void take_result(void *context, const char *rule, enum plugin_rule came_to, const char *detail,
                        const char *advice)
{
    struct report *r = context;
    r->kept += came_to == PLUGIN_RULE_KEPT;
    r->broken += came_to == PLUGIN_RULE_BROKEN;
    r->left_out += came_to == PLUGIN_RULE_LEFT_OUT;
    if (r->rules)
        keep_result(r, rule, came_to, detail, advice);
    else
        print_result(rule, came_to, detail, advice);
}

static void print_summary(const struct report *r)
{
    printf("%u rules are kept, %u broken", r->kept, r->broken);
    if (r->left_out)
        printf("; %u that change something in the back end were left out (--destructive)", r->left_out);
    printf("\n");
}

static void print_json(struct report *r, const char *path, const struct error *err)
{
    struct buffer text = BUFFER_INIT;
    struct json *all = json_new_object(&r->arena);
    json_set_string(&r->arena, all, "file", path);
    json_set(&r->arena, all, "rules", r->rules);
    json_set_int(&r->arena, all, "kept", r->kept);
    json_set_int(&r->arena, all, "broken", r->broken);
    json_set_int(&r->arena, all, "leftOut", r->left_out);
    json_set_string(&r->arena, all, "error", err->message);
    json_write(&text, all);
    printf("%s\n", text.data);
    buffer_done(&text);
}

static int check(const char *path, const struct plugin_check_options *options, bool as_json,
                 struct error *err)
{
    struct report r = {0};
    if (as_json)
        r.rules = json_new_array(&r.arena);
    int result = plugin_check(path, options, take_result, &r, err);
    if (as_json)
        print_json(&r, path, err);
    else if (result == 0)
        print_summary(&r);
    arena_done(&r.arena);
    return result < 0 || r.broken > 0 ? -1 : 0;
}

static int usage(void)
{
    fprintf(stderr,
            "Usage: keelson plugin info FILE.so     what the file says of itself; nothing of it is run\n"
            "       keelson plugin check FILE.so    loads it and holds it to the rules of its kind\n"
            "         --config TEXT     what stands between the braces of config = { … }\n"
            "         --cluster NAME    the name by which the back end marks what is the cluster's; default "
            "kubernetes\n"
            "         --destructive     tries the rules that change something in the back end, too\n"
            "         -o json           one JSON object instead of lines\n");
    return 2;
}

/* The configuration may stand behind the file, too. */
static int check_command(int argc, char **argv, struct error *err)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"cluster", required_argument, NULL, 'n'},
                                          {"destructive", no_argument, NULL, 'd'},
                                          {"output", required_argument, NULL, 'o'},
                                          {0}};
    struct plugin_check_options options = {0};
    bool as_json = false;
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "o:", known, NULL)) >= 0) {
        if (option == 'c')
            options.config_text = optarg;
        else if (option == 'n')
            options.cluster = optarg;
        else if (option == 'd')
            options.destructive = true;
        else if (option == 'o' && strcmp(optarg, "json") == 0)
            as_json = true;
        else
            return usage();
    }
    if (argc - optind < 1 || argc - optind > 2)
        return usage();
    if (argc - optind == 2)
        options.config_text = argv[optind + 1];
    return check(argv[optind], &options, as_json, err);
}

int command_plugin(int argc, char **argv)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (argc < 3)
        return usage();
    int result;
    if (strcmp(argv[1], "info") == 0)
        result = info(argv[2], &err);
    else if (strcmp(argv[1], "check") == 0)
        result = check_command(argc - 1, argv + 1, &err);
    else
        return usage();
    if (err.message)
        fprintf(stderr, "keelson plugin: %s\n", err.message);
    return result < 0 ? 1 : result;
}
