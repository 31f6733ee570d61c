"""The id that connects a run to what its caller did."""

from __future__ import annotations

from typing import Any

from .._constants import CORRELATION_HEADER, CORRELATION_ID, CORRELATION_KEYS


def correlation_id_of(event: Any, context: Any) -> str | None:
    """The id that connects a run to what its caller did.

    It comes from the client context of the invocation, a header of the request, the detail of the event, or the payload. The
    adapter sends ``request_id``.
    """
    custom = getattr(getattr(context, "client_context", None), "custom", None)
    given = [
        *(_field(custom, key) for key in CORRELATION_KEYS),
        _header_of(_field(event, "headers")),
        *(_field(_field(event, "detail"), key) for key in CORRELATION_KEYS),
        *(_field(event, key) for key in CORRELATION_KEYS),
    ]
    return next((value for value in given if isinstance(value, str) and CORRELATION_ID.fullmatch(value)), None)


def _header_of(headers: Any) -> Any:
    if not isinstance(headers, dict):
        return None
    return next((value for name, value in headers.items() if str(name).lower() == CORRELATION_HEADER), None)


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
