/* SPDX-License-Identifier: Apache-2.0 */
/* A source of ConfigMaps, Secrets and tokens for tests: documents that the test sets, tokens that count up.
 * One thread. */
#ifndef KEELSON_KUBELET_TEST_SOURCE_H
#define KEELSON_KUBELET_TEST_SOURCE_H

#include "core/kubelet/volume.h"

struct test_source {
    struct volume_source source;
    const char *config_map_name, *config_map, *secret_name, *secret; /* JSON; names NULL: there is none */
    int tokens, added;
};
void test_source_init(struct test_source *t);

#endif
