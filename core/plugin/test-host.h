/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the plugin host share: a host on a folder of its own, the two test plugins, and a clock
 * that can be put forward. Main thread unless said. */
#ifndef KEELSON_PLUGIN_TEST_HOST_H
#define KEELSON_PLUGIN_TEST_HOST_H

#include "core/plugin/host.h"
#include "core/plugin/test-plugin.h"

/* A cmocka fixture for the group: the folder and the clock. */
int test_group_start(void **state);
int test_group_end(void **state);
const char *test_folder(void);

/* A cmocka fixture for a test: *state is a struct plugin_host. The test may free it, and set *state to NULL.
 */
int test_setup(void **state);
int test_teardown(void **state);

/* "…/test-serial.so"; the text is the caller's to free. */
char *test_plugin_file(const char *name);
/* Loads or ends the test. config may be NULL. */
struct plugin_instance *test_load(struct plugin_host *host, const char *name, const char *plugin,
                                  const char *config);
const struct keelson_host *test_table(struct plugin_instance *instance); /* any thread */
/* Puts the monotonic clock forward, any thread; back to the system's with the next test_setup. */
void test_clock_forward(int64_t milliseconds);
/* Runs a function as a call, in this thread, so that it may assert. */
int test_call(struct plugin_instance *instance, plugin_function *function, void *arguments,
              struct error *err);

/* A call on the pool that answers with this status and a message. Any thread. */
int test_ask(struct plugin_instance *instance, enum keelson_status status, uint32_t retry_after_ms,
             struct error *err);
/* Asserts the text, too. */
bool test_is_healthy(struct plugin_instance *instance, const char *wanted);
/* Five failures in a row. */
void test_open_circuit(struct plugin_instance *instance);

#endif
