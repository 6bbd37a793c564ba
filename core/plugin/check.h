/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that every plugin must keep, checked by loading one: `keelson plugin check`, for vendors and for
 * our own tests. Main thread. */
#ifndef KEELSON_PLUGIN_CHECK_H
#define KEELSON_PLUGIN_CHECK_H

#include <stdbool.h>

#include "core/base/error.h"

/* told is called once a rule, detail "" when there is nothing to add. -1 when the file could not even be
 * loaded, with the reason. */
int plugin_check(const char *path, const char *config_text,
                 void (*told)(void *context, const char *rule, bool kept, const char *detail), void *context,
                 struct error *err);

#endif
