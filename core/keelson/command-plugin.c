/* SPDX-License-Identifier: Apache-2.0 */
/* keelson plugin info FILE.so, keelson plugin check FILE.so. */
#include <stdio.h>
#include <string.h>

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

static void print_result(void *context, const char *rule, bool kept, const char *detail, const char *advice)
{
    unsigned *broken = context;
    *broken += !kept;
    printf("%-6s %s%s%s\n", kept ? "ok" : "BROKEN", rule, *detail ? ": " : "", detail);
    if (!kept && *advice)
        printf("       what to do: %s\n", advice);
}

static int check(const char *path, const char *config_text, unsigned *ret_broken, struct error *err)
{
    *ret_broken = 0;
    return plugin_check(path, config_text, print_result, ret_broken, err);
}

static int usage(void)
{
    fprintf(
        stderr,
        "Usage: keelson plugin info FILE.so             what the file says of itself; nothing of it is run\n"
        "       keelson plugin check FILE.so [CONFIG]   loads it and checks the rules; CONFIG is its "
        "configuration in libconfig syntax\n");
    return 2;
}

int command_plugin(int argc, char **argv)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    unsigned broken = 0;
    if (argc < 3)
        return usage();
    int result;
    if (strcmp(argv[1], "info") == 0)
        result = info(argv[2], &err);
    else if (strcmp(argv[1], "check") == 0)
        result = check(argv[2], argc > 3 ? argv[3] : NULL, &broken, &err);
    else
        return usage();
    if (result < 0)
        fprintf(stderr, "keelson plugin: %s\n", err.message);
    else if (broken)
        fprintf(stderr, "keelson plugin: %u rules are broken\n", broken);
    return result < 0 || broken > 0;
}
