/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is ours in the project: things have names made of the cluster's name and a Service's UID, so that each
 * can be found without a list and made twice without harm, and a description that says the same in clear,
 * which is what decides. A thing with one of our names and another description is somebody else's.
 */
#ifndef KEELSON_CLOUD_GCP_IDENTITY_H
#define KEELSON_CLOUD_GCP_IDENTITY_H

#include "plugins/cloud-gcp/gcp.h"

#define RESOURCE_NAME_SIZE 64

/* "kl-" and 8 digits of the cluster. */
void identity_cluster(const struct gcp *g, char ret[RESOURCE_NAME_SIZE]);
/* That, and 20 digits of whom it serves (a Service's UID, a route's node and destination). */
void identity_name(const struct gcp *g, const char *whom, char ret[RESOURCE_NAME_SIZE]);

/* The description of a thing. whom and kind: "service" and "namespace/name", "node" and its name; uid: NULL
 * if it has none. The text is the caller's; NULL: no memory. */
char *identity_description(const struct gcp *g, const char *kind, const char *whom, const char *uid);
/* Does the thing's description name this cluster, and this uid (NULL: no matter)? */
bool identity_is_ours(const struct gcp *g, json_object *resource, const char *uid);
/* What its description says under this key; the text is the caller's, NULL: nothing. */
char *identity_said(json_object *resource, const char *key);

#endif
