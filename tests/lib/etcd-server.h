/* SPDX-License-Identifier: Apache-2.0 */
/* An etcd of our own for tests: private folder, a free port of 127.0.0.1, started and killed as the test
 * likes. One thread. */
#ifndef TESTS_LIB_ETCD_SERVER_H
#define TESTS_LIB_ETCD_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct etcd_server {
    const char *program;    /* "etcd" */
    char dir[256];          /* must exist */
    const char *options[8]; /* more arguments, NULL-terminated */
    int port, peer_port;
    const char *scheme; /* of the client's port; NULL: "http" */
    pid_t pid;
};

/* Starts it and waits until it answers connections (10 s). Chooses the ports at the first start. */
bool etcd_server_start(struct etcd_server *server);
/* SIGKILL. */
void etcd_server_kill(struct etcd_server *server);

#endif
