"""Identifies the run that an event starts."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._constants import DELIVERY_KEY, SCHEDULE_EVENT_SOURCE, keyed_run_id
from ._time import from_iso, to_iso


class Invocation(NamedTuple):
    """The run that an event starts."""

    event: Any
    run_id: str
    """The same for every delivery and every attempt of one run."""
    trigger: str
    event_name: str | None = None
    scheduled_time: str | None = None
    delivery_attempt: int = 1
    """The attempt according to the scheduler; 1 if it sends no number."""
    has_records: bool = False
    """Whether the event carries records, which their source delivers again if the invocation fails."""

    def event_for(self, attempt: int) -> Any:
        """The event for the handler, with the number of the attempt."""
        if self.trigger != "schedule":
            return self.event
        return {**self.event, "scheduledTime": self.scheduled_time, "attempt": attempt}


def identify(given: Any, request_id: str, now: int) -> Invocation:
    """Identifies the run that an event starts.

    Only the envelope of a delivery identifies a run: an event without one starts a run of its own, even if it is a copy of an
    event that was delivered.

    :param now: epoch milliseconds, used for a scheduled event without a scheduled time
    """
    if not _is_delivery(given):
        return Invocation(given, request_id, "invoke", has_records=_carries_records(given))
    trigger, event = given[DELIVERY_KEY], given["event"]
    if trigger == "schedule" and _is_schedule_event(event):
        return _scheduled_run(event, now)
    if trigger == "event" and _is_bus_event(event):
        # An event that is replayed from an archive keeps its id, but each replay must run.
        replay = event.get("replay-name")
        run_id = f"{event['id']}@{replay}" if isinstance(replay, str) else event["id"]
        return Invocation(event, run_id, "event", event_name=event["detail-type"])
    key = given.get("idempotencyKey")
    has_key = trigger == "invoke" and isinstance(key, str) and key != ""
    return Invocation(event, keyed_run_id(key) if has_key else request_id, "invoke", has_records=_carries_records(event))


def untracked_event(given: Any, now: int) -> Any:
    """The event for the handler of a function whose runs are not tracked. Deliveries to it have no envelope."""
    invocation = _scheduled_run(given, now) if _is_schedule_event(given) else identify(given, "", now)
    return invocation.event_for(invocation.delivery_attempt)


def _scheduled_run(event: dict[str, Any], now: int) -> Invocation:
    time = _read_time(event.get("scheduledTime")) or to_iso(now - now % 60_000)
    attempt = _read_attempt(event.get("attempt"))
    return Invocation(event, time, "schedule", scheduled_time=time, delivery_attempt=attempt)


def _is_delivery(event: Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get(DELIVERY_KEY), str) and "event" in event


def _carries_records(event: Any) -> bool:
    """Whether an event comes from a queue, a stream, a topic, a bucket, a broker or a subscription of CloudWatch Logs.

    It is a record, has a list of them, or is such a list if it comes from a pipe. See
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html.
    """
    if isinstance(event, dict) and isinstance(event.get("awslogs"), dict):
        return True
    records = event.get("Records") if isinstance(event, dict) else event
    first = (records[0] if records else None) if isinstance(records, list) else event
    return isinstance(first, dict) and isinstance(first.get("eventSource", first.get("EventSource")), str)


def _is_schedule_event(event: Any) -> bool:
    return isinstance(event, dict) and event.get("source") == SCHEDULE_EVENT_SOURCE and isinstance(event.get("schedule"), str)


def _is_bus_event(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and isinstance(event.get("id"), str)
        and event["id"] != ""
        and isinstance(event.get("detail-type"), str)
    )


def _read_time(text: Any) -> str | None:
    """The time in canonical form, so that two deliveries identify the same run."""
    time = from_iso(text) if isinstance(text, str) else None
    return None if time is None else to_iso(time)


def _read_attempt(value: Any) -> int:
    try:
        attempt = float(value)
    except (TypeError, ValueError):
        return 1
    return int(attempt) if attempt.is_integer() and attempt > 0 else 1
