/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the bytes; runs of plain bytes are appended together. */
#include "core/client/list-splitter.h"

/* Does the frame end in a top-level `"items":`? */
static bool items_follow(const struct list_splitter *s)
{
    struct slice frame = slice_trim((struct slice){s->frame.data, s->frame.size});
    if (s->depth != 1 || !slice_ends(frame, ":"))
        return false;
    frame.size--;
    return slice_ends(slice_trim(frame), "\"items\"");
}

static struct buffer *target(struct list_splitter *s)
{
    return s->in_items ? &s->item : &s->frame;
}

static bool finish_item(struct list_splitter *s)
{
    struct slice item = slice_trim((struct slice){s->item.data, s->item.size});
    bool go_on = item.size == 0 || s->take(s->context, item);
    buffer_clear(&s->item);
    return go_on;
}

/* A byte outside strings that means something. It is not yet appended. */
static bool structural(struct list_splitter *s, char c)
{
    if (s->in_items && s->depth == 2 && (c == ',' || c == ']')) {
        bool go_on = finish_item(s);
        if (c == ']') {
            s->in_items = false;
            s->depth--;
            buffer_append_char(&s->frame, c);
        }
        return go_on;
    }
    bool items = c == '[' && !s->in_items && items_follow(s);
    buffer_append_char(target(s), c);
    if (c == '[' || c == '{')
        s->depth++;
    else if ((c == ']' || c == '}') && s->depth > 0)
        s->depth--;
    s->in_items = s->in_items || items;
    return true;
}

static size_t plain_run(const struct list_splitter *s, struct slice data, size_t from)
{
    size_t i = from;
    if (s->in_string)
        while (i < data.size && data.data[i] != '"' && data.data[i] != '\\')
            i++;
    else
        while (i < data.size && !strchr("\"[]{},", data.data[i]))
            i++;
    return i - from;
}

bool list_splitter_feed(struct list_splitter *s, struct slice data)
{
    for (size_t i = 0; i < data.size;) {
        size_t run = s->escaped ? 1 : plain_run(s, data, i);
        if (run) {
            s->escaped = false;
            buffer_append(target(s), data.data + i, run);
            i += run;
            continue;
        }
        char c = data.data[i++];
        if (s->in_string || c == '"') {
            buffer_append_char(target(s), c);
            s->escaped = c == '\\';
            s->in_string = c == '"' ? !s->in_string : s->in_string;
        } else if (!structural(s, c)) {
            return false;
        }
        if (s->item.size > LIST_ITEM_BYTES_MAX || s->frame.size > LIST_ITEM_BYTES_MAX)
            return false;
    }
    return true;
}

void list_splitter_reset(struct list_splitter *s)
{
    buffer_clear(&s->frame);
    buffer_clear(&s->item);
    s->depth = 0;
    s->in_string = s->escaped = s->in_items = false;
}

void list_splitter_done(struct list_splitter *s)
{
    buffer_done(&s->frame);
    buffer_done(&s->item);
}
