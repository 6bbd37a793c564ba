/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who we are to an etcd that asks for user and password: a token, which goes with every request. etcd gives
 * it for them, and lets it end after some minutes without use and whenever users or roles change; then we ask
 * for another one. With client certificates there is nothing to do here: etcd takes their common name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/store-etcd/etcd.h"

#define PASSWORD_BYTES_MAX 1024

/* The first line of the file, read each time: it may have been changed. */
static enum keelson_status password_read(const char *path, char *ret, size_t size, struct failure *failure)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return failure_set(failure, KEELSON_DENIED, "%s: %s", path, strerror(errno));
    bool read = fgets(ret, (int)size, file) != NULL;
    fclose(file);
    if (!read)
        return failure_set(failure, KEELSON_DENIED, "%s: has no password", path);
    ret[strcspn(ret, "\r\n")] = '\0';
    return KEELSON_OK;
}

static enum keelson_status token_ask(struct etcd *etcd, int64_t deadline_ns, int cancel_fd, char *ret,
                                     struct failure *failure)
{
    char password[PASSWORD_BYTES_MAX];
    Etcd__AuthenticateRequest request = ETCD__AUTHENTICATE_REQUEST__INIT;
    Etcd__AuthenticateResponse *response;
    enum keelson_status status = password_read(etcd->auth.password_file, password, sizeof(password), failure);
    if (status != KEELSON_OK)
        return status;
    request.name = etcd->auth.username;
    request.password = password;
    status = cluster_call(etcd, deadline_ns, cancel_fd, "/etcdserverpb.Auth/Authenticate",
                          CALL_REPEATABLE | CALL_ANONYMOUS, &request,
                          &etcd__authenticate_response__descriptor, &response, failure);
    explicit_bzero(password, sizeof(password));
    if (status != KEELSON_OK)
        return status;
    if (strlen(response->token) < TOKEN_BYTES_MAX)
        snprintf(ret, TOKEN_BYTES_MAX, "%s", response->token);
    else
        status = failure_set(failure, KEELSON_FAILED, "etcd: a token of %zu bytes", strlen(response->token));
    etcd__authenticate_response__free_unpacked(response, NULL);
    return status;
}

enum keelson_status auth_token(struct etcd *etcd, int64_t deadline_ns, int cancel_fd, char *ret,
                               struct failure *failure)
{
    struct auth *auth = &etcd->auth;
    ret[0] = '\0';
    if (!auth->username)
        return KEELSON_OK;
    pthread_mutex_lock(&auth->lock);
    memcpy(ret, auth->token, TOKEN_BYTES_MAX);
    pthread_mutex_unlock(&auth->lock);
    if (ret[0])
        return KEELSON_OK;
    enum keelson_status status = token_ask(etcd, deadline_ns, cancel_fd, ret, failure);
    if (status != KEELSON_OK)
        return status;
    pthread_mutex_lock(&auth->lock);
    memcpy(auth->token, ret, TOKEN_BYTES_MAX);
    pthread_mutex_unlock(&auth->lock);
    return KEELSON_OK;
}

bool auth_refused(struct etcd *etcd, const char *token, const char *message)
{
    struct auth *auth = &etcd->auth;
    if (!token[0] ||
        (!strstr(message, "invalid auth token") && !strstr(message, "revision of auth store is old")))
        return false;
    pthread_mutex_lock(&auth->lock);
    if (strcmp(auth->token, token) == 0)
        auth->token[0] = '\0';
    pthread_mutex_unlock(&auth->lock);
    return true;
}

void auth_done(struct auth *auth)
{
    explicit_bzero(auth->token, sizeof(auth->token));
    pthread_mutex_destroy(&auth->lock);
    free(auth->username);
    free(auth->password_file);
}
