/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a controller expects to see in its informers because of its own writes. Until it was seen, or five
 * minutes passed, the controller must not count objects and create or delete more, since its picture is older
 * than its deeds. Any thread.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_EXPECTATIONS_H
#define KEELSON_CONTROLLER_MANAGER_EXPECTATIONS_H

#include <stdbool.h>
#include <stdint.h>

struct expectations;
struct expectations *expectations_new(void);
void expectations_free(struct expectations *e);
/* key: the owner's. Both start anew, as a sync with unmet expectations never gets so far. */
void expectations_expect_creations(struct expectations *e, const char *key, int64_t count);
void expectations_expect_deletion(struct expectations *e, const char *key, const char *uid);
void expectations_creation_observed(struct expectations *e, const char *key, int64_t count);
void expectations_deletion_observed(struct expectations *e, const char *key, const char *uid);
bool expectations_satisfied(struct expectations *e, const char *key);
void expectations_forget(struct expectations *e, const char *key);

#endif
