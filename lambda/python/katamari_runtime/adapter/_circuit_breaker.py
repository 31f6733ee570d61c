"""Refuses calls to a module that keeps failing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from .._fork import renew_after_fork
from ._failures import NotInvokedError
from ._types import CircuitBreakerOptions


class Permit(NamedTuple):
    """The permission to make one call."""

    probe: bool
    """Whether the call tests a module that has failed."""


class CircuitBreaker:
    """Refuses calls to a module that keeps failing, so that callers do not wait for it. After a while, it allows one probe."""

    def __init__(self, module_name: str, options: CircuitBreakerOptions, monotonic: Callable[[], float]) -> None:
        self._module_name = module_name
        self._options = options
        self._monotonic = monotonic
        self._failures = 0
        self._opened_at: float | None = None
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        self._lock = Lock()
        # A probe that is under way belongs to a thread of the parent.
        self._probing = False

    def enter(self) -> Permit:
        """Asks for permission to make a call. Pass the permit to :meth:`leave` after the call.

        :raises NotInvokedError: if the breaker is open
        """
        with self._lock:
            if self._opened_at is None:
                return Permit(probe=False)
            if self._probing:
                raise self._refusal("calls are refused while a probe is running")
            if self._monotonic() - self._opened_at < self._options.half_open_after:
                raise self._refusal(f"calls are refused for {round(self._options.half_open_after * 1000)} ms")
            self._probing = True
            return Permit(probe=True)

    def leave(self, permit: Permit, success: bool | None) -> None:
        """Reports the end of a call.

        :param success: None if the call says nothing about the module, for example because it was cancelled
        """
        with self._lock:
            if permit.probe:
                self._probing = False
                # A probe without a result has not shown that the module works.
                self._opened_at = None if success else self._monotonic()
                self._failures = 0 if success else self._failures
            elif self._opened_at is not None or success is None:
                # A call from before the breaker opened does not close it.
                return
            elif success:
                self._failures = 0
            else:
                self._failures += 1
                if self._failures >= self._options.failures:
                    self._opened_at = self._monotonic()

    def _refusal(self, consequence: str) -> NotInvokedError:
        return NotInvokedError(f"module '{self._module_name}' failed {self._options.failures} times in a row; {consequence}")
