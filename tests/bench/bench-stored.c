/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many pods as a cluster has them, 6.3 KB of JSON each with spec and status full: created, then their status
 * written, by 32 clients. What they weigh in the server and on its disk is for the caller to look at.
 *
 *   bench-stored KUBECONFIG SERVER_PID POD.json [PODS]
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "tests/bench/load.h"

#define PATH       "/api/v1/namespaces/default/pods"
#define OWN_NAME   "web-7d4b9c6f5-x2x9k" /* in the file */
#define POD_BYTES  6300
#define STATUS_KEY ",\"status\":"

/* The file's pod, in pieces: name between head and tail, filler before the annotations. */
static struct {
    char *head, *before, *middle, *tail, *status, *filler; /* before: the resourceVersion */
} pod;

static void make_create(const struct load *load, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, PATH);
    buffer_printf(body, "%sweb-7d4b9c6f5-%u%s%s%s%s}", pod.head, n, pod.before, pod.middle, pod.filler,
                  pod.tail);
}

static void make_status(const struct load *load, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_printf(path, PATH "/web-7d4b9c6f5-%u/status", n);
    buffer_printf(body, "{\"status\":%s", pod.status);
}

static char *cut(char *at, const char *words)
{
    char *found = strstr(at, words);
    if (!found) {
        fprintf(stderr, "bench-stored: the pod has no %s\n", words);
        exit(1);
    }
    *found = '\0';
    return found + strlen(words);
}

static int pod_read(const char *file, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    if (file_read(file, 1 << 20, &text, err) < 0)
        return -1;
    size_t size = text.size;
    pod.head = text.data;
    pod.before = cut(pod.head, OWN_NAME);
    pod.middle = cut(pod.before, "\"resourceVersion\":\"12345\",");
    pod.tail = cut(pod.middle, "\"annotations\":{");
    pod.status = cut(pod.tail, STATUS_KEY);
    size_t more = size < POD_BYTES ? POD_BYTES - size : 0;
    pod.filler = xasprintf("\"annotations\":{\"filler\":\"%0*d\",", (int)more, 0);
    return 0;
}

int main(int argc, char **argv)
{
    struct load load;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (argc < 4) {
        fprintf(stderr, "usage: bench-stored KUBECONFIG SERVER_PID POD.json [PODS]\n");
        return 2;
    }
    if (load_init(&load, argv[1], argv[2], &err) < 0 || pod_read(argv[3], &err) < 0) {
        fprintf(stderr, "bench-stored: %s\n", err.message);
        return 1;
    }
    unsigned count = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 50000;
    const struct load_phase create = {.name = "create",
                                      .requests = count,
                                      .make = make_create,
                                      .method = "POST",
                                      .content_type = "application/json",
                                      .expect = 201};
    const struct load_phase status = {.name = "status",
                                      .requests = count,
                                      .make = make_status,
                                      .method = "PATCH",
                                      .content_type = "application/merge-patch+json",
                                      .expect = 200};
    load_run(&load, &create, LOAD_CLIENTS, false);
    load_run(&load, &status, LOAD_CLIENTS, false);
    return 0;
}
