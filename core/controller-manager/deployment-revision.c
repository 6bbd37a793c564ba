/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which replica set is the present template's, and the numbering of revisions. A set is known by its
 * template, not by its name: the hash in the name only keeps names apart, and a collision counts up
 * status.collisionCount, which goes into the next hash.
 */
#include <stdlib.h>

#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/controller-manager/deployment.h"
#include "core/controller-manager/template-hash.h"

#define HISTORY_BYTES_MAX 2000

static int by_age(const void *x, const void *y)
{
    const struct json *a = *(struct json *const *)x, *b = *(struct json *const *)y;
    int64_t difference = object_created_ns(a) - object_created_ns(b);
    return difference ? (difference < 0 ? -1 : 1) : strcmp(object_name(a), object_name(b));
}

void deployment_find_new_set(struct deployment_sync *s)
{
    struct json *wanted = json_copy(&s->arena, json_at(s->deployment, "spec.template"));
    s->new_set = NULL;
    if (s->all.count)
        qsort(s->all.items, s->all.count, sizeof(struct json *), by_age);
    json_remove(json_at(wanted, "metadata.labels"), LABEL_TEMPLATE_HASH);
    for (size_t i = 0; i < s->all.count && !s->new_set; i++) {
        struct json *template_ = json_copy(&s->arena, json_at(s->all.items[i], "spec.template"));
        json_remove(json_at(template_, "metadata.labels"), LABEL_TEMPLATE_HASH);
        if (json_equal_semantic(template_, wanted))
            s->new_set = s->all.items[i];
    }
}

bool set_annotation_number(const struct json *set, const char *key, int64_t *ret)
{
    const char *text = object_annotation(set, key);
    return text && parse_i64(slice_of(text), 0, INT64_MAX, ret);
}

static int64_t revision_of(const struct json *set)
{
    int64_t revision = 0;
    set_annotation_number(set, ANNOTATION_REVISION, &revision);
    return revision;
}

static int64_t next_revision(const struct deployment_sync *s)
{
    int64_t highest = 0;
    for (size_t i = 0; i < s->all.count; i++)
        if (s->all.items[i] != s->new_set)
            highest = MAX(highest, revision_of(s->all.items[i]));
    return highest + 1;
}

/* --- annotations of the new set --- */

static bool set_annotation(struct arena *arena, struct json *object, const char *key, const char *value)
{
    const char *old = object_annotation(object, key);
    if (old && !strcmp(old, value))
        return false;
    object_set_annotation(arena, object, key, value);
    return true;
}

static bool is_own_annotation(const char *key)
{
    static const char *const own[] = {"kubectl.kubernetes.io/last-applied-configuration",
                                      ANNOTATION_REVISION,
                                      ANNOTATION_REVISION_HISTORY,
                                      ANNOTATION_DESIRED,
                                      ANNOTATION_MAX,
                                      "deprecated.deployment.rollback.to"};
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (!strcmp(own[i], key))
            return true;
    return false;
}

/* The revisions that a set had before it became the newest again: the latest 2,000 bytes of them. */
static void note_former_revision(struct arena *arena, struct json *set, const char *former)
{
    const char *history = object_annotation(set, ANNOTATION_REVISION_HISTORY);
    if (!history || !history[0]) {
        object_set_annotation(arena, set, ANNOTATION_REVISION_HISTORY, former);
        return;
    }
    struct slice rest = slice_of(history);
    while (rest.data && rest.size + strlen(former) + 1 > HISTORY_BYTES_MAX)
        slice_cut(&rest, ',');
    object_set_annotation(arena, set, ANNOTATION_REVISION_HISTORY,
                          rest.data ? arena_printf(arena, "%.*s,%s", SLICE_ARG(rest), former) : former);
}

static bool annotate_revision(struct arena *arena, struct json *set, int64_t revision)
{
    const char *text = object_annotation(set, ANNOTATION_REVISION);
    char *former = text ? arena_strdup(arena, text) : NULL;
    if (former && former[0] && revision_of(set) == 0)
        return false;
    if (revision_of(set) >= revision)
        return false;
    object_set_annotation(arena, set, ANNOTATION_REVISION, arena_printf(arena, "%lld", (long long)revision));
    if (former && former[0])
        note_former_revision(arena, set, former);
    return true;
}

static bool annotate(struct deployment_sync *s, struct json *set, int64_t revision)
{
    bool changed = false;
    json_for_each (annotation, json_at(s->deployment, "metadata.annotations"))
        if (!is_own_annotation(annotation->key))
            changed |= set_annotation(&s->arena, set, annotation->key, json_string_or(annotation, ""));
    return annotate_revision(&s->arena, set, revision) || changed;
}

static bool note_deployment_revision(struct deployment_sync *s, const char *revision)
{
    return revision && set_annotation(&s->arena, s->deployment, ANNOTATION_REVISION, revision);
}

/* --- the set exists --- */

static int update_existing(struct deployment_sync *s, struct error *err)
{
    struct json *set = s->new_set, *status = json_ensure(&s->arena, s->deployment, "status", JSON_OBJECT);
    int64_t min_ready_s = json_integer_at(s->deployment, "spec.minReadySeconds", 0);
    bool changed = annotate(s, set, next_revision(s));
    if (json_integer_at(set, "spec.minReadySeconds", 0) != min_ready_s) {
        json_set_int(&s->arena, json_get(set, "spec"), "minReadySeconds", min_ready_s);
        changed = true;
    }
    if (changed) {
        struct json *answer = NULL;
        if (client_update(s->c->client, s->c->sets_resource, NULL, set, &s->arena, &answer, err) < 0)
            return -1;
        json_replace(set, answer);
        return 0;
    }
    bool noted = note_deployment_revision(s, object_annotation(set, ANNOTATION_REVISION));
    if (deployment_has_deadline(s->deployment) && !object_condition(s->deployment, "Progressing"))
        noted |= deployment_set_condition(
            &s->arena, status, "Progressing", "True", "FoundNewReplicaSet",
            arena_printf(&s->arena, "Found new replica set \"%s\"", object_name(set)));
    return noted ? deployment_send_status(s, err) : 0;
}

/* --- the set is made --- */

static struct json *make_set(struct deployment_sync *s, const char *hash, int64_t revision)
{
    struct arena *a = &s->arena;
    struct json *template_ = json_copy(a, json_at(s->deployment, "spec.template"));
    struct json *selector = json_copy(a, json_at(s->deployment, "spec.selector"));
    char *name = arena_printf(a, "%s-%s", object_name(s->deployment), hash);
    struct json *set = object_new(a, "apps/v1", "ReplicaSet", object_namespace(s->deployment), name);
    struct json *metadata = json_get(set, "metadata");
    json_set_string(a, json_ensure(a, template_, "metadata.labels", JSON_OBJECT), LABEL_TEMPLATE_HASH, hash);
    json_set_string(a, json_ensure(a, selector, "matchLabels", JSON_OBJECT), LABEL_TEMPLATE_HASH, hash);
    json_set(a, metadata, "labels", json_copy(a, json_at(template_, "metadata.labels")));
    json_append(a, json_set_array(a, metadata, "ownerReferences"),
                object_owner_reference(a, s->deployment, "apps/v1", "Deployment"));
    struct json *spec = json_set_object(a, set, "spec");
    json_set_int(a, spec, "replicas", 0);
    int64_t min_ready_s = json_integer_at(s->deployment, "spec.minReadySeconds", 0);
    if (min_ready_s)
        json_set_int(a, spec, "minReadySeconds", min_ready_s);
    json_set(a, spec, "selector", selector);
    json_set(a, spec, "template", template_);
    json_set_int(a, spec, "replicas", deployment_new_set_replicas(s, set));
    annotate(s, set, revision);
    int64_t replicas = deployment_replicas(s->deployment);
    object_set_annotation(a, set, ANNOTATION_DESIRED, arena_printf(a, "%lld", (long long)replicas));
    object_set_annotation(
        a, set, ANNOTATION_MAX,
        arena_printf(a, "%lld", (long long)(replicas + deployment_max_surge(s->deployment))));
    return set;
}

/* A set of that name is there. It is ours when its owner and template say so, else the hash collided. */
static int take_or_collide(struct deployment_sync *s, const struct json *set, struct error *err)
{
    struct json *live = NULL;
    if (client_get(s->c->client, s->c->sets_resource, object_namespace(set), object_name(set), &s->arena,
                   &live, err) < 0)
        return -1;
    if (object_is_controlled_by(live, s->deployment) &&
        json_equal_semantic(json_at(live, "spec.template"), json_at(set, "spec.template"))) {
        s->new_set = live;
        return 0;
    }
    struct json *status = json_ensure(&s->arena, s->deployment, "status", JSON_OBJECT);
    json_set_int(&s->arena, status, "collisionCount",
                 json_integer_or(json_get(status, "collisionCount"), 0) + 1);
    if (deployment_send_status(s, err) < 0)
        return -1;
    return error_set(err, ERR_CONFLICT, "replica set \"%s\" exists with another template", object_name(set));
}

static int creation_failed(struct deployment_sync *s, const struct json *set, struct error *err)
{
    char *message = arena_printf(&s->arena, "Failed to create new replica set \"%s\": %s", object_name(set),
                                 err->message);
    if (err->code == ERR_CANCELLED || namespace_is_terminating(err))
        return -1;
    if (deployment_has_deadline(s->deployment)) {
        struct json *status = json_ensure(&s->arena, s->deployment, "status", JSON_OBJECT);
        if (deployment_set_condition(&s->arena, status, "Progressing", "False", "ReplicaSetCreateError",
                                     message))
            deployment_send_status(s, NULL);
    }
    event_record(s->c->events, s->deployment, NULL, "Warning", "ReplicaSetCreateError", "%s", message);
    return -1;
}

static void add_set(struct deployment_sync *s, struct json *set)
{
    struct json **items = arena_alloc(&s->arena, (s->all.count + 1) * sizeof(struct json *));
    if (s->all.count)
        memcpy(items, s->all.items, s->all.count * sizeof(struct json *));
    items[s->all.count++] = set;
    s->all.items = items;
}

static int create_set(struct deployment_sync *s, struct error *err)
{
    int64_t revision = next_revision(s);
    int64_t collisions = json_integer_at(s->deployment, "status.collisionCount", -1);
    char *hash = template_hash(&s->arena, json_at(s->deployment, "spec.template"), collisions);
    struct json *set = make_set(s, hash, revision), *made = NULL;
    bool fresh = client_create(s->c->client, s->c->sets_resource, object_namespace(s->deployment), set,
                               &s->arena, &made, err) == 0;
    if (fresh)
        s->new_set = made;
    else if (err->code != ERR_ALREADY_EXISTS)
        return creation_failed(s, set, err);
    else if (take_or_collide(s, set, err) < 0)
        return -1;
    add_set(s, s->new_set);
    if (fresh && set_replicas(made) > 0)
        event_record(s->c->events, s->deployment, NULL, "Normal", "ScalingReplicaSet",
                     "Scaled up replica set %s from 0 to %lld", object_name(made),
                     (long long)set_replicas(made));
    struct json *status = json_ensure(&s->arena, s->deployment, "status", JSON_OBJECT);
    bool noted = note_deployment_revision(s, arena_printf(&s->arena, "%lld", (long long)revision));
    if (fresh && deployment_has_deadline(s->deployment))
        noted |= deployment_set_condition(
            &s->arena, status, "Progressing", "True", "NewReplicaSetCreated",
            arena_printf(&s->arena, "Created new replica set \"%s\"", object_name(made)));
    return noted ? deployment_send_status(s, err) : 0;
}

int deployment_sync_revision(struct deployment_sync *s, bool create, struct error *err)
{
    deployment_find_new_set(s);
    if (s->new_set)
        return update_existing(s, err);
    return create ? create_set(s, err) : 0;
}

int64_t deployment_new_set_replicas(const struct deployment_sync *s, const struct json *new_set)
{
    int64_t replicas = deployment_replicas(s->deployment), have = set_replicas(new_set);
    if (!deployment_is_rolling(s->deployment))
        return replicas;
    int64_t most = replicas + deployment_max_surge(s->deployment);
    int64_t now = sets_replicas(s, true) + (s->new_set ? 0 : have);
    if (now >= most)
        return have;
    return have + MIN(most - now, replicas - have);
}

/* --- history --- */

static int by_revision(const void *x, const void *y)
{
    int64_t a = revision_of(*(struct json *const *)x), b = revision_of(*(struct json *const *)y);
    return a < b ? -1 : a > b ? 1 : by_age(x, y);
}

static bool may_be_cleaned(const struct json *set)
{
    return set_count_of(set, "replicas") == 0 && set_replicas(set) == 0 &&
           object_generation(set) <= set_count_of(set, "observedGeneration");
}

int deployment_clean_up(struct deployment_sync *s, struct error *err)
{
    int64_t limit = json_integer_at(s->deployment, "spec.revisionHistoryLimit", INT32_MAX);
    struct json **old = arena_alloc(&s->arena, (s->all.count + 1) * sizeof(struct json *));
    size_t count = 0;
    for (size_t i = 0; i < s->all.count; i++)
        if (s->all.items[i] != s->new_set && !object_is_deleted(s->all.items[i]))
            old[count++] = s->all.items[i];
    if (limit == INT32_MAX || (int64_t)count <= limit)
        return 0;
    qsort(old, count, sizeof(struct json *), by_revision);
    for (size_t i = 0; i < count - (size_t)limit; i++) {
        if (!may_be_cleaned(old[i]))
            continue;
        struct error one = ERROR_INIT;
        struct client_delete_options options = {.grace_period_s = -1, .uid = object_uid(old[i])};
        int rc = client_delete(s->c->client, s->c->sets_resource, object_namespace(old[i]),
                               object_name(old[i]), &options, &one);
        bool failed = rc < 0 && one.code != ERR_NOT_FOUND;
        if (failed)
            error_move(err, &one);
        error_done(&one);
        if (failed)
            return -1;
    }
    return 0;
}
