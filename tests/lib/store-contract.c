/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store-contract [-t CRASH_SECONDS] [-s SEED] [-d DIR] [-e ETCD] [-c NAME] [-v] PLUGIN.so [setting=value]...
 *
 * Holds a store plugin to the promises of <keelson/store.h>. -e starts that etcd program with a folder and
 * port of its own, gives the plugin `endpoints`, and kills it during the crash case. -c runs one case. -v
 * shows the plugin's log. Closes with `N passed, N failed`.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/contract.h"
#include "tests/lib/crash-writer.h"
#include "tests/lib/etcd-server.h"

#define CRASH_S        8
#define COMPLAINTS_MAX 20 /* of one case */

static const struct contract_case cases[] = {
    {"compare", case_compare},
    {"revisions", case_revisions},
    {"many-operations", case_many_operations},
    {"bad-requests", case_bad_requests},
    {"deadline", case_deadline},
    {"begin", case_begin},
    {"begin-in-vain", case_begin_in_vain},
    {"relaxed", case_relaxed},
    {"concurrent-writers", case_concurrent_writers},
    {"range", case_range},
    {"bytes", case_bytes},
    {"past", case_past},
    {"past-pages", case_past_pages},
    {"watch-live", case_watch_live},
    {"watch-history", case_watch_history},
    {"watch-batches", case_watch_batches},
    {"watch-range", case_watch_range},
    {"watch-end", case_watch_end},
    {"watch-under-load", case_watch_under_load},
    {"watch-before-return", case_watch_before_return},
    {"expiry", case_expiry},
    {"compact", case_compact},
    {"compact-under-load", case_compact_under_load},
    {"snapshot", case_snapshot},
    {"reopen", case_reopen},
    {"crash", case_crash},
};

void contract_check(struct contract *contract, bool holds, const char *file, int line, const char *what)
{
    static int complaints;
    if (holds)
        return;
    if (!contract->failed)
        complaints = 0;
    contract->failed = true;
    if (complaints++ < COMPLAINTS_MAX)
        fprintf(stderr, "# %s:%d: %s%s%s\n", file, line, what, fixture_error()[0] ? "; last failure: " : "",
                fixture_error());
}

static bool store_open(struct contract *contract)
{
    char dir[300];
    snprintf(dir, sizeof(dir), "%s/store", contract->dir);
    mkdir(dir, 0700);
    enum keelson_status status = fixture_open(&contract->store, contract->file, dir, &contract->settings);
    if (status != KEELSON_OK)
        fprintf(stderr, "# open: status %d: %s\n", (int)status, fixture_error());
    return status == KEELSON_OK;
}

bool contract_reopen(struct contract *contract)
{
    fixture_close(&contract->store);
    bool opened = store_open(contract);
    CHECK(contract, opened);
    return opened;
}

/* store-contract --writer FD FIRST FROM SEED STATE_DIR PLUGIN.so [setting=value]... */
static int writer_main(int argc, char **argv)
{
    static struct crash_order order;
    order.fd = (int)strtol(argv[2], NULL, 10);
    order.first = strtoll(argv[3], NULL, 10);
    order.from_revision = strtoll(argv[4], NULL, 10);
    order.seed = strtoull(argv[5], NULL, 10);
    order.state_dir = argv[6];
    order.file = argv[7];
    for (int i = 8; i < argc && order.settings.count < FIXTURE_SETTINGS_MAX; i++)
        order.settings.items[order.settings.count++] = argv[i];
    return crash_writer(&order);
}

static int usage(void)
{
    fprintf(stderr, "usage: store-contract [-t CRASH_SECONDS] [-s SEED] [-d DIR] [-e ETCD] [-c CASE] [-v] "
                    "PLUGIN.so [setting=value]...\n");
    return 2;
}

static bool server_start(struct contract *contract, struct etcd_server *server)
{
    static char endpoints[64];
    snprintf(server->dir, sizeof(server->dir), "%s", contract->dir);
    if (!etcd_server_start(server)) {
        fprintf(stderr, "# %s does not start; see %s/etcd.log\n", server->program, server->dir);
        return false;
    }
    snprintf(endpoints, sizeof(endpoints), "endpoints=http://127.0.0.1:%d", server->port);
    contract->settings.items[contract->settings.count++] = endpoints;
    contract->server = server;
    return true;
}

static int cases_run(struct contract *contract, const char *only)
{
    int passed = 0, failed = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t start_ns = fixture_now_ns();
        if (only && strcmp(only, cases[i].name) != 0)
            continue;
        contract->failed = false;
        cases[i].run(contract);
        printf("%s %s (%lld ms)\n", contract->failed ? "FAIL" : "ok  ", cases[i].name,
               (long long)((fixture_now_ns() - start_ns) / 1000000));
        fflush(stdout);
        passed += !contract->failed;
        failed += contract->failed;
        if (!contract->store.instance)
            break; /* it could not be opened again */
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed ? 1 : 0;
}

int main(int argc, char **argv)
{
    static struct contract contract = {.crash_s = CRASH_S};
    static struct etcd_server server;
    const char *only = NULL, *dir = NULL;
    int option;
    signal(SIGPIPE, SIG_IGN);
    if (argc > 7 && strcmp(argv[1], "--writer") == 0)
        return writer_main(argc, argv);
    contract.seed = (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
    while ((option = getopt(argc, argv, "+t:s:d:e:c:v")) != -1) {
        switch (option) {
        case 't':
            contract.crash_s = (int)strtol(optarg, NULL, 10);
            break;
        case 's':
            contract.seed = strtoull(optarg, NULL, 10);
            break;
        case 'd':
            dir = optarg;
            break;
        case 'e':
            server.program = optarg;
            break;
        case 'c':
            only = optarg;
            break;
        case 'v':
            fixture_verbose = true;
            break;
        default:
            return usage();
        }
    }
    if (optind >= argc)
        return usage();
    contract.file = argv[optind];
    for (int i = optind + 1; i < argc && contract.settings.count < FIXTURE_SETTINGS_MAX - 1; i++)
        contract.settings.items[contract.settings.count++] = argv[i];
    snprintf(contract.dir, sizeof(contract.dir), "%s/store-contract.XXXXXX", dir ? dir : "/var/tmp");
    if (!mkdtemp(contract.dir)) {
        fprintf(stderr, "%s: %s\n", contract.dir, strerror(errno));
        return 2;
    }
    printf("# seed %llu, folder %s\n", (unsigned long long)contract.seed, contract.dir);
    int code = 1;
    if ((!server.program || server_start(&contract, &server)) && store_open(&contract)) {
        code = cases_run(&contract, only);
        fixture_close(&contract.store);
    } else {
        printf("0 passed, 1 failed\n");
    }
    etcd_server_kill(&server);
    if (code == 0)
        fixture_remove(contract.dir);
    return code;
}
