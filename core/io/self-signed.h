/* SPDX-License-Identifier: Apache-2.0 */
/* A serving certificate that nobody signed but itself, for servers that were given none. Any thread. */
#ifndef KEELSON_IO_SELF_SIGNED_H
#define KEELSON_IO_SELF_SIGNED_H

#include "core/base/buffer.h"
#include "core/base/error.h"

/* PEM of a certificate for name, localhost, 127.0.0.1 and the others (IP addresses or DNS names,
 * NULL-terminated; may be NULL), good for a year, and of its key. */
int self_signed_make(const char *name, const char *const *others, struct buffer *ret_certificate,
                     struct buffer *ret_key, struct error *err);

#endif
