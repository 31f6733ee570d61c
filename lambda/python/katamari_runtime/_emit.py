"""Publishes events on the event bus of a function group."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ._constants import ENV_EVENT_BUS, ENV_FUNCTION, EVENT_NAME_MAX_LENGTH, PUT_EVENTS_MAX_BYTES, PUT_EVENTS_MAX_ENTRIES
from ._errors import EmitError, InvalidEventError, RefusedEvent
from ._retry import Backoff, retry
from ._sdk import SharedClient, error_code, error_response, new_client

if TYPE_CHECKING:
    from ._sdk import EventBridgeClient

_MAX_RETRIES = 3
_BACKOFF = Backoff(initial=0.1, limit=0.4)
# Error codes of entries that a retry may publish.
_RETRYABLE = frozenset({"ThrottlingException", "InternalFailure", "InternalException", "ServiceUnavailable"})

_shared_client = SharedClient(lambda: new_client("events"))


class EventToEmit(NamedTuple):
    """An event to publish."""

    name: str
    """Name of the event, 1 to 128 characters."""
    data: Any = None
    """Any JSON value. A value that is not an object is delivered as ``{"value": …}``."""


class _Pending(NamedTuple):
    event: EventToEmit
    position: int
    entry: dict[str, str]


class _RetryableEntries(Exception):
    """Raised when EventBridge refused entries that a retry may publish."""

    def __init__(self, refused: list[RefusedEvent]) -> None:
        super().__init__()
        self.refused = refused


def emit(
    name: str, data: Any = None, *, bus: str | None = None, source: str | None = None, client: EventBridgeClient | None = None
) -> str:
    """Publishes an event on the event bus of the function's group.

    :param name: name of the event, 1 to 128 characters
    :param data: any JSON value, at most 1 MB together with name and source; a value that is not an object is delivered as
        ``{"value": …}``
    :param bus: name or ARN of the event bus; default: the event bus of the function's group
    :param source: ``source`` of the event; default: the name of the function
    :param client: an EventBridge client of boto3; default: a client that the first call creates
    :returns: the id of the event
    :raises InvalidEventError: if the event breaks a limit; nothing was published
    :raises EmitError: if EventBridge refused the event in all attempts
    """
    (event_id,) = emit_all([EventToEmit(name, data)], bus=bus, source=source, client=client)
    return event_id


def emit_all(
    events: Iterable[EventToEmit], *, bus: str | None = None, source: str | None = None, client: EventBridgeClient | None = None
) -> list[str]:
    """Publishes events in batches of up to 10 events and 1 MB, the limits of EventBridge.

    For the parameters, see :func:`emit`.

    :returns: the ids of the events, in the order of the events
    :raises InvalidEventError: if an event breaks a limit; nothing was published
    :raises EmitError: if EventBridge refused some events in all attempts; the error holds them
    """
    bus = bus or os.environ.get(ENV_EVENT_BUS)
    if not bus:
        raise InvalidEventError(
            f"emit requires an event bus; call it in a function of a group, which sets {ENV_EVENT_BUS}, or pass bus"
        )
    source = source or os.environ.get(ENV_FUNCTION) or "katamari"
    pending = [_Pending(event, position, _to_entry(event, bus, source)) for position, event in enumerate(events)]
    ids = [""] * len(pending)
    refused: list[RefusedEvent] = []
    cause: Exception | None = None
    for entries in _batches(pending):
        batch = _Batch(client or _shared_client(), entries, ids)
        batch.publish()
        refused.extend(batch.refused)
        cause = cause or batch.cause
    if refused:
        first = refused[0]
        raise EmitError(
            f"{len(refused)} of {len(pending)} events were not published; "
            f"EventBridge refused '{first.name}' with {first.code}: {first.message}",
            refused,
        ) from cause
    return ids


class _Batch:
    """Entries of one PutEvents call. Only the refused ones are sent again."""

    def __init__(self, client: EventBridgeClient, pending: list[_Pending], ids: list[str]) -> None:
        self._client = client
        self._pending = pending
        self._ids = ids
        self.refused: list[RefusedEvent] = []
        self.cause: Exception | None = None
        """The error of the PutEvents call, if the whole call failed."""

    def publish(self) -> None:
        try:
            retry(self._put, lambda error: isinstance(error, _RetryableEntries), _BACKOFF, max_retries=_MAX_RETRIES)
        except _RetryableEntries as error:
            self.refused.extend(error.refused)

    def _put(self) -> None:
        """:raises _RetryableEntries: if another call may publish the entries that are left"""
        try:
            answers = self._client.put_events(Entries=[pending.entry for pending in self._pending]).get("Entries", [])
        except Exception as error:
            # The SDK has retried the call already.
            self.cause = error
            code = error_code(error) or type(error).__name__
            message = error_response(error).get("Error", {}).get("Message") or str(error)
            self.refused.extend(RefusedEvent(*pending.event, code, message) for pending in self._pending)
            return
        left: list[tuple[_Pending, RefusedEvent]] = []
        for place, pending in enumerate(self._pending):
            answer = answers[place] if place < len(answers) else {}
            refused = RefusedEvent(*pending.event, answer.get("ErrorCode") or "Unknown", answer.get("ErrorMessage") or "")
            if answer.get("EventId"):
                self._ids[pending.position] = answer["EventId"]
            elif refused.code in _RETRYABLE:
                left.append((pending, refused))
            else:
                self.refused.append(refused)
        if left:
            self._pending = [pending for pending, _ in left]
            raise _RetryableEntries([refused for _, refused in left])


def _to_entry(event: EventToEmit, bus: str, source: str) -> dict[str, str]:
    name, data = event
    if not isinstance(name, str) or not 1 <= len(name) <= EVENT_NAME_MAX_LENGTH:
        raise InvalidEventError(f"event name must have 1 to {EVENT_NAME_MAX_LENGTH} characters, got: {name!r}")
    entry = {"EventBusName": bus, "Source": source, "DetailType": name, "Detail": _to_detail(name, data)}
    size = _entry_bytes(entry)
    if size > PUT_EVENTS_MAX_BYTES:
        raise InvalidEventError(
            f"source, name and data of event '{name}' must have at most {PUT_EVENTS_MAX_BYTES} bytes, got: {size}; "
            "put large data into S3 and emit its key"
        )
    return entry


def _to_detail(name: str, data: Any) -> str:
    """The detail of an event: EventBridge accepts only a JSON object, so any other value is put into one."""
    try:
        # allow_nan: by default, Python writes NaN and the infinities, which are not JSON.
        text = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        if not _is_unicode(text):
            text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidEventError(f"data of event '{name}' must be JSON: {error}") from error
    return text if text.startswith("{") else f'{{"value":{text}}}'


def _is_unicode(text: str) -> bool:
    """Whether a text can be encoded: a lone surrogate cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _entry_bytes(entry: dict[str, str]) -> int:
    """Size of an entry. See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""
    return sum(len(entry[part].encode("utf-8", "surrogatepass")) for part in ("Source", "DetailType", "Detail"))


def _batches(pending: list[_Pending]) -> Iterator[list[_Pending]]:
    batch: list[_Pending] = []
    size = 0
    for item in pending:
        added = _entry_bytes(item.entry)
        if len(batch) == PUT_EVENTS_MAX_ENTRIES or size + added > PUT_EVENTS_MAX_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += added
    if batch:
        yield batch
