/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that rows name, by the rules of names.h. */
#include "core/api/names.h"
#include "core/api/schema/checks.h"

#define CHECK(name_, text_) const struct schema_check schema_check_##name_ = {(text_), name_check_##name_}

CHECK(dns1123_label, "dns-1123-label");
CHECK(dns1123_subdomain, "dns-1123-subdomain");
CHECK(dns1035_label, "dns-1035-label");
CHECK(path_segment, "path-segment-name");
CHECK(qualified, "qualified-name");
CHECK(label_value, "label-value");
CHECK(env_var, "env-var-name");
CHECK(config_key, "config-map-key");
CHECK(port_name, "port-name");
CHECK(ip, "ip");
CHECK(cidr, "cidr");
CHECK(domain_path, "domain-prefixed-path");
