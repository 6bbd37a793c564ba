/* SPDX-License-Identifier: Apache-2.0 */
/* Making the victims of a preemption go: each is told why in its condition, then deleted. */
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/scheduler/pod-job.h"

struct evict_job {
    struct pod_job pod;
    char *for_uid, *node, *scheduler;
};
struct evict_note {
    struct note note;
    char *key;
};

static void job_free(struct evict_job *j)
{
    pod_job_done(&j->pod);
    free(j->for_uid);
    free(j->node);
    free(j->scheduler);
    free(j);
}

static void apply_failure(struct scheduler *s, struct note *note)
{
    struct evict_note *n = container_of(note, struct evict_note, note);
    struct pod *p = s ? cluster_pod(&s->cluster, n->key) : NULL;
    if (p)
        p->evicted = p->leaving;
    free(n->key);
}

static int evict(const struct evict_job *j, struct arena *arena, struct error *err)
{
    struct json *status = json_new_object(arena);
    const char *why =
        arena_printf(arena, "%s: preempting to accommodate a higher priority pod", j->scheduler);
    pod_job_set_condition(status, arena, "DisruptionTarget", "True", "PreemptionByScheduler", why, true);
    if (pod_job_patch_status(&j->pod, status, arena, err) < 0)
        return -1;
    const struct client_delete_options options = {.grace_period_s = -1, .uid = j->pod.uid};
    return client_delete(j->pod.scheduler->client, RESOURCE("", "v1", "pods"),
                         pod_job_namespace(&j->pod, arena), j->pod.name, &options, err);
}

static void run(void *argument)
{
    struct evict_job *j = argument;
    struct arena arena = ARENA_INIT;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (evict(j, &arena, &err) == 0) {
        event_record(j->pod.events, pod_job_reference(&j->pod, &arena), NULL, "Normal", "Preempted",
                     "Preempted by pod %s on node %s", j->for_uid, j->node);
    } else if (err.code != ERR_NOT_FOUND) {
        log_warning("preempting %s: %s", j->pod.key, err.message);
        struct evict_note *n = new0(struct evict_note);
        n->note.apply = apply_failure;
        n->key = xstrdup(j->pod.key);
        inbox_post(&j->pod.scheduler->inbox, &n->note);
    }
    arena_done(&arena);
    job_free(j);
}

void evict_submit(struct scheduler *s, const struct pod *for_, const struct victims *victims)
{
    for (unsigned i = 0; i < victims->count; i++) {
        struct pod *p = victims->pods[i];
        if (p->evicted)
            continue;
        struct evict_job *j = new0(struct evict_job);
        pod_job_init(&j->pod, s, p);
        j->pod.events = report_events(s, for_->class);
        j->for_uid = xstrdup(for_->uid);
        j->node = xstrdup(victims->node->name);
        j->scheduler = xstrdup(for_->class->scheduler);
        p->evicted = true;
        if (!workers_submit(s->workers, run, j)) {
            p->evicted = false;
            job_free(j);
        }
    }
}
