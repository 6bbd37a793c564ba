/* SPDX-License-Identifier: Apache-2.0 */
/* See plugin-load.h. */
#include "tests/lib/plugin-load.h"

#include <dlfcn.h>
#include <stdio.h>

const struct keelson_plugin *plugin_load(const char *path, const struct keelson_host *host)
{
    const struct keelson_plugin *(*entry)(const struct keelson_host *host) = NULL;
    void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (file)
        *(void **)&entry = dlsym(file, KEELSON_ENTRY);
    if (!entry)
        fprintf(stderr, "%s\n", dlerror());
    return entry ? entry(host) : NULL;
}
