/* SPDX-License-Identifier: Apache-2.0 */
/* keelson: the subcommands. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/daemon/daemon.h"
#include "core/keelson/keelson.h"

int command_version(int argc, char **argv)
{
    printf("keelson %s (Kubernetes %s)\n", PACKAGE_VERSION, daemon_git_version());
    return 0;
}

static const struct subcommand subcommands[] = {
    {"up", "[flags]", "make this machine a one-node cluster, or heal it; needs root", command_up},
    {"down", "[flags]", "stop the cluster; data and settings stay", command_down},
    {"status", "[flags]", "what runs, how much memory it takes, what is wrong and what to do; -o json",
     command_status},
    {"reset", "[flags]", "stop the cluster and remove everything it made", command_reset},
    {"plugin", "info|check FILE.so", "look at a plugin file without running it; load it and check the rules",
     command_plugin},
    {"version", "", "print the version", command_version},
    {"supervise", "[flags]", "", command_supervise}, /* what `up` starts in the background */
};

static void print_usage(FILE *out)
{
    fprintf(out, "keelson: a Kubernetes cluster from one command\n\nUsage: keelson COMMAND\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
        if (*subcommands[i].summary)
            fprintf(out, "  %-8s %-20s %s\n", subcommands[i].name, subcommands[i].arguments,
                    subcommands[i].summary);
    fprintf(out, "\n`keelson COMMAND --help` tells a command's flags.\n");
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    if (strcmp(argv[1], "--version") == 0)
        return command_version(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    log_init("keelson", LOG_LEVEL_INFO);
    for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "keelson: unknown command \"%s\"\n\n", argv[1]);
    print_usage(stderr);
    return 2;
}
