/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world for the cloud controllers on a simulated clock, in one thread: everything follows from the seed.
 * The controllers are the real ones; what they stand on is replaced at the seams that the headers are:
 *
 *   workqueue.h   sim-queue.c     a queue that runs its keys when the world lets it, in any order
 *   informer.h    sim-informer.c  a picture of the API that may be late
 *   transport     sim-api.c       an API server in memory, under the real client
 *   host.h        sim-host.c      plugin calls that fail, hang, come back late, and processes that crash
 *   cloud.h       sim-cloud.c     machines and what is said of them; sim-balancers.c, sim-routes.c the rest
 *   events.h      sim-api.c       counted
 *
 * Who acts beside the daemon: kubelets (sim-nodes.c), users of Services (sim-users.c), faults (cloud_sim.c).
 * What the daemon does is held to rules (sim-rules*.c), which are decided from the world alone.
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
/* The same, of one that is too late for a picture of the API; false: none is. */
bool sim_informer_catch_up(void);
/* A key that a queue whose name begins so still has, or fails at; "": none. periodic: that one comes back is
 * no rest. */
const char *sim_queue_rest(const char *prefix, bool periodic);

/* ---- The API ---- */
struct api_event {
    char *key; /* "nodes/NAME", "services/NAMESPACE/NAME" */
    bool deleted;
    uint64_t revision;
    int64_t at_ns;
    struct bytes *text;
    struct api_event *next;
};
struct transport *sim_api_transport(void); /* a new one; the state is the process's */
/* For the world's own actors: NULL when there is none. In the arena. */
struct json *sim_api_get(struct arena *arena, const char *key);
/* Sets uid and revision; a new object if there is none of that key. */
void sim_api_put(const char *key, struct json *object, struct arena *arena);
/* What has finalizers is marked, and goes when the last of them goes. */
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
    MOOD_LIES, /* says GONE of some machines that are there, leaves routes out, keeps addresses for itself */
    MOOD_COUNT
};
struct machine {
    char name[24], id[24], address[24];
    char pod_cidr[24];                 /* its node's */
    enum keelson_instance_state state; /* RUNNING, SHUT_DOWN, GONE */
    bool lied_about;
    int64_t changed_ns;      /* its state */
    int64_t node_changed_ns; /* its node came or went */
    int64_t silent_until_ns; /* the kubelet's */
    bool knows_its_id;       /* its kubelet writes the provider ID */
    bool there, ready;       /* its node in the API */
    /* What this daemon was told of it. */
    int64_t first_gone_ns, last_gone_ns;
    enum keelson_instance_state last_said;
};
enum { PART_GROUP = 1, PART_FRONT = 2, PART_ALL = 3 };
struct sim_balancer { /* of one Service: as much of it as was made */
    char uid[32];
    unsigned parts;
    char address[24]; /* of the front */
    char *nodes;      /* names, each with a space behind */
    char *shape;      /* sim_service_shape() of what it was made for */
    int64_t ready_ns, leaving_ns;
};
struct sim_network;
struct sim_cloud {
    const char *name, *scheme;
    bool greedy; /* takes every node that comes without a provider ID, as an inventory may */
    bool slow;   /* its load balancers take a while to come and go */
    bool pool;   /* its addresses' only record is the Services' status, and its nodes are all nodes */
    bool routes;
    unsigned index;
    enum cloud_mood mood;
    int64_t mood_until_ns;
    struct machine *machines;
    unsigned machines_count;
    unsigned calls;
    int64_t removed_ns[4096]; /* of its nodes, by this daemon */
    unsigned removed;
    struct sim_balancer **balancers;
    size_t balancers_count, balancers_room;
    char foreign_uid[32]; /* somebody else's load balancer has the name that this Service's would have */
};
#define SIM_CLOUDS 3
extern struct sim_cloud sim_clouds[SIM_CLOUDS];
void sim_clouds_start(unsigned machines_each);
void sim_clouds_done(void);
void sim_clouds_forget(void); /* a new daemon, which was told nothing */
/* The providers, as providers_init() would make them; providers_done() releases. */
void sim_providers(struct providers *p);
struct machine *sim_machine(const char *name, struct sim_cloud **ret_cloud);
struct machine *sim_machine_of_id(const char *provider_id, struct sim_cloud **ret_cloud); /* NULL: none */

/* ---- The plugin host (sim-host.c) ---- */
struct keelson_object {
    const struct json *json;
};
extern bool sim_call_is_late; /* what answers is heard by nobody */
extern const struct keelson_cloud_v1 sim_cloud_table;
extern const struct keelson_cloud_instances_v1 sim_instances_table;
struct plugin_instance *sim_host_instance(struct sim_cloud *c);
/* One request of a plugin's to its cloud, in the middle of a call: others run; KEELSON_OK: it was heard. */
enum keelson_status sim_request(struct sim_cloud *c);
/* The cloud's plugin runs in a process of its own, which ends, and forgets. */
void sim_host_crash(struct sim_cloud *c);
/* Calls that did not come back in time come back now, if their time has come. */
void sim_host_run_late(void);
/* The daemon is gone, and with it what hangs. */
void sim_host_drop_late(void);

/* ---- Load balancers in the clouds (sim-balancers.c) ---- */
extern const struct keelson_cloud_loadbalancers_v1 sim_balancers_table, sim_pool_table;
struct sim_balancer *sim_balancer_find(const struct sim_cloud *c, const char *uid); /* NULL: nothing of it */
void sim_balancer_drop(struct sim_cloud *c, const char *uid);
void sim_balancers_forget(struct sim_cloud *c); /* all of them */
/* What a load balancer is made after. */
const char *sim_service_shape(struct arena *arena, const struct json *service);

/* ---- Routes (sim-routes.c): east and west share a network ---- */
#define SIM_CLUSTER_CIDR "10.128.0.0/12"
extern const struct keelson_cloud_routes_v1 sim_routes_table;
void sim_routes_start(void);
void sim_routes_done(void);
/* Whose own routes there are: walks; the cursor starts at 0. */
struct sim_route {
    char name[24], destination[24];
    char target[24]; /* a machine's id, or its name where the network knows names */
    bool foreign;
};
struct sim_route *sim_route_next(size_t *cursor);
/* The machine that a route leads to; NULL: it is a black hole. */
struct machine *sim_route_machine(const struct sim_route *r, struct sim_cloud **ret_cloud);

/* ---- Kubelets and others who write to nodes (sim-nodes.c) ---- */
void sim_nodes_run(void);
void sim_node_went(const char *name);
void sim_node_remove(struct machine *m); /* by hand; its kubelet makes it again */
void sim_node_change(struct machine *m); /* a label or a taint that load balancers look at */
void sim_nodes_heal(void);
/* Nodes whose machines are gone are confirmed as such; how many. */
unsigned sim_nodes_confirm_gone(void);

/* ---- Users of Services (sim-users.c) ---- */
void sim_user_acts(void);
void sim_users_heal(void); /* what cannot be served is changed to what can */
/* The daemon that runs has listed what there is. */
bool sim_daemon_has_listed(void);
/* The daemon died: what it was the only one to know of is cleaned up by hand. */
void sim_users_mourn(void);
bool sim_user_stripped(const char *uid); /* its finalizer was taken away by its user */

/* ---- Rules: what the daemon's writes and calls are held to ---- */
void sim_check_update(const struct json *before, const struct json *after, bool status);
void sim_check_delete(const struct json *node);
void sim_check_nodes_end(void);
/* sim-rules-services.c */
extern const char *sim_default_cloud; /* of the daemon that runs */
void sim_check_service(const struct json *before, const struct json *after, bool status);
void sim_check_ensure(struct sim_cloud *c, const struct json *service,
                      const struct keelson_object *const *nodes, uint32_t count);
void sim_check_remove(const struct sim_cloud *c, const struct json *service);
void sim_check_addresses(const struct sim_cloud *c);
void sim_service_was(const struct json *service); /* what is another, or gone, from now on */
/* The cloud that has to have the Service's load balancer, by its user's words; NULL: none. */
struct sim_cloud *sim_service_cloud(const struct json *service);
void sim_check_services_end(void);
unsigned sim_services_held(const struct sim_cloud *c);
/* sim-rules-routes.c */
void sim_check_route_create(const struct sim_cloud *c, const struct keelson_route *r);
void sim_check_route_remove(const struct sim_cloud *c, const struct sim_route *r);
void sim_check_routes_end(void);

#endif
