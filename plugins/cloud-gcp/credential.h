/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access tokens. Where they come from is a row of a table (credential.c), chosen anew for each token, so that
 * a key file may be replaced while the daemon runs: the token file of the configuration; a credentials file,
 * by its "type"; else the metadata server. One is fetched at a time, ahead of the old one's end.
 */
#ifndef KEELSON_CLOUD_GCP_CREDENTIAL_H
#define KEELSON_CLOUD_GCP_CREDENTIAL_H

#include "plugins/cloud-gcp/ask.h"
#include "plugins/cloud-gcp/gcp.h"

#define SCOPE "https://www.googleapis.com/auth/cloud-platform"

struct credential;
struct credential *credential_new(void); /* NULL: no memory */
void credential_free(struct credential *c);

/* A token that is good now; the text is the caller's. */
enum keelson_status credential_token(struct gcp *g, const struct keelson_call *call, char **ret);
/* Google did not take it. */
void credential_rejected(struct gcp *g, const char *token);

/* For the sources. */
struct access_token {
    char *text; /* the caller's */
    int64_t lifetime_s;
};
struct credential_source {
    const char *type;
    /* file: the credentials file; NULL for sources without one. */
    enum keelson_status (*fetch)(struct gcp *g, const struct keelson_call *call, json_object *file,
                                 struct access_token *ret);
};
extern const struct credential_source credential_token_file, credential_service_account,
    credential_federation, credential_metadata;

/* The token in an endpoint's answer, {"access_token", "expires_in"}. */
enum keelson_status access_token_of(const struct gcp *g, const struct keelson_call *call,
                                    const struct said *said, const char *whose, struct access_token *ret);
/* Can it stand in a header? */
bool access_token_is_good(const char *text);
/* A small file; what cannot be read is KEELSON_DENIED. */
enum keelson_status credential_read_file(const struct gcp *g, const struct keelson_call *call,
                                         const char *path, char **ret);
/* name=value of a form, with & before it unless it is the first. false: no memory. */
struct form {
    char *text;
    size_t size;
};
bool form_add(struct form *form, const char *name, const char *value);

#endif
