/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a machine switched on? Asked of its management controller by Redfish (DSP0266): GET of a ComputerSystem,
 * whose PowerState is said. The address may also be that of a collection with one member. Only On and Off are
 * knowledge; whatever else comes, and a controller that does not answer, is UNKNOWN: nothing is done to a
 * node because a cable is loose.
 */
#ifndef KEELSON_CLOUD_ONPREM_POWER_H
#define KEELSON_CLOUD_ONPREM_POWER_H

#include <keelson/cloud.h>
#include <stdatomic.h>
#include <stdbool.h>

struct cloud_http;

struct power_question {
    const char *url;         /* NULL: the machine has no controller, and runs */
    const char *credentials; /* a file of "user:password", 0600; NULL: none */
    enum keelson_instance_state state;
    char evidence[256]; /* what was answered, or why nothing is known; never a secret */
};
/* Asks all, several at a time, within the call's deadline. *first is where it begins, and where the next call
 * is to: the first that there was no time for, so that controllers which do not answer keep no others from
 * being asked for ever. Any thread. */
void power_ask(struct cloud_http *http, const struct keelson_call *call, struct power_question *questions,
               uint32_t count, atomic_uint *first);

#endif
