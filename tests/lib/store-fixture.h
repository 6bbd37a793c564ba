/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store plugin outside of any daemon: a host table of the barest kind, and short forms of the calls. The
 * contract test, the benchmark and the plugins' own tests stand on it. It loads the file with plugin_load(),
 * so that the plugin host's faults and the plugin's cannot be taken for each other.
 *
 * A store may be used by many threads; opening and closing is for one.
 */
#ifndef TESTS_LIB_STORE_FIXTURE_H
#define TESTS_LIB_STORE_FIXTURE_H

#include <keelson/store.h>
#include <stdbool.h>

#define FIXTURE_SETTINGS_MAX 16

/* key=value texts; a value with commas is a list for config_length and config_element. */
struct fixture_settings {
    const char *items[FIXTURE_SETTINGS_MAX];
    unsigned count;
};

struct fixture_store {
    const struct keelson_plugin *plugin;
    const struct keelson_store_v1 *store;
    void *instance;
    struct keelson_config *config;
    char state_dir[256];
};

/* KEELSON_OK, or what the plugin's open said; fixture_error() has the words. KEELSON_UNSUPPORTED: not a store
 * plugin. */
enum keelson_status fixture_open(struct fixture_store *store, const char *file, const char *state_dir,
                                 const struct fixture_settings *settings);
void fixture_close(struct fixture_store *store);
/* The last failure of this thread's calls; "" when there was none. */
const char *fixture_error(void);
/* Log lines of the plugin go to stderr if set. */
extern bool fixture_verbose;

/* A call with a deadline; 0: none. */
struct keelson_call fixture_call(int64_t timeout_ms);

/* Text as bytes. */
struct keelson_bytes text(const char *text);
/* The end of the range of all keys that begin with prefix: its last byte plus one. Static per thread. */
struct keelson_bytes prefix_end(struct keelson_bytes prefix);

/* One put; mod_revision < 0: whatever is there, else the compare. Returns the revision, 0 when the compare
 * failed, -status when the call did. */
int64_t fixture_put(struct fixture_store *store, const char *key, struct keelson_bytes value,
                    int64_t mod_revision);
int64_t fixture_put_text(struct fixture_store *store, const char *key, const char *value);
int64_t fixture_delete(struct fixture_store *store, const char *key);
int64_t fixture_revision(struct fixture_store *store);

/* What a range gave, copied. */
struct fixture_kv {
    char *key, *value; /* NUL-terminated beside */
    size_t key_size, value_size;
    int64_t create_revision, mod_revision, version, lease_ttl_s;
};
struct fixture_list {
    struct fixture_kv *items;
    size_t count, capacity;
    size_t stop_after; /* the sink ends the call after so many; 0: never */
    struct keelson_range_result result;
};
enum keelson_status fixture_range(struct fixture_store *store, struct keelson_bytes from,
                                  struct keelson_bytes to, int64_t revision, int64_t limit, uint32_t flags,
                                  struct fixture_list *ret);
/* One key; false: absent. */
bool fixture_get(struct fixture_store *store, const char *key, int64_t revision, struct fixture_list *ret);
void fixture_list_done(struct fixture_list *list);

/* A seeded random number; *state is the caller's. */
uint64_t fixture_random(uint64_t *state);
/* The n in a value "n:<n>:…", by which tests tell writes apart; -1 if it is not one. */
int64_t fixture_value_number(const char *value, size_t size);
int64_t fixture_now_ns(void); /* CLOCK_MONOTONIC */
void fixture_sleep_ms(int64_t ms);
/* Deletes a folder and what is in it. */
bool fixture_remove(const char *dir);

#endif
