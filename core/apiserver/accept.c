/* SPDX-License-Identifier: Apache-2.0 */
/* Content negotiation. Clauses are taken in the order in which they are written, as Kubernetes clients write
 * no q values that say otherwise. */
#include "core/apiserver/accept.h"

#include <strings.h>

#include "core/base/memory.h"

static bool is(struct slice a, const char *text)
{
    return a.size == strlen(text) && !strncasecmp(a.data, text, a.size);
}

enum media media_of(struct slice content_type)
{
    struct slice rest = content_type, type = slice_trim(slice_cut(&rest, ';'));
    if (!type.size || is(type, "application/json") || is(type, "*/*") || is(type, "application/*"))
        return MEDIA_JSON;
    if (is(type, "application/yaml") || is(type, "application/x-yaml") || is(type, "text/yaml"))
        return MEDIA_YAML;
    return is(type, "application/vnd.kubernetes.protobuf") ? MEDIA_PROTOBUF : MEDIA_OTHER;
}

bool accept_next(struct slice *rest, struct accept_clause *ret)
{
    if (!rest->data)
        return false;
    struct slice clause = slice_trim(slice_cut(rest, ','));
    *ret = (struct accept_clause){.media = media_of(clause)};
    ret->type = slice_trim(slice_cut(&clause, ';'));
    while (clause.size) {
        struct slice value = slice_trim(slice_cut(&clause, ';'));
        struct slice name = slice_trim(slice_cut(&value, '='));
        if (is(name, "as"))
            ret->as = value;
        else if (is(name, "g"))
            ret->group = value;
        else if (is(name, "v"))
            ret->version = value;
        else if (is(name, "profile"))
            ret->profile = value;
    }
    return true;
}

static bool output_of(const struct accept_clause *c, const struct api_request *r, struct output *ret)
{
    *ret = (struct output){.media = c->media};
    if (c->media == MEDIA_OTHER || c->media == MEDIA_YAML)
        return false;
    if (!c->as.size)
        return true;
    if (!is(c->group, "meta.k8s.io"))
        return false;
    ret->v1beta1 = is(c->version, "v1beta1");
    if (!ret->v1beta1 && !is(c->version, "v1"))
        return false;
    if (is(c->as, "Table") && c->media == MEDIA_JSON) {
        ret->shape = OUTPUT_TABLE;
        return true;
    }
    ret->shape = OUTPUT_PARTIAL;
    return !strcmp(r->verb, "list") ? is(c->as, "PartialObjectMetadataList")
                                    : is(c->as, "PartialObjectMetadata");
}

static int choose_rows(struct api_request *r, struct output *o, struct error *err)
{
    const char *include = api_request_query(r, "includeObject");
    if (!include || !*include || !strcmp(include, "Metadata"))
        o->rows = INCLUDE_METADATA;
    else if (!strcmp(include, "Object"))
        o->rows = INCLUDE_OBJECT;
    else if (!strcmp(include, "None"))
        o->rows = INCLUDE_NONE;
    else
        return error_set(err, ERR_BAD_REQUEST,
                         "includeObject: Unsupported value: \"%s\": supported values: \"\", \"Metadata\", "
                         "\"None\", \"Object\"",
                         include);
    return 0;
}

/* plain: no shape but the full one. */
static int choose(struct api_request *r, bool plain, struct output *ret, struct error *err)
{
    struct slice rest = http_request_header(r->http, "accept");
    struct accept_clause clause;
    struct output candidate;
    bool found = false;
    if (!rest.size) {
        *ret = (struct output){.media = MEDIA_JSON};
        return 0;
    }
    while (accept_next(&rest, &clause)) {
        if (!output_of(&clause, r, &candidate) || (plain && candidate.shape != OUTPUT_FULL))
            continue;
        if (!found)
            *ret = candidate;
        else if (candidate.shape == ret->shape && candidate.v1beta1 == ret->v1beta1 &&
                 candidate.media == MEDIA_JSON)
            ret->media = MEDIA_JSON;
        found = true;
    }
    return found ? 0
                 : error_set(err, ERR_NOT_ACCEPTABLE,
                             "only the following media types are accepted: application/json, "
                             "application/vnd.kubernetes.protobuf");
}

int output_choose(struct api_request *r, struct output *ret, struct error *err)
{
    if (choose(r, false, ret, err) < 0)
        return -1;
    return ret->shape == OUTPUT_TABLE ? choose_rows(r, ret, err) : 0;
}

int output_choose_plain(struct api_request *r, struct output *ret, struct error *err)
{
    return choose(r, true, ret, err);
}

bool accepts_gzip(const struct api_request *r)
{
    struct slice rest = r->http ? http_request_header(r->http, "accept-encoding") : (struct slice){0};
    while (rest.data) {
        struct slice clause = slice_cut(&rest, ','), coding = slice_trim(slice_cut(&clause, ';'));
        clause = slice_trim(clause);
        if (is(coding, "gzip"))
            return !slice_is(clause, "q=0") && !slice_starts(clause, "q=0.0");
    }
    return false;
}

const char *output_content_type(const struct output *o)
{
    return o->media == MEDIA_PROTOBUF ? "application/vnd.kubernetes.protobuf" : "application/json";
}
