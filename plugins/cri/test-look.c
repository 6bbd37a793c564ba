/* SPDX-License-Identifier: Apache-2.0 */
/* See test-look.h. */
#include <stdio.h>
#include <string.h>

#include "plugins/cri/test-look.h"

static int take_text(const struct keelson_text_sink *sink, int fd, const char *data, size_t size)
{
    struct text *text = sink->context;
    char *to = fd == 2 ? text->err : text->out;
    size_t have = strlen(to);
    snprintf(to + have, sizeof(text->out) - have, "%.*s", (int)size, data);
    return 0;
}

struct keelson_text_sink test_text_sink(struct text *text)
{
    memset(text, 0, sizeof(*text));
    return (struct keelson_text_sink){
        .size = sizeof(struct keelson_text_sink), .put = take_text, .context = text};
}

static const char *pair_of(const struct keelson_pairs *pairs, const char *key)
{
    for (uint32_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].key, key) == 0)
            return pairs->items[i].value;
    return "";
}

int test_look_container(const struct keelson_container_sink *sink, const struct keelson_container *c)
{
    struct look *look = sink->context;
    look->count++;
    if (strcmp(c->id, look->wanted) != 0)
        return 0;
    look->found++;
    look->state = c->state;
    look->exit_code = c->exit_code;
    look->attempt = c->attempt;
    look->created_at_ns = c->created_at_ns;
    look->started_at_ns = c->started_at_ns;
    look->finished_at_ns = c->finished_at_ns;
    snprintf(look->name, sizeof(look->name), "%s", c->name);
    snprintf(look->image, sizeof(look->image), "%s", c->image);
    snprintf(look->image_id, sizeof(look->image_id), "%s", c->image_id);
    snprintf(look->reason, sizeof(look->reason), "%s", c->reason);
    snprintf(look->log_path, sizeof(look->log_path), "%s", c->log_path);
    snprintf(look->owner, sizeof(look->owner), "%s", c->sandbox_id);
    snprintf(look->label, sizeof(look->label), "%s", pair_of(&c->labels, "app"));
    return 0;
}

int test_look_sandbox(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *s)
{
    struct look *look = sink->context;
    look->count++;
    if (strcmp(s->id, look->wanted) != 0)
        return 0;
    look->found++;
    look->sandbox_state = s->state;
    look->attempt = s->attempt;
    snprintf(look->name, sizeof(look->name), "%s/%s", s->namespace_, s->name);
    snprintf(look->ip, sizeof(look->ip), "%s", s->ips_count ? s->ips[0] : "");
    snprintf(look->label, sizeof(look->label), "%s", pair_of(&s->labels, "app"));
    snprintf(look->annotation, sizeof(look->annotation), "%s", pair_of(&s->annotations, "note"));
    return 0;
}

int test_look_image(const struct keelson_image_sink *sink, const struct keelson_image *i)
{
    struct look *look = sink->context;
    look->count++;
    for (uint32_t t = 0; t < i->tags_count; t++)
        if (strcmp(i->tags[t], look->wanted) == 0) {
            look->found++;
            look->image_bytes = i->size_bytes;
            snprintf(look->image_id, sizeof(look->image_id), "%s", i->id);
        }
    return 0;
}

int test_look_usage(const struct keelson_usage_sink *sink, const struct keelson_usage *u)
{
    struct look *look = sink->context;
    if (strcmp(u->container_id, look->wanted) == 0) {
        look->found++;
        look->memory_bytes = u->memory_working_set_bytes;
        look->cpu_ns = u->cpu_nanoseconds;
    }
    return 0;
}
