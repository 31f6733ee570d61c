"""The health of a module that its callers share in a table."""

from __future__ import annotations

from threading import Lock

from .._fork import renew_after_fork
from ._health import HealthCounts
from ._health_table import HealthTable, is_unwritten

WRITE_S = 0.5
"""Longest time that a call waits for its record, in seconds."""


class Batch:
    """Calls that one write adds to the table."""

    def __init__(self) -> None:
        self.counts = HealthCounts()
        self.written: HealthCounts | None = None
        self.error: Exception | None = None


class SharedHealth:
    """The health of a module that its callers share in a table.

    Calls that end during a write are added together by the next one. Calls of a write that certainly failed are added by the
    next one as well. A write without an answer is not repeated, because its calls might count twice.
    """

    def __init__(self, table: HealthTable) -> None:
        self._table = table
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        self._lock = Lock()
        # The parent writes what waits.
        self._waiting: Batch | None = None
        self._unwritten = HealthCounts()

    def record(self, success: bool, at: str) -> Batch:
        """Counts a call. Pass the returned batch to :meth:`write`."""
        with self._lock:
            if self._waiting is None:
                self._waiting = Batch()
            self._waiting.counts = self._waiting.counts.counted(success, at)
            return self._waiting

    def write(self, batch: Batch) -> HealthCounts:
        """Writes a batch, unless an earlier call has tried to. Only one thread may call it.

        :returns: the counts in the table after the write
        :raises Exception: the error of DynamoDB
        """
        with self._lock:
            if self._waiting is batch:
                self._waiting = None
        if batch.written is None and batch.error is None:
            self._write(batch)
        if batch.written is None:
            raise batch.error or AssertionError
        return batch.written

    def read(self) -> HealthCounts:
        """:raises Exception: the error of DynamoDB"""
        return self._table.read()

    def _write(self, batch: Batch) -> None:
        counts = self._unwritten.followed_by(batch.counts)
        self._unwritten = HealthCounts()
        try:
            batch.written = self._table.add(counts, WRITE_S)
        except Exception as error:
            batch.error = error
            if is_unwritten(error):
                self._unwritten = counts
