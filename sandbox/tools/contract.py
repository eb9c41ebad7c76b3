"""What schemathesis needs to know of the stack under test: how calls are signed, and what exists there.

Loaded by schemathesis (SCHEMATHESIS_HOOKS) when sandbox/schemathesis runs it. CONTRACT_STACK is JSON: region, service and
operator (each a list of key and secret), tenant (connected), leaving (connected, to be disconnected), returnUrl, ids (of records, by the list they are in).

Besides the checks that come with schemathesis it makes one of its own: that an unsigned call is refused.

Values that only the stack can give out (tenants, cursors, return addresses, time zones, ids) are put in the place of
generated ones that are well formed. What was generated to be refused is left as it is.
"""

import json
import os
import re
import socket

import requests
import schemathesis
from requests_aws4auth import AWS4Auth

STACK = json.loads(os.environ["CONTRACT_STACK"])
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}")
LEAVING = ("confirmConnection", "disconnect")


class Signer(AWS4Auth):
    """The library takes header values for shell words, and fails on a single quote."""

    @staticmethod
    def amz_norm_whitespace(text):
        return " ".join(text.split())


class Signed(requests.auth.AuthBase):
    """Signs as the service of the platform, and below /v1/operations as an operator."""

    def __init__(self):
        self.signers = {
            who: Signer(*STACK[who], STACK["region"], "execute-api")
            for who in ("service", "operator")
        }

    def __call__(self, request):
        return self.signers["operator" if "/v1/operations/" in request.url else "service"](request)


schemathesis.auth.set_from_requests(Signed())

resolve = socket.getaddrinfo


def resolve_localhost(host, *args, **kwargs):
    """Names under .localhost are this machine, as for browsers; not every resolver knows that."""
    return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *args, **kwargs)


socket.getaddrinfo = resolve_localhost


def is_id(value):
    return isinstance(value, str) and ID.fullmatch(value)


def fits(value, longest):
    return isinstance(value, str) and len(value) <= longest


def whole(value):
    """Whole numbers as docs/platform.md wants them written: 3, not 3.0. JSON Schema takes the two for the same."""
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId")
    path = case.path_parameters or {}
    for name, value in path.items():  # the emulator's routes and policies stop at a line break, those of AWS do not
        path[name] = re.sub("\n|%0A", "\t", value) if isinstance(value, str) else value
    for name, value in (case.headers or {}).items():  # no HTTP server takes these, so no such call arrives
        case.headers[name] = re.sub("[\\x00-\\x1f\\x7f]", "", value) if isinstance(value, str) else value
    if is_id(path.get("tenant")):
        path["tenant"] = STACK["leaving"] if operation in LEAVING else STACK["tenant"]
    known = next((STACK["ids"][part] for part in case.path.split("/") if part in STACK["ids"]), [])
    if known and is_id(path.get("id")) and len(path["id"]) % 4:  # not always, so that both replies are seen
        path["id"] = known[len(path["id"]) % len(known)]
    query = case.query or {}
    for cursor in ("cursor", "since"):
        if fits(query.get(cursor), 4096):
            query[cursor] = ""
    case.body = whole(case.body)
    if operation == "startRun" and isinstance(case.body, dict):
        if is_id(case.body.get("tenant")):
            case.body["tenant"] = STACK["leaving"]
        elif case.body.get("kind") == "end":  # of every connection: the rest of this run needs one
            case.body["kind"] = "reseal"
    if operation == "openPortal" and isinstance(case.body, dict):
        if fits(case.body.get("returnUrl"), 2000):
            case.body["returnUrl"] = STACK["returnUrl"]
        if fits(case.body.get("timeZone"), 64):
            case.body["timeZone"] = "Europe/Amsterdam"


unsigned = {}  # status of an unsigned call, by operation; one of each is enough


@schemathesis.check
def unsigned_call_is_refused(context, response, case):
    operation = case.operation.definition.raw["operationId"]
    if operation not in unsigned:
        sent = response.request
        unsigned[operation] = requests.request(
            sent.method, sent.url, data=sent.body, headers={"Content-Type": "application/json"}, timeout=30
        ).status_code
    if unsigned[operation] != 403:
        raise AssertionError(f"unsigned, {operation} is answered with {unsigned[operation]} in place of 403")
