/* SPDX-License-Identifier: Apache-2.0 */
/* How a message of gnostic's OpenAPI models is described: which member of the JSON goes into which field. For
 * openapi-gnostic*.c only. */
#ifndef KEELSON_API_OPENAPI_GNOSTIC_H
#define KEELSON_API_OPENAPI_GNOSTIC_H

#include "core/api/openapi-build.h"

enum gnostic_kind {
    GNOSTIC_STRING,
    GNOSTIC_BOOL,
    GNOSTIC_STRINGS, /* a list, a field each */
    GNOSTIC_TYPE,    /* v2's TypeItem: a message around the string */
    GNOSTIC_ANYS,    /* a list of any JSON, as YAML text */
    GNOSTIC_MESSAGE,
    GNOSTIC_MESSAGES /* a list */
};

struct gnostic_field {
    const char *key;
    uint8_t number, kind;
    const struct gnostic_message *message;
};

struct gnostic_message {
    const struct gnostic_field *fields; /* ended by one without a key */
    uint8_t extension;                  /* takes the members whose names begin with x-; 0: none */
    uint8_t member; /* takes all other members, as messages of name and value; 0: they are dropped */
    const struct gnostic_message *member_message;
    /* The message is a choice: which of its fields, and what is in it; 0: none. */
    unsigned (*choose)(const struct json *value, const struct gnostic_message **ret);
};

#endif
