/* SPDX-License-Identifier: Apache-2.0 */
/* The CNI program portmap keeps three chains of its own in iptables for ever, empty or not. They are shared
 * by all networks of the machine, so they go only when none of those has a port in them. */
#include <string.h>

#include "core/base/memory.h"
#include "core/io/process.h"
#include "core/keelson/sweep.h"

#define TIMEOUT_MS 10000
#define IN_USE     "\n-A CNI-HOSTPORT-DNAT " /* a network's ports */

static const char *const chains[] = {"CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-SETMARK"};

/* False when the program is not there, or failed. */
static bool run(const char *const *argv, const char *input, struct buffer *output)
{
    int status = 0;
    struct buffer errors = BUFFER_INIT;
    struct process_config config = {.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
    bool ok =
        process_run(&config, slice_of(input), output, &errors, TIMEOUT_MS, &status, NULL) == 0 && status == 0;
    buffer_done(&errors);
    return ok;
}

/* The commands that take away the chains and the rules that lead to them. */
static void plan(const char *rules, struct buffer *out)
{
    buffer_append_str(out, "*nat\n");
    for (struct slice rest = slice_of(rules); rest.data && rest.size;) {
        struct slice line = slice_cut(&rest, '\n');
        if (slice_starts(line, "-A ") && !slice_starts(line, "-A CNI-") &&
            memmem(line.data, line.size, "-j CNI-HOSTPORT-", 16))
            buffer_printf(out, "-D %.*s\n", (int)line.size - 3, line.data + 3);
    }
    for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
        buffer_printf(out, "-F %s\n", chains[i]);
    for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
        buffer_printf(out, "-X %s\n", chains[i]);
    buffer_append_str(out, "COMMIT\n");
}

static void sweep_family(const char *list_program, const char *restore_program)
{
    const char *const list[] = {list_program, "-t", "nat", "-S", NULL};
    const char *const restore[] = {restore_program, "--noflush", NULL};
    struct buffer rules = BUFFER_INIT, commands = BUFFER_INIT, output = BUFFER_INIT;
    if (run(list, "", &rules) && rules.data && strstr(rules.data, "-N CNI-HOSTPORT-DNAT\n") &&
        strstr(rules.data, "-N CNI-HOSTPORT-MASQ\n") && strstr(rules.data, "-N CNI-HOSTPORT-SETMARK\n") &&
        !strstr(rules.data, IN_USE)) {
        plan(rules.data, &commands);
        run(restore, commands.data, &output);
    }
    buffer_done(&rules);
    buffer_done(&commands);
    buffer_done(&output);
}

void sweep_port_chains(void)
{
    sweep_family("iptables", "iptables-restore");
    sweep_family("ip6tables", "ip6tables-restore");
}
