/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read with a limit, written so that a reader sees the old or the new one and never a part. Any
 * thread. */
#ifndef KEELSON_BASE_FILE_H
#define KEELSON_BASE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

/* Appends the file; more than limit bytes is ERR_TOO_LARGE. */
int file_read(const char *path, size_t limit, struct buffer *out, struct error *err);
/* Temporary file, fsync, rename, fsync of the folder. */
int file_write_atomic(const char *path, struct slice data, mode_t mode, struct error *err);
/* Plain write, for procfs, cgroups and such, where a rename means nothing. An ordinary file is made, mode
 * 0644. */
int file_write(const char *path, struct slice data, struct error *err);
/* Like mkdir -p; only what is new gets the mode. */
int directory_make(const char *path, mode_t mode, struct error *err);
/* Like rm -rf: what is missing is no error. Follows no links and enters no mount, bind mounts included: path
 * being one or having one below is ERR_CONFLICT. Links and files at path itself are removed too. */
int directory_remove(const char *path, struct error *err);
bool file_exists(const char *path);

#endif
