/* SPDX-License-Identifier: Apache-2.0 */
/* Records what is done to a folder's files, and says what a power cut leaves of it; power-disk.h. */
#include "tests/lib/power-disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/store-fixture.h"

#define NAME_BYTES  64
#define FDS_MAX     1024
#define ENTRIES_MAX 64
#define NONE        (-1)
#define FOLDER      (-2)   /* in place of a file: the folder itself */
#define SYNC_NS     200000 /* as long a sync takes, so that others get in between */

enum operation_type { WRITE, TRUNCATE, SYNC, CREATE, UNLINK, RENAME, SYNC_FOLDER };
struct operation {
    enum operation_type type;
    int file;
    size_t offset, size; /* TRUNCATE: the length */
    char *data;
    size_t begin; /* SYNC, SYNC_FOLDER: operations before this one are synced */
    char name[NAME_BYTES], to[NAME_BYTES];
};
struct file {
    char *data; /* what was synced before the recording */
    size_t size;
};
struct entry {
    char name[NAME_BYTES];
    int file;
};
struct folder {
    struct entry entries[ENTRIES_MAX];
    size_t count;
};

static struct disk {
    pthread_mutex_t lock; /* protects what follows */
    char dir[256];
    bool recording;
    struct operation *operations;
    size_t count, capacity;
    struct file *files;
    int file_count;
    struct folder before, now; /* at the recording's begin; as the program sees it */
    int files_of[FDS_MAX];     /* by descriptor; NONE: not ours */
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER};
static unsigned boot_number = 1;

/* Folders */

static struct entry *entry_find(struct folder *folder, const char *name)
{
    for (size_t i = 0; i < folder->count; i++) {
        if (strcmp(folder->entries[i].name, name) == 0)
            return &folder->entries[i];
    }
    return NULL;
}

static void entry_set(struct folder *folder, const char *name, int file)
{
    struct entry *entry = entry_find(folder, name);
    if (!entry) {
        if (folder->count == ENTRIES_MAX)
            abort();
        entry = &folder->entries[folder->count++];
        snprintf(entry->name, sizeof(entry->name), "%s", name);
    }
    entry->file = file;
}

static void entry_remove(struct folder *folder, const char *name)
{
    struct entry *entry = entry_find(folder, name);
    if (entry)
        *entry = folder->entries[--folder->count];
}

static void folder_apply(struct folder *folder, const struct operation *operation)
{
    if (operation->type == CREATE)
        entry_set(folder, operation->name, operation->file);
    else
        entry_remove(folder, operation->name);
    if (operation->type == RENAME)
        entry_set(folder, operation->to, operation->file);
}

/* Recording */

static const char *name_of(const char *path)
{
    size_t length = strlen(disk.dir);
    if (!disk.recording || strncmp(path, disk.dir, length) != 0 || path[length] != '/')
        return NULL;
    const char *name = path + length + 1, *end = name + strlen(name);
    bool left_out =
        (end - name > 4 && strcmp(end - 4, "-shm") == 0) || (end - name > 5 && strcmp(end - 5, ".lock") == 0);
    return left_out ? NULL : name;
}

/* Lock held. */
static struct operation *operation_add(enum operation_type type, int file)
{
    if (disk.count == disk.capacity) {
        disk.capacity = disk.capacity * 2 + 1024;
        disk.operations = realloc(disk.operations, disk.capacity * sizeof(*disk.operations));
    }
    struct operation *operation = &disk.operations[disk.count++];
    *operation = (struct operation){.type = type, .file = file};
    return operation;
}

static int file_of(int fd)
{
    return disk.recording && fd >= 0 && fd < FDS_MAX ? disk.files_of[fd] : NONE;
}

static int file_new(char *data, size_t size)
{
    disk.files = realloc(disk.files, (size_t)(disk.file_count + 1) * sizeof(*disk.files));
    disk.files[disk.file_count] = (struct file){data, size};
    return disk.file_count++;
}

/* Lock held. */
static void open_note(int fd, const char *path)
{
    const char *name = name_of(path);
    disk.files_of[fd] = disk.recording && strcmp(path, disk.dir) == 0 ? FOLDER : NONE;
    if (!name)
        return;
    struct entry *entry = entry_find(&disk.now, name);
    disk.files_of[fd] = entry ? entry->file : file_new(NULL, 0);
    if (entry)
        return;
    struct operation *operation = operation_add(CREATE, disk.files_of[fd]);
    snprintf(operation->name, sizeof(operation->name), "%s", name);
    folder_apply(&disk.now, operation);
}

static int file_open(const char *path, int flags, unsigned mode)
{
    pthread_mutex_lock(&disk.lock);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= 0 && fd < FDS_MAX) {
        open_note(fd, path);
        if (disk.files_of[fd] >= 0 && (flags & O_TRUNC))
            operation_add(TRUNCATE, disk.files_of[fd]);
    }
    pthread_mutex_unlock(&disk.lock);
    return fd;
}

static ssize_t file_write(int fd, const void *data, size_t size, off_t offset)
{
    pthread_mutex_lock(&disk.lock);
    if (file_of(fd) >= 0) {
        struct operation *operation = operation_add(WRITE, file_of(fd));
        operation->offset = (size_t)offset;
        operation->size = size;
        operation->data = malloc(size + 1);
        memcpy(operation->data, data, size);
    }
    ssize_t written = syscall(SYS_pwrite64, fd, data, size, offset);
    pthread_mutex_unlock(&disk.lock);
    return written;
}

static int file_truncate(int fd, off_t size)
{
    pthread_mutex_lock(&disk.lock);
    if (file_of(fd) >= 0)
        operation_add(TRUNCATE, file_of(fd))->size = (size_t)size;
    int code = (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_unlock(&disk.lock);
    return code;
}

static int file_sync(int fd)
{
    pthread_mutex_lock(&disk.lock);
    int file = file_of(fd);
    size_t begin = disk.count;
    pthread_mutex_unlock(&disk.lock);
    if (file == NONE)
        return (int)syscall(SYS_fdatasync, fd);
    const struct timespec time = {.tv_nsec = SYNC_NS};
    nanosleep(&time, NULL);
    pthread_mutex_lock(&disk.lock);
    operation_add(file == FOLDER ? SYNC_FOLDER : SYNC, file)->begin = begin;
    pthread_mutex_unlock(&disk.lock);
    return 0;
}

/* to NULL: it goes away. */
static void entry_note(const char *from, const char *to)
{
    const char *name = name_of(from);
    struct entry *entry = name ? entry_find(&disk.now, name) : NULL;
    if (!entry)
        return;
    struct operation *operation = operation_add(to ? RENAME : UNLINK, entry->file);
    snprintf(operation->name, sizeof(operation->name), "%s", name);
    snprintf(operation->to, sizeof(operation->to), "%s", to && name_of(to) ? name_of(to) : "");
    folder_apply(&disk.now, operation);
}

/* What SQLite and the plugin call in place of the C library's. */

#pragma GCC visibility push(default)

#define MODE_OF(flags_, last_, ret_)                                                                         \
    va_list args_;                                                                                           \
    va_start(args_, last_);                                                                                  \
    unsigned ret_ = (flags_) & (O_CREAT | O_TMPFILE) ? va_arg(args_, unsigned) : 0;                          \
    va_end(args_)

int open(const char *path, int flags, ...)
{
    MODE_OF(flags, flags, mode);
    return file_open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE_OF(flags, flags, mode);
    return file_open(path, flags | O_LARGEFILE, mode);
}

int close(int fd)
{
    pthread_mutex_lock(&disk.lock);
    if (fd >= 0 && fd < FDS_MAX)
        disk.files_of[fd] = NONE;
    pthread_mutex_unlock(&disk.lock);
    return (int)syscall(SYS_close, fd);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return file_write(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return file_write(fd, data, size, offset);
}

int ftruncate(int fd, off_t size)
{
    return file_truncate(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return file_truncate(fd, size);
}

int fsync(int fd)
{
    return file_sync(fd);
}

int fdatasync(int fd)
{
    return file_sync(fd);
}

int unlink(const char *path)
{
    pthread_mutex_lock(&disk.lock);
    int code = (int)syscall(SYS_unlink, path);
    if (code == 0)
        entry_note(path, NULL);
    pthread_mutex_unlock(&disk.lock);
    return code;
}

int rename(const char *from, const char *to)
{
    pthread_mutex_lock(&disk.lock);
    int code = (int)syscall(SYS_rename, from, to);
    if (code == 0)
        entry_note(from, to);
    pthread_mutex_unlock(&disk.lock);
    return code;
}

FILE *fopen(const char *path, const char *mode)
{
    static const char boot_id[] = "/proc/sys/kernel/random/boot_id";
    static char id[64];
    if (strcmp(path, boot_id) == 0) {
        int size = snprintf(id, sizeof(id), "%08x-0000-4000-8000-000000000000\n", boot_number);
        return fmemopen(id, (size_t)size, "r");
    }
    int fd =
        open(path, mode[0] == 'r' ? O_RDONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return fd < 0 ? NULL : fdopen(fd, mode);
}

#pragma GCC visibility pop

/* The recording from outside. */

static char *file_read(const char *path, size_t *ret_size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        abort();
    char *data = malloc((size_t)st.st_size + 1);
    if (read(fd, data, (size_t)st.st_size) != st.st_size)
        abort();
    close(fd);
    *ret_size = (size_t)st.st_size;
    return data;
}

static void recording_forget(void)
{
    for (size_t i = 0; i < disk.count; i++)
        free(disk.operations[i].data);
    for (int i = 0; i < disk.file_count; i++)
        free(disk.files[i].data);
    disk.count = 0;
    disk.file_count = 0;
    disk.before.count = 0;
    for (int i = 0; i < FDS_MAX; i++)
        disk.files_of[i] = NONE;
}

void power_disk_record(const char *dir)
{
    char path[600];
    struct dirent *found;
    recording_forget();
    snprintf(disk.dir, sizeof(disk.dir), "%s", dir);
    DIR *stream = opendir(dir);
    while (stream && (found = readdir(stream))) {
        size_t size;
        snprintf(path, sizeof(path), "%s/%s", dir, found->d_name);
        disk.recording = true;
        bool counts = found->d_name[0] != '.' && name_of(path);
        disk.recording = false;
        if (!counts)
            continue;
        char *data = file_read(path, &size);
        entry_set(&disk.before, found->d_name, file_new(data, size));
    }
    closedir(stream);
    disk.now = disk.before;
    disk.recording = true;
}

void power_disk_stop(void)
{
    pthread_mutex_lock(&disk.lock);
    disk.recording = false;
    pthread_mutex_unlock(&disk.lock);
}

size_t power_disk_now(void)
{
    pthread_mutex_lock(&disk.lock);
    size_t count = disk.count;
    pthread_mutex_unlock(&disk.lock);
    return count;
}

void power_disk_boot(unsigned number)
{
    boot_number = number;
}

/* Images */

static bool is_kept(struct power_cut *cut)
{
    return cut->kept_percent == 100 || fixture_random(&cut->random) % 100 < cut->kept_percent;
}

/* All operations before the returned one are synced. Of two syncs at one time the longer may have begun
 * first. */
static size_t synced_before(const struct power_cut *cut, enum operation_type type, int file)
{
    size_t synced = 0;
    for (size_t i = 0; i < cut->at; i++) {
        const struct operation *operation = &disk.operations[i];
        if (operation->type == type && operation->file == file && operation->begin > synced)
            synced = operation->begin;
    }
    return synced;
}

static void folder_image(struct power_cut *cut, struct folder *ret)
{
    size_t synced = synced_before(cut, SYNC_FOLDER, FOLDER);
    bool lost = false;
    *ret = disk.before;
    for (size_t i = 0; i < cut->at; i++) {
        const struct operation *operation = &disk.operations[i];
        if (operation->type != CREATE && operation->type != UNLINK && operation->type != RENAME)
            continue;
        bool kept = i < synced || (!lost && is_kept(cut));
        if (kept)
            folder_apply(ret, operation);
        else
            lost = cut->entries_in_order;
    }
}

struct image {
    char *data;
    size_t size, capacity;
    bool length_lost; /* lengths change in order: what comes after a lost change is lost too */
};

static void image_resize(struct image *image, size_t size, struct power_cut *rubbish)
{
    if (size > image->capacity) {
        image->capacity = size * 2;
        image->data = realloc(image->data, image->capacity);
    }
    for (size_t i = image->size; i < size; i++)
        image->data[i] = rubbish ? (char)fixture_random(&rubbish->random) : 0;
    image->size = size;
}

static bool length_is_kept(struct image *image, struct power_cut *cut, bool synced)
{
    if (!synced && !image->length_lost)
        image->length_lost = !is_kept(cut);
    return synced || !image->length_lost;
}

static void write_apply(struct image *image, const struct operation *operation, struct power_cut *cut,
                        bool synced)
{
    size_t end = operation->offset + operation->size;
    if (end > image->size && length_is_kept(image, cut, synced))
        image_resize(image, end, cut->rubbish && !synced ? cut : NULL);
    for (size_t at = operation->offset; at < end && at < image->size;) {
        size_t next = (at / cut->sector_bytes + 1) * cut->sector_bytes;
        next = next < end ? next : end;
        next = next < image->size ? next : image->size;
        if (synced || is_kept(cut))
            memcpy(image->data + at, operation->data + (at - operation->offset), next - at);
        at = next;
    }
}

static void file_image(struct power_cut *cut, int file, struct image *image)
{
    size_t synced = synced_before(cut, SYNC, file);
    image->size = 0;
    image->length_lost = false;
    image_resize(image, disk.files[file].size, NULL);
    if (image->size > 0)
        memcpy(image->data, disk.files[file].data, image->size);
    for (size_t i = 0; i < cut->at; i++) {
        const struct operation *operation = &disk.operations[i];
        if (operation->file != file)
            continue;
        if (operation->type == WRITE)
            write_apply(image, operation, cut, i < synced);
        else if (operation->type == TRUNCATE && length_is_kept(image, cut, i < synced))
            image_resize(image, operation->size, NULL);
    }
}

static void image_write(const char *dir, const char *name, const char *data, size_t size)
{
    char path[600];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || (size > 0 && pwrite(fd, data, size, 0) != (ssize_t)size))
        abort();
    close(fd);
}

void power_disk_image(struct power_cut *cut, const char *dir)
{
    static const char rubbish[32768] = "not what it was";
    static struct image image;
    struct folder folder;
    folder_image(cut, &folder);
    for (size_t i = 0; i < folder.count; i++) {
        file_image(cut, folder.entries[i].file, &image);
        image_write(dir, folder.entries[i].name, image.data, image.size);
    }
    if (cut->rubbish)
        image_write(dir, "state.db-shm", rubbish, sizeof(rubbish));
}
