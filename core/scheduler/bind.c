/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings. What became of one that the server took is told by the informer; only failures go back. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/scheduler/pod-job.h"

struct bind_job {
    struct pod_job pod;
    char *node;
    int64_t began_ns;
};
struct bind_note {
    struct note note;
    bool gone; /* there is no such pod any more */
    struct bind_job *job;
    char *why;
};

static void job_free(struct bind_job *j)
{
    pod_job_done(&j->pod);
    free(j->node);
    free(j);
}

static int bind_pod(const struct bind_job *j, struct arena *arena, struct error *err)
{
    struct json *binding = pod_job_reference(&j->pod, arena), *answer = NULL;
    json_set_string(arena, binding, "kind", "Binding");
    struct json *target = json_set_object(arena, binding, "target");
    json_set_string(arena, target, "kind", "Node");
    json_set_string(arena, target, "name", j->node);
    return client_create_sub(j->pod.scheduler->client, RESOURCE("", "v1", "pods"),
                             pod_job_namespace(&j->pod, arena), j->pod.name, "binding", binding, arena,
                             &answer, err);
}

/* The place is free again, unless the informer has told meanwhile that the pod is there all the same. */
static void apply_failure(struct scheduler *s, struct note *note)
{
    struct bind_note *n = container_of(note, struct bind_note, note);
    struct pod *p = s ? cluster_pod(&s->cluster, n->job->pod.key) : NULL;
    if (p && p->assumed && strcmp(p->uid, n->job->pod.uid) == 0) {
        cluster_unplace(&s->cluster, p);
        picture_tell(s, &(struct event){.wakes = WAKE_POD_GONE,
                                        .pod = p,
                                        .node = cluster_node(&s->cluster, n->job->node)});
        if (n->gone) {
            cluster_remove_pod(&s->cluster, p);
        } else {
            queue_retry(&s->queue, &p->queue);
            report_submit(s, p, &(struct report){.reason = "SchedulerError", .text = n->why});
        }
    }
    job_free(n->job);
    free(n->why);
}

static void fail(struct bind_job *j, const struct error *err)
{
    struct bind_note *n = new0(struct bind_note);
    n->note.apply = apply_failure;
    n->gone = err->code == ERR_NOT_FOUND;
    n->job = j;
    n->why = xasprintf("binding rejected: running Bind plugin \"DefaultBinder\": %s", err->message);
    metrics_attempt(&j->pod.scheduler->metrics, j->pod.profile, RESULT_ERROR,
                    clock_monotonic_ns() - j->began_ns);
    log_debug("binding %s to %s: %s", j->pod.key, j->node, err->message);
    inbox_post(&j->pod.scheduler->inbox, &n->note);
}

static void run(void *argument)
{
    struct bind_job *j = argument;
    struct arena arena = ARENA_INIT;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (bind_pod(j, &arena, &err) < 0) {
        fail(j, &err);
    } else {
        metrics_attempt(&j->pod.scheduler->metrics, j->pod.profile, RESULT_SCHEDULED,
                        clock_monotonic_ns() - j->began_ns);
        event_record(j->pod.events, pod_job_reference(&j->pod, &arena), NULL, "Normal", "Scheduled",
                     "Successfully assigned %s to %s", j->pod.key, j->node);
        job_free(j);
    }
    arena_done(&arena);
}

void bind_submit(struct scheduler *s, const struct pod *p, int64_t began_ns)
{
    struct bind_job *j = new0(struct bind_job);
    pod_job_init(&j->pod, s, p);
    j->node = xstrdup(p->node->name);
    j->began_ns = began_ns;
    if (workers_submit(s->workers, run, j))
        return;
    struct error err = ERROR_INIT;
    error_set(&err, ERR_UNAVAILABLE, "too many bindings are on their way");
    fail(j, &err);
    error_done(&err);
}
