"""Counts the calls to a module."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from .._fork import renew_after_fork
from ._constants import UNHEALTHY_AFTER
from ._types import ModuleHealth


class HealthCounts(NamedTuple):
    """The results of calls, in the order in which they ended."""

    total_requests: int = 0
    total_failures: int = 0
    consecutive_failures: int = 0
    last_success: str | None = None
    last_failure: str | None = None

    def counted(self, success: bool, at: str) -> HealthCounts:
        """The counts with one more call.

        :param at: end of the call, ISO 8601
        """
        ended = HealthCounts(1, 0, 0, at, None) if success else HealthCounts(1, 1, 1, None, at)
        return self.followed_by(ended)

    def followed_by(self, later: HealthCounts) -> HealthCounts:
        """The counts with those of later calls."""
        before = 0 if later.has_success else self.consecutive_failures
        return HealthCounts(
            self.total_requests + later.total_requests,
            self.total_failures + later.total_failures,
            before + later.consecutive_failures,
            later.last_success or self.last_success,
            later.last_failure or self.last_failure,
        )

    @property
    def has_success(self) -> bool:
        return self.total_failures < self.total_requests

    def to_health(self) -> ModuleHealth:
        return {
            "is_healthy": self.consecutive_failures < UNHEALTHY_AFTER,
            "last_success": self.last_success,
            "last_failure": self.last_failure,
            "consecutive_failures": self.consecutive_failures,
            "total_requests": self.total_requests,
            "total_failures": self.total_failures,
            "error_rate": round(self.total_failures / self.total_requests, 4) if self.total_requests else 0.0,
        }


class Health:
    """The health of a module according to the calls of this process."""

    def __init__(self) -> None:
        self.counts = HealthCounts()
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        self._lock = Lock()

    def record(self, success: bool, at: str) -> tuple[HealthCounts, HealthCounts]:
        """:returns: the counts before and after the call"""
        with self._lock:
            before = self.counts
            self.counts = before.counted(success, at)
            return before, self.counts
