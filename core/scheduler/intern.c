/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that repeat, kept once. */
#include <pthread.h>

#include "core/base/memory.h"
#include "core/base/map.h"
#include "core/scheduler/amounts.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* texts */
static struct map *texts;

const char *intern(struct slice text)
{
    pthread_mutex_lock(&lock);
    if (!texts)
        texts = map_new(free);
    char *found = map_get_slice(texts, text);
    if (!found) {
        found = xstrndup(text.data ? text.data : "", text.size);
        map_set_slice(texts, (struct slice){found, text.size}, found);
    }
    pthread_mutex_unlock(&lock);
    return found;
}
