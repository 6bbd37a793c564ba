/* SPDX-License-Identifier: Apache-2.0 */
/* See test-containerd.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugins/cri/test-containerd.h"

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

void test_shell(const char *fmt, ...)
{
    char command[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(command, sizeof(command), fmt, args);
    va_end(args);
    if (system(command) != 0)
        die(command);
}

const char *test_containerd_missing(void)
{
    if (geteuid() != 0)
        return "needs root";
    if (system("command -v containerd runc ctr ip tar sha256sum >/dev/null") != 0)
        return "needs containerd, runc and iproute2";
    if (access("/usr/lib/cni/bridge", X_OK) < 0)
        return "needs containernetworking-plugins in /usr/lib/cni";
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return "needs the right to make namespaces";
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* shims leave their parent: they are reaped here */
    return NULL;
}

static void fill(const struct test_containerd *containerd, const char *sandbox_image)
{
    const char *folder = containerd->folder;
    test_shell("sed 's|@ROOT@|%s/root|; s|@STATE@|%s/state|; s|@SOCKET@|%s|; s|@SANDBOX_IMAGE@|%s|; "
               "s|@CNI_CONF_DIR@|%s|; "
               "s|@CNI_BIN_DIR@|/usr/lib/cni|' %s >%s/containerd.toml",
               folder, folder, containerd->socket, sandbox_image, containerd->conf_dir, containerd->template,
               folder);
}

void test_containerd_make(struct test_containerd *containerd, const char *template_path,
                          const char *sandbox_image)
{
    *containerd = (struct test_containerd){.folder = "/tmp/cri-test-XXXXXX", .template = template_path};
    if (!mkdtemp(containerd->folder))
        die("mkdtemp");
    snprintf(containerd->socket, sizeof(containerd->socket), "%s/containerd.sock", containerd->folder);
    snprintf(containerd->conf_dir, sizeof(containerd->conf_dir), "%s/net.d", containerd->folder);
    snprintf(containerd->log, sizeof(containerd->log), "%s/containerd.log", containerd->folder);
    fill(containerd, sandbox_image);
    /* the results of CNI go to a fixed folder: ours, in this mount namespace */
    test_shell("mkdir -p %s/cni /var/lib/cni && mount --bind %s/cni /var/lib/cni", containerd->folder,
               containerd->folder);
    /* and so do the state of runc and the sockets of shims */
    test_shell("mkdir -p /run/containerd && mount -t tmpfs -o mode=711 tmpfs /run/containerd");
    test_shell("ip link set lo up && ip link add up0 type veth peer name up1 && ip addr add 192.0.2.1/24 dev "
               "up0 && ip link set up0 up");
}

static void wait_until_it_answers(const struct test_containerd *containerd)
{
    char command[160];
    snprintf(command, sizeof(command), "ctr -a %s version >/dev/null 2>&1", containerd->socket);
    for (int i = 0; i < 600; i++) {
        if (system(command) == 0)
            return;
        usleep(50000);
    }
    test_shell("tail -20 %s >&2", containerd->log);
    die("containerd does not answer");
}

void test_containerd_start(struct test_containerd *containerd)
{
    char config[64];
    snprintf(config, sizeof(config), "%s/containerd.toml", containerd->folder);
    containerd->pid = fork();
    if (containerd->pid == 0) {
        int log = open(containerd->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(log, 1);
        dup2(log, 2);
        setsid();
        execlp("containerd", "containerd", "--config", config, (char *)NULL);
        _exit(127);
    }
    wait_until_it_answers(containerd);
}

void test_containerd_kill(struct test_containerd *containerd)
{
    if (containerd->pid > 0) {
        kill(containerd->pid, SIGKILL);
        waitpid(containerd->pid, NULL, 0);
    }
    containerd->pid = 0;
}

void test_containerd_import(struct test_containerd *containerd, const char *make_image, const char *name,
                            const char *program, const char *path)
{
    test_shell("%s %s %s/image.tar %s=%s --entrypoint %s --env GREETING=hi --dir /tmp", make_image, name,
               containerd->folder, program, path, path);
    test_shell("ctr -a %s -n k8s.io images import %s/image.tar >/dev/null", containerd->socket,
               containerd->folder);
}

/* Processes whose command line names our folder: the shims. Their containers end with them. */
static void kill_shims(const struct test_containerd *containerd)
{
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes && (entry = readdir(processes));) {
        char path[300], line[1024];
        int pid = (int)strtol(entry->d_name, NULL, 10);
        snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
        int fd = pid > 0 && pid != getpid() ? open(path, O_RDONLY) : -1;
        ssize_t size = fd >= 0 ? read(fd, line, sizeof(line)) : 0;
        if (fd >= 0)
            close(fd);
        if (size > 0 && memmem(line, (size_t)size, "containerd-shim", 15) &&
            memmem(line, (size_t)size, containerd->folder, strlen(containerd->folder)))
            kill(pid, SIGKILL);
    }
    if (processes)
        closedir(processes);
}

void test_containerd_done(struct test_containerd *containerd, const char *cgroup)
{
    test_containerd_kill(containerd);
    kill_shims(containerd);
    if (system("umount /var/lib/cni") != 0)
        perror("umount /var/lib/cni");
    test_shell("for i in 1 2 3 4 5; do awk '{ print $2 }' /proc/self/mounts | grep '^%s/' | sort -r | xargs "
               "-r umount -l; done; "
               "rm -rf %s",
               containerd->folder, containerd->folder);
    /* a shim that was killed leaves its container running */
    test_shell(
        "for i in 1 2 3 4 5 6 7 8 9 10; do left=$(find /sys/fs/cgroup -depth -type d -path '*%s*' "
        "2>/dev/null); "
        "[ -z \"$left\" ] && break; for c in $left; do cat $c/cgroup.procs; done 2>/dev/null | xargs -r kill "
        "-9 2>/dev/null; "
        "echo \"$left\" | xargs rmdir 2>/dev/null; sleep 0.1; done; rmdir /var/lib/cni 2>/dev/null; true",
        cgroup);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}
