/* SPDX-License-Identifier: Apache-2.0 */
/* The manager: which controllers run, and their common start and end. Main thread, but for what controller.h
 * says. */
#ifndef KEELSON_CONTROLLER_MANAGER_MANAGER_H
#define KEELSON_CONTROLLER_MANAGER_MANAGER_H

#include "core/controller-manager/controller.h"

/* ERR_INVALID when --controllers names one that is unknown. */
int manager_check_names(const struct flag_list *names, struct error *err);
bool manager_enabled(const struct controller *c, const struct flag_list *names);
/* Starts the rows that the options enable. client and options outlive the manager. */
struct manager *manager_start(struct client *client, const struct manager_options *options,
                              const struct controller *const *rows);
void manager_stop(struct manager *m);
/* How many controllers run, and how many of them began. */
void manager_progress(struct manager *m, unsigned *ret_running, unsigned *ret_begun);

#endif
