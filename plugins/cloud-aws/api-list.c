/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, all pages of them; and answers that serve several calls, since the Services of a cluster ask the
 * same when a node comes. Such an answer is used for as long as `cache` says, and never once this process
 * has changed something of the service since it was asked for.
 *
 * Nothing that is not ours is changed for all that. An ARN or ID names one thing for ever, so tags that were
 * read by it are those of the thing that is changed; where its owner took the tag away, it is left alone from
 * the next answer on. What is made because an answer does not hold it, and is there by then, AWS refuses as
 * its name is taken (and it is looked at anew), or takes for made if it is all the same, name and owner's
 * Service UID in it included. That something is gone is never told by such an answer.
 */
#include "plugins/cloud-aws/api.h"

#define PAGES_MAX 1000
#define POLL_NS   INT64_C(20000000)

struct pages {
    atomic_uint refs;
    struct reply *items;
    size_t count;
};

struct question {
    struct aws *aws;
    const struct keelson_call *call;
    enum service service;
    const char *action;
    const struct text *params;
};

static void pages_unref(struct pages *p)
{
    if (!p || atomic_fetch_sub(&p->refs, 1) > 1)
        return;
    for (size_t i = 0; i < p->count; i++)
        reply_done(&p->items[i]);
    free(p->items);
    free(p);
}

/* Where the next page begins: EC2's nextToken, and NextMarker of the others in their <ActionResult>. "" on
 * the last page. */
static const char *next_page(const struct xml *root, const struct question *q)
{
    char path[128];
    if (q->service == SERVICE_EC2)
        return xml_text(root, "nextToken");
    snprintf(path, sizeof(path), "%sResult/NextMarker", q->action);
    return xml_text(root, path);
}

/* Where the walk is: the page to ask for, "" for the first one and behind the last. */
struct walk {
    char *token;
    unsigned pages;
};

static enum keelson_status ask_page(const struct question *q, struct walk *w, struct reply *ret)
{
    _cleanup_text_ struct text page = {0};
    text_add_str(&page, q->params ? text_of(q->params) : "");
    if (w->token && *w->token)
        params_add(&page, w->token, q->service == SERVICE_EC2 ? "NextToken" : "Marker");
    enum keelson_status status = api_call(q->aws, q->call, q->service, q->action, &page, ret);
    if (status != KEELSON_OK)
        return status;
    const char *next = next_page(ret->root, q);
    if (*next && ((w->token && strcmp(next, w->token) == 0) || ++w->pages == PAGES_MAX))
        return FAIL(q->call, KEELSON_FAILED, "%s: its pages never end", q->action);
    free(w->token);
    w->token = mem_str(next);
    return KEELSON_OK;
}

static enum keelson_status ask_all(const struct question *q, struct pages **ret)
{
    struct walk w = {0};
    struct pages *p = mem_alloc(1, sizeof(*p));
    enum keelson_status status;
    atomic_init(&p->refs, 1);
    do {
        p->items = mem_grow(p->items, p->count + 1, sizeof(*p->items));
        p->items[p->count] = (struct reply){0};
        status = ask_page(q, &w, &p->items[p->count]);
        p->count++;
    } while (status == KEELSON_OK && *w.token);
    free(w.token);
    if (status == KEELSON_OK)
        *ret = p;
    else
        pages_unref(p);
    return status;
}

static enum keelson_status take(const struct reply *reply, const char *path, api_each *each, void *context)
{
    enum keelson_status status = KEELSON_OK;
    xml_for_each (element, reply->root, path)
        if ((status = each(context, element)) != KEELSON_OK)
            return status;
    return status;
}

/* --- answers that are shared --- */

struct answer {
    char *question;
    enum service service;
    bool changes_count;  /* it is of what this process changes */
    bool asking;         /* a call is about it; the others wait */
    struct pages *pages; /* NULL: none */
    int64_t asked_ns;
    uint64_t changes; /* that had been made then */
};

/* Of EC2's, subnets are not. */
static bool is_changed(const struct question *q)
{
    return q->service != SERVICE_EC2 || strstr(q->action, "SecurityGroups");
}

static bool serves(struct aws *aws, const struct answer *a)
{
    return a->pages && (!a->changes_count || a->changes == atomic_load(&aws->changes[a->service])) &&
           pace_clock_ns() - a->asked_ns < aws->settings.cache_s * INT64_C(1000000000);
}

static void answer_done(struct answer *a)
{
    free(a->question);
    pages_unref(a->pages);
}

void answers_done(struct answers *all)
{
    for (size_t i = 0; i < all->count; i++)
        answer_done(&all->items[i]);
    free(all->items);
}

static void drop_old(struct aws *aws)
{
    struct answers *all = &aws->answers;
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].asking || serves(aws, &all->items[i]))
            all->items[kept++] = all->items[i];
        else
            answer_done(&all->items[i]);
    all->count = kept;
}

/* With the lock; as long as that is held. */
static struct answer *find(struct aws *aws, const char *question)
{
    for (size_t i = 0; i < aws->answers.count; i++)
        if (strcmp(aws->answers.items[i].question, question) == 0)
            return &aws->answers.items[i];
    return NULL;
}

/* What serves; else NULL, and the caller has to ask, unless another call does: then *busy. */
static struct pages *look(const struct question *q, const char *question, bool *busy)
{
    struct aws *aws = q->aws;
    struct answers *all = &aws->answers;
    struct pages *pages = NULL;
    pthread_mutex_lock(&aws->lock);
    drop_old(aws);
    struct answer *a = find(aws, question);
    *busy = a && a->asking;
    if (a && !a->asking) {
        pages = a->pages;
        atomic_fetch_add(&pages->refs, 1);
    } else if (!a) {
        all->items = mem_grow(all->items, all->count + 1, sizeof(*all->items));
        all->items[all->count++] = (struct answer){.question = mem_str(question),
                                                   .service = q->service,
                                                   .changes_count = is_changed(q),
                                                   .asking = true,
                                                   .asked_ns = pace_clock_ns(),
                                                   .changes = atomic_load(&aws->changes[q->service])};
    }
    pthread_mutex_unlock(&aws->lock);
    return pages;
}

static void put(struct aws *aws, const char *question, struct pages *pages)
{
    if (pages)
        atomic_fetch_add(&pages->refs, 1);
    pthread_mutex_lock(&aws->lock);
    struct answer *a = find(aws, question);
    a->asking = false;
    a->pages = pages;
    pthread_mutex_unlock(&aws->lock);
}

static enum keelson_status get(const struct question *q, struct pages **ret)
{
    _cleanup_text_ struct text question = {0};
    enum keelson_status status = KEELSON_OK;
    bool busy;
    text_printf(&question, "%s%s", q->action, q->params ? text_of(q->params) : "");
    while (!(*ret = look(q, question.data, &busy)) && busy)
        if (pace_wait(POLL_NS, q->call->deadline_ns, q->call->cancel_fd) != PACE_WAITED)
            return FAIL(q->call, KEELSON_TIMEOUT, "%s: another call asks for so long", q->action);
    if (!*ret) {
        status = ask_all(q, ret);
        put(q->aws, question.data, *ret);
    }
    return status;
}

/* A page at a time: they may be large. Old answers go, too, since they may be the last for long. */
enum keelson_status api_list(struct aws *aws, const struct keelson_call *call, enum service service,
                             const char *action, const struct text *params, const char *path, api_each *each,
                             void *context)
{
    const struct question q = {aws, call, service, action, params};
    struct walk w = {0};
    enum keelson_status status;
    pthread_mutex_lock(&aws->lock);
    drop_old(aws);
    pthread_mutex_unlock(&aws->lock);
    do {
        _cleanup_(reply_done) struct reply reply = {0};
        status = ask_page(&q, &w, &reply);
        if (status == KEELSON_OK)
            status = take(&reply, path, each, context);
    } while (status == KEELSON_OK && *w.token);
    free(w.token);
    return status;
}

enum keelson_status api_list_shared(struct aws *aws, const struct keelson_call *call, enum service service,
                                    const char *action, const struct text *params, const char *path,
                                    api_each *each, void *context)
{
    const struct question q = {aws, call, service, action, params};
    struct pages *pages = NULL;
    if (aws->settings.cache_s == 0)
        return api_list(aws, call, service, action, params, path, each, context);
    enum keelson_status status = get(&q, &pages);
    for (size_t i = 0; status == KEELSON_OK && i < pages->count; i++)
        status = take(&pages->items[i], path, each, context);
    pages_unref(pages);
    return status;
}
