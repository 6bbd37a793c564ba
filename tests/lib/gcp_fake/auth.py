# SPDX-License-Identifier: Apache-2.0
"""Who is asking: signed JWTs at the token endpoint, the metadata server, the exchange of a foreign token (workload identity federation) with
impersonation of a service account, and what a bearer token may do."""
import base64
import hashlib
import json
import secrets
import subprocess
import time
import urllib.parse

from .fields import Refused

SCOPES = {"https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/compute"}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # of SHA-256, PKCS#1 v1.5


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed_by(modulus, signature, message):
    size = (modulus.bit_length() + 7) // 8
    plain = pow(int.from_bytes(signature, "big"), 65537, modulus).to_bytes(size, "big")
    tail = DIGEST_INFO + hashlib.sha256(message).digest()
    return len(signature) == size and plain == b"\x00\x01" + b"\xff" * (size - len(tail) - 3) + b"\x00" + tail


def grant_error(description):
    return Refused(400, "invalid_grant", description)


class Auth:
    def __init__(self, base, lifetime_s):
        self.base, self.lifetime_first_s = base, lifetime_s
        self.reset()

    def reset(self):
        self.lifetime_s = self.lifetime_first_s
        self.accounts = {}  # (email, key id): the key's modulus
        self.subject_tokens = {}  # a foreign token: the audience that it is for
        self.tokens = {}  # bearer: (when it ends, scopes)
        self.federated = set()  # tokens that may only impersonate
        self.impersonable = set()

    def add_account(self, email, key_id, public_key_file):
        said = subprocess.run(["openssl", "rsa", "-pubin", "-in", public_key_file, "-noout", "-modulus"], check=True, capture_output=True, text=True).stdout
        self.accounts[email, key_id] = int(said.strip().split("=")[1], 16)
        self.impersonable.add(email)

    def issue(self, scopes, lifetime_s=None):
        token = "ya29." + secrets.token_urlsafe(24)
        lifetime_s = lifetime_s or self.lifetime_s
        self.tokens[token] = (time.time() + lifetime_s, set(scopes))
        return token, lifetime_s

    def bearer(self, headers):
        kind, _, token = headers.get("authorization", "").partition(" ")
        ends, scopes = self.tokens.get(token, (0, set()))
        if kind != "Bearer" or ends < time.time():
            raise Refused(401, "authError", "Request had invalid authentication credentials.")
        return token, scopes

    def check(self, headers):
        token, scopes = self.bearer(headers)
        if token in self.federated:
            raise Refused(403, "forbidden", "Permission denied for the federated principal.")
        if not scopes & SCOPES:
            raise Refused(403, "insufficientPermissions", "Request had insufficient authentication scopes.")

    def grant(self, body):
        form = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode(), strict_parsing=True).items()}
        if form.get("grant_type") != JWT_BEARER:
            raise Refused(400, "unsupported_grant_type", "Invalid grant_type")
        try:
            head, claims, signature = form["assertion"].split(".")
            header, payload = json.loads(unbase64(head)), json.loads(unbase64(claims))
            modulus = self.accounts.get((payload["iss"], header.get("kid")))
            if header["alg"] != "RS256" or header["typ"] != "JWT" or modulus is None or not signed_by(modulus, unbase64(signature), f"{head}.{claims}".encode()):
                raise grant_error("Invalid JWT Signature.")
            iat, exp = payload["iat"], payload["exp"]
        except (KeyError, ValueError) as e:
            raise grant_error(f"Bad JWT: {e}") from e
        if payload.get("aud") != self.base + "/token":
            raise grant_error("Invalid JWT: audience")
        if not iat - 10 <= time.time() < exp or exp - iat > 3600:
            raise grant_error("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
        scopes = payload.get("scope", "").split()
        if not scopes:
            raise Refused(400, "invalid_scope", "Empty or missing scope not allowed.")
        token, lifetime_s = self.issue(scopes)
        return {"access_token": token, "expires_in": lifetime_s, "token_type": "Bearer"}

    def metadata(self, path, headers):
        if headers.get("metadata-flavor") != "Google":
            raise Refused(403, "forbidden", "Missing Metadata-Flavor:Google header.")
        if path != "instance/service-accounts/default/token":
            raise Refused(404, "notFound", "no such metadata")
        token, lifetime_s = self.issue(SCOPES)
        return {"access_token": token, "expires_in": lifetime_s, "token_type": "Bearer"}

    def exchange(self, body):
        form = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode(), strict_parsing=True).items()}
        wanted = {"grant_type": EXCHANGE, "requested_token_type": ACCESS_TOKEN, "subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}
        for key, value in wanted.items():
            if form.get(key) != value:
                raise Refused(400, "invalid_request", f"{key} is {form.get(key)}")
        if not form.get("scope"):
            raise Refused(400, "invalid_scope", "no scope")
        if self.subject_tokens.get(form.get("subject_token")) != form.get("audience"):
            raise grant_error("The subject token is not of this pool")
        token, lifetime_s = self.issue(form["scope"].split())
        self.federated.add(token)
        return {"access_token": token, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": lifetime_s}

    def impersonate(self, email, headers, body):
        token, _ = self.bearer(headers)
        asked = json.loads(body)
        if token not in self.federated or email not in self.impersonable:
            raise Refused(403, "forbidden", f"Permission 'iam.serviceAccounts.getAccessToken' denied on {email}")
        if set(asked) - {"scope", "lifetime", "delegates"} or not isinstance(asked.get("scope"), list):
            raise Refused(400, "invalid", "unknown fields, or no scope")
        token, lifetime_s = self.issue(asked["scope"])
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + lifetime_s))
        return {"accessToken": token, "expireTime": ends}
