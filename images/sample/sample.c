/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sample workload: a small HTTP server for trying out and testing a cluster where no registry can be
 * reached.
 *
 *   /            "VERSION HOSTNAME\n"
 *   /healthz     200, or 500 once /break was asked for
 *   /env/NAME    the variable's value; 404 when it is not set
 *   /file/PATH   the file at that path; 404 when there is none
 *   /exit/N      ends the process with that status
 *
 * It listens on $PORT (8080), logs each request as a line, and on SIGTERM takes no more connections and ends.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t ending;
static int broken;

static void end(int signal_number)
{
    ending = 1;
}

static void answer(int fd, int status, const char *body, size_t size)
{
    char head[200];
    int n = snprintf(
        head, sizeof(head),
        "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
        status, status == 200 ? "OK" : "Error", size);
    if (write(fd, head, (size_t)n) < 0 || write(fd, body, size) < 0)
        return;
}

static void answer_text(int fd, int status, const char *text)
{
    answer(fd, status, text, strlen(text));
}

static void answer_file(int fd, const char *path)
{
    char data[65536];
    FILE *f = fopen(path, "re");
    if (!f) {
        answer_text(fd, 404, "no such file\n");
        return;
    }
    size_t n = fread(data, 1, sizeof(data), f);
    fclose(f);
    answer(fd, 200, data, n);
}

static void answer_root(int fd)
{
    char host[256] = "", text[512];
    const char *version = getenv("VERSION");
    gethostname(host, sizeof(host) - 1);
    snprintf(text, sizeof(text), "%s %s\n", version ? version : "1", host);
    answer_text(fd, 200, text);
}

static void handle(int fd, const char *path)
{
    if (strcmp(path, "/") == 0) {
        answer_root(fd);
    } else if (strcmp(path, "/healthz") == 0) {
        answer_text(fd, broken ? 500 : 200, broken ? "broken\n" : "ok\n");
    } else if (strcmp(path, "/break") == 0) {
        broken = 1;
        answer_text(fd, 200, "broken from now on\n");
    } else if (strncmp(path, "/env/", 5) == 0) {
        const char *value = getenv(path + 5);
        answer_text(fd, value ? 200 : 404, value ? value : "not set\n");
    } else if (strncmp(path, "/file/", 6) == 0) {
        answer_file(fd, path + 5);
    } else if (strncmp(path, "/exit/", 6) == 0) {
        exit((int)strtol(path + 6, NULL, 10));
    } else {
        answer_text(fd, 404, "not here\n");
    }
}

static void serve(int fd)
{
    char request[4096], path[1024];
    ssize_t n = read(fd, request, sizeof(request) - 1);
    if (n > 0) {
        request[n] = '\0';
        if (sscanf(request, "%*15s %1023s", path) == 1) {
            printf("%s\n", path);
            handle(fd, path);
        }
    }
    shutdown(fd, SHUT_WR);
    while (read(fd, request, sizeof(request)) > 0)
        ;
    close(fd);
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_port = htons((uint16_t)strtoul(port ? port : "8080", NULL, 10))};
    struct sigaction action = {.sa_handler = end};
    int yes = 1, no = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        return 1;
    }
    printf("listening\n");
    while (!ending) {
        int client = accept(fd, NULL, NULL);
        struct timeval limit = {.tv_sec = 5};
        if (client < 0)
            continue;
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        serve(client);
    }
    printf("ending\n");
    return 0;
}
