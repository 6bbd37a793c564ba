/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin file's ELF headers and note: whatever the bytes are, an answer or a message. */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/plugin/host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    static int fd = -1;
    struct plugin_note note;
    char path[32];
    if (fd < 0)
        fd = memfd_create("note", MFD_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    require(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    if (plugin_note_read(path, &note, &err) < 0)
        require(err.message != NULL);
    else
        require(*note.name && *note.version && plugin_kind_name(note.kind));
    return 0;
}
