/* SPDX-License-Identifier: Apache-2.0 */
/* Server-side apply, and who the manager of a request's fields is. Workers. */
#ifndef KEELSON_APISERVER_VERB_APPLY_H
#define KEELSON_APISERVER_VERB_APPLY_H

#include "core/api/managed-fields.h"
#include "core/apiserver/request.h"

/* Carries out a PATCH of that type. */
void verb_apply_work(struct api_request *r);
/* ?fieldManager, or the program's name from the User-Agent. In the request's arena. */
struct field_manager field_manager_of(struct api_request *r);

#endif
