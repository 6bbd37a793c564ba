/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes on a real disk below /tmp. What needs mounts is skipped without the right to mount. */
#include "core/kubelet/volume.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/kubelet/test-source.h"

static struct arena arena;
static struct test_source source;
static struct volumes *volumes;
static char root[64];
static bool can_mount; /* in a mount namespace of our own */

static int setup(void **state)
{
    arena = ARENA_INIT;
    snprintf(root, sizeof(root), "/tmp/keelson-volumes-XXXXXX");
    assert_non_null(mkdtemp(root));
    test_source_init(&source);
    source.config_map_name = "settings";
    source.config_map = "{\"data\":{\"a\":\"1\",\"b\":\"2\"},\"binaryData\":{\"c\":\"AAE=\"}}";
    source.secret_name = "keys";
    source.secret = "{\"data\":{\"password\":\"czNjcjN0\"}}";
    struct volumes_config config = {.root_dir = root, .source = &source.source};
    volumes = volumes_new(&config, NULL);
    assert_non_null(volumes);
    return 0;
}

static int teardown(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (volumes_teardown(volumes, "u1", &err) < 0)
        fail_msg("%s", err.message);
    volumes_free(volumes);
    assert_int_equal(directory_remove(root, NULL), 0);
    arena_done(&arena);
    return 0;
}

static struct json *pod_with(const char *volumes_text, const char *more)
{
    struct json *ret;
    const char *text = arena_printf(&arena,
                                    "{\"metadata\":{\"name\":\"p\",\"namespace\":\"shop\",\"uid\":\"u1\","
                                    "\"labels\":{\"app\":\"web\"}},\"spec\":{%s\"volumes\":[%s]}}",
                                    more, volumes_text);
    assert_int_equal(json_parse(&arena, slice_of(text), &ret, NULL), 0);
    return ret;
}

static const char *setup_text(const struct json *pod)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    return volumes_setup(volumes, pod, &err) < 0 ? arena_strdup(&arena, err.message) : "";
}

static const char *path_of(const struct json *pod, const char *name, const char *file)
{
    const char *folder;
    assert_int_equal(volumes_path(volumes, pod, name, &arena, &folder, NULL), 0);
    return arena_printf(&arena, "%s/%s", folder, file);
}

static const char *content(const char *path)
{
    struct buffer out = BUFFER_INIT;
    const char *text = file_read(path, 1 << 20, &out, NULL) < 0
                           ? "(none)"
                           : arena_strndup(&arena, out.size ? out.data : "", out.size);
    buffer_done(&out);
    return text;
}

static const char *link_of(const char *path)
{
    char target[PATH_MAX];
    ssize_t size = readlink(path, target, sizeof(target) - 1);
    return size < 0 ? "(none)" : arena_strndup(&arena, target, (size_t)size);
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static size_t entries(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static void test_config_map(void **state)
{
    struct json *pod = pod_with("{\"name\":\"v\",\"configMap\":{\"name\":\"settings\"}}", "");
    assert_string_equal(setup_text(pod), "");
    assert_int_equal(source.added, 1);
    assert_string_equal(content(path_of(pod, "v", "a")), "1");
    assert_string_equal(link_of(path_of(pod, "v", "a")), "..data/a");
    assert_int_equal(mode_of(path_of(pod, "v", "a")), 0644);
    struct stat st;
    assert_int_equal(stat(path_of(pod, "v", "c"), &st), 0);
    assert_int_equal(st.st_size, 2);
    const char *version = link_of(path_of(pod, "v", "..data"));
    assert_int_equal(strncmp(version, "..20", 4), 0);
    assert_int_equal(entries(path_of(pod, "v", "")), 5); /* three links, ..data, one version */

    assert_int_equal(volumes_refresh(volumes, pod, NULL), 0);
    assert_string_equal(link_of(path_of(pod, "v", "..data")), version); /* nothing changed, nothing written */

    source.config_map = "{\"data\":{\"a\":\"new\",\"d\":\"4\"}}";
    assert_int_equal(volumes_refresh(volumes, pod, NULL), 0);
    assert_string_not_equal(link_of(path_of(pod, "v", "..data")), version);
    assert_string_equal(content(path_of(pod, "v", "a")), "new");
    assert_string_equal(content(path_of(pod, "v", "d")), "4");
    assert_string_equal(link_of(path_of(pod, "v", "b")), "(none)");
    assert_int_equal(entries(path_of(pod, "v", "")), 4); /* the old version and links are gone */

    source.config_map_name = NULL;
    assert_int_equal(volumes_refresh(volumes, pod, NULL), -1);
    assert_string_equal(content(path_of(pod, "v", "a")), "new"); /* what is there stays */
    assert_true(volume_is_read_only(pod, "v"));
}

static void test_items_and_modes(void **state)
{
    struct json *pod =
        pod_with("{\"name\":\"v\",\"configMap\":{\"name\":\"settings\",\"defaultMode\":256,\"items\":["
                 "{\"key\":\"a\",\"path\":\"deep/er/x\",\"mode\":448},{\"key\":\"b\",\"path\":\"y\"}]}}",
                 "\"securityContext\":{\"fsGroup\":4321},");
    assert_string_equal(setup_text(pod), "");
    struct stat st;
    assert_string_equal(content(path_of(pod, "v", "deep/er/x")), "1");
    assert_string_equal(link_of(path_of(pod, "v", "deep")), "..data/deep");
    assert_int_equal(mode_of(path_of(pod, "v", "deep/er/x")), 0740);
    assert_int_equal(mode_of(path_of(pod, "v", "y")), 0440);
    assert_int_equal(stat(path_of(pod, "v", "y"), &st), 0);
    assert_int_equal(st.st_gid, 4321);
    assert_int_equal(stat(path_of(pod, "v", "deep/er"), &st), 0);
    assert_int_equal(st.st_gid, 4321);
    assert_int_equal(st.st_mode & 02110, 02110);
    assert_string_equal(link_of(path_of(pod, "v", "c")), "(none)");
}

static const struct {
    const char *volume, *error;
} failures[] = {
    {"{\"name\":\"v\",\"configMap\":{\"name\":\"none\"}}", "configmap \"none\" not found"},
    {"{\"name\":\"v\",\"configMap\":{\"name\":\"none\",\"optional\":true}}", NULL},
    {"{\"name\":\"v\",\"configMap\":{\"name\":\"settings\",\"items\":[{\"key\":\"k\",\"path\":\"k\"}]}}",
     "references non-existent config key: k"},
    {"{\"name\":\"v\",\"configMap\":{\"name\":\"settings\",\"optional\":true,\"items\":[{\"key\":\"k\","
     "\"path\":\"k\"}]}}",
     NULL},
    {"{\"name\":\"v\",\"configMap\":{\"name\":\"settings\",\"items\":[{\"key\":\"a\",\"path\":\"../../"
     "up\"}]}}",
     "invalid path \"../../up\""},
    {"{\"name\":\"v\",\"configMap\":{\"name\":\"settings\",\"items\":[{\"key\":\"a\",\"path\":\"x/../../"
     "up\"}]}}",
     "invalid path \"x/../../up\""},
    {"{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"c\"}}",
     "persistentVolumeClaim volumes are not supported by this kubelet"},
    {"{\"name\":\"v\",\"image\":{\"reference\":\"c\"}}", "image volumes are not supported by this kubelet"},
    {"{\"name\":\"v\",\"hostPath\":{\"path\":\"/tmp\",\"type\":\"File\"}}",
     "hostPath type check failed: /tmp is not a file"},
    {"{\"name\":\"v\",\"hostPath\":{\"path\":\"/none\",\"type\":\"Directory\"}}",
     "hostPath type check failed: /none is not a directory"},
    {"{\"name\":\"v\",\"hostPath\":{\"path\":\"/dev/null\",\"type\":\"Socket\"}}",
     "hostPath type check failed: /dev/null is not a socket file"},
    {"{\"name\":\"v\",\"hostPath\":{\"path\":\"/dev/null\",\"type\":\"CharDevice\"}}", NULL},
    {"{\"name\":\"v\",\"hostPath\":{\"path\":\"/none\"}}", NULL},
    {"{\"name\":\"v\",\"emptyDir\":{\"medium\":\"HugePages\"}}",
     "emptyDir medium \"HugePages\" is not supported by this kubelet"},
    {"{\"name\":\"../v\",\"emptyDir\":{}}", "volume name \"../v\" is not valid"},
};

static void test_failures(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
        const char *text = setup_text(pod_with(failures[i].volume, ""));
        if (!failures[i].error)
            assert_string_equal(text, "");
        else if (!strstr(text, failures[i].error) || strncmp(text, "MountVolume.SetUp failed", 24) != 0)
            fail_msg("\"%s\" instead of \"%s\"", text, failures[i].error);
    }
}

static void test_one_failure_is_alone(void **state)
{
    struct json *pod = pod_with("{\"name\":\"x\",\"configMap\":{\"name\":\"none\"}},"
                                "{\"name\":\"v\",\"configMap\":{\"name\":\"settings\"}},"
                                "{\"name\":\"y\",\"configMap\":{\"name\":\"other\"}}",
                                "");
    assert_string_equal(setup_text(pod),
                        "MountVolume.SetUp failed for volume \"x\" : configmap \"none\" not found");
    assert_string_equal(content(path_of(pod, "v", "a")), "1");
    source.config_map = "{\"data\":{\"a\":\"new\"}}";
    assert_int_equal(volumes_refresh(volumes, pod, NULL), -1);
    assert_string_equal(content(path_of(pod, "v", "a")), "new");
}

static void test_host_path_is_made(void **state)
{
    const char *folder = arena_printf(&arena, "%s/made/here", root);
    const char *file = arena_printf(&arena, "%s/made/here/file", root);
    struct json *pod = pod_with(
        arena_printf(&arena,
                     "{\"name\":\"d\",\"hostPath\":{\"path\":\"%s\",\"type\":\"DirectoryOrCreate\"}},"
                     "{\"name\":\"f\",\"hostPath\":{\"path\":\"%s\",\"type\":\"FileOrCreate\"}}",
                     folder, file),
        "");
    assert_string_equal(setup_text(pod), "");
    assert_int_equal(mode_of(folder), 0755);
    assert_int_equal(mode_of(file), 0644);
    assert_false(volume_is_read_only(pod, "d"));
    assert_int_equal(volumes_teardown(volumes, "u1", NULL), 0);
    assert_true(file_exists(file)); /* the node's, not the pod's */
}

static void test_empty_dir(void **state)
{
    struct json *pod = pod_with("{\"name\":\"v\",\"emptyDir\":{}},{\"name\":\"w\"}",
                                "\"securityContext\":{\"fsGroup\":4321},");
    assert_string_equal(setup_text(pod), "");
    const char *folder = path_of(pod, "v", "");
    assert_int_equal(mode_of(folder), 02777);
    assert_true(file_exists(path_of(pod, "w", "")));
    assert_int_equal(chmod(folder, 0700), 0); /* a container did */
    assert_int_equal(file_write(path_of(pod, "v", "kept"), SLICE("x"), NULL), 0);
    assert_string_equal(setup_text(pod), "");
    assert_int_equal(mode_of(folder), 0700);
    assert_string_equal(content(path_of(pod, "v", "kept")), "x");
    assert_int_equal(volumes_teardown(volumes, "u1", NULL), 0);
    assert_false(file_exists(folder));
    assert_int_equal(volumes_teardown(volumes, "u1", NULL), 0);
}

static const char projected[] =
    "{\"name\":\"v\",\"projected\":{\"defaultMode\":420,\"sources\":["
    "{\"serviceAccountToken\":{\"path\":\"token\",\"audience\":\"vault\",\"expirationSeconds\":900}},"
    "{\"configMap\":{\"name\":\"settings\",\"items\":[{\"key\":\"a\",\"path\":\"ca.crt\"}]}},"
    "{\"secret\":{\"name\":\"keys\"}},"
    "{\"downwardAPI\":{\"items\":[{\"path\":\"namespace\",\"fieldRef\":{\"fieldPath\":\"metadata.namespace\"}"
    "},"
    "{\"path\":\"labels\",\"fieldRef\":{\"fieldPath\":\"metadata.labels\"}}]}}]}}";

static void test_projected(void **state)
{
    if (!can_mount)
        skip();
    struct json *pod =
        pod_with(projected, "\"containers\":[{\"name\":\"c\",\"securityContext\":{\"runAsUser\":1234}}],");
    assert_string_equal(setup_text(pod), "");
    struct statfs fs;
    struct stat st;
    assert_int_equal(statfs(path_of(pod, "v", ""), &fs), 0);
    assert_int_equal(fs.f_type, 0x01021994); /* secrets stay in memory */
    assert_string_equal(content(path_of(pod, "v", "token")), "token-0-vault-900");
    assert_int_equal(stat(path_of(pod, "v", "token"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_uid, 1234);
    assert_string_equal(content(path_of(pod, "v", "ca.crt")), "1");
    assert_string_equal(content(path_of(pod, "v", "password")), "s3cr3t");
    assert_string_equal(content(path_of(pod, "v", "namespace")), "shop");
    assert_string_equal(content(path_of(pod, "v", "labels")), "app=\"web\"");
    source.tokens++;
    assert_int_equal(volumes_refresh(volumes, pod, NULL), 0);
    assert_string_equal(content(path_of(pod, "v", "token")), "token-1-vault-900");
    assert_int_equal(volumes_teardown(volumes, "u1", NULL), 0);
    assert_false(file_exists(path_of(pod, "v", "")));
}

static void test_memory(void **state)
{
    if (!can_mount)
        skip();
    struct json *pod =
        pod_with("{\"name\":\"v\",\"emptyDir\":{\"medium\":\"Memory\",\"sizeLimit\":\"1Mi\"}}", "");
    struct statfs fs;
    assert_string_equal(setup_text(pod), "");
    assert_int_equal(statfs(path_of(pod, "v", ""), &fs), 0);
    assert_int_equal(fs.f_type, 0x01021994);
    assert_int_equal(fs.f_blocks * (uint64_t)fs.f_bsize, 1 << 20);
    assert_int_equal(mode_of(path_of(pod, "v", "")), 0777);
    assert_int_equal(file_write(path_of(pod, "v", "kept"), SLICE("x"), NULL), 0);
    assert_string_equal(setup_text(pod), "");
    assert_string_equal(content(path_of(pod, "v", "kept")), "x");
}

static int sub_path(const struct json *pod, const char *path, const char **ret)
{
    return volumes_subpath(volumes, pod, "v", "c", 0, path, &arena, ret, NULL);
}

static void test_sub_path(void **state)
{
    if (!can_mount)
        skip();
    struct json *pod = pod_with("{\"name\":\"v\",\"emptyDir\":{}}", "");
    const char *found;
    assert_string_equal(setup_text(pod), "");
    assert_int_equal(sub_path(pod, "made/below", &found), 0);
    assert_int_equal(mode_of(path_of(pod, "v", "made/below")), 0777);
    assert_int_equal(file_write(path_of(pod, "v", "made/below/f"), SLICE("x"), NULL), 0);
    assert_string_equal(content(arena_printf(&arena, "%s/f", found)), "x");
    assert_int_equal(symlink("made", path_of(pod, "v", "inside")), 0);
    assert_int_equal(symlink("/etc", path_of(pod, "v", "outside")), 0);
    assert_int_equal(symlink("../../../..", path_of(pod, "v", "up")), 0);
    assert_int_equal(sub_path(pod, "inside/below/f", &found), 0);
    assert_string_equal(content(found), "x");
    assert_int_equal(sub_path(pod, "outside", &found), -1);
    assert_int_equal(sub_path(pod, "outside/passwd", &found), -1);
    assert_int_equal(sub_path(pod, "up/x", &found), -1);
    assert_int_equal(sub_path(pod, "../x", &found), -1);
    assert_int_equal(sub_path(pod, "/etc", &found), -1);
}

static void test_teardown_refuses_names(void **state)
{
    assert_int_equal(volumes_teardown(volumes, "", NULL), -1);
    assert_int_equal(volumes_teardown(volumes, "..", NULL), -1);
    assert_int_equal(volumes_teardown(volumes, "a/b", NULL), -1);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_config_map),        CASE(test_items_and_modes),
        CASE(test_failures),          CASE(test_one_failure_is_alone),
        CASE(test_host_path_is_made), CASE(test_empty_dir),
        CASE(test_projected),         CASE(test_memory),
        CASE(test_sub_path),          CASE(test_teardown_refuses_names),
    };
    if (geteuid() != 0)
        return 77; /* owners and mounts need root */
    can_mount = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
