/* SPDX-License-Identifier: Apache-2.0 */
/* componentstatuses: the health of what the API server can ask itself, which is its store. Made when asked
 * for; nothing is kept. */
#include "core/api/object.h"
#include "core/apiserver/handlers.h"
#include "core/apiserver/list.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/memory.h"

#define STORE_NAME "etcd-0"

static struct object *store_object(struct api_request *r)
{
    struct keelson_store_status status;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct arena *a = &r->arena;
    struct json *object = object_new(a, "v1", "ComponentStatus", NULL, STORE_NAME);
    struct json *condition = json_append(a, json_set_array(a, object, "conditions"), json_new_object(a));
    bool healthy = store_status(r->server->registry->store, &status, &err) == 0;
    json_set_string(a, condition, "type", "Healthy");
    json_set_string(a, condition, "status", healthy ? "True" : "False");
    json_set_string(a, condition, healthy ? "message" : "error", healthy ? "ok" : err.message);
    struct object *o = stored_new(SLICE(STORE_NAME), object, NULL);
    o->revision = caches_revision(r->server->registry->caches);
    return o;
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct output output;
    struct object *o = store_object(r);
    if (*r->name && strcmp(r->name, STORE_NAME) != 0) {
        registry_not_found(r->resource, r->name, &err);
        respond_error(r, &err);
    } else if (!strcmp(r->verb, "get")) {
        respond_object(r, 200, o);
    } else if (output_choose(r, &output, &err) < 0) {
        respond_error(r, &err);
    } else {
        struct list_found found = {.objects = newa0(struct object *, 1),
                                   .count = 1,
                                   .prefix = SLICE(""),
                                   .revision = o->revision,
                                   .remaining = -1};
        found.objects[0] = object_ref(o);
        list_respond(r, &output, &found);
    }
    object_unref(o);
}

void handle_component_status(struct api_request *r)
{
    server_work(r, work, false);
}
