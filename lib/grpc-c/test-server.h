/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small gRPC server for tests, in one thread of the test program: nghttp2 over a unix socket, TCP or TLS.
 * What it does with a request is chosen by the request's path (test-server.c has the table), misbehaviour
 * included.
 */
#ifndef GRPC_C_TEST_SERVER_H
#define GRPC_C_TEST_SERVER_H

#include <stdbool.h>

enum test_server_kind { TEST_SERVER_UNIX, TEST_SERVER_TCP, TEST_SERVER_TLS };

struct test_server;
/* NULL if it cannot be started. */
struct test_server *test_server_start(enum test_server_kind kind);
void test_server_stop(struct test_server *server); /* drops all connections */
const char *test_server_target(const struct test_server *server);
const char *test_server_ca_file(const struct test_server *server); /* TLS */
/* Lets the streams of "/test/Slow" go on. */
void test_server_release(struct test_server *server);
unsigned test_server_connections(struct test_server *server); /* accepted so far */
/* Waits until so many streams were reset by the client. */
void test_server_wait_resets(struct test_server *server, unsigned count);

#endif
