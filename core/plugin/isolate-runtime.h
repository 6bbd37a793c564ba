/* SPDX-License-Identifier: Apache-2.0 */
/* Values of <keelson/runtime.h> as they cross: what isolate-runtime.c and isolate-images.c share. What is
 * read stands in the frame and the reader's arena. */
#ifndef KEELSON_PLUGIN_ISOLATE_RUNTIME_H
#define KEELSON_PLUGIN_ISOLATE_RUNTIME_H

#include <keelson/runtime.h>

#include "core/plugin/isolate.h"

/* NULL stays NULL. */
void runtime_put_resources(struct buffer *out, const struct keelson_resources *resources);
const struct keelson_resources *runtime_get_resources(struct frame_reader *r);
void runtime_put_sandbox_config(struct buffer *out, const struct keelson_sandbox_config *config);
const struct keelson_sandbox_config *runtime_get_sandbox_config(struct frame_reader *r);
void runtime_put_container_config(struct buffer *out, const struct keelson_container_config *config);
const struct keelson_container_config *runtime_get_container_config(struct frame_reader *r);

/* The daemon's put for a text sink. */
int runtime_take_text(struct frame_reader *r, const struct keelson_text_sink *sink);
int runtime_put_text(struct frame_reader *r, void *sink); /* the same, as an isolate_put */
/* The child's text sink. */
struct keelson_text_sink runtime_text_sink(struct serving *s);

#endif
