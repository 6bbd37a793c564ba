/* SPDX-License-Identifier: Apache-2.0 */
/* APIs that go on but that nobody should begin to use: who asks for one is told (Warning header), as by
 * upstream. */
#ifndef KEELSON_APISERVER_DEPRECATIONS_H
#define KEELSON_APISERVER_DEPRECATIONS_H

#include "core/apiserver/request.h"

void deprecations_warn(struct api_request *r);

#endif
