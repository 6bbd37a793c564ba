/* SPDX-License-Identifier: Apache-2.0 */
/* Server and client of a test over one of the four transports: HTTP/1.1 and HTTP/2, plain and under TLS. For
 * tests only. */
#ifndef KEELSON_IO_TEST_TRANSPORTS_H
#define KEELSON_IO_TEST_TRANSPORTS_H

#include "core/io/test-server.h"

#define TEST_TRANSPORTS 4u

struct test_pair {
    struct test_server server;
    struct http_client *client;
    bool is_http2;
};
/* config: as for test_server_start. The transport's name is printed. */
void test_pair_start(struct test_pair *f, size_t transport, const struct http_server_config *config);
void test_pair_stop(struct test_pair *f);
/* One request that must get that answer. */
void assert_get(struct http_client *client, const char *target, int status, const char *text);
/* A number of http_server_metrics, without the prefix. */
unsigned long long test_metric(struct test_server *t, const char *name);

#endif
