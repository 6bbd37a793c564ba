/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a child, for process.c and process-run.c. */
#ifndef KEELSON_IO_PROCESS_SPAWN_H
#define KEELSON_IO_PROCESS_SPAWN_H

#include "core/io/process.h"

/* *ret_pid is to be reaped by the caller; *ret_pidfd is closed on exec. A program that cannot be run is an
 * error here. Any thread. */
int process_spawn(const struct process_config *config, pid_t *ret_pid, int *ret_pidfd, struct error *err);
int process_signal(int pidfd, int signal_number); /* 0 or -1 with errno */

#endif
