"""The attempts of a run: how they start and end."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._constants import LEASE_GRACE_MS
from ._time import to_iso

RunRecord = dict[str, Any]
"""The record of a run in the run table. See lambda/shared/run.ts for its attributes."""


class RunStart(NamedTuple):
    """A run that is about to start."""

    run_id: str
    trigger: str
    """``schedule``, ``event`` or ``invoke``."""
    request_id: str
    log_stream: str
    now: int
    """Epoch milliseconds."""
    deadline: int
    """Epoch milliseconds at which Lambda kills the attempt."""
    event_name: str | None = None
    scheduled_time: str | None = None
    correlation_id: str | None = None
    has_records: bool = False
    """Whether the event carries records, which must not be skipped."""


class Running(NamedTuple):
    """The attempt has started."""

    attempt: int
    fencing_token: int | None = None


class Duplicate(NamedTuple):
    """The attempt must not start: the run is running or has ended, and this is another delivery of it."""

    state: str
    retry: bool
    """Whether the invocation must be retried: the run has failed, or may have, and this delivery may start its next attempt
    later."""


class Skipped(NamedTuple):
    """The attempt must not start: the limit of concurrent runs is reached."""

    running: int
    retry: bool
    """Whether the invocation must be retried, because it carries records or is a retry of a run that failed."""


StartOutcome = Running | Duplicate | Skipped
"""The outcome of a start."""


class RunEnd(NamedTuple):
    """The end of an attempt."""

    state: str
    """``Completed`` or ``Failed``."""
    now: int
    """Epoch milliseconds."""
    error_type: str | None = None
    error_message: str | None = None


class RunningAttempt(NamedTuple):
    """A running attempt, as its own process knows it."""

    start: RunStart
    attempt: int | None = None
    """None if the start could not be recorded."""


def lease_until(start: RunStart) -> int:
    """Epoch milliseconds after which an attempt without an end counts as killed."""
    return start.deadline + LEASE_GRACE_MS


def is_own(record: RunRecord, start: RunStart) -> bool:
    """Whether this attempt wrote the record: the answer was lost, and the SDK sent the request again.

    The log stream tells execution environments apart.
    """
    return (
        record["state"] == "Running"
        and record.get("requestId") == start.request_id
        and record.get("logStream") == start.log_stream
        and record.get("startedAt") == to_iso(start.now)
    )


def may_replace(record: RunRecord, start: RunStart, end: RunEnd) -> bool:
    """Whether the record of an attempt may replace another record of the run, which it did not find at its start.

    Its failure may be written late, and must not replace that of a later attempt, or be counted twice.
    """
    if is_own(record, start):
        return True
    if state_at(record, end.now) != "Failed":
        return False
    # The dispatcher records attempt 0 for a run that it could not start.
    is_earlier = record["attempt"] == 0 or record.get("startedAt", "") < to_iso(start.now)
    return end.state == "Completed" or is_earlier


def refusal(record: RunRecord, start: RunStart) -> Duplicate:
    """The outcome of a start that the record of the run forbids."""
    state = state_at(record, start.now)
    of_this_request = state == "Running" and record.get("requestId") == start.request_id
    return Duplicate(state, retry=state == "Failed" or of_this_request)


def state_at(record: RunRecord, now: int) -> str:
    """The state of a run at ``now``, in epoch milliseconds.

    A run that is still Running after its lease was killed, so it is Failed. The record itself stays as the killed process left
    it.
    """
    killed = record["state"] == "Running" and record.get("leaseUntil", now) < now
    return "Failed" if killed else record["state"]
