/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world for the cloud controllers on a simulated clock, in one thread: everything follows from the seed.
 * The controllers are the real ones; what they stand on is replaced at the seams that the headers are:
 *
 *   workqueue.h   sim-queue.c     a queue that runs its keys when the world lets it, in any order
 *   informer.h    sim-informer.c  a picture of the API that may be late
 *   transport     sim-api.c       an API server in memory, under the real client
 *   host.h        sim-cloud.c     plugins: clouds that fail, hang, throttle, lie and forget
 *   events.h      sim-api.c       counted
 *
 * The daemon is killed by a flag: from then on no request and no call has any effect or answer, as if the
 * process were gone; the driver then takes it down and starts another. While a call or a request is under way
 * others may run: that is how threads are played.
 */
#ifndef KEELSON_TESTS_SIM_SIM_H
#define KEELSON_TESTS_SIM_SIM_H

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/client/client.h"
#include "core/cloud-controller-manager/provider.h"

/* ---- The world (sim.c) ---- */
extern bool sim_killed;
extern double sim_kill_chance; /* at each point where it may be killed */
extern double sim_api_failure_chance;
void sim_start_clock(uint64_t seed);
void sim_advance_to(int64_t ns); /* monotonic; never back */
uint64_t sim_random(uint64_t bound);
bool sim_chance(double chance);
bool sim_may_be_killed(void); /* returns whether it is dead */
/* Somebody else runs, by chance, while a call is under way; the clock may go on until_ns. */
void sim_others_run(int64_t until_ns);
/* A rule was broken: prints the seed and ends the test. */
__attribute__((format(printf, 1, 2))) _Noreturn void sim_fail(const char *fmt, ...);

/* ---- Queues and pictures: one step of any; false: there is nothing to do now ---- */
bool sim_queue_step(void);
int64_t sim_queue_next_ns(void); /* when the next delayed key is due; INT64_MAX: none */
bool sim_informer_step(void);

/* ---- The API ---- */
struct api_event {
    char *key; /* "nodes/NAME" */
    bool deleted;
    uint64_t revision;
    struct bytes *text;
    struct api_event *next;
};
struct transport *sim_api_transport(void); /* a new one; the state is the process's */
/* For the world's own actors: NULL when there is none. In the arena. */
struct json *sim_api_get(struct arena *arena, const char *key);
/* Sets uid and revision; a new object if there is none of that key. */
void sim_api_put(const char *key, struct json *object, struct arena *arena);
void sim_api_delete(const char *key);
/* Walks all objects: the cursor starts at 0. */
bool sim_api_next(size_t *cursor, const char **ret_key, struct bytes **ret_text, uint64_t *ret_revision);
/* The last event so far; what follows it is new. Never NULL. */
struct api_event *sim_api_last_event(void);
/* Releases the events before the first that `is_needed` says is needed. */
void sim_api_trim(bool (*is_needed)(const struct api_event *e));
void sim_api_done(void);
unsigned sim_api_writes(void), sim_api_removals(void); /* the daemon's */
unsigned sim_events(void);                             /* that were recorded */

/* ---- Clouds ---- */
enum cloud_mood {
    MOOD_FINE,
    MOOD_AWAY,
    MOOD_THROTTLED,
    MOOD_DENIED,
    MOOD_HANGS,
    MOOD_MUTE, /* answers UNKNOWN */
    MOOD_LIES, /* says GONE of some machines that are there */
    MOOD_COUNT
};
struct machine {
    char name[24], id[24], address[24];
    enum keelson_instance_state state; /* RUNNING, SHUT_DOWN, GONE */
    bool lied_about;
    int64_t changed_ns;      /* its state */
    int64_t silent_until_ns; /* the kubelet's */
    bool knows_its_id;       /* its kubelet writes the provider ID */
    bool there, ready;       /* its node in the API */
    /* What this daemon was told of it. */
    int64_t first_gone_ns, last_gone_ns;
    enum keelson_instance_state last_said;
};
struct sim_cloud {
    const char *name, *scheme;
    bool greedy; /* takes every node that comes without a provider ID, as an inventory may */
    enum cloud_mood mood;
    int64_t mood_until_ns;
    struct machine *machines;
    unsigned machines_count;
    unsigned calls;
    int64_t removed_ns[4096]; /* of its nodes, by this daemon */
    unsigned removed;
};
#define SIM_CLOUDS 3
extern struct sim_cloud sim_clouds[SIM_CLOUDS];
void sim_clouds_start(unsigned machines_each);
void sim_clouds_done(void);
void sim_clouds_forget(void); /* a new daemon, which was told nothing */
/* The providers, as providers_init() would make them; providers_done() releases. */
void sim_providers(struct providers *p);
struct machine *sim_machine(const char *name, struct sim_cloud **ret_cloud);

/* ---- Rules (sim-rules.c): what the daemon's writes are held to ---- */
void sim_check_update(const struct json *before, const struct json *after, bool status);
void sim_check_delete(const struct json *node);
/* When all is well again: what is not as it should be is a failure. */
void sim_check_end(void);
void sim_node_went(const char *name);

#endif
