/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of OpenAPI version 3, as far as our documents use them. Numbers: openapiv3/OpenAPIv3.proto of
 * github.com/google/gnostic-models. */
#include "core/api/openapi-gnostic.h"

static const struct gnostic_message v3_schema, v3_schema_or_reference;

static const struct gnostic_message v3_reference = {
    (const struct gnostic_field[]){{"$ref", 1, GNOSTIC_STRING}, {NULL}}};

static unsigned choose_v3_schema_or_boolean(const struct json *value, const struct gnostic_message **ret)
{
    *ret = json_is(value, JSON_BOOL) ? NULL : &v3_schema_or_reference;
    return json_is(value, JSON_BOOL) ? 2 : 1;
}
static const struct gnostic_message v3_additional = {.choose = choose_v3_schema_or_boolean};

static unsigned choose_v3_item(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v3_schema_or_reference;
    return 1;
}
static const struct gnostic_message v3_items = {.choose = choose_v3_item};
static const struct gnostic_message v3_properties = {.member = 1, .member_message = &v3_schema_or_reference};

static const struct gnostic_field v3_schema_fields[] = {
    {"nullable", 1, GNOSTIC_BOOL},
    {"title", 9, GNOSTIC_STRING},
    {"pattern", 17, GNOSTIC_STRING},
    {"uniqueItems", 20, GNOSTIC_BOOL},
    {"required", 23, GNOSTIC_STRINGS},
    {"enum", 24, GNOSTIC_ANYS},
    {"type", 25, GNOSTIC_STRING},
    {"allOf", 26, GNOSTIC_MESSAGES, &v3_schema_or_reference},
    {"oneOf", 27, GNOSTIC_MESSAGES, &v3_schema_or_reference},
    {"anyOf", 28, GNOSTIC_MESSAGES, &v3_schema_or_reference},
    {"items", 30, GNOSTIC_MESSAGE, &v3_items},
    {"properties", 31, GNOSTIC_MESSAGE, &v3_properties},
    {"additionalProperties", 32, GNOSTIC_MESSAGE, &v3_additional},
    {"description", 34, GNOSTIC_STRING},
    {"format", 35, GNOSTIC_STRING},
    {NULL},
};
static const struct gnostic_message v3_schema = {v3_schema_fields, .extension = 36};

static unsigned choose_v3_schema(const struct json *value, const struct gnostic_message **ret)
{
    bool reference = json_get(value, "$ref");
    *ret = reference ? &v3_reference : &v3_schema;
    return reference ? 2 : 1;
}
static const struct gnostic_message v3_schema_or_reference = {.choose = choose_v3_schema};

static const struct gnostic_message v3_parameter = {
    (const struct gnostic_field[]){
        {"name", 1, GNOSTIC_STRING},
        {"in", 2, GNOSTIC_STRING},
        {"description", 3, GNOSTIC_STRING},
        {"required", 4, GNOSTIC_BOOL},
        {"schema", 10, GNOSTIC_MESSAGE, &v3_schema_or_reference},
        {NULL},
    },
    .extension = 14,
};
static unsigned choose_v3_parameter(const struct json *value, const struct gnostic_message **ret)
{
    bool reference = json_get(value, "$ref");
    *ret = reference ? &v3_reference : &v3_parameter;
    return reference ? 2 : 1;
}
static const struct gnostic_message v3_parameter_or_reference = {.choose = choose_v3_parameter};

static const struct gnostic_message v3_media_type = {
    (const struct gnostic_field[]){{"schema", 1, GNOSTIC_MESSAGE, &v3_schema_or_reference}, {NULL}},
    .extension = 5};
static const struct gnostic_message v3_media_types = {.member = 1, .member_message = &v3_media_type};

static const struct gnostic_message v3_request_body = {
    (const struct gnostic_field[]){
        {"description", 1, GNOSTIC_STRING},
        {"content", 2, GNOSTIC_MESSAGE, &v3_media_types},
        {"required", 3, GNOSTIC_BOOL},
        {NULL},
    },
    .extension = 4,
};
static unsigned choose_v3_request_body(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v3_request_body;
    return 1;
}
static const struct gnostic_message v3_request_body_or_reference = {.choose = choose_v3_request_body};

static const struct gnostic_message v3_response = {
    (const struct gnostic_field[]){
        {"description", 1, GNOSTIC_STRING},
        {"content", 3, GNOSTIC_MESSAGE, &v3_media_types},
        {NULL},
    },
    .extension = 5,
};
static unsigned choose_v3_response(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v3_response;
    return 1;
}
static const struct gnostic_message v3_response_or_reference = {.choose = choose_v3_response};
static const struct gnostic_message v3_responses = {
    .extension = 3, .member = 2, .member_message = &v3_response_or_reference};

static const struct gnostic_message v3_operation = {
    (const struct gnostic_field[]){
        {"tags", 1, GNOSTIC_STRINGS},
        {"description", 3, GNOSTIC_STRING},
        {"operationId", 5, GNOSTIC_STRING},
        {"parameters", 6, GNOSTIC_MESSAGES, &v3_parameter_or_reference},
        {"requestBody", 7, GNOSTIC_MESSAGE, &v3_request_body_or_reference},
        {"responses", 8, GNOSTIC_MESSAGE, &v3_responses},
        {NULL},
    },
    .extension = 13,
};
static const struct gnostic_message v3_path_item = {
    (const struct gnostic_field[]){
        {"get", 4, GNOSTIC_MESSAGE, &v3_operation},
        {"put", 5, GNOSTIC_MESSAGE, &v3_operation},
        {"post", 6, GNOSTIC_MESSAGE, &v3_operation},
        {"delete", 7, GNOSTIC_MESSAGE, &v3_operation},
        {"options", 8, GNOSTIC_MESSAGE, &v3_operation},
        {"head", 9, GNOSTIC_MESSAGE, &v3_operation},
        {"patch", 10, GNOSTIC_MESSAGE, &v3_operation},
        {"parameters", 13, GNOSTIC_MESSAGES, &v3_parameter_or_reference},
        {NULL},
    },
    .extension = 14,
};
static const struct gnostic_message v3_info = {
    (const struct gnostic_field[]){{"title", 1, GNOSTIC_STRING}, {"version", 6, GNOSTIC_STRING}, {NULL}}};

const struct gnostic_model gnostic_v3 = {&v3_info, &v3_path_item, &v3_parameter_or_reference,
                                         &v3_schema_or_reference};
