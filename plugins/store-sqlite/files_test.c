/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of the store when its files are not as they should be: foreign, truncated, damaged, in use,
 * from before a power cut, on a full disk. The plugin is loaded as a daemon would load it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/store-fixture.h"
#include "tests/lib/store-watcher.h"

#define PLUGIN "plugins/store-sqlite/.libs/store-sqlite.so"

static char dir[64], path[128];
static const struct fixture_settings no_settings;

static int folder_make(void **state)
{
    snprintf(dir, sizeof(dir), "/var/tmp/store-sqlite.XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/state.db", dir);
    return 0;
}

static int folder_remove(void **state)
{
    return fixture_remove(dir) ? 0 : -1;
}

static enum keelson_status open_store(struct fixture_store *store)
{
    return fixture_open(store, PLUGIN, dir, &no_settings);
}

static void sql(const char *file, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void file_write(const char *file, const void *data, size_t size)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), (ssize_t)size);
    close(fd);
}

static off_t file_size(const char *file)
{
    struct stat st;
    return stat(file, &st) == 0 ? st.st_size : -1;
}

/* Opening fails with this status, in words that name the file and hold `words`; the file stays as it was. */
static void refused(enum keelson_status status, const char *words)
{
    struct fixture_store store;
    off_t size = file_size(path);
    assert_int_equal(open_store(&store), status);
    assert_non_null(strstr(fixture_error(), path));
    assert_non_null(strstr(fixture_error(), words));
    assert_int_equal(file_size(path), size);
}

static void fill(struct fixture_store *store, int keys, size_t size)
{
    char key[64], *value = malloc(size);
    memset(value, 'v', size);
    for (int i = 0; i < keys; i++) {
        snprintf(key, sizeof(key), "/fill/%d", i);
        assert_true(fixture_put(store, key, (struct keelson_bytes){value, size}, -1) > 0);
    }
    free(value);
}

static void new_file_is_private(void **state)
{
    struct fixture_store store;
    struct stat st;
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_int_equal(fixture_revision(&store), 1);
    assert_int_equal(fixture_put_text(&store, "/a", "1"), 2);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    fixture_close(&store);
}

static void foreign_files_are_refused(void **state)
{
    static const char text_file[] =
        "This is no database, but it is long enough to be looked at: a header of an SQLite "
        "database has one hundred bytes, and this text has more of them.\n";
    file_write(path, text_file, sizeof(text_file));
    refused(KEELSON_INVALID, "is not a keelson state database");
    file_write(path, "short", 5);
    refused(KEELSON_INVALID, "is not a keelson state database");
    unlink(path);
    sql(path, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    refused(KEELSON_INVALID, "another program");
    unlink(path);
    sql(path, "PRAGMA application_id=4711; CREATE TABLE t(a)");
    refused(KEELSON_INVALID, "another program");
    unlink(path);
    mkdir(path, 0700);
    struct fixture_store store;
    assert_int_not_equal(open_store(&store), KEELSON_OK);
    assert_non_null(strstr(fixture_error(), path));
}

/* The power went while the file was made: what is in it was not synced, but the journal was, which says that
 * there had been nothing. */
static void half_made_file_is_made_anew(void **state)
{
    static const unsigned char head[512] = {0xd9, 0xd5, 0x05, 0xf9,     0x20,
                                            0xa1, 0x63, 0xd7, [22] = 2, [26] = 0x20};
    static char garbage[8192];
    struct fixture_store store;
    memset(garbage, 0xa5, sizeof(garbage));
    char journal[4096];
    snprintf(journal, sizeof(journal), "%s-journal", path);
    for (size_t size = 50; size <= sizeof(garbage); size += sizeof(garbage) - 50) {
        unlink(path);
        file_write(path, garbage, size);
        refused(KEELSON_INVALID, "is not a keelson state database");
        file_write(journal, (const char *)head, sizeof(head));
        assert_int_equal(open_store(&store), KEELSON_OK);
        assert_int_equal(fixture_put_text(&store, "/a", "1"), 2);
        fixture_close(&store);
    }
}

static void newer_format_is_refused(void **state)
{
    struct fixture_store store;
    assert_int_equal(open_store(&store), KEELSON_OK);
    fixture_close(&store);
    sql(path, "PRAGMA user_version=3");
    refused(KEELSON_INVALID, "format 3");
}

static void truncated_files_are_refused(void **state)
{
    struct fixture_store store;
    assert_int_equal(open_store(&store), KEELSON_OK);
    fill(&store, 500, 4000);
    fixture_close(&store);
    off_t size = file_size(path);
    assert_true(size > 500 * 4000);
    assert_int_equal(truncate(path, size - 100), 0);
    refused(KEELSON_CORRUPT, "truncated");
    assert_int_equal(truncate(path, size / 2 / 8192 * 8192), 0);
    refused(KEELSON_CORRUPT, "truncated");
    assert_int_equal(truncate(path, 50), 0);
    refused(KEELSON_INVALID, "is not a keelson state database");
}

static void damage_is_reported_and_the_rest_goes_on(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    char garbage[8192];
    int damaged = 0, whole = 0;
    assert_int_equal(open_store(&store), KEELSON_OK);
    fill(&store, 200, 4000);
    fixture_close(&store);
    int fd = open(path, O_WRONLY);
    memset(garbage, 0xa5, sizeof(garbage));
    for (off_t page = 40; page < 45; page++) /* among the values: keys of 200 rows take three pages */
        assert_int_equal(pwrite(fd, garbage, sizeof(garbage), page * 8192), sizeof(garbage));
    close(fd);
    enum keelson_status opened = open_store(&store);
    if (opened == KEELSON_CORRUPT)
        return; /* the pages were the log's after all: refused is right too */
    assert_int_equal(opened, KEELSON_OK);
    for (int i = 0; i < 200; i++) {
        char key[64];
        snprintf(key, sizeof(key), "/fill/%d", i);
        enum keelson_status status =
            fixture_range(&store, text(key), (struct keelson_bytes){NULL, 0}, 0, 0, 0, &list);
        assert_true(status == KEELSON_OK || status == KEELSON_CORRUPT);
        if (status == KEELSON_CORRUPT)
            assert_non_null(strstr(fixture_error(), path));
        damaged += status == KEELSON_CORRUPT;
        whole += status == KEELSON_OK;
        fixture_list_done(&list);
    }
    assert_true(damaged > 0 && whole > 100);
    fixture_close(&store);
}

/* A process that opens the store, writes and is gone: its write-ahead log stays. */
static void store_abandon(const char *key)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct fixture_store store;
        bool done = open_store(&store) == KEELSON_OK && fixture_put_text(&store, key, "v") > 0;
        _exit(done ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void file_move(const char *from, const char *to)
{
    char source[160], target[160];
    snprintf(source, sizeof(source), "%s/%s", dir, from);
    snprintf(target, sizeof(target), "%s/%s", dir, to);
    assert_int_equal(rename(source, target), 0);
}

static void file_copy(const char *from, const char *to)
{
    static char data[1 << 20];
    char source[160], target[160];
    snprintf(source, sizeof(source), "%s/%s", dir, from);
    snprintf(target, sizeof(target), "%s/%s", dir, to);
    int fd = open(source, O_RDONLY);
    ssize_t size = read(fd, data, sizeof(data));
    assert_true(size > 0 && size < (ssize_t)sizeof(data));
    close(fd);
    file_write(target, data, (size_t)size);
}

/* A backup is put in the place of a database that was not closed, or a log in the place of another's. */
static void the_log_of_another_database_is_refused(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    char copy[128];
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_true(fixture_put_text(&store, "/kept", "v") > 0);
    struct keelson_call call = fixture_call(30000);
    snprintf(copy, sizeof(copy), "%s/copy.db", dir);
    assert_int_equal(store.store->snapshot(store.instance, &call, copy), KEELSON_OK);
    fixture_close(&store);
    store_abandon("/lost");
    file_move("state.db", "old.db");
    file_move("copy.db", "state.db");
    refused(KEELSON_CORRUPT, "left behind by another database");
    file_move("state.db-wal", "old.db-wal");
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_true(fixture_get(&store, "/kept", 0, &list));
    fixture_list_done(&list);
    assert_false(fixture_get(&store, "/lost", 0, &list));
    fixture_list_done(&list);
    fixture_close(&store);
    file_move("old.db-wal", "state.db-wal");
    refused(KEELSON_CORRUPT, "left behind by another database");
    file_move("old.db", "state.db"); /* the right one again */
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_true(fixture_get(&store, "/lost", 0, &list));
    fixture_list_done(&list);
    fixture_close(&store);
}

/* The first log of a database that was copied back into it, but has not begun anew yet. */
static void the_first_log_is_the_databases_own(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    store_abandon("/kept");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT * FROM meta;PRAGMA wal_checkpoint(PASSIVE)", NULL, NULL, NULL),
                     SQLITE_OK);
    int fd = open(path, O_RDONLY);
    unsigned char application[4];
    assert_int_equal(pread(fd, application, 4, 68), 4);
    assert_memory_equal(application, "KELS", 4); /* page 1 is copied */
    close(fd);
    file_copy("state.db", "kept.db"); /* closing the connection removes the log */
    file_copy("state.db-wal", "kept.db-wal");
    sqlite3_close(db);
    file_move("kept.db", "state.db");
    file_move("kept.db-wal", "state.db-wal");
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_true(fixture_get(&store, "/kept", 0, &list));
    fixture_list_done(&list);
    fixture_close(&store);
}

/* A power cut leaves what it likes of the frames that were not synced: here one with a page 1 that is none.
 */
static void a_torn_frame_makes_no_foreign_log(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    char wal[160];
    unsigned char frame[24 + 8192];
    store_abandon("/kept");
    snprintf(wal, sizeof(wal), "%s-wal", path);
    int fd = open(wal, O_RDWR | O_APPEND);
    assert_int_equal(pread(fd, frame, sizeof(frame), 32), sizeof(frame));
    assert_int_equal(frame[3], 1); /* the page's number */
    frame[24 + 60] ^= 0xff;        /* the database's identity */
    assert_int_equal(write(fd, frame, sizeof(frame)), sizeof(frame));
    close(fd);
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_true(fixture_get(&store, "/kept", 0, &list));
    fixture_list_done(&list);
    fixture_close(&store);
}

/* Values lie in the file in parts: every length around the ends of those comes back. */
static void values_of_all_sizes_come_back(void **state)
{
    static const size_t sizes[] = {0,    1,    2023,  2024,  2025,  4048,   6300,
                                   8191, 8192, 14168, 14169, 16192, 100000, 8 << 20};
    static char value[(8 << 20) + 100];
    struct fixture_store store;
    char key[32];
    for (size_t i = 0; i < sizeof(value); i++)
        value[i] = (char)(i * 7 + i / 251);
    assert_int_equal(open_store(&store), KEELSON_OK);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        snprintf(key, sizeof(key), "/size/%zu", i);
        assert_true(fixture_put(&store, key, (struct keelson_bytes){value + i, sizes[i]}, -1) > 0);
    }
    for (int opened = 0; opened < 2; opened++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            struct fixture_list list = {0};
            size_t size = sizes[i];
            snprintf(key, sizeof(key), "/size/%zu", i);
            assert_true(fixture_get(&store, key, 0, &list));
            assert_int_equal(list.items[0].value_size, size);
            assert_memory_equal(list.items[0].value, value + i, size);
            fixture_list_done(&list);
        }
        fixture_close(&store);
        assert_int_equal(open_store(&store), KEELSON_OK);
    }
    assert_int_equal(fixture_put(&store, "/size/x", (struct keelson_bytes){value, (8 << 20) + 1}, -1),
                     -KEELSON_INVALID);
    fixture_close(&store);
}

static void second_process_is_refused(void **state)
{
    struct fixture_store first, second;
    assert_int_equal(open_store(&first), KEELSON_OK);
    assert_int_equal(open_store(&second), KEELSON_UNAVAILABLE);
    char words[100];
    snprintf(words, sizeof(words), "in use by another process: store-contract, pid %d", (int)getpid());
    assert_non_null(strstr(fixture_error(), words));
    assert_true(fixture_put_text(&first, "/a", "1") > 0);
    fixture_close(&first);
    assert_int_equal(open_store(&second), KEELSON_OK);
    fixture_close(&second);
}

static void settings_are_checked(void **state)
{
    static const struct {
        const char *setting, *words;
    } rows[] = {{"readers=0", "readers is 0"},
                {"readers=x", "readers"},
                {"wal_bytes=1", "wal_bytes is 1"},
                {"path=relative.db", "not an absolute path"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct fixture_settings settings = {.items = {rows[i].setting}, .count = 1};
        struct fixture_store store;
        assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_INVALID);
        assert_non_null(strstr(fixture_error(), rows[i].words));
    }
}

static void snapshot_is_a_store(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    char copy[128], setting[160];
    assert_int_equal(open_store(&store), KEELSON_OK);
    fill(&store, 100, 1000);
    assert_true(fixture_delete(&store, "/fill/7") > 0);
    int64_t revision = fixture_revision(&store);
    struct keelson_call call = fixture_call(30000);
    snprintf(copy, sizeof(copy), "%s/copy.db", dir);
    assert_int_equal(store.store->snapshot(store.instance, &call, copy), KEELSON_OK);
    fixture_put_text(&store, "/later", "1");
    fixture_close(&store);

    snprintf(setting, sizeof(setting), "path=%s", copy);
    const struct fixture_settings settings = {.items = {setting}, .count = 1};
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    assert_int_equal(fixture_range(&store, text("/"), text("0"), 0, 0, 0, &list), KEELSON_OK);
    assert_int_equal(list.count, 99);
    assert_true(list.items[0].mod_revision >= 2 && list.items[0].value_size == 1000);
    fixture_list_done(&list);
    /* The original went on: what it used after the copy must not be used again. */
    assert_true(fixture_put_text(&store, "/later", "2") > revision + 1000);
    fixture_close(&store);
}

static void a_snapshot_can_be_cancelled(void **state)
{
    struct fixture_store store;
    char copy[128];
    assert_int_equal(open_store(&store), KEELSON_OK);
    fill(&store, 500, 4000);
    int cancel_fd = eventfd(1, EFD_CLOEXEC);
    struct keelson_call call = fixture_call(30000);
    call.cancel_fd = cancel_fd;
    snprintf(copy, sizeof(copy), "%s/copy.db", dir);
    assert_int_equal(store.store->snapshot(store.instance, &call, copy), KEELSON_CANCELLED);
    assert_int_equal(file_size(copy), -1);
    close(cancel_fd);
    fixture_close(&store);
}

/* Holds the first write to a copy up until the test lets it go on. */
static atomic_bool copy_is_held;
static sem_t copy_began, copy_goes_on;
#pragma GCC visibility push(default)
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    char name[64], target[200] = "";
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    if (atomic_load(&copy_is_held) && readlink(name, target, sizeof(target) - 1) > 0 &&
        strstr(target, "/copy.db") && atomic_exchange(&copy_is_held, false)) {
        sem_post(&copy_began);
        sem_wait(&copy_goes_on);
    }
    return syscall(SYS_pwrite64, fd, data, size, offset);
}
#pragma GCC visibility pop

static void *copy_main(void *argument)
{
    static enum keelson_status status;
    struct fixture_store *store = argument;
    struct keelson_call call = fixture_call(0);
    char copy[128];
    snprintf(copy, sizeof(copy), "%s/copy.db", dir);
    status = store->store->snapshot(store->instance, &call, copy);
    return &status;
}

/* The log cannot begin anew while a copy is made. */
static void a_snapshot_does_not_fill_the_disk(void **state)
{
    static const struct fixture_settings settings = {.items = {"wal_bytes=65536"}, .count = 1};
    static char value[8 << 20];
    struct fixture_store store;
    pthread_t thread;
    void *status;
    char wal[160], copy[160];
    sem_init(&copy_began, 0, 0);
    sem_init(&copy_goes_on, 0, 0);
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &settings), KEELSON_OK);
    fill(&store, 1000, 4000); /* more than the copy's cache */
    atomic_store(&copy_is_held, true);
    pthread_create(&thread, NULL, copy_main, &store);
    sem_wait(&copy_began);
    snprintf(wal, sizeof(wal), "%s-wal", path);
    while (file_size(wal) <= 256 * 65536)
        assert_true(fixture_put(&store, "/large", (struct keelson_bytes){value, sizeof(value)}, -1) > 0);
    sem_post(&copy_goes_on);
    pthread_join(thread, &status);
    assert_int_equal(*(enum keelson_status *)status, KEELSON_UNAVAILABLE);
    snprintf(copy, sizeof(copy), "%s/copy.db", dir);
    assert_int_equal(file_size(copy), -1);
    for (int i = 0; file_size(wal) > 4 << 20; i++) { /* what is written then makes it short again */
        assert_true(fixture_put_text(&store, "/small", "v") > 0 && i < 3000);
        fixture_sleep_ms(10);
    }
    fixture_close(&store);
}

/* As after a power cut that took unsynced, acknowledged transactions: their revisions are not used again. */
static void reboot_skips_reserved_revisions(void **state)
{
    struct fixture_store store;
    assert_int_equal(open_store(&store), KEELSON_OK);
    int64_t last = fixture_put_text(&store, "/a", "1");
    fixture_close(&store);
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_int_equal(fixture_revision(&store), last); /* closed in order: nothing to skip */
    last = fixture_put_text(&store, "/a", "2");
    fixture_close(&store);
    sql(path,
        "UPDATE meta SET number=number+1 WHERE name='boot'; UPDATE meta SET number=0 WHERE name='clean'");
    for (int attempt = 0; attempt < 2; attempt++) {
        assert_int_equal(open_store(&store), KEELSON_OK);
        assert_true(fixture_revision(&store) >= last + 1000);
        if (attempt == 0)
            sql(path, "UPDATE meta SET number=0 WHERE name='clean'");
        fixture_close(&store);
        sql(path, "UPDATE meta SET number=0 WHERE name='clean'");
    }
    assert_int_equal(open_store(&store), KEELSON_OK);
    int64_t skipped = fixture_revision(&store); /* somebody may have read it */
    fixture_close(&store);
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_int_equal(fixture_revision(&store), skipped); /* closed in order, without a write since */
    fixture_close(&store);
    assert_int_equal(open_store(&store), KEELSON_OK);
    int64_t next = fixture_put_text(&store, "/a", "3");
    assert_true(next > last + 1000);
    fixture_close(&store);
    assert_int_equal(open_store(&store), KEELSON_OK);
    assert_int_equal(fixture_revision(&store), next);
    fixture_close(&store);
}

static void keys_expire_over_a_restart(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    assert_int_equal(open_store(&store), KEELSON_OK);
    const struct keelson_op op = {
        .type = KEELSON_OP_PUT, .key = text("/ttl"), .value = text("v"), .ttl_s = 1};
    const struct keelson_txn txn = {.size = sizeof(txn), .ops = &op, .op_size = sizeof(op), .ops_count = 1};
    struct keelson_txn_result result = {.size = sizeof(result)};
    struct keelson_call call = fixture_call(30000);
    assert_int_equal(store.store->txn(store.instance, &call, &txn, &result), KEELSON_OK);
    fixture_close(&store);
    fixture_sleep_ms(1100);
    assert_int_equal(open_store(&store), KEELSON_OK);
    struct watcher watcher;
    watcher_start(&watcher, &store, text("/ttl"), (struct keelson_bytes){NULL, 0}, result.revision);
    assert_true(watcher_wait_count(&watcher, 1));
    assert_int_equal(watcher.events[0].version, 0);
    assert_false(fixture_get(&store, "/ttl", 0, &list));
    fixture_list_done(&list);
    watcher_stop(&watcher);
    watcher_done(&watcher);
    fixture_close(&store);
}

/* The machine's clock as the plugin sees it. */
static _Atomic int64_t clock_set_s;
int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int code = (int)syscall(SYS_clock_gettime, clock, ret);
    if (code == 0 && clock == CLOCK_REALTIME)
        ret->tv_sec += clock_set_s;
    return code;
}

static void wait_gone(struct fixture_store *store, const char *key)
{
    struct fixture_list list = {0};
    for (int i = 0; fixture_get(store, key, 0, &list); i++) {
        fixture_list_done(&list);
        assert_true(i < 3000);
        fixture_sleep_ms(10);
    }
    fixture_list_done(&list);
}

static void setting_the_clock_expires_nothing(void **state)
{
    static const int64_t jumps_s[] = {86400, -86400};
    struct fixture_store store;
    struct fixture_list list = {0};
    for (size_t i = 0; i < sizeof(jumps_s) / sizeof(jumps_s[0]); i++) {
        clock_set_s = 0;
        assert_int_equal(open_store(&store), KEELSON_OK);
        const struct keelson_op ops[] = {
            {.type = KEELSON_OP_PUT, .key = text("/soon"), .value = text("v"), .ttl_s = 1},
            {.type = KEELSON_OP_PUT, .key = text("/late"), .value = text("v"), .ttl_s = 1000}};
        const struct keelson_txn txn = {
            .size = sizeof(txn), .ops = ops, .op_size = sizeof(*ops), .ops_count = 2};
        struct keelson_txn_result result = {.size = sizeof(result)};
        struct keelson_call call = fixture_call(30000);
        assert_int_equal(store.store->txn(store.instance, &call, &txn, &result), KEELSON_OK);
        clock_set_s = jumps_s[i];
        wait_gone(&store, "/soon");
        assert_true(fixture_get(&store, "/late", 0, &list));
        assert_true(list.items[0].lease_ttl_s > 900 && list.items[0].lease_ttl_s <= 1000);
        fixture_list_done(&list);
        fixture_close(&store);
    }
    clock_set_s = 0;
}

static bool small_disk_mount(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", dir, "tmpfs", 0, "size=4m") == 0;
}

/* Writes until the disk is full; returns how many keys there are. */
static int disk_fill(struct fixture_store *store)
{
    static char value[20000];
    char key[64];
    for (int i = 0; i < 1000; i++) {
        int64_t before = fixture_revision(store);
        snprintf(key, sizeof(key), "/disk/%d", i);
        int64_t revision = fixture_put(store, key, (struct keelson_bytes){value, sizeof(value)}, -1);
        if (revision < 0) {
            assert_int_equal(revision, -KEELSON_EXHAUSTED);
            assert_non_null(strstr(fixture_error(), "no space left"));
            assert_int_equal(fixture_revision(store), before);
            return i;
        }
        assert_int_equal(revision, before + 1);
    }
    fail_msg("the disk never filled up");
    return 0;
}

/* Reads and watches go on; the state is what was acknowledged. */
static void full_disk_check(struct fixture_store *store, int64_t revision, int keys)
{
    struct fixture_list list = {0};
    struct watcher watcher;
    watcher_start(&watcher, store, text("/disk/"), text("/disk0"), 1);
    assert_true(watcher_wait_count(&watcher, (size_t)keys));
    assert_int_equal(fixture_revision(store), revision);
    static const char value[20000];
    assert_int_equal(fixture_put(store, "/disk/0", (struct keelson_bytes){value, sizeof(value)}, -1),
                     -KEELSON_EXHAUSTED);
    assert_int_equal(fixture_range(store, text("/disk/"), text("/disk0"), 0, 0, 0, &list), KEELSON_OK);
    assert_int_equal(list.count, keys);
    assert_int_equal(list.items[keys - 1].value_size, 20000);
    fixture_list_done(&list);
    assert_int_equal(watcher_stop(&watcher), KEELSON_CANCELLED);
    assert_int_equal(watcher.count, keys);
    watcher_done(&watcher);
}

/* The store looks for room several times a second, and may have to copy its log first. */
static int64_t when_room(struct fixture_store *store, const char *key, bool put)
{
    for (int i = 0; i < 3000; i++) {
        int64_t revision = put ? fixture_put_text(store, key, "v") : fixture_delete(store, key);
        if (revision != -KEELSON_EXHAUSTED)
            return revision;
        fixture_sleep_ms(10);
    }
    fail_msg("there is room, but writes are refused");
    return 0;
}

/* With space again, writes and their events go on where they stopped. */
static void full_disk_recovers(struct fixture_store *store, int64_t revision)
{
    struct watcher watcher;
    watcher_start(&watcher, store, text("/again"), (struct keelson_bytes){NULL, 0}, revision);
    assert_int_equal(when_room(store, "/again", true), revision + 1);
    assert_true(watcher_wait_progress(&watcher, revision + 1));
    assert_int_equal(watcher.count, 1);
    watcher_stop(&watcher);
    watcher_done(&watcher);
}

static const struct fixture_settings small_disk = {.items = {"reserve_bytes=262144", "wal_bytes=65536"},
                                                   .count = 2};

static void full_disk_refuses_writes_only(void **state)
{
    struct fixture_store store;
    char ballast[2][128];
    static char zeros[1 << 20];
    if (!small_disk_mount())
        skip();
    for (int i = 0; i < 2; i++) {
        snprintf(ballast[i], sizeof(ballast[i]), "%s/ballast-%d", dir, i);
        file_write(ballast[i], zeros, sizeof(zeros));
    }
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &small_disk), KEELSON_OK);
    int keys = disk_fill(&store);
    assert_true(keys > 10);
    full_disk_check(&store, keys + 1, keys);
    unlink(ballast[0]);
    full_disk_recovers(&store, keys + 1);
    int64_t revision = keys + 2;
    while (fixture_put(&store, "/again", (struct keelson_bytes){zeros, 20000}, -1) > 0)
        revision++;
    fixture_close(&store);

    assert_int_equal(fixture_open(&store, PLUGIN, dir, &small_disk),
                     KEELSON_OK); /* a full disk can still be read after a restart */
    assert_int_equal(fixture_revision(&store), revision);
    unlink(ballast[1]);
    full_disk_recovers(&store, revision);
    fixture_close(&store);
    umount2(dir, MNT_DETACH);
}

/* Deletes are taken when nothing else is, and give room for more. */
static void deletes_free_a_full_disk(void **state)
{
    struct fixture_store store;
    struct fixture_list list = {0};
    char key[64];
    if (!small_disk_mount())
        skip();
    assert_int_equal(fixture_open(&store, PLUGIN, dir, &small_disk), KEELSON_OK);
    int keys = disk_fill(&store);
    for (int i = 0; i < keys; i++) {
        snprintf(key, sizeof(key), "/disk/%d", i);
        assert_int_equal(when_room(&store, key, false), keys + 2 + i);
        assert_int_equal(fixture_put_text(&store, "/refused", "v"), -KEELSON_EXHAUSTED);
    }
    struct keelson_call call = fixture_call(30000);
    assert_int_equal(store.store->compact(store.instance, &call, fixture_revision(&store)), KEELSON_OK);
    assert_int_equal(when_room(&store, "/again", true), 2 * keys + 2);
    assert_int_equal(fixture_range(&store, text("/"), text("0"), 0, 0, 0, &list), KEELSON_OK);
    assert_int_equal(list.count, 1);
    fixture_list_done(&list);
    fixture_close(&store);
    umount2(dir, MNT_DETACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(new_file_is_private, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(foreign_files_are_refused, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(half_made_file_is_made_anew, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(newer_format_is_refused, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(truncated_files_are_refused, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(damage_is_reported_and_the_rest_goes_on, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(the_log_of_another_database_is_refused, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(the_first_log_is_the_databases_own, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_torn_frame_makes_no_foreign_log, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(values_of_all_sizes_come_back, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(second_process_is_refused, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(settings_are_checked, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(snapshot_is_a_store, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_snapshot_can_be_cancelled, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_snapshot_does_not_fill_the_disk, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(reboot_skips_reserved_revisions, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(keys_expire_over_a_restart, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(setting_the_clock_expires_nothing, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(full_disk_refuses_writes_only, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(deletes_free_a_full_disk, folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
