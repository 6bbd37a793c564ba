/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signs. The sources are asked in the order of a table (credentials.c), each in a file of its own; the
 * first that applies is it. What it gave is shared by all threads and fetched anew ahead of its expiry, by
 * one thread at a time.
 */
#ifndef CLOUD_AWS_CREDENTIALS_H
#define CLOUD_AWS_CREDENTIALS_H

#include <keelson/plugin.h>
#include <pthread.h>
#include <stdbool.h>

struct aws;

struct keys {
    char *access_key_id, *secret_access_key;
    char *session_token; /* NULL: none */
    int64_t expires_s;   /* Unix time; INT64_MAX: never */
};
void keys_done(struct keys *keys);

struct credentials {
    pthread_mutex_t lock; /* protects what follows */
    pthread_cond_t fetched;
    bool fetching;
    struct keys keys; /* access_key_id NULL: none yet */
    int64_t retry_s;  /* Unix time before which an early renewal that failed is not tried again */
};
void credentials_init(struct credentials *c);
void credentials_done(struct credentials *c);

/* A copy of the keys to use now, the caller's to free. */
enum keelson_status credentials_get(struct aws *aws, const struct keelson_call *call, struct keys *ret);
/* AWS does not take this key any more: the next get() asks the sources again. */
void credentials_drop(struct aws *aws, const char *access_key_id);

/* One place that credentials may come from. KEELSON_NOT_FOUND (nothing said): it does not apply here. */
struct credential_source {
    const char *name;
    const char *called; /* by a profile's credential_source, and passed over where a profile or a role is
                           configured; NULL: neither */
    enum keelson_status (*fetch)(struct aws *aws, const struct keelson_call *call, struct keys *ret);
};
extern const struct credential_source credentials_configuration, credentials_environment,
    credentials_web_identity, credentials_shared_files, credentials_container, credentials_imds;

/* What two sources answer in JSON: AccessKeyId, SecretAccessKey, Token, Expiration. */
enum keelson_status keys_of_json(const struct keelson_call *call, const char *whose, const char *json,
                                 struct keys *ret);
/* "2015-08-30T12:36:00Z" as Unix time; 0: no such time. */
int64_t time_of(const char *text);
/* The setting, else the environment's variable, else (both absent) NULL. Empty counts as absent. */
const char *setting_or_environment(const char *setting, const char *variable);

/* imds.c: a text of the instance metadata service, version 2; the caller frees it. KEELSON_NOT_FOUND: there
 * is none. */
enum keelson_status imds_get(struct aws *aws, const struct keelson_call *call, const char *path, char **ret);
/* shared-file.c: a value of the profile in use from ~/.aws/config, or else ~/.aws/credentials; NULL: none. */
char *shared_file_value(struct aws *aws, const char *key);

#endif
