/* SPDX-License-Identifier: Apache-2.0 */
/* What a container left behind to say why it ended. Any thread; reads files. */
#ifndef KEELSON_KUBELET_TERMINATION_MESSAGE_H
#define KEELSON_KUBELET_TERMINATION_MESSAGE_H

#include "core/kubelet/runtime.h"

/* The end of its termination message file, at most 4 KiB; where that is empty and the policy says so, of the
 * log of one that failed: the last 80 lines, at most 2 KiB. */
void termination_message_read(const struct runtime_container *ended, struct buffer *out);

#endif
