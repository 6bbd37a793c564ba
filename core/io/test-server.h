/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server that the HTTP tests talk to, with a certificate authority, a loop for clients and a worker pool.
 * Its paths: /small, /echo (the body), /who (the certificate), /worker (answered from another thread),
 * /slow-worker (after 200 ms), /blocks, /watch (streams what test_server_publish gives, from any thread),
 * /flood and /patient-flood (32 MiB at the reader's pace), /abort (breaks off), /unanswered (ends without a
 * beginning), /tunnel (echoes, until "!"), /never (answers when the client is gone), /nothing (204),
 * /headers. For tests only.
 */
#ifndef KEELSON_IO_TEST_SERVER_H
#define KEELSON_IO_TEST_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/list.h"
#include "core/base/workers.h"
#include "core/io/http-client.h"
#include "core/io/http-server.h"
#include "core/io/test-certificates.h"

#define TEST_FLOOD_BYTES       (32u * 1024 * 1024)
#define TEST_FLOOD_QUEUE_BYTES (256u * 1024)

struct test_server {
    struct test_certificates certificates;
    struct tls_settings *tls;
    struct http_server *server;
    struct workers *workers;
    struct loop *client_loop;
    pthread_mutex_t lock; /* guards watchers */
    struct list watchers;
    atomic_uint watchers_count;
    atomic_uint gone;         /* on_gone and closed calls */
    atomic_uint half_ended;   /* tunnels whose client sends no more */
    atomic_size_t queued_max; /* that http_stream_write returned in /flood */
};

/* config: NULL, or what differs (handler, context, tls and address are set here). is_tls false: plain. */
void test_server_start(struct test_server *t, const struct http_server_config *config, bool is_tls);
void test_server_stop(struct test_server *t);
void test_server_handle(void *context, struct http_request *r); /* context: the test_server */
/* To all watchers, from the calling thread. */
void test_server_publish(struct test_server *t, const char *text);
/* count times within one turn of the loop of the watchers, which must be one. */
void test_server_publish_many(struct test_server *t, const char *text, unsigned count);
void test_server_end_watches(struct test_server *t);

struct test_client_options {
    bool is_tls, http1_only, h2_plain;
    const char *cert_file, *key_file, *ca_file; /* ca_file NULL: the test's */
    unsigned connections_max;
};
struct http_client *test_client_new(struct test_server *t, const struct test_client_options *options);
/* One request that must get a response; the body's text is the caller's. */
int test_get(struct http_client *client, const char *target, char **ret_text);
/* Waits (30 s at most) until *counter is at least n. */
void test_wait(atomic_uint *counter, unsigned n);

#endif
