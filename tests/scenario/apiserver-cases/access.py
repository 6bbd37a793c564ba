# SPDX-License-Identifier: Apache-2.0
"""Who asks and what they may: impersonation, what nobody may give away, tokens of what is gone."""
import base64
import json
import os
import subprocess
import tempfile
import time

from apiserver import Client, refused, wait_for

RBAC = "/apis/rbac.authorization.k8s.io/v1"
WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def who(client, *headers):
    """The user that the server takes the client for; headers may repeat."""
    connection = client.connect()
    connection.putrequest("POST", WHO)
    body = b"{}"
    for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers):
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    status, text = answer.status, json.loads(answer.read())
    connection.close()
    return status, text.get("status", {}).get("userInfo") if status == 201 else text


def case_impersonation(s):
    status, user = who(s.admin, ("Impersonate-User", "jane"), ("Impersonate-Group", "a, b"), ("Impersonate-Group", "c"), ("Impersonate-Uid", "u-1"),
                       ("Impersonate-Extra-Scopes", "view"), ("Impersonate-Extra-Scopes", "edit"), ("Impersonate-Extra-Acme.com%2fteam", "x"))
    assert status == 201 and user["username"] == "jane" and user["uid"] == "u-1", user
    assert user["groups"] == ["a, b", "c", "system:authenticated"], user
    assert user["extra"] == {"scopes": ["view", "edit"], "acme.com/team": ["x"]}, user
    assert who(s.admin, ("Impersonate-User", "jane"), ("Impersonate-Group", "system:authenticated"))[1]["groups"] == ["system:authenticated"]
    assert who(s.admin, ("Impersonate-User", "system:serviceaccount:ns:x"))[1]["groups"] == \
        ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"]
    assert who(s.admin, ("Impersonate-User", "system:anonymous"))[0] == 403, "who is not authenticated reviews nobody"
    for header in ("Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-Scopes"):
        assert who(s.admin, (header, "x"))[0] == 400, header


def case_impersonation_needs_each_right(s):
    jo = s.user("jo")
    s.admin.post(RBAC + "/clusterroles", {"metadata": {"name": "be-jane"}, "rules": [
        {"apiGroups": [""], "resources": ["users"], "resourceNames": ["jane"], "verbs": ["impersonate"]},
        {"apiGroups": [""], "resources": ["groups"], "resourceNames": ["dev"], "verbs": ["impersonate"]},
        {"apiGroups": ["authentication.k8s.io"], "resources": ["userextras/scopes"], "resourceNames": ["view"], "verbs": ["impersonate"]}]})
    s.admin.post(RBAC + "/clusterrolebindings", {"metadata": {"name": "be-jane"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "be-jane"},
                                                 "subjects": [{"kind": "User", "name": "jo"}]})
    jane = ("Impersonate-User", "jane")
    assert who(jo, jane, ("Impersonate-Group", "dev"), ("Impersonate-Extra-Scopes", "view"))[1]["username"] == "jane"
    for more in (("Impersonate-Group", "ops"), ("Impersonate-Uid", "1"), ("Impersonate-Extra-Scopes", "edit"), ("Impersonate-Extra-Other", "view")):
        assert who(jo, jane, more)[0] == 403, more
    assert who(jo, jane, ("Impersonate-Group", "dev"), ("Impersonate-Group", "ops"))[0] == 403, "every one of them is asked for"
    status, why = who(jo, ("Impersonate-User", "system:serviceaccount:ns:x"))
    assert status == 403 and 'serviceaccounts "x"' in why["message"] and 'in the namespace "ns"' in why["message"], why


def case_nobody_gives_what_he_has_not(s):
    al = s.user("al")
    name = "makes-roles"
    s.admin.post(RBAC + "/clusterroles", {"metadata": {"name": name}, "rules": [
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles", "clusterrolebindings"], "verbs": ["create", "update", "get"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
    s.admin.post(RBAC + "/clusterrolebindings", {"metadata": {"name": name}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
                                                 "subjects": [{"kind": "User", "name": "al"}]})
    al.post(RBAC + "/clusterroles", {"metadata": {"name": "less"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
    body = refused(403, al.post, RBAC + "/clusterroles", {"metadata": {"name": "more"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]})
    assert "attempting to grant RBAC permissions not currently held" in body["message"]
    gathers = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"rbac.authorization.k8s.io/aggregate-to-admin": "true"}}]}}
    refused(403, al.post, RBAC + "/clusterroles", {"metadata": {"name": "gathers"}, **gathers})
    less = al.get(RBAC + "/clusterroles/less")
    refused(403, al.put, RBAC + "/clusterroles/less", {**less, **gathers})
    s.admin.post(RBAC + "/clusterroles", {"metadata": {"name": "gathers"}, **gathers})


def case_token_of_what_is_gone(s):
    ns = s.namespace()
    accounts = f"/api/v1/namespaces/{ns}/serviceaccounts"
    pods = f"/api/v1/namespaces/{ns}/pods"
    s.admin.post(pods, {"metadata": {"name": "p", "finalizers": ["example.com/stays"]}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
    bound = s.admin.post(accounts + "/default/token", {"spec": {"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "p"}}})["status"]["token"]
    plain = s.admin.post(accounts + "/default/token", {"spec": {}})["status"]["token"]
    review = "/apis/authentication.k8s.io/v1/tokenreviews"

    def good(token):
        return s.admin.post(review, {"spec": {"token": token}})["status"].get("authenticated", False)

    assert good(bound) and good(plain)
    s.admin.delete(pods + "/p?gracePeriodSeconds=0")
    assert good(bound), "it may finish what it does"
    s.admin.patch(pods + "/p", {"metadata": {"finalizers": None}})
    assert not good(bound) and good(plain)
    s.admin.delete(accounts + "/default")
    s.admin.post(accounts, {"metadata": {"name": "default"}})
    assert not good(plain), "another account of that name is another account"


def case_tokens_that_are_none(s):
    ns = s.namespace()
    token = s.admin.post(f"/api/v1/namespaces/{ns}/serviceaccounts/default/token", {"spec": {}})["status"]["token"]
    head, claims, signature = token.split(".")

    def encode(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    kid = json.loads(base64.urlsafe_b64decode(head + "=="))["kid"]
    bad = [".".join((encode({"alg": "none"}), claims, "")), ".".join((encode({"alg": "none", "kid": kid}), claims, signature)),
           ".".join((encode({"alg": "HS256", "kid": kid}), claims, signature)), ".".join((head, claims, signature[:-6] + "AAAAAA")),
           ".".join((head, encode({"iss": "https://kubernetes.default.svc"}), signature)), token + "x", "x", "a.b.c", "..", token.replace(".", "")]
    assert Client(s.url, s.path("ca.crt"), token=token).get("/version")
    for one in bad:
        body = refused(401, Client(s.url, s.path("ca.crt"), token=one).get, "/version")
        assert body["reason"] == "Unauthorized" and body["message"] == "Unauthorized", (one, body)
    elsewhere = s.admin.post(f"/api/v1/namespaces/{ns}/serviceaccounts/default/token", {"spec": {"audiences": ["vault"]}})["status"]["token"]
    refused(401, Client(s.url, s.path("ca.crt"), token=elsewhere).get, "/version")
    status = s.admin.post("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": elsewhere, "audiences": ["vault", "other"]}})["status"]
    assert status["authenticated"] and status["audiences"] == ["vault"], status


def case_issuer_documents(s):
    """What a relying party needs: the issuer, and keys that verify its tokens."""
    status, headers, body = s.admin.raw("GET", "/.well-known/openid-configuration")
    document = json.loads(body)
    assert document["jwks_uri"] == s.url + "/openid/v1/jwks", "where the server is reached, not where the issuer would be"
    assert status == 200 and document["issuer"] == "https://kubernetes.default.svc" and document["jwks_uri"].endswith("/openid/v1/jwks"), document
    assert "id_token" in document["response_types_supported"] and "RS256" in document["id_token_signing_alg_values_supported"]
    status, headers, body = s.admin.raw("GET", "/openid/v1/jwks")
    assert status == 200 and headers["Content-Type"] == "application/jwk-set+json"
    keys = json.loads(body)["keys"]
    token = s.admin.post(f"/api/v1/namespaces/{s.namespace()}/serviceaccounts/default/token", {"spec": {}})["status"]["token"]
    kid = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]
    assert [k for k in keys if k["kid"] == kid and k["kty"] == "RSA" and k["n"] and k["e"]], keys


CA = """[ca]
default_ca = d
[d]
database = {dir}/index
rand_serial = yes
new_certs_dir = {dir}
policy = p
default_md = sha256
x509_extensions = e
[p]
organizationName = optional
commonName = supplied
[e]
extendedKeyUsage = clientAuth
"""


def certificate(s, folder, name, lasts_s):
    """A client of system:masters whose certificate is good for some seconds."""
    path = os.path.join(folder, name)
    with open(os.path.join(folder, "ca.conf"), "w", encoding="ascii") as f:
        f.write(CA.format(dir=folder))
    open(os.path.join(folder, "index"), "a", encoding="ascii").close()
    end = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + lasts_s))
    for command in (["req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/O=system:masters/CN={name}", "-keyout", path + ".key", "-out", path + ".csr"],
                    ["ca", "-batch", "-notext", "-config", os.path.join(folder, "ca.conf"), "-cert", s.path("ca.crt"), "-keyfile", s.path("ca.key"),
                     "-startdate", "20200101000000Z", "-enddate", end, "-in", path + ".csr", "-out", path + ".crt"]):
        subprocess.run(["openssl", *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Client(s.url, s.path("ca.crt"), path + ".crt", path + ".key")


def case_certificates_that_run_out(s):
    """On a connection that was there before, too."""
    with tempfile.TemporaryDirectory() as folder:
        refused(401, certificate(s, folder, "late", -60).get, "/api/v1/namespaces")
        brief = certificate(s, folder, "brief", 6)
        connection = brief.connect()

        def status():
            connection.request("GET", "/api/v1/namespaces")
            answer = connection.getresponse()
            answer.read()
            return answer.status

        assert status() == 200
        wait_for(lambda: status() == 401, 60)
        connection.close()
        refused(401, brief.get, "/api/v1/namespaces")


def case_what_a_kubelet_may_touch(s):
    ns = s.namespace()
    pods, mine, other = f"/api/v1/namespaces/{ns}/pods", f"mine-{ns}", f"other-{ns}"
    kubelet = s.user(f"system:node:{mine}", "system:nodes")
    for name in (mine, other):
        s.admin.post("/api/v1/nodes", {"metadata": {"name": name}})
        s.admin.post(pods, {"metadata": {"name": name}, "spec": {"nodeName": name, "containers": [{"name": "c", "image": "i"}]}})
    status = {"status": {"message": "seen"}}
    kubelet.patch(f"/api/v1/nodes/{mine}/status", {"status": {"nodeInfo": {"machineID": "x"}}})
    refused(403, kubelet.patch, f"/api/v1/nodes/{other}/status", {"status": {"nodeInfo": {"machineID": "x"}}})
    refused(403, kubelet.patch, f"/api/v1/nodes/{other}", {"metadata": {"labels": {"a": "b"}}})
    assert kubelet.get(f"{pods}/{mine}")["spec"]["nodeName"] == mine
    kubelet.patch(f"{pods}/{mine}/status", status)
    refused(403, kubelet.get, f"{pods}/{other}")
    refused(403, kubelet.patch, f"{pods}/{other}/status", status)
    refused(403, kubelet.delete, f"{pods}/{other}?gracePeriodSeconds=0")
    assert [p["metadata"]["name"] for p in kubelet.get(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{mine}")["items"]] == [mine]
    for query in ("", f"?fieldSelector=spec.nodeName%3D{other}", f"?fieldSelector=spec.nodeName!%3D{mine}", f"?fieldSelector=metadata.namespace%3D{ns}"):
        refused(403, kubelet.get, "/api/v1/pods" + query)
    refused(404, kubelet.get, f"{pods}/gone")
    mirror = {"metadata": {"name": "mirror", "annotations": {"kubernetes.io/config.mirror": "x"}},
              "spec": {"nodeName": mine, "containers": [{"name": "c", "image": "i"}]}}
    kubelet.post(pods, mirror)
    body = refused(403, kubelet.post, pods, {"metadata": {"name": "plain"}, "spec": mirror["spec"]})
    assert "can only create mirror pods" in body["message"], body
    refused(403, kubelet.post, pods, {"metadata": {**mirror["metadata"], "name": "elsewhere"}, "spec": {**mirror["spec"], "nodeName": other}})
    for env in ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}, {"envFrom": [{"secretRef": {"name": "s"}}]}):
        spec = {**mirror["spec"], "containers": [{"name": "c", "image": "i", **env}]}
        assert "secrets" in refused(403, kubelet.post, pods, {"metadata": {**mirror["metadata"], "name": "reads"}, "spec": spec})["message"]
    kubelet.patch(f"/api/v1/nodes/{mine}", {"metadata": {"labels": {"kubernetes.io/os": "linux"}}})
    for change in ({"metadata": {"labels": {"node-restriction.kubernetes.io/fips": "true"}}}, {"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}):
        refused(403, kubelet.patch, f"/api/v1/nodes/{mine}", change)
    refused(403, kubelet.post, "/api/v1/nodes", {"metadata": {"name": f"third-{ns}"}})
    kubelet.delete(f"{pods}/{mine}?gracePeriodSeconds=0")
    s.admin.delete(f"{pods}/mirror?gracePeriodSeconds=0")
    for name in (mine, other):
        s.admin.delete(f"/api/v1/nodes/{name}")


def case_trust_is_published(s):
    data = s.admin.get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")["data"]
    assert data == {"client-ca-file": s.file("ca.crt") + "\n"}, data


def case_audit_ids(s):
    first, second = (s.admin.raw("GET", "/version")[1]["Audit-Id"] for _ in range(2))
    assert len(first) == 36 and first != second
    assert s.admin.raw("GET", "/version", headers={"Audit-ID": "mine-1"})[1]["Audit-Id"] == "mine-1"
    assert len(s.admin.raw("GET", "/version", headers={"Audit-ID": "x" * 65})[1]["Audit-Id"]) == 36


def case_warnings(s):
    ns = s.namespace()
    warning = s.admin.raw("GET", f"/api/v1/namespaces/{ns}/endpoints")[1]["Warning"]
    assert warning.startswith('299 - "v1 Endpoints is deprecated in v1.33+'), warning
    assert s.admin.raw("GET", f"/api/v1/namespaces/{ns}/configmaps")[1]["Warning"] is None
    # Nobody is to take what is only stored for what works.
    policies, policy = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {"metadata": {"name": "inert"}}
    created = s.admin.raw("POST", policies, json.dumps(policy).encode(), {"content-type": "application/json"})
    assert created[0] == 201, created
    assert created[1]["Warning"].startswith('299 - "ValidatingWebhookConfiguration is stored, but in this version of keelson webhooks are not called'), created[1]["Warning"]
    assert s.admin.raw("GET", policies)[1]["Warning"] is None
