"""Starts MiniStack behind a guard, and ends it with the process that started it.

A web page of any site can send requests to 127.0.0.1, and MiniStack runs the code of functions without a signature. The guard
refuses requests that a page of another site sends, and requests whose Host names another site (DNS rebinding). Links to function
URLs and APIs pass: as on AWS, any page may link to them.
"""

import json
import os
import re
import shutil
import signal
import sys
import threading
from contextvars import ContextVar
from urllib.parse import urlsplit

from ministack import app as ministack
from ministack.core import iam_actions, iam_evaluator

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
# The names under which AWS reaches an API, a function URL, a bucket or a distribution, and MiniStack's own forms of them.
AWS_HOST = re.compile(r"\.(?:amazonaws\.com(?:\.cn)?|on\.aws|cloudfront\.net|localhost|127\.0\.0\.1)$")
SQS_BATCH = re.compile(r"^(sqs:(?:SendMessage|DeleteMessage|ChangeMessageVisibility))Batch$")
# What browsers send of their own accord with each request.
CROSS_SITE = "cross-site"
# Reasons that were shown already: a page may send the same request again and again.
shown = set()
FORBIDDEN = 403
POLICY_VIOLATION = 1008


def end_with_parent():
    """Ends this process group when standard input closes, which happens however the parent process ends."""
    while os.read(0, 1):
        pass
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    else:
        os._exit(1)


def host_of(address):
    """Returns a host without its port, in lower case."""
    return re.sub(r":\d+$", "", address.strip().lower())


def is_loopback(host):
    return host in LOOPBACK_HOSTS or host.endswith(".localhost")


def is_known_host(host, path):
    # A custom domain is one that the app deployed itself.
    return is_loopback(host) or bool(AWS_HOST.search(host)) or ministack._resolve_custom_domain_request(host, path) is not None


def is_local_origin(origin):
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and is_loopback(host_of(parts.netloc))


def is_public_address(host, path):
    """Says whether an address belongs to a function URL or an API, and not to an AWS service."""
    return ministack._parse_lambda_url(host, path) is not None or ministack._parse_execute_api_url(host, path) is not None


def declared_origins(host, path):
    """Returns the origins that the CORS settings of the function URL or HTTP API at an address name."""
    url = ministack._parse_lambda_url(host, path)
    if url is not None:
        found = ministack._get_module("lambda_svc").resolve_function_url(url[0])
        return ((found[4].get("Cors") or {}).get("AllowOrigins") or []) if found else []
    api = ministack._parse_execute_api_url(host, path)
    if api is None:
        return []
    apis = ministack._get_module("apigateway")._apis.all_items()
    settings = next((value.get("corsConfiguration") for key, value in apis if key[-1] == api[0]), None) or {}
    return settings.get("allowOrigins") or settings.get("AllowOrigins") or []


def refusal(scope, allowed_origins):
    """Returns why a request is refused; None if it is not."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
    path = scope.get("path", "")
    address = headers.get("host", "")
    host = host_of(address)
    if not is_known_host(host, path):
        return f"Host must be a name of this machine or of AWS, got: '{address}'"
    origin = headers.get("origin")
    if origin is not None:
        # `*` in CORS settings is no permission: a page of any site could then run functions on this machine.
        if is_local_origin(origin) or origin in allowed_origins or origin in declared_origins(address, path):
            return None
        return (
            f"Origin must be a page of this machine, got: '{origin}'. To allow it, name it in the CORS settings of the function "
            "URL or API, or pass it to 'npx cdk-katamari local' with --allow-origin"
        )
    # A browser without these headers names the page that sends an image or a script as the referrer.
    referrer = headers.get("referer")
    is_foreign_referrer = "sec-fetch-site" not in headers and referrer is not None and not is_local_origin(referrer)
    if headers.get("sec-fetch-site") != CROSS_SITE and not is_foreign_referrer:
        return None
    # A link to a function URL or API, such as the redirect after a login.
    is_navigation = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    is_link = scope.get("method") == "GET" and is_navigation
    if is_link and is_public_address(address, path):
        return None
    return "a page of another site must not request resources of this machine"


async def refuse(scope, receive, send, reason):
    if reason not in shown:
        shown.add(reason)
        print(f"refused a request: {reason}", file=sys.stderr, flush=True)
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "foreign Origin or Host"})
        return
    body = json.dumps({"message": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": FORBIDDEN, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def guarded(app, allowed_origins):
    async def guard(scope, receive, send):
        reason = refusal(scope, allowed_origins) if scope["type"] in ("http", "websocket") else None
        if reason is None:
            await app(scope, receive, send)
        else:
            await refuse(scope, receive, send, reason)

    return guard


def count_as_encrypted():
    """Lets policies that refuse requests without TLS (enforceSSL) accept those of this machine, which go over plain HTTP."""
    pin = ministack.pin_request_origin
    ministack.pin_request_origin = lambda source_ip, _secure_transport: pin(source_ip, True)
    # What MiniStack's own threads do, such as those that poll queues.
    iam_evaluator._request_origin = ContextVar("request_origin", default=("127.0.0.1", True))


def authorize_batches_as_messages():
    """Lets the action for one message of a queue cover batches, as in IAM, which has no actions for batches.

    See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html.
    """
    extract = iam_actions.extract_iam_action

    def extract_as_iam(*request):
        action = extract(*request)
        return SQS_BATCH.sub(r"\1", action) if action else action

    iam_actions.extract_iam_action = extract_as_iam


count_as_encrypted()
authorize_batches_as_messages()
threading.Thread(target=end_with_parent, daemon=True).start()
sys.argv = ["ministack"]
ministack.app = guarded(ministack.app, frozenset(os.environ.get("KATAMARI_ALLOWED_ORIGINS", "").split()))
ministack.main()
