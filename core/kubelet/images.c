/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulling. One pull at a time unless told otherwise, so that one image's layers do not starve another's; a
 * failed pull is tried again after 10 s … 5 min.
 */
#include "core/kubelet/images.h"

#include <semaphore.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/kubelet/node-facts.h"

#define REPORTED_MAX 50

struct images {
    struct kubelet *k;
    sem_t pulls;
    pthread_mutex_t lock;
    struct map *used; /* image id → struct usage */
};
struct usage {
    int64_t first_seen_ns, last_used_ns;
};

struct images *images_new(struct kubelet *k)
{
    struct images *i = new0(struct images);
    int64_t parallel = k->config->serialize_pulls          ? 1
                       : k->config->max_parallel_pulls > 0 ? k->config->max_parallel_pulls
                                                           : 5;
    i->k = k;
    i->used = map_new(free);
    sem_init(&i->pulls, 0, (unsigned)parallel);
    pthread_mutex_init(&i->lock, NULL);
    return i;
}

void images_free(struct images *i)
{
    if (!i)
        return;
    sem_destroy(&i->pulls);
    pthread_mutex_destroy(&i->lock);
    map_free(i->used);
    free(i);
}

static bool is_host(struct slice part)
{
    return memchr(part.data, '.', part.size) || memchr(part.data, ':', part.size) ||
           slice_is(part, "localhost");
}

static bool path_part_ok(struct slice part)
{
    static const char inner[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    if (!part.size || strchr("._-", part.data[0]) || strchr("._-", part.data[part.size - 1]))
        return false;
    for (size_t n = 0; n < part.size; n++)
        if (!strchr(inner, part.data[n]))
            return false;
    return true;
}

static bool tag_ok(struct slice tag)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    if (!tag.size || tag.size > 128 || tag.data[0] == '.' || tag.data[0] == '-')
        return false;
    for (size_t n = 0; n < tag.size; n++)
        if (!strchr(letters, tag.data[n]))
            return false;
    return true;
}

const char *image_name_wrong(const char *image)
{
    struct slice digest = slice_of(image);
    struct slice rest = slice_cut(&digest, '@');
    bool first = true;
    if (!rest.size)
        return "invalid reference format";
    if (digest.data && !slice_starts(digest, "sha256:") && !slice_starts(digest, "sha512:"))
        return "invalid reference format";
    while (rest.data) {
        struct slice part = slice_cut(&rest, '/');
        if (first && rest.data && is_host(part)) {
            first = false;
            continue;
        }
        first = false;
        if (!rest.data) {
            struct slice tag = part;
            part = slice_cut(&tag, ':');
            if (tag.data && !tag_ok(tag))
                return "invalid reference format";
        }
        for (size_t n = 0; n < part.size; n++)
            if (part.data[n] >= 'A' && part.data[n] <= 'Z')
                return "invalid reference format: repository name must be lowercase";
        if (!path_part_ok(part))
            return "invalid reference format";
    }
    return NULL;
}

const char *image_registry(struct arena *arena, const char *image)
{
    struct slice rest = slice_of(image);
    struct slice first = slice_cut(&rest, '/');
    return rest.data && is_host(first) ? arena_strndup(arena, first.data, first.size) : "docker.io";
}

/* --- credentials --- */

/* "https://index.docker.io/v1/" and "docker.io" are the same place. */
static bool same_registry(const char *key, const char *registry)
{
    struct slice host = slice_of(key);
    if (slice_starts(host, "https://"))
        host = (struct slice){host.data + 8, host.size - 8};
    else if (slice_starts(host, "http://"))
        host = (struct slice){host.data + 7, host.size - 7};
    host = slice_cut(&host, '/');
    if (slice_is(host, "index.docker.io") || slice_is(host, "registry-1.docker.io"))
        host = SLICE("docker.io");
    return slice_is(host, registry);
}

static bool take_auth(struct arena *arena, const struct json *entry, const char *registry,
                      struct keelson_image_auth *ret)
{
    struct buffer plain = BUFFER_INIT;
    const char *packed = json_string(json_get(entry, "auth"));
    *ret = (struct keelson_image_auth){
        .size = sizeof(*ret),
        .username = json_string_or(json_get(entry, "username"), ""),
        .password = json_string_or(json_get(entry, "password"), ""),
        .auth = "",
        .server_address = registry,
        .identity_token = json_string_or(json_get(entry, "identitytoken"), ""),
        .registry_token = json_string_or(json_get(entry, "registrytoken"), ""),
    };
    if (packed && base64_decode(&plain, slice_of(packed), BASE64_STANDARD)) {
        struct slice password = {plain.data, plain.size};
        struct slice user = slice_cut(&password, ':');
        ret->username = arena_strndup(arena, user.data, user.size);
        ret->password = password.data ? arena_strndup(arena, password.data, password.size) : "";
    }
    buffer_done(&plain);
    return ret->username[0] || ret->identity_token[0] || ret->registry_token[0];
}

static bool auth_from_secret(struct arena *arena, const struct json *secret, const char *registry,
                             struct keelson_image_auth *ret)
{
    const char *new_form = json_string(json_get(json_get(secret, "data"), ".dockerconfigjson"));
    const char *old_form = json_string(json_get(json_get(secret, "data"), ".dockercfg"));
    struct buffer text = BUFFER_INIT;
    struct json *document = NULL;
    bool found = false;
    if ((new_form || old_form) &&
        base64_decode(&text, slice_of(new_form ? new_form : old_form), BASE64_STANDARD))
        json_parse(arena, (struct slice){text.data, text.size}, &document, NULL);
    buffer_done(&text);
    json_for_each (entry, new_form ? json_get(document, "auths") : document) {
        if (!found && same_registry(entry->key, registry))
            found = take_auth(arena, entry, registry, ret);
    }
    return found;
}

static bool find_auth(struct images *i, const struct json *pod, const char *image, struct arena *arena,
                      struct keelson_image_auth *ret)
{
    const char *registry = image_registry(arena, image);
    json_for_each (reference, json_at(pod, "spec.imagePullSecrets")) {
        const char *name = json_string_or(json_get(reference, "name"), "");
        struct json *secret;
        struct error err = ERROR_INIT;
        if (!i->k->source)
            return false;
        if (i->k->source->secret(i->k->source->context, object_namespace(pod), name, arena, &secret, &err) <
            0) {
            log_warning("pod %s/%s: pull secret %s: %s", object_namespace(pod), object_name(pod), name,
                        err.message);
            error_done(&err);
            continue;
        }
        if (auth_from_secret(arena, secret, registry, ret))
            return true;
    }
    return false;
}

/* --- pulling --- */

__attribute__((format(printf, 5, 6))) static void tell(struct images *i, const struct image_wanted *w,
                                                       const char *type, const char *reason, const char *fmt,
                                                       ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *message = xvasprintf(fmt, ap);
    va_end(ap);
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    enum container_kind kind = CONTAINER_REGULAR;
    const char *name = json_string_or(json_get(w->container, "name"), "");
    container_find(w->document, name, &kind);
    if (i->k->events)
        event_record(i->k->events, w->document, container_field_path(&arena, kind, name), type, reason, "%s",
                     message);
    free(message);
}

struct pull_change {
    int64_t now_ns, max_ns;
    const char *image, *failure; /* failure NULL: it went well */
};

static void note_pull(void *context, struct container_memory *m)
{
    const struct pull_change *c = context;
    m->pull_backoff_ns =
        c->failure ? backoff_next(m->pull_backoff_ns, m->pull_until_ns, c->now_ns, c->max_ns) : 0;
    m->pull_until_ns = c->failure ? c->now_ns + m->pull_backoff_ns : 0;
    free(m->pull_image);
    m->pull_image = xstrdup(c->image);
    free(m->pull_message);
    m->pull_message = c->failure ? xstrdup(c->failure) : NULL;
}

static int pull(struct images *i, const struct image_wanted *w, const char *image, struct arena *arena,
                const char **ret_ref, struct error *err)
{
    struct keelson_image_auth auth;
    int64_t waiting_ns = clock_monotonic_ns();
    bool has_auth = find_auth(i, w->document, image, arena, &auth);
    tell(i, w, "Normal", "Pulling", "Pulling image \"%s\"", image);
    while (sem_wait(&i->pulls) < 0)
        continue;
    int64_t begin_ns = clock_monotonic_ns();
    int rc = runtime_image_pull(&i->k->runtime, image, has_auth ? &auth : NULL, w->sandbox, w->cancel_fd,
                                arena, ret_ref, err);
    sem_post(&i->pulls);
    int64_t now = clock_monotonic_ns();
    struct pull_change change = {clock_realtime_ns(), 300 * NS_PER_S, image, rc < 0 ? err->message : NULL};
    pod_remember(i->k->pods, w->pod, json_string_or(json_get(w->container, "name"), ""), note_pull, &change);
    if (rc == 0) {
        struct runtime_image *got = NULL;
        runtime_image_status(&i->k->runtime, *ret_ref, arena, &got, NULL);
        tell(i, w, "Normal", "Pulled",
             "Successfully pulled image \"%s\" in %.3gs (%.3gs including waiting). Image size: %llu bytes.",
             image, (double)(now - begin_ns) / NS_PER_S, (double)(now - waiting_ns) / NS_PER_S,
             (unsigned long long)(got ? got->size_bytes : 0));
    } else {
        tell(i, w, "Warning", "Failed", "Failed to pull image \"%s\": %s", image, err->message);
    }
    return rc;
}

static void note_use(struct images *i, const char *id)
{
    int64_t now = clock_realtime_ns();
    pthread_mutex_lock(&i->lock);
    struct usage *u = map_get(i->used, id);
    if (!u) {
        u = new0(struct usage);
        u->first_seen_ns = now;
        map_set(i->used, id, u);
    }
    u->last_used_ns = now;
    pthread_mutex_unlock(&i->lock);
}

static int fail(struct images *i, const struct image_wanted *w, const char *reason, const char **ret_reason)
{
    *ret_reason = reason;
    tell(i, w, "Warning", "Failed", "Error: %s", reason);
    return -1;
}

int images_ensure(struct images *i, const struct image_wanted *w, struct arena *arena,
                  struct runtime_image **ret, const char **ret_ref, const char **ret_reason,
                  struct error *err)
{
    const char *image = json_string_or(json_get(w->container, "image"), "");
    const char *policy = json_string_or(json_get(w->container, "imagePullPolicy"), "IfNotPresent");
    const char *wrong = image_name_wrong(image);
    if (wrong) {
        *ret_reason = "InvalidImageName";
        tell(i, w, "Warning", "InspectFailed",
             "Failed to apply default image tag \"%s\": couldn't parse image name \"%s\": %s", image, image,
             wrong);
        return error_set(err, ERR_BAD_REQUEST,
                         "Failed to apply default image tag \"%s\": couldn't parse image name \"%s\": %s",
                         image, image, wrong);
    }
    *ret_reason = "ImageInspectError";
    if (runtime_image_status(&i->k->runtime, image, arena, ret, err) < 0)
        return -1;
    if (*ret && strcmp(policy, "Always") != 0) {
        tell(i, w, "Normal", "Pulled",
             "Container image \"%s\" already present on machine and can be accessed by the pod", image);
        *ret_ref = (*ret)->id;
        note_use(i, (*ret)->id);
        return 0;
    }
    if (strcmp(policy, "Never") == 0) {
        tell(i, w, "Warning", "ErrImageNeverPull",
             "Container image \"%s\" is not present with pull policy of Never", image);
        error_set(err, ERR_NOT_FOUND, "Container image \"%s\" is not present with pull policy of Never",
                  image);
        return fail(i, w, "ErrImageNeverPull", ret_reason);
    }
    if (pull(i, w, image, arena, ret_ref, err) < 0)
        return fail(i, w, "ErrImagePull", ret_reason);
    if (runtime_image_status(&i->k->runtime, *ret_ref, arena, ret, err) < 0)
        return -1;
    if (*ret)
        note_use(i, (*ret)->id);
    return 0;
}

/* --- collection --- */

static int find_used(struct images *i, struct arena *arena, struct map *in_use, struct error *err)
{
    struct runtime_container *containers;
    size_t count;
    if (runtime_container_list(&i->k->runtime, arena, &containers, &count, err) < 0)
        return -1;
    for (size_t n = 0; n < count; n++) {
        map_set(in_use, containers[n].image, i);
        map_set(in_use, containers[n].image_id, i);
    }
    return 0;
}

/* What sandboxes run is in no container's status, and containerd before 1.7 does not say that it is pinned.
 */
static bool is_sandbox_image(struct images *i, const char *tag)
{
    const char *slash = strrchr(tag, '/');
    const char *base = slash ? slash + 1 : tag;
    return strncmp(base, "pause:", 6) == 0 || strcmp(tag, i->k->config->sandbox_image) == 0;
}

static bool is_used(struct images *i, const struct runtime_image *image, struct map *in_use)
{
    bool used = image->pinned || map_has(in_use, image->id);
    for (uint32_t n = 0; n < image->tags_count; n++)
        used = used || map_has(in_use, image->tags[n]) || is_sandbox_image(i, image->tags[n]);
    for (uint32_t n = 0; n < image->digests_count; n++)
        used = used || map_has(in_use, image->digests[n]);
    return used;
}

static int64_t last_used(struct images *i, const char *id, int64_t *ret_first_seen)
{
    int64_t now = clock_realtime_ns();
    pthread_mutex_lock(&i->lock);
    struct usage *u = map_get(i->used, id);
    if (!u) {
        u = new0(struct usage);
        u->first_seen_ns = now;
        map_set(i->used, id, u);
    }
    int64_t last = u->last_used_ns;
    *ret_first_seen = u->first_seen_ns;
    pthread_mutex_unlock(&i->lock);
    return last;
}

/* The one that nobody used for longest, of those that are old enough; NULL: none. */
static struct runtime_image *oldest(struct images *i, struct runtime_image *all, size_t count,
                                    struct map *in_use, bool always)
{
    struct runtime_image *found = NULL;
    int64_t found_used = INT64_MAX, now = clock_realtime_ns();
    for (size_t n = 0; n < count; n++) {
        int64_t first_seen;
        if (!all[n].id || is_used(i, &all[n], in_use))
            continue;
        int64_t used = last_used(i, all[n].id, &first_seen);
        if (!always && now - first_seen < i->k->config->image_minimum_age_ns)
            continue;
        if (used < found_used) {
            found = &all[n];
            found_used = used;
        }
    }
    return found;
}

static int remove_until(struct images *i, struct arena *arena, int64_t goal_bytes, bool always,
                        struct error *err)
{
    struct map *in_use = map_new(NULL);
    struct runtime_image *all;
    size_t count;
    int64_t freed = 0;
    int rc = find_used(i, arena, in_use, err);
    if (rc == 0)
        rc = runtime_image_list(&i->k->runtime, arena, &all, &count, err);
    while (rc == 0 && freed < goal_bytes) {
        struct runtime_image *image = oldest(i, all, count, in_use, always);
        struct error why = ERROR_INIT;
        if (!image)
            break;
        if (runtime_image_remove(&i->k->runtime, image->id, &why) < 0)
            log_warning("image %s: %s", image->id, why.message);
        else
            freed += (int64_t)image->size_bytes;
        log_info("image %s removed, %llu bytes", image->id, (unsigned long long)image->size_bytes);
        error_done(&why);
        image->id = NULL;
    }
    map_free(in_use);
    return rc;
}

int images_collect(struct images *i, bool always, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct node_disk disk;
    uint64_t used;
    const char *folder;
    int rc = runtime_image_usage(&i->k->runtime, &used, &arena, &folder, err);
    if (rc == 0 && always)
        rc = remove_until(i, &arena, INT64_MAX, true, err);
    else if (rc == 0 && folder[0] && node_disk(folder, &disk, err) == 0 && disk.capacity_bytes > 0) {
        int64_t percent = 100 - disk.available_bytes * 100 / disk.capacity_bytes;
        if (percent >= i->k->config->image_gc_high)
            rc = remove_until(i, &arena,
                              disk.capacity_bytes * (100 - i->k->config->image_gc_low) / 100 -
                                  disk.available_bytes,
                              false, err);
    }
    arena_done(&arena);
    return rc;
}

static int larger_first(const void *a, const void *b)
{
    uint64_t x = ((const struct runtime_image *)a)->size_bytes,
             y = ((const struct runtime_image *)b)->size_bytes;
    return x < y ? 1 : x > y ? -1 : 0;
}

void images_report(struct images *i, struct arena *arena, struct json *list)
{
    struct runtime_image *all = NULL;
    size_t count = 0;
    if (runtime_image_list(&i->k->runtime, arena, &all, &count, NULL) < 0 || !count)
        return;
    int64_t first_seen;
    for (size_t n = 0; n < count; n++)
        last_used(i, all[n].id, &first_seen); /* their age counts from here */
    qsort(all, count, sizeof(*all), larger_first);
    for (size_t n = 0; n < MIN(count, (size_t)REPORTED_MAX); n++) {
        struct json *entry = json_append(arena, list, json_new_object(arena));
        struct json *names = json_set_array(arena, entry, "names");
        for (uint32_t t = 0; t < all[n].digests_count && t < 5; t++)
            json_append_string(arena, names, all[n].digests[t]);
        for (uint32_t t = 0; t < all[n].tags_count && t < 5; t++)
            json_append_string(arena, names, all[n].tags[t]);
        json_set_int(arena, entry, "sizeBytes", (int64_t)all[n].size_bytes);
    }
}
