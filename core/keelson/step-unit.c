/* SPDX-License-Identifier: Apache-2.0 */
/* The systemd unit that brings the cluster up with the machine: etc/systemd/keelson.service with this program
 * and these settings in its command line. It is only written; who wants it enables it. */
#include <stdio.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/keelson/keelson.h"

#define COMMAND "/usr/bin/keelson supervise" /* what stands in the sample */

/* A word of a unit's command line: quoted, with systemd's own characters doubled. */
static void add_word(const char *word, struct buffer *out)
{
    buffer_append_str(out, " \"");
    for (const char *c = word; *c; c++) {
        if (*c == '"' || *c == '\\')
            buffer_append_char(out, '\\');
        if (*c == '%' || *c == '$')
            buffer_append_char(out, *c);
        buffer_append_char(out, *c);
    }
    buffer_append_char(out, '"');
}

static void write_unit(const struct settings *s, const char *sample, int argc, char **argv,
                       struct buffer *out)
{
    const char *at = strstr(sample, COMMAND);
    buffer_append(out, sample, at ? (size_t)(at - sample) : strlen(sample));
    if (!at)
        return;
    _cleanup_free_ char *bin = xasprintf("--bin-dir=%s", s->bin_dir), *self = settings_self();
    buffer_printf(out, "%s supervise", self);
    for (int i = 1; i < argc; i++)
        add_word(argv[i], out);
    add_word(bin, out);
    buffer_append_str(out, at + strlen(COMMAND));
}

int step_unit(const struct settings *s, int argc, char **argv, char **ret_path, struct error *err)
{
    struct buffer sample = BUFFER_INIT, unit = BUFFER_INIT;
    _cleanup_free_ char *from = settings_part("keelson.service", "etc/systemd/keelson.service");
    _cleanup_free_ char *path = settings_path(s, "config/keelson.service");
    int result = file_read(from, 65536, &sample, err);
    if (result == 0) {
        write_unit(s, sample.data, argc, argv, &unit);
        result = file_write_atomic(path, (struct slice){unit.data, unit.size}, 0644, err);
    }
    buffer_done(&sample);
    buffer_done(&unit);
    *ret_path = result == 0 && file_exists("/run/systemd/system") ? TAKE_PTR(path) : NULL;
    return result;
}
