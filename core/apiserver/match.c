/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label and field selectors against the index of a stored object, without a parse. A field selector may only
 * name what the resource's strategy keeps in the index, as upstream only allows the labels that its
 * conversion functions know.
 */
#include "core/apiserver/stored.h"
#include "core/base/memory.h"

static int term_resolve(struct match_term *term, const struct field_selector_term *from,
                        const struct resource *resource, const char *const *fields, struct error *err)
{
    term->negate = from->negate;
    term->value = slice_of(from->value);
    if (!strcmp(from->field, "metadata.name")) {
        term->field = MATCH_NAME;
        return 0;
    }
    if (!strcmp(from->field, "metadata.namespace") && resource->namespaced) {
        term->field = MATCH_NAMESPACE;
        return 0;
    }
    for (int i = 0; fields && fields[i]; i++) {
        if (slice_is(field_label(fields[i]), from->field)) {
            term->field = i;
            return 0;
        }
    }
    return error_set(err, ERR_BAD_REQUEST, "field label not supported: %s", from->field);
}

/* `Unable to find "/v1, Resource=pods" that match label selector "", field selector "a=b": …` */
static int say_where(const struct resource *r, const char *labels, const char *fields, struct error *err)
{
    return error_prefix(
        err, "Unable to find \"%s/%s, Resource=%s\" that match label selector \"%s\", field selector \"%s\"",
        r->group, r->version, r->plural, labels ? labels : "", fields ? fields : "");
}

int match_parse(struct match *m, const struct resource *resource, const char *const *fields,
                const char *label_selector, const char *field_selector, struct error *err)
{
    struct match made = {0};
    *m = made;
    if (label_selector && *label_selector) {
        if (selector_parse(slice_of(label_selector), &made.labels, err) < 0)
            return -1;
        if (selector_is_everything(made.labels)) {
            selector_free(made.labels);
            made.labels = NULL;
        }
    }
    if (field_selector && *field_selector) {
        if (field_selector_parse(slice_of(field_selector), &made.fields, err) < 0)
            goto fail;
        made.terms = newa0(struct match_term, made.fields->count ? made.fields->count : 1);
        for (; made.terms_count < made.fields->count; made.terms_count++) {
            if (term_resolve(&made.terms[made.terms_count], &made.fields->terms[made.terms_count], resource,
                             fields, err) < 0) {
                say_where(resource, label_selector, field_selector, err);
                goto fail;
            }
        }
    }
    *m = made;
    return 0;
fail:
    match_done(&made);
    return -1;
}

bool match_everything(const struct match *m)
{
    return !m->labels && !m->terms_count;
}

static bool label_get(void *context, struct slice key, struct slice *ret_value)
{
    return stored_label(context, key, ret_value);
}

bool match_object(const struct match *m, const struct object *o)
{
    for (unsigned i = 0; i < m->terms_count; i++) {
        const struct match_term *t = &m->terms[i];
        struct slice value = t->field == MATCH_NAME        ? stored_name(o)
                             : t->field == MATCH_NAMESPACE ? stored_namespace(o)
                                                           : stored_field(o, (unsigned)t->field);
        if (slice_equal(value, t->value) == t->negate)
            return false;
    }
    return !m->labels || selector_matches_with(m->labels, label_get, (void *)(uintptr_t)o);
}

struct slice match_single_name(const struct match *m)
{
    for (unsigned i = 0; i < m->terms_count; i++) {
        if (m->terms[i].field == MATCH_NAME && !m->terms[i].negate)
            return m->terms[i].value;
    }
    return (struct slice){NULL, 0};
}

void match_done(struct match *m)
{
    selector_free(m->labels);
    field_selector_free(m->fields);
    free(m->terms);
    *m = (struct match){0};
}
