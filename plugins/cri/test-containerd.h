/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A containerd of the test's own, in a folder under /tmp and in network and mount namespaces of this process,
 * so that what it leaves behind goes with them. Functions end the program when something cannot be done.
 */
#ifndef CRI_TEST_CONTAINERD_H
#define CRI_TEST_CONTAINERD_H

#include <stdbool.h>

struct test_containerd {
    char folder[32];
    char socket[64], conf_dir[64], log[64];
    const char *template; /* etc/containerd.toml */
    int pid;
};

/* NULL when containerd can run here, else why not. */
const char *test_containerd_missing(void);
void test_containerd_make(struct test_containerd *containerd, const char *template_path,
                          const char *sandbox_image);
/* Starts it, also again after it was killed, and waits until it answers. */
void test_containerd_start(struct test_containerd *containerd);
void test_containerd_kill(struct test_containerd *containerd);
/* Imports an image of one program. */
void test_containerd_import(struct test_containerd *containerd, const char *make_image, const char *name,
                            const char *program, const char *path);
/* Kills it and every shim of its, and removes the folder and the cgroups below `cgroup`. */
void test_containerd_done(struct test_containerd *containerd, const char *cgroup);
void test_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
