/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kills the store again and again while it works, and looks at what is left: every acknowledged write,
 * revisions that only grow, and a watch that goes on where it was. With a store in the plugin the writing
 * process is killed; with a server both are, each at moments of its own. All delays come from the printed
 * seed (the kernel's scheduling does not).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/contract.h"
#include "tests/lib/crash-writer.h"
#include "tests/lib/etcd-server.h"

#define COMPLAINTS_MAX 20
#define MAYBE_MAX      64 /* writes to a key since the last acknowledged one */

struct write_seen {
    int64_t number; /* -1: a delete, or nothing yet */
    int64_t revision;
};
struct key_seen {
    struct write_seen acknowledged;
    int64_t maybe[MAYBE_MAX]; /* numbers of writes that may have happened since; -1: a delete */
    int64_t maybe_write[MAYBE_MAX];
    unsigned maybe_count;
    int64_t watched_revision; /* the newest change that the watch brought */
    int64_t watched_number;
};
struct crash {
    struct contract *contract;
    struct key_seen keys[CRASH_KEYS];
    int64_t revision_max;   /* seen anywhere */
    int64_t progress;       /* the watch has everything up to here */
    int64_t event_revision; /* of the last event line */
    int64_t number_max;
    long acknowledged, events, rounds, complaints;
    char *pending; /* E lines that wait for their P line */
    size_t pending_size, pending_capacity;
    char state_dir[300];
};

static void complain(struct crash *crash, const char *what, long long a, long long b, long long c)
{
    if (crash->complaints++ < COMPLAINTS_MAX)
        fprintf(stderr, "# crash round %ld: %s (%lld, %lld, %lld)\n", crash->rounds, what, a, b, c);
    CHECK(crash->contract, !"crash");
}

static void intent_line(struct crash *crash, int key, int64_t number, char op)
{
    struct key_seen *seen = &crash->keys[key];
    if (number > crash->number_max)
        crash->number_max = number;
    if (seen->maybe_count == MAYBE_MAX)
        return complain(crash, "too many open writes", key, number, 0);
    seen->maybe[seen->maybe_count] = op == 'd' ? -1 : number;
    seen->maybe_write[seen->maybe_count++] = number;
}

static void acknowledged_line(struct crash *crash, int key, int64_t number, char op, int64_t revision)
{
    struct key_seen *seen = &crash->keys[key];
    crash->acknowledged++;
    if (revision < seen->acknowledged.revision)
        complain(crash, "acknowledged revision went back", key, revision, seen->acknowledged.revision);
    seen->acknowledged = (struct write_seen){op == 'd' ? -1 : number, revision};
    seen->maybe_count = 0;
    if (revision > crash->revision_max)
        crash->revision_max = revision;
}

static void refused_line(struct crash *crash, int key, int64_t number)
{
    struct key_seen *seen = &crash->keys[key];
    if (seen->maybe_count > 0 && seen->maybe_write[seen->maybe_count - 1] == number)
        seen->maybe_count--;
}

static void event_line(struct crash *crash, int64_t revision, int key, int64_t number)
{
    struct key_seen *seen = &crash->keys[key];
    crash->events++;
    /* Every revision changes a key under the prefix, so a gap shows. */
    if (revision != crash->event_revision + 1 && revision != crash->event_revision)
        complain(crash, "the watch skipped or repeated", revision, crash->event_revision, key);
    if (revision <= seen->watched_revision)
        complain(crash, "the watch repeated a key", revision, seen->watched_revision, key);
    crash->event_revision = revision;
    seen->watched_revision = revision;
    seen->watched_number = number;
    if (revision > crash->revision_max)
        crash->revision_max = revision;
}

static void pending_apply(struct crash *crash, int64_t progress)
{
    char *save = NULL;
    long long revision, number;
    int key;
    crash->pending[crash->pending_size] = '\0';
    for (char *line = strtok_r(crash->pending, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (sscanf(line, "E %lld %d %lld", &revision, &key, &number) == 3 && key >= 0 && key < CRASH_KEYS)
            event_line(crash, revision, key, number);
    }
    crash->pending_size = 0;
    if (progress < crash->progress)
        complain(crash, "progress went back", progress, crash->progress, 0);
    if (progress < crash->event_revision)
        complain(crash, "progress is behind its events", progress, crash->event_revision, 0);
    crash->progress = crash->event_revision = progress;
}

static void pending_add(struct crash *crash, const char *line)
{
    size_t size = strlen(line);
    if (crash->pending_size + size + 2 > crash->pending_capacity) {
        crash->pending_capacity = 2 * (crash->pending_size + size + 2);
        crash->pending = realloc(crash->pending, crash->pending_capacity);
    }
    memcpy(crash->pending + crash->pending_size, line, size);
    crash->pending_size += size;
    crash->pending[crash->pending_size++] = '\n';
}

static void line_read(struct crash *crash, const char *line)
{
    char what, op;
    int thread, key;
    long long number, revision;
    if (line[0] == 'E')
        return pending_add(crash, line);
    if (line[0] == 'P' && sscanf(line, "P %lld", &revision) == 1) {
        pending_add(crash, "");
        return pending_apply(crash, revision);
    }
    if (line[0] == 'X') {
        fprintf(stderr, "# crash round %ld: %s\n", crash->rounds, line + 2);
        CHECK(crash->contract, !"the writer reported an error");
        return;
    }
    if (sscanf(line, "%c %d %d %lld %c %lld", &what, &thread, &key, &number, &op, &revision) != 6 ||
        key < 0 || key >= CRASH_KEYS)
        return complain(crash, "a line that is none", line[0], 0, 0);
    if (what == 'I')
        intent_line(crash, key, number, op);
    else if (what == 'A')
        acknowledged_line(crash, key, number, op, revision);
    else if (what == 'F')
        refused_line(crash, key, number);
}

/* Reads what the writer said until it is dead; the last, unfinished line is left out. */
static void pipe_read(struct crash *crash, int fd)
{
    FILE *stream = fdopen(fd, "r");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    crash->pending_size = 0;
    crash->event_revision = crash->progress;
    while ((size = getline(&line, &capacity, stream)) > 0) {
        if (line[size - 1] != '\n')
            break;
        line[size - 1] = '\0';
        line_read(crash, line);
    }
    crash->pending_size = 0;
    crash->event_revision = crash->progress;
    free(line);
    fclose(stream);
}

static pid_t writer_spawn(struct crash *crash, uint64_t seed, int *ret_fd)
{
    struct contract *contract = crash->contract;
    char first[32], from[32], seed_text[32], fd_text[16];
    const char *arguments[16 + 2 * FIXTURE_SETTINGS_MAX];
    unsigned count = 0;
    int fds[2];
    if (pipe(fds) < 0)
        abort();
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[0], F_SETPIPE_SZ, 1 << 20);
    snprintf(first, sizeof(first), "%lld", (long long)crash->number_max + 1);
    snprintf(from, sizeof(from), "%lld", (long long)crash->progress);
    snprintf(seed_text, sizeof(seed_text), "%llu", (unsigned long long)seed);
    snprintf(fd_text, sizeof(fd_text), "%d", fds[1]);
    const char *head[] = {"store-contract", "--writer",       fd_text,       first, from,
                          seed_text,        crash->state_dir, contract->file};
    for (; count < 8; count++)
        arguments[count] = head[count];
    for (unsigned i = 0; i < contract->settings.count; i++)
        arguments[count++] = contract->settings.items[i];
    arguments[count] = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        execv("/proc/self/exe", (char *const *)arguments);
        _exit(127);
    }
    close(fds[1]);
    *ret_fd = fds[0];
    return pid;
}

static bool state_is_possible(const struct key_seen *seen, const struct fixture_kv *kv)
{
    int64_t number = kv ? fixture_value_number(kv->value, kv->value_size) : -1;
    if (number == seen->acknowledged.number && (!kv || kv->mod_revision == seen->acknowledged.revision))
        return true;
    for (unsigned i = 0; i < seen->maybe_count; i++) {
        if (number == seen->maybe[i] && (!kv || kv->mod_revision > seen->acknowledged.revision))
            return true;
    }
    return false;
}

/* A write that may have happened is from now on one that did or did not. Of a delete that nobody acknowledged
 * only this is known of its revision: it is not beyond the newest; the watch may still have to bring it. */
static void state_settle(struct key_seen *seen, const struct fixture_kv *kv, int64_t newest)
{
    int64_t number = kv ? fixture_value_number(kv->value, kv->value_size) : -1;
    if (kv)
        seen->acknowledged.revision = kv->mod_revision;
    else if (seen->maybe_count > 0)
        seen->acknowledged.revision = newest;
    seen->acknowledged.number = number;
    seen->maybe_count = 0;
}

/* What the watch saw last of a key must be what is there, if it has seen everything. */
static void watched_check(struct crash *crash, int key, const struct fixture_kv *kv)
{
    const struct key_seen *seen = &crash->keys[key];
    if (kv && kv->mod_revision <= crash->progress && seen->watched_revision != kv->mod_revision)
        complain(crash, "the watch missed a change", key, kv->mod_revision, seen->watched_revision);
    if (!kv && seen->acknowledged.revision > 0 && seen->acknowledged.revision <= crash->progress &&
        seen->maybe_count == 0 && seen->watched_revision > 0 && seen->watched_number != -1)
        complain(crash, "the watch missed a delete", key, seen->acknowledged.revision,
                 seen->watched_revision);
}

static void state_verify(struct crash *crash, struct fixture_store *store)
{
    int64_t revision = fixture_revision(store);
    for (int key = 0; key < CRASH_KEYS; key++) {
        struct fixture_list list = {0};
        char name[32];
        snprintf(name, sizeof(name), CRASH_PREFIX "%d", key);
        enum keelson_status status =
            fixture_range(store, text(name), (struct keelson_bytes){NULL, 0}, 0, 0, 0, &list);
        const struct fixture_kv *kv = list.count ? &list.items[0] : NULL;
        if (status != KEELSON_OK)
            complain(crash, fixture_error(), key, (int)status, 0);
        else if (!state_is_possible(&crash->keys[key], kv))
            complain(crash, kv ? "an acknowledged write is gone" : "an acknowledged key is gone", key,
                     kv ? fixture_value_number(kv->value, kv->value_size) : -1,
                     crash->keys[key].acknowledged.number);
        watched_check(crash, key, kv);
        state_settle(&crash->keys[key], kv, revision);
        fixture_list_done(&list);
    }
    if (revision < crash->revision_max)
        complain(crash, "the revision went back", revision, crash->revision_max, 0);
}

static void store_verify(struct crash *crash)
{
    struct contract *contract = crash->contract;
    struct fixture_store store;
    if (fixture_open(&store, contract->file, crash->state_dir, &contract->settings) != KEELSON_OK)
        return complain(crash, fixture_error(), 0, 0, 0);
    state_verify(crash, &store);
    fixture_close(&store);
}

static void server_round(struct crash *crash, uint64_t *random)
{
    struct etcd_server *server = crash->contract->server;
    for (int i = 0; i < 2; i++) {
        fixture_sleep_ms((int64_t)(fixture_random(random) % 1500));
        etcd_server_kill(server);
        fixture_sleep_ms((int64_t)(fixture_random(random) % 300));
        CHECK(crash->contract, etcd_server_start(server));
    }
    fixture_sleep_ms((int64_t)(fixture_random(random) % 800));
}

struct pipe_reader {
    struct crash *crash;
    int fd;
    pthread_t thread;
};
static void *pipe_reader_main(void *argument)
{
    struct pipe_reader *reader = argument;
    pipe_read(reader->crash, reader->fd);
    return NULL;
}

static void crash_round(struct crash *crash, uint64_t *random)
{
    struct pipe_reader reader = {.crash = crash};
    int status;
    pid_t pid = writer_spawn(crash, fixture_random(random), &reader.fd);
    pthread_create(&reader.thread, NULL, pipe_reader_main, &reader);
    if (crash->contract->server)
        server_round(crash, random);
    else
        fixture_sleep_ms((int64_t)(fixture_random(random) % 500));
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    pthread_join(reader.thread, NULL);
    if (!WIFSIGNALED(status))
        complain(crash, "the writer ended by itself", WEXITSTATUS(status), 0, 0);
    store_verify(crash);
    crash->rounds++;
}

void case_crash(struct contract *contract)
{
    struct crash *crash = calloc(1, sizeof(*crash));
    uint64_t random = contract->seed;
    int64_t end_ns = fixture_now_ns() + contract->crash_s * INT64_C(1000000000);
    crash->contract = contract;
    for (int i = 0; i < CRASH_KEYS; i++)
        crash->keys[i].acknowledged.number = -1;
    if (contract->server) {
        snprintf(crash->state_dir, sizeof(crash->state_dir), "%s", contract->dir);
        crash->progress = fixture_revision(&contract->store);
    } else {
        snprintf(crash->state_dir, sizeof(crash->state_dir), "%s/crash", contract->dir);
        mkdir(crash->state_dir, 0700);
        crash->progress = 1;
    }
    while (fixture_now_ns() < end_ns && !contract->failed)
        crash_round(crash, &random);
    CHECK(contract, crash->acknowledged > 0 && crash->events > 0);
    printf("# %ld crashes, %ld acknowledged writes, %ld events, revision %lld\n", crash->rounds,
           crash->acknowledged, crash->events, (long long)crash->revision_max);
    free(crash->pending);
    free(crash);
}
