/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing kubeconfig files. A daemon gets nowhere with a kubeconfig that it half understands, so
 * what it does not support (credential programs, passwords, impersonation, proxies) is refused with the
 * field's name instead of being passed over.
 */
#include "core/client/kubeconfig.h"

#include <libgen.h>
#include <stdlib.h>

#include "core/api/json.h"
#include "core/base/encoding.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/number.h"

#define FILE_BYTES_MAX  (1024 * 1024)
#define TOKEN_BYTES_MAX (64 * 1024)

struct reader {
    const char *path;
    char *folder;
    struct json *document;
    struct kubeconfig *k;
    struct error *err;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct reader *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    _cleanup_free_ char *message = xvasprintf(fmt, ap);
    va_end(ap);
    return error_set(r->err, ERR_BAD_REQUEST, "%s: %s", r->path, message);
}

/* The object `kind` of the entry called name in a list of {name, kind: {…}}; *ret_where becomes
 * "users[2].user". */
static int find_entry(const struct reader *r, const char *list, const char *kind, const char *name,
                      struct json **ret, char **ret_where)
{
    unsigned index = 0;
    const struct json *entries = json_get(r->document, list);
    json_for_each (it, entries) {
        const char *candidate = json_string(json_get(it, "name"));
        if (candidate && !strcmp(candidate, name)) {
            *ret = json_get(it, kind);
            *ret_where = xasprintf("%s[%u].%s", list, index, kind);
            return 0;
        }
        index++;
    }
    return refuse(r, "%s: there is no %s \"%s\"", list, kind, name);
}

static int read_string(const struct reader *r, const struct json *object, const char *where, const char *key,
                       char **ret)
{
    const struct json *value = json_get(object, key);
    if (json_is_absent(value))
        return 0;
    if (!json_string(value))
        return refuse(r, "%s.%s: must be a string", where, key);
    if (*json_string(value))
        *ret = xstrdup(json_string(value));
    return 0;
}

static int read_boolean(const struct reader *r, const struct json *object, const char *where, const char *key,
                        bool *ret)
{
    const struct json *value = json_get(object, key);
    if (json_is_absent(value))
        return 0;
    if (!json_is(value, JSON_BOOL))
        return refuse(r, "%s.%s: must be true or false", where, key);
    *ret = value->boolean;
    return 0;
}

/* A file's name, relative to the kubeconfig's own folder. */
static int read_path(const struct reader *r, const struct json *object, const char *where, const char *key,
                     char **ret)
{
    _cleanup_free_ char *name = NULL;
    if (read_string(r, object, where, key, &name))
        return -1;
    if (name)
        *ret = name[0] == '/' ? TAKE_PTR(name) : xasprintf("%s/%s", r->folder, name);
    return 0;
}

static int read_data(const struct reader *r, const struct json *object, const char *where, const char *key,
                     struct buffer *ret)
{
    _cleanup_free_ char *text = NULL;
    if (read_string(r, object, where, key, &text))
        return -1;
    if (text && !base64_decode(ret, slice_of(text), BASE64_STANDARD))
        return refuse(r, "%s.%s: is not base64", where, key);
    return 0;
}

static int refuse_fields(const struct reader *r, const struct json *object, const char *where,
                         const char *const (*fields)[2])
{
    for (; (*fields)[0]; fields++)
        if (!json_is_absent(json_get(object, (*fields)[0])))
            return refuse(r, "%s.%s: %s", where, (*fields)[0], (*fields)[1]);
    return 0;
}

static int parse_authority(struct kubeconfig *k, struct slice authority, struct error *err)
{
    struct slice port = authority, host;
    uint64_t number = k->https ? 443 : 80;
    if (authority.size && authority.data[0] == '[') {
        host = slice_cut(&port, ']');
        host = (struct slice){host.data + 1, host.size - 1};
        if (!port.data || (port.size && port.data[0] != ':'))
            return error_set(err, ERR_BAD_REQUEST, "\"%s\" has a broken address", k->server);
        port = port.size ? (struct slice){port.data + 1, port.size - 1} : (struct slice){0};
    } else {
        host = slice_cut(&port, ':');
    }
    if (!host.size || memchr(host.data, '@', host.size))
        return error_set(err, ERR_BAD_REQUEST, "\"%s\" must name a host, and no user", k->server);
    if (port.data && (!parse_u64(port, UINT16_MAX, &number) || !number))
        return error_set(err, ERR_BAD_REQUEST, "\"%s\" has a port that is none", k->server);
    k->server_host = xstrndup(host.data, host.size);
    k->server_port = (uint16_t)number;
    return 0;
}

int kubeconfig_set_server(struct kubeconfig *k, const char *url, struct error *err)
{
    struct slice rest = slice_of(url);
    free(k->server);
    free(k->server_host);
    free(k->server_path);
    k->server_host = k->server_path = NULL;
    k->server = xstrdup(url);
    k->https = slice_starts(rest, "https://");
    if (!k->https && !slice_starts(rest, "http://"))
        return error_set(err, ERR_BAD_REQUEST, "\"%s\" must begin with https:// or http://", url);
    size_t scheme = k->https ? strlen("https://") : strlen("http://");
    rest = (struct slice){rest.data + scheme, rest.size - scheme};
    for (size_t i = 0; i < rest.size; i++)
        if (rest.data[i] <= ' ' || rest.data[i] > '~' || rest.data[i] == '?' || rest.data[i] == '#')
            return error_set(err, ERR_BAD_REQUEST,
                             "\"%s\" must be a host, a port and a path and nothing else", url);
    if (parse_authority(k, slice_cut(&rest, '/'), err))
        return -1;
    while (rest.size && rest.data[rest.size - 1] == '/')
        rest.size--;
    k->server_path = rest.size ? xasprintf("/%.*s", SLICE_ARG(rest)) : xstrdup("");
    return 0;
}

static int read_cluster(struct reader *r, const char *name)
{
    static const char *const unsupported[][2] = {
        {"proxy-url", "proxies are not supported"},
        {NULL, NULL},
    };
    struct kubeconfig *k = r->k;
    struct json *cluster;
    _cleanup_free_ char *where = NULL, *server = NULL;
    if (find_entry(r, "clusters", "cluster", name, &cluster, &where) ||
        refuse_fields(r, cluster, where, unsupported))
        return -1;
    if (read_string(r, cluster, where, "server", &server) ||
        read_string(r, cluster, where, "tls-server-name", &k->tls_server_name) ||
        read_boolean(r, cluster, where, "insecure-skip-tls-verify", &k->insecure_skip_tls_verify) ||
        read_path(r, cluster, where, "certificate-authority", &k->ca_file) ||
        read_data(r, cluster, where, "certificate-authority-data", &k->ca_data))
        return -1;
    if (!server)
        return refuse(r, "%s.server: is missing", where);
    if (kubeconfig_set_server(k, server, r->err))
        return error_prefix(r->err, "%s: %s.server", r->path, where);
    if (k->insecure_skip_tls_verify && (k->ca_file || k->ca_data.size))
        return refuse(
            r, "%s.insecure-skip-tls-verify: a certificate authority is given too; one of the two has to go",
            where);
    return 0;
}

static int read_user(struct reader *r, const char *name)
{
    static const char *const unsupported[][2] = {
        {"username", "user names and passwords are not supported; use a client certificate or a token"},
        {"password", "user names and passwords are not supported; use a client certificate or a token"},
        {"exec", "credential programs are not supported; use a client certificate or a token"},
        {"auth-provider", "authentication providers are not supported; use a client certificate or a token"},
        {"as", "impersonation is not supported"},
        {"as-uid", "impersonation is not supported"},
        {"as-groups", "impersonation is not supported"},
        {"as-user-extra", "impersonation is not supported"},
        {NULL, NULL},
    };
    struct kubeconfig *k = r->k;
    struct json *user;
    _cleanup_free_ char *where = NULL;
    if (find_entry(r, "users", "user", name, &user, &where) || refuse_fields(r, user, where, unsupported))
        return -1;
    if (read_path(r, user, where, "client-certificate", &k->cert_file) ||
        read_data(r, user, where, "client-certificate-data", &k->cert_data) ||
        read_path(r, user, where, "client-key", &k->key_file) ||
        read_data(r, user, where, "client-key-data", &k->key_data) ||
        read_string(r, user, where, "token", &k->token) ||
        read_path(r, user, where, "tokenFile", &k->token_file))
        return -1;
    bool has_cert = k->cert_file || k->cert_data.size, has_key = k->key_file || k->key_data.size;
    if (has_cert && !has_key)
        return refuse(r, "%s: has a client-certificate but no client-key", where);
    if (has_key && !has_cert)
        return refuse(r, "%s: has a client-key but no client-certificate", where);
    return 0;
}

static int read_context(struct reader *r, const char *name)
{
    struct json *context;
    _cleanup_free_ char *where = NULL;
    if (find_entry(r, "contexts", "context", name, &context, &where))
        return -1;
    struct kubeconfig *k = r->k;
    k->context_name = xstrdup(name);
    if (read_string(r, context, where, "cluster", &k->cluster_name) ||
        read_string(r, context, where, "user", &k->user_name) ||
        read_string(r, context, where, "namespace", &k->namespace_))
        return -1;
    if (!k->cluster_name)
        return refuse(r, "%s.cluster: is missing", where);
    if (read_cluster(r, k->cluster_name))
        return -1;
    return k->user_name ? read_user(r, k->user_name) : 0;
}

static int read_document(struct reader *r, const char *context)
{
    const char *kind = json_string_or(json_get(r->document, "kind"), "Config");
    const char *version = json_string_or(json_get(r->document, "apiVersion"), "v1");
    if (!json_is(r->document, JSON_OBJECT))
        return refuse(r, "is not a kubeconfig file");
    if (strcmp(kind, "Config"))
        return refuse(r, "kind: must be Config, not %s", kind);
    if (strcmp(version, "v1"))
        return refuse(r, "apiVersion: must be v1, not %s", version);
    const char *current = context ? context : json_string(json_get(r->document, "current-context"));
    if (!current || !*current)
        return refuse(r, "current-context: is missing");
    return read_context(r, current);
}

int kubeconfig_parse(struct slice text, const char *path, const char *context, struct kubeconfig *ret,
                     struct error *err)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct kubeconfig k = KUBECONFIG_INIT;
    struct reader r = {.path = path, .k = &k, .err = err};
    if (json_parse_yaml(&arena, text, &r.document, err))
        return error_prefix(err, "%s", path);
    _cleanup_free_ char *copy = xstrdup(path), *folder = realpath(dirname(copy), NULL);
    r.folder = folder ? folder : copy;
    if (read_document(&r, context)) {
        kubeconfig_done(&k);
        return -1;
    }
    *ret = k;
    return 0;
}

int kubeconfig_load(const char *path, const char *context, struct kubeconfig *ret, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    if (file_read(path, FILE_BYTES_MAX, &text, err))
        return -1;
    return kubeconfig_parse((struct slice){text.data, text.size}, path, context, ret, err);
}

int kubeconfig_token(const struct kubeconfig *k, struct buffer *ret, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    if (!k->token_file) {
        if (k->token)
            buffer_append_str(ret, k->token);
        return 0;
    }
    if (file_read(k->token_file, TOKEN_BYTES_MAX, &text, err))
        return -1;
    struct slice token = slice_trim((struct slice){text.data, text.size});
    if (!token.size)
        return error_set(err, ERR_BAD_REQUEST, "%s: the token file is empty", k->token_file);
    for (size_t i = 0; i < token.size; i++)
        if (token.data[i] <= ' ' || token.data[i] > '~')
            return error_set(err, ERR_BAD_REQUEST, "%s: holds no token", k->token_file);
    buffer_append_slice(ret, token);
    return 0;
}

/* JSON's strings are YAML's too. */
static void write_string(struct buffer *out, const char *key, const char *value)
{
    if (!value)
        return;
    buffer_append_str(out, key);
    json_write_string(out, slice_of(value));
    buffer_append_char(out, '\n');
}

static void write_data(struct buffer *out, const char *key, const struct buffer *data, const char *file_key,
                       const char *file)
{
    if (!data->size) {
        write_string(out, file_key, file);
        return;
    }
    buffer_append_str(out, key);
    base64_encode(out, data->data, data->size, BASE64_STANDARD);
    buffer_append_char(out, '\n');
}

static const char *or_default(const char *name)
{
    return name ? name : "default";
}

void kubeconfig_text(const struct kubeconfig *k, struct buffer *out)
{
    buffer_append_str(out, "apiVersion: v1\nkind: Config\nclusters:\n");
    write_string(out, "- name: ", or_default(k->cluster_name));
    buffer_append_str(out, "  cluster:\n");
    write_string(out, "    server: ", k->server);
    write_string(out, "    tls-server-name: ", k->tls_server_name);
    write_data(out, "    certificate-authority-data: ", &k->ca_data,
               "    certificate-authority: ", k->ca_file);
    if (k->insecure_skip_tls_verify)
        buffer_append_str(out, "    insecure-skip-tls-verify: true\n");
    buffer_append_str(out, "users:\n");
    write_string(out, "- name: ", or_default(k->user_name));
    bool anonymous = !k->cert_file && !k->cert_data.size && !k->token_file && !k->token;
    buffer_append_str(out, anonymous ? "  user: {}\n" : "  user:\n");
    write_data(out, "    client-certificate-data: ", &k->cert_data, "    client-certificate: ", k->cert_file);
    write_data(out, "    client-key-data: ", &k->key_data, "    client-key: ", k->key_file);
    write_string(out, "    token: ", k->token);
    write_string(out, "    tokenFile: ", k->token_file);
    buffer_append_str(out, "contexts:\n");
    write_string(out, "- name: ", or_default(k->context_name));
    buffer_append_str(out, "  context:\n");
    write_string(out, "    cluster: ", or_default(k->cluster_name));
    write_string(out, "    user: ", or_default(k->user_name));
    write_string(out, "    namespace: ", k->namespace_);
    write_string(out, "current-context: ", or_default(k->context_name));
}

int kubeconfig_write(const struct kubeconfig *k, const char *path, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    kubeconfig_text(k, &text);
    int r = file_write_atomic(path, (struct slice){text.data, text.size}, 0600, err);
    explicit_bzero(text.data, text.size);
    buffer_done(&text);
    return r;
}

/* Keys and tokens do not stay in freed memory. */
static void free_secret(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void kubeconfig_done(struct kubeconfig *k)
{
    if (k->key_data.data)
        explicit_bzero(k->key_data.data, k->key_data.size);
    buffer_done(&k->ca_data);
    buffer_done(&k->cert_data);
    buffer_done(&k->key_data);
    char *texts[] = {k->cluster_name, k->user_name,   k->context_name, k->namespace_,
                     k->server,       k->server_host, k->server_path,  k->tls_server_name,
                     k->ca_file,      k->cert_file,   k->key_file,     k->token_file};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    free_secret(k->token);
    *k = KUBECONFIG_INIT;
}
