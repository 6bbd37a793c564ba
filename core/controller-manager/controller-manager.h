/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's table, for its own main and for the `keelson` command. */
#ifndef KEELSON_CONTROLLER_MANAGER_CONTROLLER_MANAGER_H
#define KEELSON_CONTROLLER_MANAGER_CONTROLLER_MANAGER_H

#include "core/daemon/daemon.h"

extern const struct daemon controller_manager_daemon;

#endif
