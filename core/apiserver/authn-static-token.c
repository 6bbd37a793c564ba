/* SPDX-License-Identifier: Apache-2.0 */
/* --token-auth-file: a CSV of token,user,uid and, quoted, groups; read once at start. */
#include "core/apiserver/authn-private.h"
#include "core/base/file.h"
#include "core/base/memory.h"

struct static_user {
    char *name, *uid;
    char **groups;
    unsigned groups_count;
};

static void static_user_free(void *argument)
{
    struct static_user *u = argument;
    for (unsigned i = 0; i < u->groups_count; i++)
        free(u->groups[i]);
    free(u->groups);
    free(u->name);
    free(u->uid);
    free(u);
}

/* The next field of a CSV line; quotes may surround it. */
static struct slice csv_field(struct slice *rest)
{
    *rest = slice_trim(*rest);
    if (!rest->size || rest->data[0] != '"')
        return slice_trim(slice_cut(rest, ','));
    rest->data++;
    rest->size--;
    struct slice field = slice_cut(rest, '"');
    slice_cut(rest, ',');
    return field;
}

static void add_groups(struct static_user *u, struct slice groups)
{
    while (groups.data && groups.size) {
        struct slice one = slice_trim(slice_cut(&groups, ','));
        if (!one.size)
            continue;
        u->groups = xrealloc(u->groups, (u->groups_count + 1) * sizeof(*u->groups));
        u->groups[u->groups_count++] = xstrndup(one.data, one.size);
    }
}

static int add_line(struct authn *a, const char *path, unsigned number, struct slice line, struct error *err)
{
    struct slice token = csv_field(&line), name = csv_field(&line), uid = csv_field(&line);
    if (!token.size || !name.size || !uid.size)
        return error_set(err, ERR_BAD_REQUEST, "%s:%u: a line needs at least token, user and uid", path,
                         number);
    struct static_user *u = new0(struct static_user);
    u->name = xstrndup(name.data, name.size);
    u->uid = xstrndup(uid.data, uid.size);
    if (line.data)
        add_groups(u, csv_field(&line));
    map_set_slice(a->static_tokens, token, u);
    return 0;
}

int authn_static_load(struct authn *a, const char *path, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    int result = file_read(path, 1024 * 1024, &text, err);
    struct slice rest = {text.data, text.size};
    a->static_tokens = map_new(static_user_free);
    for (unsigned number = 1; result == 0 && rest.data; number++) {
        struct slice line = slice_trim(slice_cut(&rest, '\n'));
        if (line.size && line.data[0] != '#')
            result = add_line(a, path, number, line, err);
    }
    buffer_done(&text);
    return result;
}

int authn_static_token(struct authn *a, struct slice token, const char *const *audiences, struct arena *arena,
                       struct user *ret, const char *const **ret_audiences, struct error *err)
{
    const struct static_user *u = a->static_tokens ? map_get_slice(a->static_tokens, token) : NULL;
    if (!u)
        return 0;
    const char **groups = arena_alloc0(arena, (u->groups_count + 2) * sizeof(*groups));
    for (unsigned i = 0; i < u->groups_count; i++)
        groups[i] = u->groups[i];
    groups[u->groups_count] = "system:authenticated";
    *ret =
        (struct user){.name = u->name, .uid = u->uid, .groups = groups, .groups_count = u->groups_count + 1};
    *ret_audiences = audiences;
    return 1;
}
