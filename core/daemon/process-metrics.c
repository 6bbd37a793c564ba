/* SPDX-License-Identifier: Apache-2.0 */
/* Process metrics under the names that Prometheus' client libraries use, read from procfs when asked. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
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

static unsigned long long descriptors_max(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (unsigned long long)limit.rlim_cur : 0;
}

/* The kernel counts it in ticks since the machine's start: the 22nd field, behind a name that may hold
 * spaces. */
static double start_time_s(void)
{
    char text[1024];
    FILE *f = fopen("/proc/self/stat", "re");
    size_t size = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    text[size] = '\0';
    if (f)
        fclose(f);
    unsigned long long ticks = 0;
    const char *behind_name = strrchr(text, ')');
    struct timespec now, up;
    if (!behind_name ||
        sscanf(behind_name + 1,
               "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
               "%*s %*s %*s %llu",
               &ticks) != 1 ||
        clock_gettime(CLOCK_REALTIME, &now) < 0 || clock_gettime(CLOCK_BOOTTIME, &up) < 0)
        return 0;
    return (double)now.tv_sec - (double)up.tv_sec + (double)ticks / (double)sysconf(_SC_CLK_TCK);
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
                  "# TYPE process_open_fds gauge\nprocess_open_fds %u\n"
                  "# TYPE process_max_fds gauge\nprocess_max_fds %llu\n"
                  "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %.2f\n"
                  "# TYPE kubernetes_build_info gauge\nkubernetes_build_info{git_version=\"%s\"} 1\n",
                  cpu_s, resident_pages * page, size_pages * page, count_descriptors(), descriptors_max(),
                  start_time_s(), daemon_git_version());
}
