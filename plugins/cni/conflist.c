/* SPDX-License-Identifier: Apache-2.0 */
/* See conflist.h. The runtime adds `loopback` by itself. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/cni/conflist.h"

enum { FILE_BYTES_MAX = 64 << 10 };

static void add_text(struct json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, json_object_new_string(text));
}

static void add_flag(struct json_object *object, const char *name, int flag)
{
    json_object_object_add(object, name, json_object_new_boolean(flag));
}

static struct json_object *make_ranges(const struct node *node)
{
    struct json_object *ranges = json_object_new_array();
    for (unsigned i = 0; i < node->pods_count; i++) {
        char text[CIDR_TEXT_BYTES];
        struct json_object *set = json_object_new_array(), *range = json_object_new_object();
        cidr_format(&node->pods[i], true, text);
        add_text(range, "subnet", text);
        json_object_array_add(set, range);
        json_object_array_add(ranges, set);
    }
    return ranges;
}

static struct json_object *make_routes(const struct node *node)
{
    struct json_object *routes = json_object_new_array();
    for (unsigned i = 0; i < node->pods_count; i++) {
        struct json_object *route = json_object_new_object();
        add_text(route, "dst", node->pods[i].family == AF_INET ? "0.0.0.0/0" : "::/0");
        json_object_array_add(routes, route);
    }
    return routes;
}

static struct json_object *make_ipam(const struct settings *settings, const struct node *node)
{
    struct json_object *ipam = json_object_new_object();
    add_text(ipam, "type", "host-local");
    add_text(ipam, "dataDir", settings->data_dir);
    json_object_object_add(ipam, "ranges", make_ranges(node));
    if (settings->is_gateway)
        json_object_object_add(ipam, "routes", make_routes(node));
    return ipam;
}

static struct json_object *make_bridge(const struct settings *settings, const struct node *node, unsigned mtu)
{
    struct json_object *bridge = json_object_new_object();
    add_text(bridge, "type", "bridge");
    add_text(bridge, "bridge", settings->bridge);
    add_flag(bridge, "isGateway", settings->is_gateway);
    add_flag(bridge, "forceAddress",
             settings->is_gateway); /* a changed pod CIDR replaces the bridge's address */
    add_flag(bridge, "ipMasq", settings->masquerade == MASQUERADE_CNI);
    add_flag(bridge, "hairpinMode", settings->hairpin);
    if (mtu)
        json_object_object_add(bridge, "mtu", json_object_new_int((int)mtu));
    json_object_object_add(bridge, "ipam", make_ipam(settings, node));
    return bridge;
}

static struct json_object *make_portmap(void)
{
    struct json_object *portmap = json_object_new_object(), *capabilities = json_object_new_object();
    add_text(portmap, "type", "portmap");
    add_flag(capabilities, "portMappings", 1);
    json_object_object_add(portmap, "capabilities", capabilities);
    add_flag(portmap, "snat", 1);
    return portmap;
}

char *conflist_make(const struct settings *settings, const struct node *node, unsigned mtu)
{
    struct json_object *list = json_object_new_object(), *plugins = json_object_new_array();
    add_text(list, "cniVersion", settings->cni_version);
    add_text(list, "name", settings->network);
    json_object_array_add(plugins, make_bridge(settings, node, mtu));
    if (settings->portmap)
        json_object_array_add(plugins, make_portmap());
    json_object_object_add(list, "plugins", plugins);
    const char *text = json_object_to_json_string_ext(
        list, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
    size_t size = strlen(text);
    char *copy = malloc(size + 2);
    if (copy) {
        memcpy(copy, text, size);
        memcpy(copy + size, "\n", 2);
    }
    json_object_put(list);
    return copy;
}

static int path_of(const struct settings *settings, const char *suffix, char ret[PATH_MAX],
                   struct trouble *trouble)
{
    if (snprintf(ret, PATH_MAX, "%s/%s%s", settings->conf_dir, settings->conf_file, suffix) >= PATH_MAX)
        return trouble_set(trouble, "%.100s…: the path is too long", settings->conf_dir);
    return 0;
}

static bool file_holds(const char *path, const char *text)
{
    size_t size = strlen(text);
    bool same = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    char *old = size < FILE_BYTES_MAX ? malloc(size + 1) : NULL;
    if (old) {
        ssize_t n = read(fd, old, size + 1);
        same = n == (ssize_t)size && memcmp(old, text, size) == 0;
    }
    free(old);
    close(fd);
    return same;
}

static int make_folders(const char *path, struct trouble *trouble)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", path);
    for (char *slash = strchr(folder + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(folder, 0755) < 0 && errno != EEXIST)
            return trouble_set(trouble, "%.150s: %s", folder, strerror(errno));
        if (!slash)
            return 0;
        *slash = '/';
    }
}

static int write_all(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        text += n;
        size -= (size_t)n;
    }
    return fsync(fd);
}

int conflist_write(const struct settings *settings, const char *text, bool *ret_written,
                   struct trouble *trouble)
{
    char path[PATH_MAX], next[PATH_MAX];
    *ret_written = false;
    if (path_of(settings, "", path, trouble) < 0 || path_of(settings, ".new", next, trouble) < 0)
        return -1;
    if (file_holds(path, text))
        return 0;
    if (make_folders(settings->conf_dir, trouble) < 0)
        return -1;
    unlink(next);
    int fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int rc = fd < 0 ? -1 : write_all(fd, text, strlen(text));
    if (fd >= 0 && close(fd) < 0)
        rc = -1;
    if (rc == 0)
        rc = rename(next, path);
    if (rc < 0) {
        trouble_set(trouble, "%.150s: %s", path, strerror(errno));
        unlink(next);
        return -1;
    }
    *ret_written = true;
    return 0;
}

static bool is_configuration(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".conflist") == 0 || strcmp(dot, ".conf") == 0 || strcmp(dot, ".json") == 0);
}

int conflist_check(const struct settings *settings, struct trouble *trouble)
{
    DIR *folder = opendir(settings->conf_dir);
    bool found = false;
    int rc = 0;
    if (!folder)
        return trouble_set(trouble, "%.150s: %s", settings->conf_dir, strerror(errno));
    for (struct dirent *entry; (entry = readdir(folder)) && rc == 0;) {
        int order = strcmp(entry->d_name, settings->conf_file);
        if (order == 0)
            found = true;
        else if (order < 0 && is_configuration(entry->d_name))
            rc = trouble_set(trouble, "%.80s/%.80s comes before %.60s, so the runtime takes that",
                             settings->conf_dir, entry->d_name, settings->conf_file);
    }
    closedir(folder);
    if (rc == 0 && !found)
        return trouble_set(trouble, "%.120s/%.60s is missing", settings->conf_dir, settings->conf_file);
    return rc;
}

int conflist_remove(const struct settings *settings, struct trouble *trouble)
{
    char path[PATH_MAX];
    if (path_of(settings, "", path, trouble) < 0)
        return -1;
    if (unlink(path) < 0 && errno != ENOENT)
        return trouble_set(trouble, "%.150s: %s", path, strerror(errno));
    return 0;
}
