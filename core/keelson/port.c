/* SPDX-License-Identifier: Apache-2.0 */
/* Is a port free, and if not, who holds it? The kernel tells the socket's inode in /proc/net/tcp; the process
 * is the one that has it open. */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/keelson/keelson.h"

#define TABLE_BYTES_MAX (16 * 1024 * 1024)
#define LISTENING       "0A"
#define LEAVE_MS        3000 /* a daemon of ours that was killed a moment ago may not be gone yet */

/* The word after blanks. */
static struct slice next_word(struct slice *rest)
{
    while (rest->size && *rest->data == ' ')
        *rest = (struct slice){rest->data + 1, rest->size - 1};
    return slice_cut(rest, ' ');
}

/* A line of /proc/net/tcp: "sl local remote state tx:rx tr:when retransmits uid timeout inode". */
static uint64_t inode_of_line(struct slice line, int port)
{
    char wanted[8];
    uint64_t inode = 0;
    snprintf(wanted, sizeof(wanted), ":%04X", (unsigned)port);
    next_word(&line);
    struct slice local = next_word(&line);
    next_word(&line);
    if (!slice_ends(local, wanted) || !slice_is(next_word(&line), LISTENING))
        return 0;
    for (int skipped = 0; skipped < 5; skipped++)
        next_word(&line);
    return parse_u64(next_word(&line), UINT64_MAX, &inode) ? inode : 0;
}

static uint64_t listening_inode(int port)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    uint64_t inode = 0;
    for (size_t t = 0; t < ARRAY_SIZE(tables) && !inode; t++) {
        struct buffer text = BUFFER_INIT;
        if (file_read(tables[t], TABLE_BYTES_MAX, &text, NULL) == 0)
            for (struct slice rest = {text.data, text.size}; rest.data && !inode;)
                inode = inode_of_line(slice_cut(&rest, '\n'), port);
        buffer_done(&text);
    }
    return inode;
}

static bool has_open(const char *pid, const char *link)
{
    bool found = false;
    _cleanup_free_ char *folder = xasprintf("/proc/%s/fd", pid);
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e && !found; e = readdir(d)) {
        char target[64] = "";
        ssize_t size = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
        found = size > 0 && strcmp(target, link) == 0;
    }
    if (d)
        closedir(d);
    return found;
}

int port_holder(int port)
{
    uint64_t inode = listening_inode(port);
    int pid = 0;
    if (!inode)
        return 0;
    _cleanup_free_ char *link = xasprintf("socket:[%llu]", (unsigned long long)inode);
    DIR *d = opendir("/proc");
    for (struct dirent *e = d ? readdir(d) : NULL; e && !pid; e = readdir(d))
        if (isdigit((unsigned char)e->d_name[0]) && has_open(e->d_name, link))
            pid = (int)strtol(e->d_name, NULL, 10);
    if (d)
        closedir(d);
    return pid;
}

/* As the daemons bind: to all addresses of both families where there are two. */
static bool is_free(int port)
{
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    _cleanup_close_ int fd6 = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    if (fd6 >= 0) {
        setsockopt(fd6, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        if (bind(fd6, (struct sockaddr *)&any6, sizeof(any6)) < 0 && errno == EADDRINUSE)
            return false;
        close(TAKE_FD(fd6));
    }
    _cleanup_close_ int fd4 = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd4, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    return bind(fd4, (struct sockaddr *)&any4, sizeof(any4)) == 0 || errno != EADDRINUSE;
}

int port_check(int port, const char *what_for, const char *flag, struct error *err)
{
    int64_t until = clock_monotonic_ms() + LEAVE_MS;
    bool free = is_free(port);
    while (!free && clock_monotonic_ms() < until) {
        usleep(50000);
        free = is_free(port);
    }
    if (free)
        return 0;
    int pid = port_holder(port);
    struct buffer name = BUFFER_INIT;
    _cleanup_free_ char *comm = xasprintf("/proc/%d/comm", pid);
    if (pid == 0 || file_read(comm, 256, &name, NULL) < 0)
        buffer_append_str(&name, "a program that cannot be told");
    struct slice program = slice_trim((struct slice){name.data, name.size});
    error_set(err, ERR_CONFLICT, "port %d, which %s needs, is in use by %.*s (process %d); stop that%s%s",
              port, what_for, SLICE_ARG(program), pid, flag ? ", or choose another port with " : "",
              flag ? flag : "");
    buffer_done(&name);
    return -1;
}
