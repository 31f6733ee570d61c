"""Ends of runs that could not be recorded in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from ._attempt import RunEnd, RunningAttempt
from ._deadline import Deadline

# Maximum number of ends to keep. The oldest are dropped first, and their runs count as killed.
_MAX_ENDS = 100
# Delay before the first write in the background, in seconds. It doubles with each failure.
_FIRST_DELAY_S = 1.0
_MAX_DELAY_S = 30.0


class Finisher(Protocol):
    """The part of :class:`RunStore` that writes ends."""

    def finish(self, running: RunningAttempt, end: RunEnd, deadline: Deadline) -> None: ...


class LateEnds:
    """Ends of runs that could not be recorded in time.

    The process keeps them, and writes them in the background, before the start of the next run, or when SIGTERM or ``sys.exit``
    ends it during a run. On AWS the background stands still between two runs.
    """

    def __init__(self, store: Finisher, deadline_ms: float, on_written: Callable[[RunningAttempt, RunEnd], None]) -> None:
        """
        :param deadline_ms: deadline of one write
        :param on_written: called with each run whose end has been recorded
        """
        self._store = store
        self._deadline_ms = deadline_ms
        self._on_written = on_written
        self._ends: list[tuple[RunningAttempt, RunEnd]] = []
        # Held while `_ends` or `_timer` changes: the handler's thread adds ends while another thread writes them.
        self._changing = threading.Lock()
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._failures = 0

    def __bool__(self) -> bool:
        """Whether there are ends to write."""
        return bool(self._ends)

    def add(self, running: RunningAttempt, end: RunEnd) -> None:
        with self._changing:
            self._ends = [*self._ends[1 - _MAX_ENDS :], (running, end)]
        self._write_later()

    def write(self, longest_ms: float | None = None) -> None:
        """Writes the ends, the oldest first, until one write fails. It never raises an error of the table.

        :param longest_ms: time for all writes; by default, each write has a deadline of its own
        """
        # Another thread that writes them needs no help.
        if not self._ends or not self._writing.acquire(blocking=False):
            return
        try:
            self._write_all(None if longest_ms is None else Deadline(longest_ms))
        except Exception:
            # The reason is that of the first attempt, which was logged.
            self._failures += 1
        finally:
            self._writing.release()
            self._write_later()

    def _write_all(self, deadline: Deadline | None) -> None:
        while self._ends:
            late = self._ends[0]
            self._store.finish(*late, deadline or Deadline(self._deadline_ms))
            with self._changing:
                self._ends = [other for other in self._ends if other is not late]
            self._failures = 0
            self._on_written(*late)

    def _write_later(self) -> None:
        with self._changing:
            if not self._ends:
                return
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(min(_MAX_DELAY_S, _FIRST_DELAY_S * 2**self._failures), self.write)
            self._timer.name = "katamari-late-ends"
            self._timer.daemon = True
            # Without another thread, the next run writes them.
            with suppress(RuntimeError):
                self._timer.start()
