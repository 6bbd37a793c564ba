/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for names (RFC 1123 labels and subdomains, RFC 1035 labels, qualified names, label values, …).
 * Each check returns NULL when the text is right, else upstream's message about what is wrong (static text,
 * or in a per-thread buffer valid until the next check). Any thread.
 */
#ifndef KEELSON_API_NAMES_H
#define KEELSON_API_NAMES_H

#include "core/base/buffer.h"

const char *name_check_dns1123_label(struct slice text);
const char *name_check_dns1123_subdomain(struct slice text);
const char *name_check_dns1035_label(struct slice text);
const char *name_check_path_segment(struct slice text); /* RBAC names: not ".", "..", no '/' nor '%' */
const char *
name_check_qualified(struct slice text); /* [prefix/]name: label keys, annotation keys, finalizers */
const char *name_check_label_value(struct slice text);
const char *name_check_env_var(struct slice text);
const char *name_check_config_key(struct slice text);  /* ConfigMap and Secret keys */
const char *name_check_port_name(struct slice text);   /* IANA_SVC_NAME */
const char *name_check_domain_path(struct slice text); /* "example.com/name" */
const char *name_check_wildcard(struct slice text);    /* "*." and a subdomain */
const char *name_check_ip(struct slice text);
const char *
name_check_cidr(struct slice text); /* host bits are allowed, as in NetworkPolicy and other old fields */
const char *
name_check_cidr_network(struct slice text); /* no bits beyond the prefix: ServiceCIDR, pod CIDRs */

/* Whether all addresses of the one block are in the other, and not all of them; false when one is no CIDR. */
bool cidr_is_within(struct slice inner, struct slice outer);

#endif
