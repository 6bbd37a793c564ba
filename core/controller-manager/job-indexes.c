/* SPDX-License-Identifier: Apache-2.0 */
/* Completed indexes, as bits here and as ranges in the status. */
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/controller-manager/job.h"

bool job_index_of(const struct json *pod, int64_t *ret)
{
    const char *text = object_annotation(pod, LABEL_JOB_INDEX);
    return text && parse_i64(slice_of(text), 0, INT32_MAX, ret);
}

void job_indexes_parse(struct job_sync *s, const char *text)
{
    struct slice rest = slice_of(text);
    s->done = arena_alloc0(&s->arena, (size_t)s->completions / 8 + 1);
    while (rest.data && rest.size) {
        int64_t first, last;
        struct slice range = slice_cut(&rest, ','), end = range, begin = slice_cut(&end, '-');
        if (!parse_i64(begin, 0, s->completions - 1, &first))
            continue;
        if (!end.data || !parse_i64(end, first, s->completions - 1, &last))
            last = first;
        for (int64_t i = first; i <= last; i++)
            job_index_set_done(s, i);
    }
}

char *job_indexes_text(const struct job_sync *s)
{
    struct buffer text = BUFFER_INIT;
    for (int64_t i = 0; i < s->completions; i++) {
        int64_t first = i;
        if (!job_index_is_done(s, i))
            continue;
        while (i + 1 < s->completions && job_index_is_done(s, i + 1))
            i++;
        buffer_printf(&text, "%s%lld", text.size ? "," : "", (long long)first);
        if (i > first)
            buffer_printf(&text, "%c%lld", i == first + 1 ? ',' : '-', (long long)i);
    }
    char *copy = arena_strdup((struct arena *)&s->arena, text.data ? text.data : "");
    buffer_done(&text);
    return copy;
}

int64_t job_indexes_count(const struct job_sync *s)
{
    int64_t count = 0;
    for (int64_t i = 0; i < s->completions; i++)
        count += job_index_is_done(s, i);
    return count;
}
