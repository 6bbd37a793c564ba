/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources that change while the pod runs (the resize subresource). What a pod asks for is its spec; what it
 * has been given is what its status shows of each container (which outlives a restart of the kubelet). A
 * change is taken when the node has room for it, else the pod goes on as it is, and says why. The pod's
 * worker only.
 */
#ifndef KEELSON_KUBELET_RESIZE_H
#define KEELSON_KUBELET_RESIZE_H

#include "core/kubelet/pod-worker.h"

/* What is made of the wish: r->document's containers get the resources that they are to have now, and
 * r->resize says what stands in the way of the rest. */
void resize_decide(struct pod_run *r);
/* Gives running containers what resize_decide() granted, as far as they need not be restarted for it. */
void resize_apply(struct pod_run *r);

#endif
