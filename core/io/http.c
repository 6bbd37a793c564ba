/* SPDX-License-Identifier: Apache-2.0 */
/* The words of HTTP: method names, status texts (RFC 9110 and its registry), and the search in a list of
 * headers. */
#include "core/io/http.h"

#include "core/base/memory.h"

static const struct {
    enum http_method method;
    const char *name;
} methods[] = {
    {HTTP_GET_, "GET"},         {HTTP_HEAD_, "HEAD"},       {HTTP_POST_, "POST"},
    {HTTP_PUT_, "PUT"},         {HTTP_PATCH_, "PATCH"},     {HTTP_DELETE_, "DELETE"},
    {HTTP_OPTIONS_, "OPTIONS"}, {HTTP_CONNECT_, "CONNECT"}, {HTTP_METHOD_OTHER, ""},
};

static const struct {
    int status;
    const char *text;
} statuses[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Requested Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *http_method_name(enum http_method method)
{
    return methods[method].name;
}

enum http_method http_method_parse(struct slice name)
{
    for (size_t i = 0; i < ARRAY_SIZE(methods) - 1; i++)
        if (slice_is(name, methods[i].name))
            return methods[i].method;
    return HTTP_METHOD_OTHER;
}

const char *http_status_text(int status)
{
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "Unknown";
}

struct slice http_header_find(const struct http_header *headers, size_t count, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < count; i++)
        if (headers[i].name.size == size && memcmp(headers[i].name.data, name, size) == 0)
            return headers[i].value;
    return (struct slice){0};
}
