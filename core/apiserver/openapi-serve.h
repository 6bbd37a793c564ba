/* SPDX-License-Identifier: Apache-2.0 */
/* The kept OpenAPI documents. */
#ifndef KEELSON_APISERVER_OPENAPI_SERVE_H
#define KEELSON_APISERVER_OPENAPI_SERVE_H

#include <stdint.h>

/* Drops those that nobody asked for lately. Any thread. */
void openapi_age(int64_t now_ms);

#endif
