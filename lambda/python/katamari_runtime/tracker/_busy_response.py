"""The response to an HTTP request that cannot run because too many runs are in progress."""

from __future__ import annotations

import json
from typing import Any

# Seconds after which a caller may try again.
_RETRY_AFTER_S = 1


def is_http_request(event: Any) -> bool:
    """Whether an event is a request of a function URL, API Gateway or a load balancer, which the caller waits for."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    if not isinstance(context, dict):
        return False
    http = context.get("http")
    method = http.get("method") if isinstance(http, dict) else None
    return any(isinstance(value, str) for value in (event.get("httpMethod"), method, context.get("connectionId")))


def busy_response(function_name: str) -> dict[str, Any]:
    """The response to a request that cannot run now."""
    message = f"too many concurrent runs of '{function_name}'; try again later"
    return {
        "statusCode": 429,
        "headers": {"content-type": "application/json", "cache-control": "no-store", "retry-after": str(_RETRY_AFTER_S)},
        "body": json.dumps({"message": message}, ensure_ascii=False, separators=(",", ":")),
    }
