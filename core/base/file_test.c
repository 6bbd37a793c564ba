/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, and removing trees that want to escape: links, depth, mounts. */
#include "core/base/file.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/memory.h"

static char root[] = "/tmp/keelson-file-test.XXXXXX";

static int enter(void **state)
{
    umask(022);
    return !mkdtemp(root) || chdir(root) < 0;
}

static int leave(void **state)
{
    return chdir("/") < 0 || directory_remove(root, NULL) < 0 || file_exists(root);
}

static void write_text(const char *path, const char *text)
{
    assert_int_equal(file_write(path, slice_of(text), NULL), 0);
}

static void assert_content(const char *path, const char *want)
{
    _cleanup_(buffer_done) struct buffer b = BUFFER_INIT;

    assert_int_equal(file_read(path, 1 << 20, &b, NULL), 0);
    assert_string_equal(b.data, want);
}

static void test_read(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_(buffer_done) struct buffer b = BUFFER_INIT;

    write_text("five", "12345");
    buffer_append_str(&b, ">");
    assert_int_equal(file_read("five", 5, &b, &err), 0);
    assert_string_equal(b.data, ">12345");
    assert_int_equal(file_read("five", 4, &b, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_string_equal(b.data, ">12345");
    assert_int_equal(file_read("missing", 4, &b, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.message, "open missing: No such file or directory");
    assert_int_equal(file_read(".", 4, &b, &err), -1);
    assert_string_equal(b.data, ">12345");
}

static void test_read_what_has_no_size(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_(buffer_done) struct buffer b = BUFFER_INIT;

    assert_int_equal(file_read("/proc/self/status", 1 << 20, &b, &err), 0);
    assert_non_null(strstr(b.data, "Pid:"));
    buffer_clear(&b);
    assert_int_equal(file_read("/dev/zero", 100000, &b, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_int_equal(b.size, 0);
}

static void test_read_large(void **state)
{
    _cleanup_(buffer_done) struct buffer in = BUFFER_INIT, out = BUFFER_INIT;

    for (uint64_t i = 0; in.size < 300000; i++)
        buffer_append_u64(&in, i);
    assert_int_equal(file_write("large", (struct slice){in.data, in.size}, NULL), 0);
    assert_int_equal(file_read("large", in.size, &out, NULL), 0);
    assert_int_equal(out.size, in.size);
    assert_memory_equal(out.data, in.data, in.size);
    assert_int_equal(file_write("large", SLICE(""), NULL), 0);
    buffer_clear(&out);
    assert_int_equal(file_read("large", 0, &out, NULL), 0);
    assert_string_equal(out.data, "");
}

static void test_write_atomic(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct stat before, after;

    assert_int_equal(directory_make("atomic", 0755, NULL), 0);
    assert_int_equal(file_write_atomic("atomic/key", SLICE("old"), 0600, &err), 0);
    assert_int_equal(stat("atomic/key", &before), 0);
    assert_int_equal(before.st_mode & 07777, 0600);
    int reader = open("atomic/key", O_RDONLY | O_CLOEXEC);
    assert_int_equal(file_write_atomic("atomic/key", SLICE("new text"), 0666, &err), 0);
    assert_int_equal(stat("atomic/key", &after), 0);
    assert_int_equal(after.st_mode & 07777, 0666);
    assert_content("atomic/key", "new text");
    char old[8] = "";
    assert_int_equal(read(reader, old, sizeof(old)), 3);
    assert_string_equal(old, "old");
    close(reader);
    assert_int_equal(file_write_atomic("nowhere/key", SLICE("x"), 0600, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    /* a folder cannot be replaced by a file, and the temporary file does not stay */
    assert_int_equal(directory_make("atomic/folder", 0755, NULL), 0);
    assert_int_equal(file_write_atomic("atomic/folder", SLICE("x"), 0600, &err), -1);
    assert_int_equal(unlink("atomic/key"), 0);
    assert_int_equal(rmdir("atomic/folder"), 0);
    assert_int_equal(rmdir("atomic"), 0);
}

static void test_write(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;

    assert_int_equal(file_write("plain", SLICE("longer"), &err), 0);
    assert_int_equal(file_write("plain", SLICE("abc"), &err), 0);
    assert_content("plain", "abc");
    assert_int_equal(file_write("/dev/full", SLICE("abc"), &err), -1);
    assert_int_equal(err.code, ERR_STORAGE_FULL);
    assert_int_equal(file_write("/proc/self/no-such-file", SLICE("abc"), &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_make(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct stat st;

    assert_int_equal(directory_make("m", 0700, &err), 0);
    assert_int_equal(directory_make("m//n/o/", 0777, &err), 0);
    assert_int_equal(directory_make("m/n/o", 0700, &err), 0);
    assert_int_equal(stat("m", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat("m/n/o", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0777);
    assert_int_equal(symlink("m", "link"), 0);
    assert_int_equal(directory_make("link/p", 0755, &err), 0);
    assert_true(file_exists("m/p"));
    write_text("m/file", "");
    assert_int_equal(directory_make("m/file", 0755, &err), -1);
    assert_int_equal(directory_make("m/file/below", 0755, &err), -1);
    assert_int_equal(directory_make("/proc/no-such", 0755, &err), -1);
    char absolute[128];
    snprintf(absolute, sizeof(absolute), "%s/abs/olute", root);
    assert_int_equal(directory_make(absolute, 0755, &err), 0);
    assert_true(file_exists("abs/olute"));
}

static void test_remove(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;

    assert_int_equal(directory_make("outside", 0755, NULL), 0);
    write_text("outside/kept", "1");
    assert_int_equal(directory_make("tree/a/b", 0755, NULL), 0);
    assert_int_equal(directory_make("tree/...", 0755, NULL), 0);
    write_text("tree/a/b/file", "1");
    write_text("tree/.hidden", "1");
    assert_int_equal(symlink("../outside", "tree/link"), 0);
    assert_int_equal(symlink("missing", "tree/a/dangling"), 0);
    assert_int_equal(mkfifo("tree/fifo", 0600), 0);
    assert_int_equal(directory_remove("tree/", &err), 0);
    assert_false(file_exists("tree"));
    assert_true(file_exists("outside/kept"));
    assert_int_equal(symlink("outside", "top-link"), 0);
    assert_int_equal(directory_remove("top-link", &err), 0);
    assert_true(file_exists("outside/kept"));
    assert_int_equal(access("top-link", F_OK), -1);
    assert_int_equal(directory_remove("tree", &err), 0);
    assert_int_equal(directory_remove("never/was", &err), 0);
}

static void test_remove_needs_a_name(void **state)
{
    static const char *const names[] = {"", ".", "..", "/", "//", "outside/.", "outside/..", "./"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;

        assert_int_equal(directory_remove(names[i], &err), -1);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
    }
    assert_true(file_exists("."));
}

/* Deeper than paths, stacks or descriptors go, in two arms. */
static void test_remove_deep(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;

    assert_int_equal(mkdir("deep", 0755), 0);
    for (int arm = 0; arm < 2; arm++) {
        assert_int_equal(chdir("deep"), 0);
        for (int i = 0; i < 3000; i++) {
            const char *name = i == 0 && arm ? "other" : "d";

            assert_int_equal(mkdir(name, 0755), 0);
            if (i % 500 == 0)
                write_text("file", "1");
            assert_int_equal(chdir(name), 0);
        }
        assert_int_equal(chdir(root), 0);
    }
    write_text("deep/.keelson-removed-0", "in the way");
    assert_int_equal(directory_remove("deep", &err), 0);
    assert_false(file_exists("deep"));
}

static void assert_mount_is_kept(const char *path, const char *kept)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;

    assert_int_equal(directory_remove(path, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_true(file_exists(kept));
}

static void test_remove_stops_at_mounts(void **state)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        skip();
    assert_int_equal(directory_make("volume", 0755, NULL), 0);
    assert_int_equal(directory_make("mounts/bind", 0755, NULL), 0);
    write_text("volume/precious", "1");
    assert_int_equal(mount("volume", "mounts/bind", NULL, MS_BIND, NULL), 0);
    assert_mount_is_kept("mounts", "volume/precious");
    assert_mount_is_kept("mounts/bind", "volume/precious");
    assert_int_equal(umount("mounts/bind"), 0);
    assert_int_equal(mount("none", "mounts/bind", "tmpfs", 0, NULL), 0);
    write_text("mounts/bind/precious", "1");
    assert_mount_is_kept("mounts", "mounts/bind/precious");
    assert_mount_is_kept("mounts/bind", "mounts/bind/precious");
    assert_int_equal(umount("mounts/bind"), 0);
    write_text("mounts/file", "");
    assert_int_equal(mount("volume/precious", "mounts/file", NULL, MS_BIND, NULL), 0);
    assert_mount_is_kept("mounts", "volume/precious");
    assert_int_equal(umount("mounts/file"), 0);
    assert_int_equal(directory_remove("mounts", NULL), 0);
    assert_content("volume/precious", "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),        cmocka_unit_test(test_read_what_has_no_size),
        cmocka_unit_test(test_read_large),  cmocka_unit_test(test_write_atomic),
        cmocka_unit_test(test_write),       cmocka_unit_test(test_make),
        cmocka_unit_test(test_remove),      cmocka_unit_test(test_remove_needs_a_name),
        cmocka_unit_test(test_remove_deep), cmocka_unit_test(test_remove_stops_at_mounts),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
