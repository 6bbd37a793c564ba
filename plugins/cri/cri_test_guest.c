/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one program of the test image. What it does is its first word:
 *   serve        says "out" and "err" on its outputs, answers each connection to port 8080 with "hello", and
 * exits with 7 on SIGTERM say TEXT     prints it fail TEXT    prints it as an error and exits with 3 env NAME
 * prints a variable exit N       exits at once hang         sleeps for ever, deaf to SIGTERM
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void terminated(int number)
{
    _exit(7);
}

static int serve(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    signal(SIGTERM, terminated);
    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 8))
        return 1;
    printf("out\n");
    fflush(stdout);
    fprintf(stderr, "err\n");
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && write(fd, "hello\n", 6) < 0)
            perror("write");
        close(fd);
    }
}

static void hang(void)
{
    signal(SIGTERM, SIG_IGN);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "", *word = argc > 2 ? argv[2] : "";
    if (strcmp(what, "serve") == 0)
        return serve();
    if (strcmp(what, "hang") == 0)
        hang();
    if (strcmp(what, "exit") == 0)
        return (int)strtol(word, NULL, 10);
    if (strcmp(what, "say") == 0)
        return puts(word) < 0;
    if (strcmp(what, "env") == 0)
        return puts(getenv(word) ? getenv(word) : "") < 0;
    if (strcmp(what, "fail") == 0) {
        fprintf(stderr, "%s\n", word);
        return 3;
    }
    return 2;
}
