/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin that keeps all rules but one. It is a vendor's template (etc/plugin-template) under another name,
 * in which one function of its tables is replaced: the row of `breakages` that $BREAKS names. The including
 * file says BREAKS_KIND and BREAKS_NAME, includes this, then the template, and defines what is declared here.
 */
#ifndef TESTS_ABI_BREAKS_H
#define TESTS_ABI_BREAKS_H

#include <keelson/plugin.h>
#include <stdlib.h>

KEELSON_PLUGIN(BREAKS_KIND, BREAKS_NAME, "1.0");
#undef KEELSON_PLUGIN
#define KEELSON_PLUGIN(kind, name, version) struct template_note

const struct keelson_plugin *template_entry(const struct keelson_host *host);
#define keelson_plugin_entry template_entry

struct breakage {
    const char *name;
    void (*apply)(void); /* to copies of the template's tables */
};
extern const struct breakage breakages[]; /* ends with a NULL name */

#define BREAK(function_, member_, value_)                                                                    \
    static void function_(void)                                                                              \
    {                                                                                                        \
        member_ = value_;                                                                                    \
    }

static inline void break_one(void)
{
    const char *wanted = getenv("BREAKS");
    for (const struct breakage *b = breakages; wanted && b->name; b++)
        if (strcmp(b->name, wanted) == 0)
            b->apply();
}

#endif
