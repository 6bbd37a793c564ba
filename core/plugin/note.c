/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ELF note of a plugin file, read as data: nothing of the file is mapped for execution, so an
 * incompatible or hostile file is refused before any of its code could run. Every offset in the file is
 * checked against its size.
 */
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/plugin/host.h"

#define NOTES_BYTES_MAX 65536u /* of one PT_NOTE segment */
#define SEGMENTS_MAX    128u

static int read_at(int fd, const char *path, uint64_t offset, void *out, size_t size, struct error *err)
{
    ssize_t n = pread(fd, out, size, (off_t)offset);
    if (n < 0)
        return error_set_errno(err, errno, "%s", path);
    if ((size_t)n != size)
        return error_set(err, ERR_BAD_REQUEST, "%s: the file ends within its ELF headers (truncated?)", path);
    return 0;
}

/* One header layout is compiled in: a plugin must be of this very machine type anyway. */
#if __SIZEOF_POINTER__ == 8
typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
#define ELF_CLASS ELFCLASS64
#else
typedef Elf32_Ehdr elf_header;
typedef Elf32_Phdr elf_segment;
#define ELF_CLASS ELFCLASS32
#endif

static int own_machine(void)
{
    static int machine = -1;
    if (machine < 0) {
        elf_header self;
        _cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        machine =
            fd >= 0 && pread(fd, &self, sizeof(self), 0) == (ssize_t)sizeof(self) ? self.e_machine : EM_NONE;
    }
    return machine;
}

static int check_header(const char *path, const elf_header *h, struct error *err)
{
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
        return error_set(err, ERR_BAD_REQUEST, "%s: not an ELF shared object", path);
    if (h->e_ident[EI_CLASS] != ELF_CLASS || h->e_machine != own_machine())
        return error_set(err, ERR_BAD_REQUEST, "%s: built for another machine type (ELF machine %u)", path,
                         h->e_machine);
    if (h->e_type != ET_DYN)
        return error_set(err, ERR_BAD_REQUEST, "%s: an ELF file, but not a shared object", path);
    if (h->e_phentsize != sizeof(elf_segment) || h->e_phnum > SEGMENTS_MAX)
        return error_set(err, ERR_BAD_REQUEST, "%s: its ELF program headers are broken", path);
    return 0;
}

static size_t align_up(size_t size, size_t align)
{
    return (size + align - 1) & ~(align - 1);
}

/* Ours is laid out as struct keelson_note says, whatever the alignment of the segment it was merged into. */
static bool is_own_note(const char *note, size_t left, const Elf64_Nhdr *h)
{
    return h->n_type == KEELSON_NOTE_TYPE && h->n_namesz == sizeof(KEELSON_NOTE_OWNER) &&
           h->n_descsz >= sizeof(struct keelson_note_description) && left >= sizeof(struct keelson_note) &&
           memcmp(note + offsetof(struct keelson_note, owner), KEELSON_NOTE_OWNER,
                  sizeof(KEELSON_NOTE_OWNER)) == 0;
}

/* Finds keelson's note in the bytes of one PT_NOTE segment; the description is copied out. */
static bool find_note(const char *notes, size_t size, size_t align, struct keelson_note_description *ret)
{
    size_t at = 0;
    while (at < size && size - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr h;
        memcpy(&h, notes + at, sizeof(h));
        if (h.n_namesz > size || h.n_descsz > size)
            return false;
        if (is_own_note(notes + at, size - at, &h)) {
            memcpy(ret, notes + at + offsetof(struct keelson_note, description), sizeof(*ret));
            return true;
        }
        at = align_up(align_up(at + sizeof(h) + h.n_namesz, align) + h.n_descsz, align);
    }
    return false;
}

/* A mapping beyond the file's end would end the daemon with SIGBUS while the file is loaded. */
static int check_mapped(int fd, const char *path, const elf_segment *s, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_set_errno(err, errno, "%s", path);
    if (s->p_offset > (uint64_t)st.st_size || s->p_filesz > (uint64_t)st.st_size - s->p_offset)
        return error_set(err, ERR_BAD_REQUEST, "%s: the file is truncated: its segments reach beyond its end",
                         path);
    return 0;
}

static int scan_segments(int fd, const char *path, const elf_header *h, struct keelson_note_description *ret,
                         struct error *err)
{
    _cleanup_free_ char *notes = xmalloc(NOTES_BYTES_MAX);
    bool found = false;
    for (unsigned i = 0; i < h->e_phnum; i++) {
        elf_segment s;
        if (read_at(fd, path, h->e_phoff + (uint64_t)i * sizeof(s), &s, sizeof(s), err) < 0)
            return -1;
        if (s.p_type == PT_LOAD && check_mapped(fd, path, &s, err) < 0)
            return -1;
        if (found || s.p_type != PT_NOTE || s.p_filesz > NOTES_BYTES_MAX)
            continue;
        if (read_at(fd, path, s.p_offset, notes, s.p_filesz, err) < 0)
            return -1;
        found = find_note(notes, s.p_filesz, s.p_align == 8 ? 8 : 4, ret);
    }
    return found ? 0 : error_set(err, ERR_BAD_REQUEST, "%s: no keelson note: not a keelson plugin", path);
}

/* Both are printed as they are, and name a file. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.+~", *p))
            return false;
    return *text != '\0';
}

static int fill_note(const char *path, const struct keelson_note_description *d, struct plugin_note *ret,
                     struct error *err)
{
    if (d->magic != KEELSON_NOTE_MAGIC)
        return error_set(err, ERR_BAD_REQUEST, "%s: its keelson note has an unknown magic %08x", path,
                         d->magic);
    *ret = (struct plugin_note){.abi_major = d->abi_major,
                                .abi_minor = d->abi_minor,
                                .needs_minor = d->needs_minor,
                                .kind = (enum keelson_kind)d->kind};
    memcpy(ret->name, d->name, sizeof(d->name));
    memcpy(ret->version, d->version, sizeof(d->version));
    if (!is_plain(ret->name) || !is_plain(ret->version))
        return error_set(err, ERR_BAD_REQUEST,
                         "%s: name or version in its keelson note is missing or has other characters than "
                         "letters, digits, \"-\", \"_\", \".\", \"+\" and \"~\"",
                         path);
    return 0;
}

int plugin_note_read(const char *path, struct plugin_note *ret, struct error *err)
{
    struct keelson_note_description description;
    elf_header header;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
    if (fd < 0)
        return error_set_errno(err, errno, "%s", path);
    if (read_at(fd, path, 0, &header, sizeof(header), err) < 0 || check_header(path, &header, err) < 0 ||
        scan_segments(fd, path, &header, &description, err) < 0)
        return -1;
    return fill_note(path, &description, ret, err);
}

const char *plugin_kind_name(enum keelson_kind kind)
{
    static const char *const names[] = {
        [KEELSON_KIND_CLOUD] = "cloud",     [KEELSON_KIND_RUNTIME] = "runtime",
        [KEELSON_KIND_NETWORK] = "network", [KEELSON_KIND_STORAGE] = "storage",
        [KEELSON_KIND_STORE] = "store",
    };
    return (size_t)kind < ARRAY_SIZE(names) && names[kind] ? names[kind] : "unknown";
}
