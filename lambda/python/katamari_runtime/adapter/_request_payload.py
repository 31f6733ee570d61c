"""Converts a request to the payload of an invocation, as the original LambdaAdapter does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ._constants import ASYNCHRONOUS_PAYLOAD_MAX_BYTES, SYNCHRONOUS_PAYLOAD_MAX_BYTES
from ._failures import NotInvokedError
from ._types import ExecuteRequest

_REQUIRED = ("command", "user_id", "entity_id", "community_id", "session_id", "platform")
_MISSING = object()


def to_payload(request: ExecuteRequest | Mapping[str, Any]) -> dict[str, Any]:
    """The payload of a request. A missing value has a default; None stays None.

    :raises NotInvokedError: if the request lacks a field, or its args are not a list of strings
    """
    missing = [name for name in _REQUIRED if field_of(request, name, _MISSING) is _MISSING]
    if missing:
        raise NotInvokedError(f"a request must have {', '.join(_REQUIRED)}, missing: {', '.join(missing)}")
    command, user_id, entity_id, community_id, session_id, platform = (field_of(request, name) for name in _REQUIRED)
    metadata = _mapping(field_of(request, "metadata"))
    community, user, entity = (_mapping(metadata.get(part)) for part in ("community", "user", "entity"))
    return {
        "community": {
            "id": community_id,
            "name": community.get("name", "Unknown Community"),
            "is_subscribed": community.get("is_subscribed", True),
            "subscription_order_id": community.get("subscription_order_id"),
            "seat_count": community.get("seat_count", 0),
        },
        "trigger": _to_trigger(command, _args_of(request), metadata),
        "user": {
            "id": user_id,
            "username": user.get("username", "unknown"),
            "platform": platform,
            "platform_user_id": user.get("platform_user_id", user_id),
        },
        "entity": {
            "id": entity_id,
            "platform": platform,
            "platform_entity_id": entity.get("platform_entity_id", entity_id),
        },
        "request_id": session_id,
        "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def field_of(request: Any, name: str, otherwise: Any = None) -> Any:
    """A field of a request, which is an object or a mapping."""
    return request.get(name, otherwise) if isinstance(request, Mapping) else getattr(request, name, otherwise)


def _args_of(request: Any) -> Sequence[str]:
    args = field_of(request, "args")
    if args is None:
        return ()
    if not isinstance(args, (list, tuple)) or not all(isinstance(one, str) for one in args):
        shown = f"'{args}'" if isinstance(args, str) else repr(args)
        raise NotInvokedError(f"args of a request must be a list of strings, got: {shown}")
    return args


def _to_trigger(command: Any, args: Sequence[str], metadata: Mapping[str, Any]) -> dict[str, Any]:
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
        "command": command,
        "context_text": " ".join(args) if args else None,
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
        raise NotInvokedError(f"the payload of a request must be JSON, got: {_reason_of(error)}") from error
    most = ASYNCHRONOUS_PAYLOAD_MAX_BYTES if invocation_type == "Event" else SYNCHRONOUS_PAYLOAD_MAX_BYTES
    if len(content) > most:
        raise NotInvokedError(
            f"the payload of an invocation of type {invocation_type} must have at most {most} bytes, got: {len(content)}; "
            "put large data into S3 and send its key"
        )
    return content


def _reason_of(error: Exception) -> str:
    """Names the fault of a value, in the same words as the adapter for Node.js."""
    if isinstance(error, ValueError) and "Out of range float" in str(error):
        return "NaN or an infinity"
    if isinstance(error, RecursionError) or "Circular reference" in str(error):
        return "a circular reference"
    return str(error)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
