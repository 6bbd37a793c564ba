/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images: pull policies with back-off, credentials from pull secrets, and taking away what nobody uses when
 * the disk fills. Functions block; any pool thread.
 */
#ifndef KEELSON_KUBELET_IMAGES_H
#define KEELSON_KUBELET_IMAGES_H

#include "core/kubelet/pods.h"

struct images;
struct images *images_new(struct kubelet *k);
void images_free(struct images *i);

struct image_wanted {
    struct pod *pod;
    const struct json *document, *container;
    const struct keelson_sandbox_config *sandbox;
    int cancel_fd;
};
/* Makes the image be there, pulling it if need be. On failure *ret_reason is the waiting reason
 * (ErrImagePull, ErrImageNeverPull, InvalidImageName, …) and err the message; when a pull may be tried again
 * is remembered with the container. */
int images_ensure(struct images *i, const struct image_wanted *wanted, struct arena *arena,
                  struct runtime_image **ret, const char **ret_ref, const char **ret_reason,
                  struct error *err);
/* "docker.io/library/nginx:latest" → NULL when it can be a reference, else why not. */
const char *image_name_wrong(const char *image);
/* The registry's host of a reference ("docker.io" when none is named), in the arena. */
const char *image_registry(struct arena *arena, const char *image);
/* Takes images away while the disk is fuller than the high threshold, down to the low one. always: whatever
 * nobody uses (disk pressure). */
int images_collect(struct images *i, bool always, struct error *err);
/* Fills status.images of a node, largest first, at most 50. */
void images_report(struct images *i, struct arena *arena, struct json *list);

#endif
