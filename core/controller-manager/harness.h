/* SPDX-License-Identifier: Apache-2.0 */
/* What every controller test starts with: a fake API server, a client, and a manager with the rows that the
 * test wants. */
#ifndef KEELSON_CONTROLLER_MANAGER_HARNESS_H
#define KEELSON_CONTROLLER_MANAGER_HARNESS_H

#include "core/controller-manager/fake-api.h"
#include "core/controller-manager/manager.h"

struct harness {
    struct loop *loop;
    struct fake_api *api;
    struct client *client;
    struct manager *manager;
    struct manager_options options;
    struct flag_list all;
    struct arena arena;
};
/* A cmocka fixture: *state is a struct harness with the daemon's defaults, and nothing runs yet. */
int harness_setup(void **state);
int harness_teardown(void **state);
/* For a fixture of the test's own: it may change h->options before it starts the rows. */
struct harness *harness_new(void **state);
void harness_start(struct harness *h, const struct controller *const *rows);

/* Waits until the condition holds: HARNESS_WAIT(h, object_count(...) == 3). The expression may use `h` and
 * what is in scope. */
#define HARNESS_WAIT(h, condition)                                                                           \
    do {                                                                                                     \
        int64_t deadline_ = clock_monotonic_ms() + 10000;                                                    \
        while (!(condition)) {                                                                               \
            if (clock_monotonic_ms() > deadline_)                                                            \
                fail_msg("waited in vain for %s", #condition);                                               \
            harness_pause(h);                                                                                \
        }                                                                                                    \
    } while (0)
/* A few milliseconds, and forgets what harness_* functions returned. */
void harness_pause(struct harness *h);
/* Long enough for a controller to do what it should not. */
void harness_settle(struct harness *h);
struct json *harness_get(struct harness *h, const char *path); /* valid until the next pause */
/* What stands at a place of the object at path; 0 if nothing does. */
int64_t harness_integer(struct harness *h, const char *path, const char *at);
uint32_t harness_count(struct harness *h, const char *path);
/* Marks all pods that are not ready as running and ready, as a kubelet would, and removes those that are
 * being deleted. */
void harness_run_pods(struct harness *h);

#endif
