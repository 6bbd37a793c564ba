/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error object. Its codes are the reasons of a Kubernetes Status, so that an error found anywhere
 * reaches a client as the Status that upstream would have sent (API conventions, "Response Status Kind").
 *
 * A function that can fail takes `struct error *err` last, returns 0 on success and -1 after error_set():
 *
 *     return error_set(err, ERR_NOT_FOUND, "nodes \"%s\" not found", name);
 *
 * err may be NULL when the caller does not want to know why. Whoever declares a struct error releases it:
 *     _cleanup_(error_done) struct error err = ERROR_INIT;
 * An error belongs to one thread at a time.
 */
#ifndef KEELSON_BASE_ERROR_H
#define KEELSON_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum error_code {
    ERR_NONE = 0,
    ERR_BAD_REQUEST,            /* 400 BadRequest */
    ERR_UNAUTHORIZED,           /* 401 Unauthorized */
    ERR_FORBIDDEN,              /* 403 Forbidden */
    ERR_NOT_FOUND,              /* 404 NotFound */
    ERR_METHOD_NOT_ALLOWED,     /* 405 MethodNotAllowed */
    ERR_NOT_ACCEPTABLE,         /* 406 NotAcceptable */
    ERR_ALREADY_EXISTS,         /* 409 AlreadyExists */
    ERR_CONFLICT,               /* 409 Conflict */
    ERR_GONE,                   /* 410 Gone */
    ERR_EXPIRED,                /* 410 Expired: a resource version or continue token is too old */
    ERR_TOO_LARGE,              /* 413 RequestEntityTooLarge */
    ERR_UNSUPPORTED_MEDIA_TYPE, /* 415 UnsupportedMediaType */
    ERR_INVALID,                /* 422 Invalid, with causes */
    ERR_TOO_MANY_REQUESTS,      /* 429 TooManyRequests, with retry_after_s */
    ERR_INTERNAL,               /* 500 InternalError */
    ERR_STORAGE_FULL,           /* 507 in meaning, sent as 500 InternalError: the store cannot take writes */
    ERR_UNAVAILABLE,            /* 503 ServiceUnavailable */
    ERR_SERVER_TIMEOUT,         /* 500 ServerTimeout: try again, retry_after_s */
    ERR_TIMEOUT,                /* 504 Timeout: may or may not have happened */
    ERR_CANCELLED,              /* the caller gave up; never sent */
    ERR_CODES
};

/* A cause of an Invalid status. reason is one of upstream's CauseType words: "FieldValueInvalid",
 * "FieldValueRequired", "FieldValueNotSupported", "FieldValueDuplicate", "FieldValueForbidden",
 * "FieldValueTooLong", "FieldValueTooMany", "FieldValueNotFound", "FieldValueTypeInvalid". */
struct error_cause {
    char *reason;
    char *message;
    char *field;
};

struct error {
    enum error_code code;
    char *message;
    uint32_t retry_after_s; /* 0: not said */
    /* Status.details; each may be NULL. Owned. */
    char *group, *kind, *name, *uid;
    struct error_cause *causes;
    uint32_t causes_count;
    uint32_t causes_dropped; /* counted, not kept */
};

#define ERROR_INIT ((struct error){0})

/* Replaces what err held. Returns -1 always, so that callers can return it. */
__attribute__((format(printf, 3, 4))) int error_set(struct error *err, enum error_code code, const char *fmt,
                                                    ...);
/* The same, with ": strerror(errno_value)" after the message; ENOENT becomes NOT_FOUND, ENOSPC and EDQUOT
 * STORAGE_FULL, EACCES and EPERM FORBIDDEN, ETIMEDOUT TIMEOUT, everything else INTERNAL. */
__attribute__((format(printf, 3, 4))) int error_set_errno(struct error *err, int errno_value, const char *fmt,
                                                          ...);
/* Puts "context: " before the message. Returns -1. */
__attribute__((format(printf, 2, 3))) int error_prefix(struct error *err, const char *fmt, ...);
void error_set_details(struct error *err, const char *group, const char *kind, const char *name);
/* Adds a cause; limited to 100, further ones are counted in the last message. */
__attribute__((format(printf, 4, 5))) void error_add_cause(struct error *err, const char *reason,
                                                           const char *field, const char *fmt, ...);
/* Builds upstream's Invalid message from kind, name and the causes:
 * `Pod "x" is invalid: spec.containers: Required value` or `[…, …]` for several. Returns -1. */
int error_set_invalid(struct error *err, const char *group, const char *kind, const char *name);

int error_http_status(enum error_code code);
const char *error_reason(enum error_code code); /* "NotFound"; "" for ERR_NONE */
enum error_code error_from_reason(const char *reason, int http_status);
/* Moves; dst is released first. */
void error_move(struct error *dst, struct error *src);
void error_copy(struct error *dst, const struct error *src);
void error_done(struct error *err);

#endif
