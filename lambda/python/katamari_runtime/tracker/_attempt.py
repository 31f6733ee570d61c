"""What a run is, while it starts, goes and ends."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._constants import LEASE_GRACE_MS
from ._time import to_iso

RunRecord = dict[str, Any]
"""The record of a run, as the run table keeps it: see lambda/shared/run.ts."""


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


class Running(NamedTuple):
    """A start that was made."""

    attempt: int
    fencing_token: int | None = None


class Duplicate(NamedTuple):
    """The run goes already, or has ended: this is another delivery of it."""

    state: str
    retry: bool
    """Whether the run has failed, or may have, and this delivery could be what makes its next attempt, only not now: it
    must not be lost."""


class Skipped(NamedTuple):
    """Too many runs are going."""

    running: int
    retry: bool
    """See :class:`Duplicate`."""


Begun = Running | Duplicate | Skipped
"""How a start went."""


class RunEnd(NamedTuple):
    """How an attempt ended."""

    state: str
    """``Completed`` or ``Failed``."""
    now: int
    """Epoch milliseconds."""
    error_type: str | None = None
    error_message: str | None = None


class RunningAttempt(NamedTuple):
    """An attempt that goes, as its own process knows it."""

    start: RunStart
    attempt: int | None = None
    """None where the start could not be recorded."""


def lease_until(start: RunStart) -> int:
    """Epoch milliseconds after which an attempt without an end was killed."""
    return start.deadline + LEASE_GRACE_MS


def is_own(record: RunRecord, start: RunStart) -> bool:
    """Whether a record was written by this very attempt: the answer was lost, and the request was sent again. Another
    execution environment has another log stream."""
    return (
        record["state"] == "Running"
        and record.get("requestId") == start.request_id
        and record.get("logStream") == start.log_stream
        and record.get("startedAt") == to_iso(start.now)
    )


def refusal(record: RunRecord, start: RunStart) -> Duplicate:
    """What a start is that the record of its run forbids."""
    state = state_at(record, start.now)
    of_this_request = state == "Running" and record.get("requestId") == start.request_id
    return Duplicate(state, retry=state == "Failed" or of_this_request)


def state_at(record: RunRecord, now: int) -> str:
    """The state as it stands at ``now``, in epoch milliseconds: a run that is still Running after its lease has run out was
    killed, so it is Failed. DynamoDB keeps the record as the killed process left it."""
    killed = record["state"] == "Running" and record.get("leaseUntil", now) < now
    return "Failed" if killed else record["state"]
