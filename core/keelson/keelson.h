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

/* Settings: flags, over those that an earlier `up` was given (<data_dir>/config/settings.conf), over
 * keelson.conf (libconfig, same names with underscores), over defaults. */
struct settings {
    char *data_dir;            /* "/var/lib/keelson" */
    char *run_dir;             /* "/run/keelson": sockets, pid file */
    char *log_dir;             /* "/var/log/keelson" */
    char *bin_dir;             /* where the daemons are; "" : beside this program */
    char *plugin_dir;          /* "" : the installed folder, or found below bin_dir in a build tree */
    char *node_name, *node_ip; /* the host's name; the address of the default route */
    char *cluster_cidr, *service_cidr, *dns_domain;
    char *container_runtime_endpoint; /* path of a socket; "" : a containerd of our own */
    char *containerd;                 /* program */
    char *cni_bin_dir, *cni_conf_dir;
    char *load_balancer_addresses; /* ranges with commas; "": Services of type LoadBalancer get none */
    char *kubeconfig_copy;         /* "" : ~/.kube/config of who called, if there is none */
    char *config;                  /* keelson.conf */
    int64_t apiserver_port, kubelet_port;
    int64_t wait_ns; /* how long `up` waits for the node */
};
/* Fills s from argv behind the subcommand. 1 in *ret_leave: --help was answered. */
int settings_parse(struct settings *s, const char *usage, int argc, char **argv, int *ret_leave,
                   struct error *err);
void settings_done(struct settings *s);
/* Keeps the flags that are given here for the next command; after step_folders. */
int settings_remember(const struct settings *s, int argc, char **argv, struct error *err);
bool settings_is_ipv6(const struct settings *s); /* the node's address is */
/* The settings that what runs depends on, a line each: "setting node-ip=10.0.0.1". */
void settings_print(const struct settings *s, struct buffer *out);
/* A path below the data folder: settings_path(s, "pki/ca.crt"). The caller frees. */
char *settings_path(const struct settings *s, const char *below);
char *settings_program(const struct settings *s, const char *name); /* a daemon's file */
char *settings_self(void);                                          /* this program's file */
/* A file that comes with keelson: installed, or in a build folder or the source tree around it. */
char *settings_part(const char *installed, const char *in_tree);

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

/* Can a cluster be started here at all? The first thing in the way, and what to do about it. */
int preflight(const struct settings *s, struct error *err);
/* Are all ports free? Waits a moment for those of daemons that are just ending. */
int preflight_ports(const struct settings *s, struct error *err);
/* flag: which one chooses another port; NULL: none. */
int port_check(int port, const char *what_for, const char *flag, struct error *err);
int port_holder(int port); /* the process that listens there; 0: nobody, or it cannot be told */

/* The steps of `up`, each idempotent. */
/* All of those that need nothing to run, in their order; *ret_renewed: there are new certificates. */
int step_prepare(const struct settings *s, bool *ret_renewed, struct error *err);
int step_folders(const struct settings *s, struct error *err);
/* Makes what is missing and renews what has less than a third of its life left; *ret_changed: there was
 * something. */
int step_certificates(const struct settings *s, bool *ret_changed, struct error *err);
int step_kubeconfigs(const struct settings *s, struct error *err);
int step_configuration(const struct settings *s, struct error *err); /* the daemons' and plugins' files */
/* The sandbox's image and the sample's, imported into containerd; waits until that serves. */
int step_images(const struct settings *s, struct error *err);
void remove_images(const struct settings *s);
/* A systemd unit that starts what `up` with these arguments starts: its path. NULL in *ret_path: systemd does
 * not run here. */
int step_unit(const struct settings *s, int argc, char **argv, char **ret_path, struct error *err);
char *settings_kubeconfig(const struct settings *s); /* where the caller's kubeconfig is; NULL: nowhere */
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

/* The supervisor: prepares what is missing, then runs until SIGTERM. */
int supervise(const struct settings *s, struct error *err);
/* Its process id, 0 when none runs (the pid file's lock tells, not the number in it). */
int supervisor_pid(const struct settings *s);
/* Notes what is started with, for the next `up`. */
int running_write(const struct settings *s, struct error *err);
/* Does what runs differ from what would be started now? *ret_what: in what ("setting node-ip=…"); the caller
 * frees. */
bool running_differs(const struct settings *s, char **ret_what);
/* Keeps the daemons' logs from filling the disk: one that has grown too long becomes NAME.log.1. */
void log_rotate(const struct settings *s);

/* What the supervisor tells of a daemon in <run_dir>/status, a line each: "name pid restarts since-unix how
 * it ended last". */
struct daemon_state {
    int pid; /* 0: it does not run */
    unsigned restarts;
    int64_t since_s;
    char ended[128];
    bool known;
};
void daemon_state_read(const struct settings *s, const char *name, struct daemon_state *ret);
/* True when it ends again and again; then err says how, and with which last words in its log. */
bool daemon_keeps_ending(const struct settings *s, const char *name, struct error *err);

/* Does somebody serve the unix socket? A file is not enough: one of a containerd that was killed stays
 * behind, and refuses. */
bool socket_answers(const char *socket_path);
/* GETs http(s)://127.0.0.1:port/path as the administrator; *ret_status 0 when there was no answer. body may
 * be NULL. */
int probe_http(const struct settings *s, bool tls, int port, const char *path, int timeout_ms,
               int *ret_status, struct buffer *body);

#endif
