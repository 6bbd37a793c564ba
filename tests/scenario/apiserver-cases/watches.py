# SPDX-License-Identifier: Apache-2.0
"""Watches: what is told, in which order, and how they resume and end."""
import time

from apiserver import Server, refused, wait_for


def maps(s):
    return f"/api/v1/namespaces/{s.namespace()}/configmaps"


def brief(event):
    return event["type"], event["object"]["metadata"]["name"]


def case_watch_changes(s):
    base = maps(s)
    revision = s.admin.get(base)["metadata"]["resourceVersion"]
    w = s.admin.watch(base + f"?watch=1&resourceVersion={revision}")
    made = s.admin.post(base, {"metadata": {"name": "a"}})
    s.admin.patch(base + "/a", {"data": {"k": "v"}})
    s.admin.delete(base + "/a")
    events = [w.next() for _ in range(3)]
    assert [e["type"] for e in events] == ["ADDED", "MODIFIED", "DELETED"]
    assert events[0]["object"] == made
    assert events[2]["object"]["data"] == {"k": "v"}
    revisions = [int(e["object"]["metadata"]["resourceVersion"]) for e in events]
    assert revisions == sorted(set(revisions)), "a deletion has a revision of its own"
    w.close()
    again = s.admin.watch(base + f"?watch=1&resourceVersion={revisions[0]}")
    assert [again.next()["type"] for _ in range(2)] == ["MODIFIED", "DELETED"]
    again.close()


def case_watch_begins_with_state(s):
    base = maps(s)
    s.admin.post(base, {"metadata": {"name": "a"}})
    s.admin.post(base, {"metadata": {"name": "b"}})
    for query in ("", "&resourceVersion=0"):
        w = s.admin.watch(base + "?watch=1" + query)
        assert [brief(w.next()) for _ in range(2)] == [("ADDED", "a"), ("ADDED", "b")]
        w.close()
    w = s.admin.watch(base + "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan")
    assert [brief(w.next()) for _ in range(2)] == [("ADDED", "a"), ("ADDED", "b")]
    mark = w.next()
    assert mark["type"] == "BOOKMARK" and mark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true"
    s.admin.post(base, {"metadata": {"name": "c"}})
    assert brief(w.next()) == ("ADDED", "c")
    w.close()
    refused(422, s.admin.get, base + "?watch=1&sendInitialEvents=true")


def case_watch_selectors(s):
    base = maps(s)
    s.admin.post(base, {"metadata": {"name": "a", "labels": {"in": "yes"}}})
    revision = s.admin.post(base, {"metadata": {"name": "b"}})["metadata"]["resourceVersion"]
    w = s.admin.watch(base + f"?watch=1&resourceVersion={revision}&labelSelector=in%3Dyes")
    s.admin.patch(base + "/b", {"metadata": {"labels": {"in": "yes"}}})
    s.admin.patch(base + "/b", {"data": {"k": "1"}})
    s.admin.patch(base + "/b", {"metadata": {"labels": {"in": "no"}}})
    s.admin.patch(base + "/b", {"data": {"k": "2"}})
    s.admin.patch(base + "/a", {"data": {"k": "3"}})
    got = [w.next() for _ in range(4)]
    assert [brief(e) for e in got] == [("ADDED", "b"), ("MODIFIED", "b"), ("DELETED", "b"), ("MODIFIED", "a")]
    assert got[2]["object"]["metadata"]["labels"]["in"] == "yes", "it is told as it was when it still matched"
    w.close()
    one = s.admin.watch(base + f"?watch=1&resourceVersion={revision}&fieldSelector=metadata.name%3Da")
    assert brief(one.next()) == ("MODIFIED", "a")
    one.close()


def case_watch_pods_of_a_node(s):
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/pods"
    w = s.admin.watch(f"/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dnode-{ns}")
    s.admin.post(base, {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
    s.admin.post(base + "/p/binding", {"target": {"kind": "Node", "name": "node-" + ns}})
    assert brief(w.next()) == ("ADDED", "p")
    s.admin.delete(base + "/p?gracePeriodSeconds=0")
    assert [w.next()["type"] for _ in range(1)] == ["DELETED"]
    w.close()


def case_watch_goes_on_over_a_restart(s):
    base = maps(s)
    first = s.admin.post(base, {"metadata": {"name": "a"}})["metadata"]["resourceVersion"]
    s.admin.post(base, {"metadata": {"name": "b"}})
    s.admin.patch(base + "/b", {"data": {"k": "v"}})
    s.kill()
    s.restart()
    s.admin.delete(base + "/b")
    w = s.admin.watch(base + f"?watch=1&resourceVersion={first}")
    got = [brief(w.next()) for _ in range(3)]
    assert got == [("ADDED", "b"), ("MODIFIED", "b"), ("DELETED", "b")], got
    w.close()


def case_what_is_compacted_is_gone(s):
    """Its own server: history is kept for a second."""
    server = Server(s.build, ["--etcd-compaction-interval=1s"])
    try:
        base = maps(server)
        for i in range(4):
            server.admin.post(base, {"metadata": {"name": f"c{i}"}})
        page = server.admin.get(base + "?limit=2")["metadata"]
        for i in range(3):
            server.admin.patch(base + "/c3", {"data": {"k": str(i)}})
        time.sleep(4)
        server.admin.patch(base + "/c3", {"data": {"k": "last"}})
        server.kill()
        server.restart()
        w = server.admin.watch(base + f"?watch=1&resourceVersion={page['resourceVersion']}")
        event = w.next()
        assert w.status == 200 and event["type"] == "ERROR" and event["object"]["code"] == 410 and event["object"]["reason"] == "Expired", event
        assert w.next() is None
        w.close()
        body = refused(410, server.admin.get, base + f"?resourceVersion={page['resourceVersion']}&resourceVersionMatch=Exact")
        assert body["reason"] == "Expired"
        body = refused(410, server.admin.get, base + f"?limit=2&continue={page['continue']}")
        assert body["reason"] == "Expired" and "continue parameter is too old" in body["message"]
        rest = server.admin.get(base + f"?limit=2&continue={body['metadata']['continue']}")
        assert [i["metadata"]["name"] for i in rest["items"]] == ["c2", "c3"] and rest["items"][1]["data"]["k"] == "last"
        assert server.stop() == 0
    finally:
        server.remove()


def case_watch_timeout(s):
    base = maps(s)
    began = time.monotonic()
    w = s.admin.watch(base + "?watch=1&timeoutSeconds=1")
    assert w.next() is None and time.monotonic() - began < 8
    w.close()


def case_watch_ends_with_a_bookmark(s):
    """So that whoever goes on need not hear again what happened to others."""
    base = maps(s)
    revision = int(s.admin.post(base, {"metadata": {"name": "a"}})["metadata"]["resourceVersion"])
    w = s.admin.watch(base + f"?watch=1&timeoutSeconds=2&allowWatchBookmarks=true&resourceVersion={revision}")
    elsewhere = int(s.admin.post(maps(s), {"metadata": {"name": "b"}})["metadata"]["resourceVersion"])
    mark = w.next()
    assert mark["type"] == "BOOKMARK" and set(mark["object"]["metadata"]) <= {"resourceVersion", "creationTimestamp"}, mark
    assert int(mark["object"]["metadata"]["resourceVersion"]) >= elsewhere > revision
    assert w.next() is None
    w.close()


def case_one_object_is_not_watched_by_its_path(s):
    base = maps(s)
    s.admin.post(base, {"metadata": {"name": "a"}})
    assert s.admin.get(base + "/a?watch=true")["metadata"]["name"] == "a"
    w = s.admin.watch(base.replace("/api/v1/", "/api/v1/watch/") + "/a")
    assert brief(w.next()) == ("ADDED", "a")
    w.close()


def case_watch_table_and_metadata(s):
    base = maps(s)
    table = s.admin.watch(base + "?watch=1", accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    partial = s.admin.watch(base + "?watch=1", accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")
    s.admin.post(base, {"metadata": {"name": "a"}, "data": {"k": "v"}})
    s.admin.post(base, {"metadata": {"name": "b"}, "data": {"k": "v"}})
    first, second = table.next()["object"], table.next()["object"]
    assert first["kind"] == "Table" and first["columnDefinitions"] and first["rows"][0]["cells"][0] == "a"
    assert not second["columnDefinitions"] and second["rows"][0]["cells"][0] == "b"
    metadata = partial.next()["object"]
    assert metadata["kind"] == "PartialObjectMetadata" and "data" not in metadata
    table.close()
    partial.close()


def case_slow_watch_catches_up(s):
    """A client that does not read while much happens misses nothing, or is told that it did."""
    base = maps(s)
    connection = s.admin.connect()
    connection.request("GET", base + "?watch=1&resourceVersion=0")
    answer = connection.getresponse()
    for i in range(60):
        s.admin.post(base, {"metadata": {"name": f"c{i}"}, "data": {"k": "x" * 60000}})
    import json
    got = []
    while len(got) < 60:
        event = json.loads(answer.readline())
        assert event["type"] == "ADDED"
        got.append(event["object"]["metadata"]["name"])
    assert got == [f"c{i}" for i in range(60)]
    connection.close()


def case_many_watches(s):
    base = maps(s)
    watches = [s.admin.watch(base + "?watch=1&resourceVersion=0") for _ in range(50)]
    for i in range(20):
        s.admin.post(base, {"metadata": {"name": f"c{i:02}"}})
    for w in watches:
        assert [w.next()["object"]["metadata"]["name"] for _ in range(20)] == [f"c{i:02}" for i in range(20)]
        w.close()
    s.admin.post(base, {"metadata": {"name": "last"}})
    wait_for(lambda: b'resource="configmaps",scope="",subresource="",verb="WATCH",version="v1"} 0\n' in s.admin.raw("GET", "/metrics")[2])
