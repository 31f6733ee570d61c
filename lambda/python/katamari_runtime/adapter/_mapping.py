"""What the original LambdaAdapter makes of a request, and of the answer of a function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ._constants import ASYNCHRONOUS_PAYLOAD_MAX_BYTES, SYNCHRONOUS_PAYLOAD_MAX_BYTES
from ._errors import NotInvokedError
from ._messages import ExecuteRequest, ExecuteResponse

QUEUED = {"success": True, "message": "Lambda function queued"}
"""What an event that Lambda has taken is answered with."""


def to_payload(request: ExecuteRequest) -> dict[str, Any]:
    """The payload of a request. A value of None stays; one that is left out has a default."""
    metadata = _mapping(request.metadata)
    community, user, entity = (_mapping(metadata.get(part)) for part in ("community", "user", "entity"))
    return {
        "community": {
            "id": request.community_id,
            "name": community.get("name", "Unknown Community"),
            "is_subscribed": community.get("is_subscribed", True),
            "subscription_order_id": community.get("subscription_order_id"),
            "seat_count": community.get("seat_count", 0),
        },
        "trigger": _to_trigger(request, metadata),
        "user": {
            "id": request.user_id,
            "username": user.get("username", "unknown"),
            "platform": request.platform,
            "platform_user_id": user.get("platform_user_id", request.user_id),
        },
        "entity": {
            "id": request.entity_id,
            "platform": request.platform,
            "platform_entity_id": entity.get("platform_entity_id", request.entity_id),
        },
        "request_id": request.session_id,
        "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def _to_trigger(request: ExecuteRequest, metadata: Mapping[str, Any]) -> dict[str, Any]:
    if metadata.get("is_event"):
        return {
            "type": "event",
            "command": None,
            "context_text": None,
            "event_type": metadata.get("event_type"),
            "event_data": metadata.get("event_data"),
        }
    return {
        "type": "command",
        "command": request.command,
        "context_text": " ".join(request.args) if request.args else None,
        "event_type": None,
        "event_data": None,
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def to_bytes(payload: Any, invocation_type: str) -> bytes:
    """:raises NotInvokedError: when it is not JSON, or larger than Lambda takes"""
    try:
        # NaN and the infinities, which Python writes by default, are no JSON.
        text = json.dumps(payload, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        # Half of a surrogate pair has no bytes: it can be written as an escape only.
        content = text.encode() if _is_unicode(text) else json.dumps(payload, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotInvokedError(f"the payload of a request must be JSON: {error}") from error
    most = ASYNCHRONOUS_PAYLOAD_MAX_BYTES if invocation_type == "Event" else SYNCHRONOUS_PAYLOAD_MAX_BYTES
    if len(content) > most:
        raise NotInvokedError(
            f"the payload of an invocation of type {invocation_type} must have at most {most} bytes, got: {len(content)}; "
            "put large data into S3 and send its key"
        )
    return content


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_response(answer: Any) -> ExecuteResponse:
    """Reads what a module answered: an object, or one as JSON in a string."""
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError as error:
            return ExecuteResponse(success=False, error=f"Failed to parse Lambda response as JSON: {error}")
    if not isinstance(answer, dict):
        return ExecuteResponse(success=False, error="Lambda response must be a dictionary")
    success = answer.get("success", False)
    return ExecuteResponse(
        success=success,
        message=answer.get("message"),
        data={name: value for name, value in answer.items() if name not in ("success", "message")} or None,
        error=None if success else _or_unknown(answer.get("error")),
        targets=_to_targets(answer.get("targets")),
    )


def _or_unknown(error: Any) -> Any:
    return "Unknown error" if error is None else error


def _to_targets(targets: Any) -> list[dict[str, Any]]:
    """A target is an object, or a text that says its type; anything else is none."""
    given = targets if isinstance(targets, list) else [targets]
    named = ({"type": target} if isinstance(target, str) else target for target in given)
    return [target for target in named if isinstance(target, dict)]
