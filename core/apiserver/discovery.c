/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery as clients since the beginning know it: /api, /apis, /apis/GROUP, /apis/GROUP/VERSION. Made from
 * the resource rows when asked, which costs microseconds. */
#include <openssl/sha.h>
#include <stdio.h>

#include "core/apiserver/paths.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

/* The rows of one group stand together, its versions in order of preference. */
static const struct resource *rows(size_t *ret_count)
{
    return resource_table(ret_count);
}

static bool first_of_group(const struct resource *all, size_t i)
{
    return !i || strcmp(all[i].group, all[i - 1].group) != 0;
}

static bool first_of_version(const struct resource *all, size_t i)
{
    for (size_t j = i; j > 0 && !strcmp(all[j - 1].group, all[i].group); j--) {
        if (!strcmp(all[j - 1].version, all[i].version))
            return false;
    }
    return true;
}

void discovery_root(struct api_request *r, const char *rest)
{
    struct buffer out = BUFFER_INIT;
    size_t count;
    const struct resource *all = rows(&count);
    buffer_append_str(&out, "{\"paths\":[\"/api\",\"/api/v1\",\"/apis\"");
    for (size_t i = 0; i < count; i++) {
        if (*all[i].group && first_of_group(all, i))
            buffer_printf(&out, ",\"/apis/%s\"", all[i].group);
        if (*all[i].group && first_of_version(all, i))
            buffer_printf(&out, ",\"/apis/%s/%s\"", all[i].group, all[i].version);
    }
    for (const char *const *path = paths_shown; *path; path++)
        buffer_printf(&out, ",\"%s\"", *path);
    buffer_append_str(&out, "]}");
    respond_json(r, 200, &out);
}

void discovery_api(struct api_request *r, const char *rest)
{
    const char *aggregated = discovery_aggregated_version(r);
    if (aggregated) {
        discovery_aggregated(r, true, aggregated);
        return;
    }
    struct buffer out = BUFFER_INIT;
    buffer_printf(&out,
                  "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],\"serverAddressByClientCIDRs\":[{"
                  "\"clientCIDR\":\"0.0.0.0/0\",\"serverAddress\":\"%s:%lld\"}]}",
                  r->server->options->advertise_address ? r->server->options->advertise_address : "127.0.0.1",
                  (long long)r->server->port);
    respond_json(r, 200, &out);
}

/* `"name":…,"versions":[…],"preferredVersion":{…}` of the group whose first row is at i. */
static void write_group(struct buffer *out, const struct resource *all, size_t count, size_t i)
{
    buffer_printf(out, "\"name\":\"%s\",\"versions\":[", all[i].group);
    for (size_t j = i, shown = 0; j < count && !strcmp(all[j].group, all[i].group); j++) {
        if (first_of_version(all, j))
            buffer_printf(out, "%s{\"groupVersion\":\"%s/%s\",\"version\":\"%s\"}", shown++ ? "," : "",
                          all[j].group, all[j].version, all[j].version);
    }
    buffer_printf(out, "],\"preferredVersion\":{\"groupVersion\":\"%s/%s\",\"version\":\"%s\"}", all[i].group,
                  all[i].version, all[i].version);
}

void discovery_apis(struct api_request *r, const char *rest)
{
    const char *aggregated = discovery_aggregated_version(r);
    if (aggregated) {
        discovery_aggregated(r, false, aggregated);
        return;
    }
    struct buffer out = BUFFER_INIT;
    size_t count, shown = 0;
    const struct resource *all = rows(&count);
    buffer_append_str(&out, "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[");
    for (size_t i = 0; i < count; i++) {
        if (!*all[i].group || !first_of_group(all, i))
            continue;
        buffer_append_str(&out, shown++ ? ",{" : "{");
        write_group(&out, all, count, i);
        buffer_append_char(&out, '}');
    }
    buffer_append_str(&out, "]}");
    respond_json(r, 200, &out);
}

static void write_verbs(struct buffer *out, unsigned verbs)
{
    static const enum verb order[] = {VERB_CREATE, VERB_DELETE, VERB_DELETECOLLECTION, VERB_GET,
                                      VERB_LIST,   VERB_PATCH,  VERB_UPDATE,           VERB_WATCH};
    unsigned shown = 0;
    buffer_append_str(out, "\"verbs\":[");
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (verbs & order[i])
            buffer_printf(out, "%s\"%s\"", shown++ ? "," : "", verb_name(order[i]));
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

/* By which clients see that the stored version changed: the beginning of a SHA-256 of group, version and
 * kind. */
static void write_storage_hash(struct buffer *out, const struct resource *stored)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char text[256];
    int size = snprintf(text, sizeof(text), "%s/%s/%s", stored->group, stored->version, stored->kind);
    SHA256((const unsigned char *)text, MIN((size_t)size, sizeof(text) - 1), digest);
    buffer_append_str(out, ",\"storageVersionHash\":\"");
    base64_encode(out, digest, 8, BASE64_STANDARD);
    buffer_append_char(out, '"');
}

static void write_resource(struct buffer *out, const struct resource *row)
{
    buffer_printf(out, "{\"name\":\"%s\",\"singularName\":\"%s\",\"namespaced\":%s,\"kind\":\"%s\",",
                  row->plural, row->singular, row->namespaced ? "true" : "false", row->kind);
    write_verbs(out, row->verbs);
    write_words(out, "shortNames", row->short_names);
    write_words(out, "categories", row->categories);
    if (row->storage_prefix)
        write_storage_hash(out, row->storage ? row->storage : row);
    buffer_append_char(out, '}');
    for (unsigned i = 0; i < row->subs_count; i++) {
        const struct resource_sub *sub = &row->subs[i];
        buffer_printf(out, ",{\"name\":\"%s/%s\",\"singularName\":\"\",\"namespaced\":%s,", row->plural,
                      sub->name, row->namespaced ? "true" : "false");
        if (sub->version)
            buffer_printf(out, "\"group\":\"%s\",\"version\":\"%s\",", sub->group ? sub->group : "",
                          sub->version);
        buffer_printf(out, "\"kind\":\"%s\",", sub->kind);
        write_verbs(out, sub->verbs);
        buffer_append_char(out, '}');
    }
}

static void respond_resources(struct api_request *r, const char *group, const char *version)
{
    struct buffer out = BUFFER_INIT;
    size_t count, shown = 0;
    const struct resource *all = rows(&count);
    buffer_printf(
        &out,
        "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"%s%s%s\",\"resources\":[",
        group, *group ? "/" : "", version);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].group, group) != 0 || strcmp(all[i].version, version) != 0)
            continue;
        if (shown++)
            buffer_append_char(&out, ',');
        write_resource(&out, &all[i]);
    }
    buffer_append_str(&out, "]}");
    if (shown) {
        respond_json(r, 200, &out);
        return;
    }
    _cleanup_(error_done) struct error err = ERROR_INIT;
    buffer_done(&out);
    error_set(&err, ERR_NOT_FOUND, "the server could not find the requested resource");
    respond_error(r, &err);
}

static void respond_group(struct api_request *r, const char *group)
{
    struct buffer out = BUFFER_INIT;
    size_t count, i = 0;
    const struct resource *all = rows(&count);
    while (i < count && strcmp(all[i].group, group) != 0)
        i++;
    if (i == count) {
        respond_resources(r, group, ""); /* not found */
        return;
    }
    buffer_append_str(&out, "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",");
    write_group(&out, all, count, i);
    buffer_append_char(&out, '}');
    respond_json(r, 200, &out);
}

void discovery_group(struct api_request *r, const char *rest)
{
    bool legacy = !strncmp(r->path, "/api/", 5);
    struct slice parts = slice_of(rest);
    struct slice first = slice_cut(&parts, '/'), second = parts.data ? slice_cut(&parts, '/') : SLICE("");
    const char *a = arena_strndup(&r->arena, first.data, first.size),
               *b = arena_strndup(&r->arena, second.data, second.size);
    if (legacy)
        respond_resources(r, "", *b ? "" : a);
    else if (*b)
        respond_resources(r, a, b);
    else
        respond_group(r, a);
}
