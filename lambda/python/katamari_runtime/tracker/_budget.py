"""Work on the run table that is to take no longer than some milliseconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_sending = threading.local()


class Budget:
    """Some milliseconds, counted from now, for work that waits for the run table."""

    def __init__(self, ms: float) -> None:
        self._ms = ms
        self._until = time.monotonic() + ms / 1000

    def call(self, send: Callable[[], T]) -> T:
        """Makes a call in a thread of its own and waits for its answer, while there is time.

        A call of the SDK can't be given up from outside, and a time limit on its sockets counts anew for each try.

        :raises TimeoutError: when the time is over; the call may have been made all the same
        """
        self.check()
        call = _Call(send, self)
        threading.Thread(target=call.make, name="katamari-run-table", daemon=True).start()
        return call.answer()

    def sleep(self, seconds: float) -> None:
        """:raises TimeoutError: when the time is over before that"""
        time.sleep(min(seconds, max(0.0, self.left())))
        self.check()

    def left(self) -> float:
        """Seconds that are left; less than 0 when it is over."""
        return self._until - time.monotonic()

    def check(self) -> None:
        """:raises TimeoutError: when the time is over"""
        if self.left() <= 0:
            raise self.error()

    def error(self) -> TimeoutError:
        return TimeoutError(f"no answer from the run table within {round(self._ms)} ms")


class _Call(Generic[T]):
    def __init__(self, send: Callable[[], T], budget: Budget) -> None:
        self._send = send
        self._budget = budget
        self._done = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None

    def make(self) -> None:
        _sending.budget = self._budget
        try:
            self._results.append(self._send())
        except BaseException as error:
            self._error = error
        self._done.set()

    def answer(self) -> T:
        if not self._done.wait(max(0.0, self._budget.left())):
            raise self._budget.error()
        if self._error is None:
            return self._results[0]
        try:
            raise self._error
        finally:
            # The traceback holds this frame: without the circle, both go at once.
            self._error = None


def stop_when_over(**_: Any) -> None:
    """Keeps the SDK from sending for somebody who does not wait any more: called before each try.

    :raises TimeoutError: when the time of the call is over
    """
    budget: Budget | None = getattr(_sending, "budget", None)
    if budget is not None:
        budget.check()
