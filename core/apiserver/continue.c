/* SPDX-License-Identifier: Apache-2.0 */
/* Continue tokens. The next page starts at the first key behind the last one: that key and a NUL byte. */
#include "core/apiserver/continue.h"

#include "core/api/json.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

#define TOKEN_VERSION "meta.k8s.io/v1"

char *continue_encode(struct arena *arena, int64_t revision, struct slice last_key)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT, start = BUFFER_INIT, out = BUFFER_INIT;
    buffer_append_slice(&start, last_key);
    buffer_append_char(&start, '\0');
    buffer_printf(&text, "{\"v\":\"" TOKEN_VERSION "\",\"rv\":%lld,\"start\":", (long long)revision);
    json_write_string(&text, (struct slice){start.data, start.size});
    buffer_append_char(&text, '}');
    base64_encode(&out, text.data, text.size, BASE64_URL);
    return arena_strndup(arena, out.data, out.size);
}

static int invalid(const char *why, struct error *err)
{
    return error_set(err, ERR_BAD_REQUEST, "continue key is not valid: %s", why);
}

int continue_decode(struct arena *arena, const char *text, struct continue_token *ret, struct error *err)
{
    _cleanup_(buffer_done) struct buffer decoded = BUFFER_INIT;
    struct json *token;
    if (!base64_decode(&decoded, slice_of(text), BASE64_URL))
        return invalid("illegal base64 data", err);
    if (json_parse(arena, (struct slice){decoded.data ? decoded.data : "", decoded.size}, &token, NULL) < 0)
        return invalid("not JSON", err);
    if (strcmp(json_string_or(json_get(token, "v"), ""), TOKEN_VERSION) != 0)
        return invalid("server does not recognize this encoded version", err);
    struct slice start = json_slice(json_get(token, "start"));
    int64_t revision = json_integer_or(json_get(token, "rv"), 0);
    if (revision == 0 || revision < -1)
        return invalid("incorrect encoded start resourceVersion (version meta.k8s.io/v1)", err);
    if (!start.size)
        return invalid("start key missing", err);
    if (start.data[0] == '/' || strstr(start.data, "..") == start.data)
        return invalid("start key is no relative path", err);
    /* The NUL byte at its end is kept by its size alone: keys hold none, so what is left sorts before all
     * that follow. */
    char *key = arena_alloc(arena, start.size + 1);
    memcpy(key, start.data, start.size);
    key[start.size] = '\0';
    ret->revision = revision;
    ret->start = (struct slice){key, start.size};
    return 0;
}
