/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workload identity federation: a token that somebody else gives us (a file that a kubelet or an agent keeps
 * fresh, or a URL) is exchanged for one of Google's (RFC 8693), and that, where the file says so, for one of
 * a service account.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugins/cloud-gcp/credential.h"

#define HEADERS_MAX  8
#define LIFETIME     "3600s"
#define ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define EXCHANGE     "urn:ietf:params:oauth:grant-type:token-exchange"

static enum keelson_status read_source(struct gcp *g, const struct keelson_call *call, json_object *source,
                                       char **ret)
{
    const char *path = document_text(source, "file"), *url = document_text(source, "url");
    json_object *given = document_object(source, "headers");
    struct cloud_http_header headers[HEADERS_MAX];
    size_t count = 0;
    if (path)
        return credential_read_file(g, call, path, ret);
    if (!url)
        return g->host->fail(call, KEELSON_DENIED,
                             "credential_source: only \"file\" and \"url\" are supported");
    bool is_on_the_machine = strncmp(url, "https://", 8) != 0; /* or beside it, as a metadata server is */
    if (given) {
        json_object_object_foreach(given, name, value)
        {
            if (count < HEADERS_MAX && json_object_is_type(value, json_type_string))
                headers[count++] = (struct cloud_http_header){name, json_object_get_string(value)};
        }
    }
    return ask_text(g, call,
                    &(struct ask){.http = is_on_the_machine ? g->metadata_http : g->foreign_http,
                                  .method = "GET",
                                  .url = url,
                                  .headers = headers,
                                  .headers_count = count},
                    ret);
}

/* The foreign token: the text itself, or a member of it. */
static enum keelson_status subject_token(struct gcp *g, const struct keelson_call *call, json_object *source,
                                         char **ret)
{
    _cleanup_text_ char *text = NULL;
    json_object *format = document_object(source, "format");
    const char *type = document_text(format, "type"),
               *field = document_text(format, "subject_token_field_name");
    TRY(read_source(g, call, source, &text));
    if (type && strcmp(type, "json") == 0) {
        _cleanup_document_ json_object *held = document_parse(text, strlen(text));
        const char *token = field ? document_text(held, field) : NULL;
        free(text);
        text = token ? strdup(token) : NULL;
    } else {
        text[strcspn(text, "\r\n")] = '\0';
    }
    if (!text || !access_token_is_good(text))
        return g->host->fail(call, KEELSON_DENIED, "credential_source holds no token");
    *ret = text;
    text = NULL;
    return KEELSON_OK;
}

static enum keelson_status exchange(struct gcp *g, const struct keelson_call *call, json_object *file,
                                    const char *subject, struct access_token *ret)
{
    const char *audience = document_text(file, "audience"), *type = document_text(file, "subject_token_type"),
               *url = document_text(file, "token_url");
    if (!audience || !type || !url)
        return g->host->fail(call, KEELSON_DENIED,
                             "the external account's file lacks audience, subject_token_type or token_url");
    struct form form = {0};
    struct said said = {0};
    bool good = form_add(&form, "grant_type", EXCHANGE) && form_add(&form, "audience", audience) &&
                form_add(&form, "scope", SCOPE) && form_add(&form, "requested_token_type", ACCESS_TOKEN) &&
                form_add(&form, "subject_token_type", type) && form_add(&form, "subject_token", subject);
    enum keelson_status status = good ? KEELSON_OK : g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    if (status == KEELSON_OK)
        status = ask(g, call,
                     &(struct ask){.http = g->http,
                                   .method = "POST",
                                   .url = url,
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = form.text},
                     &said);
    if (status == KEELSON_OK)
        status = access_token_of(g, call, &said, "the token exchange", ret);
    said_done(&said);
    free(form.text);
    return status;
}

/* {"accessToken", "expireTime"} in the form of access_token_of(). */
static void rename_members(json_object *answer)
{
    const char *text = document_text(answer, "accessToken"), *ends = document_text(answer, "expireTime");
    struct tm tm = {0};
    if (!text || !ends || !strptime(ends, "%Y-%m-%dT%H:%M:%S", &tm))
        return;
    json_object_object_add(answer, "access_token", json_object_new_string(text));
    json_object_object_add(answer, "expires_in", json_object_new_int64(timegm(&tm) - time(NULL)));
}

static enum keelson_status impersonate(struct gcp *g, const struct keelson_call *call, const char *url,
                                       struct access_token *token)
{
    struct access_token federated = *token;
    struct said said;
    const struct ask a = {.http = g->http,
                          .method = "POST",
                          .url = url,
                          .bearer = federated.text,
                          .content_type = "application/json",
                          .body = "{\"scope\":[\"" SCOPE "\"],\"lifetime\":\"" LIFETIME "\"}"};
    enum keelson_status status = ask(g, call, &a, &said);
    if (status == KEELSON_OK) {
        rename_members(said.document);
        status = access_token_of(g, call, &said, "the service account's impersonation", token);
    }
    said_done(&said);
    free(federated.text);
    return status;
}

static enum keelson_status fetch(struct gcp *g, const struct keelson_call *call, json_object *file,
                                 struct access_token *ret)
{
    _cleanup_text_ char *subject = NULL;
    struct access_token token = {0};
    const char *account = document_text(file, "service_account_impersonation_url");
    TRY(subject_token(g, call, document_object(file, "credential_source"), &subject));
    TRY(exchange(g, call, file, subject, &token));
    if (account)
        TRY(impersonate(g, call, account, &token));
    *ret = token;
    return KEELSON_OK;
}

const struct credential_source credential_federation = {"external_account", fetch};
