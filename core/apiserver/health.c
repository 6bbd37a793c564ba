/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz, /livez and /readyz: named checks, ?verbose, ?exclude, and each check by itself. */
#include "core/apiserver/cache-feed.h"
#include "core/apiserver/paths.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/memory.h"

static bool always(const struct server *s)
{
    return true;
}

static bool store_watch_ok(const struct server *s)
{
    return feed_healthy(s->registry->feed);
}

static bool bootstrapped(const struct server *s)
{
    return atomic_load(&s->bootstrapped);
}

static bool not_stopping(const struct server *s)
{
    return !atomic_load(&s->stopping);
}

enum { HEALTHZ = 1, LIVEZ = 2, READYZ = 4 };
static const struct check {
    const char *name;
    unsigned where;
    bool (*ok)(const struct server *s);
} checks[] = {
    {"ping", HEALTHZ | LIVEZ | READYZ, always},
    {"log", HEALTHZ | LIVEZ | READYZ, always},
    {"etcd", HEALTHZ | LIVEZ | READYZ, store_watch_ok},
    {"informer-sync", READYZ, store_watch_ok},
    {"poststarthook/rbac/bootstrap-roles", HEALTHZ | READYZ, bootstrapped},
    {"poststarthook/scheduling/bootstrap-system-priority-classes", HEALTHZ | READYZ, bootstrapped},
    {"poststarthook/start-system-namespaces-controller", HEALTHZ | READYZ, bootstrapped},
    {"shutdown", READYZ, not_stopping},
};

static bool excluded(struct api_request *r, const char *name)
{
    for (unsigned i = 0; i < r->parameters_count; i++) {
        if (!strcmp(r->parameters[i].name, "exclude") && !strcmp(r->parameters[i].value, name))
            return true;
    }
    return false;
}

static void respond_one(struct api_request *r, const struct check *check)
{
    struct buffer out = BUFFER_INIT;
    bool ok = check->ok(r->server);
    buffer_append_str(&out, ok ? "ok" : "internal server error: not yet");
    respond_text(r, ok ? 200 : 500, "text/plain; charset=utf-8", &out);
}

void health_handle(struct api_request *r, const char *rest)
{
    const char *name = r->path + 1;
    size_t name_size = strcspn(name, "/");
    unsigned where = *name == 'h' ? HEALTHZ : *name == 'l' ? LIVEZ : READYZ;
    bool failed = false;
    struct buffer out = BUFFER_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
        if (!(checks[i].where & where))
            continue;
        if (*rest && !strcmp(rest, checks[i].name)) {
            buffer_done(&out);
            respond_one(r, &checks[i]);
            return;
        }
        if (excluded(r, checks[i].name)) {
            buffer_printf(&out, "[+]%s excluded: ok\n", checks[i].name);
            continue;
        }
        bool ok = checks[i].ok(r->server);
        failed = failed || !ok;
        buffer_printf(&out, ok ? "[+]%s ok\n" : "[-]%s failed: reason withheld\n", checks[i].name);
    }
    if (*rest) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        buffer_done(&out);
        error_set(&err, ERR_NOT_FOUND, "there is no such check");
        respond_error(r, &err);
        return;
    }
    buffer_printf(&out, "%.*s check %s\n", (int)name_size, name, failed ? "failed" : "passed");
    if (!failed && !api_request_query(r, "verbose")) {
        buffer_clear(&out);
        buffer_append_str(&out, "ok");
    }
    respond_text(r, failed ? 500 : 200, "text/plain; charset=utf-8", &out);
}
