"""Converts a request to the payload of an invocation, as the original LambdaAdapter does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ._constants import ASYNCHRONOUS_PAYLOAD_MAX_BYTES, SYNCHRONOUS_PAYLOAD_MAX_BYTES
from ._failures import NotInvokedError
from ._types import ExecuteRequest


def to_payload(request: ExecuteRequest) -> dict[str, Any]:
    """The payload of a request. A missing value has a default; None stays None."""
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
    """The JSON of a payload.

    :raises NotInvokedError: if it is not JSON, or exceeds the limit of Lambda
    """
    try:
        # allow_nan: by default, Python writes NaN and the infinities, which are not JSON.
        text = json.dumps(payload, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate cannot be encoded, but can be written as an escape.
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
