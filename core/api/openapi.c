/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing OpenAPI documents: a walk's parts become text or messages as they pass. Nothing is kept but the
 * hashes of the built-in documents of version 3, by which clients tell whether what they have is still good:
 * those are computed once.
 */
#include "core/api/openapi.h"

#include <pthread.h>

#include "core/api/openapi-build.h"
#include "core/base/memory.h"

#define RELEASE "v1.36.0"

enum section { SECTION_PATHS, SECTION_PARAMETERS, SECTION_SCHEMAS };

struct writer {
    struct buffer *out;
    enum openapi_dialect dialect;
    enum section section;
    bool follows; /* something stands in this section already */
};

/* What stands between the sections of a JSON document. */
static const char *const openings[][3] = {
    [OPENAPI_V2] = {"", "},\"parameters\":{", "},\"definitions\":{"},
    [OPENAPI_V3] = {"", "},\"components\":{\"parameters\":{", "},\"schemas\":{"},
};

static void write_part(struct writer *w, enum section section, const char *name, const struct json *value)
{
    if (w->section != section) {
        buffer_append_str(w->out, openings[w->dialect][section]);
        w->section = section;
        w->follows = false;
    }
    if (w->follows)
        buffer_append_char(w->out, ',');
    w->follows = true;
    json_write_string(w->out, slice_of(name));
    buffer_append_char(w->out, ':');
    json_write(w->out, value);
}

static void write_path(void *context, const char *path, const struct json *item)
{
    write_part(context, SECTION_PATHS, path, item);
}

static void write_parameter(void *context, const char *name, const struct json *parameter)
{
    write_part(context, SECTION_PARAMETERS, name, parameter);
}

static void write_schema(void *context, const char *name, const struct json *schema)
{
    write_part(context, SECTION_SCHEMAS, name, schema);
}

static void begin_json(struct writer *w)
{
    buffer_printf(
        w->out, "{\"%s\":\"%s\",\"info\":{\"title\":\"Kubernetes\",\"version\":\"" RELEASE "\"},\"paths\":{",
        w->dialect == OPENAPI_V2 ? "swagger" : "openapi", w->dialect == OPENAPI_V2 ? "2.0" : "3.0.0");
}

static void end_json(struct writer *w)
{
    if (w->dialect == OPENAPI_V2)
        buffer_append_str(w->out, "},\"securityDefinitions\":{\"BearerToken\":{\"type\":\"apiKey\",\"name\":"
                                  "\"authorization\",\"in\":\"header\"}},"
                                  "\"security\":[{\"BearerToken\":[]}]}");
    else
        buffer_append_str(w->out, "},\"securitySchemes\":{\"BearerToken\":{\"type\":\"apiKey\",\"name\":"
                                  "\"authorization\",\"in\":\"header\"}}}}");
}

/* Numbers of Document's fields, and of what in them holds the named parts. A message may come in pieces:
 * readers put them together. */
static const struct layout {
    const struct gnostic_model *model;
    unsigned paths, path, parameters, schemas;
} layouts[] = {
    [OPENAPI_V2] = {&gnostic_v2, 8, 2, 10, 9},
    [OPENAPI_V3] = {&gnostic_v3, 4, 1, 3, 1},
};
#define V3_COMPONENTS 5

static void encode_path(void *context, const char *path, const struct json *item)
{
    struct writer *w = context;
    const struct layout *l = &layouts[w->dialect];
    size_t start = w->out->size;
    gnostic_append(w->out, l->path, l->model->path, path, item);
    gnostic_wrap(w->out, start, l->paths);
}

static void encode_component(struct writer *w, unsigned number, const struct gnostic_message *message,
                             const char *name, const struct json *value)
{
    size_t start = w->out->size;
    gnostic_append(w->out, 1, message, name, value);
    gnostic_wrap(w->out, start, number);
    if (w->dialect == OPENAPI_V3)
        gnostic_wrap(w->out, start, V3_COMPONENTS);
}

static void encode_parameter(void *context, const char *name, const struct json *parameter)
{
    struct writer *w = context;
    encode_component(w, layouts[w->dialect].parameters, layouts[w->dialect].model->parameter, name,
                     parameter);
}

static void encode_schema(void *context, const char *name, const struct json *schema)
{
    struct writer *w = context;
    encode_component(w, layouts[w->dialect].schemas, layouts[w->dialect].model->schema, name, schema);
}

static void begin_protobuf(struct writer *w)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *info = json_new_object(&arena);
    json_set_string(&arena, info, "title", "Kubernetes");
    json_set_string(&arena, info, "version", RELEASE);
    gnostic_append_string(w->out, 1, slice_of(w->dialect == OPENAPI_V2 ? "2.0" : "3.0.0"));
    gnostic_append(w->out, 2, layouts[w->dialect].model->info, NULL, info);
}

static bool write_document(const struct openapi_input *input, enum openapi_dialect dialect, const char *path,
                           enum openapi_encoding encoding, struct buffer *out)
{
    struct writer w = {.out = out, .dialect = dialect};
    size_t start = out->size;
    struct openapi_visitor visitor = {write_path, write_parameter, write_schema, &w};
    if (encoding == OPENAPI_PROTOBUF)
        visitor = (struct openapi_visitor){encode_path, encode_parameter, encode_schema, &w};
    if (encoding == OPENAPI_PROTOBUF)
        begin_protobuf(&w);
    else
        begin_json(&w);
    if (dialect == OPENAPI_V2)
        openapi_walk_v2(input, &visitor);
    else if (!openapi_walk_v3(input, path, &visitor)) {
        out->size = start;
        out->data[start] = '\0';
        return false;
    }
    if (encoding == OPENAPI_JSON)
        end_json(&w);
    return true;
}

void openapi_v2(const struct openapi_input *input, enum openapi_encoding encoding, struct buffer *out)
{
    write_document(input, OPENAPI_V2, NULL, encoding, out);
}

bool openapi_v3(const struct openapi_input *input, const char *path, enum openapi_encoding encoding,
                struct buffer *out)
{
    return write_document(input, OPENAPI_V3, path, encoding, out);
}

void openapi_v2_json(struct buffer *out)
{
    openapi_v2(NULL, OPENAPI_JSON, out);
}

void openapi_v2_protobuf(struct buffer *out)
{
    openapi_v2(NULL, OPENAPI_PROTOBUF, out);
}

bool openapi_v3_json(const char *path, struct buffer *out)
{
    return openapi_v3(NULL, path, OPENAPI_JSON, out);
}

bool openapi_v3_protobuf(const char *path, struct buffer *out)
{
    return openapi_v3(NULL, path, OPENAPI_PROTOBUF, out);
}

/* Hashes of the built-in documents, in the order of their list. */
#define HASHES_MAX 256
static struct {
    char *path;
    uint64_t hash;
} built_in[HASHES_MAX];
static size_t built_in_count;
static pthread_once_t built_in_once = PTHREAD_ONCE_INIT;

static uint64_t hash_document(const struct openapi_input *input, const char *path)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    openapi_v3(input, path, OPENAPI_JSON, &text);
    return hash_fnv64a(text.data, text.size);
}

static void add_built_in(void *context, const char *path)
{
    require(built_in_count < HASHES_MAX);
    built_in[built_in_count].path = xstrdup(path);
    built_in[built_in_count++].hash = hash_document(NULL, path);
}

static void hash_built_in(void)
{
    openapi_list_v3(NULL, add_built_in, NULL);
}

/* A built-in document is what it was unless a custom resource came into its group. */
static bool is_touched(const struct openapi_input *input, const char *path)
{
    for (size_t i = 0; input && i < input->count; i++) {
        struct slice rest = slice_of(path);
        slice_cut(&rest, '/');
        if (rest.data && slice_is(slice_cut(&rest, '/'), input->customs[i].resource->group))
            return true;
    }
    return false;
}

struct index {
    const struct openapi_input *input;
    struct buffer *out;
    bool follows;
};

static uint64_t find_hash(const struct openapi_input *input, const char *path)
{
    for (size_t i = 0; i < built_in_count; i++)
        if (!strcmp(built_in[i].path, path) && !is_touched(input, path))
            return built_in[i].hash;
    return hash_document(input, path);
}

static void write_index_row(void *context, const char *path)
{
    struct index *index = context;
    buffer_printf(index->out, "%s\"%s\":{\"serverRelativeURL\":\"/openapi/v3/%s?hash=%016llX\"}",
                  index->follows ? "," : "", path, path, (unsigned long long)find_hash(index->input, path));
    index->follows = true;
}

void openapi_v3_index_of(const struct openapi_input *input, struct buffer *out)
{
    struct index index = {input, out, false};
    pthread_once(&built_in_once, hash_built_in);
    buffer_append_str(out, "{\"paths\":{");
    openapi_list_v3(input, write_index_row, &index);
    buffer_append_str(out, "}}");
}

void openapi_v3_index(struct buffer *out)
{
    openapi_v3_index_of(NULL, out);
}
