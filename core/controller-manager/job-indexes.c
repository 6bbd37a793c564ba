/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes, as bits here and as ranges in the status, and which of them have to be worked on. */
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/controller-manager/job.h"

struct index_set index_set_new(struct arena *arena, int64_t size)
{
    return (struct index_set){arena_alloc0(arena, (size_t)size / 8 + 1), size};
}

void index_set_parse(struct index_set *set, const char *text)
{
    struct slice rest = slice_of(text);
    while (rest.data && rest.size) {
        int64_t first, last;
        struct slice end = slice_cut(&rest, ','), begin = slice_cut(&end, '-');
        if (!parse_i64(begin, 0, INT32_MAX, &first))
            continue;
        if (!end.data || !parse_i64(end, first, INT32_MAX, &last))
            last = first;
        for (int64_t i = first; i <= last && i < set->size; i++)
            index_set_add(set, i);
    }
}

char *index_set_text(const struct index_set *set, struct arena *arena)
{
    struct buffer text = BUFFER_INIT;
    for (int64_t i = 0; i < set->size; i++) {
        int64_t first = i;
        if (!index_set_has(set, i))
            continue;
        while (index_set_has(set, i + 1))
            i++;
        buffer_printf(&text, "%s%lld", text.size ? "," : "", (long long)first);
        if (i > first)
            buffer_printf(&text, "%c%lld", i == first + 1 ? ',' : '-', (long long)i);
    }
    char *copy = arena_strdup(arena, text.data ? text.data : "");
    buffer_done(&text);
    return copy;
}

int64_t index_set_count(const struct index_set *set)
{
    int64_t count = 0;
    for (int64_t i = 0; i < set->size; i++)
        count += index_set_has(set, i);
    return count;
}

bool job_index_of(const struct job_sync *s, const struct json *pod, int64_t *ret)
{
    const char *text = object_annotation(pod, LABEL_JOB_INDEX);
    return text && s->completions > 0 && parse_i64(slice_of(text), 0, s->completions - 1, ret);
}

int64_t job_index_failures(const struct json *pod, const char *annotation)
{
    const char *text = object_annotation(pod, annotation);
    int64_t count = 0;
    return text && parse_i64(slice_of(text), 0, INT32_MAX, &count) ? count : 0;
}

/* Pods that are on their way out still hold their index where only failed ones are replaced. */
static bool is_busy(const struct job_sync *s, const struct json *pod)
{
    return pod_is_active(pod) || (!pod_is_terminal(pod) && !job_pod_failed(s, pod));
}

int64_t *job_free_indexes(struct job_sync *s, int64_t *count)
{
    int64_t *list = arena_alloc(&s->arena, (size_t)(*count + 1) * sizeof(int64_t)), found = 0, index;
    struct index_set busy = index_set_new(&s->arena, s->completions);
    for (size_t i = 0; i < s->claimed.count; i++)
        if (is_busy(s, s->claimed.items[i]) && job_index_of(s, s->claimed.items[i], &index))
            index_set_add(&busy, index);
    for (index = 0; index < s->completions && found < *count; index++)
        if (!index_set_has(&s->done, index) && !index_set_has(&s->lost, index) &&
            !index_set_has(&busy, index))
            list[found++] = index;
    *count = found;
    return list;
}

size_t job_surplus_indexes(struct job_sync *s)
{
    struct index_set seen = index_set_new(&s->arena, s->completions);
    struct json **sorted = arena_alloc(&s->arena, (s->active_count + 1) * sizeof(struct json *));
    size_t surplus = 0, last = s->active_count;
    /* from the worthiest, which stands last, down: of each index the one that is met first is kept */
    for (size_t i = s->active_count; i-- > 0;) {
        int64_t index;
        if (job_index_of(s, s->active[i], &index) && !index_set_has(&seen, index)) {
            index_set_add(&seen, index);
            sorted[--last] = s->active[i];
        } else {
            sorted[surplus++] = s->active[i];
        }
    }
    s->active = sorted;
    return surplus;
}
