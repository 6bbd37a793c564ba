/* SPDX-License-Identifier: Apache-2.0 */
/* A short memory of what the API server said about tokens and permissions. Any thread. */
#ifndef KEELSON_KUBELET_SERVER_VERDICTS_H
#define KEELSON_KUBELET_SERVER_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buffer.h"

struct verdicts;
struct verdicts *verdicts_new(void);
void verdicts_free(struct verdicts *v);
/* False: nothing is known, or no longer. ret_text may be NULL, else *ret_text is a reference or NULL. */
bool verdicts_get(struct verdicts *v, struct slice key, bool *ret_good, struct bytes **ret_text);
void verdicts_put(struct verdicts *v, struct slice key, bool good,
                  struct bytes *text /* or NULL; referenced */, int64_t life_ns);

#endif
