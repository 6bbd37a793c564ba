/* SPDX-License-Identifier: Apache-2.0 */
/* Whose load balancer it is; see service-choice.h. */
#include "core/cloud-controller-manager/service-choice.h"

#include <libconfig.h>

#include "core/api/names.h"
#include "core/api/object.h"
#include "core/base/memory.h"

void service_clouds_done(struct service_clouds *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        for (unsigned n = 0; n < c->list[i].classes_count; n++)
            free(c->list[i].classes[n]);
        free(c->list[i].classes);
    }
    free(c->list);
    *c = (struct service_clouds){.fallback = SERVICE_NO_CLOUD};
}

static int by_name(const struct service_clouds *c, const char *name)
{
    for (unsigned i = 0; i < c->count; i++)
        if (strcmp(c->list[i].name, name) == 0)
            return (int)i;
    return SERVICE_NO_CLOUD;
}

static bool has_class(const struct service_cloud *cloud, const char *class_)
{
    size_t prefix = strlen(SERVICE_CLASS_PREFIX);
    if (strncmp(class_, SERVICE_CLASS_PREFIX, prefix) == 0 && strcmp(class_ + prefix, cloud->name) == 0)
        return true;
    for (unsigned n = 0; n < cloud->classes_count; n++)
        if (strcmp(cloud->classes[n], class_) == 0)
            return true;
    return false;
}

static int by_class(const struct service_clouds *c, const char *class_)
{
    for (unsigned i = 0; i < c->count; i++)
        if (has_class(&c->list[i], class_))
            return (int)i;
    return SERVICE_NO_CLOUD;
}

/* ---- Configuration ---- */

#define SETTING "load_balancer_classes"

static int add_class(struct service_clouds *c, int cloud, const char *class_, struct error *err)
{
    int other = class_ ? by_class(c, class_) : SERVICE_NO_CLOUD;
    if (!class_ || name_check_qualified(slice_of(class_)))
        return error_set(err, ERR_BAD_REQUEST, SETTING ": \"%s\" is no class: \"example.com/name\" is one",
                         class_ ? class_ : "");
    if (other == cloud)
        return 0;
    if (other != SERVICE_NO_CLOUD)
        return error_set(err, ERR_BAD_REQUEST, SETTING ": \"%s\" is a class of \"%s\" already", class_,
                         c->list[other].name);
    struct service_cloud *to = &c->list[cloud];
    to->classes = xrealloc(to->classes, (to->classes_count + 1) * sizeof(*to->classes));
    to->classes[to->classes_count++] = xstrdup(class_);
    return 0;
}

static int read_entry(struct service_clouds *c, const config_setting_t *entry, struct error *err)
{
    const char *name = NULL;
    if (!config_setting_is_group(entry) || !config_setting_lookup_string(entry, "name", &name))
        return 0; /* the plugin host says what is wrong with it */
    int cloud = by_name(c, name);
    const config_setting_t *classes = config_setting_get_member(entry, SETTING);
    if (!classes || cloud == SERVICE_NO_CLOUD)
        return 0;
    if (!config_setting_is_list(classes) && !config_setting_is_array(classes))
        return error_set(err, ERR_BAD_REQUEST, SETTING " is no list of names");
    for (int i = 0; i < config_setting_length(classes); i++)
        if (add_class(c, cloud, config_setting_get_string_elem(classes, i), err) < 0)
            return -1;
    return 0;
}

int service_clouds_read_classes(struct service_clouds *c, const char *path, struct error *err)
{
    config_t file;
    int result = 0;
    config_init(&file);
    if (config_read_file(&file, path) != CONFIG_TRUE)
        result = error_set(err, ERR_BAD_REQUEST, "%s:%d: %s", path, config_error_line(&file),
                           config_error_text(&file));
    const config_setting_t *list = result == 0 ? config_lookup(&file, "plugins") : NULL;
    for (int i = 0; result == 0 && list && i < config_setting_length(list); i++) {
        const config_setting_t *entry = config_setting_get_elem(list, (unsigned)i);
        result = read_entry(c, entry, err);
        if (result < 0)
            error_prefix(err, "%s:%u", path, config_setting_source_line(entry));
    }
    config_destroy(&file);
    return result;
}

int service_clouds_set_default(struct service_clouds *c, const char *name, struct error *err)
{
    c->fallback = SERVICE_NO_CLOUD;
    if (strcmp(name, "none") == 0)
        return 0;
    if (*name) {
        int named = by_name(c, name);
        if (named == SERVICE_NO_CLOUD || !c->list[named].balances)
            return error_set(
                err, ERR_BAD_REQUEST,
                "--default-load-balancer-provider: \"%s\" is no cloud that offers load balancers", name);
        c->fallback = named;
        return 0;
    }
    for (unsigned i = 0; i < c->count && c->fallback == SERVICE_NO_CLOUD; i++)
        if (c->list[i].balances)
            c->fallback = (int)i;
    return 0;
}

/* ---- The plan ---- */

static const struct service_plan leave = {SERVICE_LEAVE, SERVICE_NO_CLOUD, NULL};

static struct service_plan refuse(const char *why)
{
    return (struct service_plan){SERVICE_REFUSE, SERVICE_NO_CLOUD, why};
}

static bool is_left_to_default(const struct json *service)
{
    return !json_string_at(service, "spec.loadBalancerClass") &&
           !object_annotation(service, SERVICE_ANNOTATION_CLOUD);
}

/* Who should make it: SERVICE_ENSURE, SERVICE_LEAVE or SERVICE_REFUSE. */
static struct service_plan choose(const struct service_clouds *c, const struct json *service,
                                  struct arena *arena)
{
    const char *class_ = json_string_at(service, "spec.loadBalancerClass");
    const char *wish = object_annotation(service, SERVICE_ANNOTATION_CLOUD);
    int cloud = class_ ? by_class(c, class_) : wish ? by_name(c, wish) : c->fallback;
    if (cloud == SERVICE_NO_CLOUD && wish && !class_)
        return refuse(
            arena_printf(arena, "annotation " SERVICE_ANNOTATION_CLOUD ": there is no cloud \"%s\"", wish));
    if (cloud == SERVICE_NO_CLOUD)
        return leave;
    if (!c->list[cloud].balances)
        return refuse(arena_printf(arena, "cloud \"%s\" offers no load balancers", c->list[cloud].name));
    return (struct service_plan){SERVICE_ENSURE, cloud, NULL};
}

/* Who holds one now, as the Service says or as we know. A finalizer alone is that of a manager which knew
 * one cloud only: the one that would be chosen. */
static int holder_of(const struct service_clouds *c, const struct json *service, int known_holder,
                     const struct service_plan *choice, const char **ret_missing)
{
    const char *name = object_annotation(service, SERVICE_ANNOTATION_HOLDER);
    bool finalizer = object_has_finalizer(service, SERVICE_FINALIZER);
    *ret_missing = NULL;
    if (!name)
        return known_holder != SERVICE_NO_CLOUD ? known_holder : finalizer ? choice->cloud : SERVICE_NO_CLOUD;
    int holder = by_name(c, name);
    if (finalizer && (holder == SERVICE_NO_CLOUD || !c->list[holder].balances))
        *ret_missing = name;
    return holder;
}

struct service_plan service_plan(const struct service_clouds *c, const struct json *service, int known_holder,
                                 struct arena *arena)
{
    bool wanted = strcmp(json_string_or(json_at(service, "spec.type"), ""), "LoadBalancer") == 0 &&
                  !object_is_deleted(service);
    const char *missing;
    struct service_plan choice = choose(c, service, arena);
    int holder = holder_of(c, service, known_holder, &choice, &missing);
    if (missing)
        return refuse(
            arena_printf(arena,
                         "its load balancer was made by cloud \"%s\", which this cluster does not have "
                         "(any more); once it is removed there, remove the annotation %s",
                         missing, SERVICE_ANNOTATION_HOLDER));
    bool waits = choice.task == SERVICE_REFUSE && object_has_finalizer(service, SERVICE_FINALIZER);
    if (holder == SERVICE_NO_CLOUD)
        return wanted || waits ? choice : leave;
    if (wanted && is_left_to_default(service)) /* which is for those that nobody serves yet */
        return (struct service_plan){SERVICE_ENSURE, holder, NULL};
    if (wanted && (choice.task == SERVICE_REFUSE || choice.cloud == holder))
        return choice; /* a slip of the pen takes nothing away */
    return (struct service_plan){SERVICE_REMOVE, holder, NULL};
}

bool service_is_anothers(const struct service_clouds *c, const struct json *service)
{
    const char *class_ = json_string_at(service, "spec.loadBalancerClass");
    return class_ && by_class(c, class_) == SERVICE_NO_CLOUD;
}

/* ---- Finalizer and annotation ---- */

int service_holder(const struct service_clouds *c, const struct json *service)
{
    const char *name = object_annotation(service, SERVICE_ANNOTATION_HOLDER);
    int cloud =
        name && object_has_finalizer(service, SERVICE_FINALIZER) ? by_name(c, name) : SERVICE_NO_CLOUD;
    return cloud != SERVICE_NO_CLOUD && c->list[cloud].balances ? cloud : SERVICE_NO_CLOUD;
}

bool service_is_claimed(const struct json *service, const char *cloud)
{
    const char *name = object_annotation(service, SERVICE_ANNOTATION_HOLDER);
    return name && strcmp(name, cloud) == 0 && object_has_finalizer(service, SERVICE_FINALIZER);
}

/* With the finalizers but ours; *ret_finalizers. */
static struct json *new_patch(struct arena *arena, const struct json *service, struct json **ret_metadata,
                              struct json **ret_finalizers)
{
    struct json *patch = json_new_object(arena);
    *ret_metadata = json_set_object(arena, patch, "metadata");
    json_set_string(arena, *ret_metadata, "uid", object_uid(service));
    json_set_string(arena, *ret_metadata, "resourceVersion", object_resource_version(service));
    *ret_finalizers = json_set_array(arena, *ret_metadata, "finalizers");
    json_for_each (f, json_at(service, "metadata.finalizers"))
        if (strcmp(json_string_or(f, ""), SERVICE_FINALIZER) != 0)
            json_append(arena, *ret_finalizers, json_copy(arena, f));
    return patch;
}

struct json *service_claim_patch(struct arena *arena, const struct json *service, const char *cloud)
{
    struct json *metadata, *finalizers, *patch = new_patch(arena, service, &metadata, &finalizers);
    json_append_string(arena, finalizers, SERVICE_FINALIZER);
    json_set_string(arena, json_set_object(arena, metadata, "annotations"), SERVICE_ANNOTATION_HOLDER, cloud);
    return patch;
}

struct json *service_release_patch(struct arena *arena, const struct json *service)
{
    struct json *metadata, *finalizers, *patch = new_patch(arena, service, &metadata, &finalizers);
    json_set(arena, json_set_object(arena, metadata, "annotations"), SERVICE_ANNOTATION_HOLDER,
             json_new_null(arena));
    return patch;
}
