/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing the client CA and how a front proxy names users. */
#include "core/apiserver/authentication-trust.h"

#include "core/api/object.h"
#include "core/apiserver/registry-write.h"
#include "core/base/file.h"
#include "core/base/memory.h"

#define NAME         "extension-apiserver-authentication"
#define SPACE        "kube-system"
#define CA_BYTES_MAX ((size_t)512 * 1024)

static int put_file(struct arena *arena, struct json *data, const char *key, const char *path,
                    struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    if (!path || !*path)
        return 0;
    if (file_read(path, CA_BYTES_MAX, &text, err) < 0)
        return -1;
    json_set(arena, data, key, json_new_slice(arena, (struct slice){text.data ? text.data : "", text.size}));
    return 0;
}

/* Lists are JSON texts in this ConfigMap. */
static void put_list(struct arena *arena, struct json *data, const char *key, const struct flag_list *list)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    struct json *items = json_new_array(arena);
    for (size_t i = 0; i < list->count; i++)
        json_append_string(arena, items, list->items[i]);
    json_write(&text, items);
    json_set_string(arena, data, key, text.data);
}

static int fill(const struct apiserver_options *o, struct arena *arena, struct json *data, struct error *err)
{
    if (put_file(arena, data, "client-ca-file", o->client_ca_file, err) < 0)
        return -1;
    if (!o->requestheader_client_ca_file || !*o->requestheader_client_ca_file)
        return 0;
    put_list(arena, data, "requestheader-allowed-names", &o->requestheader_allowed_names);
    put_list(arena, data, "requestheader-extra-headers-prefix", &o->requestheader_extra_headers_prefix);
    put_list(arena, data, "requestheader-group-headers", &o->requestheader_group_headers);
    put_list(arena, data, "requestheader-username-headers", &o->requestheader_username_headers);
    return put_file(arena, data, "requestheader-client-ca-file", o->requestheader_client_ca_file, err);
}

static int change(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                  struct error *err)
{
    const struct server *server = context;
    *ret_new = json_copy(arena, current);
    return fill(server->options, arena, json_ensure(arena, *ret_new, "data", JSON_OBJECT), err);
}

int authentication_trust_reconcile(struct server *server, struct error *err)
{
    const struct resource *maps = RESOURCE("", "v1", "configmaps");
    struct api_request by;
    registry_self(&by);
    struct object *there = registry_lookup(server->registry, maps, SPACE, NAME);
    struct json *made = object_new(&by.arena, "v1", "ConfigMap", SPACE, NAME);
    int status =
        there ? registry_update(server->registry, &by, maps, SPACE, NAME, NULL, change, server, NULL, err)
              : fill(server->options, &by.arena, json_set_object(&by.arena, made, "data"), err);
    if (!there && status == 0)
        status = registry_create(server->registry, &by, maps, SPACE, made, NULL, err);
    object_unref(there);
    registry_self_done(&by);
    return status < 0 && err->code != ERR_ALREADY_EXISTS ? error_prefix(err, "configmap %s/%s", SPACE, NAME)
                                                         : 0;
}
