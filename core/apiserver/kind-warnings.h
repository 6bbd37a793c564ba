/* SPDX-License-Identifier: Apache-2.0 */
/* What a user is told about a kind beside the answer (Warning header; kubectl shows it): that it is
 * deprecated, as upstream says it, or that nothing in this version acts on what is being written. */
#ifndef KEELSON_APISERVER_KIND_WARNINGS_H
#define KEELSON_APISERVER_KIND_WARNINGS_H

#include "core/apiserver/request.h"

void kind_warnings_add(struct api_request *r);

#endif
