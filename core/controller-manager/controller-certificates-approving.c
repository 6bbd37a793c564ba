/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate approver: approves kubelets' client certificates when the one who asks may have one, which
 * an authorization review says. */
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/certificates.h"

struct approving {
    struct client *client;
    const struct resource *resource;
    struct informer *requests;
    struct workqueue *queue;
};

static void request_changed(void *self, struct cached *old, struct cached *new_, const struct json *request)
{
    struct approving *c = self;
    if (new_ && slice_is(json_slice(json_at(request, "spec.signerName")), SIGNER_KUBELET_CLIENT))
        workqueue_add(c->queue, cached_key(new_));
}

/* May the one who asks have it by this right? */
static int review(struct approving *c, struct arena *arena, const struct json *request,
                  const char *subresource, bool *ret_allowed, struct error *err)
{
    struct json *body = json_new_object(arena), *answer = NULL;
    const struct json *asked = json_get(request, "spec");
    json_set_string(arena, body, "apiVersion", "authorization.k8s.io/v1");
    json_set_string(arena, body, "kind", "SubjectAccessReview");
    struct json *spec = json_set_object(arena, body, "spec");
    json_set_string(arena, spec, "user", json_string_at(asked, "username"));
    json_set_string(arena, spec, "uid", json_string_at(asked, "uid"));
    if (json_get(asked, "groups"))
        json_set(arena, spec, "groups", json_copy(arena, json_get(asked, "groups")));
    if (json_get(asked, "extra"))
        json_set(arena, spec, "extra", json_copy(arena, json_get(asked, "extra")));
    struct json *attributes = json_set_object(arena, spec, "resourceAttributes");
    json_set_string(arena, attributes, "group", "certificates.k8s.io");
    json_set_string(arena, attributes, "resource", "certificatesigningrequests");
    json_set_string(arena, attributes, "verb", "create");
    json_set_string(arena, attributes, "subresource", subresource);
    if (client_raw(c->client, "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body, arena,
                   &answer, err) < 0)
        return -1;
    *ret_allowed = json_boolean_at(answer, "status.allowed", false);
    return 0;
}

static int approve(struct approving *c, struct arena *arena, struct json *request, const char *message,
                   struct error *err)
{
    csr_add_condition(arena, request, "Approved", "AutoApproved", message);
    return client_update(c->client, c->resource, "approval", request, arena, NULL, err);
}

static int judge(struct approving *c, struct arena *arena, struct json *request, const struct csr *csr,
                 struct error *err)
{
    bool allowed = false;
    const char *why;
    if (!csr_is_kubelet_client(csr, json_at(request, "spec.usages"), &why))
        return 0;
    bool self = !strcmp(csr->common_name, json_string_or(json_at(request, "spec.username"), ""));
    if (self && review(c, arena, request, "selfnodeclient", &allowed, err) < 0)
        return -1;
    if (self && allowed)
        return approve(c, arena, request,
                       "Auto approving self kubelet client certificate after SubjectAccessReview.", err);
    if (review(c, arena, request, "nodeclient", &allowed, err) < 0)
        return -1;
    if (allowed)
        return approve(c, arena, request,
                       "Auto approving kubelet client certificate after SubjectAccessReview.", err);
    return error_set(err, ERR_FORBIDDEN, "recognized, but the subject access review was not approved");
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct approving *c = self;
    struct arena arena = ARENA_INIT;
    struct csr csr = {0};
    struct json *request = object_cached_key(c->requests, key, &arena);
    int rc = 0;
    bool open = request && !json_slice(json_at(request, "status.certificate")).size &&
                !csr_has_condition(request, "Approved") && !csr_has_condition(request, "Denied");
    if (open && csr_of(&arena, request, &csr, NULL) == 0)
        rc = judge(c, &arena, request, &csr, err);
    csr_done(&csr);
    arena_done(&arena);
    return rc;
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct approving *c = new0(struct approving);
    c->client = manager_client(m);
    c->resource = RESOURCE("certificates.k8s.io", "v1", "certificatesigningrequests");
    c->queue = controller_queue("csr-approving", 1, reconcile, c);
    c->requests = controller_watch(run, c->resource, request_changed, c);
    return c;
}

static void begin(void *self)
{
    struct approving *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct approving *c = self;
    workqueue_free(c->queue);
    free(c);
}

const struct controller controller_certificates_approving = {
    .name = "certificatesigningrequest-approving-controller",
    .alias = "csrapproving",
    .account = "certificate-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
