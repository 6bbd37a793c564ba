/* SPDX-License-Identifier: Apache-2.0 */
/* Reading notes out of files that are whole, cut off, foreign, or made to break a reader. Each case is one
 * change to a small ELF file that is right. */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/memory.h"
#include "core/plugin/host.h"

/* A file of one PT_NOTE segment that holds somebody else's note and ours. */
struct elf_file {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    struct {
        uint32_t name_size, description_size, type;
        char owner[4];
        char description[8];
    } foreign;
    struct keelson_note own;
};
static const size_t foreign_size = sizeof(((struct elf_file *)0)->foreign);

static char folder[] = "/tmp/note_test.XXXXXX";
static char path[64];

static struct elf_file right_file(void)
{
    Elf64_Ehdr self;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, &self, sizeof(self)), sizeof(self));
    close(fd);
    struct elf_file f = {
        .header = {.e_type = ET_DYN,
                   .e_machine = self.e_machine,
                   .e_phoff = offsetof(struct elf_file, segments),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 2},
        .foreign = {4, 8, 1, "GNU", "ignored"},
        .own = {sizeof(KEELSON_NOTE_OWNER),
                sizeof(struct keelson_note_description),
                KEELSON_NOTE_TYPE,
                KEELSON_NOTE_OWNER,
                {KEELSON_NOTE_MAGIC, 1, 0, KEELSON_KIND_CLOUD, 0, 0, "cloud-acme", "1.2.0"}},
    };
    memcpy(f.header.e_ident, self.e_ident, sizeof(f.header.e_ident));
    f.segments[0].p_type = PT_LOAD;
    f.segments[1] = (Elf64_Phdr){.p_type = PT_NOTE,
                                 .p_offset = offsetof(struct elf_file, foreign),
                                 .p_filesz = sizeof(struct elf_file) - offsetof(struct elf_file, foreign),
                                 .p_align = 4};
    return f;
}

static void write_file(const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
}

static void drop_foreign(struct elf_file *f)
{
    f->segments[1].p_offset += foreign_size;
    f->segments[1].p_filesz -= foreign_size;
}

static void merge_into_aligned(struct elf_file *f)
{
    f->segments[1].p_align = 8;
}

static void unknown_kind(struct elf_file *f)
{
    f->own.description.kind = 77;
}

static void test_whole(void **state)
{
    static void (*const changes[])(struct elf_file *) = {drop_foreign, merge_into_aligned, NULL};
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct elf_file f = right_file();
        struct plugin_note note;
        if (changes[i])
            changes[i](&f);
        write_file(&f, sizeof(f));
        if (plugin_note_read(path, &note, &err) < 0)
            fail_msg("case %zu: %s", i, err.message);
        assert_string_equal(note.name, "cloud-acme");
        assert_string_equal(note.version, "1.2.0");
        assert_int_equal(note.abi_major, 1);
        assert_int_equal(note.abi_minor, 0);
        assert_int_equal(note.kind, KEELSON_KIND_CLOUD);
    }
}

/* Texts that fill their field have no NUL of their own. */
static void test_full_texts(void **state)
{
    struct elf_file f = right_file();
    struct plugin_note note;
    memset(f.own.description.name, 'n', sizeof(f.own.description.name));
    memset(f.own.description.version, 'v', sizeof(f.own.description.version));
    unknown_kind(&f);
    write_file(&f, sizeof(f));
    assert_int_equal(plugin_note_read(path, &note, NULL), 0);
    assert_int_equal(strlen(note.name), 32);
    assert_int_equal(strlen(note.version), 24);
    assert_string_equal(plugin_kind_name(note.kind), "unknown");
}

static const struct {
    const char *name;
    size_t offset, size;
    uint64_t value;
    const char *message;
} broken[] = {
#define FIELD(member) #member, offsetof(struct elf_file, member), sizeof(((struct elf_file *)0)->member)
    {FIELD(header.e_ident[0]), 'X', "not an ELF"},
    {FIELD(header.e_ident[EI_CLASS]), ELFCLASS32, "another machine type"},
    {FIELD(header.e_machine), EM_S390, "another machine type (ELF machine 22)"},
    {FIELD(header.e_type), ET_EXEC, "not a shared object"},
    {FIELD(header.e_type), ET_REL, "not a shared object"},
    {FIELD(header.e_phentsize), 0, "program headers are broken"},
    {FIELD(header.e_phnum), 60000, "program headers are broken"},
    {FIELD(header.e_phnum), 0, "no keelson note"},
    {FIELD(header.e_phoff), 1 << 30, "truncated"},
    {FIELD(header.e_phoff), UINT64_MAX - 8, ""},
    {FIELD(segments[1].p_type), PT_LOAD, "no keelson note"},
    {FIELD(segments[0].p_offset), 1 << 30, "truncated"},
    {FIELD(segments[0].p_filesz), 1 << 30, "truncated"},
    {FIELD(segments[0].p_filesz), UINT64_MAX, "truncated"},
    {FIELD(segments[1].p_offset), 1 << 30, "truncated"},
    {FIELD(segments[1].p_offset), UINT64_MAX - 8, ""},
    {FIELD(segments[1].p_filesz), 1 << 30, "no keelson note"},
    {FIELD(segments[1].p_filesz), UINT64_MAX, "no keelson note"},
    {FIELD(segments[1].p_filesz), 30, "no keelson note"},
    {FIELD(segments[1].p_filesz), 5, "no keelson note"},
    {FIELD(foreign.name_size), UINT32_MAX, "no keelson note"},
    {FIELD(foreign.description_size), UINT32_MAX, "no keelson note"},
    {FIELD(own.name_size), UINT32_MAX, "no keelson note"},
    {FIELD(own.name_size), 0, "no keelson note"},
    {FIELD(own.description_size), UINT32_MAX, "no keelson note"},
    {FIELD(own.description_size), 4, "no keelson note"},
    {FIELD(own.type), 2, "no keelson note"},
    {FIELD(own.owner[0]), 'K', "no keelson note"},
    {FIELD(own.description.magic), 0xdeadbeef, "unknown magic deadbeef"},
    {FIELD(own.description.name[0]), 0, "name or version in its keelson note is missing"},
    {FIELD(own.description.name[3]), 27, "name or version in its keelson note is missing"},
    {FIELD(own.description.version[0]), 0, "name or version in its keelson note is missing"},
#undef FIELD
};

static void test_broken(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct elf_file f = right_file();
        struct plugin_note note;
        memcpy((char *)&f + broken[i].offset, &broken[i].value, broken[i].size);
        write_file(&f, sizeof(f));
        if (plugin_note_read(path, &note, &err) == 0)
            fail_msg("%s: was taken", broken[i].name);
        if (!strstr(err.message, broken[i].message) || !strstr(err.message, path))
            fail_msg("%s: said \"%s\"", broken[i].name, err.message);
    }
}

static void test_cut_off_anywhere(void **state)
{
    struct elf_file f = right_file();
    for (size_t size = 0; size < sizeof(f); size++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct plugin_note note;
        write_file(&f, size);
        assert_int_equal(plugin_note_read(path, &note, &err), -1);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        assert_non_null(strstr(err.message, path));
    }
}

static void test_no_file(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_note note;
    static const char text[] =
        "#!/bin/sh\n# a script that somebody put among the plugins, longer than a header\n";
    assert_int_equal(plugin_note_read("/nowhere/cloud.so", &note, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(plugin_note_read(folder, &note, &err), -1);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(plugin_note_read(path, &note, &err), -1); /* and does not wait for a writer */
    unlink(path);
    write_file(text, sizeof(text));
    assert_int_equal(plugin_note_read(path, &note, &err), -1);
    assert_non_null(strstr(err.message, "not an ELF"));
}

/* Whatever a few changed bytes make of it: an answer or a message, under ASan. */
static void test_random_changes(void **state)
{
    unsigned seed = 20260101;
    for (unsigned n = 0; n < 3000; n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct elf_file f = right_file();
        struct plugin_note note;
        for (unsigned changes = 0; changes < 4; changes++) {
            seed = seed * 1103515245u + 12345u;
            ((unsigned char *)&f)[(seed >> 8) % sizeof(f)] = (unsigned char)(seed >> 3);
        }
        write_file(&f, sizeof(f));
        if (plugin_note_read(path, &note, &err) < 0)
            assert_non_null(err.message);
        else
            assert_true(note.name[0] && strlen(note.name) <= 32 && strlen(note.version) <= 24);
    }
}

static int make_folder(void **state)
{
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/cloud.so", folder);
    return 0;
}

static int remove_folder(void **state)
{
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),   cmocka_unit_test(test_full_texts),
        cmocka_unit_test(test_broken),  cmocka_unit_test(test_cut_off_anywhere),
        cmocka_unit_test(test_no_file), cmocka_unit_test(test_random_changes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
