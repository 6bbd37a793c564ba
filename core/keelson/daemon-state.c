/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor's status file and the logs tell of a daemon, for `up` and `status`. */
#include <stdio.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/keelson/keelson.h"

#define RESTARTS_MANY 4 /* in a row, within less than two seconds of pauses */
#define LOG_TAIL      8192

static void read_line(struct slice line, const char *name, struct daemon_state *state)
{
    uint64_t pid = 0, restarts = 0;
    if (!slice_is(slice_cut(&line, ' '), name) || !parse_u64(slice_cut(&line, ' '), INT32_MAX, &pid) ||
        !parse_u64(slice_cut(&line, ' '), UINT32_MAX, &restarts) ||
        !parse_i64(slice_cut(&line, ' '), 0, INT64_MAX, &state->since_s))
        return;
    state->pid = (int)pid;
    state->restarts = (unsigned)restarts;
    state->known = true;
    snprintf(state->ended, sizeof(state->ended), "%.*s", SLICE_ARG(line));
}

void daemon_state_read(const struct settings *s, const char *name, struct daemon_state *ret)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = xasprintf("%s/status", s->run_dir);
    *ret = (struct daemon_state){0};
    if (file_read(path, 65536, &text, NULL) == 0)
        for (struct slice rest = {text.data, text.size}; rest.data;)
            read_line(slice_cut(&rest, '\n'), name, ret);
    buffer_done(&text);
}

/* The last line that tells of an error, else the last one; without its time. */
static char *last_words(const char *path)
{
    char tail[LOG_TAIL];
    FILE *f = fopen(path, "re");
    if (!f)
        return xstrdup("");
    if (fseek(f, -LOG_TAIL, SEEK_END) < 0)
        rewind(f);
    struct slice rest = {tail, fread(tail, 1, sizeof(tail), f)}, last = {0}, error = {0};
    fclose(f);
    while (rest.data && rest.size) {
        struct slice line = slice_cut(&rest, '\n');
        if (!line.size)
            continue;
        last = line;
        if (memmem(line.data, line.size, "error", 5) || memmem(line.data, line.size, "fatal", 5))
            error = line;
    }
    if (!error.data)
        error = last;
    if (error.size > 28 && error.data[4] == '-' && error.data[26] == 'Z')
        error = (struct slice){error.data + 28, error.size - 28};
    return xstrndup(error.data ? error.data : "", error.size);
}

bool daemon_keeps_ending(const struct settings *s, const char *name, struct error *err)
{
    struct daemon_state state;
    daemon_state_read(s, name, &state);
    if (!state.known || state.restarts < RESTARTS_MANY)
        return false;
    _cleanup_free_ char *log = xasprintf("%s/%s.log", s->log_dir, name), *words = last_words(log);
    error_set(err, ERR_UNAVAILABLE, "%s %s, again and again: %.500s (see %s)", name, state.ended, words, log);
    return true;
}
