/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: webhooks, policies and their bindings. */
#include "core/api/print-columns.h"

static void print_param_kind(struct print_row *row, const struct json *policy)
{
    const struct json *kind = json_at(policy, "spec.paramKind");
    if (json_is_absent(kind))
        print_text(row, "<unset>");
    else
        print_textf(row, "%s/%s", json_string_or(json_get(kind, "apiVersion"), ""),
                    json_string_or(json_get(kind, "kind"), ""));
}

/* Without a namespace it cannot be told from here whether the parameters have one. */
static void print_param(struct print_row *row, const struct json *binding)
{
    const struct json *param = json_at(binding, "spec.paramRef");
    const char *name = json_string_or(json_get(param, "name"), ""),
               *namespace_ = json_string_or(json_get(param, "namespace"), "");
    if (*name)
        print_textf(row, "%s/%s", *namespace_ ? namespace_ : "*", name);
    else if (!json_is_absent(json_get(param, "selector")))
        print_selector(row, json_get(param, "selector"), "*", "<invalid>");
    else
        print_text(row, "<unset>");
}

static const struct print_column webhook_columns[] = {
    PRINT_COLUMN_NAME,
    {"Webhooks", "webhooks", .type = PRINT_INTEGER, .how = PRINT_COUNT},
    PRINT_COLUMN_AGE,
};

static const struct print_column validating_columns[] = {
    PRINT_COLUMN_NAME,
    {"Validations", "spec.validations", .type = PRINT_INTEGER, .how = PRINT_COUNT},
    {"ParamKind", .cell = print_param_kind},
    PRINT_COLUMN_AGE,
};

static const struct print_column mutating_columns[] = {
    PRINT_COLUMN_NAME,
    {"Mutations", "spec.mutations", .type = PRINT_INTEGER, .how = PRINT_COUNT},
    {"ParamKind", .cell = print_param_kind},
    PRINT_COLUMN_AGE,
};

static const struct print_column binding_columns[] = {
    PRINT_COLUMN_NAME,
    {"PolicyName", "spec.policyName"},
    {"ParamRef", .cell = print_param},
    PRINT_COLUMN_AGE,
};

const struct print_kind print_admission_kinds[] = {
    PRINT_KIND("admissionregistration.k8s.io", "MutatingWebhookConfiguration", webhook_columns),
    PRINT_KIND("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", webhook_columns),
    PRINT_KIND("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", validating_columns),
    PRINT_KIND("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", binding_columns),
    PRINT_KIND("admissionregistration.k8s.io", "MutatingAdmissionPolicy", mutating_columns),
    PRINT_KIND("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding", binding_columns),
    {NULL},
};
