# SPDX-License-Identifier: Apache-2.0
"""The kubelet with a containerd, an API server and a network namespace of its own: what scenario tests of the kubelet stand on.

A test program defines functions named case_*, each of which takes the node, and calls main(globals()). Needs root, containerd, runc and the reference
CNI programs; skipped (77) without. Closes with "N passed, N failed"."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from apiserver import Client, Failure

here = os.path.dirname(os.path.abspath(__file__))
top = os.path.abspath(os.path.join(here, "..", ".."))

IMAGE = "keelson.local/sample:1"
PODS = "/api/v1/namespaces/default/pods"
SERVER_FLAGS = ["--advertise-address=192.0.2.1", "--kubelet-preferred-address-types=InternalIP"]
APPLETS = "sh cat ls sleep echo true false env id hostname touch rm nc stat mount dd head grep sync".split()


def sh(command, **kw):
    return subprocess.run(command, shell=isinstance(command, str), check=True, stdout=subprocess.DEVNULL, **kw)


class Node:
    """Namespaces that a sleeping shell holds; everything runs inside of them."""

    def __init__(self, build):
        self.build = build
        self.dir = tempfile.mkdtemp(prefix="kubelet-test-")
        self.name = os.path.basename(self.dir)
        self.children = []
        self.kubelet = None
        self.hold()
        self.start_containerd()
        self.start_apiserver()
        self.configure()
        self.start_kubelet()

    def hold(self):
        setup = (f"mkdir -p {self.dir}/cni {self.dir}/net.d {self.dir}/manifests /var/lib/cni && mount --bind {self.dir}/cni /var/lib/cni && "
                 "mkdir -p /run/containerd && mount -t tmpfs -o mode=711 tmpfs /run/containerd && ip link set lo up && "
                 "ip link add up0 type veth peer name up1 && ip addr add 192.0.2.1/24 dev up0 && ip link set up0 up && ip link set up1 up && "
                 f"ip route add default via 192.0.2.2 && touch {self.dir}/held && exec sleep 3600")
        self.holder = subprocess.Popen(["unshare", "-n", "-m", "--propagation", "private", "sh", "-c", setup])
        self.until(lambda: os.path.exists(self.dir + "/held"), "the namespaces")

    def inside(self, *command):
        return ["nsenter", "--net", "--mount", "-t", str(self.holder.pid), *command]

    def until(self, check, what, seconds=40):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = check()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s for {what}")

    def restart_containerd(self):
        self.containerd.kill()
        self.containerd.wait()
        self.launch_containerd()

    def launch_containerd(self):
        log = open(self.dir + "/containerd.log", "a")
        self.containerd = subprocess.Popen(self.inside("containerd", "--config", self.dir + "/containerd.toml"), stdout=log, stderr=log)
        self.children = [self.containerd]
        self.ctr = self.inside("ctr", "-a", self.dir + "/containerd.sock", "-n", "k8s.io")
        self.until(lambda: subprocess.run(self.ctr + ["version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0, "containerd")

    def start_containerd(self):
        words = {"ROOT": f"{self.dir}/root", "STATE": f"{self.dir}/state", "SOCKET": f"{self.dir}/containerd.sock",
                 "SANDBOX_IMAGE": "registry.k8s.io/pause:3.9", "CNI_CONF_DIR": f"{self.dir}/net.d", "CNI_BIN_DIR": self.dir + "/cni-bin"}
        os.symlink("/usr/lib/cni", self.dir + "/cni-bin")
        with open(top + "/etc/containerd.toml") as f:
            text = f.read()
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        with open(self.dir + "/containerd.toml", "w") as f:
            f.write(text)
        self.launch_containerd()
        self.image("registry.k8s.io/pause:3.9", [f"{self.build}/images/pause/pause=/pause", "--entrypoint", "/pause"])
        self.image(IMAGE, self.sample("1"))

    def sample(self, version):
        links = [word for applet in APPLETS for word in ("--link", f"busybox=/bin/{applet}")]
        return [f"{self.build}/images/sample/sample=/sample", "/bin/busybox=/bin/busybox", *links, "--dir", "/tmp", "--entrypoint", "/sample", "--env", "PATH=/bin", "--env", f"VERSION={version}"]

    def cgroup(self, controller, path):
        """The folder of a cgroup below ours; None where there is no such hierarchy."""
        folder = f"/sys/fs/cgroup/{controller}/{self.name}/{path}"
        return folder if os.path.isdir(f"/sys/fs/cgroup/{controller}/{self.name}") else None

    def image(self, name, words):
        sh([top + "/images/make-image", name, self.dir + "/image.tar", *words])
        sh(self.ctr + ["images", "import", self.dir + "/image.tar"])

    def start_apiserver(self):
        run = top + "/tests/lib/run-apiserver"
        env = dict(os.environ, KEELSON_BUILD=self.build)
        with open(self.dir + "/apiserver.log", "w") as log:
            subprocess.run(self.inside(run, "start", self.dir + "/api", "--", *SERVER_FLAGS), check=True, env=env, stdout=log, stderr=log)
            subprocess.run(self.inside(run, "user", self.dir + "/api", "system:node:n1", "system:nodes"), check=True, env=env, stdout=log, stderr=log)
        # The client goes in by a socket that was opened inside: requests are made by this process, moved into the network namespace.
        fd = os.open(f"/proc/{self.holder.pid}/ns/net", os.O_RDONLY)
        import ctypes
        assert ctypes.CDLL(None, use_errno=True).setns(fd, 0) == 0
        os.close(fd)
        with open(self.dir + "/api/url") as f:
            url = f.read().strip()
        self.api = Client(url, self.dir + "/api/ca.crt", self.dir + "/api/admin.crt", self.dir + "/api/admin.key")
        try:
            self.api.post("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        except Failure:
            pass

    def stop_server(self):
        subprocess.run([top + "/tests/lib/run-apiserver", "stop", self.dir + "/api", "KILL"], check=True)

    def restart_server(self):
        with open(self.dir + "/apiserver.log", "a") as log:
            subprocess.run(self.inside(top + "/tests/lib/run-apiserver", "restart", self.dir + "/api", "--", *SERVER_FLAGS), check=True,
                           env=dict(os.environ, KEELSON_BUILD=self.build), stdout=log, stderr=log)

    def move_cni(self, back):
        """Takes the pod network's programs away from the runtime, or puts them back."""
        link = self.dir + "/cni-bin"
        os.unlink(link)
        os.symlink("/usr/lib/cni" if back else "/nonexistent", link)

    def configure(self):
        for hierarchy in os.listdir("/sys/fs/cgroup"):
            if os.path.isdir("/sys/fs/cgroup/" + hierarchy) and os.path.exists(f"/sys/fs/cgroup/{hierarchy}/cgroup.procs"):
                os.makedirs(f"/sys/fs/cgroup/{hierarchy}/{self.name}", exist_ok=True)
        plugins = self.build + "/plugins"
        with open(self.dir + "/plugins.conf", "w") as f:
            f.write(f'plugins = ( {{ name = "cri"; kind = "runtime"; file = "{plugins}/cri/.libs/cri.so"; config = {{ socket = "{self.dir}/containerd.sock"; }}; }},\n'
                    f'  {{ name = "cni"; kind = "network"; file = "{plugins}/cni/.libs/cni.so"; config = {{ conf_dir = "{self.dir}/net.d"; }}; }} );\n')
        config = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "staticPodPath": self.dir + "/manifests", "podCIDR": "10.244.88.0/24",
                  "clusterDomain": "cluster.local", "failSwapOn": False, "podLogsDir": self.dir + "/logs", "cgroupRoot": "/" + self.name,
                  "evictionHard": {"memory.available": "1Mi"}, "imageGCHighThresholdPercent": 100}
        with open(self.dir + "/config.yaml", "w") as f:
            json.dump(config, f)

    def start_kubelet(self, *flags):
        log = open(self.dir + "/kubelet.log", "a")
        self.kubelet = subprocess.Popen(self.inside(
            self.build + "/kubelet", f"--kubeconfig={self.dir}/api/system:node:n1.conf", f"--config={self.dir}/config.yaml", f"--plugins={self.dir}/plugins.conf",
            f"--root-dir={self.dir}/kubelet", f"--cert-dir={self.dir}/pki", "--hostname-override=n1", "--allow-unowned-plugins", "--healthz-port=0",
            f"--client-ca-file={self.dir}/api/ca.crt", *flags), stdout=log, stderr=log)

    def stop_kubelet(self, number=signal.SIGTERM):
        self.kubelet.send_signal(number)
        self.kubelet.wait(20)

    # What tests speak in.
    def node_ready(self):
        def look():
            try:
                node = self.api.get("/api/v1/nodes/n1")
            except Failure:
                return None
            return node if condition(node, "Ready") == "True" else None
        return self.until(look, "the node to be Ready")

    def run(self, name, **spec):
        annotations = spec.pop("annotations", {})
        whole = {"nodeName": "n1", "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 2, **spec}
        for c in whole["containers"] + whole.get("initContainers", []):
            c.setdefault("image", IMAGE)
        return self.api.post(PODS, {"metadata": {"name": name, "annotations": annotations}, "spec": whole})

    def pod(self, name):
        return self.api.get(f"{PODS}/{name}")

    def wait(self, name, check, what, seconds=40):
        last = {}

        def look():
            nonlocal last
            last = self.pod(name)
            return check(last) and last
        try:
            return self.until(look, what, seconds)
        except AssertionError as e:
            raise AssertionError(f"{e}: {json.dumps(last.get('status'))}") from None

    def ready(self, name):
        return self.wait(name, lambda p: condition(p, "Ready") == "True", f"{name} to be Ready")

    def delete(self, name):
        begin = time.monotonic()
        self.api.call("DELETE", f"{PODS}/{name}")

        def gone():
            try:
                self.pod(name)
            except Failure as e:
                return e.status == 404
        self.until(gone, f"{name} to go")
        return time.monotonic() - begin

    def ended(self, name, seconds=40):
        return self.wait(name, lambda p: p["status"].get("phase") in ("Succeeded", "Failed"), f"{name} to end", seconds)

    def log(self, name, container="c"):
        return self.api.raw("GET", f"{PODS}/{name}/log?container={container}")[2].decode()

    def output(self, name, text, **spec):
        """What a shell says in a pod of its own; {volumeMounts, env, …} of the container stand in spec["c"]."""
        self.run(name, **{"restartPolicy": "Never", **{k: v for k, v in spec.items() if k != "c"}}, containers=[shell(text, **spec.get("c", {}))])
        self.ended(name)
        said, before = self.log(name), None
        while said != before:  # the runtime may still be writing what came last
            time.sleep(0.1)
            said, before = self.log(name), said
        self.api.call("DELETE", f"{PODS}/{name}", {"gracePeriodSeconds": 0})
        return said

    def events(self, name):
        return [(e["reason"], e["message"]) for e in self.api.get("/api/v1/namespaces/default/events")["items"] if e["involvedObject"]["name"] == name]

    def close(self):
        if self.kubelet:
            try:
                for p in self.api.get(PODS)["items"]:
                    if "kubernetes.io/config.mirror" not in p["metadata"].get("annotations", {}):
                        self.delete(p["metadata"]["name"])
                self.stop_kubelet()
            except (Failure, AssertionError, OSError):
                pass
        subprocess.run(self.inside(top + "/tests/lib/run-apiserver", "stop", self.dir + "/api"), check=False, stderr=subprocess.DEVNULL)
        tasks = subprocess.run(self.ctr + ["tasks", "ls", "-q"], check=False, capture_output=True, text=True).stdout.split()
        for task in tasks:
            subprocess.run(self.ctr + ["tasks", "kill", "-s", "KILL", task], check=False, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        for child in reversed(self.children):
            child.terminate()
            child.wait(20)
        self.holder.kill()
        self.holder.wait()
        for hierarchy in os.listdir("/sys/fs/cgroup"):
            for folder, _, _ in os.walk(f"/sys/fs/cgroup/{hierarchy}/{self.name}", topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass
        shutil.rmtree(self.dir, ignore_errors=True)


def condition(pod, name):
    return next((c["status"] for c in pod.get("status", {}).get("conditions", []) if c["type"] == name), None)


def container(pod, index=0, kind="containerStatuses"):
    return pod["status"].get(kind, [{}])[index]


def shell(text, **more):
    return {"name": "c", "command": ["/bin/sh", "-c", text], **more}


def forever(**more):
    return shell("trap 'exit 0' TERM; while true; do sleep 0.1; done", **more)


def main(cases):
    if os.geteuid() != 0 or not all(shutil.which(p) for p in ("containerd", "runc", "ctr", "ip", "nsenter")) or not os.path.exists("/usr/lib/cni/bridge"):
        print("kubelet: needs root, containerd, runc and the CNI programs")
        return 77
    cases = [(k[5:], v) for k, v in cases.items() if k.startswith("case_") and (not sys.argv[2:] or k[5:] in sys.argv[2:])]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended by `finally`
    node = Node(os.path.abspath(sys.argv[1]))
    passed = failed = 0
    try:
        for name, case in cases:
            try:
                case(node)
                passed += 1
                print(f"ok   {name}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAIL {name}", flush=True)
                traceback.print_exc(file=sys.stdout)
        if failed:
            with open(node.dir + "/kubelet.log") as f:
                print("".join(f.readlines()[-40:]))
    finally:
        node.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
