/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization: may they. Modes in a row (Node, RBAC, AlwaysAllow); the first that allows wins. Answers come
 * from compact rule tables that follow the cache's changes, so an answer costs about a microsecond. Any
 * thread.
 */
#ifndef KEELSON_APISERVER_AUTHZ_H
#define KEELSON_APISERVER_AUTHZ_H

#include "core/apiserver/registry.h"

struct authz;
struct authz_attributes {
    const struct user *user;
    const char *verb;
    bool is_resource;
    const char *group, *version, *plural, *subresource, *namespace_, *name; /* "" when absent */
    const char *field_selector; /* of a list or watch; NULL: none */
    const char *path;           /* non-resource */
};
struct authz *authz_new(struct registry *registry, const char *modes /* "Node,RBAC" */, struct error *err);
void authz_free(struct authz *z);
/* Whether it is allowed, and why or why not (a text in the arena; may be ""). */
bool authz_allows(struct authz *z, const struct authz_attributes *a, struct arena *arena,
                  const char **ret_reason);
/* ERR_FORBIDDEN in upstream's words: `pods is forbidden: User "x" cannot list resource "pods" in API group ""
 * in the namespace "default"`. */
int authz_request(struct authz *z, struct api_request *r, struct error *err);
/* Impersonate-User, -Group, -Uid and -Extra-* headers: replaces r->user when the user may impersonate;
 * without such headers nothing. Before authz_request. */
int authz_impersonate(struct authz *z, struct api_request *r, struct error *err);
/* The SubjectAccessReview family (SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectAccessReview,
 * SelfSubjectRulesReview): fills status. */
int authz_review(struct authz *z, struct api_request *r, struct json *review, struct error *err);
/* RBAC escalation: may the user create or change this role or binding? (upstream's ConfirmNoEscalation; bind
 * and escalate verbs) */
int authz_check_escalation(struct authz *z, struct api_request *r, const struct json *role_or_binding,
                           struct error *err);
/* Writes the default roles and bindings and reconciles them (adds what is missing, as upstream's post-start
 * hook). Worker. */
int authz_bootstrap(struct registry *registry, struct error *err);
/* The RBAC aggregation of ClusterRoles belongs to the controller manager. */

#endif
