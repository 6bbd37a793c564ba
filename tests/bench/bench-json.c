/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a write of one Pod costs before it is stored: parse, decode by the type's rows, default, validate,
 * write; and the same in protobuf. The Pod is a file given on the command line, 3.6 KB as a running pod has
 * them. Prints microseconds of one thread, the best of some rounds, and the bytes of arena a parsed one
 * takes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/api/schema.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"

#define ROUNDS     7
#define REPETITION 20000

struct bench {
    const struct schema_type *type;
    struct slice text;
    struct arena arena;
    struct json *object;
    struct buffer out;
};

static void fail(const struct error *err)
{
    fprintf(stderr, "bench-json: %s\n", err->message ? err->message : "failed");
    exit(1);
}

static void run_parse(struct bench *b)
{
    struct error err = ERROR_INIT;

    arena_reset(&b->arena);
    if (json_parse(&b->arena, b->text, &b->object, &err) < 0)
        fail(&err);
}

static void run_decode(struct bench *b)
{
    struct error err = ERROR_INIT;

    arena_reset(&b->arena);
    if (schema_decode(&b->arena, b->type, b->text, SCHEMA_STRICT, &b->object, NULL, &err) < 0)
        fail(&err);
}

static void run_default(struct bench *b)
{
    schema_default(&b->arena, b->type, b->object);
}

static void run_validate(struct bench *b)
{
    struct error err = ERROR_INIT;

    if (schema_validate(b->type, b->object, &err)) {
        error_set_invalid(&err, "", "Pod", "");
        fail(&err);
    }
}

static void run_write(struct bench *b)
{
    buffer_clear(&b->out);
    json_write(&b->out, b->object);
}

static void run_protobuf_write(struct bench *b)
{
    struct error err = ERROR_INIT;

    buffer_clear(&b->out);
    if (schema_to_protobuf(b->type, b->object, &b->out, &err) < 0)
        fail(&err);
}

static void run_protobuf_read(struct bench *b)
{
    struct error err = ERROR_INIT;
    struct arena arena = ARENA_INIT;
    struct json *object;

    if (schema_from_protobuf(&arena, b->type, (struct slice){b->out.data, b->out.size}, &object, &err) < 0)
        fail(&err);
    arena_done(&arena);
}

static const struct {
    const char *name;
    void (*run)(struct bench *b);
} steps[] = {
    {"parse", run_parse},
    {"parse and decode", run_decode},
    {"default", run_default},
    {"validate", run_validate},
    {"write", run_write},
    {"write protobuf", run_protobuf_write},
    {"read protobuf", run_protobuf_read},
};

static double best_us(struct bench *b, void (*run)(struct bench *b))
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = clock_monotonic_ns();
        for (int i = 0; i < REPETITION; i++)
            run(b);
        double us = (double)(clock_monotonic_ns() - start) / 1000 / REPETITION;
        best = best == 0 || us < best ? us : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    struct bench b = {.type = schema_find_kind("", "v1", "Pod")};
    struct buffer text = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct arena fresh = ARENA_INIT;
    struct json *object;

    if (argc != 2) {
        fprintf(stderr, "usage: bench-json POD.json\n");
        return 2;
    }
    if (file_read(argv[1], (size_t)1 << 20, &text, &err) < 0)
        fail(&err);
    b.text = (struct slice){text.data, text.size};
    if (json_parse(&fresh, b.text, &object, &err) < 0)
        fail(&err);
    printf("%zu bytes of JSON, %.2f times that in a fresh arena\n", text.size,
           (double)fresh.total / (double)text.size);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
        printf("%-18s %6.2f us\n", steps[i].name, best_us(&b, steps[i].run));
    arena_done(&fresh);
    arena_done(&b.arena);
    buffer_done(&b.out);
    buffer_done(&text);
    return 0;
}
