/* SPDX-License-Identifier: Apache-2.0 */
/* A management controller for tests, on 127.0.0.1, as strict as the standard lets it be: only GET, only for
 * admin:secret, only with the headers that a Redfish client must send. The path chooses what it is like;
 * test-redfish.c has the table. */
#ifndef KEELSON_CLOUD_ONPREM_TEST_REDFISH_H
#define KEELSON_CLOUD_ONPREM_TEST_REDFISH_H

struct test_redfish;
struct test_redfish *test_redfish_start(void); /* ends the program if it cannot be started */
void test_redfish_stop(struct test_redfish *r);
int test_redfish_port(const struct test_redfish *r);
unsigned
test_redfish_most_at_once(struct test_redfish *r); /* requests that were answered at the same time, at most */

#endif
