/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks that remember what a test wants to know of one container, sandbox or image among those that are put.
 */
#ifndef CRI_TEST_LOOK_H
#define CRI_TEST_LOOK_H

#include <keelson/runtime.h>

struct text {
    char out[4096], err[4096];
};
/* Empties the text. */
struct keelson_text_sink test_text_sink(struct text *text);

struct look {
    char wanted[80];       /* the id, or an image's tag */
    unsigned count, found; /* put in all, and of the wanted */
    enum keelson_container_state state;
    enum keelson_sandbox_state sandbox_state;
    int exit_code;
    char name[64], image[128], image_id[128], reason[64], log_path[128], ip[64], owner[80], label[64],
        annotation[64];
    uint32_t attempt;
    int64_t created_at_ns, started_at_ns, finished_at_ns;
    uint64_t memory_bytes, cpu_ns, image_bytes;
};

/* `put` functions; the context is a struct look. */
int test_look_container(const struct keelson_container_sink *sink, const struct keelson_container *container);
int test_look_sandbox(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *sandbox);
int test_look_image(const struct keelson_image_sink *sink, const struct keelson_image *image);
int test_look_usage(const struct keelson_usage_sink *sink, const struct keelson_usage *usage);

#endif
