/* SPDX-License-Identifier: Apache-2.0 */
/* What this is: the Kubernetes version whose API and behaviour we have, and our own. */
#include <sys/utsname.h>

#include "core/daemon/daemon.h"

#define KUBERNETES_MAJOR "1"
#define KUBERNETES_MINOR "36"

const char *daemon_git_version(void)
{
    return "v" KUBERNETES_MAJOR "." KUBERNETES_MINOR ".0+keelson." PACKAGE_VERSION;
}

static const char *go_architecture(const char *machine)
{
    static const struct {
        const char *machine, *name;
    } names[] = {{"x86_64", "amd64"},    {"aarch64", "arm64"},   {"armv7l", "arm"},
                 {"riscv64", "riscv64"}, {"ppc64le", "ppc64le"}, {"s390x", "s390x"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(machine, names[i].machine) == 0)
            return names[i].name;
    return machine;
}

void daemon_version_json(struct buffer *out)
{
    struct utsname host;
    uname(&host);
    buffer_printf(out,
                  "{\n  \"major\": \"" KUBERNETES_MAJOR "\",\n  \"minor\": \"" KUBERNETES_MINOR
                  "\",\n  \"gitVersion\": \"%s\",\n"
                  "  \"gitCommit\": \"\",\n  \"gitTreeState\": \"clean\",\n  \"buildDate\": \"\",\n  "
                  "\"goVersion\": \"none (C, %s)\",\n"
                  "  \"compiler\": \"cc\",\n  \"platform\": \"linux/%s\"\n}\n",
                  daemon_git_version(), __VERSION__, go_architecture(host.machine));
}
