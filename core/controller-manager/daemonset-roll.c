/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon set's rolling update: node by node, the old pod goes and the new one comes, or with maxSurge the
 * other way round. Old pods that are not available are replaced at once; available ones as far as the others
 * allow.
 */
#include "core/base/memory.h"
#include "core/controller-manager/daemonset.h"
#include "core/controller-manager/deployment.h"

static int64_t share_of_nodes(const struct daemon_sync *s, const char *path, int64_t fallback)
{
    int64_t desired = 0;
    for (size_t i = 0; i < s->nodes_count; i++)
        desired += s->nodes[i].should_run;
    return int_or_percent(json_at(s->set, path), desired, true, fallback);
}

int64_t daemon_max_surge(const struct daemon_sync *s)
{
    return MAX(share_of_nodes(s, "spec.updateStrategy.rollingUpdate.maxSurge", 0), INT64_C(0));
}

/* The pods that stand on a node and are to stay there. */
struct pair {
    struct json *old, *new_;
    bool muddled; /* two of one kind: daemon_manage puts that right first */
};

static struct pair pair_on(const struct daemon_sync *s, const struct daemon_node *n)
{
    struct pair pair = {0};
    for (size_t i = 0; i < n->count; i++) {
        if (object_is_deleted(n->pods[i]))
            continue;
        struct json **place = daemon_pod_is_current(s, n->pods[i]) ? &pair.new_ : &pair.old;
        pair.muddled = pair.muddled || *place;
        *place = n->pods[i];
    }
    return pair;
}

static struct daemon_todo make_room(struct daemon_sync *s, int64_t most)
{
    struct daemon_todo todo = daemon_todo_new(s);
    struct json **useful = arena_alloc(&s->arena, (s->claimed.count + 1) * sizeof(struct json *));
    size_t useful_count = 0;
    for (size_t i = 0; i < s->nodes_count; i++) {
        struct pair on = pair_on(s, &s->nodes[i]);
        if (!s->nodes[i].should_run)
            continue;
        if (on.muddled || !on.old == !on.new_)
            most--;
        else if (on.new_)
            most -= !daemon_pod_is_available(s, on.new_);
        else if (daemon_pod_is_available(s, on.old))
            useful[useful_count++] = on.old;
        else {
            todo.delete_[todo.delete_count++] = on.old;
            most--;
        }
    }
    for (size_t i = 0; i < useful_count && (int64_t)i < most; i++)
        todo.delete_[todo.delete_count++] = useful[i];
    return todo;
}

static struct daemon_todo stand_beside(struct daemon_sync *s, int64_t most)
{
    struct daemon_todo todo = daemon_todo_new(s);
    const char **useful = arena_alloc(&s->arena, (s->nodes_count + 1) * sizeof(char *));
    size_t useful_count = 0;
    for (size_t i = 0; i < s->nodes_count; i++) {
        const struct daemon_node *n = &s->nodes[i];
        struct pair on = pair_on(s, n);
        if (!n->should_run || (!on.old && !on.muddled))
            continue;
        if (on.muddled)
            most--;
        else if (on.new_ && daemon_pod_is_available(s, on.new_))
            todo.delete_[todo.delete_count++] = on.old;
        else if (on.new_)
            most--;
        else if (daemon_pod_is_available(s, on.old))
            useful[useful_count++] = n->name;
        else
            todo.create[todo.create_count++] = n->name;
    }
    for (size_t i = 0; i < useful_count && (int64_t)i < most; i++)
        todo.create[todo.create_count++] = useful[i];
    return todo;
}

int daemon_roll(struct daemon_sync *s, struct error *err)
{
    int64_t surge = daemon_max_surge(s);
    int64_t unavailable = share_of_nodes(s, "spec.updateStrategy.rollingUpdate.maxUnavailable", 1);
    struct daemon_todo todo = surge > 0 ? stand_beside(s, surge) : make_room(s, MAX(unavailable, INT64_C(1)));
    return daemon_do(s, &todo, err);
}
