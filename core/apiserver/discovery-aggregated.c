/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregated discovery (apidiscovery.k8s.io, v2 and v2beta1): everything in one document, with an ETag, so
 * that a client whose copy is good gets a 304. The documents are made once and kept: rows do not change while
 * the server runs.
 */
#include <pthread.h>
#include <stdio.h>

#include "core/apiserver/accept.h"
#include "core/apiserver/paths.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/encoding.h"
#include "core/base/map.h"
#include "core/base/memory.h"

static const char *const forms[] = {"v2", "v2beta1"};

const char *discovery_aggregated_version(struct api_request *r)
{
    struct slice rest = http_request_header(r->http, "accept");
    struct accept_clause clause;
    while (accept_next(&rest, &clause)) {
        if (clause.media != MEDIA_JSON)
            continue;
        if (!clause.as.size)
            return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
            if (slice_is(clause.as, "APIGroupDiscoveryList") &&
                slice_is(clause.group, "apidiscovery.k8s.io") && slice_is(clause.version, forms[i]))
                return forms[i];
        }
    }
    return NULL;
}

static void write_verbs(struct buffer *out, unsigned verbs)
{
    unsigned shown = 0;
    buffer_append_str(out, ",\"verbs\":[");
    for (unsigned bit = VERB_GET; bit <= VERB_DELETECOLLECTION; bit <<= 1) {
        if (verbs & bit)
            buffer_printf(out, "%s\"%s\"", shown++ ? "," : "", verb_name((enum verb)bit));
    }
    buffer_append_char(out, ']');
}

static void write_words(struct buffer *out, const char *name, const char *const *words)
{
    if (!words || !*words)
        return;
    buffer_printf(out, ",\"%s\":[", name);
    for (unsigned i = 0; words[i]; i++)
        buffer_printf(out, "%s\"%s\"", i ? "," : "", words[i]);
    buffer_append_char(out, ']');
}

static void write_kind(struct buffer *out, const char *group, const char *version, const char *kind)
{
    buffer_printf(out, "\"responseKind\":{\"group\":\"%s\",\"version\":\"%s\",\"kind\":\"%s\"}", group,
                  version, kind);
}

static void write_resource(struct buffer *out, const struct resource *row)
{
    buffer_printf(out, "{\"resource\":\"%s\",", row->plural);
    write_kind(out, row->group, row->version, row->kind);
    buffer_printf(out, ",\"scope\":\"%s\",\"singularResource\":\"%s\"",
                  row->namespaced ? "Namespaced" : "Cluster", row->singular);
    write_verbs(out, row->verbs);
    write_words(out, "shortNames", row->short_names);
    write_words(out, "categories", row->categories);
    if (row->subs_count)
        buffer_append_str(out, ",\"subresources\":[");
    for (unsigned i = 0; i < row->subs_count; i++) {
        const struct resource_sub *sub = &row->subs[i];
        buffer_printf(out, "%s{\"subresource\":\"%s\",", i ? "," : "", sub->name);
        write_kind(out, sub->version ? sub->group : row->group, sub->version ? sub->version : row->version,
                   sub->kind);
        write_verbs(out, sub->verbs);
        buffer_append_char(out, '}');
    }
    buffer_append_str(out, row->subs_count ? "]}" : "}");
}

/* The rows of one group and version, which need not stand together; seen: whether an earlier row had them. */
static void write_version(struct buffer *out, const struct resource *all, size_t count, size_t i)
{
    unsigned shown = 0;
    buffer_printf(out, "{\"version\":\"%s\",\"resources\":[", all[i].version);
    for (size_t j = i; j < count && !strcmp(all[j].group, all[i].group); j++) {
        if (strcmp(all[j].version, all[i].version) != 0)
            continue;
        if (shown++)
            buffer_append_char(out, ',');
        write_resource(out, &all[j]);
    }
    buffer_append_str(out, "],\"freshness\":\"Current\"}");
}

static void write_group(struct buffer *out, const struct resource *all, size_t count, size_t i)
{
    unsigned shown = 0;
    if (*all[i].group)
        buffer_printf(out, "{\"metadata\":{\"name\":\"%s\",\"creationTimestamp\":null},\"versions\":[",
                      all[i].group);
    else
        buffer_append_str(out, "{\"metadata\":{\"creationTimestamp\":null},\"versions\":[");
    for (size_t j = i; j < count && !strcmp(all[j].group, all[i].group); j++) {
        bool seen = false;
        for (size_t k = i; k < j; k++)
            seen = seen || !strcmp(all[k].version, all[j].version);
        if (seen)
            continue;
        if (shown++)
            buffer_append_char(out, ',');
        write_version(out, all, count, j);
    }
    buffer_append_str(out, "]}");
}

struct document {
    struct bytes *body;
    char etag[24];
};

static struct document make(bool legacy, const char *version)
{
    struct buffer out = BUFFER_INIT;
    struct document d;
    size_t count, shown = 0;
    const struct resource *all = resource_table(&count);
    buffer_printf(&out,
                  "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/"
                  "%s\",\"metadata\":{},\"items\":[",
                  version);
    for (size_t i = 0; i < count; i++) {
        if (legacy != !*all[i].group || (i && !strcmp(all[i].group, all[i - 1].group)))
            continue;
        if (shown++)
            buffer_append_char(&out, ',');
        write_group(&out, all, count, i);
    }
    buffer_append_str(&out, "]}");
    snprintf(d.etag, sizeof(d.etag), "\"%016llX\"", (unsigned long long)hash_fnv64a(out.data, out.size));
    d.body = bytes_take_buffer(&out);
    return d;
}

void discovery_aggregated(struct api_request *r, bool legacy, const char *version)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards documents */
    static struct document documents[2][2];
    pthread_mutex_lock(&lock);
    struct document *d = &documents[legacy][version == forms[1]];
    if (!d->body)
        *d = make(legacy, version);
    pthread_mutex_unlock(&lock);
    const char *type = arena_printf(
        &r->arena, "application/json;g=apidiscovery.k8s.io;v=%s;as=APIGroupDiscoveryList", version);
    const char *const headers[] = {"etag",   d->etag,    "cache-control", "public", "vary",
                                   "Accept", "audit-id", r->audit_id,     NULL};
    bool same = slice_is(http_request_header(r->http, "if-none-match"), d->etag);
    http_respond(r->http, same ? 304 : 200, same ? NULL : type, headers, same ? NULL : d->body);
    request_end(r, same ? 304 : 200);
}
