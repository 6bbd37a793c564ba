/* SPDX-License-Identifier: Apache-2.0 */
/* See settings.h. Everything that is not known is refused. */
#include <ctype.h>
#include <stddef.h>

#include "plugins/cloud-aws/settings.h"
#include "plugins/cloud-aws/text.h"

struct row {
    const char *path; /* in the group */
    size_t offset;
};
#define TEXT(path_, member_)                                                                                 \
    {                                                                                                        \
        path_, offsetof(struct settings, member_)                                                            \
    }

static const struct row texts[] = {
    TEXT("region", region),
    TEXT("account", account),
    TEXT("vpc", vpc),
    TEXT("ca_file", ca_file),
    TEXT("proxy", proxy),
    TEXT("credentials.access_key_id", access_key_id),
    TEXT("credentials.secret_access_key", secret_access_key),
    TEXT("credentials.session_token", session_token),
    TEXT("credentials.profile", profile),
    TEXT("credentials.credentials_file", credentials_file),
    TEXT("credentials.config_file", config_file),
    TEXT("credentials.role_arn", role_arn),
    TEXT("credentials.role_session_name", role_session_name),
    TEXT("credentials.web_identity_token_file", web_identity_token_file),
    TEXT("endpoints.ec2", ec2_url),
    TEXT("endpoints.elasticloadbalancing", elb_url),
    TEXT("endpoints.sts", sts_url),
    TEXT("endpoints.imds", imds_url),
};

static const char *const known[] = {"region",      "account",   "vpc",   "ca_file",
                                    "proxy",       "endpoints", "imds",  "requests_per_second",
                                    "credentials", "timeout",   "cache", "allow_plain_http",
                                    NULL};
static const char *const known_credentials[] = {"access_key_id",
                                                "secret_access_key",
                                                "session_token",
                                                "profile",
                                                "credentials_file",
                                                "config_file",
                                                "role_arn",
                                                "role_session_name",
                                                "web_identity_token_file",
                                                NULL};
static const char *const known_endpoints[] = {"ec2", "elasticloadbalancing", "sts", "imds", NULL};

struct reading {
    const struct keelson_host *host;
    const struct keelson_call *call;
    const struct keelson_config *config;
};

/* The members of the group called so in the configuration; absent is fine. */
static enum keelson_status refuse_unknown(const struct reading *r, const char *group,
                                          const char *const *names)
{
    const char *member;
    for (uint32_t i = 0;; i++) {
        enum keelson_status status = r->host->config_member(r->call, r->config, group, i, &member);
        if (status != KEELSON_OK)
            return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
        const char *const *name = names;
        while (*name && strcmp(*name, member) != 0)
            name++;
        if (!*name)
            return r->host->fail(r->call, KEELSON_INVALID, "%s: unknown setting \"%s.%s\"",
                                 r->host->config_where(r->config, group), group, member);
    }
}

static enum keelson_status read_texts(const struct reading *r, struct settings *s)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *value = NULL;
        enum keelson_status status = r->host->config_string(r->call, r->config, texts[i].path, &value);
        if (status == KEELSON_NOT_FOUND)
            continue;
        if (status != KEELSON_OK)
            return status;
        memcpy((char *)s + texts[i].offset, &value, sizeof(value));
    }
    return KEELSON_OK;
}

static enum keelson_status read_numbers(const struct reading *r, struct settings *s)
{
    enum keelson_status status =
        r->host->config_float(r->call, r->config, "requests_per_second", &s->requests_per_second);
    if (status == KEELSON_OK || status == KEELSON_NOT_FOUND)
        status = r->host->config_integer(r->call, r->config, "timeout", &s->stall_timeout_ms);
    if (status == KEELSON_OK || status == KEELSON_NOT_FOUND)
        status = r->host->config_integer(r->call, r->config, "cache", &s->cache_s);
    if (status == KEELSON_OK || status == KEELSON_NOT_FOUND)
        status = r->host->config_boolean(r->call, r->config, "imds", &s->use_imds);
    if (status == KEELSON_OK || status == KEELSON_NOT_FOUND)
        status = r->host->config_boolean(r->call, r->config, "allow_plain_http", &s->allow_plain_http);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

bool settings_is_region(const char *region)
{
    size_t size = strlen(region);
    for (const char *c = region; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
            return false;
    return size > 3 && size < 40;
}

static bool is_account(const char *account)
{
    return strlen(account) == 12 && strspn(account, "0123456789") == 12;
}

static const char *text_of_row(const struct settings *s, const struct row *row)
{
    const char *text;
    memcpy(&text, (const char *)s + row->offset, sizeof(text));
    return text;
}

/* The metadata service is on the machine or beside it, and knows no TLS. */
static bool is_url(const struct settings *s, const struct row *row, const char *url)
{
    bool may_be_plain = s->allow_plain_http || row->offset == offsetof(struct settings, imds_url);
    size_t size = strncmp(url, "https://", 8) == 0                  ? 8
                  : may_be_plain && strncmp(url, "http://", 7) == 0 ? 7
                                                                    : 0;
    return size && url[size];
}

static enum keelson_status refuse(const struct reading *r, const char *path, const char *why)
{
    return r->host->fail(r->call, KEELSON_INVALID, "%s: \"%s\" %s", r->host->config_where(r->config, path),
                         path, why);
}

static enum keelson_status check(const struct reading *r, const struct settings *s)
{
    if (s->region && !settings_is_region(s->region))
        return refuse(r, "region", "is no name of a region");
    if (s->account && !is_account(s->account))
        return refuse(r, "account", "is no account: 12 digits");
    if (s->vpc && strncmp(s->vpc, "vpc-", 4) != 0)
        return refuse(r, "vpc", "is no VPC's ID");
    bool id = s->access_key_id && *s->access_key_id, secret = s->secret_access_key && *s->secret_access_key;
    if (id != secret || (!id && (s->access_key_id || s->secret_access_key || s->session_token)))
        return refuse(r, "credentials",
                      "needs both of access_key_id and secret_access_key, or none, nor session_token then");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *url = text_of_row(s, &texts[i]);
        if (strncmp(texts[i].path, "endpoints.", 10) == 0 && url && !is_url(s, &texts[i], url))
            return refuse(r, texts[i].path,
                          "is no URL that begins with https:// (http:// needs allow_plain_http)");
    }
    if (s->requests_per_second < 0.1 || s->requests_per_second > 1000)
        return refuse(r, "requests_per_second", "must be from 0.1 to 1000");
    if (s->cache_s < 0 || s->cache_s > 60)
        return refuse(r, "cache", "is in seconds, from 0 to 60");
    if (s->stall_timeout_ms < 1000 || s->stall_timeout_ms > 300000)
        return refuse(r, "timeout", "is in milliseconds, from 1000 to 300000");
    return KEELSON_OK;
}

enum keelson_status settings_read(const struct keelson_host *host, const struct keelson_call *call,
                                  const struct keelson_config *config, struct settings *ret)
{
    const struct reading r = {host, call, config};
    struct settings s = {.requests_per_second = 10, .stall_timeout_ms = 15000, .cache_s = 10, .use_imds = 1};
    enum keelson_status status = host->config_refuse_unknown(call, config, known);
    if (status == KEELSON_OK)
        status = refuse_unknown(&r, "credentials", known_credentials);
    if (status == KEELSON_OK)
        status = refuse_unknown(&r, "endpoints", known_endpoints);
    if (status == KEELSON_OK)
        status = read_texts(&r, &s);
    if (status == KEELSON_OK)
        status = read_numbers(&r, &s);
    if (status == KEELSON_OK)
        status = check(&r, &s);
    if (status == KEELSON_OK)
        *ret = s;
    return status;
}

/* Load balancers, routes and nodes that were made or known there would be nobody's. */
static enum keelson_status refuse_change(const struct reading *r, const char *path, const char *from,
                                         const char *to)
{
    if (!from || !*from || !to || strcmp(from, to) == 0)
        return KEELSON_OK;
    return r->host->fail(
        r->call, KEELSON_INVALID,
        "%s: \"%s\" cannot change from %s to %s while it runs: give the other one an entry of its "
        "own, or restart",
        r->host->config_where(r->config, path), path, from, to);
}

enum keelson_status settings_read_next(const struct keelson_host *host, const struct keelson_call *call,
                                       const struct keelson_config *config, const struct settings *before,
                                       const char *region, struct settings *ret)
{
    const struct reading r = {host, call, config};
    struct settings s;
    enum keelson_status status = settings_read(host, call, config, &s);
    if (status == KEELSON_OK)
        status = refuse_change(&r, "region", *region ? region : before->region, s.region);
    if (status == KEELSON_OK)
        status = refuse_change(&r, "account", before->account, s.account);
    if (status == KEELSON_OK)
        status = refuse_change(&r, "vpc", before->vpc, s.vpc);
    if (status == KEELSON_OK)
        *ret = s;
    return status;
}
