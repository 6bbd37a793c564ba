/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored objects in another version than the stored one, or in protobuf: what costs a parse. Any thread.
 */
#ifndef KEELSON_APISERVER_VERSIONS_H
#define KEELSON_APISERVER_VERSIONS_H

#include "core/apiserver/stored.h"

/* Whether objects of this row have to be converted: its version's fields differ from the stored version's. */
bool versions_differ(const struct resource *resource);
enum versions_form { VERSIONS_WITH_KIND, VERSIONS_ITEM /* of a list: without kind and apiVersion */ };
void versions_write(const struct resource *resource, const struct object *o, uint64_t revision,
                    enum versions_form form, struct buffer *out);
/* Parsed, in the row's version. Never fails: both are versions of one kind. */
struct json *versions_parse(const struct object *o, const struct resource *resource, struct arena *arena);
/* To the stored version, in place. */
int versions_to_storage(const struct resource *resource, struct arena *arena, struct json *document,
                        struct error *err);
/* From whatever version a value of the store has. */
int versions_normalize(const struct resource *storage, struct arena *arena, struct json *document,
                       struct error *err);
/* With the envelope ("k8s\0", runtime.Unknown). ERR_NOT_ACCEPTABLE when the type has no protobuf form. */
int versions_write_protobuf(const struct resource *resource, bool partial, const struct object *o,
                            uint64_t revision, struct buffer *out, struct error *err);

#endif
