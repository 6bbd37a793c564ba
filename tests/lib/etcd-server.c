/* SPDX-License-Identifier: Apache-2.0 */
/* Starts and kills an etcd; etcd-server.h. */
#include "tests/lib/etcd-server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/store-fixture.h"

#define START_MS 10000

/* A port that is free now; nobody holds it until etcd binds it. */
static int port_free(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        abort();
    close(fd);
    return ntohs(address.sin_port);
}

static bool port_answers(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return answers;
}

static void etcd_exec(struct etcd_server *server)
{
    char client[64], peer[64], data[300], log[300], cluster[96];
    const char *arguments[32];
    unsigned count = 0;
    snprintf(client, sizeof(client), "%s://127.0.0.1:%d", server->scheme ? server->scheme : "http",
             server->port);
    snprintf(peer, sizeof(peer), "http://127.0.0.1:%d", server->peer_port);
    snprintf(data, sizeof(data), "%s/etcd", server->dir);
    snprintf(log, sizeof(log), "%s/etcd.log", server->dir);
    snprintf(cluster, sizeof(cluster), "default=%s", peer);
    const char *head[] = {server->program,
                          "--data-dir",
                          data,
                          "--listen-client-urls",
                          client,
                          "--advertise-client-urls",
                          client,
                          "--listen-peer-urls",
                          peer,
                          "--initial-advertise-peer-urls",
                          peer,
                          "--initial-cluster",
                          cluster,
                          "--logger=zap",
                          "--log-level=warn"};
    for (; count < sizeof(head) / sizeof(head[0]); count++)
        arguments[count] = head[count];
    for (unsigned i = 0; i < 8 && server->options[i]; i++)
        arguments[count++] = server->options[i];
    arguments[count] = NULL;
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, 1);
    dup2(fd, 2);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(server->program, (char *const *)arguments);
    _exit(127);
}

bool etcd_server_start(struct etcd_server *server)
{
    if (server->port == 0) {
        server->port = port_free();
        server->peer_port = port_free();
    }
    server->pid = fork();
    if (server->pid == 0)
        etcd_exec(server);
    for (int waited_ms = 0; server->pid > 0 && waited_ms < START_MS; waited_ms += 10) {
        if (port_answers(server->port))
            return true;
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid)
            break;
        fixture_sleep_ms(10);
    }
    return false;
}

void etcd_server_kill(struct etcd_server *server)
{
    if (server->pid <= 0)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}
