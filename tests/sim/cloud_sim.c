/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud_sim [FAULTS [SEED]]: the cloud controllers through so many random faults, on a simulated clock:
 * clouds that are away, throttle, refuse, hang, cannot say, or say that machines are gone that are there;
 * machines that stop, start, vanish and come back as others; load balancers that vanish or cannot be made;
 * plugins that crash; kubelets that fall silent; an API server that does not answer; users of Services who
 * change their minds; and the daemon killed between any two calls. Nothing may break a rule (sim-rules-*.c),
 * and when the faults have ended all is right again. Without arguments a few short runs.
 *
 * SIM_LOG=1 tells all that is written and asked, by the simulated time.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/cloud-controller-manager/controllers.h"
#include "tests/sim/sim.h"

#define FAULTS_DEFAULT 500    /* of each of a set */
#define STEPS_MAX      200000 /* at one point of time: they do not come to an end */
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
static char *given_default; /* the options' own */
static unsigned in_call;    /* how deep */

/* How rough a world is beside its faults; its seed says. */
static struct temper {
    double kill_chance;
    double hearing;            /* how much rather the daemon hears of a change than it works */
    double api_failure_chance; /* at bad times */
    uint64_t pause_ms;         /* between faults, at most and mostly */
} temper;

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

static void change_mood(struct sim_cloud *c, struct machine *m)
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

static void stop_machine(struct sim_cloud *c, struct machine *m)
{
    change_machine(m, KEELSON_INSTANCE_SHUT_DOWN);
}

static void start_machine(struct sim_cloud *c, struct machine *m)
{
    change_machine(m, KEELSON_INSTANCE_RUNNING);
}

static void lose_machine(struct sim_cloud *c, struct machine *m)
{
    change_machine(m, KEELSON_INSTANCE_GONE);
}

static void lose_and_replace(struct sim_cloud *c, struct machine *m)
{
    if (sim_chance(0.02))
        lose_many(c);
    for (unsigned i = 0; i < c->machines_count / 2; i++)
        replace_machine(&c->machines[sim_random(c->machines_count)], c);
}

static void silence_kubelet(struct sim_cloud *c, struct machine *m)
{
    m->silent_until_ns = now_ns + (int64_t)sim_random(180) * NS_PER_S;
    m->changed_ns = now_ns;
}

static void remove_node(struct sim_cloud *c, struct machine *m)
{
    sim_node_remove(m);
}

/* Another machine of the same name: its node goes, and comes anew in a moment. */
static void rebuild_machine(struct sim_cloud *c, struct machine *m)
{
    sim_node_remove(m);
    change_machine(m, KEELSON_INSTANCE_GONE);
    replace_machine(m, c);
}

static void mark_node(struct sim_cloud *c, struct machine *m)
{
    sim_node_change(m);
}

static void disturb_api(struct sim_cloud *c, struct machine *m)
{
    sim_api_failure_chance = sim_chance(0.3) ? temper.api_failure_chance : 0.01;
}

static void refresh(struct sim_cloud *c, struct machine *m)
{
    if (!sim_killed)
        controllers_refresh(daemon_, sim_chance(0.5) ? sim_host_instance(c) : NULL);
}

/* Somebody removed a load balancer in the cloud; its plugin hears of it. */
static void lose_balancer(struct sim_cloud *c, struct machine *m)
{
    if (c->pool || c->balancers_count == 0 || sim_killed)
        return;
    struct sim_balancer *b = c->balancers[sim_random(c->balancers_count)];
    if (b->parts == PART_ALL && !b->leaving_ns)
        b->leaving_ns = now_ns;
    controllers_refresh(daemon_, sim_host_instance(c));
}

/* A load balancer of somebody else's has the name that a Service's would have. */
static void stand_in_the_way(struct sim_cloud *c, struct machine *m)
{
    c->foreign_uid[0] = '\0';
    size_t cursor = sim_random(64);
    const char *key;
    struct bytes *text;
    uint64_t revision;
    struct arena arena = ARENA_INIT;
    while (sim_chance(0.5) && sim_api_next(&cursor, &key, &text, &revision))
        if (strncmp(key, "services/", 9) == 0 &&
            !sim_balancer_find(c, object_uid(sim_api_get(&arena, key)))) {
            snprintf(c->foreign_uid, sizeof(c->foreign_uid), "%s", object_uid(sim_api_get(&arena, key)));
            break;
        }
    arena_done(&arena);
}

static void crash(struct sim_cloud *c, struct machine *m)
{
    if (c->pool)
        sim_host_crash(c);
}

/* Another one leads: nothing is torn, as it is by a kill. */
static void lose_lease(struct sim_cloud *c, struct machine *m)
{
    if (!in_call)
        sim_killed = true;
}

static const struct fault {
    unsigned weight;
    void (*make)(struct sim_cloud *c, struct machine *m);
} rows[] = {
    {10, stop_machine},    {20, start_machine}, {10, lose_machine}, {20, lose_and_replace},
    {10, silence_kubelet}, {20, change_mood},   {10, remove_node},  {10, rebuild_machine},
    {10, mark_node},       {10, disturb_api},   {10, refresh},      {5, lose_balancer},
    {5, stand_in_the_way}, {5, crash},          {1, lose_lease},
};

static void make_fault(void)
{
    struct sim_cloud *c = &sim_clouds[sim_random(SIM_CLOUDS)];
    struct machine *m = &c->machines[sim_random(c->machines_count)];
    unsigned all = 0;
    size_t i = 0;
    for (size_t n = 0; n < ARRAY_SIZE(rows); n++)
        all += rows[n].weight;
    uint64_t at = sim_random(all);
    for (; at >= rows[i].weight; i++)
        at -= rows[i].weight;
    faults++;
    rows[i].make(c, m);
}

/* ---- Running ---- */

/* What goes on without anybody's doing. */
static void run_world(void)
{
    sim_nodes_run();
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        if (now_ns >= sim_clouds[n].mood_until_ns)
            sim_clouds[n].mood = MOOD_FINE;
    if (!sim_killed)
        sim_host_run_late();
}

void sim_others_run(int64_t until_ns)
{
    unsigned steps = until_ns - now_ns > NS_PER_S ? 16 : sim_chance(0.2) ? 3 : 0;
    if (in_call < 2) {
        in_call++;
        for (unsigned i = 0; i < steps && !sim_killed && now_ns <= until_ns; i++) {
            sim_advance_to(now_ns +
                           (int64_t)sim_random((uint64_t)MAX(until_ns - now_ns, 1) / (steps - i) + 1));
            if (sim_kill_chance > 0 && sim_chance(0.1))
                make_fault();
            if (sim_kill_chance > 0 && sim_chance(0.1))
                sim_user_acts();
            if (sim_chance(0.5))
                run_world();
            while (sim_informer_catch_up())
                ;
            if (!sim_chance(0.5) || !sim_informer_step())
                sim_queue_step();
        }
        in_call--;
    }
    sim_advance_to(until_ns);
}

bool sim_daemon_has_listed(void)
{
    return !sim_killed && controllers_synced(daemon_);
}

static void start_daemon(void)
{
    struct client_config config = {.loop = loop_new(), .transport = sim_api_transport()};
    struct error err = ERROR_INIT;
    sim_killed = false;
    sim_clouds_forget();
    sim_providers(&providers);
    sim_default_cloud = sim_chance(0.5) ? "east" : "west";
    options.default_load_balancer_provider = (char *)sim_default_cloud;
    require(client_new(&config, &client, &err) == 0);
    daemon_ = controllers_start(client, &providers, &options);
}

static void stop_daemon(void)
{
    struct loop *loop = client_loop(client);
    sim_killed = true;
    client_stop(client);
    controllers_stop(daemon_);
    sim_host_drop_late();
    sim_users_mourn();
    for (unsigned i = 0; i < providers.count; i++)
        provider_health_free(providers.list[i].health);
    free(providers.list);
    client_free(client);
    loop_free(loop);
}

/* So long, step by step; a daemon that was killed is started again a while later. */
static void run_for(int64_t duration_ns)
{
    int64_t end = now_ns + duration_ns, at = now_ns;
    unsigned steps = 0;
    while (now_ns < end) {
        steps = now_ns == at ? steps + 1 : 0;
        at = now_ns;
        if (steps > STEPS_MAX)
            sim_fail("queues are busy for ever");
        if (sim_killed) {
            stop_daemon();
            sim_advance_to(now_ns + (int64_t)sim_random(30) * NS_PER_S);
            start_daemon();
        }
        if (sim_informer_catch_up() || (sim_chance(temper.hearing) && sim_informer_step()) ||
            sim_queue_step() || sim_informer_step())
            continue;
        sim_advance_to(MAX(MIN(MIN(sim_queue_next_ns(), end), now_ns + NS_PER_S), now_ns + NS_PER_MS));
        run_world();
    }
}

static void heal(void)
{
    sim_kill_chance = sim_api_failure_chance = 0;
    for (unsigned n = 0; n < SIM_CLOUDS; n++) {
        sim_clouds[n].mood = MOOD_FINE;
        sim_clouds[n].foreign_uid[0] = '\0';
    }
    sim_nodes_heal();
    sim_users_heal();
}

/* What the daemon believes that the clouds have, by its own metrics. */
static void check_metrics(void)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    controllers_metrics(daemon_, &text);
    for (unsigned n = 0; n < SIM_CLOUDS; n++) {
        _cleanup_free_ char *line = xasprintf("keelson_cloud_load_balancers{provider=\"%s\"} %u\n",
                                              sim_clouds[n].name, sim_services_held(&sim_clouds[n]));
        if (!strstr(text.data, line))
            sim_fail("the daemon's metrics do not say %s", line);
    }
}

static void check_end(void)
{
    sim_check_nodes_end();
    sim_check_routes_end();
    check_metrics();
    sim_check_services_end();
}

/* The file that names the further classes. */
static char *write_config(void)
{
    static const char text[] =
        "plugins = ( { name = \"east\"; load_balancer_classes = ( \"example.com/fast\" ); } );\n";
    int fd = memfd_create("clouds", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    return xasprintf("--cloud-config=/proc/self/fd/%d", fd);
}

static void set_options(void)
{
    static char name[] = "sim", cidrs[] = "--allocate-node-cidrs",
                cidr[] = "--cluster-cidr=" SIM_CLUSTER_CIDR;
    _cleanup_free_ char *config = write_config();
    char *argv[] = {name, cidrs, cidr, config, NULL};
    struct error err = ERROR_INIT;
    int leave = 0;
    require(flags_parse(cloud_flags, cloud_flags_count, &options, 4, argv, "", &leave, &err) == 0);
    given_default = options.default_load_balancer_provider;
}

#define ONE_OF(list) (list)[sim_random(ARRAY_SIZE(list))]

static void choose_temper(void)
{
    static const double kill_chances[] = {0.0001, 0.004, 0.02}, hearing[] = {0.1, 0.7},
                        api_failure_chances[] = {0.3, 0.7};
    static const uint64_t pauses_ms[] = {300, 4000, 20000};
    temper = (struct temper){ONE_OF(kill_chances), ONE_OF(hearing), ONE_OF(api_failure_chances),
                             ONE_OF(pauses_ms)};
}

/* A world of its own, from its beginning to its end. */
static int simulate(uint64_t with_seed, unsigned long wanted)
{
    static const struct clock_source clock = {realtime, monotonic};
    state = seed = with_seed;
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    random_set_seed(seed + 1);
    now_ns = 1000 * NS_PER_S;
    clock_set_source(&clock);
    set_options();
    choose_temper();
    sim_clouds_start(MACHINES_EACH);
    sim_routes_start();
    start_daemon();
    run_for(60 * NS_PER_S);
    sim_kill_chance = temper.kill_chance;
    while (faults < wanted) {
        make_fault();
        if (sim_chance(0.7))
            sim_user_acts();
        run_for((int64_t)sim_random(sim_chance(0.05) ? 120000 : temper.pause_ms) * NS_PER_MS);
    }
    heal();
    run_for(1800 * NS_PER_S);
    unsigned confirmed = sim_nodes_confirm_gone();
    run_for(1800 * NS_PER_S);
    check_end();
    printf("%lu faults, %lu of them kills, over %.1f days; %u writes, %u of them removals, %u events; %u "
           "nodes confirmed as gone in the end\n",
           faults + kills, kills, (double)now_ns / 86400e9, sim_api_writes(), sim_api_removals(),
           sim_events(), confirmed);
    stop_daemon();
    sim_clouds_done();
    sim_routes_done();
    sim_api_done();
    options.default_load_balancer_provider = given_default;
    flags_free(cloud_flags, cloud_flags_count, &options);
    return 0;
}

/* Those that found something once. Always the same: what nobody has seen yet is for longer runs, by hand. */
static int simulate_set(void)
{
    static const uint64_t seeds[] = {2, 15, 23, 70};
    int result = 0;
    for (size_t i = 0; i < ARRAY_SIZE(seeds) && result == 0; i++) {
        pid_t child = fork(); /* the world's state is the process's */
        require(child >= 0);
        if (child == 0)
            return simulate(seeds[i], FAULTS_DEFAULT);
        int status = -1;
        require(waitpid(child, &status, 0) == child);
        result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    return result;
}

int main(int argc, char **argv)
{
    log_init("sim", getenv("SIM_LOG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
    if (argc < 2)
        return simulate_set();
    return simulate(argc > 2 ? strtoull(argv[2], NULL, 10) : random_u64() % 1000000,
                    strtoul(argv[1], NULL, 10));
}
