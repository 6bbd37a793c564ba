/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate signer: signs approved requests of Kubernetes' own signers with the cluster's authority,
 * after checking what each signer may sign. */
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/certificates.h"

struct signing {
    struct client *client;
    const struct resource *resource;
    struct informer *requests;
    struct workqueue *queue;
    struct csr_ca *ca;
    int64_t duration_s;
};

/* --- signers --- */

static bool may_api_client(const struct csr *csr, const struct json *object, const char **why)
{
    bool client = false;
    json_for_each (usage, json_at(object, "spec.usages")) {
        struct slice text = json_slice(usage);
        client = client || slice_is(text, "client auth");
        if (!slice_is(text, "client auth") && !slice_is(text, "digital signature") &&
            !slice_is(text, "key encipherment")) {
            *why = "usages not allowed";
            return false;
        }
    }
    *why = "usage client auth is required";
    return client;
}

static bool may_kubelet_client(const struct csr *csr, const struct json *object, const char **why)
{
    return csr_is_kubelet_client(csr, json_at(object, "spec.usages"), why);
}

static bool may_kubelet_server(const struct csr *csr, const struct json *object, const char **why)
{
    return csr_is_kubelet_server(csr, object, why);
}

static bool may_anything(const struct csr *csr, const struct json *object, const char **why)
{
    return true;
}

static const struct {
    const char *name;
    bool (*may)(const struct csr *csr, const struct json *object, const char **why);
} signers[] = {
    {SIGNER_API_CLIENT, may_api_client},
    {SIGNER_KUBELET_CLIENT, may_kubelet_client},
    {SIGNER_KUBELET_SERVER, may_kubelet_server},
    {SIGNER_LEGACY, may_anything},
};

static size_t find_signer(const struct json *request)
{
    size_t i = 0;
    while (i < ARRAY_SIZE(signers) &&
           !slice_is(json_slice(json_at(request, "spec.signerName")), signers[i].name))
        i++;
    return i;
}

/* --- one request --- */

static void request_changed(void *self, struct cached *old, struct cached *new_, const struct json *request)
{
    struct signing *c = self;
    if (new_ && find_signer(request) < ARRAY_SIZE(signers))
        workqueue_add(c->queue, cached_key(new_));
}

static bool is_waiting(const struct json *request)
{
    return !json_slice(json_at(request, "status.certificate")).size &&
           csr_has_condition(request, "Approved") && !csr_has_condition(request, "Denied") &&
           !csr_has_condition(request, "Failed");
}

static int fail(struct signing *c, struct arena *arena, struct json *request, const char *why,
                struct error *err)
{
    csr_add_condition(arena, request, "Failed", "SignerValidationFailure", why);
    return client_update(c->client, c->resource, "status", request, arena, NULL, err);
}

static int sign(struct signing *c, struct arena *arena, struct json *request, const struct csr *csr,
                struct error *err)
{
    struct buffer pem = BUFFER_INIT, text = BUFFER_INIT;
    int64_t wanted = json_integer_at(request, "spec.expirationSeconds", c->duration_s);
    int64_t duration = MAX(MIN(wanted, c->duration_s), INT64_C(600));
    int rc = csr_sign(c->ca, csr, json_at(request, "spec.usages"), duration, &pem, err);
    if (rc == 0) {
        base64_encode(&text, pem.data, pem.size, BASE64_STANDARD);
        json_set_string(arena, json_ensure(arena, request, "status", JSON_OBJECT), "certificate", text.data);
        rc = client_update(c->client, c->resource, "status", request, arena, NULL, err);
    }
    buffer_done(&pem);
    buffer_done(&text);
    return rc;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct signing *c = self;
    struct arena arena = ARENA_INIT;
    struct csr csr = {0};
    struct error parse_error = ERROR_INIT;
    struct json *request = object_cached_key(c->requests, key, &arena);
    size_t signer = request ? find_signer(request) : ARRAY_SIZE(signers);
    const char *why = "";
    int rc = 0;
    if (signer < ARRAY_SIZE(signers) && is_waiting(request)) {
        if (csr_of(&arena, request, &csr, &parse_error) < 0)
            rc = fail(c, &arena, request, parse_error.message, err);
        else if (!signers[signer].may(&csr, request, &why))
            rc = fail(c, &arena, request, why, err);
        else
            rc = sign(c, &arena, request, &csr, err);
    }
    error_done(&parse_error);
    csr_done(&csr);
    arena_done(&arena);
    return rc;
}

static void *start(struct manager *m, struct controller_run *run)
{
    const struct manager_options *o = manager_options(m);
    struct error err = ERROR_INIT;
    if (!o->cluster_signing_cert_file || !o->cluster_signing_cert_file[0])
        return NULL;
    struct csr_ca *ca = csr_ca_new(o->cluster_signing_cert_file,
                                   o->cluster_signing_key_file ? o->cluster_signing_key_file : "", &err);
    if (!ca) {
        log_error("--cluster-signing-cert-file: %s", err.message);
        error_done(&err);
        return NULL;
    }
    struct signing *c = new0(struct signing);
    c->ca = ca;
    c->duration_s = o->cluster_signing_duration / NS_PER_S;
    c->client = manager_client(m);
    c->resource = RESOURCE("certificates.k8s.io", "v1", "certificatesigningrequests");
    c->queue = controller_queue("csr-signing", 5, reconcile, c);
    c->requests = controller_watch(run, c->resource, request_changed, c);
    return c;
}

static void begin(void *self)
{
    struct signing *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct signing *c = self;
    workqueue_free(c->queue);
    csr_ca_free(c->ca);
    free(c);
}

const struct controller controller_certificates_signing = {
    .name = "certificatesigningrequest-signing-controller",
    .alias = "csrsigning",
    .account = "certificate-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
