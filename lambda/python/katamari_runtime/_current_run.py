"""The run that the calling code is part of."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class CurrentRun(NamedTuple):
    """The run that the code is part of."""

    function: str
    """Name of the function within its group."""
    run_id: str
    attempt: int
    """1 for the first attempt."""
    scheduled_time: str | None = None
    """The point of the schedule for which the run was made, ISO 8601 in UTC; None for a run that the clock did not start."""
    fencing_token: int | None = None
    """With ``Overlap.skip``, a number that is larger than that of every run of the function that started before. A store
    that keeps the largest number it has seen, and refuses a smaller one, is safe from a run that outlived its lease."""


RUN: ContextVar[CurrentRun | None] = ContextVar("katamari_current_run", default=None)
"""Where the run of the code in progress is kept."""


def current_run() -> CurrentRun | None:
    """The run that the calling code is part of; None outside a tracked run.

    It goes where the context variables of Python go: into coroutines, tasks and ``asyncio.to_thread``. A thread that the
    handler starts by itself is given it by ``contextvars.copy_context().run``. It is not guessed there, because a thread that
    outlives its run would be told the fencing token of the next one.
    """
    return RUN.get()
