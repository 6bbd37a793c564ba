# SPDX-License-Identifier: Apache-2.0
"""Google's own word on the wire: the messages and methods of Compute Engine v1 in the client that Google generates, where its SDK is installed. Every request
that the fake gets and every answer that it gives is held against them; `drift` tells what does not fit, by method and field. Where the SDK is not installed
only the fake's own tables hold."""
import os
import re
import shutil
import sys

SDK = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("gcloud") or "/absent/bin/gcloud"))), "lib")
WIDE = {"INT64", "UINT64"}  # text in JSON; numbers are taken, too


def generated():
    """The client and the messages; None: no SDK."""
    found = list(sys.path)
    sys.path[:0] = [SDK, f"{SDK}/third_party"]
    try:
        from googlecloudsdk.generated_clients.apis.compute.v1 import compute_v1_client, compute_v1_messages
        return compute_v1_client.ComputeV1, compute_v1_messages
    except (ImportError, SyntaxError):  # none, or one for another Python
        return None
    finally:
        sys.path[:] = found


class Model:
    def __init__(self):
        self.drift, self.methods = [], []
        known = generated()
        self.messages = known[1] if known else None
        for service in vars(known[0]).values() if known else ():
            for method in vars(service).values() if isinstance(service, type) else ():
                if hasattr(method, "method_config"):
                    config = method.method_config()
                    self.methods.append((config.http_method, config.relative_path.split("/"), config))

    def method(self, http_method, path):
        parts = path.split("/")
        return next((config for verb, wanted, config in self.methods
                     if verb == http_method and len(wanted) == len(parts) and all(w[0] == "{" or w == p for w, p in zip(wanted, parts))), None)

    def request(self, http_method, path, query, body):
        if not self.messages:
            return
        config = self.method(http_method, path)
        if not config:
            self.drift.append(f"{http_method} {path}: no method of Google's")
            return
        asked = getattr(self.messages, config.request_type_name)
        for key, value in query.items():
            if key in config.query_params:
                field = asked.field_by_name(key)
                self.scalar(field, parsed(field, value), f"{config.method_id} ?{key}")
            elif key not in [f.name for f in self.messages.StandardQueryParameters.all_fields()]:
                self.drift.append(f"{config.method_id} ?{key}: no such parameter")
        if config.request_field:
            self.message(asked.field_by_name(config.request_field).type, body or {}, config.method_id, sent=True)
        elif body:
            self.drift.append(f"{config.method_id}: takes no body")

    def answer(self, http_method, path, value):
        config = self.method(http_method, path) if self.messages else None
        if config:
            self.message(getattr(self.messages, config.response_type_name), value, f"the answer of {config.method_id}")

    def message(self, kind, value, where, sent=False):
        """sent: by the plugin; else it is said by Google."""
        if not isinstance(value, dict):
            self.drift.append(f"{where}: no object")
            return
        fields = {f.name: f for f in kind.all_fields()}
        free = getattr(kind, "AdditionalProperty", None)  # a map: any name
        for key, item in value.items():
            field = free.field_by_name("value") if free else fields.get(key)
            if not field:
                self.drift.append(f"{where}.{key}: {kind.__name__} has no such field")
            elif sent and re.search(rf"^\s+{key}: \[Output Only\]", kind.__doc__ or "", re.M | re.I):
                self.drift.append(f"{where}.{key}: only Google says this")
            elif field.repeated and not isinstance(item, list):
                self.drift.append(f"{where}.{key}: no array")
            else:
                for one in item if field.repeated else [item]:
                    self.value(field, one, f"{where}.{key}", sent)

    def value(self, field, value, where, sent):
        if type(field).__name__ == "MessageField":
            self.message(field.type, value, where, sent)
        else:
            self.scalar(field, value, where, sent)

    def scalar(self, field, value, where, sent=True):
        kind = type(field).__name__
        if kind == "EnumField":
            good = value in field.type.names()
        elif kind == "IntegerField":
            wide = field.variant.name in WIDE
            is_text = isinstance(value, str) and re.fullmatch(r"-?\d+", value) is not None
            good = (wide and is_text) or ((sent or not wide) and isinstance(value, int) and not isinstance(value, bool))
        elif kind in ("BooleanField", "FloatField"):
            good = isinstance(value, bool) if kind == "BooleanField" else isinstance(value, (int, float))
        else:
            good = isinstance(value, str)
        if not good:
            self.drift.append(f"{where}: {value!r} is no {kind[:-5]}{' of ' + field.type.__name__ if kind == 'EnumField' else ''}")


def parsed(field, text):
    """A query parameter, which is always text."""
    if type(field).__name__ == "BooleanField":
        return {"true": True, "false": False}.get(text, text)
    return int(text) if type(field).__name__ == "IntegerField" and text.isdigit() else text
