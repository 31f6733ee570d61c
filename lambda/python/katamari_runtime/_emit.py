"""Publishes events on the bus of a function's group."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ._constants import ENV_EVENT_BUS, ENV_FUNCTION, EVENT_NAME_MAX_LENGTH, PUT_EVENTS_MAX_BYTES, PUT_EVENTS_MAX_ENTRIES
from ._errors import EmitError, InvalidEventError, RefusedEvent
from ._sdk import error_code, error_response, new_client

if TYPE_CHECKING:
    from botocore.client import BaseClient

_TRIES = 4
_FIRST_DELAY_S = 0.05
# Codes of a refused entry for which another try may help.
_RETRYABLE = frozenset({"ThrottlingException", "InternalFailure", "InternalException", "ServiceUnavailable"})

_shared_client: BaseClient | None = None


class EventToEmit(NamedTuple):
    """An event to publish."""

    name: str
    """Name of the event: 1 to 128 characters."""
    data: Any = None
    """Any JSON value. One that is not an object arrives as the ``value`` of one."""


class _Pending(NamedTuple):
    event: EventToEmit
    place: int
    entry: dict[str, str]


def emit(
    name: str, data: Any = None, *, bus: str | None = None, source: str | None = None, client: BaseClient | None = None
) -> str:
    """Publishes an event on the bus of the function's group.

    :param name: name of the event: 1 to 128 characters
    :param data: any JSON value, with its name at most 1 MB; one that is not an object arrives as the ``value`` of one
    :param bus: name or ARN of the bus; the bus of the function's group unless given
    :param source: ``source`` of the event; the name of the function unless given
    :param client: an EventBridge client of boto3; one that is made at the first call and kept unless given
    :returns: the id of the event
    :raises InvalidEventError: before anything is sent
    :raises EmitError: when EventBridge refuses it in every try
    """
    (event_id,) = emit_all([EventToEmit(name, data)], bus=bus, source=source, client=client)
    return event_id


def emit_all(
    events: Iterable[EventToEmit], *, bus: str | None = None, source: str | None = None, client: BaseClient | None = None
) -> list[str]:
    """Publishes events, in as few calls as the limits of EventBridge allow: 10 events and 1 MB each.

    The parameters are those of :func:`emit`.

    :returns: the ids of the events, in their order
    :raises InvalidEventError: before anything is sent
    :raises EmitError: with those that EventBridge refused in every try
    """
    bus = bus or os.environ.get(ENV_EVENT_BUS)
    if not bus:
        raise InvalidEventError(f"emit needs a bus: {ENV_EVENT_BUS} is set in the functions of a group, elsewhere give bus")
    source = source or os.environ.get(ENV_FUNCTION) or "katamari"
    pending = [_Pending(event, place, _to_entry(event, bus, source)) for place, event in enumerate(events)]
    ids = [""] * len(pending)
    refused: list[RefusedEvent] = []
    cause: Exception | None = None
    for batch in _batches(pending):
        reason = _send(client or _client(), batch, ids, refused)
        cause = cause or reason
    if refused:
        first = refused[0]
        raise EmitError(
            f"{len(refused)} of {len(pending)} events were not published, '{first.name}' for {first.code}: {first.message}",
            refused,
        ) from cause
    return ids


def _client() -> BaseClient:
    global _shared_client
    if _shared_client is None:
        _shared_client = new_client("events")
    return _shared_client


def _send(client: Any, batch: list[_Pending], ids: list[str], refused: list[RefusedEvent]) -> Exception | None:
    """Sends a batch, and what of it may go another time again.

    :returns: why a call failed as a whole
    """
    left = batch
    for tried in range(1, _TRIES + 1):
        try:
            entries = client.put_events(Entries=[pending.entry for pending in left]).get("Entries", [])
        except Exception as error:
            # The SDK has tried again already.
            code = error_code(error) or type(error).__name__
            message = error_response(error).get("Error", {}).get("Message") or str(error)
            refused.extend(RefusedEvent(event.name, event.data, code, message) for event, _, _ in left)
            return error
        again = []
        for position, pending in enumerate(left):
            answer = entries[position] if position < len(entries) else {}
            code = answer.get("ErrorCode") or "Unknown"
            if answer.get("EventId"):
                ids[pending.place] = answer["EventId"]
            elif code in _RETRYABLE and tried < _TRIES:
                again.append(pending)
            else:
                refused.append(RefusedEvent(*pending.event, code, answer.get("ErrorMessage") or ""))
        if not again:
            return None
        left = again
        time.sleep(random.random() * _FIRST_DELAY_S * 2**tried)
    return None


def _to_entry(event: EventToEmit, bus: str, source: str) -> dict[str, str]:
    name, data = event
    if not isinstance(name, str) or not 1 <= len(name) <= EVENT_NAME_MAX_LENGTH:
        raise InvalidEventError(f"the name of an event must have 1 to {EVENT_NAME_MAX_LENGTH} characters, got: {name!r}")
    entry = {"EventBusName": bus, "Source": source, "DetailType": name, "Detail": _to_detail(name, data)}
    size = _entry_bytes(entry)
    if size > PUT_EVENTS_MAX_BYTES:
        raise InvalidEventError(
            f"an event may have {PUT_EVENTS_MAX_BYTES} bytes, source, name and data together, '{name}' has: {size}; "
            "put large data into S3 and emit its key"
        )
    return entry


def _to_detail(name: str, data: Any) -> str:
    """EventBridge takes a JSON object only; anything else travels inside one."""
    try:
        # NaN and the infinities, which Python writes by default, are no JSON.
        text = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        if not _is_unicode(text):
            text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidEventError(f"the data of an event must be JSON, that of '{name}' is not: {error}") from error
    return text if text.startswith("{") else f'{{"value":{text}}}'


def _is_unicode(text: str) -> bool:
    """Whether there is no half of a surrogate pair in it, which has no bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _entry_bytes(entry: dict[str, str]) -> int:
    """See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""
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
