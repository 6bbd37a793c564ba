/* SPDX-License-Identifier: Apache-2.0 */
/* Connection tracking's settings; see conntrack.h. */
#include "core/proxy/conntrack.h"

#include <stdio.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"

static int64_t seconds(int64_t ns)
{
    return ns / NS_PER_S;
}

/* As many as --conntrack-max-per-core says, but at least --conntrack-min; 0: whatever the kernel has. */
static int64_t limit_of(const struct conntrack_options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return o->max_per_core > 0 ? MAX(o->max_per_core * MAX(cores, 1), o->min) : 0;
}

static bool read_number(const char *path, int64_t *ret)
{
    struct buffer text = BUFFER_INIT;
    bool ok = file_read(path, 64, &text, NULL) == 0 &&
              parse_i64(slice_trim((struct slice){text.data, text.size}), 0, INT64_MAX, ret);
    buffer_done(&text);
    return ok;
}

static void write_number(const char *root, const char *name, int64_t wanted, bool only_raise)
{
    int64_t now = 0;
    char text[32];
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *path = xasprintf("%s/%s", root, name);
    if (wanted <= 0 || !read_number(path, &now) || now == wanted || (only_raise && now > wanted))
        return;
    int size = snprintf(text, sizeof(text), "%lld\n", (long long)wanted);
    if (file_write(path, (struct slice){text, (size_t)size}, &err) < 0)
        log_info("%s stays %lld instead of %lld: %s", name, (long long)now, (long long)wanted, err.message);
}

void conntrack_apply(const struct conntrack_options *o, const char *root)
{
    const struct {
        const char *name;
        int64_t value;
        bool only_raise;
    } rows[] = {
        {"nf_conntrack_max", limit_of(o), true},
        {"nf_conntrack_tcp_timeout_established", seconds(o->tcp_established_ns), false},
        {"nf_conntrack_tcp_timeout_close_wait", seconds(o->tcp_close_wait_ns), false},
        {"nf_conntrack_udp_timeout", seconds(o->udp_ns), false},
        {"nf_conntrack_udp_timeout_stream", seconds(o->udp_stream_ns), false},
        {"nf_conntrack_tcp_be_liberal", o->tcp_be_liberal, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        write_number(root, rows[i].name, rows[i].value, rows[i].only_raise);
}
