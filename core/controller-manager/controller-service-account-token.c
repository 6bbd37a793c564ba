/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service account token controller: a Secret of type kubernetes.io/service-account-token gets a token of
 * the account that it names, the authority and the namespace; it goes when the account is gone or is another
 * one of that name.
 */
#include "core/base/encoding.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/token-signer.h"

#define SECRET_TYPE     "kubernetes.io/service-account-token"
#define ANNOTATION_NAME "kubernetes.io/service-account.name"
#define ANNOTATION_UID  "kubernetes.io/service-account.uid"
#define FILE_BYTES_MAX  (1u * 1024 * 1024)

struct account_tokens {
    struct client *client;
    const struct resource *secrets_resource, *accounts_resource;
    struct informer *secrets, *accounts;
    struct workqueue *queue; /* of secrets */
    struct token_signer *signer;
    struct buffer root_ca; /* base64; empty: none was given */
};

static bool is_token(const struct json *secret)
{
    return slice_is(json_slice(json_get(secret, "type")), SECRET_TYPE);
}

static void secret_changed(void *self, struct cached *old, struct cached *new_, const struct json *secret)
{
    struct account_tokens *c = self;
    if (new_ && is_token(secret))
        workqueue_add(c->queue, cached_key(new_));
}

static void account_changed(void *self, struct cached *old, struct cached *new_, const struct json *account)
{
    struct account_tokens *c = self;
    struct arena arena = ARENA_INIT;
    if (old && new_)
        return;
    _cleanup_(object_list_done) struct object_list list = objects_in(c->secrets, object_namespace(account));
    for (size_t i = 0; i < list.count; i++) {
        const struct json *secret = cached_parse(list.cached[i], &arena);
        const char *name = object_annotation(secret, ANNOTATION_NAME);
        if (is_token(secret) && name && !strcmp(name, object_name(account)))
            workqueue_add(c->queue, cached_key(list.cached[i]));
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static int make_token(struct account_tokens *c, const struct json *secret, const struct json *account,
                      struct buffer *out, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *claims = json_new_object(&arena);
    const char *namespace_ = object_namespace(secret), *name = object_name(account);
    json_set_string(&arena, claims, "iss", "kubernetes/serviceaccount");
    json_set_string(&arena, claims, "kubernetes.io/serviceaccount/namespace", namespace_);
    json_set_string(&arena, claims, "kubernetes.io/serviceaccount/secret.name", object_name(secret));
    json_set_string(&arena, claims, "kubernetes.io/serviceaccount/service-account.name", name);
    json_set_string(&arena, claims, "kubernetes.io/serviceaccount/service-account.uid", object_uid(account));
    json_set_stringf(&arena, claims, "sub", "system:serviceaccount:%s:%s", namespace_, name);
    int rc = token_sign(c->signer, claims, out, err);
    arena_done(&arena);
    return rc;
}

static bool is_complete(const struct account_tokens *c, const struct json *secret)
{
    const struct json *data = json_get(secret, "data");
    return json_slice(json_get(data, "token")).size && json_slice(json_get(data, "namespace")).size &&
           (!c->root_ca.size || slice_equal(json_slice(json_get(data, "ca.crt")),
                                            (struct slice){c->root_ca.data, c->root_ca.size}));
}

static int fill(struct account_tokens *c, struct json *secret, const struct json *account,
                struct arena *arena, struct error *err)
{
    struct buffer token = BUFFER_INIT, text = BUFFER_INIT;
    struct json *data = json_ensure(arena, secret, "data", JSON_OBJECT);
    const char *namespace_ = object_namespace(secret);
    int rc = 0;
    if (!json_slice(json_get(data, "token")).size) {
        rc = make_token(c, secret, account, &token, err);
        if (rc == 0) {
            base64_encode(&text, token.data, token.size, BASE64_STANDARD);
            json_set_string(arena, data, "token", text.data);
        }
    }
    buffer_clear(&text);
    base64_encode(&text, namespace_, strlen(namespace_), BASE64_STANDARD);
    json_set_string(arena, data, "namespace", text.data);
    if (c->root_ca.size)
        json_set_string(arena, data, "ca.crt", c->root_ca.data);
    object_set_annotation(arena, secret, ANNOTATION_UID, object_uid(account));
    if (rc == 0)
        rc = client_update(c->client, c->secrets_resource, NULL, secret, arena, NULL, err);
    buffer_done(&token);
    buffer_done(&text);
    return rc;
}

static int delete_secret(struct account_tokens *c, const struct json *secret, struct error *err)
{
    struct client_delete_options options = {
        .grace_period_s = -1, .uid = object_uid(secret), .resource_version = object_resource_version(secret)};
    return client_delete(c->client, c->secrets_resource, object_namespace(secret), object_name(secret),
                         &options, err);
}

/* Both are read live: a secret is not deleted because our picture is late. */
static int sync_live(struct account_tokens *c, const char *namespace_, const char *name, struct arena *arena,
                     struct error *err)
{
    struct json *secret = NULL, *account = NULL;
    if (client_get(c->client, c->secrets_resource, namespace_, name, arena, &secret, err) < 0)
        return -1;
    const char *account_name = object_annotation(secret, ANNOTATION_NAME),
               *uid = object_annotation(secret, ANNOTATION_UID);
    if (!is_token(secret) || object_is_deleted(secret) || !account_name || !account_name[0])
        return 0;
    struct error one = ERROR_INIT;
    int rc = client_get(c->client, c->accounts_resource, namespace_, account_name, arena, &account, &one);
    bool gone = rc < 0 && one.code == ERR_NOT_FOUND;
    if (rc < 0 && !gone)
        error_move(err, &one);
    error_done(&one);
    if (rc < 0 && !gone)
        return -1;
    if (gone || (uid && uid[0] && strcmp(uid, object_uid(account)) != 0))
        return delete_secret(c, secret, err);
    if (is_complete(c, secret) && uid && uid[0])
        return 0;
    return fill(c, secret, account, arena, err);
}

static bool needs_work(struct account_tokens *c, const struct json *secret, struct arena *arena)
{
    const char *name = object_annotation(secret, ANNOTATION_NAME),
               *uid = object_annotation(secret, ANNOTATION_UID);
    if (!name || !name[0])
        return false;
    const struct json *account = object_cached(c->accounts, object_namespace(secret), name, arena);
    return !account || !uid || strcmp(uid, object_uid(account)) != 0 || !is_complete(c, secret);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct account_tokens *c = self;
    struct arena arena = ARENA_INIT;
    struct error one = ERROR_INIT;
    const char *namespace_, *name;
    int rc = 0;
    key_split(&arena, key, &namespace_, &name);
    const struct json *secret = object_cached_key(c->secrets, key, &arena);
    if (secret && is_token(secret) && needs_work(c, secret, &arena))
        rc = sync_live(c, namespace_, name, &arena, &one);
    if (rc < 0 && one.code == ERR_NOT_FOUND)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    arena_done(&arena);
    return rc;
}

static void read_root_ca(struct account_tokens *c, const char *path)
{
    struct buffer text = BUFFER_INIT;
    struct error err = ERROR_INIT;
    if (path && path[0] && file_read(path, FILE_BYTES_MAX, &text, &err) < 0)
        log_error("--root-ca-file: %s", err.message);
    else if (text.size)
        base64_encode(&c->root_ca, text.data, text.size, BASE64_STANDARD);
    error_done(&err);
    buffer_done(&text);
}

static void *start(struct manager *m, struct controller_run *run)
{
    const struct manager_options *o = manager_options(m);
    struct error err = ERROR_INIT;
    if (!o->service_account_private_key_file || !o->service_account_private_key_file[0])
        return NULL;
    struct token_signer *signer = token_signer_new(o->service_account_private_key_file, &err);
    if (!signer) {
        log_error("--service-account-private-key-file: %s", err.message);
        error_done(&err);
        return NULL;
    }
    struct account_tokens *c = new0(struct account_tokens);
    c->signer = signer;
    c->client = manager_client(m);
    read_root_ca(c, o->root_ca_file);
    c->secrets_resource = RESOURCE("", "v1", "secrets");
    c->accounts_resource = RESOURCE("", "v1", "serviceaccounts");
    c->queue = controller_queue("account-token", o->concurrent_serviceaccount_token_syncs, reconcile, c);
    c->secrets = controller_watch(run, c->secrets_resource, secret_changed, c);
    c->accounts = controller_watch(run, c->accounts_resource, account_changed, c);
    return c;
}

static void begin(void *self)
{
    struct account_tokens *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct account_tokens *c = self;
    workqueue_free(c->queue);
    token_signer_free(c->signer);
    buffer_done(&c->root_ca);
    free(c);
}

const struct controller controller_service_account_token = {
    .name = "serviceaccount-token-controller",
    .alias = "serviceaccount-token",
    .start = start,
    .begin = begin,
    .stop = stop,
};
