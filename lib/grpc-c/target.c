/* SPDX-License-Identifier: Apache-2.0 */
/* Where a channel goes: "unix:///path", "unix:path", "http://host:port", "https://host:port", with [..]
 * around an IPv6 address. */
#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "lib/grpc-c/channel.h"

static int parse_unix(const char *path, struct target *ret, struct grpc_error *err)
{
    if (strncmp(path, "//", 2) == 0)
        path += 2;
    if (!*path || strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        grpc_fail(err, GRPC_INVALID_ARGUMENT,
                  "target \"unix:%s\": the path of a unix socket is 1 to 107 bytes long", path);
        return -1;
    }
    ret->kind = TARGET_UNIX;
    ret->path = grpc_strdup(path);
    return 0;
}

static int parse_tcp(const char *text, const char *rest, struct target *ret, struct grpc_error *err)
{
    size_t length = strcspn(rest, "/");
    const char *host = rest, *host_end, *colon;
    if (*rest == '[') {
        host = rest + 1;
        host_end = memchr(rest, ']', length);
        colon = host_end ? host_end + 1 : NULL;
    } else {
        host_end = colon = memrchr(rest, ':', length);
    }
    const char *end = rest + length;
    if (!host_end || host_end == host || colon >= end || *colon != ':' || colon + 1 == end ||
        (*end && end[1])) {
        grpc_fail(err, GRPC_INVALID_ARGUMENT, "target \"%s\": expected http://host:port or https://host:port",
                  text);
        return -1;
    }
    ret->host = strndup(host, (size_t)(host_end - host));
    ret->port = strndup(colon + 1, (size_t)(end - colon - 1));
    return ret->host && ret->port ? 0 : -1;
}

int target_parse(const char *text, struct target *ret, struct grpc_error *err)
{
    memset(ret, 0, sizeof(*ret));
    if (text && strncmp(text, "unix:", 5) == 0)
        return parse_unix(text + 5, ret, err);
    if (text && strncmp(text, "http://", 7) == 0) {
        ret->kind = TARGET_HTTP;
        return parse_tcp(text, text + 7, ret, err);
    }
    if (text && strncmp(text, "https://", 8) == 0) {
        ret->kind = TARGET_HTTPS;
        return parse_tcp(text, text + 8, ret, err);
    }
    grpc_fail(err, GRPC_INVALID_ARGUMENT,
              "target \"%s\": expected unix:///path, http://host:port or https://host:port",
              text ? text : "");
    return -1;
}

void target_free(struct target *target)
{
    free(target->path);
    free(target->host);
    free(target->port);
}

static unsigned resolve_unix(const char *path, struct address *ret)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&ret->socket;
    memset(ret, 0, sizeof(*ret));
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, strlen(path) + 1);
    ret->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
    return 1;
}

unsigned target_resolve(const struct target *target, struct address *ret, unsigned max,
                        struct grpc_error *err)
{
    if (target->kind == TARGET_UNIX)
        return resolve_unix(target->path, ret);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG},
                    *found = NULL;
    struct addrinfo numeric = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    int rc = getaddrinfo(target->host, target->port, &numeric, &found);
    if (rc)
        rc = getaddrinfo(target->host, target->port, &hints, &found);
    if (rc) {
        grpc_fail(err, GRPC_UNAVAILABLE, "resolve %s: %s", target->host, gai_strerror(rc));
        return 0;
    }
    unsigned count = 0;
    for (struct addrinfo *a = found; a && count < max; a = a->ai_next) {
        if (a->ai_addrlen > sizeof(ret->socket))
            continue;
        memcpy(&ret[count].socket, a->ai_addr, a->ai_addrlen);
        ret[count++].size = a->ai_addrlen;
    }
    freeaddrinfo(found);
    if (!count)
        grpc_fail(err, GRPC_UNAVAILABLE, "resolve %s: no address", target->host);
    return count;
}
