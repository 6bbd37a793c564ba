/* SPDX-License-Identifier: Apache-2.0 */
/* Content negotiation: the Accept header of a request, and what Content-Type a body has. Any thread. */
#ifndef KEELSON_APISERVER_ACCEPT_H
#define KEELSON_APISERVER_ACCEPT_H

#include "core/apiserver/request.h"

enum media { MEDIA_JSON, MEDIA_YAML, MEDIA_PROTOBUF, MEDIA_OTHER };

/* One clause: `application/json;as=Table;v=v1;g=meta.k8s.io`. Slices of the header. */
struct accept_clause {
    enum media media;
    struct slice as, group, version, profile;
    struct slice type; /* "application/json" */
};
/* Takes the next clause off *rest; false at the end. An absent header is one clause of JSON. */
bool accept_next(struct slice *rest, struct accept_clause *ret);
enum media media_of(struct slice content_type); /* parameters are left aside; an empty one is JSON */

/* How objects are written out. */
enum output_shape { OUTPUT_FULL, OUTPUT_TABLE, OUTPUT_PARTIAL };
struct output {
    enum media media;
    enum output_shape shape;
    bool v1beta1; /* of meta.k8s.io, for Table and PartialObjectMetadata */
    enum { INCLUDE_METADATA, INCLUDE_OBJECT, INCLUDE_NONE } rows; /* a Table's includeObject */
    bool framed; /* of a watch: each event is a WebSocket's message */
};
/* The first clause that can be served; of equal ones JSON, which costs no parse. ERR_NOT_ACCEPTABLE. */
int output_choose(struct api_request *r, struct output *ret, struct error *err);
/* The same for what has one shape: reviews, a Scale. */
int output_choose_plain(struct api_request *r, struct output *ret, struct error *err);
/* Whether the answer may be compressed (Accept-Encoding). */
bool accepts_gzip(const struct api_request *r);
const char *output_content_type(const struct output *o);

#endif
