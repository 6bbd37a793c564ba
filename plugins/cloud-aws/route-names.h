/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which node is on the instance that a route leads to. AWS does not know: a node need not be called by its
 * instance's DNS name. So it is what the host said when it asked for the route, and of a route that was made
 * before this process nothing is said until the host asks for it again: a wrong name would have it removed,
 * as one to a node that is no more. Any thread.
 */
#ifndef CLOUD_AWS_ROUTE_NAMES_H
#define CLOUD_AWS_ROUTE_NAMES_H

#include "plugins/cloud-aws/aws.h"
#include "plugins/cloud-aws/text.h"

struct route_names *route_names_new(void);
void route_names_free(struct route_names *n);
void route_names_learn(struct route_names *n, const char *instance, const char *node);
/* A copy; NULL: nobody said. */
char *route_names_find(struct route_names *n, const char *instance);
/* No route leads to others any more. */
void route_names_keep(struct route_names *n, const struct texts *instances);

#endif
