/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS Signature Version 4: the Authorization header of one request. Any thread; no memory is kept.
 */
#ifndef CLOUD_AWS_SIGV4_H
#define CLOUD_AWS_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "plugins/cloud-aws/text.h"

struct sigv4_header {
    const char *name, *value; /* name in lower case */
};
struct sigv4_request {
    const char *method;
    const char *path;  /* not encoded; "" counts as "/" */
    const char *query; /* "a=b&c": not encoded, in any order; NULL: none */
    /* All that is to be signed but x-amz-date and x-amz-security-token, which are added; host must be among
     * them. Sorted by name. */
    const struct sigv4_header *headers;
    size_t headers_count;
    const char *body;
    size_t body_size;
};
struct sigv4_key {
    const char *access_key_id, *secret_access_key;
    const char *session_token; /* NULL: none */
    const char *region, *service;
};
#define SIGV4_DATE_SIZE sizeof("20150830T123600Z")
/* The value of x-amz-date. */
void sigv4_date(int64_t unix_s, char ret[SIGV4_DATE_SIZE]);
/* The canonical request and the text that is signed; for tests and for messages. */
void sigv4_canonical(const struct sigv4_request *request, const struct sigv4_key *key, const char *date,
                     struct text *ret);
/* Adds the Authorization header's value. date is what sigv4_date() gave, sent as x-amz-date. */
void sigv4_authorization(const struct sigv4_request *request, const struct sigv4_key *key, const char *date,
                         struct text *ret);

#endif
