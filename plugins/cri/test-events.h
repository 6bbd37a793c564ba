/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's events, gathered by a thread, for a test to wait for one. There is one gatherer in a program.
 */
#ifndef CRI_TEST_EVENTS_H
#define CRI_TEST_EVENTS_H

#include <keelson/runtime.h>

void test_events_start(const struct keelson_runtime_v1 *runtime, void *instance);
unsigned test_events_so_far(void);
/* Waits for such an event among those after the first `from`; fails the test when it does not come. */
void test_events_expect(unsigned from, const char *container_id, const char *sandbox_id);
/* Cancels the call; what it returned. */
enum keelson_status test_events_stop(void);

#endif
