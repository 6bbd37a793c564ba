/* SPDX-License-Identifier: Apache-2.0 */
/* Types: authentication/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(authentication_v1_BoundObjectReference) = {
    ROW( 1, "kind",       OPTIONAL, STRING),
    ROW( 2, "apiVersion", OPTIONAL, STRING),
    ROW( 3, "name",       OPTIONAL, STRING),
    ROW( 4, "uid",        OPTIONAL, STRING),
};
TYPE(authentication_v1_BoundObjectReference, "io.k8s.api.authentication.v1.BoundObjectReference");

ROWS(authentication_v1_SelfSubjectReview) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "status",     OPTIONAL, OBJECT(authentication_v1_SelfSubjectReviewStatus)),
};
TOP_TYPE(authentication_v1_SelfSubjectReview,
    "io.k8s.api.authentication.v1.SelfSubjectReview", "authentication.k8s.io", "v1", "SelfSubjectReview");

ROWS(authentication_v1_SelfSubjectReviewStatus) = {
    ROW( 1, "userInfo", OPTIONAL, OBJECT(authentication_v1_UserInfo)),
};
TYPE(authentication_v1_SelfSubjectReviewStatus, "io.k8s.api.authentication.v1.SelfSubjectReviewStatus");

ROWS(authentication_v1_TokenRequest) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(authentication_v1_TokenRequestSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(authentication_v1_TokenRequestStatus)),
};
TOP_TYPE(authentication_v1_TokenRequest,
    "io.k8s.api.authentication.v1.TokenRequest", "authentication.k8s.io", "v1", "TokenRequest");

ROWS(authentication_v1_TokenRequestSpec) = {
    ROW( 1, "audiences",         OPTIONAL, LIST_OF(STRING)),
    ROW( 3, "boundObjectRef",    OPTIONAL, OBJECT(authentication_v1_BoundObjectReference)),
    ROW( 4, "expirationSeconds", OPTIONAL, INT64, DEFAULT(3600), AT_LEAST(600)),
};
TYPE(authentication_v1_TokenRequestSpec, "io.k8s.api.authentication.v1.TokenRequestSpec");

ROWS(authentication_v1_TokenRequestStatus) = {
    ROW( 1, "token",               OPTIONAL, STRING),
    ROW( 2, "expirationTimestamp", OPTIONAL, TIME),
};
TYPE(authentication_v1_TokenRequestStatus, "io.k8s.api.authentication.v1.TokenRequestStatus");

ROWS(authentication_v1_TokenReview) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(authentication_v1_TokenReviewSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(authentication_v1_TokenReviewStatus)),
};
TOP_TYPE(authentication_v1_TokenReview,
    "io.k8s.api.authentication.v1.TokenReview", "authentication.k8s.io", "v1", "TokenReview");

ROWS(authentication_v1_TokenReviewSpec) = {
    ROW( 1, "token",     REQUIRED, STRING),
    ROW( 2, "audiences", OPTIONAL, LIST_OF(STRING)),
};
TYPE(authentication_v1_TokenReviewSpec, "io.k8s.api.authentication.v1.TokenReviewSpec");

ROWS(authentication_v1_TokenReviewStatus) = {
    ROW( 1, "authenticated", OPTIONAL, BOOL),
    ROW( 2, "user",          OPTIONAL, OBJECT(authentication_v1_UserInfo)),
    ROW( 3, "error",         OPTIONAL, STRING),
    ROW( 4, "audiences",     OPTIONAL, LIST_OF(STRING)),
};
TYPE(authentication_v1_TokenReviewStatus, "io.k8s.api.authentication.v1.TokenReviewStatus");

ROWS(authentication_v1_UserInfo) = {
    ROW( 1, "username", OPTIONAL, STRING),
    ROW( 2, "uid",      OPTIONAL, STRING),
    ROW( 3, "groups",   OPTIONAL, LIST_OF(STRING)),
    ROW( 4, "extra",    OPTIONAL, MAP_OF_LISTS_OF(STRING)),
};
TYPE(authentication_v1_UserInfo, "io.k8s.api.authentication.v1.UserInfo");
