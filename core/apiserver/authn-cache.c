/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tokens have a good signature: a table of hashes, so that a client that sends the same token a
 * thousand times a second costs one RSA operation in all. Claims and bound objects are looked at every time;
 * only the arithmetic is remembered. Two 64-bit hashes with different keys stand for a token: to fool them
 * one would have to know the process' random key.
 */
#include "core/apiserver/authn-private.h"
#include "core/base/memory.h"
#include "core/base/random.h"

#define SLOTS 1024u /* a power of two; a newer token takes the place of an older one */

struct slot {
    uint64_t low, high;
    int64_t expires_ns;
};
struct token_cache {
    pthread_mutex_t lock; /* slots */
    uint64_t salt;
    struct slot slots[SLOTS];
};

struct token_cache *token_cache_new(void)
{
    struct token_cache *c = new0(struct token_cache);
    pthread_mutex_init(&c->lock, NULL);
    c->salt = random_u64();
    return c;
}

void token_cache_free(struct token_cache *c)
{
    if (!c)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void hash_token(const struct token_cache *c, struct slice token, uint64_t *ret_low, uint64_t *ret_high)
{
    *ret_low = hash_bytes(token.data, token.size);
    struct buffer salted = BUFFER_INIT;
    buffer_append(&salted, &c->salt, sizeof(c->salt));
    buffer_append_slice(&salted, token);
    *ret_high = hash_bytes(salted.data, salted.size);
    buffer_done(&salted);
}

bool token_cache_has(struct token_cache *c, struct slice token, int64_t now_ns)
{
    uint64_t low, high;
    hash_token(c, token, &low, &high);
    pthread_mutex_lock(&c->lock);
    const struct slot *s = &c->slots[low & (SLOTS - 1)];
    bool found = s->low == low && s->high == high && s->expires_ns > now_ns;
    pthread_mutex_unlock(&c->lock);
    return found;
}

void token_cache_put(struct token_cache *c, struct slice token, int64_t expires_ns)
{
    uint64_t low, high;
    hash_token(c, token, &low, &high);
    pthread_mutex_lock(&c->lock);
    c->slots[low & (SLOTS - 1)] = (struct slot){low, high, expires_ns};
    pthread_mutex_unlock(&c->lock);
}
