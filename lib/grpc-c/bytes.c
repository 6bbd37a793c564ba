/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for grpc-c. It has no caller who could do anything sensible without memory, so running out of it
 * ends the process; all sizes that come from the peer are checked against the channel's limit before they get
 * here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/grpc-c/channel.h"

static void *checked(void *memory)
{
    if (!memory) {
        fputs("grpc-c: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *grpc_alloc(size_t size_bytes)
{
    return checked(calloc(1, size_bytes));
}

char *grpc_strdup(const char *text)
{
    return text ? checked(strdup(text)) : NULL;
}

uint8_t *bytes_extend(struct bytes *bytes, size_t more)
{
    if (bytes->capacity - bytes->size < more) {
        size_t capacity = bytes->capacity ? bytes->capacity : 256;
        while (capacity - bytes->size < more)
            capacity *= 2;
        bytes->data = checked(realloc(bytes->data, capacity));
        bytes->capacity = capacity;
    }
    uint8_t *at = bytes->data + bytes->size;
    bytes->size += more;
    return at;
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof(*bytes));
}
