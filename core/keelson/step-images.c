/* SPDX-License-Identifier: Apache-2.0 */
/* The images that come with keelson, the sandbox's and a sample to try the cluster with: packed from our own
 * programs and imported into containerd, since no registry may be assumed. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/io/process.h"
#include "core/keelson/keelson.h"

#define WAIT_MS 20000

static const struct image {
    const char *name;              /* as pods name it; the sandbox's is also in containerd.toml */
    const char *maker;             /* the script of images/ that packs it */
    const char *installed, *built; /* the program */
    const char *path;              /* inside the image, and its entry point */
} images[] = {
    {"keelson.local/pause:1", "make-image", "pause", "images/pause/pause", "/pause"},
    {"keelson.local/sample:1", "make-sample", "sample", "images/sample/sample", "/sample"},
};

static int run(const char *const *argv, struct error *err)
{
    struct buffer output = BUFFER_INIT, errors = BUFFER_INIT;
    int status = 0;
    struct process_config config = {.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
    int result = process_run(&config, (struct slice){0}, &output, &errors, 60000, &status, err);
    if (result == 0 && status != 0)
        result = error_set(err, ERR_INTERNAL, "%s failed: %.500s", argv[0], errors.data ? errors.data : "");
    buffer_done(&output);
    buffer_done(&errors);
    return result;
}

/* The names of all images, a line each; empty when they cannot be listed. */
static void list_images(const char *socket, struct buffer *ret)
{
    struct buffer errors = BUFFER_INIT;
    int status = 1;
    const char *const argv[] = {"ctr", "-a", socket, "-n", "k8s.io", "images", "ls", "-q", NULL};
    struct process_config config = {.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
    if (process_run(&config, (struct slice){0}, ret, &errors, 10000, &status, NULL) < 0 || status != 0)
        buffer_clear(ret);
    buffer_done(&errors);
}

static bool has_line(const struct buffer *lines, const char *wanted)
{
    for (struct slice rest = {lines->data, lines->size}; rest.data && rest.size;)
        if (slice_is(slice_cut(&rest, '\n'), wanted))
            return true;
    return false;
}

bool socket_answers(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(socket_path) >= sizeof(address.sun_path))
        return false;
    memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
    return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

static int wait_for_socket(const struct settings *s, const char *socket, struct error *err)
{
    int64_t wait_ms = MIN(s->wait_ns / NS_PER_MS, WAIT_MS), until = clock_monotonic_ms() + wait_ms;
    while (!socket_answers(socket)) {
        if (daemon_keeps_ending(s, "containerd", err))
            return -1;
        if (clock_monotonic_ms() > until)
            return error_set(err, ERR_TIMEOUT,
                             "%s does not answer at %s after %lld s; see %s/containerd.log, or "
                             "`keelson status`",
                             s->containerd, socket, (long long)wait_ms / 1000, s->log_dir);
        usleep(20000);
    }
    return 0;
}

static int import_image(const struct settings *s, const char *socket, const struct image *image,
                        struct error *err)
{
    _cleanup_free_ char *built_script = xasprintf("images/%s", image->maker);
    _cleanup_free_ char *script = settings_part(image->maker, built_script),
                        *program = settings_part(image->installed, image->built);
    _cleanup_free_ char *tar = settings_path(s, "image.tar"),
                        *content = xasprintf("%s=%s", program, image->path);
    const char *const make[] = {script, image->name, tar, content, "--entrypoint", image->path, NULL};
    const char *const import[] = {"ctr", "-a", socket, "-n", "k8s.io", "images", "import", tar, NULL};
    int result = run(make, err) < 0 || run(import, err) < 0 ? -1 : 0;
    unlink(tar);
    return result;
}

static char *socket_of(const struct settings *s)
{
    return *s->container_runtime_endpoint ? xstrdup(s->container_runtime_endpoint)
                                          : xasprintf("%s/containerd.sock", s->run_dir);
}

int step_images(const struct settings *s, struct error *err)
{
    struct buffer there = BUFFER_INIT;
    _cleanup_free_ char *socket = socket_of(s);
    int result = wait_for_socket(s, socket, err);
    if (result == 0)
        list_images(socket, &there);
    for (size_t i = 0; result == 0 && i < ARRAY_SIZE(images); i++)
        if (!has_line(&there, images[i].name) && import_image(s, socket, &images[i], err) < 0)
            result = error_prefix(err, "image %s", images[i].name);
    buffer_done(&there);
    return result;
}

void remove_images(const struct settings *s)
{
    struct buffer there = BUFFER_INIT;
    _cleanup_free_ char *socket = socket_of(s);
    list_images(socket, &there);
    for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
        const char *const argv[] = {"ctr",    "-a", socket,         "-n", "k8s.io",
                                    "images", "rm", images[i].name, NULL};
        if (has_line(&there, images[i].name))
            run(argv, NULL);
    }
    buffer_done(&there);
}
