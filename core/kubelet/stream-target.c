/* SPDX-License-Identifier: Apache-2.0 */
/* The URL of a session on the runtime's streaming server. */
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/kubelet/stream-session.h"

void stream_target_done(struct stream_target *t)
{
    free(t->host);
    free(t->path);
    *t = (struct stream_target){0};
}

int stream_target_parse(const char *url, struct stream_target *ret, struct error *err)
{
    static const char scheme[] = "http://";
    struct slice rest = slice_of(url);
    if (!slice_starts(rest, scheme))
        return error_set(err, ERR_INTERNAL, "the runtime's streaming URL is not of http: %.40s", url);
    rest = (struct slice){rest.data + sizeof(scheme) - 1, rest.size - (sizeof(scheme) - 1)};
    const char *slash = memchr(rest.data, '/', rest.size);
    struct slice authority = {rest.data, slash ? (size_t)(slash - rest.data) : rest.size};
    bool bare = authority.size && authority.data[authority.size - 1] == ']'; /* an address, no port */
    const char *colon = bare ? NULL : memrchr(authority.data, ':', authority.size);
    struct slice host = {authority.data, colon ? (size_t)(colon - authority.data) : authority.size};
    uint64_t port = 80;
    if (colon && !parse_u64((struct slice){colon + 1, (size_t)(authority.data + authority.size - colon - 1)},
                            65535, &port))
        host.size = 0;
    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']')
        host = (struct slice){host.data + 1, host.size - 2};
    if (!host.size || !port)
        return error_set(err, ERR_INTERNAL, "the runtime's streaming URL names no server: %.40s", url);
    *ret = (struct stream_target){
        .host = xstrndup(host.data, host.size), .path = xstrdup(slash ? slash : "/"), .port = (uint16_t)port};
    return 0;
}
