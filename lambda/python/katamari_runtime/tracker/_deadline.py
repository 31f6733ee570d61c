"""A deadline for requests to the run table."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_sending = threading.local()


class Deadline:
    """A deadline for requests to the run table."""

    def __init__(self, ms: float) -> None:
        """:param ms: milliseconds from now until the deadline"""
        self._ms = ms
        self._until = time.monotonic() + ms / 1000

    def call(self, send: Callable[[], T]) -> T:
        """Makes a call in a thread of its own, and waits for its result until the deadline.

        A call of the SDK cannot be cancelled from outside, and the timeouts of its sockets start again with each attempt.

        :raises TimeoutError: at the deadline; the call may still succeed
        """
        self.check()
        call = _Call(send, self)
        threading.Thread(target=call.make, name="katamari-run-table", daemon=True).start()
        return call.result()

    def sleep(self, seconds: float) -> None:
        """:raises TimeoutError: if the deadline comes first"""
        time.sleep(min(seconds, max(0.0, self.left())))
        self.check()

    def left(self) -> float:
        """Seconds until the deadline; negative after it."""
        return self._until - time.monotonic()

    def check(self) -> None:
        """:raises TimeoutError: after the deadline"""
        if self.left() <= 0:
            raise self.error()

    def error(self) -> TimeoutError:
        return TimeoutError(f"no answer from the run table within {round(self._ms)} ms")


class _Call(Generic[T]):
    def __init__(self, send: Callable[[], T], deadline: Deadline) -> None:
        self._send = send
        self._deadline = deadline
        self._done = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None

    def make(self) -> None:
        _sending.deadline = self._deadline
        try:
            self._results.append(self._send())
        except BaseException as error:
            self._error = error
        self._done.set()

    def result(self) -> T:
        if not self._done.wait(max(0.0, self._deadline.left())):
            raise self._deadline.error()
        if self._error is None:
            return self._results[0]
        try:
            raise self._error
        finally:
            # Breaks the reference cycle with the traceback, which holds this frame.
            self._error = None


def stop_when_over(**_: Any) -> None:
    """Stops the SDK from sending a request after the deadline of its call. The SDK calls it before each attempt.

    :raises TimeoutError: after the deadline of the call
    """
    deadline: Deadline | None = getattr(_sending, "deadline", None)
    if deadline is not None:
        deadline.check()
