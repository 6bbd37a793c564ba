/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts by the SHA-256 of their key, so that no token lies about in memory. When there are too many, all
 * are forgotten: they only save questions.
 */
#include "core/kubelet/server-verdicts.h"

#include <openssl/sha.h>
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define VERDICTS_MAX 4096u

struct verdict {
    struct bytes *text;
    int64_t until_ns;
    bool good;
};
struct verdicts {
    pthread_mutex_t lock; /* map */
    struct map *map;
};

static void verdict_free(void *value)
{
    bytes_unref(((struct verdict *)value)->text);
    free(value);
}

struct verdicts *verdicts_new(void)
{
    struct verdicts *v = new0(struct verdicts);
    pthread_mutex_init(&v->lock, NULL);
    v->map = map_new(verdict_free);
    return v;
}

void verdicts_free(struct verdicts *v)
{
    if (!v)
        return;
    map_free(v->map);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

static struct slice digest(struct slice key, unsigned char out[SHA256_DIGEST_LENGTH])
{
    SHA256((const unsigned char *)key.data, key.size, out);
    return (struct slice){(const char *)out, SHA256_DIGEST_LENGTH};
}

bool verdicts_get(struct verdicts *v, struct slice key, bool *ret_good, struct bytes **ret_text)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct slice place = digest(key, hash);
    pthread_mutex_lock(&v->lock);
    const struct verdict *found = map_get_slice(v->map, place);
    bool known = found && clock_monotonic_ns() < found->until_ns;
    if (known) {
        *ret_good = found->good;
        if (ret_text)
            *ret_text = bytes_ref(found->text);
    }
    pthread_mutex_unlock(&v->lock);
    return known;
}

void verdicts_put(struct verdicts *v, struct slice key, bool good, struct bytes *text, int64_t life_ns)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct verdict *made = new0(struct verdict);
    *made = (struct verdict){bytes_ref(text), clock_monotonic_ns() + life_ns, good};
    pthread_mutex_lock(&v->lock);
    if (map_count(v->map) >= VERDICTS_MAX)
        map_clear(v->map);
    map_set_slice(v->map, digest(key, hash), made);
    pthread_mutex_unlock(&v->lock);
}
