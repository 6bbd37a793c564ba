/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud_sim [FAULTS [SEED]]: the cloud controllers through so many random faults, on a simulated clock:
 * clouds that are away, throttle, refuse, hang, cannot say, or say that machines are gone that are there;
 * machines that stop, start, vanish and come back as others; kubelets that fall silent; an API server that
 * does not answer; and the daemon killed between any two calls. No write may break a rule (sim-rules.c), and
 * when the faults have ended all is right again.
 */
#include <stdio.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/cloud-controller-manager/node-state.h"
#include "tests/sim/sim.h"

#define FAULTS_DEFAULT 20000
#define MACHINES_EACH  24
#define EPOCH_NS       INT64_C(1700000000000000000)
#define KUBELET_NS     (40 * NS_PER_S) /* a silent node is not ready after */

bool sim_killed;
double sim_kill_chance, sim_api_failure_chance;
static uint64_t seed, state;
static int64_t now_ns;
static unsigned long faults, kills;
static struct client *client;
static struct providers providers;
static struct controllers *daemon_;
static struct cloud_options options;

/* ---- Time and chance ---- */

static int64_t monotonic(void)
{
    return now_ns;
}

static int64_t realtime(void)
{
    return EPOCH_NS + now_ns;
}

void sim_advance_to(int64_t ns)
{
    now_ns = MAX(now_ns, ns);
}

uint64_t sim_random(uint64_t bound)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % bound;
}

bool sim_chance(double chance)
{
    return chance > 0 && (double)sim_random(1000000) < chance * 1e6;
}

bool sim_may_be_killed(void)
{
    if (!sim_killed && sim_chance(sim_kill_chance)) {
        sim_killed = true;
        kills++;
    }
    return sim_killed;
}

void sim_fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    _cleanup_free_ char *text = xvasprintf(fmt, ap);
    va_end(ap);
    printf("FAIL after %lu faults, at %lld ms: %s\nseed %llu\n", faults, (long long)(now_ns / NS_PER_MS),
           text, (unsigned long long)seed);
    exit(1);
}

/* ---- Kubelets ---- */

static void set_ready(struct json *node, struct arena *arena, const char *status)
{
    object_set_condition(arena, node, "Ready", status, "Kubelet", "");
}

static void register_node(struct machine *m, const struct sim_cloud *c)
{
    struct arena arena = ARENA_INIT;
    struct json *node = object_new(&arena, "v1", "Node", NULL, m->name);
    struct json *taint =
        json_append(&arena, json_ensure(&arena, node, "spec.taints", JSON_ARRAY), json_new_object(&arena));
    struct json *address = json_append(&arena, json_ensure(&arena, node, "status.addresses", JSON_ARRAY),
                                       json_new_object(&arena));
    json_set_string(&arena, taint, "key", TAINT_UNINITIALIZED);
    json_set_string(&arena, taint, "effect", "NoSchedule");
    json_set_string(&arena, address, "type", "Hostname");
    json_set_string(&arena, address, "address", m->name);
    if (m->knows_its_id)
        json_set_stringf(&arena, json_get(node, "spec"), "providerID", "%s://%s", c->scheme, m->id);
    set_ready(node, &arena, "False");
    sim_api_put(arena_printf(&arena, "nodes/%s", m->name), node, &arena);
    m->there = true;
    m->ready = false;
    m->first_gone_ns = 0;
    arena_done(&arena);
}

static void tell_ready(struct machine *m, bool ready)
{
    struct arena arena = ARENA_INIT;
    const char *key = arena_printf(&arena, "nodes/%s", m->name);
    struct json *node = sim_api_get(&arena, key);
    set_ready(node, &arena, ready ? "True" : "Unknown");
    sim_api_put(key, node, &arena);
    m->ready = ready;
    arena_done(&arena);
}

void sim_node_went(const char *name)
{
    struct sim_cloud *c;
    struct machine *m = sim_machine(name, &c);
    m->there = m->ready = false;
}

static void run_kubelet(struct machine *m, const struct sim_cloud *c)
{
    bool lives = m->state == KEELSON_INSTANCE_RUNNING && now_ns >= m->silent_until_ns;
    if (lives && !m->there && sim_chance(0.3))
        register_node(m, c);
    else if (lives && m->there && !m->ready && sim_chance(0.3))
        tell_ready(m, true);
    else if (!lives && m->there && m->ready && now_ns - m->changed_ns > KUBELET_NS)
        tell_ready(m, false);
}

static void run_kubelets(void)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++) {
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            run_kubelet(&sim_clouds[n].machines[i], &sim_clouds[n]);
        if (now_ns >= sim_clouds[n].mood_until_ns)
            sim_clouds[n].mood = MOOD_FINE;
    }
}

/* ---- Faults ---- */

static void change_machine(struct machine *m, enum keelson_instance_state to)
{
    if (m->state == KEELSON_INSTANCE_GONE)
        return;
    m->state = to;
    m->changed_ns = now_ns;
}

static void replace_machine(struct machine *m, const struct sim_cloud *c)
{
    if (m->state != KEELSON_INSTANCE_GONE || m->there)
        return;
    snprintf(m->id, sizeof(m->id), "i-%s-%u-%llu", c->name, (unsigned)(m - c->machines),
             (unsigned long long)sim_random(100000));
    m->state = KEELSON_INSTANCE_RUNNING;
    m->changed_ns = now_ns;
    m->first_gone_ns = m->last_gone_ns = 0;
    m->last_said = KEELSON_INSTANCE_UNKNOWN;
}

static void change_mood(struct sim_cloud *c)
{
    uint64_t percent = sim_chance(0.3) ? 90 : 25;
    c->mood = (enum cloud_mood)sim_random(MOOD_COUNT);
    c->mood_until_ns = now_ns + (int64_t)sim_random(sim_chance(0.1) ? 3600 : 90) * NS_PER_S;
    for (unsigned i = 0; i < c->machines_count; i++)
        c->machines[i].lied_about = sim_random(100) < percent;
}

/* Half a hall, or all of it. */
static void lose_many(struct sim_cloud *c)
{
    uint64_t percent = sim_chance(0.2) ? 100 : 45;
    for (unsigned i = 0; i < c->machines_count; i++)
        if (sim_random(100) < percent)
            change_machine(&c->machines[i], KEELSON_INSTANCE_GONE);
}

/* Somebody removes a node by hand; its kubelet makes it again. */
static void remove_by_hand(struct machine *m)
{
    _cleanup_free_ char *key = xasprintf("nodes/%s", m->name);
    if (!m->there)
        return;
    m->there = m->ready = false;
    sim_api_delete(key);
}

static void make_fault(void)
{
    struct sim_cloud *c = &sim_clouds[sim_random(SIM_CLOUDS)];
    struct machine *m = &c->machines[sim_random(c->machines_count)];
    faults++;
    switch (sim_random(12)) {
    case 0:
        change_machine(m, KEELSON_INSTANCE_SHUT_DOWN);
        break;
    case 1:
    case 2:
        change_machine(m, KEELSON_INSTANCE_RUNNING);
        break;
    case 3:
        change_machine(m, KEELSON_INSTANCE_GONE);
        break;
    case 4:
    case 5:
        if (sim_chance(0.02))
            lose_many(c);
        for (unsigned i = 0; i < c->machines_count / 2; i++)
            replace_machine(&c->machines[sim_random(c->machines_count)], c);
        break;
    case 6:
        m->silent_until_ns = now_ns + (int64_t)sim_random(180) * NS_PER_S;
        m->changed_ns = now_ns;
        break;
    case 7:
    case 8:
        change_mood(c);
        break;
    case 9:
        remove_by_hand(m);
        break;
    case 10:
        sim_api_failure_chance = sim_chance(0.3) ? 0.3 : 0.01;
        break;
    default:
        if (!sim_killed)
            controllers_refresh(daemon_,
                                sim_chance(0.5) ? providers.list[sim_random(SIM_CLOUDS)].instance : NULL);
        break;
    }
}

/* ---- Running ---- */

void sim_others_run(int64_t until_ns)
{
    static unsigned depth;
    unsigned steps = until_ns - now_ns > NS_PER_S ? 16 : sim_chance(0.2) ? 3 : 0;
    if (depth < 2) {
        depth++;
        for (unsigned i = 0; i < steps && !sim_killed; i++) {
            sim_advance_to(now_ns +
                           (int64_t)sim_random((uint64_t)MAX(until_ns - now_ns, 1) / (steps - i) + 1));
            if (sim_kill_chance > 0 && sim_chance(0.1))
                make_fault();
            if (sim_chance(0.5))
                run_kubelets();
            if (!sim_chance(0.5) || !sim_informer_step())
                sim_queue_step();
        }
        depth--;
    }
    sim_advance_to(until_ns);
}

static void start_daemon(void)
{
    struct client_config config = {.loop = loop_new(), .transport = sim_api_transport()};
    struct error err = ERROR_INIT;
    sim_killed = false;
    sim_clouds_forget();
    sim_providers(&providers);
    require(client_new(&config, &client, &err) == 0);
    daemon_ = controllers_start(client, &providers, &options);
}

static void stop_daemon(void)
{
    struct loop *loop = client_loop(client);
    sim_killed = true;
    client_stop(client);
    controllers_stop(daemon_);
    for (unsigned i = 0; i < providers.count; i++)
        provider_health_free(providers.list[i].health);
    free(providers.list);
    client_free(client);
    loop_free(loop);
}

/* So long, step by step; a daemon that was killed is started again a while later. */
static void run_for(int64_t duration_ns)
{
    int64_t end = now_ns + duration_ns;
    while (now_ns < end) {
        if (sim_killed) {
            stop_daemon();
            sim_advance_to(now_ns + (int64_t)sim_random(30) * NS_PER_S);
            start_daemon();
        }
        if ((sim_chance(0.7) && sim_informer_step()) || sim_queue_step() || sim_informer_step())
            continue;
        sim_advance_to(MAX(MIN(MIN(sim_queue_next_ns(), end), now_ns + NS_PER_S), now_ns + NS_PER_MS));
        run_kubelets();
    }
}

static void heal(void)
{
    sim_kill_chance = sim_api_failure_chance = 0;
    for (unsigned n = 0; n < SIM_CLOUDS; n++) {
        sim_clouds[n].mood = MOOD_FINE;
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            sim_clouds[n].machines[i].silent_until_ns = 0;
    }
}

/* Nodes that are still there though their machines are gone are too many to be believed: somebody confirms
 * them. */
static unsigned confirm_gone(void)
{
    struct arena arena = ARENA_INIT;
    unsigned confirmed = 0;
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++) {
            const struct machine *m = &sim_clouds[n].machines[i];
            const char *key = arena_printf(&arena, "nodes/%s", m->name);
            struct json *node =
                m->there && m->state == KEELSON_INSTANCE_GONE ? sim_api_get(&arena, key) : NULL;
            if (!node)
                continue;
            object_set_annotation(&arena, node, "keelson.io/confirm-gone", "true");
            sim_api_put(key, node, &arena);
            confirmed++;
        }
    arena_done(&arena);
    return confirmed;
}

static void set_options(void)
{
    static char name[] = "sim", only[] = "--controllers=cloud-node,cloud-node-lifecycle";
    char *argv[] = {name, only, NULL};
    struct error err = ERROR_INIT;
    int leave = 0;
    require(flags_parse(cloud_flags, cloud_flags_count, &options, 2, argv, "", &leave, &err) == 0);
}

int main(int argc, char **argv)
{
    static const struct clock_source clock = {realtime, monotonic};
    unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : FAULTS_DEFAULT;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : random_u64() % 1000000;
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    state = seed;
    random_set_seed(seed + 1);
    now_ns = 1000 * NS_PER_S;
    clock_set_source(&clock);
    log_init("sim", getenv("SIM_LOG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
    set_options();
    sim_clouds_start(MACHINES_EACH);
    start_daemon();
    run_for(60 * NS_PER_S);
    sim_kill_chance = 0.004;
    while (faults < wanted) {
        make_fault();
        run_for((int64_t)sim_random(sim_chance(0.05) ? 120000 : 4000) * NS_PER_MS);
    }
    heal();
    run_for(1800 * NS_PER_S);
    unsigned confirmed = confirm_gone();
    run_for(1800 * NS_PER_S);
    sim_check_end();
    printf("%lu faults, %lu of them kills, over %.1f days; %u writes, %u of them removals, %u events; %u "
           "nodes confirmed as gone in the end\n",
           faults + kills, kills, (double)now_ns / 86400e9, sim_api_writes(), sim_api_removals(),
           sim_events(), confirmed);
    stop_daemon();
    sim_clouds_done();
    sim_api_done();
    flags_free(cloud_flags, cloud_flags_count, &options);
    return 0;
}
