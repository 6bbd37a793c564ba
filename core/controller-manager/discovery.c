/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery by the plain documents, /api, /apis and one a group and version, which every server of every age
 * has. */
#include "core/controller-manager/discovery.h"

#include <pthread.h>

#include "core/base/memory.h"

/* Rows of resources that are not built in. Never freed. */
static pthread_mutex_t interned_lock = PTHREAD_MUTEX_INITIALIZER;
static struct interned {
    struct interned *next;
    struct resource row;
} * interned;

static const struct resource *find_interned(const char *group, const char *version, const char *plural)
{
    for (struct interned *i = interned; i; i = i->next)
        if (!strcmp(i->row.group, group) && !strcmp(i->row.version, version) &&
            !strcmp(i->row.plural, plural))
            return &i->row;
    return NULL;
}

static unsigned verbs_of(const struct json *item)
{
    unsigned verbs = 0;
    json_for_each (verb, json_get(item, "verbs"))
        verbs |= (unsigned)verb_parse(json_string_or(verb, ""));
    return verbs;
}

static const struct resource *intern(const char *group, const char *version, const struct json *item)
{
    const char *plural = json_string_or(json_get(item, "name"), ""),
               *kind = json_string_or(json_get(item, "kind"), "");
    const struct resource *r = resource_find(group, version, plural);
    if (r)
        return r;
    pthread_mutex_lock(&interned_lock);
    r = find_interned(group, version, plural);
    if (!r) {
        struct interned *i = new0(struct interned);
        i->row = (struct resource){.group = xstrdup(group),
                                   .version = xstrdup(version),
                                   .plural = xstrdup(plural),
                                   .kind = xstrdup(kind),
                                   .namespaced = json_boolean_at(item, "namespaced", false),
                                   .verbs = verbs_of(item)};
        i->next = interned;
        interned = i;
        r = &i->row;
    }
    pthread_mutex_unlock(&interned_lock);
    return r;
}

static bool known_already(const struct discovered *d, const char *group, const char *plural)
{
    for (size_t i = 0; i < d->count; i++)
        if (!strcmp(d->rows[i]->group, group) && !strcmp(d->rows[i]->plural, plural))
            return true;
    return false;
}

/* One group and version's resources. */
static int add_version(struct client *client, const char *group, const char *version, unsigned verbs,
                       struct discovered *d, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *list = NULL;
    char *target = group[0] ? arena_printf(&arena, "/apis/%s/%s", group, version)
                            : arena_printf(&arena, "/api/%s", version);
    int rc = client_raw(client, "GET", target, NULL, &arena, &list, err);
    json_for_each (item, json_get(list, "resources")) {
        const char *plural = json_string_or(json_get(item, "name"), "");
        if (strchr(plural, '/') || (verbs_of(item) & verbs) != verbs || known_already(d, group, plural))
            continue;
        d->rows = xgrow(d->rows, &d->capacity, d->count + 1, sizeof(*d->rows));
        d->rows[d->count++] = intern(group, version, item);
    }
    arena_done(&arena);
    return rc;
}

static int add_group(struct client *client, const struct json *group, unsigned verbs, struct discovered *d,
                     struct error *err)
{
    const char *name = json_string_or(json_get(group, "name"), "");
    const char *preferred = json_string_or(json_at(group, "preferredVersion.version"), "");
    int result = 0;
    for (int pass = 0; pass < 2; pass++)
        json_for_each (entry, json_get(group, "versions")) {
            const char *version = json_string_or(json_get(entry, "version"), "");
            if ((pass == 0) == !strcmp(version, preferred) &&
                add_version(client, name, version, verbs, d, err) < 0)
                result = -1;
        }
    return result;
}

int discover(struct client *client, unsigned verbs, struct discovered *ret, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *groups = NULL;
    int result = add_version(client, "", "v1", verbs, ret, err);
    if (client_raw(client, "GET", "/apis", NULL, &arena, &groups, err) < 0)
        result = -1;
    json_for_each (group, json_get(groups, "groups"))
        if (add_group(client, group, verbs, ret, err) < 0)
            result = -1;
    arena_done(&arena);
    return result;
}

void discovered_done(struct discovered *d)
{
    free(d->rows);
    *d = (struct discovered){0};
}

static const struct resource *known_kind(const char *group, const char *version, const char *kind)
{
    const struct resource *r = resource_find_kind(group, version, kind);
    pthread_mutex_lock(&interned_lock);
    for (struct interned *i = interned; i && !r; i = i->next)
        if (!strcmp(i->row.group, group) && !strcmp(i->row.version, version) && !strcmp(i->row.kind, kind))
            r = &i->row;
    pthread_mutex_unlock(&interned_lock);
    return r;
}

static const struct resource *ask_for_kind(struct client *client, struct arena *arena, const char *group,
                                           const char *version, const char *kind, struct error *err)
{
    struct json *list = NULL;
    struct error one = ERROR_INIT;
    char *target = group[0] ? arena_printf(arena, "/apis/%s/%s", group, version)
                            : arena_printf(arena, "/api/%s", version);
    const struct resource *r = NULL;
    if (client_raw(client, "GET", target, NULL, arena, &list, &one) < 0 && one.code != ERR_NOT_FOUND)
        error_move(err, &one);
    error_done(&one);
    json_for_each (item, json_get(list, "resources"))
        if (!strchr(json_string_or(json_get(item, "name"), ""), '/') &&
            !strcmp(json_string_or(json_get(item, "kind"), ""), kind))
            r = intern(group, version, item);
    return r;
}

const struct resource *discover_kind(struct client *client, const char *api_version, const char *kind,
                                     struct error *err)
{
    struct arena arena = ARENA_INIT;
    const char *slash = strchr(api_version, '/');
    const char *group = slash ? arena_strndup(&arena, api_version, (size_t)(slash - api_version)) : "";
    const char *version = slash ? slash + 1 : api_version;
    const struct resource *r = known_kind(group, version, kind);
    if (!r)
        r = ask_for_kind(client, &arena, group, version, kind, err);
    arena_done(&arena);
    return r;
}
