# SPDX-License-Identifier: Apache-2.0
"""Clients that work on the same few config maps at once and write down what they asked and were told, and when; watches beside them; and the
check that all of it fits one order of events.

What the check holds the API server to, whatever was killed meanwhile:
  * every watch sees the same changes in the order of their resource versions, none twice and none left out;
  * a change was asked for by somebody, and no write that was refused is among them;
  * a write that was acknowledged is there, at the version that the answer names;
  * a request that began after another had been answered is later: a write has the higher version, and get and list see what was before them;
  * a list is the state at one version."""
import bisect
import http.client
import json
import random
import threading
import time

from apiserver import Failure

LOST = (OSError, http.client.HTTPException)


class Operation:
    """One request. `version` is the answer's resource version; outcome: ok, refused (a status), or lost: nobody knows."""

    def __init__(self, kind, name=None, value=None, expected=None):
        self.kind, self.name, self.value, self.expected = kind, name, value, expected
        self.begin = self.end = self.version = self.found = self.uid = None
        self.outcome = "lost"

    def __repr__(self):
        return f"{self.kind} {self.name} value={self.value} expected={self.expected} -> {self.outcome} version={self.version} found={self.found}"


class Worker(threading.Thread):
    def __init__(self, client, path, names, number, seed, done):
        super().__init__(daemon=True)
        self.client, self.path, self.names, self.number, self.done = client, path, names, number, done
        client.attempts = 1  # what is lost must stay lost
        self.random, self.operations, self.versions, self.unexpected = random.Random(f"{seed}-{number}"), [], {}, []

    def run(self):
        while not self.done.is_set():
            kind = self.random.choice(("create", "update", "update", "swap", "swap", "delete", "get", "get", "list"))
            operation = Operation(kind, self.random.choice(self.names), f"{self.number}-{len(self.operations)}")
            self.operations.append(operation)
            operation.begin = time.monotonic()
            try:
                getattr(self, kind)(operation)
                operation.outcome = "ok"
            except Failure as failure:
                # Refusals of which it is certain that nothing was done; after any other it may have been.
                if failure.status in (404, 409, 422, 429, 507):
                    operation.outcome = failure.status
                elif failure.status not in (500, 503, 504):
                    self.unexpected.append(str(failure))
            except LOST:
                pass
            operation.end = time.monotonic()
            if operation.outcome == "lost":
                time.sleep(0.05)

    def request(self, method, operation, body=None, listing=False):
        path = self.path if listing else f"{self.path}/{operation.name}"
        answer = self.client.call(method, path, body)
        operation.version = int(answer["metadata"].get("resourceVersion", 0)) or None
        return answer

    def map(self, operation):
        return {"metadata": {"name": operation.name}, "data": {"v": operation.value}}

    def create(self, operation):
        self.request("POST", operation, self.map(operation), listing=True)
        self.versions[operation.name] = operation.version

    def update(self, operation):
        self.request("PUT", operation, self.map(operation))
        self.versions[operation.name] = operation.version

    def swap(self, operation):
        """An update of the version that this client knows, if it does."""
        body = self.map(operation)
        operation.expected = self.versions.get(operation.name)
        if operation.expected:
            body["metadata"]["resourceVersion"] = str(operation.expected)
        self.request("PUT", operation, body)
        self.versions[operation.name] = operation.version

    def delete(self, operation):
        answer = self.request("DELETE", operation)
        operation.uid = answer.get("details", answer["metadata"]).get("uid")
        operation.version = None

    def get(self, operation):
        operation.found = self.request("GET", operation)["data"]["v"]
        self.versions[operation.name] = operation.version

    def list(self, operation):
        answer = self.request("GET", operation, listing=True)
        operation.found = {i["metadata"]["name"]: int(i["metadata"]["resourceVersion"]) for i in answer["items"] if "v" in (i.get("data") or {})}


class Watcher(threading.Thread):
    """Follows the folder of config maps, and goes on where it was when the connection ends. `parts` are the stretches without a relist."""

    def __init__(self, client, path, version, done):
        super().__init__(daemon=True)
        self.client, self.path, self.version, self.done = client, path, version, done
        self.parts, self.unexpected = [(version, [])], []

    def run(self):
        while not self.done.is_set():
            try:
                self.follow()
            except LOST + (ValueError, AttributeError):
                time.sleep(0.02)
            except Failure as failure:
                if failure.status not in (429, 500, 503, 504):
                    self.unexpected.append(f"watch: {failure}")
                time.sleep(0.05)

    def follow(self):
        connection = self.client.connect(timeout=2)
        try:
            connection.request("GET", f"{self.path}?watch=1&allowWatchBookmarks=true&resourceVersion={self.version}")
            answer = connection.getresponse()
            if answer.status == 410:
                return self.relist()
            if answer.status != 200:
                raise Failure(answer.status, answer.read().decode(errors="replace"))
            for line in answer:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    if event["object"].get("code") == 410:
                        return self.relist()
                    raise Failure(event["object"].get("code", 500), event["object"])
                self.note(event)
                if self.done.is_set():
                    return None
            return None
        finally:
            connection.close()

    def note(self, event):
        meta = event["object"]["metadata"]
        self.version = int(meta["resourceVersion"])
        if event["type"] != "BOOKMARK":
            self.parts[-1][1].append((self.version, event["type"], meta["name"], (event["object"].get("data") or {}).get("v"), meta["uid"]))

    def relist(self):
        self.version = int(self.client.get(self.path)["metadata"]["resourceVersion"])
        self.parts.append((self.version, []))


class Recorder:
    """Workers and watches on one namespace of a server. stop() ends them when the watches have come to the newest version."""

    def __init__(self, server, seed, workers=4, watchers=2, names=5):
        namespace = server.namespace()
        self.server, self.path = server, f"/api/v1/namespaces/{namespace}/configmaps"
        self.done, self.ending = threading.Event(), threading.Event()
        self.start_version = int(server.admin.get(self.path)["metadata"]["resourceVersion"])
        names = [f"m{i}" for i in range(names)]
        self.workers = [Worker(server.client("admin"), self.path, names, i, seed, self.done) for i in range(workers)]
        self.watchers = [Watcher(server.client("admin"), self.path, self.start_version, self.ending) for _ in range(watchers)]
        for thread in self.workers + self.watchers:
            thread.start()

    def acknowledged(self):
        return sum(1 for w in self.workers for o in w.operations if o.outcome == "ok")

    def stop(self):
        self.done.set()
        for worker in self.workers:
            worker.join(60)
        last = int(self.server.admin.post(self.path, {"metadata": {"name": "last"}, "data": {"v": "last"}})["metadata"]["resourceVersion"])
        until = time.monotonic() + 30
        while any(w.version < last for w in self.watchers) and time.monotonic() < until:
            time.sleep(0.02)
        self.ending.set()
        for watcher in self.watchers:
            watcher.join(10)
        late = [w.version for w in self.watchers if w.version < last]
        assert not late, f"a watch stays at {late}, the newest version is {last}"
        return check([o for w in self.workers for o in w.operations], [w.parts for w in self.watchers],
                     [u for t in self.workers + self.watchers for u in t.unexpected])


class Key:
    """The states of one map: from versions[i] on values[i], None: absent."""

    def __init__(self, start):
        self.versions, self.values, self.uids = [start], [None], [None]

    def at(self, version):
        return bisect.bisect_right(self.versions, version) - 1

    def was(self, holds, low):
        """Did it hold at some version from `low` on?"""
        return any(holds(i) for i in range(max(self.at(low), 0), len(self.versions)))


def order_of(parts, complaints):
    """The changes that the watches brought, one list; each watch must have all of them from where it begins to where it ends."""
    changes = {}
    for watch in parts:
        for _, events in watch:
            for event in events:
                known = changes.setdefault(event[0], event)
                if known != event:
                    complaints.append(f"two watches, two events: {known}, {event}")
    order = [changes[version] for version in sorted(changes)]
    for watch in parts:
        for start, events in watch:
            expected = [e for e in order if start < e[0] <= (events[-1][0] if events else start)]
            if events != expected:
                seen = {e[0] for e in events}
                missing = [e for e in expected if e[0] not in seen][:3]
                complaints.append(f"a watch from {start} skipped or repeated: {len(events)} events, not {len(expected)}; missing {missing}")
    return order


def keys_of(order, complaints):
    keys = {}
    for version, kind, name, value, uid in order:
        key = keys.setdefault(name, Key(0))
        absent = key.values[-1] is None
        if (kind == "ADDED") != absent:
            complaints.append(f"{kind} of {name} at {version}, which was {'absent' if absent else 'there'}")
        key.versions.append(version)
        key.values.append(None if kind == "DELETED" else value)
        key.uids.append(uid)
    return keys


def check_writes(operations, order, complaints):
    written = {o.value: o for o in operations if o.kind in ("create", "update", "swap")}
    at = {version: (kind, name, value) for version, kind, name, value, _ in order}
    values = set()
    for version, kind, name, value, _ in order:
        operation = written.get(value)
        if kind == "DELETED" or value == "last":
            continue
        if not operation or operation.name != name or (operation.outcome not in ("ok", "lost")):
            complaints.append(f"{name} became {value} at {version}, which nobody wrote: {operation}")
        elif value in values:
            complaints.append(f"{name} became {value} twice, again at {version}")
        elif operation.outcome == "lost":
            operation.version = version
        values.add(value)
    for operation in written.values():
        if operation.outcome == "ok" and at.get(operation.version, (0, 0, 0))[1:] != (operation.name, operation.value):
            complaints.append(f"acknowledged, but not there: {operation}")
    deleted = {uid: version for version, kind, _, _, uid in order if kind == "DELETED"}
    for operation in operations:
        if operation.kind == "delete" and operation.outcome == "ok":
            operation.version = deleted.get(operation.uid)
            if not operation.version:
                complaints.append(f"acknowledged, but not gone: {operation}")


def fits(operation, key, low):
    """Can its answer be, `low` being the newest version of which somebody had been told before it began?"""
    kind, outcome = operation.kind, operation.outcome
    if kind == "get" and outcome == "ok":
        return key.was(lambda i: key.versions[i] == operation.version and key.values[i] == operation.found, low)
    if outcome == 404:
        return key.was(lambda i: key.values[i] is None, low)
    if outcome == 409 and kind == "create":
        return key.was(lambda i: key.values[i] is not None, low)
    if outcome == 409 and operation.expected:
        return key.was(lambda i: key.versions[i] != operation.expected, low)
    return True


def check_times(operations, keys, complaints):
    """Goes through beginnings and ends in order of time."""
    moments = sorted([(o.begin, 0, i) for i, o in enumerate(operations)] + [(o.end, 1, i) for i, o in enumerate(operations) if o.end is not None])
    low, lows = 0, {}
    for _, is_end, i in moments:
        if not is_end:
            lows[i] = low
        elif operations[i].outcome == "ok" and operations[i].version:
            low = max(low, operations[i].version)
    for i, operation in enumerate(operations):
        writes = operation.kind in ("create", "update", "swap", "delete")
        if operation.outcome == "ok" and operation.version and writes and operation.version <= lows[i]:
            complaints.append(f"version {lows[i]} was known before it began: {operation}")
        key = keys.get(operation.name, Key(0))
        if operation.kind == "list" and operation.outcome == "ok":
            state = {n: k.versions[k.at(operation.version)] for n, k in keys.items() if k.values[k.at(operation.version)] is not None}
            if operation.version < lows[i] or state != operation.found:
                complaints.append(f"a list at {operation.version} ({lows[i]} was known) is not the state then: {operation.found}, {state}")
        elif not fits(operation, key, lows[i]):
            complaints.append(f"the answer does not fit, {lows[i]} being known: {operation}")


def check(operations, parts, unexpected):
    complaints = list(unexpected)
    operations = [o for o in operations if o.begin is not None]
    order = order_of(parts, complaints)
    keys = keys_of(order, complaints)
    check_writes(operations, order, complaints)
    check_times(operations, keys, complaints)
    assert not complaints, f"{len(complaints)} complaints:\n  " + "\n  ".join(complaints[:10])
    outcomes = {k: sum(1 for o in operations if o.outcome == k) for k in ("ok", "lost")}
    return f"{len(operations)} requests, {outcomes['ok']} acknowledged, {outcomes['lost']} lost; {len(order)} changes; " \
           f"{sum(len(w) - 1 for w in parts)} relists"
