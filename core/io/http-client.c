/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client as a whole: its life, and which connection a waiting stream gets. Over HTTP/2 one connection
 * carries all until the server's limit of streams is reached; over HTTP/1.1 connections are opened as they
 * are needed, up to the pool's size. Which version a server speaks is known after the first handshake, until
 * which only one connection is opened.
 */
#include "core/io/http-client.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/io/http-client-private.h"

#define CONNECT_TIMEOUT_MS 5000u
#define CONNECTIONS_MAX    32u
#define IDLE_MS            90000u
#define PING_MS            15000u

static char *copy_text(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

static char *authority_of(const struct http_client_config *config)
{
    if (config->unix_path)
        return xstrdup("localhost");
    const char *format = strchr(config->host, ':') ? "[%s]" : "%s";
    _cleanup_free_ char *host = format[0] == '[' ? xasprintf("[%s]", config->host) : xstrdup(config->host);
    if (config->port == (config->tls ? 443 : 80))
        return TAKE_PTR(host);
    return xasprintf("%s:%u", host, config->port);
}

static void pump_later(void *context)
{
    http_client_pump(context);
}

struct http_client *http_client_new(const struct http_client_config *config)
{
    struct http_client *client = new0(struct http_client);
    struct http_client_config *c = &client->config;
    *c = *config;
    c->host = copy_text(config->host);
    c->unix_path = copy_text(config->unix_path);
    c->connect_timeout_ms = c->connect_timeout_ms ? c->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    c->connections_max = c->connections_max ? c->connections_max : CONNECTIONS_MAX;
    c->idle_ms = c->idle_ms ? c->idle_ms : IDLE_MS;
    c->ping_ms = c->ping_ms ? c->ping_ms : PING_MS;
    c->http1_only |= !c->tls && !c->h2_prior_knowledge;
    tls_settings_ref(c->tls);
    client->loop = config->loop;
    client->authority = authority_of(config);
    client->version = c->http1_only ? HTTP_CLIENT_1 : HTTP_CLIENT_UNKNOWN;
    list_init(&client->connections);
    list_init(&client->waiting);
    loop_later_init(&client->pump_later, pump_later, client);
    pthread_mutex_init(&client->lock, NULL);
    pthread_cond_init(&client->changed, NULL);
    return client;
}

static void close_all(void *context)
{
    struct http_client *client = context;
    client->closing = true;
    while (!list_empty(&client->connections))
        http_client_connection_close(
            list_entry(client->connections.next, struct http_client_connection, link));
    loop_later_stop(&client->pump_later);
    pthread_mutex_lock(&client->lock);
    client->closed = true;
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    require(!loop_is_current(client->loop));
    loop_post(client->loop, close_all, client);
    pthread_mutex_lock(&client->lock);
    while (!client->closed || client->resolving)
        pthread_cond_wait(&client->changed, &client->lock);
    pthread_mutex_unlock(&client->lock);
    require(list_empty(&client->waiting));
    pthread_mutex_destroy(&client->lock);
    pthread_cond_destroy(&client->changed);
    tls_settings_unref(client->config.tls);
    free((char *)client->config.host);
    free((char *)client->config.unix_path);
    free(client->authority);
    free(client);
}

static struct http_client_connection *find_room(struct http_client *client)
{
    list_for_each (it, &client->connections) {
        struct http_client_connection *c = list_entry(it, struct http_client_connection, link);
        if (c->protocol && !c->owner && !c->unusable && c->protocol->has_room(c))
            return c;
    }
    return NULL;
}

static bool may_connect(const struct http_client *client)
{
    unsigned at_once = client->version == HTTP_CLIENT_1 ? client->waiting_count : 1;
    return !client->closing && client->connecting_count < at_once &&
           client->connections_count < client->config.connections_max;
}

static void give(struct http_client_stream *s, struct http_client_connection *c)
{
    list_remove(&s->link);
    s->client->waiting_count--;
    http_client_stream_attach(s, c);
}

void http_client_pump(struct http_client *client)
{
    while (!list_empty(&client->waiting)) {
        struct http_client_stream *s = list_entry(client->waiting.next, struct http_client_stream, link);
        if (s->is_tunnel) {
            list_remove(&s->link);
            client->waiting_count--;
            http_client_connection_new(client, s);
            continue;
        }
        struct http_client_connection *c = find_room(client);
        if (!c)
            break;
        give(s, c);
    }
    while (may_connect(client) && client->connecting_count < client->waiting_count)
        http_client_connection_new(client, NULL);
}

void http_client_pump_soon(struct http_client *client)
{
    loop_later_start(client->loop, &client->pump_later);
}
