/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of subresources and of resources that are not stored; named in dispatch-rows.c. Loop thread; each
 * ends the request. */
#ifndef KEELSON_APISERVER_HANDLERS_H
#define KEELSON_APISERVER_HANDLERS_H

#include "core/apiserver/request.h"

void handle_scale(struct api_request *r);    /* scale.c */
void handle_binding(struct api_request *r);  /* pod-binding.c */
void handle_eviction(struct api_request *r); /* pod-eviction.c */
void handle_log(struct api_request *r);      /* connect.c */
void handle_exec(struct api_request *r);
void handle_attach(struct api_request *r);
void handle_port_forward(struct api_request *r);
void handle_node_proxy(struct api_request *r);
void handle_pod_proxy(struct api_request *r);
void handle_service_proxy(struct api_request *r);
void handle_component_status(struct api_request *r); /* component-status.c */
void handle_token(struct api_request *r);            /* service-account-token.c */
void handle_review(
    struct api_request *r); /* review.c: TokenReview, SelfSubjectReview, SubjectAccessReview and its kin */

#endif
