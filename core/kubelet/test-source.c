/* SPDX-License-Identifier: Apache-2.0 */
/* See test-source.h. */
#include "core/kubelet/test-source.h"

#include <string.h>

static int give(const char *word, const char *name, const char *known, const char *text, struct arena *arena,
                struct json **ret, struct error *err)
{
    if (!known || strcmp(name, known) != 0)
        return error_set(err, ERR_NOT_FOUND, "%s \"%s\" not found", word, name);
    return json_parse(arena, slice_of(text), ret, err);
}

static int config_map(void *context, const char *namespace_, const char *name, struct arena *arena,
                      struct json **ret, struct error *err)
{
    struct test_source *t = context;
    return give("configmap", name, t->config_map_name, t->config_map, arena, ret, err);
}

static int secret(void *context, const char *namespace_, const char *name, struct arena *arena,
                  struct json **ret, struct error *err)
{
    struct test_source *t = context;
    return give("secret", name, t->secret_name, t->secret, arena, ret, err);
}

static int token(void *context, const struct json *pod, const char *audience, int64_t expiration_s,
                 struct arena *arena, const char **ret, struct error *err)
{
    struct test_source *t = context;
    *ret = arena_printf(arena, "token-%d-%s-%lld", t->tokens, audience, (long long)expiration_s);
    return 0;
}

static void pod_added(void *context, const struct json *pod)
{
    ((struct test_source *)context)->added++;
}

void test_source_init(struct test_source *t)
{
    *t = (struct test_source){.source = {.config_map = config_map,
                                         .secret = secret,
                                         .token = token,
                                         .pod_added = pod_added,
                                         .context = t}};
}
