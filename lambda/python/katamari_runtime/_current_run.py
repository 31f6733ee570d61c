"""The run that the calling code belongs to."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class CurrentRun(NamedTuple):
    """The run that the calling code belongs to."""

    function: str
    """Name of the function within its group."""
    run_id: str
    attempt: int
    """1 for the first attempt."""
    scheduled_time: str | None = None
    """The scheduled time of the run, ISO 8601 in UTC; None for a run that no schedule started."""
    fencing_token: int | None = None
    """A number larger than that of every earlier run of the function; None without ``Overlap.skip``. A store that keeps the
    largest number it has seen, and refuses a smaller one, is protected from a run that outlived its lease."""
    correlation_id: str | None = None
    """Id that connects the run to what its caller did: ``correlationId`` or ``request_id`` of the client context, the detail of
    the event or the payload, or the header ``x-correlation-id``. None if the caller sends none."""


RUN: ContextVar[CurrentRun | None] = ContextVar("katamari_current_run", default=None)
"""The run of the current context."""


def current_run() -> CurrentRun | None:
    """Returns the run that the calling code belongs to; None outside a tracked run.

    The run is stored in a context variable: coroutines, tasks and ``asyncio.to_thread`` inherit it. Start a thread of your own
    with ``contextvars.copy_context().run`` to pass it on. There is no fallback for other threads, because a thread that
    outlives its run would get the fencing token of the next one.
    """
    return RUN.get()
