/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomness: getrandom(2), in portions a thread, of which each byte is given out once and wiped (a write of
 * the API server needs three small amounts; a call for each would be two per cent of it), and which a forked
 * child begins anew; or, once a test has set a seed, one splitmix64 sequence under a lock.
 */
#include "core/base/random.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/memory.h"

#define PORTION_BYTES 256u /* one call fills that many without being interrupted */

static atomic_bool random_seeded;
static pthread_mutex_t random_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t random_state; /* under random_lock */
static _Thread_local char portion[PORTION_BYTES];
static _Thread_local size_t portion_left; /* at its beginning */

static uint64_t random_seeded_next(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void random_seeded_bytes(char *out, size_t size)
{
    pthread_mutex_lock(&random_lock);
    while (size) {
        uint64_t word = random_seeded_next();
        size_t n = MIN(size, sizeof(word));

        memcpy(out, &word, n);
        out += n;
        size -= n;
    }
    pthread_mutex_unlock(&random_lock);
}

static void random_from_kernel(char *at, size_t size)
{
    while (size) {
        ssize_t n = getrandom(at, size, 0);

        require(n > 0 || errno == EINTR);
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
}

/* Of the one thread that a child has. */
static void random_forget(void)
{
    portion_left = 0;
}

static void random_watch_forks(void)
{
    require(pthread_atfork(NULL, NULL, random_forget) == 0);
}

void random_bytes(void *out, size_t size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (atomic_load_explicit(&random_seeded, memory_order_relaxed)) {
        random_seeded_bytes(out, size);
        return;
    }
    if (size > PORTION_BYTES / 4) {
        random_from_kernel(out, size);
        return;
    }
    if (portion_left < size) {
        pthread_once(&once, random_watch_forks);
        random_from_kernel(portion, sizeof(portion));
        portion_left = sizeof(portion);
    }
    portion_left -= size;
    memcpy(out, portion + portion_left, size);
    explicit_bzero(portion + portion_left, size);
}

uint64_t random_u64(void)
{
    uint64_t value;

    random_bytes(&value, sizeof(value));
    return value;
}

/* The high half of a 128-bit product; the few products that would favour a value are drawn again. */
uint64_t random_below(uint64_t bound)
{
    require(bound > 0);
    uint64_t threshold = (0 - bound) % bound;

    for (;;) {
        unsigned __int128 product = (unsigned __int128)random_u64() * bound;

        if ((uint64_t)product >= threshold)
            return (uint64_t)(product >> 64);
    }
}

double random_unit(void)
{
    return (double)(random_u64() >> 11) * 0x1p-53;
}

/* A byte is used only below the largest multiple of the alphabet's size, which keeps the choice uniform. */
void random_name_suffix(char *out, size_t length)
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    const unsigned letters = sizeof(alphabet) - 1, limit = 256 / letters * letters;
    unsigned char pool[16];
    size_t used = sizeof(pool);

    for (size_t i = 0; i < length;) {
        if (used == sizeof(pool)) {
            random_bytes(pool, sizeof(pool));
            used = 0;
        }
        unsigned byte = pool[used++];
        if (byte < limit)
            out[i++] = alphabet[byte % letters];
    }
    out[length] = '\0';
}

void random_uuid(char out[UUID_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[16];
    char *at = out;

    random_bytes(raw, sizeof(raw));
    raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
    raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
    for (unsigned i = 0; i < sizeof(raw); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[raw[i] >> 4];
        *at++ = digits[raw[i] & 15];
    }
    *at = '\0';
}

void random_set_seed(uint64_t seed)
{
    pthread_mutex_lock(&random_lock);
    random_state = seed;
    pthread_mutex_unlock(&random_lock);
    atomic_store(&random_seeded, seed != 0);
}
