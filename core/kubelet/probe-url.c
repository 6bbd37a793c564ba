/* SPDX-License-Identifier: Apache-2.0 */
/* See probe-url.h: RFC 3986's relative references, as far as servers send them. */
#include "core/kubelet/probe-url.h"

#include <strings.h>

#include "core/base/memory.h"
#include "core/base/number.h"

static struct slice from(struct slice text, size_t offset)
{
    return (struct slice){text.data + offset, text.size - offset};
}

static bool take_scheme(struct slice *rest, bool *https)
{
    static const struct {
        const char *text;
        bool https;
    } schemes[] = {{"http://", false}, {"https://", true}};
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        size_t size = strlen(schemes[i].text);
        if (rest->size < size || strncasecmp(rest->data, schemes[i].text, size) != 0)
            continue;
        *rest = from(*rest, size);
        *https = schemes[i].https;
        return true;
    }
    return false;
}

/* "host", "host:80", "[::1]:80", with what follows left in *rest. */
static bool take_authority(struct arena *arena, struct slice *rest, struct probe_url *url)
{
    size_t end = 0;
    while (end < rest->size && !strchr("/?#", rest->data[end]))
        end++;
    struct slice port = {rest->data, end}, host;
    *rest = from(*rest, end);
    if (port.size && port.data[0] == '[') {
        host = slice_cut(&port, ']');
        host = from(host, 1);
        if (!port.data)
            return false;
        slice_cut(&port, ':');
    } else {
        host = slice_cut(&port, ':');
    }
    uint64_t number = url->https ? 443 : 80;
    if (!host.size || (port.data && port.size && !parse_u64(port, 65535, &number)) || !number)
        return false;
    url->host = arena_strndup(arena, host.data, host.size);
    url->port = (uint16_t)number;
    return true;
}

/* The base's path up to and with its last slash. */
static struct slice folder_of(const char *target)
{
    struct slice path = {target, strcspn(target, "?")};
    while (path.size && path.data[path.size - 1] != '/')
        path.size--;
    return path;
}

bool probe_url_follow(struct arena *arena, const struct probe_url *base, struct slice location,
                      struct probe_url *ret)
{
    struct probe_url url = *base;
    struct slice rest = slice_trim(location);
    bool authority = take_scheme(&rest, &url.https);
    if (!authority && slice_starts(rest, "//")) {
        rest = from(rest, 2);
        authority = true;
    }
    if (authority && !take_authority(arena, &rest, &url))
        return false;
    const char *fragment = rest.size ? memchr(rest.data, '#', rest.size) : NULL;
    if (fragment)
        rest.size = (size_t)(fragment - rest.data);
    for (size_t i = 0; i < rest.size; i++)
        if ((unsigned char)rest.data[i] <= ' ')
            return false;
    struct slice path = {base->target, strcspn(base->target, "?")};
    if (authority && (!rest.size || rest.data[0] == '?'))
        url.target = arena_printf(arena, "/%.*s", SLICE_ARG(rest));
    else if (authority || (rest.size && rest.data[0] == '/'))
        url.target = arena_strndup(arena, rest.data, rest.size);
    else if (rest.size && rest.data[0] == '?')
        url.target = arena_printf(arena, "%.*s%.*s", SLICE_ARG(path), SLICE_ARG(rest));
    else if (rest.size)
        url.target = arena_printf(arena, "%.*s%.*s", SLICE_ARG(folder_of(base->target)), SLICE_ARG(rest));
    *ret = url;
    return true;
}
