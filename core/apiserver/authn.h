/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication: who asks. Client certificate (CN and O), bearer token (service account JWT, bootstrap
 * token, static token file), anonymous. Each authenticator is a row in authn.c. Quick enough for the loop: a
 * verified JWT is remembered until it expires; only a first look may cost a signature check.
 */
#ifndef KEELSON_APISERVER_AUTHN_H
#define KEELSON_APISERVER_AUTHN_H

#include "core/apiserver/registry.h"

struct authn;
struct authn_config {
    struct registry *registry;
    const char *const
        *service_account_key_files; /* public or private keys (PEM) that verify tokens; NULL-terminated */
    const char *service_account_signing_key_file; /* private key that signs */
    const char *service_account_issuer;
    const char *const *api_audiences; /* NULL: the issuer */
    const char *token_auth_file;      /* upstream's CSV: token,user,uid,"group1,group2"; NULL: none */
    bool bootstrap_tokens;            /* Secrets of type bootstrap.kubernetes.io/token in kube-system */
    bool anonymous;
    int64_t token_max_expiration_s; /* 0: no limit but upstream's (2^32 s) */
};
int authn_new(const struct authn_config *config, struct authn **ret, struct error *err);
void authn_free(struct authn *a);
/* Fills r->user. ERR_UNAUTHORIZED when credentials were shown and are wrong, or none were and anonymous is
 * off. Any thread. */
int authn_request(struct authn *a, struct api_request *r, struct error *err);
/* Checks a token for TokenReview; audiences NULL: the server's own. *ret lies in the arena. */
int authn_token(struct authn *a, struct slice token, const char *const *audiences, struct arena *arena,
                struct user *ret, const char *const **ret_audiences, struct error *err);
/* The serviceaccounts/token subresource: fills status of the TokenRequest. service_account is the live
 * object. Bound to a Pod, Secret or Node where boundObjectRef says so. */
int authn_token_request(struct authn *a, struct arena *arena, const struct json *service_account,
                        struct json *token_request, struct error *err);
/* /.well-known/openid-configuration and /openid/v1/jwks; jwks_uri: where the latter is reached. */
void authn_openid_configuration(struct authn *a, const char *jwks_uri, struct buffer *out);
void authn_jwks(struct authn *a, struct buffer *out);

#endif
