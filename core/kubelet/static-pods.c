/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A static pod's identity follows from its text and the node's name, so that the same file is the same pod
 * after a restart and a changed file is another one.
 */
#include "core/kubelet/static-pods.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/api/names.h"
#include "core/api/object.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define FILE_BYTES_MAX (1u << 20)
#define FILES_MAX      500

struct static_pods {
    struct kubelet *k;
    int inotify_fd;
    struct loop_fd *watch;
};

static void make_identity(struct arena *arena, struct slice text, const char *node_name, struct json *pod)
{
    uint64_t a = hash_fnv64a(text.data, text.size);
    char *salted = arena_printf(arena, "%s\n%s/%s\n%llx", node_name, object_namespace(pod), object_name(pod),
                                (unsigned long long)a);
    uint64_t b = hash_fnv64a(salted, strlen(salted));
    const char *uid = arena_printf(arena, "%016llx%016llx", (unsigned long long)a, (unsigned long long)b);
    struct json *metadata = json_get(pod, "metadata");
    json_set_string(arena, metadata, "uid", uid);
    object_set_annotation(arena, pod, ANNOTATION_CONFIG_HASH, uid);
    object_set_annotation(arena, pod, ANNOTATION_CONFIG_SOURCE, "file");
}

static void set_spec_default(struct arena *arena, struct json *spec, const char *key, const char *value)
{
    if (!json_get(spec, key))
        json_set_string(arena, spec, key, value);
}

static void set_defaults(struct arena *arena, struct json *pod)
{
    const struct resource *pods = RESOURCE("", "v1", "pods");
    struct json *spec = json_get(pod, "spec");
    if (pods && pods->type)
        schema_default(arena, pods->type, pod);
    set_spec_default(arena, spec, "restartPolicy", "Always");
    set_spec_default(arena, spec, "dnsPolicy", "ClusterFirst");
    if (!json_get(spec, "terminationGracePeriodSeconds"))
        json_set_int(arena, spec, "terminationGracePeriodSeconds", 30);
    struct json *tolerations = json_ensure(arena, spec, "tolerations", JSON_ARRAY);
    struct json *all = json_append(arena, tolerations, json_new_object(arena));
    json_set_string(arena, all, "operator", "Exists");
    json_set_string(arena, all, "effect", "NoExecute");
}

int static_pod_parse(struct arena *arena, struct slice text, const char *node_name, struct json **ret,
                     struct error *err)
{
    struct json *pod;
    if (json_parse_yaml(arena, text, &pod, err) < 0)
        return -1;
    const char *name = object_name(pod);
    if (strcmp(object_kind(pod), "Pod") != 0 || strcmp(object_api_version(pod), "v1") != 0)
        return error_set(err, ERR_BAD_REQUEST, "not a Pod of v1");
    const char *wrong = name_check_dns1123_subdomain(slice_of(name));
    if (wrong)
        return error_set(err, ERR_BAD_REQUEST, "metadata.name \"%s\": %s", name, wrong);
    if (!json_count(json_at(pod, "spec.containers")))
        return error_set(err, ERR_BAD_REQUEST, "spec.containers: Required value");
    struct json *metadata = json_get(pod, "metadata");
    json_set_string(arena, metadata, "name", arena_printf(arena, "%s-%s", name, node_name));
    if (!object_namespace(pod)[0])
        json_set_string(arena, metadata, "namespace", "default");
    json_set_string(arena, json_get(pod, "spec"), "nodeName", node_name);
    make_identity(arena, text, node_name, pod);
    set_defaults(arena, pod);
    *ret = pod;
    return 0;
}

static struct bytes *read_one(struct static_pods *s, const char *path)
{
    struct arena arena = ARENA_INIT;
    struct buffer text = BUFFER_INIT, out = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct json *pod;
    struct bytes *found = NULL;
    if (file_read(path, FILE_BYTES_MAX, &text, &err) < 0 ||
        static_pod_parse(&arena, (struct slice){text.data, text.size}, s->k->config->node_name, &pod, &err) <
            0) {
        log_error("static pod %s: %s", path, err.message);
    } else {
        json_write(&out, pod);
        found = bytes_new(out.data, out.size);
    }
    error_done(&err);
    buffer_done(&text);
    buffer_done(&out);
    arena_done(&arena);
    return found;
}

void static_pods_read(struct static_pods *s)
{
    const char *path = s->k->config->static_pod_path;
    struct bytes *documents[FILES_MAX] = {0};
    size_t count = 0;
    struct stat st;
    if (path[0] && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        documents[count] = read_one(s, path);
        count += documents[count] != NULL;
    }
    DIR *d = path[0] ? opendir(path) : NULL;
    for (struct dirent *e; d && count < FILES_MAX && (e = readdir(d));) {
        if (e->d_name[0] == '.' || e->d_type == DT_DIR)
            continue;
        char *file = xasprintf("%s/%s", path, e->d_name);
        documents[count] = read_one(s, file);
        count += documents[count] != NULL;
        free(file);
    }
    if (d)
        closedir(d);
    pods_set_static(s->k->pods, documents, count);
    for (size_t i = 0; i < count; i++)
        bytes_unref(documents[i]);
}

static void folder_changed(void *context, uint32_t events)
{
    struct static_pods *s = context;
    char ignored[4096];
    while (read(s->inotify_fd, ignored, sizeof(ignored)) > 0)
        continue;
    workqueue_add_after(s->k->chores, CHORE_STATIC, 50);
}

static void add_watch(void *context)
{
    struct static_pods *s = context;
    s->watch = loop_fd_add(s->k->loop, s->inotify_fd, EPOLLIN, folder_changed, s);
}

struct static_pods *static_pods_new(struct kubelet *k)
{
    struct static_pods *s = new0(struct static_pods);
    const char *path = k->config->static_pod_path;
    s->k = k;
    s->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (path[0] && s->inotify_fd >= 0) {
        directory_make(path, 0755, NULL);
        if (inotify_add_watch(s->inotify_fd, path,
                              IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE) < 0)
            log_warning("watching %s: %s", path, strerror(errno));
        loop_post(k->loop, add_watch, s);
    }
    return s;
}

static void drop_watch(void *context)
{
    struct static_pods *s = context;
    if (s->watch)
        loop_fd_remove(s->watch);
    s->watch = NULL;
}

void static_pods_stop(struct static_pods *s)
{
    if (s)
        loop_post(s->k->loop, drop_watch, s);
}

void static_pods_free(struct static_pods *s)
{
    if (!s)
        return;
    if (s->inotify_fd >= 0)
        close(s->inotify_fd);
    free(s);
}
