/* SPDX-License-Identifier: Apache-2.0 */
/* Process metrics under the names that Prometheus' client libraries use, read from procfs when asked. */
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/daemon/daemon.h"

static unsigned count_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n > 3 ? n - 3 : 0; /* ".", ".." and the folder itself */
}

void daemon_process_metrics(struct buffer *out)
{
    unsigned long size_pages = 0, resident_pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%lu %lu", &size_pages, &resident_pages) != 2)
            size_pages = resident_pages = 0;
        fclose(f);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE);
    buffer_printf(out,
                  "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.6f\n"
                  "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %lu\n"
                  "# TYPE process_virtual_memory_bytes gauge\nprocess_virtual_memory_bytes %lu\n"
                  "# TYPE process_open_fds gauge\nprocess_open_fds %u\n",
                  cpu_s, resident_pages * page, size_pages * page, count_descriptors());
}
