/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `keelson` command: what its subcommands share. A cluster on one machine is a data folder, a settings
 * struct, and a supervisor process that keeps the daemons running; everything else can be made again from
 * these. Main thread unless said.
 */
#ifndef KEELSON_KEELSON_KEELSON_H
#define KEELSON_KEELSON_KEELSON_H

#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

/* Settings: flags, over keelson.conf (libconfig, same names with underscores), over defaults. */
struct settings {
    char *data_dir;            /* "/var/lib/keelson" */
    char *run_dir;             /* "/run/keelson": sockets, pid file */
    char *log_dir;             /* "/var/log/keelson" */
    char *bin_dir;             /* where the daemons are; "" : beside this program */
    char *plugin_dir;          /* "" : the installed folder, or found below bin_dir in a build tree */
    char *node_name, *node_ip; /* "" : the host name; the address of the default route */
    char *cluster_cidr, *service_cidr, *dns_domain;
    char *containerd_socket; /* "" : one of our own */
    char *containerd;        /* program */
    char *cni_bin_dir;
    char *kubeconfig_copy; /* "" : ~/.kube/config of who called, if there is none */
    char *config;          /* keelson.conf */
    int64_t apiserver_port, kubelet_port;
    int64_t wait_ns; /* how long `up` waits for the node */
};
/* Fills s from argv behind the subcommand. 1 in *ret_leave: --help was answered. */
int settings_parse(struct settings *s, const char *usage, int argc, char **argv, int *ret_leave,
                   struct error *err);
void settings_done(struct settings *s);
/* A path below the data folder: settings_path(s, "pki/ca.crt"). The caller frees. */
char *settings_path(const struct settings *s, const char *below);
char *settings_program(const struct settings *s, const char *name);

/* A subcommand; a row in main.c. */
struct subcommand {
    const char *name, *arguments, *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand; returns main's exit status */
};
int command_up(int argc, char **argv);
int command_down(int argc, char **argv);
int command_reset(int argc, char **argv);
int command_status(int argc, char **argv);
int command_supervise(int argc, char **argv);
int command_plugin(int argc, char **argv);
int command_version(int argc, char **argv);

/* The steps of `up`, each idempotent. */
int step_folders(const struct settings *s, struct error *err);
/* Makes what is missing and renews what has less than a third of its life left; *ret_changed: there was
 * something. */
int step_certificates(const struct settings *s, bool *ret_changed, struct error *err);
int step_kubeconfigs(const struct settings *s, struct error *err);
int step_configuration(const struct settings *s, struct error *err); /* the daemons' and plugins' files */
int step_images(const struct settings *s,
                struct error *err); /* the sandbox image, imported into containerd; after it runs */
int step_admin_kubeconfig(const struct settings *s, char **ret_path, struct error *err);

/* The daemons, in the order in which they start. argv is NULL-terminated and owned by the caller (strings
 * too). */
struct daemon_row {
    const char *name;
    const char *health; /* "https:/readyz": scheme and path; NULL: none */
    int port;           /* 0: settings' apiserver_port */
    bool (*wanted)(const struct settings *s);
    char **(*argv)(const struct settings *s);
};
extern const struct daemon_row daemon_rows[];
extern const unsigned daemon_rows_count;

/* The supervisor: runs until SIGTERM. */
int supervise(const struct settings *s, struct error *err);
/* Its process id, 0 when none runs (the pid file's lock tells, not the number in it). */
int supervisor_pid(const struct settings *s);
/* What the supervisor knows of each daemon, from <run_dir>/status: lines "name pid restarts since-unix
 * state". */

/* GETs http(s)://127.0.0.1:port/path as the administrator; *ret_status 0 when there was no answer. body may
 * be NULL. */
int probe_http(const struct settings *s, bool tls, int port, const char *path, int timeout_ms,
               int *ret_status, struct buffer *body);

#endif
