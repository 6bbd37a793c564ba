/* SPDX-License-Identifier: Apache-2.0 */
/* The forms in which watch events are written, and one event in one form. */
#ifndef KEELSON_APISERVER_WATCH_ENCODE_H
#define KEELSON_APISERVER_WATCH_ENCODE_H

#include "core/apiserver/accept.h"
#include "core/apiserver/stored.h"

enum watch_type { WATCH_NONE, WATCH_ADDED, WATCH_MODIFIED, WATCH_DELETED };

/* One form: a served version and a shape. */
struct watch_form {
    const struct resource *resource;
    struct output output;
    char *head; /* what stands before metadata's members */
};
void watch_form_init(struct watch_form *form, const struct resource *resource, const struct output *output);
void watch_form_done(struct watch_form *form);

/* Appends one event. first: of its watch (a Table then has its column definitions). */
void watch_encode(struct buffer *out, const struct watch_form *form, enum watch_type type,
                  const struct object *object, uint64_t revision, bool first);
void watch_encode_bookmark(struct buffer *out, const struct watch_form *form, uint64_t revision,
                           bool initial_end);
void watch_encode_error(struct buffer *out, const struct watch_form *form, const struct error *err);
const char *watch_content_type(const struct watch_form *form);

#endif
