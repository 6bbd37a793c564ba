/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of AWS's query APIs: signed, paced, repeated with back-off while the call's deadline allows (every
 * action that is used may be repeated), their answers as trees. Any thread.
 */
#ifndef CLOUD_AWS_API_H
#define CLOUD_AWS_API_H

#include "plugins/cloud-aws/aws.h"
#include "plugins/cloud-aws/xml.h"

/* Parameters of an action: "Filter.1.Name" and such, as they come. */
void params_add(struct text *params, const char *value, const char *name_fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* EC2's Filter.N with its values; n counts from 1. */
void params_filter(struct text *params, unsigned n, const char *name, const char *const *values,
                   size_t count);
void params_filter_one(struct text *params, unsigned n, const char *name, const char *value);

struct reply {
    struct xml_document *document;
    const struct xml *root; /* <ActionResponse> */
    char code[80];          /* of a call that AWS refused: its error code; "" otherwise */
};
void reply_done(struct reply *reply);

/* ret is to be freed whatever came. A failure was said through host->fail. params may be NULL. */
enum keelson_status api_call(struct aws *aws, const struct keelson_call *call, enum service service,
                             const char *action, const struct text *params, struct reply *ret);
/* Signed with these keys; not at all with NULL. At most so many tries. */
enum keelson_status api_call_as(struct aws *aws, const struct keelson_call *call, enum service service,
                                const char *action, const struct text *params, const struct keys *keys,
                                unsigned tries_max, struct reply *ret);
#define API_TRIES_MAX 8
/* The same for a change of which nothing but success is looked at. */
enum keelson_status api_change(struct aws *aws, const struct keelson_call *call, enum service service,
                               const char *action, const struct text *params);
/* api-list.c: all pages of a list: each is called for each of the elements at path, below the root. What each
 * returns other than KEELSON_OK ends it. */
typedef enum keelson_status api_each(void *context, const struct xml *element);
enum keelson_status api_list(struct aws *aws, const struct keelson_call *call, enum service service,
                             const char *action, const struct text *params, const char *path, api_each *each,
                             void *context);
/* The same, perhaps from an answer that another call got some seconds ago. */
enum keelson_status api_list_shared(struct aws *aws, const struct keelson_call *call, enum service service,
                                    const char *action, const struct text *params, const char *path,
                                    api_each *each, void *context);

/* errors.c: what an error code means. */
struct error_meaning {
    enum keelson_status status;
    bool again;     /* it may come right by itself: repeat the request */
    bool throttled; /* … more slowly */
    bool clock;     /* perhaps for the wrong time in the signature */
    bool key;       /* the key is over: ask for another one */
};
struct error_meaning error_meaning_of(const char *code, int http_status);

#endif
