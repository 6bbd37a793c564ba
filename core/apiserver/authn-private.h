/* SPDX-License-Identifier: Apache-2.0 */
/* What the authenticators share. Private to authn*.c. */
#ifndef KEELSON_APISERVER_AUTHN_PRIVATE_H
#define KEELSON_APISERVER_AUTHN_PRIVATE_H

#include <pthread.h>

#include "core/apiserver/authn.h"
#include "core/apiserver/jwt.h"
#include "core/base/map.h"

struct authn {
    struct registry *registry;
    struct jwt_key **keys; /* that verify */
    size_t keys_count;
    struct jwt_key **signing; /* one key */
    size_t signing_count;
    char *issuer;
    const char **audiences;    /* NULL-terminated, owned texts */
    struct map *static_tokens; /* token → struct static_user, read once */
    bool bootstrap_tokens, anonymous;
    int64_t token_max_expiration_s;
    struct token_cache *cache;
};

/* One look at a token. Returns 1: it is this kind's and good (*ret filled, in the arena), 0: not this kind,
 * -1: this kind's and bad (err). */
typedef int token_authenticator(struct authn *a, struct slice token, const char *const *audiences,
                                struct arena *arena, struct user *ret, const char *const **ret_audiences,
                                struct error *err);
token_authenticator authn_static_token, authn_bootstrap_token, authn_service_account_token;

int authn_static_load(struct authn *a, const char *path, struct error *err);
/* Does claims.aud share a member with `wanted`? In the arena: those shared. */
const char *const *authn_shared_audiences(struct arena *arena, const struct json *aud,
                                          const char *const *wanted);
/* The object's uid, "" when it is absent or being deleted for good. */
bool authn_object_has_uid(struct authn *a, const struct resource *resource, const char *namespace_,
                          const char *name, const char *uid, struct error *err);

/* authn-cache.c: tokens whose signature has been checked, by hash, until they expire. */
struct token_cache *token_cache_new(void);
void token_cache_free(struct token_cache *c);
bool token_cache_has(struct token_cache *c, struct slice token, int64_t now_ns);
void token_cache_put(struct token_cache *c, struct slice token, int64_t expires_ns);

#endif
