/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets: one a loop with SO_REUSEPORT, so that the kernel spreads connections; a unix socket is
 * shared by all loops. The first socket is bound without SO_REUSEPORT, which it gets afterwards: thus a port
 * that another process uses is refused even if that one shares it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/io/http-server-private.h"

#define BACKLOG         4096
#define ACCEPTS_A_TURN  64
#define ACCEPT_PAUSE_MS 100 /* after running out of descriptors */
#define COMPLAINT_MS    10000

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    struct sockaddr_storage storage;
};

static socklen_t address_parse(const char *text, uint16_t port, union address *ret)
{
    *ret = (union address){0};
    if (inet_pton(AF_INET, text, &ret->v4.sin_addr) == 1) {
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons(port);
        return sizeof(ret->v4);
    }
    if (inet_pton(AF_INET6, text, &ret->v6.sin6_addr) == 1) {
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons(port);
        return sizeof(ret->v6);
    }
    return 0;
}

static void set_option(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof(value));
}

static int open_tcp(const struct http_server_config *config, const union address *address, socklen_t size,
                    uint16_t port, bool first, int *ret, struct error *err)
{
    const char *text = config->address;
    _cleanup_close_ int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot make a socket for %s port %u", text, port);
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address->any.sa_family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (!first)
        set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (bind(fd, &address->any, size) < 0)
        return error_set_errno(err, errno, "cannot listen on address %s port %u", text, port);
    set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (config->tls_on_hello) /* its first bytes say what a client speaks: it is accepted with them */
        set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
    if (listen(fd, BACKLOG) < 0)
        return error_set_errno(err, errno, "cannot listen on address %s port %u", text, port);
    *ret = TAKE_FD(fd);
    return 0;
}

static uint16_t port_of(int fd)
{
    union address address;
    socklen_t size = sizeof(address);
    if (getsockname(fd, &address.any, &size) < 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static int open_tcp_all(const struct http_server_config *config, unsigned count, int *ret_fds,
                        uint16_t *ret_port, struct error *err)
{
    union address address;
    uint16_t port = config->port;
    if (!address_parse(config->address, port, &address))
        return error_set(err, ERR_BAD_REQUEST, "\"%s\" is not an IP address to listen on", config->address);
    for (unsigned i = 0; i < count; i++) {
        socklen_t size = address_parse(config->address, port, &address);
        if (open_tcp(config, &address, size, port, i == 0, &ret_fds[i], err) < 0) {
            while (i-- > 0)
                close(ret_fds[i]);
            return -1;
        }
        port = port_of(ret_fds[i]);
    }
    *ret_port = port;
    return 0;
}

/* A socket file without a process behind it is a left-over. */
static int remove_stale(const char *path, const union address *address, socklen_t size, struct error *err)
{
    struct stat status;
    if (lstat(path, &status) < 0)
        return 0;
    if (!S_ISSOCK(status.st_mode))
        return error_set(err, ERR_ALREADY_EXISTS, "%s exists and is not a socket", path);
    _cleanup_close_ int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe >= 0 && connect(probe, &address->any, size) == 0)
        return error_set(err, ERR_ALREADY_EXISTS, "socket %s is in use by another process", path);
    unlink(path);
    return 0;
}

static int open_unix(const char *path, int *ret, struct error *err)
{
    union address address = {.local = {.sun_family = AF_UNIX}};
    size_t length = strlen(path);
    if (length >= sizeof(address.local.sun_path))
        return error_set(err, ERR_BAD_REQUEST, "socket path %s is longer than %zu characters", path,
                         sizeof(address.local.sun_path) - 1);
    memcpy(address.local.sun_path, path, length);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    if (remove_stale(path, &address, size, err) < 0)
        return -1;
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || fchmod(fd, 0600) < 0 || bind(fd, &address.any, size) < 0 || chmod(path, 0600) < 0 ||
        listen(fd, BACKLOG) < 0)
        return error_set_errno(err, errno, "cannot listen on socket %s", path);
    *ret = TAKE_FD(fd);
    return 0;
}

int http_listen_open(const struct http_server_config *config, unsigned count, int *ret_fds,
                     uint16_t *ret_port, struct error *err)
{
    if (!config->unix_path)
        return open_tcp_all(config, count, ret_fds, ret_port, err);
    if (open_unix(config->unix_path, &ret_fds[0], err) < 0)
        return -1;
    for (unsigned i = 1; i < count; i++)
        ret_fds[i] = fcntl(ret_fds[0], F_DUPFD_CLOEXEC, 3);
    *ret_port = 0;
    return 0;
}

static void address_text(const union address *address, char *out, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
        snprintf(out, size, "%s:%u", host, ntohs(address->v4.sin_port));
    } else if (address->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr)) {
        inet_ntop(AF_INET, &address->v6.sin6_addr.s6_addr[12], host, sizeof(host));
        snprintf(out, size, "%s:%u", host, ntohs(address->v6.sin6_port));
    } else if (address->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
        snprintf(out, size, "[%s]:%u", host, ntohs(address->v6.sin6_port));
    } else {
        snprintf(out, size, "@");
    }
}

/* The kernel finds peers that vanished; for idle tunnels and HTTP/1.1 watches nothing else would. */
static void set_up_tcp(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

static bool over_limit(struct http_server_loop *home)
{
    struct http_server *server = home->server;
    if (atomic_load(&server->connections) < server->config.connections_max)
        return false;
    return !http_connection_evict_idle(home);
}

static bool is_out_of_descriptors(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void pause_accepting(struct http_server_loop *home, int error)
{
    int64_t now = clock_monotonic_ms();
    if (!home->complained_ms || now - home->complained_ms >= COMPLAINT_MS) {
        log_warning("%s: cannot accept connections: %s", home->server->config.name, strerror(error));
        home->complained_ms = now;
    }
    if (http_connection_evict_idle(home))
        return;
    loop_fd_modify(home->listen_watch, 0);
    loop_timer_start(&home->accept_timer, ACCEPT_PAUSE_MS);
}

static void on_connection(void *context, uint32_t events)
{
    struct http_server_loop *home = context;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        union address address = {0};
        char remote[64];
        socklen_t size = sizeof(address);
        int fd = accept4(home->listen_fd, &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (is_out_of_descriptors(errno))
                pause_accepting(home, errno);
            return;
        }
        if (over_limit(home)) {
            http_count(&home->refused, 1);
            close(fd);
            continue;
        }
        if (address.any.sa_family != AF_UNIX)
            set_up_tcp(fd);
        address_text(&address, remote, sizeof(remote));
        http_connection_new(home, fd, remote);
    }
}

static void accept_again(void *context)
{
    struct http_server_loop *home = context;
    if (home->listen_watch)
        loop_fd_modify(home->listen_watch, EPOLLIN);
}

void http_listen_start(struct http_server_loop *home)
{
    loop_timer_init(&home->accept_timer, home->loop, accept_again, home);
    home->listen_watch = loop_fd_add(home->loop, home->listen_fd, EPOLLIN, on_connection, home);
}

void http_listen_stop(struct http_server_loop *home)
{
    if (!home->listen_watch)
        return;
    loop_timer_stop(&home->accept_timer);
    loop_fd_remove(home->listen_watch);
    home->listen_watch = NULL;
    close(home->listen_fd);
    home->listen_fd = -1;
}
