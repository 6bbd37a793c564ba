/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of OpenAPI version 2, as far as our documents use them. Numbers: openapiv2/OpenAPIv2.proto of
 * github.com/google/gnostic-models. */
#include "core/api/openapi-gnostic.h"

static const struct gnostic_message v2_schema, v2_parameter;

static const struct gnostic_message v2_reference = {
    (const struct gnostic_field[]){{"$ref", 1, GNOSTIC_STRING}, {NULL}}};

static unsigned choose_v2_schema_or_boolean(const struct json *value, const struct gnostic_message **ret)
{
    *ret = json_is(value, JSON_BOOL) ? NULL : &v2_schema;
    return json_is(value, JSON_BOOL) ? 2 : 1;
}
static const struct gnostic_message v2_additional = {.choose = choose_v2_schema_or_boolean};

static unsigned choose_v2_first(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v2_schema;
    return 1;
}
static const struct gnostic_message v2_one_schema = {.choose = choose_v2_first}; /* ItemsItem, SchemaItem */

static const struct gnostic_message v2_properties = {.member = 1, .member_message = &v2_schema};

static const struct gnostic_field v2_schema_fields[] = {
    {"$ref", 1, GNOSTIC_STRING},
    {"format", 2, GNOSTIC_STRING},
    {"title", 3, GNOSTIC_STRING},
    {"description", 4, GNOSTIC_STRING},
    {"pattern", 13, GNOSTIC_STRING},
    {"required", 19, GNOSTIC_STRINGS},
    {"enum", 20, GNOSTIC_ANYS},
    {"additionalProperties", 21, GNOSTIC_MESSAGE, &v2_additional},
    {"type", 22, GNOSTIC_TYPE},
    {"items", 23, GNOSTIC_MESSAGE, &v2_one_schema},
    {"properties", 25, GNOSTIC_MESSAGE, &v2_properties},
    {NULL},
};
static const struct gnostic_message v2_schema = {v2_schema_fields, .extension = 31};

static const struct gnostic_message v2_body = {
    (const struct gnostic_field[]){
        {"description", 1, GNOSTIC_STRING},
        {"name", 2, GNOSTIC_STRING},
        {"in", 3, GNOSTIC_STRING},
        {"required", 4, GNOSTIC_BOOL},
        {"schema", 5, GNOSTIC_MESSAGE, &v2_schema},
        {NULL},
    },
    .extension = 6,
};
static const struct gnostic_message v2_query = {
    (const struct gnostic_field[]){
        {"required", 1, GNOSTIC_BOOL},
        {"in", 2, GNOSTIC_STRING},
        {"description", 3, GNOSTIC_STRING},
        {"name", 4, GNOSTIC_STRING},
        {"type", 6, GNOSTIC_STRING},
        {"format", 7, GNOSTIC_STRING},
        {"uniqueItems", 20, GNOSTIC_BOOL},
        {NULL},
    },
    .extension = 23,
};
static const struct gnostic_message v2_path_parameter = {
    (const struct gnostic_field[]){
        {"required", 1, GNOSTIC_BOOL},
        {"in", 2, GNOSTIC_STRING},
        {"description", 3, GNOSTIC_STRING},
        {"name", 4, GNOSTIC_STRING},
        {"type", 5, GNOSTIC_STRING},
        {"format", 6, GNOSTIC_STRING},
        {"uniqueItems", 19, GNOSTIC_BOOL},
        {NULL},
    },
    .extension = 22,
};

static bool parameter_is_in(const struct json *value, const char *where)
{
    return !strcmp(json_string_or(json_get(value, "in"), ""), where);
}

static unsigned choose_v2_non_body(const struct json *value, const struct gnostic_message **ret)
{
    bool path = parameter_is_in(value, "path");
    *ret = path ? &v2_path_parameter : &v2_query;
    return path ? 4 : 3;
}
static const struct gnostic_message v2_non_body = {.choose = choose_v2_non_body};

static unsigned choose_v2_parameter(const struct json *value, const struct gnostic_message **ret)
{
    bool body = parameter_is_in(value, "body");
    *ret = body ? &v2_body : &v2_non_body;
    return body ? 1 : 2;
}
static const struct gnostic_message v2_parameter = {.choose = choose_v2_parameter};

static unsigned choose_v2_parameters_item(const struct json *value, const struct gnostic_message **ret)
{
    bool reference = json_get(value, "$ref");
    *ret = reference ? &v2_reference : &v2_parameter;
    return reference ? 2 : 1;
}
static const struct gnostic_message v2_parameters_item = {.choose = choose_v2_parameters_item};

static const struct gnostic_message v2_response = {
    (const struct gnostic_field[]){
        {"description", 1, GNOSTIC_STRING},
        {"schema", 2, GNOSTIC_MESSAGE, &v2_one_schema},
        {NULL},
    },
    .extension = 5,
};
static unsigned choose_v2_response(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v2_response;
    return 1;
}
static const struct gnostic_message v2_response_value = {.choose = choose_v2_response};
static const struct gnostic_message v2_responses = {
    .extension = 2, .member = 1, .member_message = &v2_response_value};

static const struct gnostic_message v2_operation = {
    (const struct gnostic_field[]){
        {"tags", 1, GNOSTIC_STRINGS},
        {"description", 3, GNOSTIC_STRING},
        {"operationId", 5, GNOSTIC_STRING},
        {"produces", 6, GNOSTIC_STRINGS},
        {"consumes", 7, GNOSTIC_STRINGS},
        {"parameters", 8, GNOSTIC_MESSAGES, &v2_parameters_item},
        {"responses", 9, GNOSTIC_MESSAGE, &v2_responses},
        {NULL},
    },
    .extension = 13,
};
static const struct gnostic_message v2_path_item = {
    (const struct gnostic_field[]){
        {"get", 2, GNOSTIC_MESSAGE, &v2_operation},
        {"put", 3, GNOSTIC_MESSAGE, &v2_operation},
        {"post", 4, GNOSTIC_MESSAGE, &v2_operation},
        {"delete", 5, GNOSTIC_MESSAGE, &v2_operation},
        {"options", 6, GNOSTIC_MESSAGE, &v2_operation},
        {"head", 7, GNOSTIC_MESSAGE, &v2_operation},
        {"patch", 8, GNOSTIC_MESSAGE, &v2_operation},
        {"parameters", 9, GNOSTIC_MESSAGES, &v2_parameters_item},
        {NULL},
    },
    .extension = 10,
};
static const struct gnostic_message v2_info = {
    (const struct gnostic_field[]){{"title", 1, GNOSTIC_STRING}, {"version", 2, GNOSTIC_STRING}, {NULL}}};

const struct gnostic_model gnostic_v2 = {&v2_info, &v2_path_item, &v2_parameter, &v2_schema};
