/* SPDX-License-Identifier: Apache-2.0 */
/* Types: authorization/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(authorization_v1_FieldSelectorAttributes) = {
    ROW( 1, "rawSelector",  OPTIONAL, STRING),
    ROW( 2, "requirements", OPTIONAL, LIST_OF(OBJECT(meta_v1_FieldSelectorRequirement))),
};
TYPE(authorization_v1_FieldSelectorAttributes, "io.k8s.api.authorization.v1.FieldSelectorAttributes");

ROWS(authorization_v1_LabelSelectorAttributes) = {
    ROW( 1, "rawSelector",  OPTIONAL, STRING),
    ROW( 2, "requirements", OPTIONAL, LIST_OF(OBJECT(meta_v1_LabelSelectorRequirement))),
};
TYPE(authorization_v1_LabelSelectorAttributes, "io.k8s.api.authorization.v1.LabelSelectorAttributes");

ROWS(authorization_v1_LocalSubjectAccessReview) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(authorization_v1_SubjectAccessReviewSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(authorization_v1_SubjectAccessReviewStatus)),
};
TOP_TYPE(authorization_v1_LocalSubjectAccessReview,
    "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
    "authorization.k8s.io", "v1", "LocalSubjectAccessReview");

ROWS(authorization_v1_NonResourceAttributes) = {
    ROW( 1, "path", OPTIONAL, STRING),
    ROW( 2, "verb", OPTIONAL, STRING),
};
TYPE(authorization_v1_NonResourceAttributes, "io.k8s.api.authorization.v1.NonResourceAttributes");

ROWS(authorization_v1_NonResourceRule) = {
    ROW( 1, "verbs",           REQUIRED, LIST_OF(STRING)),
    ROW( 2, "nonResourceURLs", OPTIONAL, LIST_OF(STRING)),
};
TYPE(authorization_v1_NonResourceRule, "io.k8s.api.authorization.v1.NonResourceRule");

ROWS(authorization_v1_ResourceAttributes) = {
    ROW( 1, "namespace",     OPTIONAL, STRING),
    ROW( 2, "verb",          OPTIONAL, STRING),
    ROW( 3, "group",         OPTIONAL, STRING),
    ROW( 4, "version",       OPTIONAL, STRING),
    ROW( 5, "resource",      OPTIONAL, STRING),
    ROW( 6, "subresource",   OPTIONAL, STRING),
    ROW( 7, "name",          OPTIONAL, STRING),
    ROW( 8, "fieldSelector", OPTIONAL, OBJECT(authorization_v1_FieldSelectorAttributes)),
    ROW( 9, "labelSelector", OPTIONAL, OBJECT(authorization_v1_LabelSelectorAttributes)),
};
TYPE(authorization_v1_ResourceAttributes, "io.k8s.api.authorization.v1.ResourceAttributes");

ROWS(authorization_v1_ResourceRule) = {
    ROW( 1, "verbs",         REQUIRED, LIST_OF(STRING)),
    ROW( 2, "apiGroups",     OPTIONAL, LIST_OF(STRING)),
    ROW( 3, "resources",     OPTIONAL, LIST_OF(STRING)),
    ROW( 4, "resourceNames", OPTIONAL, LIST_OF(STRING)),
};
TYPE(authorization_v1_ResourceRule, "io.k8s.api.authorization.v1.ResourceRule");

ROWS(authorization_v1_SelfSubjectAccessReview) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(authorization_v1_SelfSubjectAccessReviewSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(authorization_v1_SubjectAccessReviewStatus)),
};
TOP_TYPE(authorization_v1_SelfSubjectAccessReview,
    "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
    "authorization.k8s.io", "v1", "SelfSubjectAccessReview");

ROWS(authorization_v1_SelfSubjectAccessReviewSpec) = {
    ROW( 1, "resourceAttributes",    OPTIONAL, OBJECT(authorization_v1_ResourceAttributes)),
    ROW( 2, "nonResourceAttributes", OPTIONAL, OBJECT(authorization_v1_NonResourceAttributes)),
};
TYPE(authorization_v1_SelfSubjectAccessReviewSpec, "io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec");

ROWS(authorization_v1_SelfSubjectRulesReview) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(authorization_v1_SelfSubjectRulesReviewSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(authorization_v1_SubjectRulesReviewStatus)),
};
TOP_TYPE(authorization_v1_SelfSubjectRulesReview,
    "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
    "authorization.k8s.io", "v1", "SelfSubjectRulesReview");

ROWS(authorization_v1_SelfSubjectRulesReviewSpec) = {
    ROW( 1, "namespace", OPTIONAL, STRING),
};
TYPE(authorization_v1_SelfSubjectRulesReviewSpec, "io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec");

ROWS(authorization_v1_SubjectAccessReview) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(authorization_v1_SubjectAccessReviewSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(authorization_v1_SubjectAccessReviewStatus)),
};
TOP_TYPE(authorization_v1_SubjectAccessReview,
    "io.k8s.api.authorization.v1.SubjectAccessReview", "authorization.k8s.io", "v1", "SubjectAccessReview");

ROWS(authorization_v1_SubjectAccessReviewSpec) = {
    ROW( 1, "resourceAttributes",    OPTIONAL, OBJECT(authorization_v1_ResourceAttributes)),
    ROW( 2, "nonResourceAttributes", OPTIONAL, OBJECT(authorization_v1_NonResourceAttributes)),
    ROW( 3, "user",                  OPTIONAL, STRING),
    ROW( 4, "groups",                OPTIONAL, LIST_OF(STRING)),
    ROW( 5, "extra",                 OPTIONAL, MAP_OF_LISTS_OF(STRING)),
    ROW( 6, "uid",                   OPTIONAL, STRING),
};
TYPE(authorization_v1_SubjectAccessReviewSpec, "io.k8s.api.authorization.v1.SubjectAccessReviewSpec");

ROWS(authorization_v1_SubjectAccessReviewStatus) = {
    ROW( 1, "allowed",         REQUIRED, BOOL),
    ROW( 2, "reason",          OPTIONAL, STRING),
    ROW( 3, "evaluationError", OPTIONAL, STRING),
    ROW( 4, "denied",          OPTIONAL, BOOL),
};
TYPE(authorization_v1_SubjectAccessReviewStatus, "io.k8s.api.authorization.v1.SubjectAccessReviewStatus");

ROWS(authorization_v1_SubjectRulesReviewStatus) = {
    ROW( 1, "resourceRules",    REQUIRED, LIST_OF(OBJECT(authorization_v1_ResourceRule))),
    ROW( 2, "nonResourceRules", REQUIRED, LIST_OF(OBJECT(authorization_v1_NonResourceRule))),
    ROW( 3, "incomplete",       REQUIRED, BOOL),
    ROW( 4, "evaluationError",  OPTIONAL, STRING),
};
TYPE(authorization_v1_SubjectRulesReviewStatus, "io.k8s.api.authorization.v1.SubjectRulesReviewStatus");
