/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/1.1 server on 127.0.0.1 for tests, a thread for each connection. The first part of a request's path
 * chooses what becomes of it (test-server.c has the table), misbehaviour included.
 */
#ifndef CLOUD_HTTP_TEST_SERVER_H
#define CLOUD_HTTP_TEST_SERVER_H

struct test_server;
struct test_server *test_server_start(void); /* ends the program if it cannot be started */
void test_server_stop(struct test_server *server);
int test_server_port(const struct test_server *server);
unsigned test_server_connections(struct test_server *server); /* accepted so far */
unsigned test_server_requests(struct test_server *server);    /* read in full so far */

#endif
