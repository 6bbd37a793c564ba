/* SPDX-License-Identifier: Apache-2.0 */
/* What the running supervisor was started with: its settings, which files its programs are, and their command
 * lines, which say whether NAME or NAME.local is read. `up` compares
 * it with its own, so that other settings, a new address of the machine or newer programs take effect, and
 * nothing is started again without need. */
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/keelson/keelson.h"

static void add_program(const char *path, struct buffer *out)
{
    struct stat st;
    if (stat(path, &st) == 0)
        buffer_printf(out, "program %s %llu %lld %lld.%09ld\n", path, (unsigned long long)st.st_ino,
                      (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void add_arguments(const struct settings *s, const struct daemon_row *row, struct buffer *out)
{
    char **argv = row->wanted(s) ? row->argv(s) : NULL;
    for (size_t i = 0; argv && argv[i]; i++) {
        if (i > 0)
            buffer_printf(out, "argument %s of %s\n", argv[i], row->name);
        free(argv[i]);
    }
    free(argv);
}

static void describe(const struct settings *s, struct buffer *out)
{
    _cleanup_free_ char *own = settings_self();
    settings_print(s, out);
    add_program(own, out);
    for (unsigned i = 0; i < daemon_rows_count; i++) {
        _cleanup_free_ char *path = settings_program(s, daemon_rows[i].name);
        add_program(path, out);
        add_arguments(s, &daemon_rows[i], out);
    }
}

static char *path_of(const struct settings *s)
{
    return xasprintf("%s/running", s->run_dir);
}

int running_write(const struct settings *s, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = path_of(s);
    describe(s, &text);
    int result = file_write_atomic(path, (struct slice){text.data, text.size}, 0644, err);
    buffer_done(&text);
    return result;
}

/* "setting node-ip=10.0.0.1", "program /usr/sbin/kubelet": a line without what only tells files apart. */
static char *subject_of(struct slice line)
{
    struct slice rest = line;
    struct slice kind = slice_cut(&rest, ' ');
    struct slice name = slice_cut(&rest, ' ');
    return xasprintf("%.*s %.*s", SLICE_ARG(kind), SLICE_ARG(name));
}

bool running_differs(const struct settings *s, char **ret_what)
{
    struct buffer now = BUFFER_INIT, then = BUFFER_INIT;
    _cleanup_free_ char *path = path_of(s);
    *ret_what = NULL;
    describe(s, &now);
    bool known = file_read(path, 1024 * 1024, &then, NULL) == 0;
    for (struct slice rest = {now.data, now.size}; known && rest.data && rest.size && !*ret_what;) {
        struct slice line = slice_cut(&rest, '\n');
        _cleanup_free_ char *whole = xasprintf("%.*s\n", SLICE_ARG(line));
        if (!strstr(then.data, whole))
            *ret_what = subject_of(line);
    }
    buffer_done(&now);
    buffer_done(&then);
    return *ret_what != NULL;
}
