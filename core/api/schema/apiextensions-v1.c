/* SPDX-License-Identifier: Apache-2.0 */
/* Types: apiextensions/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(apiextensions_v1_CustomResourceColumnDefinition) = {
    ROW( 1, "name",        REQUIRED | MUST, STRING),
    ROW( 2, "type",        REQUIRED | MUST, STRING),
    ROW( 3, "format",      OPTIONAL,        STRING),
    ROW( 4, "description", OPTIONAL,        STRING),
    ROW( 5, "priority",    OPTIONAL,        INT32),
    ROW( 6, "jsonPath",    REQUIRED | MUST, STRING),
};
TYPE(apiextensions_v1_CustomResourceColumnDefinition,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition");

ROWS(apiextensions_v1_CustomResourceConversion) = {
    ROW( 1, "strategy", REQUIRED | MUST | ZERO, STRING, DEFAULT("None"), ENUM("None", "Webhook")),
    ROW( 2, "webhook",  OPTIONAL,               OBJECT(apiextensions_v1_WebhookConversion)),
};
TYPE(apiextensions_v1_CustomResourceConversion,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion");

ROWS(apiextensions_v1_CustomResourceDefinition) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(apiextensions_v1_CustomResourceDefinitionSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(apiextensions_v1_CustomResourceDefinitionStatus)),
};
TOP_TYPE(apiextensions_v1_CustomResourceDefinition,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition",
    VALIDATE_HOOK(validate_custom_resource_definition));

ROWS(apiextensions_v1_CustomResourceDefinitionCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
    ROW( 6, "observedGeneration", OPTIONAL, INT64),
};
TYPE(apiextensions_v1_CustomResourceDefinitionCondition,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition");

ROWS(apiextensions_v1_CustomResourceDefinitionList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(apiextensions_v1_CustomResourceDefinition))),
};
TOP_TYPE(apiextensions_v1_CustomResourceDefinitionList,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionList",
    "apiextensions.k8s.io", "v1", "CustomResourceDefinitionList");

ROWS(apiextensions_v1_CustomResourceDefinitionNames) = {
    ROW( 1, "plural",     REQUIRED | MUST, STRING),
    ROW( 2, "singular",   OPTIONAL,        STRING),
    ROW( 3, "shortNames", OPTIONAL,        LIST_OF(STRING)),
    ROW( 4, "kind",       REQUIRED | MUST, STRING),
    ROW( 5, "listKind",   OPTIONAL,        STRING),
    ROW( 6, "categories", OPTIONAL,        LIST_OF(STRING)),
};
TYPE(apiextensions_v1_CustomResourceDefinitionNames,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames",
    DEFAULT_HOOK(default_custom_resource_names));

ROWS(apiextensions_v1_CustomResourceDefinitionSpec) = {
    ROW( 1, "group",                 REQUIRED | MUST, STRING, CHECK(dns1123_subdomain)),
    ROW( 3, "names",                 REQUIRED,        OBJECT(apiextensions_v1_CustomResourceDefinitionNames)),
    ROW( 4, "scope",                 REQUIRED | MUST, STRING, ENUM("Cluster", "Namespaced")),
    ROW( 7, "versions",              REQUIRED | MUST,
        LIST_OF(OBJECT(apiextensions_v1_CustomResourceDefinitionVersion))),
    ROW( 9, "conversion",            OPTIONAL,        OBJECT(apiextensions_v1_CustomResourceConversion),
        DEFAULT({})),
    ROW(10, "preserveUnknownFields", OPTIONAL,        BOOL),
};
TYPE(apiextensions_v1_CustomResourceDefinitionSpec,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec");

ROWS(apiextensions_v1_CustomResourceDefinitionStatus) = {
    ROW( 1, "conditions",         OPTIONAL,
        LIST_OF(OBJECT(apiextensions_v1_CustomResourceDefinitionCondition)), KEYS("type")),
    ROW( 2, "acceptedNames",      OPTIONAL, OBJECT(apiextensions_v1_CustomResourceDefinitionNames)),
    ROW( 3, "storedVersions",     OPTIONAL, LIST_OF(STRING)),
    ROW( 4, "observedGeneration", OPTIONAL, INT64),
};
TYPE(apiextensions_v1_CustomResourceDefinitionStatus,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus");

ROWS(apiextensions_v1_CustomResourceDefinitionVersion) = {
    ROW( 1, "name",                     REQUIRED | MUST, STRING),
    ROW( 2, "served",                   REQUIRED,        BOOL),
    ROW( 3, "storage",                  REQUIRED,        BOOL),
    ROW( 4, "schema",                   OPTIONAL,        OBJECT(apiextensions_v1_CustomResourceValidation)),
    ROW( 5, "subresources",             OPTIONAL,        OBJECT(apiextensions_v1_CustomResourceSubresources)),
    ROW( 6, "additionalPrinterColumns", OPTIONAL,
        LIST_OF(OBJECT(apiextensions_v1_CustomResourceColumnDefinition))),
    ROW( 7, "deprecated",               OPTIONAL,        BOOL),
    ROW( 8, "deprecationWarning",       OPTIONAL,        STRING),
    ROW( 9, "selectableFields",         OPTIONAL,        LIST_OF(OBJECT(apiextensions_v1_SelectableField))),
};
TYPE(apiextensions_v1_CustomResourceDefinitionVersion,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion");

ROWS(apiextensions_v1_CustomResourceSubresourceScale) = {
    ROW( 1, "specReplicasPath",   REQUIRED | MUST, STRING),
    ROW( 2, "statusReplicasPath", REQUIRED | MUST, STRING),
    ROW( 3, "labelSelectorPath",  OPTIONAL,        STRING),
};
TYPE(apiextensions_v1_CustomResourceSubresourceScale,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale");

EMPTY_TYPE(apiextensions_v1_CustomResourceSubresourceStatus, "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus");

ROWS(apiextensions_v1_CustomResourceSubresources) = {
    ROW( 1, "status", OPTIONAL, OBJECT(apiextensions_v1_CustomResourceSubresourceStatus)),
    ROW( 2, "scale",  OPTIONAL, OBJECT(apiextensions_v1_CustomResourceSubresourceScale)),
};
TYPE(apiextensions_v1_CustomResourceSubresources,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources");

ROWS(apiextensions_v1_CustomResourceValidation) = {
    ROW( 1, "openAPIV3Schema", OPTIONAL, OBJECT(apiextensions_v1_JSONSchemaProps)),
};
TYPE(apiextensions_v1_CustomResourceValidation,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation");

ROWS(apiextensions_v1_ExternalDocumentation) = {
    ROW( 1, "description", OPTIONAL, STRING),
    ROW( 2, "url",         OPTIONAL, STRING),
};
TYPE(apiextensions_v1_ExternalDocumentation,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation");

ROWS(apiextensions_v1_JSONSchemaProps) = {
    ROW( 1, "id",                                   OPTIONAL, STRING),
    ROW( 2, "$schema",                              OPTIONAL, STRING),
    ROW( 3, "$ref",                                 OPTIONAL, STRING),
    ROW( 4, "description",                          OPTIONAL, STRING),
    ROW( 5, "type",                                 OPTIONAL, STRING),
    ROW( 6, "format",                               OPTIONAL, STRING),
    ROW( 7, "title",                                OPTIONAL, STRING),
    ROW( 8, "default",                              OPTIONAL, RAW),
    ROW( 9, "maximum",                              OPTIONAL, DOUBLE),
    ROW(10, "exclusiveMaximum",                     OPTIONAL, BOOL),
    ROW(11, "minimum",                              OPTIONAL, DOUBLE),
    ROW(12, "exclusiveMinimum",                     OPTIONAL, BOOL),
    ROW(13, "maxLength",                            OPTIONAL, INT64),
    ROW(14, "minLength",                            OPTIONAL, INT64),
    ROW(15, "pattern",                              OPTIONAL, STRING),
    ROW(16, "maxItems",                             OPTIONAL, INT64),
    ROW(17, "minItems",                             OPTIONAL, INT64),
    ROW(18, "uniqueItems",                          OPTIONAL, BOOL),
    ROW(19, "multipleOf",                           OPTIONAL, DOUBLE),
    ROW(20, "enum",                                 OPTIONAL, LIST_OF(RAW)),
    ROW(21, "maxProperties",                        OPTIONAL, INT64),
    ROW(22, "minProperties",                        OPTIONAL, INT64),
    ROW(23, "required",                             OPTIONAL, LIST_OF(STRING)),
    ROW(24, "items",                                OPTIONAL, PROPS_OR_ARRAY),
    ROW(25, "allOf",                                OPTIONAL,
        LIST_OF(OBJECT(apiextensions_v1_JSONSchemaProps))),
    ROW(26, "oneOf",                                OPTIONAL,
        LIST_OF(OBJECT(apiextensions_v1_JSONSchemaProps))),
    ROW(27, "anyOf",                                OPTIONAL,
        LIST_OF(OBJECT(apiextensions_v1_JSONSchemaProps))),
    ROW(28, "not",                                  OPTIONAL, OBJECT(apiextensions_v1_JSONSchemaProps)),
    ROW(29, "properties",                           OPTIONAL,
        MAP_OF(OBJECT(apiextensions_v1_JSONSchemaProps))),
    ROW(30, "additionalProperties",                 OPTIONAL, PROPS_OR_BOOL),
    ROW(31, "patternProperties",                    OPTIONAL,
        MAP_OF(OBJECT(apiextensions_v1_JSONSchemaProps))),
    ROW(32, "dependencies",                         OPTIONAL, MAP_OF(PROPS_OR_STRINGS)),
    ROW(33, "additionalItems",                      OPTIONAL, PROPS_OR_BOOL),
    ROW(34, "definitions",                          OPTIONAL,
        MAP_OF(OBJECT(apiextensions_v1_JSONSchemaProps))),
    ROW(35, "externalDocs",                         OPTIONAL, OBJECT(apiextensions_v1_ExternalDocumentation)),
    ROW(36, "example",                              OPTIONAL, RAW),
    ROW(37, "nullable",                             OPTIONAL, BOOL),
    ROW(38, "x-kubernetes-preserve-unknown-fields", OPTIONAL, BOOL),
    ROW(39, "x-kubernetes-embedded-resource",       OPTIONAL, BOOL),
    ROW(40, "x-kubernetes-int-or-string",           OPTIONAL, BOOL),
    ROW(41, "x-kubernetes-list-map-keys",           OPTIONAL, LIST_OF(STRING)),
    ROW(42, "x-kubernetes-list-type",               OPTIONAL, STRING),
    ROW(43, "x-kubernetes-map-type",                OPTIONAL, STRING),
    ROW(44, "x-kubernetes-validations",             MERGE,
        LIST_OF(OBJECT(apiextensions_v1_ValidationRule)), KEYS("rule")),
};
TYPE(apiextensions_v1_JSONSchemaProps,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");

ROWS(apiextensions_v1_SelectableField) = {
    ROW( 1, "jsonPath", REQUIRED | MUST, STRING),
};
TYPE(apiextensions_v1_SelectableField,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField");

ROWS(apiextensions_v1_ServiceReference) = {
    ROW( 1, "namespace", REQUIRED, STRING),
    ROW( 2, "name",      REQUIRED, STRING),
    ROW( 3, "path",      OPTIONAL, STRING),
    ROW( 4, "port",      OPTIONAL, INT32, DEFAULT(443), RANGE(1, 65535)),
};
TYPE(apiextensions_v1_ServiceReference,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference");

ROWS(apiextensions_v1_ValidationRule) = {
    ROW( 1, "rule",              REQUIRED | MUST, STRING),
    ROW( 2, "message",           OPTIONAL,        STRING),
    ROW( 3, "messageExpression", OPTIONAL,        STRING),
    ROW( 4, "reason",            OPTIONAL,        STRING),
    ROW( 5, "fieldPath",         OPTIONAL,        STRING),
    ROW( 6, "optionalOldSelf",   OPTIONAL,        BOOL),
};
TYPE(apiextensions_v1_ValidationRule,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ValidationRule");

ROWS(apiextensions_v1_WebhookClientConfig) = {
    ROW( 1, "service",  OPTIONAL, OBJECT(apiextensions_v1_ServiceReference)),
    ROW( 2, "caBundle", OPTIONAL, BYTES),
    ROW( 3, "url",      OPTIONAL, STRING),
};
TYPE(apiextensions_v1_WebhookClientConfig,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig");

ROWS(apiextensions_v1_WebhookConversion) = {
    ROW( 2, "clientConfig",             OPTIONAL, OBJECT(apiextensions_v1_WebhookClientConfig)),
    ROW( 3, "conversionReviewVersions", REQUIRED, LIST_OF(STRING)),
};
TYPE(apiextensions_v1_WebhookConversion,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookConversion");
