/* SPDX-License-Identifier: Apache-2.0 */
/* What others need of the services' strategy. */
#ifndef KEELSON_APISERVER_STRATEGY_SERVICE_H
#define KEELSON_APISERVER_STRATEGY_SERVICE_H

#include "core/api/json.h"
#include "core/apiserver/service-ranges.h"

/* The first address of the first range, which is that of the Service `kubernetes`. */
bool service_first_address(char out[ADDRESS_TEXT_MAX]);

#endif
