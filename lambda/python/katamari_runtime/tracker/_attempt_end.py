"""Records the end of an attempt once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class AttemptEnd:
    """Records the end of an attempt once: the end of the handler or its deadline, whichever comes first."""

    def __init__(self, record: Callable[[str, BaseException | None], None]) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._recorded = False
        self._error: BaseException | None = None
        self._process = os.getpid()

    def completed(self) -> None:
        """:raises TaskTimedOut: if the deadline came first"""
        self._once("Completed", None)
        if self._error is not None:
            raise self._error

    def failed(self, error: BaseException) -> None:
        self._once("Failed", error)

    def _once(self, state: str, error: BaseException | None) -> None:
        # The end of a process that the handler forked is not the end of the run.
        if os.getpid() != self._process:
            return
        # The second caller waits until the end is recorded: Lambda freezes the process once it has the result.
        with self._lock:
            if self._recorded:
                return
            self._recorded = True
            self._error = error
            self._record(state, error)
