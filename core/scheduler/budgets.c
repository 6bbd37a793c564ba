/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets are few and preemption is rare, so they are parsed when they are needed. */
#include "core/scheduler/budgets.h"

#include "core/base/memory.h"

struct budget {
    const char *namespace_;
    struct selector *selector;
    int64_t allowed, left;
    const struct json *disrupted; /* names of pods that count as gone already */
};
struct budgets {
    struct arena arena;
    struct budget *items;
    size_t count;
};

static void read_one(struct budgets *b, const struct cached *cached)
{
    const struct json *document = cached_parse(cached, &b->arena);
    struct budget *budget = &b->items[b->count];
    struct error err = ERROR_INIT;
    if (selector_from_json(json_at(document, "spec.selector"), &budget->selector, &err) == 0) {
        budget->namespace_ = json_string_or(json_at(document, "metadata.namespace"), "");
        budget->allowed = json_integer_at(document, "status.disruptionsAllowed", 0);
        budget->disrupted = json_at(document, "status.disruptedPods");
        b->count++;
    }
    error_done(&err);
}

struct budgets *budgets_read(struct informer *informer)
{
    struct budgets *b = new0(struct budgets);
    struct cached **list = NULL;
    size_t count = informer ? informer_list(informer, NULL, &list) : 0;
    b->items = newa0(struct budget, count + 1);
    for (size_t i = 0; i < count; i++)
        read_one(b, list[i]);
    cached_list_free(list, count);
    budgets_reset(b);
    return b;
}

void budgets_free(struct budgets *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->count; i++)
        selector_free(b->items[i].selector);
    free(b->items);
    arena_done(&b->arena);
    free(b);
}

void budgets_reset(struct budgets *b)
{
    for (size_t i = 0; i < b->count; i++)
        b->items[i].left = b->items[i].allowed;
}

bool budgets_take(struct budgets *b, const struct pod *p)
{
    bool overdrawn = false;
    for (size_t i = 0; i < b->count; i++) {
        struct budget *budget = &b->items[i];
        if (p->class->labels.count == 0 || strcmp(budget->namespace_, p->class->namespace_) != 0 ||
            !labels_match(&p->class->labels, budget->selector) || json_get(budget->disrupted, p->name))
            continue;
        overdrawn = --budget->left < 0 || overdrawn;
    }
    return overdrawn;
}
