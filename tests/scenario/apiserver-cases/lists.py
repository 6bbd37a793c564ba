# SPDX-License-Identifier: Apache-2.0
"""Lists: order, selectors, pages, revisions, tables, metadata alone."""
import gzip

from apiserver import refused

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def fill(s, count, **data):
    base = f"/api/v1/namespaces/{s.namespace()}/configmaps"
    for i in range(count):
        s.admin.post(base, {"metadata": {"name": f"c{i:03}", "labels": {"n": str(i), "even": str(i % 2 == 0)}}, "data": data})
    return base


def names(answer):
    return [i["metadata"]["name"] for i in answer["items"]]


def case_list_order_and_selectors(s):
    base = fill(s, 12)
    answer = s.admin.get(base)
    assert answer["kind"] == "ConfigMapList" and answer["apiVersion"] == "v1"
    assert names(answer) == [f"c{i:03}" for i in range(12)]
    assert "kind" not in answer["items"][0] and answer["items"][0]["metadata"]["resourceVersion"]
    assert names(s.admin.get(base + "?labelSelector=even%3DTrue,n!%3D2")) == ["c000", "c004", "c006", "c008", "c010"]
    assert names(s.admin.get(base + "?labelSelector=n+in+(1,3)")) == ["c001", "c003"]
    assert names(s.admin.get(base + "?fieldSelector=metadata.name%3Dc005")) == ["c005"]
    assert names(s.admin.get(base + "?fieldSelector=metadata.name!%3Dc005")) == [f"c{i:03}" for i in range(12) if i != 5]
    assert names(s.admin.get("/api/v1/configmaps?fieldSelector=metadata.name%3Dc005")).count("c005") >= 1


def case_pages(s):
    base = fill(s, 10)
    seen, token, revision = [], "", None
    while True:
        answer = s.admin.get(base + f"?limit=3&continue={token}")
        revision = revision or answer["metadata"]["resourceVersion"]
        assert answer["metadata"]["resourceVersion"] == revision, "all pages show one state"
        seen += names(answer)
        token = answer["metadata"].get("continue", "")
        if not token:
            assert "remainingItemCount" not in answer["metadata"]
            break
        assert answer["metadata"]["remainingItemCount"] == 10 - len(seen)
        s.admin.delete(base + f"/c{len(seen):03}")
        s.admin.post(base, {"metadata": {"name": f"c{len(seen):03}x"}})
    assert seen == [f"c{i:03}" for i in range(10)]
    answer = s.admin.get(base + "?limit=3&labelSelector=even")
    assert "remainingItemCount" not in answer["metadata"] and answer["metadata"]["continue"]
    for bad in ("garbage", "e30", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIvLi4vIn0"):
        refused(400, s.admin.get, base + "?limit=3&continue=" + bad)


def case_list_revisions(s):
    base = fill(s, 2)
    first = s.admin.get(base)
    revision = first["metadata"]["resourceVersion"]
    s.admin.post(base, {"metadata": {"name": "later"}})
    assert names(s.admin.get(base + f"?resourceVersion={revision}&resourceVersionMatch=Exact")) == ["c000", "c001"]
    assert names(s.admin.get(base + f"?resourceVersion={revision}&resourceVersionMatch=NotOlderThan")) == ["c000", "c001", "later"]
    assert names(s.admin.get(base + "?resourceVersion=0")) == ["c000", "c001", "later"]
    assert names(s.admin.get(base + f"?resourceVersion={revision}&limit=5")) == ["c000", "c001"]
    body = refused(504, s.admin.get, base + "?resourceVersion=999999999")
    assert body["reason"] == "Timeout" and body["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge", body
    refused(422, s.admin.get, base + "?resourceVersionMatch=Exact")
    refused(422, s.admin.get, base + "?resourceVersion=0&resourceVersionMatch=Exact")
    refused(422, s.admin.get, base + "?resourceVersion=5&resourceVersionMatch=Roughly")
    refused(400, s.admin.get, base + "?resourceVersion=abc")


def case_tables(s):
    base = fill(s, 3, k="v")
    answer = s.admin.get(base, accept=TABLE)
    assert answer["kind"] == "Table" and answer["apiVersion"] == "meta.k8s.io/v1"
    assert [c["name"] for c in answer["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert answer["rows"][0]["cells"][:2] == ["c000", 1]
    assert answer["rows"][0]["object"]["kind"] == "PartialObjectMetadata" and answer["rows"][0]["object"]["metadata"]["name"] == "c000"
    assert s.admin.get(base + "?includeObject=Object", accept=TABLE)["rows"][0]["object"]["data"] == {"k": "v"}
    assert "object" not in s.admin.get(base + "?includeObject=None", accept=TABLE)["rows"][0]
    assert s.admin.get(base + "/c001", accept=TABLE)["rows"][0]["cells"][0] == "c001"
    refused(400, s.admin.get, base + "?includeObject=Some", accept=TABLE)


def case_metadata_alone(s):
    base = fill(s, 2, k="v")
    answer = s.admin.get(base, accept="application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
    assert answer["kind"] == "PartialObjectMetadataList" and "data" not in answer["items"][0]
    assert answer["items"][0]["metadata"]["labels"]["n"] == "0"
    answer = s.admin.get(base + "/c000", accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")
    assert answer["kind"] == "PartialObjectMetadata" and set(answer) == {"kind", "apiVersion", "metadata"}


def case_large_list(s):
    base = fill(s, 40, big="x" * 100000)
    answer = s.admin.get(base)
    assert len(answer["items"]) == 40 and all(len(i["data"]["big"]) == 100000 for i in answer["items"])


def case_compressed(s):
    """Large answers, for clients that take gzip: the same bytes, a fraction of them sent."""
    base = fill(s, 40, big="x" * 10000)
    for path, accept, packed in ((base, "application/json", True), (base, TABLE, False), (base + "?limit=5", "application/json", False),
                                 (base + "?pretty=true", "application/json", True), ("/openapi/v2", "application/json", True)):
        wanted = s.admin.raw("GET", path, headers={"Accept": accept, "Accept-Encoding": "identity"})
        status, headers, body = s.admin.raw("GET", path, headers={"Accept": accept, "Accept-Encoding": "gzip"})
        assert status == 200 and (headers["Content-Encoding"] == "gzip") == packed, (path, headers.items())
        if packed:
            assert "Accept-Encoding" in headers["Vary"] and len(body) < len(wanted[2]) / 4
            body = gzip.decompress(body)
        assert body == wanted[2], path
    headers = s.admin.raw("GET", base, headers={"Accept-Encoding": "gzip;q=0, deflate"})[1]
    assert headers["Content-Encoding"] is None


def case_pretty(s):
    base = fill(s, 1)
    status, _, body = s.admin.raw("GET", base + "/c000?pretty=true")
    assert status == 200 and body.startswith(b'{\n  "kind": "ConfigMap",\n')
