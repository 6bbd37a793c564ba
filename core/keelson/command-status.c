/* SPDX-License-Identifier: Apache-2.0 */
/* keelson status: prints what status-gather.c found, as tables or as JSON. */
#include <stdio.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/keelson/status.h"

#define MIB (1024.0 * 1024.0)

static const char *text_at(const struct json *object, const char *key)
{
    return json_string_or(json_get(object, key), "-");
}

static void print_daemon(const struct json *daemon)
{
    char age[TIME_TEXT_MAX] = "-";
    int64_t since_ns;
    if (time_parse(slice_of(text_at(daemon, "since")), &since_ns))
        time_format_age((int64_t)time(NULL) * NS_PER_S - since_ns, age);
    printf("%-26s %-9s ", text_at(daemon, "name"), text_at(daemon, "state"));
    if (json_get(daemon, "pid"))
        printf("%7lld %6.1f MiB", (long long)json_integer_at(daemon, "pid", 0),
               (double)json_integer_at(daemon, "memoryBytes", 0) / MIB);
    else
        printf("%7s %10s", "-", "-");
    printf(" %9lld %-8s %s\n", (long long)json_integer_at(daemon, "restarts", 0), age,
           text_at(daemon, "health"));
}

static void print_clouds(const struct json *clouds)
{
    if (json_count(clouds) == 0)
        return;
    printf("\n%-26s %7s %9s %9s %8s %9s %8s  %s\n", "CLOUD", "NODES", "BALANCERS", "CALLS", "FAILED",
           "THROTTLED", "MEAN", "STATE");
    json_for_each (c, clouds)
        printf("%-26s %7lld %9lld %9lld %8lld %9lld %5lld ms  %s\n", text_at(c, "name"),
               (long long)json_integer_at(c, "nodes", 0), (long long)json_integer_at(c, "loadBalancers", 0),
               (long long)json_integer_at(c, "calls", 0), (long long)json_integer_at(c, "failed", 0),
               (long long)json_integer_at(c, "throttled", 0),
               (long long)json_integer_at(c, "meanMilliseconds", 0), text_at(c, "state"));
}

static void print_tables(const struct json *status)
{
    printf("keelson %s, Kubernetes %s\n\n%-26s %-9s %7s %10s %9s %-8s %s\n", text_at(status, "version"),
           text_at(status, "kubernetesVersion"), "DAEMON", "STATE", "PID", "MEMORY", "RESTARTS", "SINCE",
           "HEALTH");
    json_for_each (daemon, json_get(status, "daemons"))
        print_daemon(daemon);
    printf("%-26s %-9s %7s %6.1f MiB  (PSS, without containerd)\n", "together", "", "",
           (double)json_integer_at(status, "memoryBytes", 0) / MIB);
    printf("\n%-26s %-9s %s\n", "PLUGIN", "KIND", "VERSION");
    json_for_each (p, json_get(status, "plugins"))
        printf("%-26s %-9s %-8s ABI %s  %s\n", text_at(p, "name"), text_at(p, "kind"), text_at(p, "version"),
               text_at(p, "abi"), text_at(p, "file"));
    printf("\n%-26s %-9s %s\n", "NODE", "READY", "VERSION");
    json_for_each (n, json_get(status, "nodes"))
        printf("%-26s %-9s %s\n", text_at(n, "name"), text_at(n, "ready"), text_at(n, "version"));
    print_clouds(json_get(status, "clouds"));
    bool well = json_count(json_get(status, "problems")) == 0;
    printf("\n%s\n", well ? "Nothing is wrong." : "What is wrong:");
    json_for_each (p, json_get(status, "problems"))
        printf("- %s\n  %s\n", text_at(p, "message"), text_at(p, "advice"));
}

static void print_json(const struct json *status)
{
    struct buffer text = BUFFER_INIT;
    json_write(&text, status);
    puts(text.data);
    buffer_done(&text);
}

static int print(const struct settings *s, bool as_json)
{
    struct arena arena = ARENA_INIT;
    const struct json *status = status_gather(s, &arena);
    bool running = json_boolean_at(status, "running", false);
    bool well = json_count(json_get(status, "problems")) == 0;
    if (as_json)
        print_json(status);
    else if (running)
        print_tables(status);
    else
        printf("keelson does not run here (data folder %s). Start it with `keelson up`.\n", s->data_dir);
    arena_done(&arena);
    return !running ? 3 : well ? 0 : 1;
}

/* Takes "-o json" (or -ojson, --output=json) out of the arguments, which else are settings. */
static int take_output(int *argc, char **argv, bool *ret_json, struct error *err)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        const char *format = NULL;
        if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0)
            format = i + 1 < *argc ? argv[++i] : "";
        else if (strncmp(argv[i], "--output=", 9) == 0)
            format = argv[i] + 9;
        else if (strncmp(argv[i], "-o", 2) == 0)
            format = argv[i] + (argv[i][2] == '=' ? 3 : 2);
        else
            argv[kept++] = argv[i];
        if (format && strcmp(format, "json") != 0)
            return error_set(err, ERR_BAD_REQUEST, "-o: \"%s\" is no format; json is", format);
        *ret_json = *ret_json || format;
    }
    *argc = kept;
    return 0;
}

int command_status(int argc, char **argv)
{
    struct settings s = {0};
    int leave = 0, status = 1;
    bool as_json = false;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int result = take_output(&argc, argv, &as_json, &err);
    if (result == 0)
        result = settings_parse(&s,
                                "keelson status: exits 0 when all is well, 1 when something is wrong, 3 when "
                                "nothing runs; -o json for programs",
                                argc, argv, &leave, &err);
    if (result < 0)
        fprintf(stderr, "keelson status: %s\n", err.message);
    else
        status = leave ? 0 : print(&s, as_json);
    settings_done(&s);
    return status;
}
