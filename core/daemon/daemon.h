/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The skeleton of every daemon: a table says its name, flags and what to do; daemon_main does the rest:
 * parses flags (upstream's names and meanings, "--flag=value" or
 * "--flag value", booleans without a value), loads configuration, sets up logging, runs start, notifies
 * systemd, waits for signals (SIGTERM and SIGINT stop, SIGHUP reloads), serves /healthz, /livez, /readyz,
 * /metrics and /version, and runs stop, within 90 s.
 *
 * A daemon's work is a component: a struct that start makes and stop releases; the `keelson` command can run
 * several in one process.
 */
#ifndef KEELSON_DAEMON_DAEMON_H
#define KEELSON_DAEMON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

enum flag_type {
    FLAG_STRING,
    FLAG_LIST /* comma-separated, may repeat */,
    FLAG_INTEGER,
    FLAG_BOOL,
    FLAG_DURATION /* Go duration, stored in ns */,
    FLAG_MAP /* key=value,… as a list */
};
/* One row a flag; the value lands at `offset` of the daemon's options struct: char * (owned), struct
 * flag_list, int64_t, bool, int64_t. */
struct flag_list {
    char **items;
    size_t count;
};
struct flag {
    const char *name; /* without dashes */
    enum flag_type type;
    size_t offset;
    const char *default_; /* text, as on the command line; NULL: zero */
    const char *
        help; /* "" hides it: accepted for compatibility, without effect, and said so in the log when given */
};
/* Fills defaults, then argv. --help prints the table and is answered with 1 from *ret_exit. Unknown flags are
 * an error that names the closest. */
int flags_parse(const struct flag *flags, size_t count, void *options, int argc, char **argv,
                const char *usage, int *ret_exit, struct error *err);
void flags_free(const struct flag *flags, size_t count, void *options);
void flags_help(const struct flag *flags, size_t count, const char *usage, struct buffer *out);

struct daemon_health { /* one named check of /healthz; NULL-named row ends a list */
    const char *name;
    bool (*ok)(void *component, struct buffer *why);
};

struct daemon {
    const char *name;    /* "kube-scheduler" */
    const char *summary; /* first line of --help */
    const struct flag *flags;
    size_t flags_count;
    size_t options_size;
    /* Builds and starts everything; returns the component. Threads of its own do the work. */
    int (*start)(const void *options, void **ret_component, struct error *err);
    int (*reload)(void *component, struct error *err); /* SIGHUP; NULL: nothing to reload */
    void (*stop)(void *component);
    void (*metrics)(void *component, struct buffer *out); /* Prometheus text; may be NULL */
    const struct daemon_health *health;                   /* may be NULL */
    /* Where options keep the health server's address, port and switch: char *, int64_t; (size_t)-1: this
     * daemon serves them itself. */
    size_t bind_address_offset, port_offset;
    /* Where options keep the files of the health server's certificate and key, char *, both NULL: HTTP,
     * and HTTPS with a self-signed certificate; 0: the daemon has no such flags. */
    size_t tls_cert_offset, tls_key_offset;
};
int daemon_main(const struct daemon *daemon, int argc, char **argv);
/* Asks the running daemon_main to stop (leader election lost). exit_status is main's. Any thread. */
void daemon_request_stop(int exit_status);

/* Process metrics (CPU seconds, resident bytes, open descriptors, start time) in Prometheus text. */
void daemon_process_metrics(struct buffer *out);
/* {"major":"1","minor":"36","gitVersion":"v1.36.0+keelson-…",…} as /version answers it. */
void daemon_version_json(struct buffer *out);
const char *daemon_git_version(void); /* "v1.36.0+keelson.0.1.0" */

#endif
