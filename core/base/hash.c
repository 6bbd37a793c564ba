/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes of byte strings: SipHash-1-3 under a key of this process, so that nobody outside can choose keys
 * that collide, and FNV-1a where the result must be the same everywhere and for ever.
 */
#include "core/base/map.h"

#include <pthread.h>

#include "core/base/random.h"

static uint64_t hash_key[2];
static atomic_bool hash_key_ready;

static void hash_key_make(void)
{
    random_bytes(hash_key, sizeof(hash_key));
    atomic_store_explicit(&hash_key_ready, true, memory_order_release);
}

static inline uint64_t rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate_left(s->v1, 13) ^ s->v0;
    s->v3 = rotate_left(s->v3, 16) ^ s->v2;
    s->v0 = rotate_left(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate_left(s->v1, 17) ^ s->v2;
    s->v3 = rotate_left(s->v3, 21) ^ s->v0;
    s->v2 = rotate_left(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

uint64_t hash_bytes(const void *data, size_t size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *at = data;
    uint64_t word, last = (uint64_t)size << 56;

    if (!atomic_load_explicit(&hash_key_ready, memory_order_acquire))
        pthread_once(&once, hash_key_make);
    struct sip s = {
        .v0 = hash_key[0] ^ UINT64_C(0x736f6d6570736575),
        .v1 = hash_key[1] ^ UINT64_C(0x646f72616e646f6d),
        .v2 = hash_key[0] ^ UINT64_C(0x6c7967656e657261),
        .v3 = hash_key[1] ^ UINT64_C(0x7465646279746573),
    };
    for (size_t left = size / 8; left; left--, at += 8) {
        memcpy(&word, at, sizeof(word));
        sip_word(&s, word);
    }
    for (size_t i = 0; i < size % 8; i++)
        last |= (uint64_t)(unsigned char)at[i] << (8 * i);
    sip_word(&s, last);
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint32_t hash_fnv32a(const void *data, size_t size)
{
    const unsigned char *at = data;
    uint32_t hash = UINT32_C(2166136261);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT32_C(16777619);
    return hash;
}

uint64_t hash_fnv64a(const void *data, size_t size)
{
    const unsigned char *at = data;
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}
