/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bootstrap tokens ("abcdef.0123456789abcdef"): Secrets bootstrap-token-ID of type
 * bootstrap.kubernetes.io/token in kube-system, for nodes that join ("Authenticating with Bootstrap Tokens").
 */
#include <ctype.h>
#include <openssl/crypto.h>
#include <stdio.h>

#include "core/api/object.h"
#include "core/apiserver/authn-private.h"
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

#define ID_SIZE     6u
#define SECRET_SIZE 16u

static bool is_bootstrap_token(struct slice token)
{
    if (token.size != ID_SIZE + 1 + SECRET_SIZE || token.data[ID_SIZE] != '.')
        return false;
    for (size_t i = 0; i < token.size; i++)
        if (i != ID_SIZE && !islower((unsigned char)token.data[i]) && !isdigit((unsigned char)token.data[i]))
            return false;
    return true;
}

/* A decoded value of the Secret's data, in the arena; "" when absent. */
static const char *data_of(struct arena *arena, const struct json *secret, const char *key)
{
    struct buffer text = BUFFER_INIT;
    const char *value = "";
    if (base64_decode(&text, json_slice(json_get(json_get(secret, "data"), key)), BASE64_STANDARD) &&
        text.size)
        value = arena_strndup(arena, text.data, text.size);
    buffer_done(&text);
    return value;
}

static bool secret_is_good(struct arena *arena, const struct json *secret, struct slice token)
{
    int64_t expires_ns;
    const char *expiration = data_of(arena, secret, "expiration"),
               *value = data_of(arena, secret, "token-secret");
    if (strcmp(json_string_or(json_get(secret, "type"), ""), "bootstrap.kubernetes.io/token") != 0 ||
        object_is_deleted(secret))
        return false;
    if (*expiration && (!time_parse(slice_of(expiration), &expires_ns) || expires_ns <= clock_realtime_ns()))
        return false;
    return strlen(value) == SECRET_SIZE && CRYPTO_memcmp(value, token.data + ID_SIZE + 1, SECRET_SIZE) == 0 &&
           strncmp(data_of(arena, secret, "token-id"), token.data, ID_SIZE) == 0 &&
           strcmp(data_of(arena, secret, "usage-bootstrap-authentication"), "true") == 0;
}

static void set_groups(struct arena *arena, struct user *user, const char *extra)
{
    const char **groups = arena_alloc0(arena, 34 * sizeof(*groups));
    unsigned n = 0;
    struct slice rest = slice_of(extra);
    groups[n++] = "system:bootstrappers";
    while (rest.data && n < 32) {
        struct slice group = slice_trim(slice_cut(&rest, ','));
        if (slice_starts(group, "system:bootstrappers:"))
            groups[n++] = arena_strndup(arena, group.data, group.size);
    }
    groups[n++] = "system:authenticated";
    user->groups = groups;
    user->groups_count = n;
}

int authn_bootstrap_token(struct authn *a, struct slice token, const char *const *audiences,
                          struct arena *arena, struct user *ret, const char *const **ret_audiences,
                          struct error *err)
{
    if (!a->bootstrap_tokens || !is_bootstrap_token(token))
        return 0;
    char name[64];
    struct json *secret = NULL;
    snprintf(name, sizeof(name), "bootstrap-token-%.*s", (int)ID_SIZE, token.data);
    if (registry_get(a->registry, RESOURCE("", "v1", "secrets"), "kube-system", name, arena, &secret, NULL) <
            0 ||
        !secret_is_good(arena, secret, token))
        return error_set(err, ERR_UNAUTHORIZED, "bootstrap token %.*s is unknown, expired or wrong",
                         (int)ID_SIZE, token.data);
    *ret = (struct user){.name = arena_printf(arena, "system:bootstrap:%.*s", (int)ID_SIZE, token.data),
                         .uid = ""};
    set_groups(arena, ret, data_of(arena, secret, "auth-extra-groups"));
    *ret_audiences = audiences;
    return 1;
}
