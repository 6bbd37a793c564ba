/* SPDX-License-Identifier: Apache-2.0 */
/* See sanitizer-reports.h. */
#include "tests/abi/sanitizer-reports.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/base/file.h"
#include "core/base/memory.h"

#define REPORT_BYTES_MAX (1u << 20)

static char folder[] = "/tmp/sanitizer-reports.XXXXXX";

void sanitizer_reports_begin(void)
{
    static const char *const variables[] = {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"};
    require(mkdtemp(folder));
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        const char *before = getenv(variables[i]);
        _cleanup_free_ char *now = xasprintf("%s:log_path=%s/report", before ? before : "", folder);
        setenv(variables[i], now, 1);
    }
}

static int look_at(const char *name)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
    struct buffer text = BUFFER_INIT;
    bool counts = file_read(path, REPORT_BYTES_MAX, &text, NULL) < 0;
    buffer_append_char(&text, '\0');
    counts = counts || !strstr(text.data, "DEADLYSIGNAL");
    if (counts)
        fprintf(stderr, "in a child:\n%s\n", text.data);
    buffer_done(&text);
    unlink(path);
    return counts;
}

int sanitizer_reports_take(void)
{
    int count = 0;
    DIR *all = opendir(folder);
    require(all);
    for (const struct dirent *entry; (entry = readdir(all));)
        if (entry->d_name[0] != '.')
            count += look_at(entry->d_name);
    closedir(all);
    return count;
}

int sanitizer_reports_end(void)
{
    int count = sanitizer_reports_take();
    directory_remove(folder, NULL);
    return count;
}
