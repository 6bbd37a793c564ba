/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests over HTTPS. What is added to each: the path before the API (kubeconfig's server may have one), who
 * we are, and the bearer token. A token's file is looked at before each request, which costs one stat, and
 * read when it is another than before, since tokens of pods are replaced every hour. Files of certificates
 * are looked at every ten seconds: when they change, new requests go over new connections.
 */
#include "core/client/transport-https.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/client/kubeconfig.h"

#define ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount/"
#define HEADERS_MAX    9
#define LOOK_MS        10000

enum { CA_FILE, CERT_FILE, KEY_FILE, TLS_FILES };

struct transport_https {
    struct transport base;
    struct loop *loop;
    struct kubeconfig config;
    char *user_agent;
    pthread_mutex_t lock;     /* guards what follows */
    struct http_client *http; /* as all below: lives as long as the transport */
    /* shows no certificate, so that a request's own token counts; made when needed */
    struct http_client *http_bearer;
    struct http_client **retired; /* with certificates that were replaced; streams may still use them */
    size_t retired_count;
    struct stat tls_stats[TLS_FILES]; /* as they were for http */
    int64_t looked_ms;
    char *authorization; /* "Bearer …" or NULL */
    struct stat token_stat;
};

/* What one request sends beside its body. */
struct request_text {
    const char *headers[HEADERS_MAX];
    char *authorization, *target;
};

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Under the lock. A file that cannot be read leaves the token as it was. */
static void refresh_token(struct transport_https *t)
{
    struct stat now = {0};
    struct buffer token = BUFFER_INIT;
    if (t->config.token_file && stat(t->config.token_file, &now) < 0)
        return;
    if (t->authorization && (!t->config.token_file || same_file(&now, &t->token_stat)))
        return;
    if (kubeconfig_token(&t->config, &token, NULL) == 0 && token.size) {
        free(t->authorization);
        t->authorization = xasprintf("Bearer %.*s", (int)token.size, token.data);
        t->token_stat = now;
    }
    buffer_done(&token);
}

static void request_text_done(struct request_text *text)
{
    free(text->authorization);
    free(text->target);
}

static char *own_authorization(struct transport_https *t)
{
    pthread_mutex_lock(&t->lock);
    refresh_token(t);
    char *authorization = t->authorization ? xstrdup(t->authorization) : NULL;
    pthread_mutex_unlock(&t->lock);
    return authorization;
}

static struct http_client_request build(struct transport_https *t, const struct transport_request *request,
                                        struct request_text *text)
{
    size_t n = 0;
    text->authorization = request->bearer ? xasprintf("Bearer %s", request->bearer) : own_authorization(t);
    text->target = t->config.server_path && t->config.server_path[0]
                       ? xasprintf("%s%s", t->config.server_path, request->target)
                       : NULL;
    text->headers[n++] = "accept";
    text->headers[n++] = request->accept ? request->accept : "application/json";
    text->headers[n++] = "user-agent";
    text->headers[n++] = t->user_agent;
    if (request->body.size) {
        text->headers[n++] = "content-type";
        text->headers[n++] = request->content_type ? request->content_type : "application/json";
    }
    if (text->authorization) {
        text->headers[n++] = "authorization";
        text->headers[n++] = text->authorization;
    }
    text->headers[n] = NULL;
    return (struct http_client_request){.method = request->method,
                                        .target = text->target ? text->target : request->target,
                                        .headers = text->headers,
                                        .body = request->body,
                                        .timeout_ms = request->timeout_ms};
}

static struct slice slice_of_buffer(const struct buffer *b)
{
    return (struct slice){b->data, b->size};
}

static struct tls_settings *make_tls(const struct kubeconfig *config, bool anonymous, struct error *err)
{
    struct tls_client_config tls = {
        .ca_file = config->ca_data.size ? NULL : config->ca_file,
        .ca_data = slice_of_buffer(&config->ca_data),
        .cert_file = config->cert_data.size ? NULL : config->cert_file,
        .key_file = config->key_data.size ? NULL : config->key_file,
        .cert_data = slice_of_buffer(&config->cert_data),
        .key_data = slice_of_buffer(&config->key_data),
        .server_name = config->tls_server_name,
        .insecure = config->insecure_skip_tls_verify,
    };
    if (anonymous) {
        tls.cert_file = tls.key_file = NULL;
        tls.cert_data = tls.key_data = (struct slice){0};
    }
    return tls_client_new(&tls, err);
}

static struct http_client *connect_to(struct transport_https *t, bool anonymous, struct error *err)
{
    struct tls_settings *tls = NULL;
    if (t->config.https && !(tls = make_tls(&t->config, anonymous, err)))
        return NULL;
    struct http_client_config config = {
        .loop = t->loop, .host = t->config.server_host, .port = t->config.server_port, .tls = tls};
    struct http_client *http = http_client_new(&config);
    tls_settings_unref(tls);
    return http;
}

static void stat_tls_files(const struct transport_https *t, struct stat stats[TLS_FILES])
{
    const struct kubeconfig *k = &t->config;
    const char *const files[TLS_FILES] = {[CA_FILE] = k->ca_data.size ? NULL : k->ca_file,
                                          [CERT_FILE] = k->cert_data.size ? NULL : k->cert_file,
                                          [KEY_FILE] = k->key_data.size ? NULL : k->key_file};
    for (size_t i = 0; i < TLS_FILES; i++)
        if (!files[i] || stat(files[i], &stats[i]) < 0)
            stats[i] = (struct stat){0};
}

static void retire(struct transport_https *t, struct http_client *http)
{
    if (!http)
        return;
    t->retired = xrealloc(t->retired, (t->retired_count + 1) * sizeof(struct http_client *));
    t->retired[t->retired_count++] = http;
}

/* Under the lock. Files that do not fit together yet leave everything as it was, and are tried again. */
static void refresh_tls(struct transport_https *t)
{
    struct stat now[TLS_FILES];
    bool same = true;
    if (clock_monotonic_ms() - t->looked_ms < LOOK_MS)
        return;
    t->looked_ms = clock_monotonic_ms();
    stat_tls_files(t, now);
    for (size_t i = 0; i < TLS_FILES; i++)
        same = same && same_file(&now[i], &t->tls_stats[i]);
    struct http_client *fresh = same ? NULL : connect_to(t, false, NULL);
    if (!fresh)
        return;
    memcpy(t->tls_stats, now, sizeof(now));
    retire(t, t->http);
    retire(t, TAKE_PTR(t->http_bearer));
    t->http = fresh;
}

static struct http_client *client_for(struct transport_https *t, bool bearer, struct error *err)
{
    pthread_mutex_lock(&t->lock);
    refresh_tls(t);
    if (bearer && !t->http_bearer)
        t->http_bearer = connect_to(t, true, err);
    struct http_client *http = bearer ? t->http_bearer : t->http;
    pthread_mutex_unlock(&t->lock);
    return http;
}

static int https_request(struct transport *base, const struct transport_request *request,
                         struct http_client_response *ret, struct error *err)
{
    struct transport_https *t = container_of(base, struct transport_https, base);
    _cleanup_(request_text_done) struct request_text text = {0};
    struct http_client_request out = build(t, request, &text);
    struct http_client *http = client_for(t, request->bearer != NULL, err);
    return http ? http_client_do(http, &out, ret, err) : -1;
}

static struct transport_stream *https_stream(struct transport *base, const struct transport_request *request,
                                             const struct transport_callbacks *callbacks, void *context)
{
    struct transport_https *t = container_of(base, struct transport_https, base);
    struct http_client_stream_callbacks out_callbacks = {callbacks->headers, callbacks->data,
                                                         callbacks->ended};
    _cleanup_(request_text_done) struct request_text text = {0};
    struct http_client_request out = build(t, request, &text);
    return (struct transport_stream *)http_client_stream_start(client_for(t, false, NULL), &out,
                                                               &out_callbacks, context);
}

static void https_cancel(struct transport *base, struct transport_stream *stream)
{
    http_client_stream_cancel((struct http_client_stream *)stream);
}

static void https_free(struct transport *base)
{
    struct transport_https *t = container_of(base, struct transport_https, base);
    if (t->http)
        http_client_free(t->http);
    if (t->http_bearer)
        http_client_free(t->http_bearer);
    for (size_t i = 0; i < t->retired_count; i++)
        http_client_free(t->retired[i]);
    free(t->retired);
    kubeconfig_done(&t->config);
    pthread_mutex_destroy(&t->lock);
    free(t->authorization);
    free(t->user_agent);
    free(t);
}

static int load_in_cluster(struct kubeconfig *config, struct error *err)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    if (!host || !host[0] || !port || !port[0])
        return error_set(
            err, ERR_BAD_REQUEST,
            "no kubeconfig was given, and KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
    bool ipv6 = strchr(host, ':') != NULL;
    _cleanup_free_ char *url = xasprintf("https://%s%s%s:%s", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
    if (kubeconfig_set_server(config, url, err) < 0)
        return -1;
    config->ca_file = xstrdup(ACCOUNT_FOLDER "ca.crt");
    config->token_file = xstrdup(ACCOUNT_FOLDER "token");
    return 0;
}

struct transport *transport_https_new(struct loop *loop, const char *kubeconfig, const char *user_agent,
                                      struct error *err)
{
    struct transport_https *t = new0(struct transport_https);
    t->base = (struct transport){https_request, https_stream, https_cancel, https_free};
    t->user_agent = xstrdup(user_agent ? user_agent : "keelson");
    pthread_mutex_init(&t->lock, NULL);
    int rc = kubeconfig && kubeconfig[0] ? kubeconfig_load(kubeconfig, NULL, &t->config, err)
                                         : load_in_cluster(&t->config, err);
    t->loop = loop;
    t->looked_ms = clock_monotonic_ms();
    stat_tls_files(t, t->tls_stats);
    if (rc == 0)
        t->http = connect_to(t, false, err);
    if (t->http)
        return &t->base;
    https_free(&t->base);
    return NULL;
}
