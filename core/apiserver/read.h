/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fresh a read has to be (API concepts, "Resource versions"): without resourceVersion as fresh as the
 * store, with 0 as it comes, with N not older than N. What every cached read asks before it answers.
 */
#ifndef KEELSON_APISERVER_READ_H
#define KEELSON_APISERVER_READ_H

#include "core/apiserver/request.h"

/* "" and NULL: 0. ERR_BAD_REQUEST for what is no number. */
int read_revision(const char *text, uint64_t *ret, struct error *err);
/* The cache is as fresh as the request's resourceVersion wants; any thread. */
bool read_is_ready(const struct api_request *r);
/* Waits until it is. Workers. ERR_TIMEOUT with upstream's "Too large resource version". */
int read_wait(struct api_request *r, struct error *err);
/* A revision from the future. */
int read_too_large(uint64_t wanted, uint64_t current, struct error *err);

#endif
