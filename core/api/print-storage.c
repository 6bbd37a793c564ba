/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes, claims, classes and the drivers behind them. */
#include "core/api/print-columns.h"

static void print_phase(struct print_row *row, const struct json *object)
{
    print_text(row, object_is_deleted(object) ? "Terminating" : json_string_at(object, "status.phase"));
}

static void print_modes(struct print_row *row, const struct json *modes)
{
    static const char *const names[][2] = {{"ReadWriteOnce", "RWO"},
                                           {"ReadOnlyMany", "ROX"},
                                           {"ReadWriteMany", "RWX"},
                                           {"ReadWriteOncePod", "RWOP"}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        bool found = false;
        json_for_each (it, modes)
            found |= !strcmp(json_string_or(it, ""), names[i][0]);
        if (found)
            print_gather(row, ",", slice_of(names[i][1]));
    }
    print_gathered(row, "");
}

static void print_volume_modes(struct print_row *row, const struct json *volume)
{
    print_modes(row, json_at(volume, "spec.accessModes"));
}

/* What a claim asks for is not shown: only what it got. */
static void print_claim_modes(struct print_row *row, const struct json *claim)
{
    bool bound = *json_string_or(json_at(claim, "spec.volumeName"), "");
    print_modes(row, bound ? json_at(claim, "status.accessModes") : NULL);
}

static void print_claim_capacity(struct print_row *row, const struct json *claim)
{
    bool bound = *json_string_or(json_at(claim, "spec.volumeName"), "");
    print_text(row, bound ? json_string_or(json_at(claim, "status.capacity.storage"), "0") : "");
}

static void print_class(struct print_row *row, const struct json *object)
{
    const char *class = object_annotation(object, "volume.beta.kubernetes.io/storage-class");
    print_text(row, class ? class : json_string_at(object, "spec.storageClassName"));
}

static void print_claim(struct print_row *row, const struct json *volume)
{
    const struct json *claim = json_at(volume, "spec.claimRef");
    if (json_is_absent(claim))
        print_text(row, "");
    else
        print_textf(row, "%s/%s", json_string_or(json_get(claim, "namespace"), ""),
                    json_string_or(json_get(claim, "name"), ""));
}

static void print_default_name(struct print_row *row, const struct json *class,
                               const char *const *annotations)
{
    bool is_default = false;
    for (; *annotations; annotations++) {
        const char *value = object_annotation(class, *annotations);
        is_default |= value && !strcmp(value, "true");
    }
    print_textf(row, "%s%s", object_name(class), is_default ? " (default)" : "");
}

static void print_storage_class_name(struct print_row *row, const struct json *class)
{
    static const char *const annotations[] = {"storageclass.kubernetes.io/is-default-class",
                                              "storageclass.beta.kubernetes.io/is-default-class", NULL};
    print_default_name(row, class, annotations);
}

static void print_attributes_class_name(struct print_row *row, const struct json *class)
{
    static const char *const annotations[] = {"storageclass.kubernetes.io/is-default-class", NULL};
    print_default_name(row, class, annotations);
}

static void print_attach_required(struct print_row *row, const struct json *driver)
{
    print_boolean(row, json_boolean_at(driver, "spec.attachRequired", true));
}

static void print_token_requests(struct print_row *row, const struct json *driver)
{
    const struct json *requests = json_at(driver, "spec.tokenRequests");
    json_for_each (it, requests)
        print_gather(row, ",", json_slice(json_get(it, "audience")));
    print_gathered(row, json_is_absent(requests) ? "<unset>" : "");
}

static const struct print_column volume_columns[] = {
    PRINT_COLUMN_NAME,
    {"Capacity", "spec.capacity.storage", "0"},
    {"Access Modes", .cell = print_volume_modes},
    {"Reclaim Policy", "spec.persistentVolumeReclaimPolicy"},
    {"Status", .cell = print_phase},
    {"Claim", .cell = print_claim},
    {"StorageClass", .cell = print_class},
    {"VolumeAttributesClass", "spec.volumeAttributesClassName", "<unset>"},
    {"Reason", "status.reason"},
    PRINT_COLUMN_AGE,
    {"VolumeMode", "spec.volumeMode", "<unset>", .wide = true},
};

static const struct print_column claim_columns[] = {
    PRINT_COLUMN_NAME,
    {"Status", .cell = print_phase},
    {"Volume", "spec.volumeName"},
    {"Capacity", .cell = print_claim_capacity},
    {"Access Modes", .cell = print_claim_modes},
    {"StorageClass", .cell = print_class},
    {"VolumeAttributesClass", "spec.volumeAttributesClassName", "<unset>"},
    PRINT_COLUMN_AGE,
    {"VolumeMode", "spec.volumeMode", "<unset>", .wide = true},
};

static void print_expansion(struct print_row *row, const struct json *class)
{
    print_boolean(row, json_boolean_at(class, "allowVolumeExpansion", false));
}

static const struct print_column class_columns[] = {
    {"Name", "metadata.name", .cell = print_storage_class_name},
    {"Provisioner", "provisioner"},
    {"ReclaimPolicy", "reclaimPolicy", "Delete"},
    {"VolumeBindingMode", "volumeBindingMode", "Immediate"},
    {"AllowVolumeExpansion", .cell = print_expansion},
    PRINT_COLUMN_AGE,
};

static const struct print_column attributes_class_columns[] = {
    {"Name", "metadata.name", .cell = print_attributes_class_name},
    {"DriverName", "driverName"},
    PRINT_COLUMN_AGE,
};

static const struct print_column attachment_columns[] = {
    PRINT_COLUMN_NAME,
    {"Attacher", "spec.attacher"},
    {"PV", "spec.source.persistentVolumeName"},
    {"Node", "spec.nodeName"},
    {"Attached", "status.attached", .type = PRINT_BOOLEAN},
    PRINT_COLUMN_AGE,
};

static const struct print_column driver_columns[] = {
    PRINT_COLUMN_NAME,
    {"AttachRequired", .type = PRINT_BOOLEAN, .cell = print_attach_required},
    {"PodInfoOnMount", "spec.podInfoOnMount", .type = PRINT_BOOLEAN},
    {"StorageCapacity", "spec.storageCapacity", .type = PRINT_BOOLEAN},
    {"TokenRequests", .cell = print_token_requests},
    {"RequiresRepublish", "spec.requiresRepublish", .type = PRINT_BOOLEAN},
    {"Modes", "spec.volumeLifecycleModes", "<none>", .how = PRINT_JOINED},
    PRINT_COLUMN_AGE,
};

static const struct print_column node_columns[] = {
    PRINT_COLUMN_NAME,
    {"Drivers", "spec.drivers", .type = PRINT_INTEGER, .how = PRINT_COUNT},
    PRINT_COLUMN_AGE,
};

static const struct print_column capacity_columns[] = {
    PRINT_COLUMN_NAME,
    {"StorageClassName", "storageClassName"},
    {"Capacity", "capacity", "<unset>"},
};

const struct print_kind print_storage_kinds[] = {
    PRINT_KIND("", "PersistentVolume", volume_columns),
    PRINT_KIND("", "PersistentVolumeClaim", claim_columns),
    PRINT_KIND("storage.k8s.io", "StorageClass", class_columns),
    PRINT_KIND("storage.k8s.io", "VolumeAttributesClass", attributes_class_columns),
    PRINT_KIND("storage.k8s.io", "VolumeAttachment", attachment_columns),
    PRINT_KIND("storage.k8s.io", "CSIDriver", driver_columns),
    PRINT_KIND("storage.k8s.io", "CSINode", node_columns),
    PRINT_KIND("storage.k8s.io", "CSIStorageCapacity", capacity_columns),
    {NULL},
};
