/* SPDX-License-Identifier: Apache-2.0 */
/* Which function answers which request. */
#ifndef KEELSON_APISERVER_DISPATCH_H
#define KEELSON_APISERVER_DISPATCH_H

#include "core/apiserver/request.h"

struct dispatch_row {
    const char *group, *plural, *sub;
    void (*handle)(struct api_request *r); /* loop thread */
    bool passes; /* on what somebody else says, in whatever form; otherwise the answer is one document */
};
/* Subresources with behaviour of their own, and resources that are not stored (dispatch-rows.c). */
extern const struct dispatch_row dispatch_subs[], dispatch_virtual[];
extern const size_t dispatch_subs_count, dispatch_virtual_count;

void dispatch_resource(struct api_request *r);

#endif
