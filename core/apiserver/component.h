/* SPDX-License-Identifier: Apache-2.0 */
/* kube-apiserver as a daemon's table, for its own main and for the `keelson` command. */
#ifndef KEELSON_APISERVER_COMPONENT_H
#define KEELSON_APISERVER_COMPONENT_H

#include "core/daemon/daemon.h"

extern const struct daemon apiserver_daemon;

#endif
