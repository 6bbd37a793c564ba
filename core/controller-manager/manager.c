/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manager's life: rows start and register with informers, the informers start, each row begins when its
 * informers are synced; on the way down the client stops waiting, the informers stop telling, the rows finish
 * what runs, and only then the informers' contents go.
 */
#include "core/controller-manager/manager.h"

#include <malloc.h>
#include <stdatomic.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/controller-manager/informers.h"

#define HELPERS 16
#define TRIM_MS 60000

struct controller_run {
    struct manager *manager;
    struct client *client; /* its service account's; NULL: the manager's */
    const struct controller *row;
    void *self;
    atomic_uint missing; /* informers not synced yet, and one for the start itself */
    atomic_bool begun;
    struct registration *registrations;
};

/* One informer's handler for one controller. */
struct registration {
    struct registration *next;
    struct controller_run *run;
    controller_changed *changed;
    void *self;
};

struct manager {
    struct client *client;
    const struct manager_options *options;
    struct informers *informers;
    struct workers *helpers;
    struct workqueue *chores; /* one key */
    struct controller_run *runs;
    size_t count;
};

struct client *manager_client(struct manager *m)
{
    const struct controller_run *run = &m->runs[m->count];
    return run->client ? run->client : m->client;
}

struct client *manager_reader(struct manager *m)
{
    return m->client;
}

const struct manager_options *manager_options(struct manager *m)
{
    return m->options;
}

struct workers *manager_helpers(struct manager *m)
{
    return m->helpers;
}

static bool is_named(const struct controller *c, struct slice name)
{
    return slice_is(name, c->name) || (c->alias && slice_is(name, c->alias));
}

bool manager_enabled(const struct controller *c, const struct flag_list *names)
{
    bool star = false;
    for (size_t i = 0; i < names->count; i++) {
        struct slice name = slice_of(names->items[i]);
        star = star || slice_is(name, "*");
        if (is_named(c, name))
            return true;
        if (slice_starts(name, "-") && is_named(c, (struct slice){name.data + 1, name.size - 1}))
            return false;
    }
    return star && !c->off;
}

static bool is_elsewhere(struct slice name)
{
    for (size_t i = 0; controllers_elsewhere[i][0]; i++)
        if (slice_is(name, controllers_elsewhere[i][0]) || slice_is(name, controllers_elsewhere[i][1]))
            return true;
    return false;
}

int manager_check_names(const struct flag_list *names, struct error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        struct slice name = slice_of(names->items[i]);
        if (slice_is(name, "*"))
            continue;
        bool off = slice_starts(name, "-");
        if (off)
            name = (struct slice){name.data + 1, name.size - 1};
        bool known = is_elsewhere(name);
        if (known && !off)
            log_warning("--controllers: %.*s is not one of this daemon's and does not run", SLICE_ARG(name));
        for (size_t c = 0; controllers[c]; c++)
            known = known || is_named(controllers[c], name);
        if (!known)
            return error_set(err, ERR_INVALID, "\"%.*s\" is not in the list of known controllers",
                             SLICE_ARG(name));
    }
    return 0;
}

static void one_synced(void *context)
{
    struct registration *registration = context;
    struct controller_run *run = registration->run;
    if (atomic_fetch_sub(&run->missing, 1) != 1)
        return;
    atomic_store(&run->begun, true);
    log_debug("%s begins", run->row->name);
    run->row->begin(run->self);
}

static void changed_of(void *context, struct cached *old, struct cached *new_, const struct json *document)
{
    struct registration *registration = context;
    if (registration->changed)
        registration->changed(registration->self, old, new_, document);
}

static struct informer *register_with(struct controller_run *run, const struct resource *r,
                                      bool metadata_only, controller_changed *changed, void *self)
{
    require(r);
    struct informer *i = informers_get(run->manager->informers, r, metadata_only);
    struct registration *registration = new0(struct registration);
    *registration = (struct registration){run->registrations, run, changed, self};
    run->registrations = registration;
    atomic_fetch_add(&run->missing, 1);
    struct informer_handler handler = {changed_of, one_synced, registration};
    informer_add_handler(i, &handler);
    return i;
}

struct informer *controller_watch(struct controller_run *run, const struct resource *r,
                                  controller_changed *changed, void *self)
{
    return register_with(run, r, false, changed, self);
}

struct informer *controller_watch_metadata(struct controller_run *run, const struct resource *r,
                                           controller_changed *changed, void *self)
{
    return register_with(run, r, true, changed, self);
}

static void start_row(struct manager *m, const struct controller *row)
{
    struct controller_run *run = &m->runs[m->count];
    run->manager = m;
    run->row = row;
    if (m->options->use_service_account_credentials && row->account)
        run->client = client_new_account(m->client, "kube-system", row->account);
    run->self = row->start(m, run);
    if (run->self) {
        m->count++;
        return;
    }
    client_free(TAKE_PTR(run->client));
    log_info("%s has nothing to do and is not started", row->name);
}

/* Lists and bursts need much memory for a moment; the allocator gives it back only when it is asked to. */
static int64_t trim(void *self, const char *key, struct error *err)
{
    malloc_trim(0);
    return TRIM_MS;
}

struct manager *manager_start(struct client *client, const struct manager_options *options,
                              const struct controller *const *rows)
{
    struct manager *m = new0(struct manager);
    size_t count = 0;
    while (rows[count])
        count++;
    m->client = client;
    m->options = options;
    m->informers = informers_new(client);
    m->helpers = workers_new(&(struct workers_config){.name = "helper", .threads_max = HELPERS});
    m->runs = newa0(struct controller_run, count + 1);
    for (size_t i = 0; i < count; i++)
        if (manager_enabled(rows[i], &options->controllers))
            start_row(m, rows[i]);
    informers_start(m->informers);
    m->chores = controller_queue("chores", 1, trim, m);
    workqueue_add_after(m->chores, "trim", TRIM_MS / 6);
    workqueue_start(m->chores);
    return m;
}

void manager_progress(struct manager *m, unsigned *ret_running, unsigned *ret_begun)
{
    *ret_running = (unsigned)m->count;
    *ret_begun = 0;
    for (size_t i = 0; i < m->count; i++)
        *ret_begun += atomic_load(&m->runs[i].begun);
}

static void free_registrations(struct controller_run *run)
{
    for (struct registration *r = run->registrations, *next; r; r = next) {
        next = r->next;
        free(r);
    }
}

void manager_stop(struct manager *m)
{
    if (!m)
        return;
    informers_stop(m->informers);
    for (size_t i = m->count; i-- > 0;)
        m->runs[i].row->stop(m->runs[i].self);
    workers_free(m->helpers);
    workqueue_free(m->chores);
    informers_free(m->informers);
    for (size_t i = 0; i < m->count; i++) {
        free_registrations(&m->runs[i]);
        client_free(m->runs[i].client);
    }
    free(m->runs);
    free(m);
}
