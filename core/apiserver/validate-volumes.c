/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes of a pod's spec: unique names, and exactly one source each. */
#include <stdio.h>

#include "core/api/names.h"
#include "core/apiserver/validate-podspec.h"

enum { FIELD_MAX = 256 };

static unsigned sources_of(const struct json *volume)
{
    unsigned count = 0;
    json_for_each (member, volume)
        count += strcmp(member->key, "name") != 0 && member->type == JSON_OBJECT;
    return count;
}

/* What a source cannot do without. */
static unsigned check_source(const struct json *volume, const char *path, struct error *err)
{
    static const struct {
        const char *source, *needed;
    } rows[] = {
        {"hostPath", "path"},
        {"secret", "secretName"},
        {"configMap", "name"},
        {"persistentVolumeClaim", "claimName"},
        {"nfs", "server"},
        {"nfs", "path"},
        {"csi", "driver"},
        {"iscsi", "targetPortal"},
        {"ephemeral", "volumeClaimTemplate"},
    };
    unsigned bad = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char where[FIELD_MAX];
        const struct json *source = json_get(volume, rows[i].source),
                          *value = json_get(source, rows[i].needed);
        if (!json_is(source, JSON_OBJECT) || json_slice(value).size || json_is(value, JSON_OBJECT))
            continue;
        snprintf(where, sizeof(where), "%.150s.%s.%s", path, rows[i].source, rows[i].needed);
        error_add_cause(err, "FieldValueRequired", where, "Required value");
        bad++;
    }
    return bad;
}

static unsigned check_volume(const struct json *volumes, const struct json *volume, const char *path,
                             struct error *err)
{
    char where[FIELD_MAX];
    unsigned bad = check_source(volume, path, err), sources = sources_of(volume);
    struct slice name = json_slice(json_get(volume, "name"));
    const char *why = name.size ? name_check_dns1123_label(name) : NULL;
    snprintf(where, sizeof(where), "%.200s.name", path);
    if (!name.size && ++bad)
        error_add_cause(err, "FieldValueRequired", where, "Required value");
    if (why && ++bad)
        error_add_cause(err, "FieldValueInvalid", where, "Invalid value: \"%.*s\": %s", SLICE_ARG(name), why);
    json_for_each (earlier, volumes) {
        if (earlier == volume)
            break;
        if (slice_equal(json_slice(json_get(earlier, "name")), name) && ++bad)
            error_add_cause(err, "FieldValueDuplicate", where, "Duplicate value: \"%.*s\"", SLICE_ARG(name));
    }
    if (sources == 0 && ++bad)
        error_add_cause(err, "FieldValueRequired", path, "Required value: must specify a volume type");
    if (sources > 1 && ++bad)
        error_add_cause(err, "FieldValueForbidden", path,
                        "Forbidden: may not specify more than 1 volume type");
    return bad;
}

unsigned podspec_validate_volumes(const struct json *spec, const char *path, struct error *err)
{
    unsigned bad = 0, i = 0;
    const struct json *volumes = json_get(spec, "volumes");
    json_for_each (volume, volumes) {
        char where[FIELD_MAX];
        snprintf(where, sizeof(where), "%.150s.volumes[%u]", path, i++);
        bad += check_volume(volumes, volume, where, err);
    }
    return bad;
}
