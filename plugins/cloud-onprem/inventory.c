/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the inventory:
 *
 *     adopt_unlisted = true;  region = "home";
 *     nodes = ( { name = "rack1-a"; addresses = [ "10.0.0.5", "203.0.113.5" ]; external = [ "203.0.113.5" ];
 *                 zone = "rack1"; instance_type = "r630"; labels = { disk = "ssd"; }; },
 *               { name = "rack2-[01-40]"; addresses = [ "10.0.2.{n}" ]; zone = "rack2"; } );
 *
 * Everything that is not known is refused, so that a slip of the pen is not a node in the wrong zone; and
 * what a pattern makes is looked at for each name that it stands for. */
#include "plugins/cloud-onprem/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addresses/addresses.h"
#include "plugins/cloud-onprem/reading.h"

#define NODES_MAX 10000
#define NAMES_MAX 100000 /* of one pattern */

static enum keelson_status read_addresses(const struct reading *r, const struct keelson_config *group,
                                          const char *list, enum keelson_address_type type, struct machine *m)
{
    uint32_t count;
    enum keelson_status status = reading_length(r, group, list, INVENTORY_PER_NODE_MAX, &count);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        const char *text = NULL, *where;
        status = reading_text(r, group, list, i, &text, &where);
        if (status == KEELSON_OK)
            m->addresses[m->addresses_count++] = (struct keelson_node_address){.type = type, .address = text};
    }
    return status;
}

/* The API server's rule, for what becomes a label; a node with another would never be set up. */
static bool is_label_value(const char *text)
{
    static const char ends[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t size = strlen(text);
    if (size == 0)
        return true;
    return size <= 63 && strchr(ends, text[0]) && strchr(ends, text[size - 1]) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == size;
}

static enum keelson_status read_labels(const struct reading *r, const struct keelson_config *group,
                                       struct machine *m)
{
    const struct keelson_config *element;
    uint32_t count;
    enum keelson_status status = reading_length(r, group, "labels", INVENTORY_PER_NODE_MAX, &count);
    for (uint32_t i = 0; status == KEELSON_OK && i < count; i++) {
        struct keelson_pair *label = &m->labels[m->labels_count];
        status = r->host->config_member(r->call, group, "labels", i, &label->key);
        if (status == KEELSON_OK && (!*label->key || !is_label_value(label->key)))
            status = r->host->fail(r->call, KEELSON_INVALID, "%s: \"%s\" is no name of a label",
                                   r->host->config_where(group, "labels"), label->key);
        if (status == KEELSON_OK)
            status = r->host->config_element(r->call, group, "labels", i, &element);
        if (status == KEELSON_OK)
            status = r->host->config_string(r->call, element, "", &label->value);
        m->labels_count += status == KEELSON_OK;
    }
    return status;
}

/* What may be said of one machine or, outside of the list, of all that do not say it. */
static enum keelson_status read_general(const struct reading *r, const struct keelson_config *group,
                                        struct machine *m)
{
    const struct {
        const char *name, **place;
    } rows[] = {{"zone", &m->zone},
                {"region", &m->region},
                {"instance_type", &m->instance_type},
                {"power_url", &m->power_url},
                {"power_credentials", &m->power_credentials}};
    enum keelson_status status = KEELSON_OK;
    for (size_t i = 0; status == KEELSON_OK && i < sizeof(rows) / sizeof(rows[0]); i++)
        status = reading_optional(r, group, rows[i].name, rows[i].place);
    return status;
}

static enum keelson_status read_name(const struct reading *r, const struct keelson_config *group,
                                     struct machine *m)
{
    const char *why;
    enum keelson_status status = reading_optional(r, group, "name", &m->name);
    if (status == KEELSON_OK && (!m->name || !*m->name))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: a node needs name = \"…\"",
                             r->host->config_where(group, NULL));
    if (status == KEELSON_OK && (why = pattern_parse(m->name, &m->pattern)))
        return r->host->fail(r->call, KEELSON_INVALID, "%s: \"%s\" %s", r->host->config_where(group, "name"),
                             m->name, why);
    return status;
}

static enum keelson_status read_machine(const struct reading *r, const struct keelson_config *group,
                                        struct machine *m)
{
    static const char *const known[] = {
        "name",   "addresses", "external",          "zone", "region", "instance_type",
        "labels", "power_url", "power_credentials", NULL};
    enum keelson_status status = r->host->config_refuse_unknown(r->call, group, known);
    if (status == KEELSON_OK)
        status = read_name(r, group, m);
    m->addresses = calloc(2 * INVENTORY_PER_NODE_MAX, sizeof(*m->addresses));
    m->labels = calloc(INVENTORY_PER_NODE_MAX, sizeof(*m->labels));
    if (!m->addresses || !m->labels)
        return reading_no_memory(r);
    if (status == KEELSON_OK)
        status = read_general(r, group, m);
    if (status == KEELSON_OK)
        status = read_addresses(r, group, "addresses", KEELSON_ADDRESS_INTERNAL_IP, m);
    if (status == KEELSON_OK)
        status = read_addresses(r, group, "external", KEELSON_ADDRESS_EXTERNAL_IP, m);
    return status == KEELSON_OK ? read_labels(r, group, m) : status;
}

/* Each name that the entry stands for must give values that are some; those of a wildcard are seen only when
 * a node comes. */
static enum keelson_status check_machine(const struct reading *r, const struct keelson_config *group,
                                         const struct inventory *i, const struct machine *m)
{
    struct description *d = malloc(sizeof(*d));
    uint64_t names = pattern_names(&m->pattern);
    bool wild = names == UINT64_MAX;
    enum keelson_status status = d ? KEELSON_OK : reading_no_memory(r);
    if (status == KEELSON_OK && !wild && names > NAMES_MAX)
        status = r->host->fail(r->call, KEELSON_INVALID, "%s: \"%s\" stands for more than %u names",
                               r->host->config_where(group, "name"), m->name, NAMES_MAX);
    for (uint64_t n = 0; status == KEELSON_OK && n < (wild ? 1 : names); n++) {
        char name[256];
        const char *field = "name",
                   *why = pattern_name(&m->pattern, n, name, sizeof(name)) ? NULL : "is too long";
        if (!why)
            why = inventory_describe(i, m, name, strlen(name), d, &field);
        if (why && !(wild && why == d->problem && d->problem_made))
            status = r->host->fail(r->call, KEELSON_INVALID, "%s: node \"%s\": %s: %s",
                                   r->host->config_where(group, field), m->name, field, why);
    }
    free(d);
    return status;
}

static enum keelson_status check_twice(const struct reading *r, const struct keelson_config *group,
                                       const struct inventory *i, const struct machine *m)
{
    for (const struct machine *other = i->machines; other < m; other++)
        if (strcmp(other->name, m->name) == 0)
            return r->host->fail(r->call, KEELSON_INVALID, "%s: node \"%s\" is listed twice",
                                 r->host->config_where(group, NULL), m->name);
    return KEELSON_OK;
}

static enum keelson_status read_machines(const struct reading *r, struct inventory *i)
{
    const struct keelson_config *group;
    uint32_t count;
    enum keelson_status status = reading_length(r, r->config, "nodes", NODES_MAX, &count);
    i->machines = calloc(count + 1, sizeof(*i->machines));
    if (!i->machines)
        return reading_no_memory(r);
    for (uint32_t n = 0; status == KEELSON_OK && n < count; n++) {
        struct machine *m = &i->machines[i->machines_count++];
        status = r->host->config_element(r->call, r->config, "nodes", n, &group);
        if (status == KEELSON_OK)
            status = read_machine(r, group, m);
        if (status == KEELSON_OK)
            status = check_twice(r, group, i, m);
        if (status == KEELSON_OK)
            status = check_machine(r, group, i, m);
    }
    return status;
}

/* The general settings, as they hold for a machine that is not listed. Braces wait for one that has them. */
static enum keelson_status check_general(const struct reading *r, const struct inventory *i)
{
    enum keelson_status status = KEELSON_OK;
    const char *field;
    struct description *d = malloc(sizeof(*d));
    if (!d)
        return reading_no_memory(r);
    if (inventory_describe(i, NULL, "node", 4, d, &field) == d->problem && !d->problem_made)
        status = r->host->fail(r->call, KEELSON_INVALID, "%s: %s: %s",
                               r->host->config_where(r->config, field), field, d->problem);
    free(d);
    return status;
}

enum keelson_status inventory_read(const struct keelson_host *host, const struct keelson_call *call,
                                   const struct keelson_config *config, struct inventory *ret)
{
    const struct reading r = {host, call, config};
    struct inventory i = {.adopt_unlisted = true};
    int adopt = 1;
    enum keelson_status status = reading_optional_boolean(&r, config, "adopt_unlisted", &adopt);
    if (status == KEELSON_OK)
        status = read_general(&r, config, &i.general);
    if (status == KEELSON_OK)
        status = check_general(&r, &i);
    if (status == KEELSON_OK)
        status = read_machines(&r, &i);
    if (status != KEELSON_OK) {
        inventory_done(&i);
        return status;
    }
    i.adopt_unlisted = adopt;
    *ret = i;
    return KEELSON_OK;
}

void inventory_done(struct inventory *i)
{
    for (uint32_t n = 0; n < i->machines_count; n++) {
        free(i->machines[n].addresses);
        free(i->machines[n].labels);
    }
    free(i->machines);
    *i = (struct inventory){0};
}

/* A provider ID may be whatever a node's kubelet wrote, and its name becomes part of paths and URLs. */
static bool is_node_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", name[i]) || !name[i])
            return false;
    return size > 0;
}

const struct machine *inventory_find(const struct inventory *i, const char *name, size_t size)
{
    struct pattern_match match;
    for (uint32_t n = 0; n < i->machines_count; n++) {
        const struct machine *m = &i->machines[n];
        if (pattern_is_plain(&m->pattern) && strlen(m->name) == size && memcmp(m->name, name, size) == 0)
            return m;
    }
    for (uint32_t n = 0; n < i->machines_count; n++)
        if (!pattern_is_plain(&i->machines[n].pattern) &&
            pattern_match(&i->machines[n].pattern, name, size, &match))
            return &i->machines[n];
    return NULL;
}

struct describing {
    const struct pattern_match *match;
    struct description *d;
};

static const char *expand(const struct describing *w, const char *text, const char **ret)
{
    struct description *d = w->d;
    char *place = d->text + d->used;
    if (!text || d->used + 1 >= sizeof(d->text))
        return text ? "becomes too long" : NULL;
    const char *why = pattern_expand(text, w->match, place, sizeof(d->text) - d->used);
    if (why)
        return why;
    d->used += strlen(place) + 1;
    *ret = place;
    return NULL;
}

/* value was made of text. */
static void note_problem(struct description *d, const char *field, const char *text, const char *value,
                         const char *what)
{
    bool made = strchr(text, '{') != NULL;
    if (*d->problem && (made || !d->problem_made))
        return;
    snprintf(d->problem, sizeof(d->problem), "\"%s\" %s", value, what);
    d->problem_field = field;
    d->problem_made = made;
}

static bool is_label(struct description *d, const char *field, const char *text, const char *value)
{
    if (is_label_value(value))
        return true;
    note_problem(d, field, text, value,
                 "is no value of a label: letters, digits, \"-_.\" within, 63 at most");
    return false;
}

/* The machine's own, else the general one. */
static const char *expand_rows(const struct describing *w, const struct machine *own,
                               const struct machine *general, const char **ret_field)
{
    struct description *d = w->d;
    const struct {
        const char *field, *own, *general, **place;
        bool is_label;
    } rows[] = {
        {"zone", own->zone, general->zone, &d->zone, true},
        {"region", own->region, general->region, &d->region, true},
        {"instance_type", own->instance_type, general->instance_type, &d->instance_type, true},
        {"power_url", own->power_url, general->power_url, &d->power_url, false},
        {"power_credentials", own->power_credentials, general->power_credentials, &d->power_credentials,
         false},
    };
    const char *why = NULL;
    for (size_t i = 0; !why && i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *text = rows[i].own ? rows[i].own : rows[i].general;
        *ret_field = rows[i].field;
        why = expand(w, text, rows[i].place);
        if (!why && text && rows[i].is_label && !is_label(d, rows[i].field, text, *rows[i].place))
            *rows[i].place = NULL;
    }
    if (d->power_url && strncmp(d->power_url, "https://", 8) != 0)
        note_problem(d, "power_url", own->power_url ? own->power_url : general->power_url, d->power_url,
                     "does not begin with https://");
    return why;
}

static const char *expand_labels(const struct describing *w, const struct machine *m, const char **ret_field)
{
    const char *why = NULL;
    *ret_field = "labels";
    for (uint32_t i = 0; !why && i < m->labels_count; i++) {
        struct keelson_pair *label = &w->d->labels[w->d->labels_count];
        label->key = m->labels[i].key;
        why = expand(w, m->labels[i].value, &label->value);
        w->d->labels_count += !why && is_label(w->d, "labels", m->labels[i].value, label->value);
    }
    return why;
}

static const char *expand_addresses(const struct describing *w, const struct machine *m,
                                    const char **ret_field)
{
    for (uint32_t i = 0; i < m->addresses_count; i++) {
        struct keelson_node_address *place = &w->d->addresses[w->d->addresses_count];
        struct address a;
        *ret_field = "addresses";
        const char *why = expand(w, m->addresses[i].address, &place->address);
        if (why)
            *ret_field = "an address";
        if (why)
            return why;
        place->type = m->addresses[i].type;
        bool good = address_parse(place->address, strlen(place->address), &a);
        w->d->addresses_count += good;
        if (!good)
            note_problem(w->d, "addresses", m->addresses[i].address, place->address, "is no IP address");
    }
    return NULL;
}

const char *inventory_describe(const struct inventory *i, const struct machine *machine, const char *name,
                               size_t size, struct description *ret, const char **ret_field)
{
    static const struct machine unlisted;
    struct pattern_match match = {.name = name, .name_size = size};
    const struct describing w = {&match, ret};
    const char *why;
    ret->zone = ret->region = ret->instance_type = ret->power_url = ret->power_credentials = NULL;
    ret->addresses_count = ret->labels_count = 0;
    ret->used = 0;
    ret->problem[0] = '\0';
    *ret_field = "name";
    if (!is_node_name(name, size))
        return "is no name of a node";
    if (machine && !pattern_match(&machine->pattern, name, size, &match))
        return "does not match";
    machine = machine ? machine : &unlisted;
    if ((why = expand_rows(&w, machine, &i->general, ret_field)) ||
        (why = expand_labels(&w, machine, ret_field)) || (why = expand_addresses(&w, machine, ret_field)))
        return why;
    *ret_field = ret->problem_field;
    return *ret->problem ? ret->problem : NULL;
}
