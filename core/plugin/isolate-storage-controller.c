/* SPDX-License-Identifier: Apache-2.0 */
/* keelson.storage.controller/1 over a channel, function by function: the daemon's side, then the child's. */
#include "core/base/memory.h"
#include "core/plugin/isolate-storage.h"

enum {
    CONTROLLER_DRIVERS,
    CONTROLLER_CREATE,
    CONTROLLER_REMOVE,
    CONTROLLER_ATTACH,
    CONTROLLER_DETACH,
    CONTROLLER_EXPAND,
    CONTROLLER_SNAPSHOT,
    CONTROLLER_SNAPSHOT_GET,
    CONTROLLER_SNAPSHOT_REMOVE,
    CONTROLLER_CAPACITY
};

static struct isolate_call begin(void *instance, const struct keelson_call *call, uint32_t function)
{
    return isolate_begin(instance, call, &isolate_storage_controller, function);
}

static const struct keelson_storage_controller_v1 *controller_of(const struct serving *s)
{
    return s->table;
}

static enum keelson_status drivers(void *instance, const struct keelson_call *call,
                                   const struct keelson_storage_driver_sink *sink)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_DRIVERS);
    return isolate_do_with_sink(&c, storage_take_driver, sink);
}

static enum keelson_status serve_drivers(struct serving *s)
{
    const struct keelson_storage_driver_sink sink = storage_driver_sink(s);
    return controller_of(s)->drivers(s->handle, s->call, &sink);
}

/* ---- Volumes that were made or attached ---- */

static void put_topologies(struct buffer *out, const struct keelson_pairs *topologies, uint32_t count)
{
    frame_put_u32(out, count);
    for (uint32_t i = 0; i < count; i++)
        frame_put_pairs(out, &topologies[i]);
}

static const struct keelson_pairs *get_topologies(struct frame_reader *r, uint32_t *ret_count)
{
    uint32_t count = frame_get_count(r, sizeof(uint32_t));
    struct keelson_pairs *topologies = arena_alloc0(r->arena, (count + 1) * sizeof(*topologies));
    for (uint32_t i = 0; i < count; i++)
        topologies[i] = frame_get_pairs(r);
    *ret_count = count;
    return topologies;
}

static int take_volume(struct frame_reader *r, void *context)
{
    const struct keelson_volume_sink *sink = context;
    struct keelson_volume_made made = {.size = sizeof(made), .id = frame_get_text(r)};
    made.capacity_bytes = frame_get_i64(r);
    made.context = frame_get_pairs(r);
    made.topologies = get_topologies(r, &made.topologies_count);
    return frame_is_read(r) ? sink->put(sink, &made) : 0;
}

/* What is smaller than in ABI 1.0 is no volume; so with snapshots. */
static int send_volume(const struct keelson_volume_sink *sink, const struct keelson_volume_made *made)
{
    if (!KEELSON_HAS(made, topologies))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_text(&frame, made->id);
    frame_put_i64(&frame, made->capacity_bytes);
    frame_put_pairs(&frame, &made->context);
    put_topologies(&frame, made->topologies, made->topologies_count);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static void put_provision(struct buffer *out, const struct keelson_provision *provision)
{
    frame_put_text(out, provision->name);
    storage_put_volume(out, provision->capability);
    frame_put_i64(out, provision->required_bytes);
    frame_put_i64(out, provision->limit_bytes);
    frame_put_pairs(out, &provision->parameters);
    frame_put_text(out, provision->source_snapshot_id);
    frame_put_text(out, provision->source_volume_id);
    put_topologies(out, provision->requisite, provision->requisite_count);
    put_topologies(out, provision->preferred, provision->preferred_count);
}

static struct keelson_provision get_provision(struct frame_reader *r)
{
    struct keelson_provision provision = {.size = sizeof(provision), .name = frame_get_text(r)};
    provision.capability = storage_get_volume(r);
    provision.required_bytes = frame_get_i64(r);
    provision.limit_bytes = frame_get_i64(r);
    provision.parameters = frame_get_pairs(r);
    provision.source_snapshot_id = frame_get_text(r);
    provision.source_volume_id = frame_get_text(r);
    provision.requisite = get_topologies(r, &provision.requisite_count);
    provision.preferred = get_topologies(r, &provision.preferred_count);
    return provision;
}

static enum keelson_status create(void *instance, const struct keelson_call *call,
                                  const struct keelson_provision *provision,
                                  const struct keelson_volume_sink *sink)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_CREATE);
    put_provision(&c.out, provision);
    return isolate_do_with_sink(&c, take_volume, sink);
}

static enum keelson_status serve_create(struct serving *s)
{
    const struct keelson_volume_sink sink = {.size = sizeof(sink), .put = send_volume, .context = s};
    const struct keelson_provision provision = get_provision(&s->in);
    return frame_is_read(&s->in) ? controller_of(s)->create(s->handle, s->call, &provision, &sink)
                                 : KEELSON_INVALID;
}

static enum keelson_status remove_volume(void *instance, const struct keelson_call *call,
                                         const struct keelson_volume *volume)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_REMOVE);
    storage_put_volume(&c.out, volume);
    return isolate_do(&c);
}

static enum keelson_status serve_remove(struct serving *s)
{
    const struct keelson_volume *volume = storage_get_volume(&s->in);
    return frame_is_read(&s->in) ? controller_of(s)->remove(s->handle, s->call, volume) : KEELSON_INVALID;
}

static enum keelson_status attach(void *instance, const struct keelson_call *call,
                                  const struct keelson_volume *volume, const char *node_id,
                                  const struct keelson_volume_sink *sink)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_ATTACH);
    storage_put_volume(&c.out, volume);
    frame_put_text(&c.out, node_id);
    return isolate_do_with_sink(&c, take_volume, sink);
}

static enum keelson_status serve_attach(struct serving *s)
{
    const struct keelson_volume_sink sink = {.size = sizeof(sink), .put = send_volume, .context = s};
    const struct keelson_volume *volume = storage_get_volume(&s->in);
    const char *node_id = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? controller_of(s)->attach(s->handle, s->call, volume, node_id, &sink)
                                 : KEELSON_INVALID;
}

static enum keelson_status detach(void *instance, const struct keelson_call *call,
                                  const struct keelson_volume *volume, const char *node_id)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_DETACH);
    storage_put_volume(&c.out, volume);
    frame_put_text(&c.out, node_id);
    return isolate_do(&c);
}

static enum keelson_status serve_detach(struct serving *s)
{
    const struct keelson_volume *volume = storage_get_volume(&s->in);
    const char *node_id = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? controller_of(s)->detach(s->handle, s->call, volume, node_id)
                                 : KEELSON_INVALID;
}

/* ---- expand ---- */

struct expand_answer {
    int64_t *capacity_bytes;
    int *node_expansion;
};

static void answer_expand(struct frame_reader *r, void *context)
{
    const struct expand_answer *a = context;
    *a->capacity_bytes = frame_get_i64(r);
    *a->node_expansion = (int)frame_get_u32(r);
}

static enum keelson_status expand(void *instance, const struct keelson_call *call,
                                  const struct keelson_volume *volume, int64_t required_bytes,
                                  int64_t limit_bytes, int64_t *ret_capacity_bytes, int *ret_node_expansion)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_EXPAND);
    struct expand_answer a = {ret_capacity_bytes, ret_node_expansion};
    storage_put_volume(&c.out, volume);
    frame_put_i64(&c.out, required_bytes);
    frame_put_i64(&c.out, limit_bytes);
    c.answer = answer_expand;
    c.context = &a;
    return isolate_do(&c);
}

static enum keelson_status serve_expand(struct serving *s)
{
    const struct keelson_volume *volume = storage_get_volume(&s->in);
    int64_t required_bytes = frame_get_i64(&s->in), limit_bytes = frame_get_i64(&s->in), capacity_bytes = 0;
    int node_expansion = 0;
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_status status = controller_of(s)->expand(s->handle, s->call, volume, required_bytes,
                                                          limit_bytes, &capacity_bytes, &node_expansion);
    frame_put_i64(&s->out, capacity_bytes);
    frame_put_u32(&s->out, (uint32_t)node_expansion);
    return status;
}

/* ---- Snapshots ---- */

static void put_request(struct buffer *out, const struct keelson_snapshot_request *request)
{
    frame_put_text(out, request->driver);
    frame_put_text(out, request->name);
    frame_put_text(out, request->source_volume_id);
    frame_put_pairs(out, &request->parameters);
    frame_put_pairs(out, &request->secrets);
}

static struct keelson_snapshot_request get_request(struct frame_reader *r)
{
    struct keelson_snapshot_request request = {.size = sizeof(request), .driver = frame_get_text(r)};
    request.name = frame_get_text(r);
    request.source_volume_id = frame_get_text(r);
    request.parameters = frame_get_pairs(r);
    request.secrets = frame_get_pairs(r);
    return request;
}

static int take_snapshot(struct frame_reader *r, void *context)
{
    const struct keelson_snapshot_sink *sink = context;
    struct keelson_snapshot snapshot = {.size = sizeof(snapshot), .ready = frame_get_u32(r)};
    snapshot.id = frame_get_text(r);
    snapshot.source_volume_id = frame_get_text(r);
    snapshot.created_at_ns = frame_get_i64(r);
    snapshot.size_bytes = frame_get_i64(r);
    return frame_is_read(r) ? sink->put(sink, &snapshot) : 0;
}

static int send_snapshot(const struct keelson_snapshot_sink *sink, const struct keelson_snapshot *snapshot)
{
    if (!KEELSON_HAS(snapshot, size_bytes))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_u32(&frame, snapshot->ready);
    frame_put_text(&frame, snapshot->id);
    frame_put_text(&frame, snapshot->source_volume_id);
    frame_put_i64(&frame, snapshot->created_at_ns);
    frame_put_i64(&frame, snapshot->size_bytes);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static enum keelson_status snapshot(void *instance, const struct keelson_call *call,
                                    const struct keelson_snapshot_request *request,
                                    const struct keelson_snapshot_sink *sink)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_SNAPSHOT);
    put_request(&c.out, request);
    return isolate_do_with_sink(&c, take_snapshot, sink);
}

static enum keelson_status serve_snapshot(struct serving *s)
{
    const struct keelson_snapshot_sink sink = {.size = sizeof(sink), .put = send_snapshot, .context = s};
    const struct keelson_snapshot_request request = get_request(&s->in);
    return frame_is_read(&s->in) ? controller_of(s)->snapshot(s->handle, s->call, &request, &sink)
                                 : KEELSON_INVALID;
}

static enum keelson_status snapshot_get(void *instance, const struct keelson_call *call,
                                        const struct keelson_snapshot_request *request, const char *id,
                                        const struct keelson_snapshot_sink *sink)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_SNAPSHOT_GET);
    put_request(&c.out, request);
    frame_put_text(&c.out, id);
    return isolate_do_with_sink(&c, take_snapshot, sink);
}

static enum keelson_status serve_snapshot_get(struct serving *s)
{
    const struct keelson_snapshot_sink sink = {.size = sizeof(sink), .put = send_snapshot, .context = s};
    const struct keelson_snapshot_request request = get_request(&s->in);
    const char *id = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? controller_of(s)->snapshot_get(s->handle, s->call, &request, id, &sink)
                                 : KEELSON_INVALID;
}

static enum keelson_status snapshot_remove(void *instance, const struct keelson_call *call,
                                           const struct keelson_snapshot_request *request, const char *id)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_SNAPSHOT_REMOVE);
    put_request(&c.out, request);
    frame_put_text(&c.out, id);
    return isolate_do(&c);
}

static enum keelson_status serve_snapshot_remove(struct serving *s)
{
    const struct keelson_snapshot_request request = get_request(&s->in);
    const char *id = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? controller_of(s)->snapshot_remove(s->handle, s->call, &request, id)
                                 : KEELSON_INVALID;
}

/* ---- capacity ---- */

static void answer_capacity(struct frame_reader *r, void *context)
{
    *(int64_t *)context = frame_get_i64(r);
}

static enum keelson_status capacity(void *instance, const struct keelson_call *call,
                                    const struct keelson_provision *provision,
                                    const struct keelson_pairs *topology, int64_t *ret_bytes)
{
    struct isolate_call c = begin(instance, call, CONTROLLER_CAPACITY);
    put_provision(&c.out, provision);
    put_topologies(&c.out, topology, topology ? 1 : 0);
    c.answer = answer_capacity;
    c.context = ret_bytes;
    return isolate_do(&c);
}

static enum keelson_status serve_capacity(struct serving *s)
{
    int64_t bytes = 0;
    uint32_t count;
    const struct keelson_provision provision = get_provision(&s->in);
    const struct keelson_pairs *topology = get_topologies(&s->in, &count);
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_status status =
        controller_of(s)->capacity(s->handle, s->call, &provision, count ? topology : NULL, &bytes);
    frame_put_i64(&s->out, bytes);
    return status;
}

static const struct keelson_storage_controller_v1 table = {.size = sizeof(table),
                                                           .drivers = drivers,
                                                           .create = create,
                                                           .remove = remove_volume,
                                                           .attach = attach,
                                                           .detach = detach,
                                                           .expand = expand,
                                                           .snapshot = snapshot,
                                                           .snapshot_get = snapshot_get,
                                                           .snapshot_remove = snapshot_remove,
                                                           .capacity = capacity};
static const struct isolate_function functions[] = {
    [CONTROLLER_DRIVERS] = {"drivers", serve_drivers},
    [CONTROLLER_CREATE] = {"create", serve_create},
    [CONTROLLER_REMOVE] = {"remove", serve_remove},
    [CONTROLLER_ATTACH] = {"attach", serve_attach},
    [CONTROLLER_DETACH] = {"detach", serve_detach},
    [CONTROLLER_EXPAND] = {"expand", serve_expand},
    [CONTROLLER_SNAPSHOT] = {"snapshot", serve_snapshot},
    [CONTROLLER_SNAPSHOT_GET] = {"snapshot_get", serve_snapshot_get},
    [CONTROLLER_SNAPSHOT_REMOVE] = {"snapshot_remove", serve_snapshot_remove},
    [CONTROLLER_CAPACITY] = {"capacity", serve_capacity},
};
const struct isolate_interface isolate_storage_controller = {KEELSON_STORAGE_CONTROLLER_1, &table,
                                                             sizeof(table), functions, ARRAY_SIZE(functions)};
