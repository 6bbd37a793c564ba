# SPDX-License-Identifier: Apache-2.0
"""Subresources that lead to a node, with a kubelet of our own making behind them."""
import base64
import http.client
import http.server
import json
import socket
import ssl
import threading
import time

from apiserver import Failure, refused, wait_for


class Kubelet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def log_message(self, *args):
        pass

    def do_GET(self):
        Kubelet.seen.append((self.command, self.path, dict(self.headers), self.connection.getpeercert()))
        if self.headers.get("Upgrade"):
            self.tunnel()
        elif "/waiting/" in self.path or self.path.startswith("/containerLogs") and "previous=true" in self.path:
            self.answer(400, b'previous terminated container "c" not found')
        elif "follow=true" in self.path:
            self.follow()
        elif self.path.startswith("/moved"):
            self.answer(302, b"", Location="/here?a=b")
        elif "big" in self.path:
            self.answer(200, b"x" * 5000000)
        else:
            self.answer(200, b"line 1\nline 2\n")

    do_POST = do_GET

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def follow(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for i in range(1000):
                line = b"line %d\n" % i
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            Kubelet.seen.append(("GONE", self.path, {}, None))

    def tunnel(self):
        """Echoes what comes, in upper case, until the client ends."""
        if self.headers["Upgrade"] == "websocket":
            self.answer(403, b"no websockets here")
            return
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", self.headers["Upgrade"])
        self.send_header("X-Stream-Protocol-Version", "v4.channel.k8s.io")
        self.end_headers()
        self.close_connection = True
        try:
            while data := self.connection.recv(65536):
                self.connection.sendall(data.upper())
        except OSError:
            pass


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def start(s, ns):
    """A kubelet, its node, and a pod on it; the address of the pods."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=s.path("ca.crt"))
    context.load_cert_chain(s.path("server.crt"), s.path("server.key"))
    context.verify_mode = ssl.CERT_OPTIONAL
    server = QuietServer(("127.0.0.1", 0), Kubelet)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    node = "node-" + ns
    s.admin.post("/api/v1/nodes", {"metadata": {"name": node}, "status": {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}], "daemonEndpoints": {"kubeletEndpoint": {"Port": server.server_port}}}})
    base = f"/api/v1/namespaces/{ns}/pods"
    s.admin.post(base, {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "i"}]}})
    s.admin.post(base + "/p/binding", {"target": {"kind": "Node", "name": node}})
    Kubelet.seen.clear()
    return server, base


def text(s, path):
    status, _, body = s.admin.raw("GET", path)
    return status, body


def case_logs(s):
    ns = s.namespace()
    server, base = start(s, ns)
    try:
        assert text(s, base + "/p/log?container=c&tailLines=5&timestamps=true") == (200, b"line 1\nline 2\n")
        _, path, headers, certificate = Kubelet.seen[-1]
        assert path == f"/containerLogs/{ns}/p/c?tailLines=5&timestamps=true", path
        assert ("commonName", "kube-apiserver-kubelet-client") in [pair for part in certificate["subject"] for pair in part]
        assert "Authorization" not in headers
        body = refused(400, s.admin.get, base + "/p/log")
        assert body["message"] == "a container name must be specified for pod p, choose one of: [c d]"
        refused(400, s.admin.get, base + "/p/log?container=z")
        refused(422, s.admin.get, base + "/p/log?container=c&tailLines=-1")
        refused(404, s.admin.get, base + "/none/log")
        body = refused(400, s.admin.get, base + "/p/log?container=c&previous=true")
        assert body["message"] == 'previous terminated container "c" not found' and body["reason"] == "BadRequest"
        s.admin.post(base, {"metadata": {"name": "q"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
        assert text(s, base + "/q/log") == (200, b""), "a pod without a node has logged nothing"
    finally:
        server.shutdown()


def frames(answer):
    """(opcode, bytes) of each frame of a WebSocket, through its close."""
    while True:
        opcode, length = answer.read(1)[0] & 0x0f, answer.read(1)[0]
        if length >= 126:
            length = int.from_bytes(answer.read(2 if length == 126 else 8), "big")
        yield opcode, answer.read(length)
        if opcode == 8:
            return


def websocket(s, path, protocols, client=None):
    """The answer's head, and its connection as a file."""
    connection = (client or s.admin).connect()
    connection.putrequest("GET", path)
    for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                        *(("Sec-WebSocket-Protocol", p) for p in protocols)):
        connection.putheader(name, value)
    connection.endheaders()
    file = connection.sock.makefile("rb")
    status = int(file.readline().split()[1])
    headers = http.client.parse_headers(file)
    return status, headers, file


def case_logs_over_a_websocket(s):
    ns = s.namespace()
    server, base = start(s, ns)
    log = base + "/p/log?container=c"
    try:
        for protocols, chosen, opcode, decode in (((), None, 2, bytes), (("binary.k8s.io",), "binary.k8s.io", 2, bytes),
                                                  (("other", "x, base64.binary.k8s.io"), "base64.binary.k8s.io", 1, base64.b64decode)):
            status, headers, file = websocket(s, log, protocols)
            assert status == 101 and headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" and headers["Sec-WebSocket-Protocol"] == chosen, (status, headers.items())
            got = list(frames(file))
            assert b"".join(decode(data) for code, data in got if code == opcode) == b"line 1\nline 2\n", got
            assert got[-1] == (8, b"\x03\xe8") and file.read() == b""
        assert "Upgrade" not in Kubelet.seen[-1][2], "the kubelet is asked for a plain log"
        assert websocket(s, log, ("v5.channel.k8s.io",))[0] == 403
        assert websocket(s, log + "&previous=true", ("binary.k8s.io",))[0] == 400
        status, _, file = websocket(s, log + "&follow=true", ("binary.k8s.io",))
        assert status == 101 and next(frames(file)) == (2, b"line 0\n")
        file.close()
    finally:
        server.shutdown()


def case_watch_over_a_websocket(s):
    """As dashboards in browsers watch: an event is a message."""
    base = f"/api/v1/namespaces/{s.namespace()}/configmaps"
    s.admin.post(base, {"metadata": {"name": "a"}})
    for protocols, chosen in (((), None), (("base64.binary.k8s.io",), "base64.binary.k8s.io")):
        status, headers, file = websocket(s, base + "?watch=1&timeoutSeconds=2&allowWatchBookmarks=true", protocols)
        assert (status, headers["Sec-WebSocket-Protocol"], headers["Sec-WebSocket-Accept"]) == (101, chosen, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), headers.items()
        got = frames(file)
        opcode, first = next(got)
        assert opcode == 1 and json.loads(first)["type"] == "ADDED" and json.loads(first)["object"]["metadata"]["name"] == "a", first
        s.admin.patch(base + "/a", {"data": {"k": str(chosen)}})
        event = json.loads(next(got)[1])
        assert event["type"] == "MODIFIED" and event["object"]["data"] == {"k": str(chosen)}, event
        rest = list(got)
        assert json.loads(rest[0][1])["type"] == "BOOKMARK" and rest[-1] == (8, b"\x03\xe8") and file.read() == b"", rest
    assert websocket(s, base + "?watch=1&resourceVersion=x", ())[0] == 400
    assert websocket(s, "/api/v1/componentstatuses?watch=1", ())[0] == 405


def case_a_websockets_pings_and_close(s):
    base = f"/api/v1/namespaces/{s.namespace()}/configmaps"
    for sent, status in ((b"\x88\x80\0\0\0\0", b"\x03\xe8"), (b"\x88\0", b"\x03\xea")):  # masked, as a client's frames must be, and not
        client = s.admin.connect()
        client.putrequest("GET", base + "?watch=1")
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")):
            client.putheader(name, value)
        client.endheaders()
        file = client.sock.makefile("rb")
        assert b"101" in file.readline() and http.client.parse_headers(file)
        client.sock.sendall(b"\x89\x82\0\0\0\0hi" + sent)
        assert list(frames(file)) == [(10, b"hi"), (8, status)] and file.read() == b""


def case_a_token_among_the_protocols(s):
    """Browsers have no other place for it."""
    ns = s.namespace()
    server, base = start(s, ns)
    try:
        token = s.admin.post(f"/api/v1/namespaces/{ns}/serviceaccounts/default/token", {"spec": {}})["status"]["token"]
        s.admin.post(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
            "metadata": {"name": "all"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": ns}]})
        bearer = "base64url.bearer.authorization.k8s.io." + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
        maps = f"/api/v1/namespaces/{ns}/configmaps?watch=1&timeoutSeconds=1"
        status, headers, _ = websocket(s, maps, (bearer + ", base64.binary.k8s.io",), s.anonymous())
        assert (status, headers["Sec-WebSocket-Protocol"]) == (101, "base64.binary.k8s.io"), (status, headers.items())
        assert websocket(s, maps, (bearer,), s.anonymous())[0] in (401, 403), "by itself it is nothing"
        assert websocket(s, maps, (bearer[:-3] + "AAA", "x"), s.anonymous())[0] == 401
        websocket(s, base + "/p/exec?container=c&command=x&stdout=true", (bearer, "v4.channel.k8s.io"), s.anonymous())
        assert Kubelet.seen[-1][2]["sec-websocket-protocol"] == "v4.channel.k8s.io", "the kubelet was shown the token"
    finally:
        server.shutdown()


def case_logs_follow(s):
    server, base = start(s, s.namespace())
    try:
        connection = s.admin.connect()
        connection.request("GET", base + "/p/log?container=c&follow=true")
        answer = connection.getresponse()
        assert [answer.readline() for _ in range(3)] == [b"line 0\n", b"line 1\n", b"line 2\n"], "lines come as they are written"
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()
        wait_for(lambda: Kubelet.seen[-1][0] == "GONE")
    finally:
        server.shutdown()


def upgrade(s, path, protocol):
    connection = s.admin.connect()
    connection.request("POST", path, headers={"Connection": "Upgrade", "Upgrade": protocol, "X-Stream-Protocol-Version": "v4.channel.k8s.io"})
    raw = connection.sock
    answer = http.client.HTTPResponse(raw, method="POST")
    answer.begin()
    return raw, answer


def case_exec_tunnel(s):
    ns = s.namespace()
    server, base = start(s, ns)
    try:
        raw, answer = upgrade(s, base + "/p/exec?command=ls&command=-l&container=d&stdin=true&stdout=true&tty=false", "SPDY/3.1")
        assert answer.status == 101 and answer.headers["Upgrade"] == "SPDY/3.1" and answer.headers["X-Stream-Protocol-Version"] == "v4.channel.k8s.io"
        path = Kubelet.seen[-1][1]
        assert path == f"/exec/{ns}/p/d?command=ls&command=-l&input=1&output=1", path
        raw.sendall(b"hello")
        assert raw.recv(100) == b"HELLO"
        big = b"abcdefgh" * 262144
        got = bytearray()
        sender = threading.Thread(target=raw.sendall, args=(big,), daemon=True)
        sender.start()
        while len(got) < len(big):
            got += raw.recv(65536)
        assert bytes(got) == big.upper(), "two megabytes through the tunnel and back"
        raw.close()
        raw, answer = upgrade(s, base + "/p/portforward?ports=80", "SPDY/3.1")
        assert answer.status == 101 and Kubelet.seen[-1][1] == f"/portForward/{ns}/p?port=80"
        raw.close()
        _, answer = upgrade(s, base + "/p/attach?container=c&stdout=true", "websocket")
        assert answer.status == 403
        refused(400, s.admin.post, base + "/p/exec?container=c&command=ls", None)
        refused(405, s.admin.put, base + "/p/exec", {})
    finally:
        server.shutdown()


def case_node_and_pod_proxy(s):
    ns = s.namespace()
    server, base = start(s, ns)
    try:
        assert text(s, f"/api/v1/nodes/node-{ns}/proxy/some/path?a=b") == (200, b"line 1\nline 2\n")
        assert Kubelet.seen[-1][1] == "/some/path?a=b"
        status, body = text(s, f"/api/v1/nodes/node-{ns}/proxy/big")
        assert status == 200 and len(body) == 5000000
        s.admin.patch(base + "/p/status", {"status": {"podIP": "127.0.0.1"}})
        assert text(s, f"{base}/https:p:{server.server_port}/proxy/x")[0] == 200
        refused(404, s.admin.get, base + "/none/proxy/")
        refused(404, s.admin.get, base + "/none/proxy")
        # Links of a page stay below it, and so do redirects.
        root = f"{base}/https:p:{server.server_port}/proxy"
        for method in ("GET", "HEAD"):
            status, headers, _ = s.admin.raw(method, root + "?a=b")
            assert status == 301 and headers["Location"] == root + "/?a=b", (method, status)
        assert s.admin.raw("POST", root)[0] == 200 and Kubelet.seen[-1][:2] == ("POST", "/")
        status, headers, _ = s.admin.raw("GET", root + "/moved")
        assert status == 302 and headers["Location"] == root + "/here?a=b", headers["Location"]
    finally:
        server.shutdown()


def case_what_is_called_proxy(s):
    """A namespace and a pod of that name: what is passed on begins behind the subresource."""
    ns = f"proxy-{s.namespace()}"
    s.admin.post("/api/v1/namespaces", {"metadata": {"name": ns}})
    s.admin.post(f"/api/v1/namespaces/{ns}/serviceaccounts", {"metadata": {"name": "default"}})
    server, base = start(s, ns)
    try:
        s.admin.post(base, {"metadata": {"name": "proxy"}, "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}})
        s.admin.patch(base + "/proxy/status", {"status": {"podIP": "127.0.0.1"}})
        assert text(s, f"{base}/https:proxy:{server.server_port}/proxy/proxy/x?y")[0] == 200
        assert Kubelet.seen[-1][1] == "/proxy/x?y", Kubelet.seen[-1]
    finally:
        server.shutdown()


def case_unreachable_node(s):
    server, base = start(s, s.namespace())
    server.shutdown()
    server.server_close()
    try:
        s.admin.get(base + "/p/log?container=c")
        raise AssertionError("it was answered")
    except Failure as failure:
        assert failure.status in (500, 503) and "127.0.0.1" in failure.body["message"], failure
