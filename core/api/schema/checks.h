/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that a row can name: what a text may look like. Rows of a table in validate-checks.c. */
#ifndef KEELSON_API_SCHEMA_CHECKS_H
#define KEELSON_API_SCHEMA_CHECKS_H

#include "core/base/buffer.h"

struct schema_check {
    const char *name;
    const char *(*wrong)(struct slice text); /* NULL: right; else upstream's message */
};
extern const struct schema_check schema_check_dns1123_label, schema_check_dns1123_subdomain,
    schema_check_dns1035_label, schema_check_path_segment, schema_check_qualified, schema_check_label_value,
    schema_check_env_var, schema_check_config_key, schema_check_port_name, schema_check_ip, schema_check_cidr,
    schema_check_domain_path;

#endif
