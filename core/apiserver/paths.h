/* SPDX-License-Identifier: Apache-2.0 */
/* What is served that is not a resource: discovery, health, version, metrics, OpenAPI, the issuer's
 * documents. */
#ifndef KEELSON_APISERVER_PATHS_H
#define KEELSON_APISERVER_PATHS_H

#include "core/apiserver/request.h"

/* Handlers of paths.c's rows. Loop thread; each ends the request. rest: what follows the row's path. */
void discovery_root(struct api_request *r, const char *rest);  /* / */
void discovery_api(struct api_request *r, const char *rest);   /* /api */
void discovery_apis(struct api_request *r, const char *rest);  /* /apis */
void discovery_group(struct api_request *r, const char *rest); /* /api/v1, /apis/G, /apis/G/V */
void health_handle(struct api_request *r, const char *rest);   /* /healthz, /livez, /readyz */
void openapi_handle(struct api_request *r, const char *rest);  /* /openapi/v2, /openapi/v3/… */
void metrics_handle(struct api_request *r, const char *rest);  /* /metrics */
/* For discovery_root. */
extern const char *const paths_shown[];
/* Which of the aggregated forms the Accept header asks for first (apidiscovery.k8s.io "v2", "v2beta1"); NULL:
 * neither. */
const char *discovery_aggregated_version(struct api_request *r);
void discovery_aggregated(struct api_request *r, bool legacy, const char *version);

#endif
