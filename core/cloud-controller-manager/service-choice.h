/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cloud makes a Service's load balancer, and what is to be done about it now; decided from the Service
 * alone, without any I/O. Any thread.
 *
 * spec.loadBalancerClass names a class of one of the clouds ("keelson.io/" and the cloud's name, and what its
 * entry in the cloud configuration lists as load_balancer_classes); a class that is none of these belongs to
 * somebody else, and the Service is left alone. Without a class the annotation keelson.io/cloud names the
 * cloud; without that it is the default one.
 *
 * Who made it is written on the Service together with the finalizer, before anything is made. So a class or
 * an annotation that changes moves a load balancer (the old one is removed first) and loses none; a default
 * that changes moves nothing, it is for Services that nobody serves yet.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_CHOICE_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_CHOICE_H

#include "core/api/json.h"

#define SERVICE_FINALIZER         "service.kubernetes.io/load-balancer-cleanup"
#define SERVICE_ANNOTATION_CLOUD  "keelson.io/cloud"                  /* the owner's wish */
#define SERVICE_ANNOTATION_HOLDER "keelson.io/load-balancer-provider" /* ours: who made it */
#define SERVICE_CLASS_PREFIX      "keelson.io/"

#define SERVICE_NO_CLOUD (-1)
struct service_cloud {
    const char *name;
    bool balances;  /* offers load balancers */
    char **classes; /* further ones; owned */
    unsigned classes_count;
};
struct service_clouds {
    struct service_cloud *list; /* in the order of the configuration; owned */
    unsigned count;
    int fallback; /* the default's index, or SERVICE_NO_CLOUD */
};
void service_clouds_done(struct service_clouds *c);
/* Reads the classes that the entries of a cloud configuration list; the clouds' names are set already. Errors
 * name file and line: a class that is none, or that two clouds claim. */
int service_clouds_read_classes(struct service_clouds *c, const char *config_path, struct error *err);
/* name "": the first that offers load balancers, if any; "none": no default; else that one, or an error. */
int service_clouds_set_default(struct service_clouds *c, const char *name, struct error *err);

enum service_task {
    SERVICE_LEAVE,  /* nothing of ours */
    SERVICE_ENSURE, /* by that cloud */
    SERVICE_REMOVE, /* by that cloud, then look again */
    SERVICE_REFUSE  /* what is asked for cannot be; nothing is touched until it changes. why says it */
};
struct service_plan {
    enum service_task task;
    int cloud;       /* with SERVICE_ENSURE and SERVICE_REMOVE */
    const char *why; /* with SERVICE_REFUSE; in the arena */
};
/* known_holder: who made it as far as this process knows, for a Service that lost its annotation. */
struct service_plan service_plan(const struct service_clouds *c, const struct json *service, int known_holder,
                                 struct arena *arena);

/* Its class is none of ours: its status is another controller's, even while we still hold what it had before.
 */
bool service_is_anothers(const struct service_clouds *c, const struct json *service);

/* The cloud that finalizer and annotation say holds it, or SERVICE_NO_CLOUD. */
int service_holder(const struct service_clouds *c, const struct json *service);
/* Whether finalizer and annotation say that this cloud holds it. */
bool service_is_claimed(const struct json *service, const char *cloud);
/* Merge patches that write and take away both, valid for the version of the Service that was looked at only.
 */
struct json *service_claim_patch(struct arena *arena, const struct json *service, const char *cloud);
struct json *service_release_patch(struct arena *arena, const struct json *service);

#endif
