/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens: who speaks when a plugin uses the host outside of calls. A plugin may keep one longer than it is
 * allowed to, in a thread that it forgot, so a token outlives its instance: it is never given back to malloc,
 * and says from then on that nobody is there. There is one an instance, so they are few.
 */
#include "core/base/memory.h"
#include "core/plugin/instance.h"

struct keelson_token {
    pthread_mutex_t lock;             /* instance, and that it stays while the lock is held */
    struct plugin_instance *instance; /* NULL: closed */
    struct keelson_token *older;
};

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER; /* all */
static struct keelson_token *all;                            /* reachable, and so no leak */

struct keelson_token *token_new(struct plugin_instance *instance)
{
    struct keelson_token *token = new0(struct keelson_token);
    pthread_mutex_init(&token->lock, NULL);
    token->instance = instance;
    pthread_mutex_lock(&all_lock);
    token->older = all;
    all = token;
    pthread_mutex_unlock(&all_lock);
    return token;
}

void token_end(struct keelson_token *token)
{
    pthread_mutex_lock(&token->lock);
    token->instance = NULL;
    pthread_mutex_unlock(&token->lock);
}

struct plugin_instance *token_hold(struct keelson_token *token)
{
    if (!token)
        return NULL;
    pthread_mutex_lock(&token->lock);
    if (!token->instance)
        pthread_mutex_unlock(&token->lock);
    return token->instance;
}

void token_let_go(struct keelson_token *token)
{
    pthread_mutex_unlock(&token->lock);
}
