"""Refuses calls of a module that fails again and again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from ._constants import HALF_OPEN_AFTER_MS, UNHEALTHY_AFTER
from ._errors import NotInvokedError


class BreakerOptions(NamedTuple):
    """When the breaker opens, and for how long."""

    failures: int = UNHEALTHY_AFTER
    """How many calls in a row must fail: a whole number from 1 to 1,000."""
    half_open_after: float = HALF_OPEN_AFTER_MS / 1000
    """Seconds until a probe is let through: 0.001 to 3,600."""


class Permit(NamedTuple):
    """Leave to call."""

    probe: bool
    """Whether the call is to show how a module is that has failed."""


class Breaker:
    """Refuses calls of a module that fails, so that nobody waits for it; after a while a single call tries how it is."""

    def __init__(self, module_name: str, options: BreakerOptions, monotonic: Callable[[], float]) -> None:
        self._module_name = module_name
        self._options = options
        self._monotonic = monotonic
        self._lock = Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    def enter(self) -> Permit:
        """Asks for leave to call; who has it hands it back to :meth:`leave`.

        :raises NotInvokedError: when the module is not to be called
        """
        with self._lock:
            if self._opened_at is None:
                return Permit(probe=False)
            if self._probing:
                raise self._refusal("a probe is under way")
            if self._monotonic() - self._opened_at < self._options.half_open_after:
                raise self._refusal(f"{round(self._options.half_open_after * 1000)} ms after that it is probed")
            self._probing = True
            return Permit(probe=True)

    def leave(self, permit: Permit, success: bool | None) -> None:
        """:param success: None where the end says nothing of the module, such as that of a call that was cancelled"""
        with self._lock:
            if permit.probe:
                self._probing = False
                # A probe that came to no end has not shown that the module is back.
                self._opened_at = None if success else self._monotonic()
                self._failures = 0 if success else self._failures
            elif self._opened_at is not None or success is None:
                # What was called before the breaker opened does not say whether it is time to close.
                return
            elif success:
                self._failures = 0
            else:
                self._failures += 1
                if self._failures >= self._options.failures:
                    self._opened_at = self._monotonic()

    def _refusal(self, then: str) -> NotInvokedError:
        return NotInvokedError(f"module '{self._module_name}' has failed {self._options.failures} times in a row; {then}")
