/* SPDX-License-Identifier: Apache-2.0 */
/* See settings.h. Everything that is not known is refused. */
#include "plugins/cloud-gcp/gcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const struct keelson_host *host;
    const struct keelson_call *call;
    const struct keelson_config *config;
};

/* Names of projects ("example.com:p" too), regions, zones and tags: they become part of URLs. */
static bool is_name(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.:");
    return size > 0 && size < 64 && !text[size];
}

/* A name, or a link of this form, in which stars stand for names. */
static bool is_name_or_link(const char *text, const char *form)
{
    if (is_name(text))
        return true;
    for (; *form; form++) {
        size_t size = strcspn(text, "/");
        char name[64];
        if (*form != '*' && *text++ != *form)
            return false;
        if (*form != '*')
            continue;
        snprintf(name, sizeof(name), "%.*s", size < sizeof(name) ? (int)size : 0, text);
        if (!is_name(name))
            return false;
        text += size;
    }
    return !*text;
}

static bool is_network(const char *text)
{
    return is_name_or_link(text, "projects/*/global/networks/*");
}

static bool is_subnetwork(const char *text)
{
    return is_name_or_link(text, "projects/*/regions/*/subnetworks/*");
}

static bool is_url(const char *text, bool may_be_plain)
{
    size_t size = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
    return (size == 8 || (size == 7 && may_be_plain)) && text[size] && text[size] != '/';
}

static enum keelson_status read_text(const struct reading *r, const char *name, bool (*good)(const char *),
                                     const char **ret)
{
    enum keelson_status status = r->host->config_string(r->call, r->config, name, ret);
    if (status == KEELSON_OK && good && !good(*ret))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: \"%s\" cannot be the %s",
                             r->host->config_where(r->config, name), *ret, name);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

static enum keelson_status read_number(const struct reading *r, const char *name, int64_t most, int64_t *ret)
{
    enum keelson_status status = r->host->config_integer(r->call, r->config, name, ret);
    if (status == KEELSON_OK && (*ret < 1 || *ret > most))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: %s must be between 1 and %lld",
                             r->host->config_where(r->config, name), name, (long long)most);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

static enum keelson_status read_names(const struct reading *r, const char *name, uint32_t most,
                                      const char **ret, uint32_t *ret_count)
{
    uint32_t count = 0;
    enum keelson_status status = r->host->config_length(r->call, r->config, name, &count);
    if (status == KEELSON_NOT_FOUND)
        return KEELSON_OK;
    if (status == KEELSON_OK && count > most)
        return r->host->fail(r->call, KEELSON_INVALID, "%s: more than %u entries in %s",
                             r->host->config_where(r->config, name), most, name);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        const struct keelson_config *element;
        status = r->host->config_element(r->call, r->config, name, i, &element);
        if (status == KEELSON_OK)
            status = r->host->config_string(r->call, element, "", &ret[i]);
        if (status == KEELSON_OK && !is_name(ret[i]))
            status = r->host->fail(r->call, KEELSON_INVALID, "%s: \"%s\" cannot stand in %s",
                                   r->host->config_where(element, ""), ret[i], name);
    }
    *ret_count = count;
    return status;
}

static enum keelson_status read_texts(const struct reading *r, struct settings *s)
{
    const struct {
        const char *name;
        bool (*good)(const char *);
        const char **ret;
    } rows[] = {
        {"project", is_name, &s->project},    {"region", is_name, &s->region},
        {"network", is_network, &s->network}, {"subnetwork", is_subnetwork, &s->subnetwork},
        {"endpoint", NULL, &s->endpoint},     {"metadata_endpoint", NULL, &s->metadata_endpoint},
        {"ca_file", NULL, &s->ca_file},       {"credentials_file", NULL, &s->credentials_file},
        {"token_file", NULL, &s->token_file},
    };
    enum keelson_status status = KEELSON_OK;
    for (size_t i = 0; status == KEELSON_OK && i < sizeof(rows) / sizeof(rows[0]); i++)
        status = read_text(r, rows[i].name, rows[i].good, rows[i].ret);
    return status;
}

static enum keelson_status check_url(const struct reading *r, const char *name, const char *url,
                                     bool may_be_plain)
{
    return is_url(url, may_be_plain)
               ? KEELSON_OK
               : r->host->fail(r->call, KEELSON_INVALID,
                               "%s: %s: \"%s\" is no URL that begins with https://%s",
                               r->host->config_where(r->config, name), name, url,
                               may_be_plain ? " or http://" : " (http:// needs allow_plain)");
}

static enum keelson_status check(const struct reading *r, const struct settings *s)
{
    TRY(check_url(r, "endpoint", s->endpoint, s->allow_plain));
    TRY(check_url(r, "metadata_endpoint", s->metadata_endpoint, true)); /* on the machine itself */
    if (!s->project)
        return r->host->fail(r->call, KEELSON_INVALID, "%s: a Google cloud needs project = \"…\"",
                             r->host->config_where(r->config, NULL));
    for (uint32_t i = 0; s->region && i < s->zones_count; i++) {
        size_t size = strlen(s->region);
        if (strncmp(s->zones[i], s->region, size) != 0 || s->zones[i][size] != '-')
            return r->host->fail(r->call, KEELSON_INVALID, "%s: zone \"%s\" is not in the region \"%s\"",
                                 r->host->config_where(r->config, "zones"), s->zones[i], s->region);
    }
    return KEELSON_OK;
}

enum keelson_status settings_read(const struct keelson_host *host, const struct keelson_call *call,
                                  const struct keelson_config *config, struct settings *ret)
{
    static const char *const known[] = {"project",
                                        "region",
                                        "zones",
                                        "network",
                                        "subnetwork",
                                        "node_tags",
                                        "endpoint",
                                        "ca_file",
                                        "metadata_endpoint",
                                        "credentials_file",
                                        "token_file",
                                        "allow_plain",
                                        "requests_per_second",
                                        "request_timeout_seconds",
                                        NULL};
    const struct reading r = {host, call, config};
    struct settings s = {
        .network = "default",
        .endpoint = "https://compute.googleapis.com",
        .metadata_endpoint = "http://169.254.169.254",
        .requests_per_second = 10,
        .request_timeout_seconds = 20,
    };
    enum keelson_status status = host->config_refuse_unknown(call, config, known);
    if (status == KEELSON_OK)
        status = read_texts(&r, &s);
    if (status == KEELSON_OK)
        status = read_names(&r, "zones", ZONES_MAX, s.zones, &s.zones_count);
    if (status == KEELSON_OK)
        status = read_names(&r, "node_tags", TAGS_MAX, s.node_tags, &s.node_tags_count);
    if (status == KEELSON_OK)
        status = read_number(&r, "requests_per_second", 1000, &s.requests_per_second);
    if (status == KEELSON_OK)
        status = read_number(&r, "request_timeout_seconds", 600, &s.request_timeout_seconds);
    if (status == KEELSON_OK)
        status = host->config_boolean(call, config, "allow_plain", &s.allow_plain);
    if (status == KEELSON_OK || status == KEELSON_NOT_FOUND)
        status = check(&r, &s);
    if (status == KEELSON_OK)
        *ret = s;
    return status;
}

static enum keelson_status refuse_change(const struct reading *r, const char *name, const char *now)
{
    return r->host->fail(r->call, KEELSON_INVALID,
                         "%s: %s cannot change while it runs (it is %s%s%s): what was made would be left "
                         "behind",
                         r->host->config_where(r->config, name), name, now ? "\"" : "", now ? now : "absent",
                         now ? "\"" : "");
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

enum keelson_status settings_check_change(const struct keelson_host *host, const struct keelson_call *call,
                                          const struct keelson_config *config, const struct settings *now,
                                          const struct settings *next)
{
    const struct reading r = {host, call, config};
    const struct {
        const char *name, *now, *next;
    } fixed[] = {{"project", now->project, next->project},
                 {"region", now->region, next->region},
                 {"network", now->network, next->network}};
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (!same(fixed[i].now, fixed[i].next))
            return refuse_change(&r, fixed[i].name, fixed[i].now);
    if (now->zones_count == 0 && next->zones_count > 0)
        return refuse_change(&r, "zones", NULL);
    for (uint32_t i = 0; i < now->zones_count; i++)
        if (!settings_has_zone(next, now->zones[i]))
            return host->fail(call, KEELSON_INVALID,
                              "%s: zones: \"%s\" cannot be taken away while it runs: its nodes and instance "
                              "group would be left behind",
                              host->config_where(config, "zones"), now->zones[i]);
    return KEELSON_OK;
}

void settings_network_link(const struct settings *s, char ret[SETTINGS_LINK_SIZE])
{
    if (strchr(s->network, '/'))
        snprintf(ret, SETTINGS_LINK_SIZE, "%s", s->network);
    else
        snprintf(ret, SETTINGS_LINK_SIZE, "projects/%s/global/networks/%s", s->project, s->network);
}

int settings_base_size(const char *url)
{
    size_t size = strlen(url);
    return (int)(size - (size > 0 && url[size - 1] == '/'));
}

bool settings_network_is_foreign(const struct settings *s)
{
    size_t size = strlen(s->project);
    if (strncmp(s->network, "projects/", 9) != 0)
        return false;
    return strncmp(s->network + 9, s->project, size) != 0 || s->network[9 + size] != '/';
}

bool settings_has_zone(const struct settings *s, const char *zone)
{
    size_t size = s->region ? strlen(s->region) : 0;
    for (uint32_t i = 0; i < s->zones_count; i++)
        if (strcmp(s->zones[i], zone) == 0)
            return true;
    if (s->zones_count > 0)
        return false;
    return !s->region || (strncmp(zone, s->region, size) == 0 && zone[size] == '-');
}
