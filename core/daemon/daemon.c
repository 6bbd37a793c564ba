/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a daemon: flags, logging, start, signals, stop. Signals are blocked in all threads and read
 * here, on the main thread, so that no code ever runs inside a handler.
 */
#include "core/daemon/daemon.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/daemon/health.h"
#include "core/io/tls.h"

#define STOP_LIMIT_S 90

static int stop_fd = -1;
static int stop_status;

void daemon_request_stop(int exit_status)
{
    __atomic_store_n(&stop_status, exit_status, __ATOMIC_RELAXED);
    if (stop_fd >= 0 && eventfd_write(stop_fd, 1) < 0)
        _exit(exit_status);
}

/* sd_notify(3)'s protocol, which is one datagram. */
static void notify_supervisor(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
        log_debug("telling the supervisor at %s: %s", path, strerror(errno));
    close(fd);
}

static int block_signals(struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return error_set_errno(err, errno, "blocking signals");
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "signalfd");
    return fd;
}

/* Many connections need many descriptors; the hard limit is ours to use. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void reload(const struct daemon *daemon, void *component)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (!daemon->reload) {
        log_info("SIGHUP: nothing to reload");
        return;
    }
    if (daemon->reload(component, &err) < 0)
        log_error("reload: %s; the old settings stay", err.message);
    else
        log_info("reloaded");
}

static void wait_for_end(const struct daemon *daemon, void *component, int signal_fd)
{
    for (;;) {
        struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return;
        if (fds[1].revents)
            return;
        struct signalfd_siginfo info;
        if (!(fds[0].revents & POLLIN) || read(signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
            continue;
        if (info.ssi_signo != SIGHUP) {
            log_info("%s: stopping", info.ssi_signo == SIGINT ? "interrupted" : "asked to end");
            return;
        }
        reload(daemon, component);
    }
}

static const char *text_option(const void *options, size_t offset)
{
    return offset ? *(char *const *)((const char *)options + offset) : NULL;
}

/* *ret NULL: no certificate was given. */
static int read_health_tls(const struct daemon *daemon, const void *options, struct tls_settings **ret,
                           struct error *err)
{
    const struct tls_server_config config = {.cert_file = text_option(options, daemon->tls_cert_offset),
                                             .key_file = text_option(options, daemon->tls_key_offset)};
    if (!config.cert_file != !config.key_file)
        return error_set(err, ERR_BAD_REQUEST, "--tls-cert-file and --tls-private-key-file go together");
    if (config.cert_file && !(*ret = tls_server_new(&config, err)))
        return -1;
    return 0;
}

static int start_health(const struct daemon *daemon, void *component, const void *options,
                        struct health_server **ret, struct error *err)
{
    if (daemon->port_offset == (size_t)-1)
        return 0;
    int64_t port = *(const int64_t *)((const char *)options + daemon->port_offset);
    const char *address = *(char *const *)((const char *)options + daemon->bind_address_offset);
    struct tls_settings *tls = NULL;
    if (port == 0)
        return 0;
    if (port < 0 || port > 65535)
        return error_set(err, ERR_BAD_REQUEST, "port %lld of the health server is not between 0 and 65535",
                         (long long)port);
    if (read_health_tls(daemon, options, &tls, err) < 0)
        return -1;
    int rc = health_server_start(daemon, component, address, (uint16_t)port, tls, ret, err);
    tls_settings_unref(tls);
    return rc;
}

/* A daemon that does not come to an end is ended: what it waits for may never come. */
static void *end_at_last(void *argument)
{
    sleep(STOP_LIMIT_S);
    log_error("did not stop within %d s", STOP_LIMIT_S);
    _exit(1);
}

static int run(const struct daemon *daemon, const void *options, struct error *err)
{
    _cleanup_close_ int signal_fd = block_signals(err);
    if (signal_fd < 0)
        return -1;
    raise_descriptor_limit();
    stop_fd = eventfd(0, EFD_CLOEXEC);
    void *component = NULL;
    if (daemon->start(options, &component, err) < 0)
        return -1;
    struct health_server *health = NULL;
    if (start_health(daemon, component, options, &health, err) < 0) {
        daemon->stop(component);
        return -1;
    }
    notify_supervisor("READY=1");
    wait_for_end(daemon, component, signal_fd);
    notify_supervisor("STOPPING=1");
    thread_start("stop-limit", 0, end_at_last, NULL, NULL);
    health_server_stop(health);
    daemon->stop(component);
    return 0;
}

/* -v, --v and --version belong to every daemon, so they are taken out before the daemon's own table is read.
 */
static int take_common_flags(int argc, char **argv, int64_t *ret_verbosity, bool *ret_version)
{
    int kept = 1;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "--version") == 0) {
            *ret_version = true;
        } else if (strncmp(a, "--v=", 4) == 0 || strncmp(a, "-v=", 3) == 0) {
            *ret_verbosity = strtol(strchr(a, '=') + 1, NULL, 10);
        } else if ((strcmp(a, "-v") == 0 || strcmp(a, "--v") == 0) && i + 1 < argc) {
            *ret_verbosity = strtol(argv[++i], NULL, 10);
        } else {
            argv[kept++] = argv[i];
        }
    }
    argv[kept] = NULL;
    return kept;
}

int daemon_main(const struct daemon *daemon, int argc, char **argv)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int64_t verbosity = 2;
    bool version = false;
    argc = take_common_flags(argc, argv, &verbosity, &version);
    if (version) {
        printf("Kubernetes %s\n", daemon_git_version());
        return 0;
    }
    log_init(daemon->name, verbosity >= 6   ? LOG_LEVEL_TRACE
                           : verbosity >= 4 ? LOG_LEVEL_DEBUG
                                            : LOG_LEVEL_INFO);
    _cleanup_free_ void *options = xcalloc(1, daemon->options_size ? daemon->options_size : 1);
    _cleanup_free_ char *usage =
        xasprintf("%s: %s\nAlso: -v LEVEL (0-2 information, 4 debug, 6 trace), --version, --help.",
                  daemon->name, daemon->summary);
    int leave = 0;
    int failed = flags_parse(daemon->flags, daemon->flags_count, options, argc, argv, usage, &leave, &err);
    if (failed < 0) {
        fprintf(stderr, "%s: %s\n", daemon->name, err.message);
    } else if (!leave) {
        failed = run(daemon, options, &err);
        if (failed < 0)
            log_error("%s", err.message);
    }
    flags_free(daemon->flags, daemon->flags_count, options);
    return failed < 0 ? 1 : __atomic_load_n(&stop_status, __ATOMIC_RELAXED);
}
