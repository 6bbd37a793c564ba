/* SPDX-License-Identifier: Apache-2.0 */
/* Values of <keelson/storage.h> as they cross: what isolate-storage-node.c and isolate-storage-controller.c
 * share. What is read stands in the frame and the reader's arena. */
#ifndef KEELSON_PLUGIN_ISOLATE_STORAGE_H
#define KEELSON_PLUGIN_ISOLATE_STORAGE_H

#include <keelson/storage.h>

#include "core/plugin/isolate.h"

void storage_put_volume(struct buffer *out, const struct keelson_volume *volume);
const struct keelson_volume *storage_get_volume(struct frame_reader *r);

/* The daemon's put for a sink of drivers, and the child's sink. */
int storage_take_driver(struct frame_reader *r, void *sink);
struct keelson_storage_driver_sink storage_driver_sink(struct serving *s);

#endif
