/* SPDX-License-Identifier: Apache-2.0 */
/* base64 (RFC 4648), hexadecimal and percent coding. Any thread. */
#ifndef KEELSON_BASE_ENCODING_H
#define KEELSON_BASE_ENCODING_H

#include <stdbool.h>

#include "core/base/buffer.h"

enum base64_alphabet { BASE64_STANDARD, BASE64_URL /* no padding, RFC 4648 section 5 */ };
void base64_encode(struct buffer *out, const void *data, size_t size, enum base64_alphabet alphabet);
/* False on any character, length or padding that the alphabet does not allow; out is then unchanged. In the
 * standard alphabet line ends are skipped, as upstream's decoder does: Secrets are written with them. */
bool base64_decode(struct buffer *out, struct slice text, enum base64_alphabet alphabet);
void hex_encode(struct buffer *out, const void *data, size_t size);
/* %XX and, when plus_is_space, '+'. False on a broken escape or a NUL byte. */
bool percent_decode(struct buffer *out, struct slice text, bool plus_is_space);
void percent_encode(struct buffer *out, struct slice text); /* all but unreserved characters */
/* Well-formed UTF-8: no overlong forms, no surrogates. */
bool utf8_valid(struct slice text);
/* Each byte that is no part of it becomes U+FFFD: for text of programs that may say anything. */
void utf8_append_repaired(struct buffer *out, struct slice text);

#endif
